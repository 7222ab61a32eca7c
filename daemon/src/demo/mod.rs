//! The whole journey in a scratch folder: sample faxes drawn by our own form, sent over the real
//! LMTP socket to a real gateway, read, decided and delivered into a folder.

mod answers;
mod cases;
mod channel;
mod contact_sheet;
mod letter;
mod post;
mod recipients;
mod town;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use kasasagi_config::{Settings, registry};
use kasasagi_ocr::blank::Typeface;
use kasasagi_store::id::FaxId;
use kasasagi_store::{FaxState, FaxView, Store};
use tokio_util::sync::CancellationToken;

use crate::control::client;
use crate::control::request::{Answer, Request};
use crate::library::Library;
use crate::progress::Progress;
use crate::{Error, Result, phrase};
use cases::Sample;

/// Longest wait for all sample faxes together; the slowest machine seen needed a tenth of it.
const PATIENCE: Duration = Duration::from_secs(600);

pub(crate) use cases::typed as typed_page;

/// A demo that has run.
pub struct Finished {
    /// Where everything lies.
    pub dir: PathBuf,
    /// Every fax: what it shows, where it should end, where it ended.
    pub faxes: Vec<Ended>,
    /// What the audit trail says of itself.
    pub verification: kasasagi_store::Verification,
    /// The days, balanced or not.
    pub days: Vec<kasasagi_store::DayCount>,
    /// Mails in the folder.
    pub mails: usize,
    /// What a reader warned of, such as a missing model.
    pub warnings: Vec<String>,
}

/// One sample fax at its end.
pub struct Ended {
    /// What it shows.
    pub title: String,
    /// Where it should end.
    pub expected: FaxState,
    /// Where it ended.
    pub view: FaxView,
}

/// Runs the gateway over the sample faxes in `dir`, which must be empty or new.
///
/// # Errors
/// When the gateway cannot start or a fax does not end.
pub fn show(dir: &Path, model: &Path, seed: u64) -> Result<Finished> {
    let settings = prepare(dir, model)?;
    let samples = samples(&settings, seed)?;
    let mails = write_mails(dir, &samples)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (faxes, warnings) = runtime.block_on(journey(&settings, &mails))?;
    let store = crate::open_store(&settings)?;
    let faxes = ended(&store, &samples, faxes)?;
    let sheet = contact_sheet(&settings, &store, &faxes)?;
    write(&dir.join("contact-sheet.png"), &sheet)?;
    Ok(Finished {
        dir: dir.to_owned(),
        faxes,
        verification: store.verify()?,
        days: store.reconcile()?,
        mails: recipients::open_mail(dir)?,
        warnings,
    })
}

/// Writes settings and the sample registry.
fn prepare(dir: &Path, model: &Path) -> Result<Settings> {
    let text = format!(
        "# Settings of the demo; everything else is as built in.\n\
         [store]\ndir = \"store\"\nmaster_key = \"master.key\"\n\
         [control]\nsocket = \"control.sock\"\n\
         [intake.lmtp]\nlisten = \"unix:lmtp.sock\"\n\
         [reading]\nmodel = {model:?}\n\
         [registry]\ndir = \"registry\"\n\
         [smime]\ncertificate = \"smime.crt\"\nkey = \"smime.key\"\n\
         [delivery]\nvia = \"folder\"\ndir = \"outgoing\"\n",
        model = model.display().to_string(),
    );
    let path = dir.join("kasasagi.toml");
    write(&path, text.as_bytes())?;
    town::found(dir)?;
    Ok(Settings::load(&path)?)
}

fn samples(settings: &Settings, seed: u64) -> Result<Vec<Sample>> {
    let library = Library::open(None)?;
    let today = Timestamp::now().to_zoned(settings.time_zone.clone()).date();
    let registry = registry::load(&settings.registry_dir)?.registry;
    cases::samples(&library.newest("ICM-01")?.form, &registry, today, seed)
}

fn write_mails(dir: &Path, samples: &[Sample]) -> Result<Vec<Vec<u8>>> {
    let folder = dir.join("incoming");
    make_dir(&folder)?;
    let mut mails = Vec::new();
    for (number, sample) in (1..).zip(samples) {
        let mail = post::mail(sample, number)?;
        write(&folder.join(format!("fax-{number}.eml")), &mail)?;
        if let Some((name, _)) = sample.file {
            write(&folder.join(format!("{number}-{name}")), &sample.bytes)?;
        }
        mails.push(mail);
    }
    Ok(mails)
}

/// Starts the gateway, hands it every mail over its socket, waits for the ends, stops it.
async fn journey(settings: &Settings, mails: &[Vec<u8>]) -> Result<(Vec<FaxId>, Vec<String>)> {
    let warnings = crate::readers(settings, &Library::open(None)?).probe().await?.warnings;
    let shutdown = CancellationToken::new();
    let mut gateway = tokio::spawn(crate::run(settings.clone(), shutdown.clone()));
    let (own, mails) = (settings.clone(), mails.to_vec());
    let mut visit = tokio::task::spawn_blocking(move || visit(&own, &mails));
    let faxes = tokio::select! {
        done = &mut visit => done.map_err(std::io::Error::other)?,
        early = &mut gateway => {
            return early.map_err(std::io::Error::other)?.and(Err(Error::ShuttingDown));
        }
    };
    shutdown.cancel();
    gateway.await.map_err(std::io::Error::other)??;
    Ok((faxes?, warnings))
}

/// What the outside does: mails in, then patience.
fn visit(settings: &Settings, mails: &[Vec<u8>]) -> Result<Vec<FaxId>> {
    let socket = settings.store_dir.with_file_name("lmtp.sock");
    let start = std::time::Instant::now();
    let pause = || std::thread::sleep(Duration::from_millis(100));
    while !socket.exists() && start.elapsed() < PATIENCE {
        pause();
    }
    for mail in mails {
        post::lmtp(&socket, mail).map_err(|source| Error::File {
            action: "hand a mail to",
            path: socket.clone(),
            source,
        })?;
    }
    let mut digests_sent = false;
    let progress = Progress::of(phrase!("general-progress-demo"));
    loop {
        let answer = client::ask(settings, Request::List { state: None, since: None, before: None }, None)?;
        let Answer::Faxes(mut faxes) = answer else { continue };
        let all = faxes.len() == mails.len();
        let settled = faxes.iter().filter(|fax| fax.state.is_final()).count();
        progress.told(settled as u64, mails.len() as u64);
        if all && faxes.iter().all(|f| f.state.is_final()) {
            faxes.sort_by_key(|f| f.arrival);
            return Ok(faxes.into_iter().map(|f| f.id).collect());
        }
        // Routine records wait for the digest of their recipient; here nobody waits until tomorrow.
        if all && !digests_sent && faxes.iter().all(|f| f.state.is_final() || f.state == FaxState::Sending) {
            client::ask(settings, Request::DigestSend, None)?;
            digests_sent = true;
        }
        if start.elapsed() > PATIENCE {
            return Err(Error::DemoUnfinished { seconds: PATIENCE.as_secs() });
        }
        pause();
    }
}

fn ended(store: &Store, samples: &[Sample], faxes: Vec<FaxId>) -> Result<Vec<Ended>> {
    let mut ended = Vec::new();
    for (sample, fax) in samples.iter().zip(faxes) {
        let view = store.fax(&fax)?.ok_or_else(|| Error::NoSuchFax { id: fax.to_string() })?;
        ended.push(Ended { title: sample.title.clone(), expected: sample.expected, view });
    }
    Ok(ended)
}

fn contact_sheet(settings: &Settings, store: &Store, faxes: &[Ended]) -> Result<Vec<u8>> {
    let library = Library::open(settings.forms_dir.as_deref())?;
    let mut entries = Vec::new();
    for fax in faxes.iter().filter(|f| !f.view.records.is_empty()) {
        let pages = serde_json::from_slice::<Vec<_>>(&store.unseal(&fax.view.id, &"reading".parse()?)?)?;
        for record in &fax.view.records {
            let read = crate::fax::form_of(&pages, &record.id).zip(library.get(&record.form, record.version));
            let Some((reading, file)) = read else { continue };
            let name = format!("record-{}", record.id.number());
            entries.push(contact_sheet::Entry {
                title: format!("{}  {}", record.id, fax.title),
                form: &file.form,
                aligned: store.unseal(&fax.view.id, &name.parse()?)?,
                reading: reading.clone(),
            });
        }
    }
    contact_sheet::draw(&entries, &Typeface::printed()?)
}

fn make_dir(path: &Path) -> Result<()> {
    let fault = |source| Error::File { action: "make", path: path.to_owned(), source };
    std::fs::create_dir_all(path).map_err(fault)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|source| Error::File {
        action: "write",
        path: path.to_owned(),
        source,
    })
}

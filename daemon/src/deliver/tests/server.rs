//! A mail server that says what a test tells it to, over an open or a protected connection.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_native_tls::TlsAcceptor;

use crate::deliver::wire::Stream;

/// What a scripted server says where. `""` closes the connection, `"silence"` never answers.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    pub greeting: &'static str,
    pub ehlo: &'static str,
    pub starttls: &'static str,
    pub auth: &'static str,
    pub mail: &'static str,
    pub rcpt: &'static str,
    pub data: &'static str,
    pub end: &'static str,
    pub rset: &'static str,
}

pub const WILLING: Script = Script {
    greeting: "220 mail.example.jp",
    ehlo: "250-mail.example.jp\r\n250 AUTH PLAIN LOGIN",
    starttls: "220 go ahead",
    auth: "235 2.7.0 welcome",
    mail: "250 2.1.0 ok",
    rcpt: "250 2.1.5 ok",
    data: "354 go ahead",
    end: "250 2.0.0 queued as 4711",
    rset: "250 2.0.0 ok",
};

/// What a server saw.
#[derive(Default)]
pub struct Seen {
    pub connections: u32,
    pub commands: Vec<String>,
    pub mails: Vec<String>,
}

pub struct Server {
    pub port: u16,
    pub seen: Arc<Mutex<Seen>>,
}

impl Server {
    pub async fn start(script: Script) -> Self {
        Self::with(script, |stream, script, seen| async move {
            converse(BufReader::new(stream), script, &seen, false).await;
        })
        .await
    }

    /// One that speaks TLS from the first byte.
    pub async fn protected(script: Script, acceptor: TlsAcceptor) -> Self {
        Self::with(script, move |stream, script, seen| {
            let acceptor = acceptor.clone();
            async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    converse(BufReader::new(stream), script, &seen, false).await;
                }
            }
        })
        .await
    }

    /// One that begins TLS when it is asked to.
    pub async fn starting_tls(script: Script, acceptor: TlsAcceptor) -> Self {
        Self::with(script, move |stream, script, seen| {
            let acceptor = acceptor.clone();
            async move {
                let Some(stream) = converse(BufReader::new(stream), script, &seen, false).await else {
                    return;
                };
                if let Ok(stream) = acceptor.accept(stream.into_inner()).await {
                    converse(BufReader::new(stream), script, &seen, true).await;
                }
            }
        })
        .await
    }

    async fn with<F: Future<Output = ()> + Send + 'static>(
        script: Script,
        hold: impl Fn(TcpStream, Script, Arc<Mutex<Seen>>) -> F + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let saw = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                saw.lock().unwrap().connections += 1;
                tokio::spawn(hold(stream, script, Arc::clone(&saw)));
            }
        });
        Self { port, seen }
    }

    pub fn commands(&self) -> Vec<String> {
        self.seen.lock().unwrap().commands.clone()
    }

    pub fn connections(&self) -> u32 {
        self.seen.lock().unwrap().connections
    }

    pub fn mails(&self) -> Vec<String> {
        self.seen.lock().unwrap().mails.clone()
    }
}

/// Holds a conversation to its end, or to the moment when TLS is to begin: then the stream comes back.
async fn converse<S: Stream>(
    mut stream: BufReader<S>,
    script: Script,
    seen: &Mutex<Seen>,
    greeted: bool,
) -> Option<BufReader<S>> {
    if !greeted {
        say(&mut stream, script.greeting).await?;
    }
    loop {
        let line = hear(&mut stream).await?;
        let verb = line.split([' ', '\r']).next().unwrap_or_default().to_uppercase();
        seen.lock().unwrap().commands.push(line.trim_end().to_owned());
        match verb.as_str() {
            "EHLO" => say(&mut stream, script.ehlo).await?,
            "STARTTLS" => {
                say(&mut stream, script.starttls).await?;
                if script.starttls.starts_with("220") {
                    return Some(stream);
                }
            }
            "AUTH" => log_in(&mut stream, script, &line, seen).await?,
            "MAIL" => say(&mut stream, script.mail).await?,
            "RCPT" => say(&mut stream, script.rcpt).await?,
            "DATA" => {
                say(&mut stream, script.data).await?;
                if script.data.starts_with('3') {
                    let mut mail = String::new();
                    while !mail.ends_with("\r\n.\r\n") {
                        mail.push_str(&hear(&mut stream).await?);
                    }
                    seen.lock().unwrap().mails.push(mail);
                    say(&mut stream, script.end).await?;
                }
            }
            "RSET" => say(&mut stream, script.rset).await?,
            "QUIT" => {
                say(&mut stream, "221 bye").await?;
                return None;
            }
            _ => say(&mut stream, "250 ok").await?,
        }
    }
}

/// Asks for name and password where the client cannot say both at once.
async fn log_in<S: Stream>(
    stream: &mut BufReader<S>,
    script: Script,
    line: &str,
    seen: &Mutex<Seen>,
) -> Option<()> {
    if line.trim_end() == "AUTH LOGIN" {
        for question in ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"] {
            say(stream, question).await?;
            let answer = hear(stream).await?;
            seen.lock().unwrap().commands.push(answer.trim_end().to_owned());
        }
    }
    say(stream, script.auth).await
}

async fn hear<S: Stream>(stream: &mut BufReader<S>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then_some(line)
}

async fn say<S: Stream>(stream: &mut BufReader<S>, words: &str) -> Option<()> {
    match words {
        "" => None,
        "silence" => std::future::pending().await,
        _ => {
            stream.get_mut().write_all(format!("{words}\r\n").as_bytes()).await.ok()?;
            stream.get_mut().flush().await.ok()
        }
    }
}

//! What a child answers to one document, believed only as far as it fits together.

use std::io;

use kasasagi_ocr::document::MAX_PAGES;
use kasasagi_ocr::reading::{Found, PageReading};

use super::frame::Kind;
use super::{Fault, PageRead, known_code};

/// Most bytes taken for one document: 200 pages with a form on each stay below.
const MOST_BYTES: u32 = 192 * 1024 * 1024;

/// The pages told so far. A page counts only when it is whole: a reading without its pictures would put
/// the records of later pages beside the wrong pictures.
pub(super) struct Answer {
    pages: Vec<PageRead>,
    open: Option<Open>,
    room: u32,
}

/// A page whose pictures are still to come.
struct Open {
    reading: PageReading,
    pdf: Option<Vec<u8>>,
    aligned: Vec<Vec<u8>>,
}

/// The child has said all it will about the document; a fault when it refuses it.
pub(super) struct End(pub(super) Option<Fault>);

impl Answer {
    pub(super) fn new() -> Self {
        Self { pages: Vec::new(), open: None, room: MOST_BYTES }
    }

    /// Bytes that the next frame may have.
    pub(super) fn room(&self) -> u32 {
        self.room
    }

    /// Every whole page.
    pub(super) fn pages(self) -> Vec<PageRead> {
        self.pages
    }

    /// Takes in one frame.
    ///
    /// # Errors
    /// When it does not fit what came before.
    pub(super) fn take(&mut self, kind: Kind, payload: Vec<u8>) -> io::Result<Option<End>> {
        self.room = self.room.saturating_sub(u32::try_from(payload.len()).unwrap_or(u32::MAX));
        match (kind, &mut self.open) {
            (Kind::Reading, None) => {
                let reading = serde_json::from_slice(&payload)?;
                self.open = Some(Open { reading, pdf: None, aligned: Vec::new() });
            }
            (Kind::Page, Some(Open { pdf: pdf @ None, .. })) => *pdf = Some(payload),
            (Kind::Aligned, Some(Open { pdf: Some(_), aligned, .. })) => aligned.push(payload),
            (Kind::PageFault, None) => {
                let (_, code): (u32, String) = serde_json::from_slice(&payload)?;
                self.push(PageRead::Fault(known_code(&code).to_owned()))?;
            }
            (Kind::Done, None) => return Ok(Some(End(None))),
            (Kind::Fault, None) => {
                let fault: Fault = serde_json::from_slice(&payload)?;
                let code = known_code(&fault.code).to_owned();
                return Ok(Some(End(Some(Fault { code, ..fault }))));
            }
            _ => return Err(stranger()),
        }
        self.close()?;
        Ok(None)
    }

    /// Counts the open page when it has all its pictures.
    fn close(&mut self) -> io::Result<()> {
        match self.open.take() {
            Some(Open { reading, pdf: Some(pdf), aligned }) if aligned.len() == forms(&reading) => {
                self.push(PageRead::Sheet { reading, pdf, aligned })
            }
            open => {
                self.open = open;
                Ok(())
            }
        }
    }

    fn push(&mut self, page: PageRead) -> io::Result<()> {
        if self.pages.len() == MAX_PAGES {
            return Err(stranger());
        }
        self.pages.push(page);
        Ok(())
    }
}

fn forms(reading: &PageReading) -> usize {
    match &reading.found {
        Found::Forms(forms) => forms.len(),
        Found::NoForm(_) => 0,
    }
}

/// The other end is no reader of ours, or not any more.
pub(super) fn stranger() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the reader does not speak our protocol")
}

#[cfg(test)]
mod tests {
    use kasasagi_ocr::page::Dpi;
    use kasasagi_ocr::reading::{FormReading, NoForm, Quality};

    use super::*;

    fn reading(forms: usize) -> Vec<u8> {
        let form = FormReading {
            form: "ICM-01".into(),
            version: 1,
            serial: None,
            quality: Quality { dpi: Dpi { x: 204.0, y: 196.0 }, skew_deg: 0.0, scale: 1.0 },
            fields: Default::default(),
        };
        let found = match forms {
            0 => Found::NoForm(NoForm::Unknown),
            n => Found::Forms(vec![form; n]),
        };
        serde_json::to_vec(&PageReading { page: 1, flaws: Vec::new(), found }).unwrap()
    }

    fn tell(answer: &mut Answer, kind: Kind, payload: &[u8]) -> io::Result<bool> {
        answer.take(kind, payload.to_vec()).map(|end| end.is_some())
    }

    #[test]
    fn a_page_counts_when_all_its_pictures_are_there() {
        let mut answer = Answer::new();
        for (kind, payload) in [
            (Kind::Reading, reading(0)),
            (Kind::Page, b"%PDF".to_vec()),
            (Kind::Reading, reading(2)),
            (Kind::Page, b"%PDF".to_vec()),
            (Kind::Aligned, b"one".to_vec()),
        ] {
            assert!(!tell(&mut answer, kind, &payload).unwrap());
        }
        assert_eq!(answer.pages.len(), 1, "the second picture of the second page is missing");
        assert!(!tell(&mut answer, Kind::Aligned, b"two").unwrap());
        assert!(tell(&mut answer, Kind::Done, b"").unwrap());
        assert_eq!(answer.pages().len(), 2);
    }

    #[test]
    fn a_child_that_dies_within_a_page_leaves_the_whole_pages_alone() {
        let mut answer = Answer::new();
        tell(&mut answer, Kind::PageFault, br#"[1,"unreadable"]"#).unwrap();
        tell(&mut answer, Kind::Reading, &reading(1)).unwrap();
        tell(&mut answer, Kind::Page, b"%PDF").unwrap();
        let pages = answer.pages();
        assert!(matches!(&pages[..], [PageRead::Fault(code)] if code == "unreadable"), "{pages:?}");
    }

    #[test]
    fn frames_that_do_not_follow_one_another_are_refused() {
        for (before, next) in [
            (vec![], (Kind::Page, b"".to_vec())),
            (vec![], (Kind::Aligned, b"".to_vec())),
            (vec![], (Kind::Ready, b"[]".to_vec())),
            (vec![], (Kind::Setup, b"{}".to_vec())),
            (vec![(Kind::Reading, reading(1))], (Kind::Reading, reading(1))),
            (vec![(Kind::Reading, reading(1))], (Kind::Aligned, b"".to_vec())),
            (vec![(Kind::Reading, reading(1))], (Kind::Done, b"".to_vec())),
            (vec![(Kind::Reading, reading(0)), (Kind::Page, b"".to_vec())], (Kind::Aligned, b"".to_vec())),
            (vec![], (Kind::Reading, b"{}".to_vec())),
        ] {
            let mut answer = Answer::new();
            for (kind, payload) in &before {
                tell(&mut answer, *kind, payload).unwrap();
            }
            assert!(tell(&mut answer, next.0, &next.1).is_err(), "{before:?} then {:?}", next.0);
        }
    }

    #[test]
    fn a_child_cannot_flood_its_parent() {
        let mut answer = Answer::new();
        for _ in 0..MAX_PAGES {
            tell(&mut answer, Kind::PageFault, br#"[1,"unreadable"]"#).unwrap();
        }
        assert!(tell(&mut answer, Kind::PageFault, br#"[1,"unreadable"]"#).is_err());
        let before = answer.room();
        let _ = tell(&mut answer, Kind::Page, &[0; 1000]);
        assert_eq!(answer.room(), before - 1000);
    }

    #[test]
    fn only_known_codes_leave_a_child() {
        let mut answer = Answer::new();
        tell(&mut answer, Kind::PageFault, "[1,\"山田 太郎\"]".as_bytes()).unwrap();
        let end = answer.take(Kind::Fault, br#"{"code":"090-1234-5678","what":"x"}"#.to_vec()).unwrap();
        assert_eq!(end.and_then(|End(fault)| fault).unwrap().code, "reader_internal");
        assert!(matches!(&answer.pages()[..], [PageRead::Fault(code)] if code == "reader_internal"));
    }
}

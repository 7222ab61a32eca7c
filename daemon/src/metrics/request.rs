//! What somebody asks for over HTTP/1.1 (RFC 9112), as far as a scraper needs it.

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The metrics.
    Metrics,
    /// Whether anything is in trouble.
    Health,
}

/// A request that is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is asked for.
    pub wanted: Wanted,
    /// Whether the answer is to have no body (HEAD).
    pub head_only: bool,
}

/// A request that is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is no HTTP.
    Garbage,
    /// Nothing is there.
    NotFound,
    /// Something is there, but only to be read.
    Method,
}

/// How long the head is, once all of it has come.
pub fn head_length(bytes: &[u8]) -> Option<usize> {
    let end =
        |mark: &[u8]| bytes.windows(mark.len()).position(|window| window == mark).map(|at| at + mark.len());
    end(b"\r\n\r\n").into_iter().chain(end(b"\n\n")).min()
}

/// Reads the head of a request, its empty line included.
///
/// # Errors
/// Why it is not answered.
pub fn parse(head: &[u8]) -> Result<Request, Refusal> {
    let text = std::str::from_utf8(head).map_err(|_| Refusal::Garbage)?;
    let mut lines = text.lines();
    let words: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let &[method, target, "HTTP/1.0" | "HTTP/1.1"] = &words[..] else { return Err(Refusal::Garbage) };
    let sound = |line: &str| line.split_once(':').is_some_and(|(name, _)| is_token(name));
    if !is_token(method) || !is_target(target) || !lines.take_while(|line| !line.is_empty()).all(sound) {
        return Err(Refusal::Garbage);
    }
    let wanted = match target.split('?').next() {
        Some("/metrics") => Wanted::Metrics,
        Some("/health") => Wanted::Health,
        _ => return Err(Refusal::NotFound),
    };
    match method {
        "GET" => Ok(Request { wanted, head_only: false }),
        "HEAD" => Ok(Request { wanted, head_only: true }),
        _ => Err(Refusal::Method),
    }
}

fn is_target(text: &str) -> bool {
    text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A token of RFC 9110, 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_scraper_asks_for_is_understood() {
        for (line, wanted, head_only) in [
            ("GET /metrics HTTP/1.1", Wanted::Metrics, false),
            ("GET /metrics?name[]=up HTTP/1.1", Wanted::Metrics, false),
            ("GET /health HTTP/1.0", Wanted::Health, false),
            ("HEAD /health HTTP/1.1", Wanted::Health, true),
        ] {
            for end in ["\r\n", "\n"] {
                let head = format!("{line}{end}Host: x{end}Accept: */*{end}{end}");
                assert_eq!(head_length(head.as_bytes()), Some(head.len()));
                assert_eq!(parse(head.as_bytes()), Ok(Request { wanted, head_only }), "{head:?}");
            }
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for (head, refusal) in [
            ("GET / HTTP/1.1\r\n\r\n", Refusal::NotFound),
            ("GET /metrics/ HTTP/1.1\r\n\r\n", Refusal::NotFound),
            ("POST /metrics HTTP/1.1\r\n\r\n", Refusal::Method),
            ("DELETE /health HTTP/1.1\r\n\r\n", Refusal::Method),
            ("GET /metrics HTTP/2\r\n\r\n", Refusal::Garbage),
            ("GET  /metrics HTTP/1.1\r\n\r\n", Refusal::Garbage),
            ("GET /metrics\r\n\r\n", Refusal::Garbage),
            ("GET metrics HTTP/1.1\r\n\r\n", Refusal::Garbage),
            ("GET /metrics HTTP/1.1\r\nno field\r\n\r\n", Refusal::Garbage),
            ("\r\n\r\n", Refusal::Garbage),
        ] {
            assert_eq!(parse(head.as_bytes()), Err(refusal), "{head:?}");
        }
        assert_eq!(parse(b"GET /\xff HTTP/1.1\r\n\r\n"), Err(Refusal::Garbage));
    }

    fn token() -> impl Strategy<Value = String> {
        "[a-zA-Z0-9!#$%&'*+.^_`|~-]{1,8}"
    }

    proptest! {
        #[test]
        fn any_fields_and_any_query_leave_a_request_what_it_is(
            head_only: bool,
            metrics: bool,
            query in "(\\?[!-~]{0,20})?",
            fields in proptest::collection::vec((token(), "[ -~]{0,20}"), 0..8),
            end in "\r?\n",
        ) {
            let (method, path) = (if head_only { "HEAD" } else { "GET" }, if metrics { "/metrics" } else { "/health" });
            let mut head = format!("{method} {path}{query} HTTP/1.1{end}");
            head.extend(fields.iter().map(|(name, value)| format!("{name}:{value}{end}")));
            head.push_str(&end);
            let wanted = if metrics { Wanted::Metrics } else { Wanted::Health };
            prop_assert_eq!(parse(head.as_bytes()), Ok(Request { wanted, head_only }));
            prop_assert_eq!(head_length(head.as_bytes()), Some(head.len()));
        }

        #[test]
        fn no_other_method_or_path_is_answered(
            method in prop_oneof![Just("GET".to_owned()), Just("HEAD".to_owned()), token()],
            path in prop_oneof![Just("/metrics".to_owned()), Just("/health".to_owned()), "/[!->@-~]{0,12}"],
        ) {
            let answered = matches!(method.as_str(), "GET" | "HEAD") && matches!(path.as_str(), "/metrics" | "/health");
            let head = format!("{method} {path} HTTP/1.1\r\n\r\n");
            prop_assert_eq!(parse(head.as_bytes()).is_ok(), answered);
        }

        #[test]
        fn a_head_is_as_long_however_it_comes(bytes in "[a\r\n]{0,40}") {
            let whole = head_length(bytes.as_bytes());
            let first = (0..=bytes.len()).find_map(|come| head_length(&bytes.as_bytes()[..come]));
            prop_assert_eq!(whole, first);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes);
            let line = [b"GET /metrics HTTP/1.1\r\n", &bytes[..], b"\r\n\r\n"].concat();
            prop_assert!(!matches!(parse(&line), Err(Refusal::NotFound | Refusal::Method)));
        }
    }
}

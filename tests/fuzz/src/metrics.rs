//! What a client of the metrics asks for.

use kasasagi::metrics::request::{Refusal, head_length, parse};

/// Reads any bytes as the head of a request, as they come and behind the line of a good one.
///
/// # Panics
/// When a head is not as long as it is said to be, or something is answered that was not asked for.
pub fn body(bytes: &[u8]) {
    if let Some(length) = head_length(bytes) {
        let head = &bytes[..length];
        assert!(head.ends_with(b"\n\n") || head.ends_with(b"\r\n\r\n"));
        assert_eq!(head_length(&bytes[..length - 1]), None, "it would have ended before");
        if let Ok(request) = parse(head) {
            let method: &[u8] = if request.head_only { b"HEAD /" } else { b"GET /" };
            assert!(head.starts_with(method));
        }
    }
    let behind = [b"GET /metrics HTTP/1.1\r\n", bytes].concat();
    assert!(!matches!(parse(&behind), Err(Refusal::NotFound | Refusal::Method)));
}

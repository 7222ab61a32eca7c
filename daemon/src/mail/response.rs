use super::header::Fields;
use super::notification::{self, Notification};
use super::post::{Post, in_lines};
use super::report::{self, Parts, Report};
use super::{Reply, reply};

/// What a mail says about another one, which may be ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// What became of it on the way (RFC 3464).
    Delivery(Report),
    /// What the recipient's mail program did with it (RFC 8098).
    Disposition(Notification),
    /// Somebody, or a machine, answers it.
    Reply(Reply),
}

/// What a mail says about another one; none if it is about none, or is one of our own. Never panics.
pub fn response(raw: &[u8]) -> Option<Response> {
    std::panic::catch_unwind(|| read(&in_lines(raw))).ok().flatten()
}

pub(super) fn read(raw: &[u8]) -> Option<Response> {
    let post = Post::read(raw)?;
    if Fields::is_ours(&post.fields) {
        return None;
    }
    if !post.fields.media.is("multipart", "report") {
        return reply::read(&post).map(Response::Reply);
    }
    let parts = Parts::of(&post)?;
    let of = parts.named(&post);
    match (&parts.delivery, &parts.disposition) {
        (Some(content), _) => Some(Response::Delivery(Report { of, failed: report::failure(content) })),
        (None, Some(content)) => Some(Response::Disposition(notification::read(of, content))),
        (None, None) => None,
    }
}

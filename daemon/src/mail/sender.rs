use kasasagi_config::senders::{Proof, Sender};

use super::authentication::Results;
use super::field::Field;
use super::sources::Sources;
use super::token::{Token, tokens};
use super::words;

/// Whether a mail comes from somebody who may send faxes, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No list is kept, and no server has relayed the mail: a program on this machine handed it in.
    Local,
    /// The entry of the list that it satisfies, from 1.
    Listed {
        /// Its place in the list.
        entry: usize,
        /// What the entry asks for beside the address.
        proof: Proof,
    },
    /// Nobody knows.
    Unknown(Doubt),
}

/// Why a sender is unknown; of several the one nearest to being known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// From is missing, there twice, names several, or can be read in two ways.
    NoAddress,
    /// No list is kept, and a server has relayed the mail.
    Relayed,
    /// No entry of the list is about this address.
    NotListed,
    /// An entry is, but the mail does not fit its profile.
    OtherProfile,
    /// An entry is, but our own mail server does not vouch for the domain.
    NotProved,
}

impl Verdict {
    /// Judges a mail by its fields and the profile it fits.
    pub(super) fn of(sources: &Sources, fields: &[Field<'_>], profile: &str) -> Self {
        let address = only_address(fields);
        if sources.senders.is_empty() {
            let relayed = fields.iter().any(|field| field.is("Received"));
            return if relayed { Self::Unknown(Doubt::Relayed) } else { Self::Local };
        }
        let Some(address) = address else { return Self::Unknown(Doubt::NoAddress) };
        let judged = (1..).zip(&sources.senders).map(|(number, entry)| {
            let proved = || is_proved(&sources.own_server, fields, &address);
            judge(entry, &address, profile, proved).map(|()| (number, entry.proof))
        });
        let mut doubt = Doubt::NotListed;
        for judgement in judged {
            match judgement {
                Ok((entry, proof)) => return Self::Listed { entry, proof },
                Err(other) => doubt = doubt.max(other),
            }
        }
        Self::Unknown(doubt)
    }
}

fn judge(entry: &Sender, address: &str, profile: &str, proved: impl Fn() -> bool) -> Result<(), Doubt> {
    if !entry.covers(address) {
        return Err(Doubt::NotListed);
    }
    if entry.profile.as_ref().is_some_and(|asked| asked != profile) {
        return Err(Doubt::OtherProfile);
    }
    match entry.proof {
        Proof::Authenticated if !proved() => Err(Doubt::NotProved),
        Proof::Authenticated | Proof::Address => Ok(()),
    }
}

/// Only the topmost field of our own server counts: those below may have come with the mail.
fn is_proved(own_server: &str, fields: &[Field<'_>], address: &str) -> bool {
    let Some((_, domain)) = address.rsplit_once('@') else { return false };
    let written = fields.iter().filter(|field| field.is("Authentication-Results"));
    let read = written.filter_map(|field| Results::read(&String::from_utf8_lossy(field.value)));
    let own = read.into_iter().find(|results| results.is_from(own_server));
    own.is_some_and(|results| results.vouches_for(domain))
}

/// The address in the only From field, if everybody would read the same one there.
pub(super) fn only_address(fields: &[Field<'_>]) -> Option<String> {
    let mut from = fields.iter().filter(|field| field.is("From"));
    let (field, None) = (from.next()?, from.next()) else { return None };
    address(&words::plain(field.value))
}

/// `a@b`, or words without an at sign and then `<a@b>`.
fn address(text: &str) -> Option<String> {
    let tokens = tokens(text, "<>,:;")?;
    let is_address = |text: &str, quoted: bool| {
        let plain = text.chars().all(|c| c.is_ascii_graphic() && !"\"\\[]()".contains(c));
        let two =
            text.split_once('@').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty() && !b.contains('@'));
        (plain && two && !quoted).then(|| text.to_owned())
    };
    let is_name =
        |token: &Token| matches!(token, Token::Word { text, quoted } if *quoted || !text.contains('@'));
    match tokens.as_slice() {
        [Token::Word { text, quoted }] => is_address(text, *quoted),
        [name @ .., Token::Special('<'), Token::Word { text, quoted }, Token::Special('>')]
            if name.iter().all(is_name) =>
        {
            is_address(text, *quoted)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn from_holds_one_address_that_nobody_reads_otherwise() {
        for text in [
            "fax@efax.example",
            " <fax@efax.example>\r\n",
            "\"boss@clinic.example\" <fax@efax.example>",
            "e Fax\r\n\t(a@b.example) <fax@efax.example>",
            "=?ISO-2022-JP?B?GyRCPHUbKEI=?= <fax@efax.example>",
            "受信 <fax@efax.example> (x)",
        ] {
            assert_eq!(address(text).as_deref(), Some("fax@efax.example"), "{text}");
        }
        for text in [
            "",
            "fax",
            "a@b.example, fax@efax.example",
            "a@b.example <fax@efax.example>",
            "<a@b.example> <fax@efax.example>",
            "<fax@efax.example> a@b.example",
            "group: fax@efax.example;",
            "\"fax\"@efax.example",
            "fax@efax.example@b.example",
            "<@b.example:fax@efax.example>",
            "\"x <fax@efax.example>",
            "fax@efax.example (x",
        ] {
            assert_eq!(address(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[a-z@<>,:;\"\\\\() .]{0,40}|\\PC{0,30}") {
            if let Some(address) = address(&text) {
                prop_assert_eq!(address.matches('@').count(), 1);
            }
        }
    }
}

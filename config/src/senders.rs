//! Who may send faxes.

use crate::file;

/// One line of the list: whose mail is taken, and what must prove that it is theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Addresses that From may hold.
    pub from: Vec<From>,
    /// The profile that the mail must fit; any if none is named.
    pub profile: Option<String>,
    /// What is asked beside the address.
    pub proof: Proof,
}

/// An address, or all addresses of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// This address; letters of the domain count the same in either case.
    Address(String),
    /// Every address of this domain, not of its subdomains.
    Domain(String),
}

/// What proves that a mail comes from where it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Our own mail server vouches for the domain in From (RFC 8601).
    Authenticated,
    /// The address alone: for machines on our own network.
    Address,
}

impl Sender {
    /// Checks one entry; the error is the key and what is wrong with it.
    pub(crate) fn new(
        file: file::Sender,
        own_server: &str,
        is_domain: impl Fn(&str) -> bool,
    ) -> Result<Self, (&'static str, String)> {
        if file.from.is_empty() {
            return Err((
                "from",
                "names nobody; list addresses, or \"*@domain\" for all of a domain".to_owned(),
            ));
        }
        let from = file.from.iter().map(|text| {
            let wrong = || ("from", format!("{text:?} is neither an address nor \"*@domain\""));
            From::new(text, &is_domain).ok_or_else(wrong)
        });
        let proof = match file.proof.as_str() {
            "authenticated" if own_server.is_empty() => {
                let what = "\"authenticated\" needs intake.own_server: the name your mail server writes first into \
                            Authentication-Results; or use \"address\" for a machine on your own network";
                return Err(("proof", what.to_owned()));
            }
            "authenticated" => Proof::Authenticated,
            "address" => Proof::Address,
            other => {
                return Err(("proof", format!("{other:?} is neither \"authenticated\" nor \"address\"")));
            }
        };
        let profile = (!file.profile.is_empty()).then_some(file.profile);
        Ok(Self { from: from.collect::<Result<_, _>>()?, profile, proof })
    }

    /// Whether this entry is about mail from this address.
    pub fn covers(&self, address: &str) -> bool {
        self.from.iter().any(|from| from.covers(address))
    }
}

impl From {
    fn new(text: &str, is_domain: impl Fn(&str) -> bool) -> Option<Self> {
        let (local, domain) = text.rsplit_once('@')?;
        if !is_domain(domain) {
            return None;
        }
        let plain = |b: u8| b.is_ascii_graphic() && !b"<>()[],;:\\\"*@".contains(&b);
        match local {
            "*" => Some(Self::Domain(domain.to_ascii_lowercase())),
            _ if !local.is_empty() && local.bytes().all(plain) => {
                Some(Self::Address(format!("{local}@{}", domain.to_ascii_lowercase())))
            }
            _ => None,
        }
    }

    fn covers(&self, address: &str) -> bool {
        let Some((local, domain)) = address.rsplit_once('@') else { return false };
        match self {
            Self::Domain(own) => domain.eq_ignore_ascii_case(own),
            Self::Address(own) => own
                .rsplit_once('@')
                .is_some_and(|(name, place)| name == local && domain.eq_ignore_ascii_case(place)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(from: &[&str], proof: &str, own_server: &str) -> Result<Sender, (&'static str, String)> {
        let file = file::Sender {
            from: from.iter().map(|text| (*text).to_owned()).collect(),
            profile: String::new(),
            proof: proof.to_owned(),
        };
        Sender::new(file, own_server, |domain| domain.contains('.'))
    }

    #[test]
    fn an_entry_covers_its_addresses_and_no_subdomain() {
        let sender = entry(&["*@efax.example", "mfp@clinic.example.jp"], "address", "").unwrap();
        for address in ["a@efax.example", "a@EFAX.example", "mfp@clinic.example.jp", "mfp@Clinic.example.jp"]
        {
            assert!(sender.covers(address), "{address}");
        }
        for address in ["a@mail.efax.example", "a@xefax.example", "MFP@clinic.example.jp", "mfp", "", "@"] {
            assert!(!sender.covers(address), "{address}");
        }
    }

    #[test]
    fn a_fault_names_its_key() {
        let key = |from: &[&str], proof, own| entry(from, proof, own).unwrap_err().0;
        assert_eq!(key(&[], "address", ""), "from");
        for from in ["", "*", "*@", "a@b@c.d", "a b@c.d", "a@localhost", "<a@b.c>", "x*@b.c"] {
            assert_eq!(key(&[from], "address", ""), "from", "{from}");
        }
        assert_eq!(key(&["a@b.c"], "authenticated", ""), "proof");
        assert_eq!(key(&["a@b.c"], "trust", "mx.b.c"), "proof");
        assert!(entry(&["a@b.c"], "authenticated", "mx.b.c").is_ok());
    }
}

use super::token::{Token, tokens};

/// What one mail server found out about who sent a mail (Authentication-Results, RFC 8601).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Results {
    server: String,
    found: Vec<Found>,
}

/// The outcome of one method, such as `dkim=pass`, with the properties it was found by.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    method: String,
    result: String,
    properties: Vec<(String, String)>,
}

impl Results {
    /// Reads the value of a field (section 2.2); none if it is none. A method that is not understood counts
    /// for nothing.
    pub(super) fn read(value: &str) -> Option<Self> {
        let tokens = tokens(value, "=;")?;
        let mut parts = tokens.split(|token| *token == Token::Special(';'));
        let Some(Token::Word { text: server, .. }) = parts.next()?.first() else { return None };
        Some(Self { server: server.clone(), found: parts.filter_map(Found::read).collect() })
    }

    /// Whether this server wrote it.
    pub(super) fn is_from(&self, server: &str) -> bool {
        self.server.trim_end_matches('.').eq_ignore_ascii_case(server.trim_end_matches('.'))
    }

    /// Whether it vouches that the mail comes from this domain.
    pub(super) fn vouches_for(&self, domain: &str) -> bool {
        self.found.iter().filter(|found| found.result == "pass").any(|found| match found.method.as_str() {
            "dmarc" => found.property("header.from").is_none_or(|from| from.eq_ignore_ascii_case(domain)),
            "dkim" => found.property("header.d").is_some_and(|signer| aligned(signer, domain)),
            "spf" => found.property("smtp.mailfrom").is_some_and(|sender| {
                aligned(sender.rsplit_once('@').map_or(sender, |(_, place)| place), domain)
            }),
            _ => false,
        })
    }
}

impl Found {
    /// `method[/version] = result`, then `reason = …` and `type.property = …`; space may stand anywhere.
    fn read(tokens: &[Token]) -> Option<Self> {
        let mut pairs = Vec::new();
        let mut key = String::new();
        let mut rest = tokens.iter();
        while let Some(token) = rest.next() {
            match token {
                Token::Word { text, .. } => key.push_str(text),
                Token::Special(_) => {
                    let Some(Token::Word { text, .. }) = rest.next() else { return None };
                    pairs.push((std::mem::take(&mut key).to_ascii_lowercase(), text.clone()));
                }
            }
        }
        let (method, result) = pairs.first()?.clone();
        let method = method.split('/').next().unwrap_or_default().to_owned();
        Some(Self { method, result: result.to_ascii_lowercase(), properties: pairs.split_off(1) })
    }

    /// A property; none if it is there twice, since nobody knows then which one was checked.
    fn property(&self, name: &str) -> Option<&str> {
        let mut named = self.properties.iter().filter(|(key, _)| key == name);
        match (named.next(), named.next()) {
            (Some((_, value)), None) => Some(value),
            // An empty value equals no domain.
            (Some(_), Some(_)) => Some(""),
            _ => None,
        }
    }
}

/// Relaxed alignment (RFC 7489, 3.1) without a list of public suffixes: the same domain, or one below the other.
fn aligned(proved: &str, domain: &str) -> bool {
    let (proved, domain) = (proved.to_ascii_lowercase(), domain.to_ascii_lowercase());
    let below = |lower: &str, upper: &str| {
        upper.contains('.') && lower.strip_suffix(upper).is_some_and(|rest| rest.ends_with('.'))
    };
    !proved.is_empty() && (proved == domain || below(&proved, &domain) || below(&domain, &proved))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn vouches(value: &str, domain: &str) -> bool {
        let results = Results::read(value);
        results.is_some_and(|results| results.is_from("mx.example.jp") && results.vouches_for(domain))
    }

    #[test]
    fn a_pass_counts_for_the_domain_it_was_found_for() {
        for value in [
            "mx.example.jp; dmarc=pass",
            "MX.example.jp 1; dmarc=PASS header.from=efax.example",
            "mx.example.jp;\r\n\tspf=fail smtp.mailfrom=x@y.example;\r\n dkim=pass header.d=efax.example",
            "mx.example.jp (our (own) server; really); dkim (2 keys) = pass (good) header . d = mail.efax.example",
            "\"mx.example.jp\"; dkim/1=pass reason=\"good; dkim=fail\" header.i=@efax.example header.d=efax.example",
            "mx.example.jp; spf=pass smtp.mailfrom=bounce@mail.efax.example",
            "mx.example.jp; spf=pass smtp.mailfrom=\"a b\"@efax.example",
            "mx.example.jp; none; dmarc=pass",
        ] {
            assert!(vouches(value, "efax.example"), "{value}");
        }
    }

    #[test]
    fn anything_else_counts_for_nothing() {
        for value in [
            "",
            "mx.example.jp",
            "mx.example.jp; none",
            "other.example; dmarc=pass",
            "mx.example.jp.evil.example; dmarc=pass",
            "mx.example.jp; dmarc=fail",
            "mx.example.jp; dmarc=pass header.from=evil.example",
            "mx.example.jp; dkim=pass",
            "mx.example.jp; dkim=pass header.d=evil-efax.example",
            "mx.example.jp; dkim=pass header.d=example",
            "mx.example.jp; dkim=pass header.d=evil.example header.d=efax.example",
            "mx.example.jp; spf=pass smtp.helo=efax.example",
            "mx.example.jp; spf=fail reason=\"x; dmarc=pass\"",
            "mx.example.jp; spf=fail (x; dmarc=pass",
            "mx.example.jp (; dmarc=pass)",
            "mx.example.jp; iprev=pass policy.iprev=192.0.2.1; auth=pass smtp.auth=efax.example",
            "; dmarc=pass",
        ] {
            assert!(!vouches(value, "efax.example"), "{value}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_nothing_unclosed_is_read(value in "[a-z0-9.@=;()\"\\\\/ \r\n\t]{0,80}|\\PC{0,40}") {
            let read = Results::read(&value);
            let _ = read.map(|results| results.vouches_for("efax.example"));
            let unclosed = Results::read(&(value.clone() + "("));
            prop_assert!(unclosed.is_none() || value.contains(['"', '\\', '(']));
        }
    }
}

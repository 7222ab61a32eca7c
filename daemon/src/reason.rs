//! Reason codes in words for a person.

use kasasagi_routing::decision::Reason;

use crate::mail::MailFault;

/// Why a person settles something held without a delivery. A fixed list, because the reason stands in the audit
/// trail, where no free text may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum RejectReason {
    /// It was not meant for us (誤着信); the sender was told.
    Misdirected,
    /// The sender was asked to send it again.
    ResendAsked,
    /// It came another way, or was dealt with by phone.
    SettledOtherwise,
    /// It is no patient information: advertising, a blank page.
    NotPatientInformation,
    /// It may not be passed on: consent, stop, death.
    NotAllowed,
    /// A test.
    Test,
}

impl RejectReason {
    /// The stable name in files, JSON and the audit trail.
    pub fn code(self) -> &'static str {
        match self {
            Self::Misdirected => "misdirected",
            Self::ResendAsked => "resend_asked",
            Self::SettledOtherwise => "settled_otherwise",
            Self::NotPatientInformation => "not_patient_information",
            Self::NotAllowed => "not_allowed",
            Self::Test => "test",
        }
    }
}

/// Codes of pages, documents and the outbox; those of mails and decisions have their words at home.
const WORDS: [(&str, &str); 26] = [
    ("blank_page", "白紙のページです。 / The page is blank."),
    (
        "unknown_form",
        "登録された様式ではありません。画像を見て振り分けてください。 / No known form; look at the page.",
    ),
    (
        "unknown_form_version",
        "登録されていない版の様式です。 / A version of the form that is not configured.",
    ),
    (
        "codes_disagree",
        "ページ上のコードが互いに矛盾しています。 / The machine codes on the page contradict each other.",
    ),
    ("unknown_format", "PDF・TIFF・PNG のいずれでもありません。 / Neither PDF, TIFF nor PNG."),
    (
        "password_protected",
        "パスワード付きのPDFです。送信元にパスワードなしでの再送を依頼してください。 / The PDF needs a password; ask for it without.",
    ),
    (
        "unreadable",
        "ファイルが壊れていて読めません。送信元に再送を依頼してください。 / The file is damaged; ask the sender to send it again.",
    ),
    ("over_limit", "ファイルが制限を超えています。 / The file exceeds the limits for a fax."),
    (
        "unsupported",
        "対応していない形式で符号化されています。 / The file uses a coding that is not supported.",
    ),
    ("no_pages", "ページがありません。 / The document has no pages."),
    (
        "reader_died",
        "読み取り処理が異常終了しました。画像を見て確認してください。 / The reader broke on this file; look at it.",
    ),
    ("reader_timeout", "読み取りに時間がかかりすぎました。 / Reading took too long."),
    ("reader_internal", "読み取り中に内部エラーが起きました。 / An internal error while reading."),
    (
        "internal_error",
        "内部エラーが起きました。管理者に連絡してください。 / An internal error; tell the administrator.",
    ),
    (
        "undelivered_parcel",
        "封緘したメールを開けません。バックアップから復元してください。 / The sealed mail cannot be opened; restore it from a backup.",
    ),
    (
        "undelivered_certificate_missing",
        "受取人の証明書が登録されていません。登録して承認後に kasasagi outbox retry で送れます。 / The recipient has no certificate in the registry; hand one in, then `kasasagi outbox retry`.",
    ),
    (
        "undelivered_certificate_not_valid",
        "受取人の証明書が有効期間外です。新しい証明書を登録し、承認後に kasasagi outbox retry で送れます。 / The recipient's certificate is not valid today; hand in a new one, then `kasasagi outbox retry`.",
    ),
    (
        "undelivered_tls_not_verified",
        "暗号化なしの受取人ですが、経路のTLSが確認できないため送りません。 / The recipient wants readable mail, but TLS is not verified all the way; see docs/messages.md.",
    ),
    (
        "undelivered_fax_not_offered",
        "FAXでの配信にはまだ対応していません。別の方法で伝えてください。 / Delivery by fax is not offered yet; tell the recipient another way.",
    ),
    (
        "undelivered_recipient_gone",
        "受取人は登録から外れたか、メールアドレスがありません。 / The recipient has left the registry, or has no address there.",
    ),
    (
        "undelivered_internal",
        "送信中に内部エラーが起きました。届いたか相手に確認してください。 / An internal error while sending; ask whether it arrived.",
    ),
    (
        "resent_unclear",
        "配信済みの用紙がもう一度届きましたが、同じ内容か訂正か判断できない項目があります。見比べてください。 / A sheet that was delivered came again, and some fields cannot be compared; look at both.",
    ),
    (
        "quiet_hours",
        "受取人の静穏時間が終わるまで待っています。 / It waits for the end of the recipient's quiet hours.",
    ),
    (
        "restored",
        "バックアップから復元しました。控えの後に配信済みかもしれません。確認してから kasasagi held admit で続けてください。 / Brought back from a backup; it may have gone on since. Make sure, then `kasasagi held admit`.",
    ),
    (
        "undelivered_restored",
        "バックアップから復元しました。控えの後に送信済みかもしれません。相手に確認し、届いていなければ kasasagi outbox retry で送れます。 / Brought back from a backup; it may have been sent since. Ask the recipient; `kasasagi outbox retry` sends it.",
    ),
    ("form_not_configured", "この版の様式は設定にありません。 / This version of the form is not configured."),
];

/// What a code means, in Japanese and English.
pub fn sentence(code: &str) -> String {
    if let Some((_, words)) = WORDS.iter().find(|(c, _)| *c == code) {
        return (*words).to_owned();
    }
    if let Some(reason) = Reason::ALL.iter().find(|r| r.code() == code) {
        return format!("{} / {}", reason.ja(), reason.en());
    }
    if let Some(fault) = MailFault::from_code(code) {
        return format!("{} / {}", fault.ja(), fault.en());
    }
    if let Some(status) = code.strip_prefix("undelivered_bounced_") {
        return format!(
            "相手のメールサーバーから不達の通知が届きました（{status}）。宛先を確認し、別の方法で伝えてください。 / \
             The recipient's server reported that the mail cannot be delivered ({status}); check the address in the \
             registry and tell the recipient another way."
        );
    }
    match code.strip_prefix("undelivered_") {
        Some(reply) => format!("送信できませんでした（{reply}）。 / Could not be delivered ({reply})."),
        None => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_words() {
        use kasasagi_ocr::Error as E;
        use kasasagi_ocr::reading::NoForm;
        let faults = [
            E::UnknownFormat,
            E::PasswordProtected,
            E::Unreadable { kind: "PDF", what: String::new() },
            E::OverLimit { limit: 1, of: "pages" },
            E::Unsupported { what: String::new() },
            E::Engine { engine: "ppocr", what: String::new() },
        ];
        let pages = [NoForm::Blank, NoForm::Unknown, NoForm::UnknownVersion, NoForm::CodesDisagree];
        let codes = (faults.iter().map(crate::reader::fault_code))
            .chain(pages.map(|reason| crate::journey::no_form_code(reason, &[])))
            .chain(Reason::ALL.iter().map(|r| r.code()))
            .chain([
                "reader_died",
                "reader_timeout",
                "no_pages",
                "internal_error",
                "form_not_configured",
                "resent_unclear",
            ])
            .chain([
                "undelivered_550",
                "undelivered_bounced_5.1.1",
                "undelivered_parcel",
                "undelivered_certificate_missing",
                "undelivered_certificate_not_valid",
                "undelivered_tls_not_verified",
                "undelivered_fax_not_offered",
                "undelivered_recipient_gone",
                "undelivered_internal",
                "undelivered_restored",
                "restored",
                "quiet_hours",
            ]);
        for code in codes {
            let (ja, en) =
                sentence(code).split_once(" / ").map(|(j, e)| (j.to_owned(), e.to_owned())).unwrap();
            assert!(!ja.is_ascii() && !en.trim().is_empty(), "{code}");
        }
        assert_eq!(sentence("not_a_code"), "not_a_code");
    }

    #[test]
    fn every_code_stands_in_the_operators_guides() {
        let guides =
            [include_str!("../../docs/guide/4-held.ja.md"), include_str!("../../docs/guide/4-held.en.md")];
        let codes = (WORDS.iter().map(|(code, _)| *code))
            .chain(Reason::ALL.iter().map(|reason| reason.code()))
            .chain(MailFault::ALL.into_iter().map(MailFault::code));
        for code in codes {
            assert!(guides.iter().all(|guide| guide.contains(&format!("`{code}`"))), "{code}");
        }
    }
}

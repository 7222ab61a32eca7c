/// Why a mail is not, or not wholly, a fax. The weightiest comes first: it is the one shown when several apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MailFault {
    /// Nested deeper than any real mail.
    TooDeep,
    /// More parts than any real mail.
    TooManyParts,
    /// More bytes, once decoded, than allowed.
    TooLarge,
    /// One piece of a mail that a machine cut up (message/partial).
    Partial,
    /// An archive with a password.
    EncryptedArchive,
    /// An archive.
    Archive,
    /// Outlook's own wrapping, winmail.dat.
    WinmailDat,
    /// Not a mail, or damaged on the way.
    Broken,
    /// An attachment of no bytes.
    EmptyAttachment,
    /// An attachment that is no PDF, TIFF or PNG.
    UnknownAttachment,
    /// One of our own mails, or an automatic answer to one, come back.
    Loop,
    /// A report about the delivery of a mail.
    DeliveryReport,
    /// Text only.
    NoAttachment,
}

impl MailFault {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::TooDeep,
        Self::TooManyParts,
        Self::TooLarge,
        Self::Partial,
        Self::EncryptedArchive,
        Self::Archive,
        Self::WinmailDat,
        Self::Broken,
        Self::EmptyAttachment,
        Self::UnknownAttachment,
        Self::Loop,
        Self::DeliveryReport,
        Self::NoAttachment,
    ];

    /// The stable code that journal events carry.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooDeep => "too_deep",
            Self::TooManyParts => "too_many_parts",
            Self::TooLarge => "too_large",
            Self::Partial => "partial",
            Self::EncryptedArchive => "encrypted_archive",
            Self::Archive => "archive",
            Self::WinmailDat => "winmail_dat",
            Self::Broken => "broken",
            Self::EmptyAttachment => "empty_attachment",
            Self::UnknownAttachment => "unknown_attachment",
            Self::Loop => "loop",
            Self::DeliveryReport => "delivery_report",
            Self::NoAttachment => "no_attachment",
        }
    }

    /// The fault with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.code() == code)
    }

    /// What happened and what to do, for the clerk.
    pub fn ja(self) -> &'static str {
        match self {
            Self::TooDeep => {
                "メールの入れ子が深すぎて開けません。FAXの画像だけを添付して送り直してもらってください。"
            }
            Self::TooManyParts => "メールの添付が多すぎて開けません。分けて送り直してもらってください。",
            Self::TooLarge => "メールの添付が大きすぎて開けません。分けて送り直してもらってください。",
            Self::Partial => {
                "分割されたメールの一部です。複合機のメール分割送信をオフにして送り直してもらってください。"
            }
            Self::EncryptedArchive => {
                "パスワード付き圧縮ファイルです。圧縮せずPDFまたはTIFFで送り直してもらってください。"
            }
            Self::Archive => "圧縮ファイルです。圧縮せずPDFまたはTIFFで送り直してもらってください。",
            Self::WinmailDat => {
                "Outlook形式(winmail.dat)の添付です。送信側でテキスト形式またはHTML形式にして送り直してもらってください。"
            }
            Self::Broken => "メールまたは添付が壊れています。送り直してもらってください。",
            Self::EmptyAttachment => "添付ファイルが空です。送り直してもらってください。",
            Self::UnknownAttachment => {
                "添付ファイルがPDF・TIFF・PNGではありません。内容を確認し、必要なら送り直してもらってください。"
            }
            Self::Loop => "このゲートウェイが送ったメール、または自動応答です。処理は不要です。",
            Self::DeliveryReport => "配信結果の通知メールです。FAXではありません。",
            Self::NoAttachment => "添付ファイルがありません。本文を確認してください。",
        }
    }

    /// What happened and what to do, for the administrator.
    pub fn en(self) -> &'static str {
        match self {
            Self::TooDeep => "The mail is nested too deep to open. Ask for the fax image alone, attached.",
            Self::TooManyParts => "The mail has too many parts to open. Ask the sender to split it.",
            Self::TooLarge => "The attachments are too large to open. Ask the sender to split them.",
            Self::Partial => {
                "One piece of a mail that was cut up. Ask the sender to turn off splitting on the machine."
            }
            Self::EncryptedArchive => "An archive with a password. Ask for a plain PDF or TIFF.",
            Self::Archive => "An archive. Ask for a plain PDF or TIFF.",
            Self::WinmailDat => "An Outlook winmail.dat. Ask the sender to mail as plain text or HTML.",
            Self::Broken => "The mail or its attachment is damaged. Ask the sender to send it again.",
            Self::EmptyAttachment => "The attachment is empty. Ask the sender to send it again.",
            Self::UnknownAttachment => "The attachment is no PDF, TIFF or PNG. Look at it and decide.",
            Self::Loop => "One of our own mails or an automatic answer. Nothing to do.",
            Self::DeliveryReport => "A report about a delivery, no fax.",
            Self::NoAttachment => "Nothing is attached. Read the text and decide.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_name_their_fault_and_the_list_is_whole_and_in_order() {
        for fault in MailFault::ALL {
            assert_eq!(MailFault::from_code(fault.code()), Some(fault));
        }
        assert!(MailFault::ALL.is_sorted());
        assert_eq!(MailFault::ALL.len(), MailFault::NoAttachment as usize + 1);
        assert_eq!(MailFault::from_code("nonsense"), None);
    }
}

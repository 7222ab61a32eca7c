/// Why a mail is not, or not wholly, a fax. The weightiest comes first: it is the one shown when several apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MailFault {
    /// Nested deeper than any real mail.
    TooDeep,
    /// More parts than any real mail.
    TooManyParts,
    /// More bytes, once decoded, than allowed.
    TooLarge,
    /// Sent by somebody who is not known to send faxes; its documents were not looked at.
    UnknownSender,
    /// One piece of a mail that a machine cut up (message/partial).
    Partial,
    /// Encrypted for somebody (S/MIME, PGP).
    Encrypted,
    /// Wrapped in its signature, so that no other program can see into it (S/MIME signed-data).
    OpaqueSigned,
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
    /// The fax waits somewhere else, at a portal for instance, and is not in the mail.
    Elsewhere,
    /// A photo or another picture that is no fax format.
    Picture,
    /// An attachment that is no PDF, TIFF or PNG.
    UnknownAttachment,
    /// The same file twice.
    Repeated,
    /// One of our own mails, or an automatic answer to one, come back.
    Loop,
    /// A report about the delivery of a mail.
    DeliveryReport,
    /// A notice that a mail of ours was, or was not, displayed.
    ReadReceipt,
    /// A machine's answer to one of our own mails.
    AutomaticReply,
    /// A reply that says nothing but that the mail was taken note of.
    Acknowledgement,
    /// A reply from an address that the mail did not go to, or to a mail that is not known any more.
    ReplyFromOther,
    /// A reply that is encrypted.
    ReplyEncrypted,
    /// A reply with words that a person must read.
    Reply,
    /// Text only.
    NoAttachment,
}

impl MailFault {
    /// All of them.
    pub const ALL: [Self; 25] = [
        Self::TooDeep,
        Self::TooManyParts,
        Self::TooLarge,
        Self::UnknownSender,
        Self::Partial,
        Self::Encrypted,
        Self::OpaqueSigned,
        Self::EncryptedArchive,
        Self::Archive,
        Self::WinmailDat,
        Self::Broken,
        Self::EmptyAttachment,
        Self::Elsewhere,
        Self::Picture,
        Self::UnknownAttachment,
        Self::Repeated,
        Self::Loop,
        Self::DeliveryReport,
        Self::ReadReceipt,
        Self::AutomaticReply,
        Self::Acknowledgement,
        Self::ReplyFromOther,
        Self::ReplyEncrypted,
        Self::Reply,
        Self::NoAttachment,
    ];

    /// The stable code that journal events carry.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooDeep => "too_deep",
            Self::TooManyParts => "too_many_parts",
            Self::TooLarge => "too_large",
            Self::UnknownSender => "unknown_sender",
            Self::Partial => "partial",
            Self::Encrypted => "encrypted",
            Self::OpaqueSigned => "opaque_signed",
            Self::EncryptedArchive => "encrypted_archive",
            Self::Archive => "archive",
            Self::WinmailDat => "winmail_dat",
            Self::Broken => "broken",
            Self::EmptyAttachment => "empty_attachment",
            Self::Elsewhere => "fax_elsewhere",
            Self::Picture => "picture",
            Self::UnknownAttachment => "unknown_attachment",
            Self::Repeated => "repeated_document",
            Self::Loop => "loop",
            Self::DeliveryReport => "delivery_report",
            Self::ReadReceipt => "read_receipt",
            Self::AutomaticReply => "automatic_reply",
            Self::Acknowledgement => "acknowledgement",
            Self::ReplyFromOther => "reply_from_other",
            Self::ReplyEncrypted => "reply_encrypted",
            Self::Reply => "reply",
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
            Self::UnknownSender => {
                "差出人が登録されていません。添付は開いていません。正しい差出人なら設定の intake.senders に加え、`kasasagi held admit FAX` で受け入れるか、`kasasagi submit` で入れ直してください。"
            }
            Self::Partial => {
                "分割されたメールの一部です。複合機のメール分割送信をオフにして送り直してもらってください。"
            }
            Self::Encrypted => "暗号化されたメールです。暗号化せずに送り直してもらってください。",
            Self::OpaqueSigned => {
                "署名に包まれたメール(S/MIME)です。添付を署名で包まない形式(クリア署名)か、署名なしで送り直してもらってください。"
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
            Self::Elsewhere => {
                "FAXはこのメールにありません。本文のサイトから受け取り、PDFを添付する設定に変えるか、取得したPDFを `kasasagi submit` で入れてください。"
            }
            Self::Picture => "写真などの画像です。FAXまたはPDFで送り直してもらってください。",
            Self::UnknownAttachment => {
                "添付ファイルがPDF・TIFF・PNGではありません。内容を確認し、必要なら送り直してもらってください。"
            }
            Self::Repeated => "同じファイルが2回添付されています。両方とも読み取りました。",
            Self::Loop => "このゲートウェイが送ったメール、または自動応答です。処理は不要です。",
            Self::DeliveryReport => "配信結果の通知メールです。FAXではありません。",
            Self::ReadReceipt => "開封通知です。FAXではありません。",
            Self::AutomaticReply => "不在通知などの自動返信です。受取人が読んだことにはなりません。",
            Self::Acknowledgement => "受取人からの確認の返信です。処理は不要です。",
            Self::ReplyFromOther => {
                "送信先と異なるアドレスからの返信、または対象のメールを特定できない返信です。確認済みにはしていません。本文を読み、必要なら受取人に電話で確認してから `kasasagi held reject FAX --reason settled_otherwise` で片付けてください。"
            }
            Self::ReplyEncrypted => {
                "受取人から暗号化された返信が届きました。ここでは読めません。受取人に用件を確認してから `kasasagi held reject FAX --reason settled_otherwise` で片付けてください。"
            }
            Self::Reply => {
                "受取人から返信が届きました。本文を確認してください。済んだら `kasasagi held reject FAX --reason settled_otherwise` で片付けてください。"
            }
            Self::NoAttachment => "添付ファイルがありません。本文を確認してください。",
        }
    }

    /// What happened and what to do, for the administrator.
    pub fn en(self) -> &'static str {
        match self {
            Self::TooDeep => "The mail is nested too deep to open. Ask for the fax image alone, attached.",
            Self::TooManyParts => "The mail has too many parts to open. Ask the sender to split it.",
            Self::TooLarge => "The attachments are too large to open. Ask the sender to split them.",
            Self::UnknownSender => {
                "The sender is not known, so nothing in the mail was opened. If it is right, add it to intake.senders, then `kasasagi held admit FAX`, or hand the mail in again with `kasasagi submit`."
            }
            Self::Partial => {
                "One piece of a mail that was cut up. Ask the sender to turn off splitting on the machine."
            }
            Self::Encrypted => "Encrypted for somebody. Ask the sender to send it without encryption.",
            Self::OpaqueSigned => {
                "Wrapped in its S/MIME signature. Ask the sender for a clear signature (multipart/signed), or none."
            }
            Self::EncryptedArchive => "An archive with a password. Ask for a plain PDF or TIFF.",
            Self::Archive => "An archive. Ask for a plain PDF or TIFF.",
            Self::WinmailDat => "An Outlook winmail.dat. Ask the sender to mail as plain text or HTML.",
            Self::Broken => "The mail or its attachment is damaged. Ask the sender to send it again.",
            Self::EmptyAttachment => "The attachment is empty. Ask the sender to send it again.",
            Self::Elsewhere => {
                "The fax is not in the mail. Fetch it where the text says; set that service to attach PDFs, or hand the file in as a mail with `kasasagi submit`."
            }
            Self::Picture => "A photo or picture. Ask for a fax or a PDF.",
            Self::UnknownAttachment => "The attachment is no PDF, TIFF or PNG. Look at it and decide.",
            Self::Repeated => "The same file is attached twice; both were read.",
            Self::Loop => "One of our own mails or an automatic answer. Nothing to do.",
            Self::DeliveryReport => "A report about a delivery, no fax.",
            Self::ReadReceipt => "A notice about the display of a mail (MDN), no fax.",
            Self::AutomaticReply => {
                "An automatic reply to one of our mails. It does not say that anybody has read it."
            }
            Self::Acknowledgement => "The recipient's reply that they have taken note. Nothing to do.",
            Self::ReplyFromOther => {
                "A reply from an address that the mail did not go to, or to a mail that is not known any more. It acknowledges nothing. Read it, ask the recipient by phone if need be, then `kasasagi held reject FAX --reason settled_otherwise`."
            }
            Self::ReplyEncrypted => {
                "The recipient has replied, encrypted, so that it cannot be read here. Ask what it says, then `kasasagi held reject FAX --reason settled_otherwise`."
            }
            Self::Reply => {
                "The recipient has replied. Read the text and act on it, then `kasasagi held reject FAX --reason settled_otherwise`."
            }
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

//! The words of a decision. None holds personal data, so all may stand in the audit trail.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// Why a record waits for a person, the weightiest first.
    Reason {
        PatientStopped = "patient_stopped", "この患者の情報提供は停止されています。送付せず、事務局で確認してください。",
            "Use of this patient's data has been stopped. Do not pass the record on; ask the office.";
        ConsentWithdrawn = "consent_withdrawn", "患者の同意が撤回されています。送付せず、事務局で確認してください。",
            "The patient has withdrawn consent. Do not pass the record on; ask the office.";
        PatientDeceased = "patient_deceased", "登録では亡くなられた患者です。送信元に確認してください。",
            "The registry has this patient as deceased. Ask the sender.";
        PatientMerged = "patient_merged", "統合済みの古い連携IDです。現在の連携IDを確認してください。",
            "The patient number was merged into another one. Find the number in use.";
        PatientIdDiffers = "patient_id_differs", "連携IDが他の記載と一致しません。送信元に確認してください。",
            "The patient number contradicts what else is written. Ask the sender.";
        InsuredNoDiffers = "insured_no_differs", "被保険者番号が登録と一致しません。送信元に確認してください。",
            "The insured number is not the registered one. Ask the sender.";
        InsurerNoDiffers = "insurer_no_differs", "保険者番号が登録と一致しません。送信元に確認してください。",
            "The insurer number is not the registered one. Ask the sender.";
        BirthDiffers = "birth_differs", "生年月日が登録と一致しません。送信元に確認してください。",
            "The birth date is not the registered one. Ask the sender.";
        KanaDiffers = "kana_differs", "フリガナが登録と一致しません。送信元に確認してください。",
            "The reading of the name is not the registered one. Ask the sender.";
        NameDiffers = "name_differs", "氏名が登録と一致しません。送信元に確認してください。",
            "The name is not the registered one. Ask the sender.";
        SexDiffers = "sex_differs", "性別が登録と一致しません。送信元に確認してください。",
            "The sex is not the registered one. Ask the sender.";
        PatientAmbiguous = "patient_ambiguous", "よく似た登録患者が複数います。連携IDと被保険者番号で確認してください。",
            "Several registered patients are much alike. Tell them apart by patient and insured number.";
        PatientUnknown = "patient_unknown", "記載された患者は登録にありません。番号を確認するか、新規登録してください。",
            "The patient named is not in the registry. Check the numbers or register the patient.";
        PatientUnconfirmed = "patient_unconfirmed", "患者を確認できる記載が一つしかありません。もう一つの項目で確認してください。",
            "Only one piece of evidence names the patient. Confirm a second one.";
        PatientUnidentified = "patient_unidentified", "患者を特定できる確かな記載がありません。画像を見て確認してください。",
            "Nothing certain tells who the patient is. Look at the page.";
        PatientNotInForce = "patient_not_in_force", "患者の登録が有効期間外です。登録を確認してください。",
            "The patient's registration does not hold today. Check the registry.";
        PhysicianDiffers = "physician_differs", "宛先の登録医コードが、この患者の登録医と一致しません。",
            "The physician code on the form is not that of the patient's registered physician.";
        AddresseeDiffers = "addressee_differs", "宛先の医療機関・医師名が、この患者の登録医と一致しません。",
            "The addressee written on the form is not the patient's registered physician.";
        PhysicianUnknown = "physician_unknown", "宛先の登録医コードは登録にありません。",
            "The physician code on the form is not in the registry.";
        PhysicianUnconfirmed = "physician_unconfirmed", "宛先の登録医を確認できません。登録医コードと宛名を確認してください。",
            "The form does not clearly name the registered physician. Check code and addressee.";
        PhysicianUnreachable = "physician_unreachable", "登録医に送付できず、代行の医師もいません。登録を確認してください。",
            "Neither the registered physician nor a backup can be written to. Check the registry.";
        PhysicianAbsent = "physician_absent", "登録医が不在です。代行の医師に送るか、戻りを待つかを判断してください。",
            "The registered physician is away. Decide whether to send to a backup or to wait.";
        SenderUnknown = "sender_unknown", "発信元の事業所を登録で確認できません。",
            "The sending office cannot be found in the registry.";
        SenderDiffers = "sender_differs", "発信元の番号が、記載された事業所の登録と一致しません。",
            "The numbers of the sender do not belong to the office named.";
        SenderNotOnTeam = "sender_not_on_team", "氏名と生年月日のみの記載で、発信元が担当事業所ではありません。",
            "Only name and birth date are given, and the sender does not care for the patient.";
        SenderUnconfirmed = "sender_unconfirmed", "発信元を確認できる情報が一つしかありません。FAX番号を確認してください。",
            "Only one piece of evidence names the sender. Check the fax number.";
        ConsentMissing = "consent_missing", "同意欄に本人・家族等の記入がありません。送信元に確認してください。",
            "The form tells of no consent by patient or family. Ask the sender.";
        ConsentUnclear = "consent_unclear", "同意欄をはっきり読み取れません。画像を見て確認してください。",
            "The consent boxes are not clear. Look at the page.";
        ConsentNeedsEmergency = "consent_needs_emergency", "同意未取得ですが、緊急と確認できません。送信元に確認してください。",
            "Consent was not asked for, but it is not surely an emergency. Ask the sender.";
        PagesMissing = "pages_missing", "記載の枚数より受信枚数が少なく、抜けている可能性があります。",
            "Fewer pages arrived than the form states; one may be lost.";
    }
}

vocabulary! {
    /// What agreed with the registry.
    Evidence {
        PatientId = "patient_id", "連携IDが登録と一致", "the patient number is registered";
        InsuredNo = "insured_no", "被保険者番号が一致", "the insured number agrees";
        InsurerNo = "insurer_no", "保険者番号が一致", "the insurer number agrees";
        Birth = "birth", "生年月日が一致", "the birth date agrees";
        Kana = "kana", "フリガナが一致", "the reading of the name agrees";
        Name = "name", "氏名が一致", "the name agrees";
        MaskedName = "masked_name", "伏字の氏名と矛盾なし", "the masked name fits";
        Sex = "sex", "性別が一致", "the sex agrees";
        DrCode = "dr_code", "登録医コードが一致", "the physician code is that of the registered physician";
        Addressee = "addressee", "宛名が登録医と一致", "the addressee is the registered physician";
        SenderOffice = "sender_office", "事業所番号が登録と一致", "the sender's office number is registered";
        SenderFax = "sender_fax", "発信FAX番号が登録と一致", "the sender's fax number agrees";
        CallerId = "caller_id", "発信者番号が登録と一致", "the caller's number agrees";
        StationId = "station_id", "発信機の識別番号が一致", "the station id of the sending machine agrees";
        SenderOnTeam = "sender_on_team", "発信元はこの患者の担当事業所", "the sender cares for the patient";
        ByHand = "by_hand", "担当者が確認", "a person has looked and named the patient";
    }
}

vocabulary! {
    /// What recipients and office should know about a record that is delivered.
    Flag {
        ConsentPending = "consent_pending", "緊急のため同意未取得です。後日、同意を確認してください。",
            "Consent was not asked for because of an emergency; obtain it afterwards.";
        ConsentNotWritten = "consent_not_written", "文書による同意の記入がありません。文書同意の有無を確認してください。",
            "The consent is not marked as written; check whether there is a written one.";
        BackupPhysician = "backup_physician", "登録医が不在のため、代行の医師に送付しました。",
            "The registered physician is away; the record went to the backup.";
        PagesDiffer = "pages_differ", "記載の枚数と受信枚数が異なります。",
            "The number of pages stated differs from the number received.";
        UrgencyUnclear = "urgency_unclear", "緊急度を読み取れないため、至急として扱いました。",
            "The urgency could not be read; the record is treated as urgent.";
        DateUnusual = "date_unusual", "記入日が受信日より後か、一週間以上前です。",
            "The form is dated in the future or more than a week ago.";
        OfficeUnreachable = "office_unreachable", "担当事業所の一部に送付先の登録がありません。",
            "An office caring for the patient has no usable address in the registry.";
    }
}

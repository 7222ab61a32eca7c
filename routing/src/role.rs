//! In which role somebody sends or receives.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// The part somebody plays for a patient. It decides which fields they may see.
    Role {
        Physician = "physician", "登録医", "registered physician";
        BackupPhysician = "backup_physician", "副主治医（代行）", "backup of the registered physician";
        HomeNursing = "home_nursing", "訪問看護", "home nursing";
        HospitalLiaison = "hospital_liaison", "病院連携室", "hospital liaison office";
        CareManager = "care_manager", "居宅介護支援", "care management office";
        CommunitySupport = "community_support", "地域包括支援センター", "community support centre";
        Pharmacy = "pharmacy", "薬局", "pharmacy";
        Dental = "dental", "歯科", "dental clinic";
        HomeHelp = "home_help", "訪問介護", "home help";
        DayService = "day_service", "通所介護", "day service";
        Government = "government", "行政", "public office";
    }
}

impl Role {
    /// Whether a row of the facilities table may have this role; physicians have their own table.
    pub fn is_facility(self) -> bool {
        !matches!(self, Self::Physician | Self::BackupPhysician)
    }
}

//! Imports users, doctors with their specialties, and patients.

use super::super::draft;
use super::super::dump::{DOCTOR, DumpRow, PATIENT, USER};
use super::super::old_ids;
use super::super::rejection::RowRejection;
use super::DjangoImport;
use app::directory::records::RecordDraft;
use domain::doctor::DoctorProfile;
use domain::patient::PatientProfile;
use domain::record::Record;
use domain::text::Line;
use domain::user::{Credentials, UserProfile};
use domain::violation::Violations;
use serde_json::json;
use store::Key;
use store::keys::Unique;
use wire::doctor::DoctorBody;
use wire::patient::PatientBody;
use wire::user::UserBody;

impl DjangoImport<'_> {
    pub(super) async fn user(&mut self, pk: u64, row: &DumpRow) -> Result<bool, RowRejection> {
        let members = row.members(&["email", "first_name", "last_name", "role", "is_active"]);
        let next: RecordDraft<UserProfile> = draft::<UserBody, _>(self.app, &members)?;
        let (created_at, _) = self.timestamps(row, "date_joined", "date_joined")?;
        let last_login_at = row.instant("last_login", self.zone).ok();
        // No password matches an empty hash: an ADMIN has to set one.
        let credentials = Credentials { password: String::new(), generation: 1, last_login_at };
        let profile = UserProfile { credentials, ..next.profile };
        let user = Record { is_active: next.is_active, ..Record::new(old_ids::id(USER, pk), profile, created_at) };
        let email = Unique::Email(user.profile.email.folded());
        let values = [(email.field().to_owned(), Key::unique(&email).pk)];
        let brought = app::integration::import::import_user(self.app, &self.ctx, &user).await;
        self.explain_duplicate(USER, pk, &values, brought)
    }

    pub(super) async fn doctor(&mut self, pk: u64, row: &DumpRow) -> Result<bool, RowRejection> {
        let mut members = row.members(&["first_name", "last_name", "email", "phone_number"]);
        let name = Line::<100>::optional(row.get("specialty").as_str());
        let name = name.map_err(|rule| Violations::of("specialty", rule))?;
        let mut next: RecordDraft<DoctorProfile> = draft::<DoctorBody, _>(self.app, &members)?;
        if let Some(name) = name {
            // Created only after validation, so that a rejected doctor leaves no specialty behind.
            let id = self.specialties.find_or_create(self.app, &self.ctx, &name).await?;
            members.insert("specialties".into(), json!([id.to_string()]));
            next = draft::<DoctorBody, _>(self.app, &members)?;
            next.profile.specialty = Some(name);
        }
        let times = self.timestamps(row, "created_at", "updated_at")?;
        self.import_record((DOCTOR, pk), next, times).await
    }

    pub(super) async fn patient(&mut self, pk: u64, row: &DumpRow) -> Result<bool, RowRejection> {
        let fields = [
            "first_name",
            "last_name",
            "document_type",
            "document_number",
            "birth_date",
            "phone_number",
            "email",
            "address",
            "emergency_contact",
            "emergency_phone",
            "notes",
        ];
        let mut members = row.members(&fields);
        // An empty date is treated as missing.
        members.retain(|field, value| field != "birth_date" || *value != "");
        let next: RecordDraft<PatientProfile> = draft::<PatientBody, _>(self.app, &members)?;
        let times = self.timestamps(row, "created_at", "updated_at")?;
        self.import_record((PATIENT, pk), next, times).await
    }
}

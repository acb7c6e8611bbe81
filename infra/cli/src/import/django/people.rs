//! Users, doctors with their specialties, patients.

use super::super::dump::{DOCTOR, PATIENT, Row, USER};
use super::super::old_ids;
use super::super::refusal::Refusal;
use super::Import;
use auth::user::UserBody;
use doctors::doctor::DoctorBody;
use domain::record::Record;
use domain::text::Line;
use domain::user::{Credentials, UserProfile};
use domain::violation::Violations;
use patients::patient::PatientBody;
use serde_json::json;
use store::Key;
use store::keys::Unique;
use web::body::Body as _;

impl Import<'_> {
    pub(super) async fn user(&mut self, pk: u64, row: &Row) -> Result<bool, Refusal> {
        let (next, _) =
            UserBody::read(row.members(&["email", "first_name", "last_name", "role", "is_active"]))?.next()?;
        let (created_at, _) = self.times(row, "date_joined", "date_joined")?;
        let last_login_at = row.instant("last_login", self.zone).ok();
        // No password matches a text that is no hash: an ADMIN sets one.
        let credentials = Credentials { password: String::new(), generation: 1, last_login_at };
        let profile = UserProfile { credentials, ..next.profile };
        let user = Record { is_active: next.is_active, ..Record::new(old_ids::id(USER, pk), profile, created_at) };
        let email = Unique::Email(user.profile.email.folded());
        let values = [(email.field().to_owned(), Key::unique(&email).pk)];
        let brought = app::integration::import::bring_user(self.app, &self.ctx, &user).await;
        self.told_apart(USER, pk, &values, brought)
    }

    pub(super) async fn doctor(&mut self, pk: u64, row: &Row) -> Result<bool, Refusal> {
        let mut members = row.members(&["first_name", "last_name", "email", "phone_number"]);
        let name = Line::<100>::optional(row.get("specialty").as_str());
        let name = name.map_err(|rule| Violations::of("specialty", rule))?;
        let mut next = DoctorBody::read(members.clone())?.next(self.app.country)?;
        if let Some(name) = name {
            // Only now: a doctor who is refused leaves no specialty behind.
            let id = self.specialties.named(self.app, &self.ctx, &name).await?;
            members.insert("specialties".into(), json!([id.to_string()]));
            next = DoctorBody::read(members)?.next(self.app.country)?;
            next.profile.specialty = Some(name);
        }
        let times = self.times(row, "created_at", "updated_at")?;
        self.bring((DOCTOR, pk), next, times).await
    }

    pub(super) async fn patient(&mut self, pk: u64, row: &Row) -> Result<bool, Refusal> {
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
        // An empty date is none.
        members.retain(|field, value| field != "birth_date" || *value != "");
        let next = PatientBody::read(members)?.next(self.app.country)?;
        let times = self.times(row, "created_at", "updated_at")?;
        self.bring((PATIENT, pk), next, times).await
    }
}

//! The operations that the screens need.

use super::client::Precondition;
use super::{
    ApiClient, Appointment, Availability, Clinic, Contact, Doctor, FreeSlot, HistoryEntry, Holiday, Notification,
    Patient, Preview, ScreenError, SecondFactor, ThreadEntry, Tokens, User, WorklistCounts, WorklistEntry,
};
use crate::fields::encoded;
use domain::time::LocalDate;
use http::Method;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

impl ApiClient {
    pub async fn sign_in(&self, email: &str, password: &str, otp: Option<&str>) -> Result<Tokens, ScreenError> {
        let body = json!({ "email": email, "password": password, "otp": otp });
        self.change(Method::POST, "/api/auth/token/", &body, Precondition::default()).await
    }

    pub async fn renew(&self, refresh: &str) -> Result<Tokens, ScreenError> {
        let body = json!({ "refresh": refresh });
        self.change(Method::POST, "/api/auth/token/refresh/", &body, Precondition::default()).await
    }

    /// Ends this session, or every session of the user.
    pub async fn sign_out(&self, refresh: &str, all: bool) -> Result<(), ScreenError> {
        let body = if all { json!({ "all": true }) } else { json!({ "refresh": refresh }) };
        self.send(Method::POST, "/api/auth/logout/", Some(&body), Precondition::default()).await.map(drop)
    }

    pub async fn me(&self) -> Result<User, ScreenError> {
        self.get("/api/auth/me/").await
    }

    /// Chooses the language of the own account.
    pub async fn choose_language(&self, code: &str) -> Result<(), ScreenError> {
        let body = json!({ "language": code });
        self.send(Method::PATCH, "/api/auth/me/", Some(&body), Precondition::default()).await.map(drop)
    }

    pub async fn change_password(&self, current: &str, new: &str) -> Result<(), ScreenError> {
        let body = json!({ "current_password": current, "new_password": new });
        self.send(Method::POST, "/api/auth/me/password/", Some(&body), Precondition::default()).await.map(drop)
    }

    /// Begins to set up a second factor, or confirms it with a first code.
    pub async fn enrol_second_factor(&self, otp: Option<&str>) -> Result<SecondFactor, ScreenError> {
        let body = otp.map_or_else(|| json!({}), |otp| json!({ "otp": otp }));
        self.change(Method::POST, "/api/auth/me/totp/", &body, Precondition::default()).await
    }

    /// Removes the second factor, with a current code.
    pub async fn drop_second_factor(&self, otp: &str) -> Result<(), ScreenError> {
        let body = json!({ "otp": otp });
        self.send(Method::DELETE, "/api/auth/me/totp/", Some(&body), Precondition::default()).await.map(drop)
    }

    /// The clinics that the user sees.
    pub async fn clinics(&self) -> Result<Vec<Clinic>, ScreenError> {
        self.list("/api/clinics/clinics/?is_active=true").await
    }

    pub async fn holidays(&self, clinic: &str, date: LocalDate) -> Result<Vec<Holiday>, ScreenError> {
        self.list(&format!("/api/clinics/holidays/?clinic={clinic}&date_from={date}&date_to={date}")).await
    }

    pub async fn availability(&self, clinic: &str, date: LocalDate) -> Result<Vec<Availability>, ScreenError> {
        self.list(&format!("/api/schedules/?clinic={clinic}&date={date}")).await
    }

    /// The doctors who work in a clinic.
    pub async fn doctors(&self, clinic: &str) -> Result<Vec<Doctor>, ScreenError> {
        self.list(&format!("/api/doctors/?clinic={clinic}")).await
    }

    /// A doctor's availability in a period, at all clinics that the user sees.
    pub async fn hours_of(
        &self,
        doctor: &str,
        from: LocalDate,
        to: LocalDate,
    ) -> Result<Vec<Availability>, ScreenError> {
        self.list(&format!("/api/schedules/?doctor={doctor}&date_from={from}&date_to={to}")).await
    }

    /// A doctor's appointments in a period, at all clinics that the user sees.
    pub async fn appointments_with(
        &self,
        doctor: &str,
        from: LocalDate,
        to: LocalDate,
    ) -> Result<Vec<Appointment>, ScreenError> {
        let path = format!("/api/appointments/?doctor={doctor}&date_from={from}&date_to={to}&expand=patient");
        self.list(&path).await
    }

    /// The next free slots of a doctor in a clinic.
    pub async fn free_slots(
        &self,
        clinic: &str,
        doctor: &str,
        from: LocalDate,
        limit: usize,
    ) -> Result<Vec<FreeSlot>, ScreenError> {
        let path = format!("/api/schedules/slots/?doctor={doctor}&clinic={clinic}&date_from={from}&limit={limit}");
        self.first(&path, limit).await
    }

    /// The appointments of a clinic's day, with phone and document of the patients.
    pub async fn day(&self, clinic: &str, date: LocalDate) -> Result<Vec<Appointment>, ScreenError> {
        self.list(&format!("/api/appointments/?clinic={clinic}&date={date}&expand=patient")).await
    }

    pub async fn appointment(&self, id: &str) -> Result<Appointment, ScreenError> {
        self.get(&format!("/api/appointments/{id}/")).await
    }

    pub async fn history(&self, id: &str) -> Result<Vec<HistoryEntry>, ScreenError> {
        self.first(&format!("/api/appointments/{id}/actions/?"), 100).await
    }

    pub async fn notifications(&self, appointment: &str) -> Result<Vec<Notification>, ScreenError> {
        self.first(&format!("/api/notifications/?appointment={appointment}"), 50).await
    }

    pub async fn book(&self, body: &Value, key: &str) -> Result<Appointment, ScreenError> {
        let precondition = Precondition { idempotency_key: Some(key), version: None };
        self.change(Method::POST, "/api/appointments/", body, precondition).await
    }

    /// Takes an action. The answer to a reschedule is the new appointment.
    pub async fn act(
        &self,
        id: &str,
        body: &Value,
        precondition: Precondition<'_>,
    ) -> Result<Appointment, ScreenError> {
        self.change(Method::POST, &format!("/api/appointments/{id}/actions/"), body, precondition).await
    }

    /// What a booking would result in.
    pub async fn preview_booking(&self, body: &Value) -> Result<Preview, ScreenError> {
        self.change(Method::POST, "/api/appointments/?dry_run=true", body, Precondition::default()).await
    }

    /// What an action would result in.
    pub async fn preview_action(&self, id: &str, body: &Value) -> Result<Preview, ScreenError> {
        let path = format!("/api/appointments/{id}/actions/?dry_run=true");
        self.change(Method::POST, &path, body, Precondition::default()).await
    }

    /// Changes reason and notes, or takes an appointment off the worklist.
    pub async fn edit_appointment(
        &self,
        id: &str,
        body: &Value,
        version: Option<&str>,
    ) -> Result<Appointment, ScreenError> {
        let precondition = Precondition { version, idempotency_key: None };
        self.change(Method::PATCH, &format!("/api/appointments/{id}/"), body, precondition).await
    }

    /// The patients that a search finds, up to 50, with their next and last appointments.
    pub async fn search(&self, text: &str, limit: usize) -> Result<Vec<Patient>, ScreenError> {
        self.first(&format!("/api/patients/?search={}&expand=summary", encoded(text)), limit).await
    }

    pub async fn patient(&self, id: &str) -> Result<Patient, ScreenError> {
        self.get(&format!("/api/patients/{id}/")).await
    }

    /// The patient with the next and the last appointment.
    pub async fn patient_with_summary(&self, id: &str) -> Result<Patient, ScreenError> {
        self.get(&format!("/api/patients/{id}/?expand=summary")).await
    }

    pub async fn contacts(&self, patient: &str) -> Result<Vec<Contact>, ScreenError> {
        self.first(&format!("/api/patients/{patient}/contacts/?"), 20).await
    }

    pub async fn appointments_of(&self, patient: &str, limit: usize) -> Result<Vec<Appointment>, ScreenError> {
        self.first(&format!("/api/patients/{patient}/appointments/?"), limit).await
    }

    pub async fn create_patient(&self, body: &Value, key: &str) -> Result<Patient, ScreenError> {
        let precondition = Precondition { idempotency_key: Some(key), version: None };
        self.change(Method::POST, "/api/patients/", body, precondition).await
    }

    pub async fn edit_patient(&self, id: &str, body: &Value, version: Option<&str>) -> Result<Patient, ScreenError> {
        let precondition = Precondition { version, idempotency_key: None };
        self.change(Method::PATCH, &format!("/api/patients/{id}/"), body, precondition).await
    }

    /// The worklist of a clinic, or of all that the user sees.
    pub async fn worklist(&self, clinic: Option<&str>) -> Result<Vec<WorklistEntry>, ScreenError> {
        let filter = clinic.map(|clinic| format!("clinic={clinic}")).unwrap_or_default();
        self.first(&format!("/api/worklist/?{filter}"), 100).await
    }

    pub async fn worklist_counts(&self) -> Result<WorklistCounts, ScreenError> {
        self.get("/api/worklist/counts/").await
    }

    /// Says who is on an entry of the worklist.
    pub async fn take(&self, entry: &str, user: Option<&str>, version: Option<&str>) -> Result<(), ScreenError> {
        let precondition = Precondition { version, idempotency_key: None };
        let body = json!({ "taken_by": user });
        let path = format!("/api/worklist/{entry}/");
        self.change::<IgnoredAny>(Method::PATCH, &path, &body, precondition).await.map(drop)
    }

    /// The messages to and from a patient, latest first.
    pub async fn messages_of(&self, patient: &str, limit: usize) -> Result<Vec<ThreadEntry>, ScreenError> {
        self.first(&format!("/api/patients/{patient}/messages/?"), limit).await
    }
}

//! Creates the data that the payloads refer to: the patient Ana Gómez, Dr Ruiz and room 1, with time on 18 January
//! 2027.
//!
//! The API generates new ids, so ids in the payloads are placeholders: `…0001` is replaced with the patient's real id.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::test_app::{PASSWORD, TestApp, TestError};

/// The time at which the payloads were sent.
const NOW: &str = "2026-11-23T09:35:12Z";

pub(super) struct PayloadSetup {
    pub(super) app: TestApp,
    /// Texts of the payloads, and their replacements.
    names: BTreeMap<&'static str, String>,
}

impl PayloadSetup {
    /// Everything except for an appointment.
    pub(super) async fn start() -> Result<Self, TestError> {
        let app = TestApp::start().await?;
        app.set_now(NOW)?;
        let mut setup = Self { app, names: BTreeMap::new() };
        let token = sign_in(&setup.app).await?;
        setup.names.insert("{{access}}", token);
        setup.names.insert("citas-demo-password", PASSWORD.to_owned());
        let clinic = json!({ "name": "Clínica Norte", "timezone": "America/Bogota" });
        let clinic = setup.create("/api/clinics/clinics/", &clinic).await?;
        let room = setup.create("/api/clinics/rooms/", &json!({ "clinic": clinic, "name": "Consultorio 1" })).await?;
        let doctor = setup.create("/api/doctors/", &json!({ "first_name": "Raúl", "last_name": "Ruiz" })).await?;
        let window = json!({ "doctor": doctor, "room": room, "date": "2027-01-18",
            "start_time": "09:00", "end_time": "13:00" });
        setup.create("/api/schedules/", &window).await?;
        let patient = json!({ "first_name": "Ana", "last_name": "Gómez", "document_number": "52.123.456",
            "phone_number": "+12025550147" });
        let patient = setup.create("/api/patients/", &patient).await?;
        setup.names.insert("01940000-0000-7000-8000-000000000001", patient);
        setup.names.insert("01940000-0000-7000-8000-000000000002", doctor);
        setup.names.insert("01940000-0000-7000-8000-000000000003", room);
        Ok(setup)
    }

    /// With an appointment of Ana's. Returns its id too.
    pub(super) async fn with_an_appointment() -> Result<(Self, String), TestError> {
        let mut setup = Self::start().await?;
        let appointment = setup.substitute(
            r#"{"patient": "01940000-0000-7000-8000-000000000001", "doctor": "01940000-0000-7000-8000-000000000002",
                "start_datetime": "2027-01-18T11:00:00-05:00"}"#,
        );
        let appointment = setup.create("/api/appointments/", &serde_json::from_str(&appointment)?).await?;
        setup.names.insert("01940000-0000-7000-8000-000000000005", appointment.clone());
        Ok((setup, appointment))
    }

    /// With an appointment and its reminder sent. Returns the ids of appointment and message too.
    pub(super) async fn with_a_reminder() -> Result<(Self, String, String), TestError> {
        let (mut setup, appointment) = Self::with_an_appointment().await?;
        let admin = setup.app.with_token(&setup.names["{{access}}"]);
        let path = format!("/api/notifications/whatsapp/send/{appointment}/");
        let sent = admin.post(&path, &json!({})).await?.expect_status(200)?;
        let message = sent.body["notification"]["id"].as_str().ok_or("no message")?.to_owned();
        let sid = sent.text("message_sid");
        setup.names.insert("01940000-0000-7000-8000-000000000006", message.clone());
        setup.names.insert("MM00000000000000000000000000000002", sid);
        Ok((setup, appointment, message))
    }

    /// Replaces the payloads' placeholders in a text.
    pub(super) fn substitute(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, here)| text.replace(name, here))
    }

    /// The body of a GET as ADMIN.
    pub(super) async fn get_as_admin(&self, path: &str) -> Result<Value, TestError> {
        let admin = self.app.with_token(&self.names["{{access}}"]);
        Ok(admin.get(path).await?.expect_status(200)?.body)
    }

    async fn create(&self, path: &str, body: &Value) -> Result<String, TestError> {
        let admin = self.app.with_token(&self.names["{{access}}"]);
        Ok(admin.post(path, body).await?.expect_status(201)?.id())
    }
}

async fn sign_in(app: &TestApp) -> Result<String, TestError> {
    let body = json!({ "email": "admin@example.com", "password": PASSWORD });
    Ok(app.anonymous().post("/api/auth/token/", &body).await?.expect_status(200)?.text("access"))
}

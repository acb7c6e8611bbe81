//! The practice that the payloads speak of: Ana Gómez, who sees Dr Ruiz in room 1 on 18 January 2027,
//! seen from the day on which the payloads were sent.
//!
//! Ids are minted by the API, so the payloads' own stand for them: `…0001` is the patient, whatever
//! her id became here.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::test_app::{PASSWORD, TestApp, Trouble};

/// When the payloads were sent.
const NOW: &str = "2026-11-23T09:35:12Z";

pub(super) struct World {
    pub(super) app: TestApp,
    /// What stands in the payloads, and what is there instead.
    names: BTreeMap<&'static str, String>,
}

impl World {
    /// Everything but an appointment.
    pub(super) async fn start() -> Result<Self, Trouble> {
        let app = TestApp::start().await?;
        app.set_now(NOW)?;
        let mut world = Self { app, names: BTreeMap::new() };
        let token = sign_in(&world.app).await?;
        world.names.insert("{{access}}", token);
        world.names.insert("citas-demo-password", PASSWORD.to_owned());
        let clinic = json!({ "name": "Clínica Norte", "timezone": "America/Bogota" });
        let clinic = world.make("/api/clinics/clinics/", &clinic).await?;
        let room = world.make("/api/clinics/rooms/", &json!({ "clinic": clinic, "name": "Consultorio 1" })).await?;
        let doctor = world.make("/api/doctors/", &json!({ "first_name": "Raúl", "last_name": "Ruiz" })).await?;
        let window = json!({ "doctor": doctor, "room": room, "date": "2027-01-18",
            "start_time": "09:00", "end_time": "13:00" });
        world.make("/api/schedules/", &window).await?;
        let patient = json!({ "first_name": "Ana", "last_name": "Gómez", "document_number": "52.123.456",
            "phone_number": "+12025550147" });
        let patient = world.make("/api/patients/", &patient).await?;
        world.names.insert("01940000-0000-7000-8000-000000000001", patient);
        world.names.insert("01940000-0000-7000-8000-000000000002", doctor);
        world.names.insert("01940000-0000-7000-8000-000000000003", room);
        Ok(world)
    }

    /// The same with an appointment of Ana's. Answers its id.
    pub(super) async fn with_an_appointment() -> Result<(Self, String), Trouble> {
        let mut world = Self::start().await?;
        let appointment = world.substitute(
            r#"{"patient": "01940000-0000-7000-8000-000000000001", "doctor": "01940000-0000-7000-8000-000000000002",
                "start_datetime": "2027-01-18T11:00:00-05:00"}"#,
        );
        let appointment = world.make("/api/appointments/", &serde_json::from_str(&appointment)?).await?;
        world.names.insert("01940000-0000-7000-8000-000000000005", appointment.clone());
        Ok((world, appointment))
    }

    /// The same, and Ana has been reminded of it. Answers the ids of appointment and message.
    pub(super) async fn with_a_reminder() -> Result<(Self, String, String), Trouble> {
        let (mut world, appointment) = Self::with_an_appointment().await?;
        let admin = world.app.with_token(&world.names["{{access}}"]);
        let path = format!("/api/notifications/whatsapp/send/{appointment}/");
        let sent = admin.post(&path, &json!({})).await?.expect_status(200)?;
        let message = sent.body["notification"]["id"].as_str().ok_or("no message")?.to_owned();
        let sid = sent.text("message_sid");
        world.names.insert("01940000-0000-7000-8000-000000000006", message.clone());
        world.names.insert("MM00000000000000000000000000000002", sid);
        Ok((world, appointment, message))
    }

    /// A text with this world's names in the place of the payloads'.
    pub(super) fn substitute(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, here)| text.replace(name, here))
    }

    /// What an administrator sees at a path.
    pub(super) async fn look(&self, path: &str) -> Result<Value, Trouble> {
        let admin = self.app.with_token(&self.names["{{access}}"]);
        Ok(admin.get(path).await?.expect_status(200)?.body)
    }

    async fn make(&self, path: &str, body: &Value) -> Result<String, Trouble> {
        let admin = self.app.with_token(&self.names["{{access}}"]);
        Ok(admin.post(path, body).await?.expect_status(201)?.id())
    }
}

async fn sign_in(app: &TestApp) -> Result<String, Trouble> {
    let body = json!({ "email": "admin@example.com", "password": PASSWORD });
    Ok(app.anonymous().post("/api/auth/token/", &body).await?.expect_status(200)?.text("access"))
}

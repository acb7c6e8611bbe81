//! Where the calls happen: two clinics, four people, and things made anew for each call, so that no
//! call finds what another one left.

use super::calls::Call;
use super::people::{Forgery, Means, Person, forgeries};
use crate::document::Operation;
use crate::world::{DAY, World, id, on_the_day};
use app::support::ports::SecretName;
use identity::keys::SigningKey;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::test_app::Answer;

const SECRET: &str = "a-signing-secret-that-this-test-knows-long-enough";

/// One of the two clinics.
pub(super) struct Side {
    pub(super) clinic: String,
    pub(super) name: &'static str,
    pub(super) is_first: bool,
}

/// What an appointment needs.
pub(super) struct Site {
    pub(super) room: String,
    pub(super) doctor: String,
    pub(super) patient: String,
    /// The patient's number.
    pub(super) phone: String,
    /// The doctor's time in the room.
    pub(super) window: String,
}

pub(super) struct Stage {
    pub(super) world: World,
    pub(super) first: Side,
    pub(super) second: Side,
    pub(super) forgeries: Vec<Forgery>,
    tokens: BTreeMap<&'static str, String>,
    count: AtomicUsize,
}

impl Stage {
    pub(super) async fn set() -> Self {
        Self::on(World::new().await).await
    }

    /// The same in this world.
    pub(super) async fn on(world: World) -> Self {
        world.app.system.secrets.set(SecretName::Signing, SECRET);
        let first = Side { clinic: world.clinic.clone(), name: "the first clinic", is_first: true };
        let second = Side { clinic: world.add_clinic("Norte").await, name: "the second clinic", is_first: false };
        let mut stage =
            Self { world, first, second, forgeries: Vec::new(), tokens: BTreeMap::new(), count: AtomicUsize::new(0) };
        for person in Person::ALL {
            let token = stage.anew(person).await;
            stage.tokens.insert(person.name(), token);
        }
        stage.forgeries = stage.forge().await;
        stage
    }

    async fn forge(&self) -> Vec<Forgery> {
        let signed_in = async || {
            let email = self.user(Person::Admin).await;
            crate::auth::sign_in(&self.world, &email, testkit::test_app::PASSWORD).await.expect_status(200).unwrap()
        };
        let (good, disabled, ended) = (signed_in().await, signed_in().await, signed_in().await);
        let path = format!("/api/auth/users/{}/", id(&disabled.body["user"]));
        self.admin().delete(&path).await.unwrap().expect_status(204).unwrap();
        let own = self.world.app.with_token(&ended.text("access"));
        own.post("/api/auth/logout/", &json!({ "all": true })).await.unwrap().expect_status(204).unwrap();
        forgeries(Means {
            key: &SigningKey::from_secret(SECRET.as_bytes()).unwrap(),
            good: (good.text("access"), good.text("refresh")),
            disabled: disabled.text("access"),
            ended: ended.text("access"),
            now: self.world.app.system.app.now().unix(),
        })
    }

    /// The token that somebody uses all along.
    pub(super) fn token(&self, person: Person) -> String {
        self.tokens[person.name()].clone()
    }

    /// A token of somebody like this who has called nothing yet.
    pub(super) async fn anew(&self, person: Person) -> String {
        let email = self.user(person).await;
        self.world.token(&email).await
    }

    /// The address of a new user.
    pub(super) async fn user(&self, person: Person) -> String {
        let email = format!("{}{}@example.com", person.name(), self.next());
        let clinics: Vec<&str> = [&self.first, &self.second]
            .into_iter()
            .filter(|side| person != Person::Admin && person.sees(side))
            .map(|side| side.clinic.as_str())
            .collect();
        self.world.app.add_user(&email, person.role(), &clinics).await.unwrap();
        email
    }

    fn admin(&self) -> testkit::test_app::Client<'_> {
        self.world.app.with_token(&self.token(Person::Admin))
    }

    /// A number that wasn't there before.
    pub(super) fn next(&self) -> usize {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    /// Makes something as the ADMIN of all. Answers it.
    pub(super) async fn made(&self, path: &str, body: &Value) -> Value {
        self.admin().post(path, body).await.unwrap().expect_status(201).unwrap().body
    }

    /// Reads something as the ADMIN of all.
    pub(super) async fn read(&self, path: &str) -> Value {
        self.admin().get(path).await.unwrap().expect_status(200).unwrap().body
    }

    /// What somebody asks for, answered.
    pub(super) async fn send(&self, operation: &Operation, call: &Call, token: Option<&str>) -> Answer {
        if let Some(form) = &call.form {
            return self.world.app.signed(&call.path, form).await.unwrap();
        }
        let client = match token {
            Some(token) => self.world.app.with_token(token),
            None => self.world.app.anonymous(),
        };
        client.send(operation.method.parse().unwrap(), &call.path, call.body.as_ref()).await.unwrap()
    }

    pub(super) async fn room(&self, side: &Side) -> String {
        let body = json!({ "clinic": side.clinic, "name": format!("Sala {}", self.next()) });
        id(&self.made("/api/clinics/rooms/", &body).await)
    }

    pub(super) async fn doctor(&self) -> String {
        id(&self.made("/api/doctors/", &json!({ "first_name": "Bruno", "last_name": "Paz" })).await)
    }

    /// A patient, and the number.
    pub(super) async fn patient(&self) -> (String, String) {
        let body = self.patient_body();
        let phone = body["phone_number"].as_str().unwrap().to_owned();
        (id(&self.made("/api/patients/", &body).await), phone)
    }

    /// What makes a patient whom nobody knows yet.
    pub(super) fn patient_body(&self) -> Value {
        let number = self.next();
        json!({ "first_name": "Lucía", "last_name": "Fernández", "document_number": format!("7{number:07}"),
            "phone_number": format!("+1202556{number:04}") })
    }

    pub(super) async fn site(&self, side: &Side) -> Site {
        let (room, doctor) = (self.room(side).await, self.doctor().await);
        let (patient, phone) = self.patient().await;
        let window = json!({ "doctor": doctor, "room": room, "date": DAY, "start_time": "09:00", "end_time": "13:00" });
        let window = id(&self.made("/api/schedules/", &window).await);
        Site { room, doctor, patient, phone, window }
    }

    /// What books an appointment at a site.
    pub(super) fn booking(site: &Site) -> Value {
        json!({ "patient": site.patient, "doctor": site.doctor, "start_datetime": on_the_day("10:00") })
    }

    /// An appointment at a new site.
    pub(super) async fn appointment(&self, side: &Side) -> (Site, String) {
        let site = self.site(side).await;
        let appointment = id(&self.made("/api/appointments/", &Self::booking(&site)).await);
        (site, appointment)
    }

    /// The reminder of a new appointment.
    pub(super) async fn notification(&self, side: &Side) -> (String, String) {
        let (_, appointment) = self.appointment(side).await;
        let list = self.read(&format!("/api/notifications/?appointment={appointment}")).await;
        (appointment, id(&list["results"][0]))
    }

    /// What a patient wrote about a new appointment.
    pub(super) async fn inbound(&self, side: &Side) -> String {
        let (site, appointment) = self.appointment(side).await;
        let send = format!("/api/notifications/whatsapp/send/{appointment}/");
        self.admin().post(&send, &json!({})).await.unwrap().expect_status(200).unwrap();
        let reply =
            local::fake_twilio::PatientReply { from: site.phone, body: Some("Confirmar".into()), ..self.world.reply() };
        self.world.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
        let list = self.read("/api/notifications/inbound/?page_size=200").await;
        let rows = list["results"].as_array().unwrap();
        id(rows
            .iter()
            .find(|row| row["appointment"] == appointment.as_str())
            .expect("the message is about the appointment"))
    }
}

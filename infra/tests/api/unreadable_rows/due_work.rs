//! A table in which each kind of work is due eight times: seven pieces of one clinic, and one of another clinic with its
//! own doctor, room and patients.

use crate::clinic_setup::{ClinicSetup, DAY, id};
use crate::crash_recovery::crash_after_next_transaction;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::actor::Actor;
use domain::ids::{AppointmentId, DoctorId, Id as _, NotificationId, PatientId, SweepId};
use domain::notification::{Notification, NotificationStatus};
use domain::time::{Instant, TimeDelta, parse_date};
use local::database::Database;
use local::fake_twilio::{FailMode, PatientReply};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::breaker::OpenBreaker;
use store::inbound::{Inbound, inbound_id};
use store::item::{Item, key_of};
use store::keys::{Key, Resource, SHARDS};
use store::schedule::Timetable;
use store::seal::SealRow;
use store::sweep::{Closure, GuardScope, Sweep, SweepTask};
use store::{Entity as _, Purpose, Table, Transaction, patterns};
use testkit::faulty_client::FaultyClient;
use testkit::test_app::TestApp;

/// When everything is due.
pub(super) const NOW: &str = "2025-12-13T09:00:00-03:00";
/// The pieces of each kind of work. The last one is the other clinic's.
const PIECES: usize = 8;
pub(super) const OTHER: usize = PIECES - 1;
/// The days of the appointments: erasures, inbound messages, reminders, unknown messages, holds.
const DAYS: [&str; 5] = ["2025-12-10", "2025-12-14", DAY, "2025-12-16", "2025-12-17"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Work {
    Reminder,
    /// A message whose outcome is unknown.
    Unknown,
    /// A stored message that was not processed.
    Inbound,
    Hold,
    Erasure,
    /// A message whose webhook never came.
    Missed,
    /// A sweep over a doctor's guard.
    Guards,
    /// A sweep over a doctor's availability.
    Timetable,
    /// The seal of a shard, which is the number of the piece.
    Seal,
}

/// The row that tells whether a piece of work is done.
enum Evidence {
    Sent(NotificationId),
    Processed(Key),
    Exists(Key),
    Gone(Key),
}

pub(super) struct DueWork {
    pub(super) setup: ClinicSetup,
    pub(super) faulty_client: FaultyClient,
    evidence: BTreeMap<(Work, usize), Evidence>,
    /// What the other clinic's rows name: ids and numbers.
    others: BTreeSet<String>,
    rows: BTreeMap<Key, Item>,
}

/// The patient and the appointment of each piece.
type Booked = BTreeMap<(Work, usize), (Patient, String)>;

struct Patient {
    id: String,
    phone: String,
}

impl DueWork {
    pub(super) async fn new() -> Self {
        let faulty_client = FaultyClient::default();
        let database = Database::memory().await.unwrap().through(&faulty_client);
        let look_up = |config: &mut local::system::SystemConfig| {
            config.settings.insert("LOOK_UP_INBOUND".into(), "true".into());
        };
        let setup = ClinicSetup::with_app(TestApp::changed(database, look_up).await.unwrap()).await;
        let (evidence, others, rows) = Default::default();
        let mut work = Self { setup, faulty_client, evidence, others, rows };
        Box::pin(work.fill()).await;
        work.rows = work.items().await;
        let undone = work.undone().await;
        assert_eq!(undone.len(), 8 * PIECES + usize::from(SHARDS), "{undone:?}");
        work
    }

    async fn fill(&mut self) {
        let doctors = Box::pin(self.add_calendars()).await;
        let booked = Box::pin(self.book(&doctors)).await;
        // The reminders of the first two days go out, and the holds begin.
        self.setup.run_job_at("2025-12-08T09:00:00-03:00").await;
        self.setup.run_job_at("2025-12-12T09:00:00-03:00").await;
        for piece in 0..PIECES {
            let (_, appointment) = &booked[&(Work::Hold, piece)];
            self.setup.act(appointment, &json!({ "action": "request_reschedule" })).await.expect_status(200).unwrap();
        }
        self.setup.app.set_now("2025-12-13T08:40:00-03:00").unwrap();
        for piece in 0..PIECES {
            Box::pin(self.lose_webhook(piece)).await;
        }
        self.setup.app.set_now("2025-12-13T08:55:00-03:00").unwrap();
        let table = self.setup.app.system.database.table();
        for (piece, doctor) in doctors.iter().enumerate() {
            Box::pin(self.interrupt_requests(piece, &booked)).await;
            self.add_sweeps(&table, piece, doctor).await;
        }
        let breaker = self.setup.app.system.app.now();
        write(&table, &OpenBreaker { since: breaker, until: breaker, code: None, awaits_delivery_of: None }).await;
        self.setup.app.set_now(NOW).unwrap();
        self.find_evidence(&table, &booked).await;
    }

    /// Adds the other clinic, and both doctors' windows. Returns the doctor of each piece.
    async fn add_calendars(&mut self) -> Vec<String> {
        let clinic = self.setup.add_clinic("Sur").await;
        let room = self.setup.add_room(&clinic, "Consultorio 9").await;
        let doctor = self.setup.add_doctor("Hugo", "Paz").await;
        for day in DAYS {
            self.setup.add_window(&doctor, &room, day, "09:00", "13:00").await;
            if day != DAY {
                self.setup.add_window(&self.setup.doctor, &self.setup.room, day, "09:00", "13:00").await;
            }
        }
        let rule = json!({
            "doctor": doctor, "room": room, "weekdays": [1, 2, 3, 4, 5], "start_time": "15:00", "end_time": "18:00",
            "valid_from": "2025-12-18",
        });
        self.setup.create("/api/schedules/rules/", &rule).await;
        let block = json!({
            "doctor": doctor, "start_datetime": "2025-12-18T15:00:00-03:00", "end_datetime": "2025-12-18T16:00:00-03:00",
        });
        self.setup.create("/api/schedules/blocks/", &block).await;
        let own = self.setup.doctor.clone();
        self.others.extend([clinic, room, doctor.clone()]);
        (0..PIECES).map(|piece| if piece == OTHER { &doctor } else { &own }.clone()).collect()
    }

    async fn book(&mut self, doctors: &[String]) -> Booked {
        let mut booked = BTreeMap::new();
        let kinds = [Work::Erasure, Work::Inbound, Work::Reminder, Work::Unknown, Work::Hold];
        for (kind, day) in kinds.into_iter().zip(DAYS) {
            for (piece, doctor) in doctors.iter().enumerate() {
                let patient = self.add_patient(kind, piece).await;
                let time = format!("{day}T{:02}:{:02}:00-03:00", 9 + piece / 2, piece % 2 * 30);
                let body = json!({ "patient": patient.id, "doctor": doctor, "start_datetime": time });
                let appointment = id(&self.setup.try_book(body).await.expect_status(201).unwrap().body);
                if piece == OTHER {
                    self.others.insert(appointment.clone());
                }
                booked.insert((kind, piece), (patient, appointment));
            }
        }
        booked
    }

    /// A message that only Twilio's list has.
    async fn lose_webhook(&mut self, piece: usize) {
        let patient = self.add_patient(Work::Missed, piece).await;
        let reply = reply(&patient.phone, "¿Atienden hoy?");
        let (form, _) = self.setup.app.twilio().unwrap().inbound_form(&reply);
        let sid = form.iter().find(|(name, _)| name == "MessageSid").unwrap().1.clone();
        self.evidence.insert((Work::Missed, piece), Evidence::Exists(Key::inbound(inbound_id(&sid))));
    }

    /// Requests that leave work to the job: a send whose answer is lost, a webhook that crashes, and an erasure.
    async fn interrupt_requests(&self, piece: usize, booked: &Booked) {
        self.setup.app.twilio().unwrap().fail(FailMode::TimeoutAfterAccept, None, 1);
        let (_, appointment) = &booked[&(Work::Unknown, piece)];
        let path = format!("/api/notifications/whatsapp/send/{appointment}/");
        let _ = self.setup.operator().await.post(&path, &json!({})).await.unwrap();

        let (patient, _) = &booked[&(Work::Inbound, piece)];
        // The answer to the second word is a list of free slots.
        let word = if piece == OTHER { "Reprogramar" } else { "Confirmo" };
        crash_after_next_transaction(&self.faulty_client);
        let _ = self.setup.app.patient_writes(&reply(&patient.phone, word)).await.unwrap();
        self.faulty_client.set_call_hook(None);

        let (patient, _) = &booked[&(Work::Erasure, piece)];
        let path = format!("/api/patients/{}/erase/", patient.id);
        let request = json!({ "reason": "a pedido" });
        self.setup.admin().await.post(&path, &request).await.unwrap().expect_status(200).unwrap();
    }

    /// The sweeps of two changes of a doctor's calendar whose requests crashed.
    async fn add_sweeps(&mut self, table: &Table, piece: usize, doctor: &str) {
        let doctor = DoctorId::parse(doctor).unwrap();
        let day = parse_date(DAY).unwrap();
        let before = Timetable::read(table, doctor, day, day).await.unwrap();
        let of = GuardScope::One(Resource::Doctor(doctor));
        let (closed, opened, after) = (Closure::None, Closure::None, Timetable::default());
        for (work, task) in [
            (Work::Guards, SweepTask::Guards { of, closed, opened }),
            (Work::Timetable, SweepTask::Availability { doctor, before, after }),
        ] {
            let sweep = Sweep {
                id: self.setup.app.system.app.new_id::<SweepId>(),
                task,
                actor: Actor::System,
                request_id: "test".into(),
                created_at: self.setup.app.system.app.now(),
                cursor: None,
            };
            write(table, &sweep).await;
            if piece == OTHER {
                self.others.insert(sweep.id.to_string());
            }
            self.evidence.insert((work, piece), Evidence::Gone(sweep.key()));
        }
    }

    /// Adds the evidence of the work that requests have left.
    async fn find_evidence(&mut self, table: &Table, booked: &Booked) {
        let now = Instant::parse(NOW).unwrap();
        let pending =
            table.query_all::<store::erasure::PendingErasure>(&patterns::pending_erasures(now)).await.unwrap();
        let holds = table.query_all::<store::hold::Hold>(&patterns::holds(now)).await.unwrap();
        let waiting = table.query_all::<store::inbound::Unprocessed>(&patterns::unprocessed()).await.unwrap();
        for ((work, piece), (patient, appointment)) in booked {
            let appointment = AppointmentId::parse(appointment).unwrap();
            let patient_id = PatientId::parse(&patient.id).unwrap();
            let notification = async || {
                let pattern = patterns::notifications_of_appointment(appointment);
                table.query_all::<Notification>(&pattern).await.unwrap().remove(0).id
            };
            let found = match work {
                Work::Reminder | Work::Unknown => Evidence::Sent(notification().await),
                Work::Inbound => {
                    let row = waiting.iter().find(|row| patient.phone.ends_with(&row.number.as_str()[1..])).unwrap();
                    Evidence::Processed(Key::inbound(inbound_id(&row.message_sid)))
                }
                Work::Hold => Evidence::Gone(holds.iter().find(|row| row.appointment == appointment).unwrap().key()),
                Work::Erasure => Evidence::Gone(pending.iter().find(|row| row.patient == patient_id).unwrap().key()),
                _ => unreachable!("{work:?} has no appointment"),
            };
            if let (Evidence::Sent(id), &OTHER) = (&found, piece) {
                self.others.insert(id.to_string());
            }
            self.evidence.insert((*work, *piece), found);
        }
    }

    async fn add_patient(&mut self, work: Work, piece: usize) -> Patient {
        let number = work as usize * 10 + piece;
        let phone = format!("+120255501{number:02}");
        let id = self.setup.add_patient("Ana", &format!("407000{number:02}"), &phone).await;
        if piece == OTHER {
            self.others.extend([id.clone(), phone.clone(), phone[1..].to_owned()]);
        }
        Patient { id, phone }
    }

    /// All rows of the table.
    async fn items(&self) -> BTreeMap<Key, Item> {
        let table = self.setup.app.system.database.table();
        let (mut all, mut start) = (BTreeMap::new(), None);
        loop {
            let scan = table.client().scan().table_name(table.name()).set_exclusive_start_key(start);
            let page = scan.send().await.unwrap();
            all.extend(page.items.unwrap().into_iter().map(|item| (key_of(&item), item)));
            start = page.last_evaluated_key;
            if start.is_none() {
                return all;
            }
        }
    }

    /// Makes the table what it was, with another item in place of one of its own.
    pub(super) async fn restore_with(&self, changed: Option<&Item>) {
        let table = self.setup.app.system.database.table();
        for (key, item) in self.items().await {
            if !self.rows.contains_key(&key) {
                let delete = table.client().delete_item().table_name(table.name());
                delete.key("PK", item["PK"].clone()).key("SK", item["SK"].clone()).send().await.unwrap();
            }
        }
        let mut rows: BTreeMap<Key, Item> = self.rows.clone();
        rows.extend(changed.map(|item| (key_of(item), item.clone())));
        self.setup.app.system.database.load(&rows.into_values().collect::<Vec<_>>()).unwrap();
        self.setup.app.set_now(NOW).unwrap();
    }

    pub(super) fn row(&self, key: &Key) -> Option<&Item> {
        self.rows.get(key)
    }

    /// Whether a row belongs to the other clinic.
    pub(super) fn is_others(&self, item: &Item) -> bool {
        self.others.iter().any(|name| mentions(&AttributeValue::M(item.clone()), name))
    }

    /// Whether a row belongs to no clinic in particular, such as the breaker.
    pub(super) fn is_global(kind: &str) -> bool {
        [OpenBreaker::KIND, SealRow::KIND, "low_water", "looked_up", "recording_checkpoint", "audit"].contains(&kind)
    }

    /// The pieces of work that are not done.
    pub(super) async fn undone(&self) -> BTreeSet<(Work, usize)> {
        let table = self.setup.app.system.database.table();
        let mut undone = BTreeSet::new();
        for (piece, evidence) in &self.evidence {
            let (Evidence::Processed(key) | Evidence::Exists(key) | Evidence::Gone(key)) = evidence else {
                let Evidence::Sent(id) = evidence else { unreachable!() };
                let row = table.get::<Notification>(&Key::notification(*id)).await;
                if !row.is_ok_and(|row| row.unwrap().status == NotificationStatus::Sent) {
                    undone.insert(*piece);
                }
                continue;
            };
            let item = table.batch(std::slice::from_ref(key)).await.unwrap();
            let done = match evidence {
                Evidence::Processed(_) => {
                    table.get::<Inbound>(key).await.is_ok_and(|row| row.is_some_and(|row| row.processed_at.is_some()))
                }
                Evidence::Exists(_) => item.contains(key),
                _ => !item.contains(key),
            };
            if !done {
                undone.insert(*piece);
            }
        }
        let due = Instant::parse(NOW).unwrap().plus(TimeDelta::minutes(-15));
        for shard in 0..SHARDS {
            let seals = patterns::seals(shard, None, None);
            let seals = table.map_items(&seals, usize::MAX, |item| SealRow::read(&item)).await.unwrap();
            let last = seals.unwrap().pop().flatten();
            if last.is_none_or(|seal| seal.to < due) {
                undone.insert((Work::Seal, usize::from(shard)));
            }
        }
        undone
    }
}

fn reply(from: &str, body: &str) -> PatientReply {
    PatientReply { from: from.into(), body: Some(body.into()), ..ClinicSetup::patient_reply() }
}

async fn write(table: &Table, row: &impl store::Entity) {
    let mut transaction = Transaction::default();
    transaction.overwrite(Purpose::Append, row);
    table.transact(transaction).await.unwrap();
}

fn mentions(value: &AttributeValue, name: &str) -> bool {
    match value {
        AttributeValue::S(text) => text.contains(name),
        AttributeValue::B(bytes) => uuid::Uuid::from_slice(bytes.as_ref()).is_ok_and(|id| id.to_string() == name),
        AttributeValue::L(values) => values.iter().any(|value| mentions(value, name)),
        AttributeValue::M(members) => members.values().any(|value| mentions(value, name)),
        _ => false,
    }
}

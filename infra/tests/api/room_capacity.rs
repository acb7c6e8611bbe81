//! Tests of changes of a room's capacity: fewer places than there are appointments at once strand those that were booked
//! last.

use crate::clinic_setup::{ClinicSetup, DAY, id, on_the_day};
use crate::crash_recovery::crash_after_next_transaction;
use domain::time::TimeDelta;
use serde_json::{Value, json};
use testkit::faulty_client::FaultyClient;
use testkit::test_app::TestResponse;

/// A room with three places, and three doctors who work there.
struct FullRoom {
    setup: ClinicSetup,
    doctors: Vec<String>,
}

impl FullRoom {
    async fn new() -> Self {
        Self::with_setup(ClinicSetup::new().await).await
    }

    async fn with_setup(setup: ClinicSetup) -> Self {
        let mut doctors = vec![setup.doctor.clone()];
        for name in ["Paz", "Sosa"] {
            let doctor = setup.add_doctor("Bruno", name).await;
            setup.add_window(&doctor, &setup.room, DAY, "09:00", "13:00").await;
            doctors.push(doctor);
        }
        let room = Self { setup, doctors };
        room.set_capacity(3, "").await.expect_status(200).unwrap();
        room
    }

    async fn set_capacity(&self, capacity: u16, query: &str) -> TestResponse {
        let path = format!("/api/clinics/rooms/{}/{query}", self.setup.room);
        self.setup.admin().await.patch(&path, &json!({ "capacity": capacity })).await.unwrap()
    }

    /// Books a patient of their own with a doctor, for 30 minutes.
    async fn book(&self, doctor: usize, time: &str, document: &str) -> String {
        // One booking is later than the other.
        self.setup.app.advance(TimeDelta::seconds(1));
        let patient = self.setup.add_patient("Ana", document, &format!("+1202555{document}")).await;
        let body = json!({ "patient": patient, "doctor": self.doctors[doctor], "start_datetime": on_the_day(time) });
        id(&self.setup.try_book(body).await.expect_status(201).unwrap().body)
    }

    async fn stranded(&self, appointment: &str) -> bool {
        self.setup.appointment(appointment).await["stranded"] == true
    }
}

fn ids(rows: &Value, member: &str) -> Vec<String> {
    rows.as_array().unwrap().iter().map(|row| row[member].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn capacity_below_what_stands_at_once_is_refused_and_forced() {
    let room = FullRoom::new().await;
    // In the order of booking, which is not that of the start.
    let second_start = room.book(0, "10:15", "0101").await;
    let first_start = room.book(1, "10:00", "0102").await;
    let last = room.book(2, "10:00", "0103").await;
    let alone = room.book(0, "12:00", "0104").await;
    for (capacity, wanted) in [(2, vec![last.clone()]), (1, vec![first_start.clone(), last.clone()])] {
        let refused = room.set_capacity(capacity, "").await.expect_status(409).unwrap();
        let mut listed = ids(&refused.body["appointments"], "id");
        listed.sort_unstable();
        assert_eq!((refused.code().as_str(), listed), ("in_use", wanted.clone()), "{capacity}");
        let tried = room.set_capacity(capacity, "?dry_run=true").await.expect_status(200).unwrap();
        let mut affected = ids(&tried.body["affected"], "appointment");
        affected.sort_unstable();
        assert_eq!(affected, wanted, "{capacity}");
    }
    assert!(!room.stranded(&last).await);
    room.set_capacity(1, "?force=true").await.expect_status(200).unwrap();
    for (appointment, stranded) in [(&second_start, false), (&first_start, true), (&last, true), (&alone, false)] {
        assert_eq!(room.stranded(appointment).await, stranded);
    }
    let worklist = room.setup.list("/api/appointments/?needs_attention=true").await;
    assert_eq!(worklist.len(), 2);

    // More places take the marks back, in the order of booking.
    room.set_capacity(2, "").await.expect_status(200).unwrap();
    assert_eq!((room.stranded(&first_start).await, room.stranded(&last).await), (false, true));
    room.set_capacity(3, "").await.expect_status(200).unwrap();
    assert!(!room.stranded(&last).await);
}

#[tokio::test]
async fn one_that_has_no_place_stays_stranded_when_its_time_is_opened() {
    let room = FullRoom::new().await;
    let first = room.book(0, "10:00", "0101").await;
    let second = room.book(1, "10:00", "0102").await;
    room.set_capacity(1, "?force=true").await.expect_status(200).unwrap();
    let block = json!({ "room": room.setup.room, "start_datetime": on_the_day("09:00"),
        "end_datetime": on_the_day("11:00") });
    let admin = room.setup.admin().await;
    let block = admin.post("/api/schedules/blocks/?force=true", &block).await.unwrap().expect_status(201).unwrap();
    assert!(room.stranded(&first).await);
    admin.delete(&format!("/api/schedules/blocks/{}/", block.id())).await.unwrap().expect_status(204).unwrap();
    assert_eq!((room.stranded(&first).await, room.stranded(&second).await), (false, true));
}

#[tokio::test]
async fn appointments_one_after_the_other_need_one_place() {
    let room = FullRoom::new().await;
    room.book(0, "10:00", "0101").await;
    room.book(1, "10:30", "0102").await;
    room.set_capacity(1, "").await.expect_status(200).unwrap();
    // A sobreturno takes no place.
    let clinic = format!("/api/clinics/clinics/{}/", room.setup.clinic);
    let allowed = json!({ "overbook_per_day": 1 });
    room.setup.admin().await.patch(&clinic, &allowed).await.unwrap().expect_status(200).unwrap();
    let patient = room.setup.add_patient("Ana", "0109", "+12025550109").await;
    let body = json!({ "patient": patient, "doctor": room.doctors[2], "start_datetime": on_the_day("10:00"),
        "overbook": true, "reason": "urgente" });
    room.setup.try_book(body).await.expect_status(201).unwrap();
    room.set_capacity(2, "").await.expect_status(200).unwrap();
    room.set_capacity(1, "").await.expect_status(200).unwrap();
}

#[tokio::test]
async fn the_job_strands_what_has_no_place_after_a_crash() {
    let faulty_client = FaultyClient::default();
    let room = FullRoom::with_setup(ClinicSetup::with_client(&faulty_client).await).await;
    let first = room.book(0, "10:00", "0101").await;
    let second = room.book(1, "10:00", "0102").await;
    let (admin, path) = (room.setup.admin().await, format!("/api/clinics/rooms/{}/?force=true", room.setup.room));
    crash_after_next_transaction(&faulty_client);
    let _crashed = admin.patch(&path, &json!({ "capacity": 1 })).await.unwrap();
    faulty_client.set_call_hook(None);
    assert!(!room.stranded(&second).await);
    room.setup.app.advance(TimeDelta::minutes(2));
    room.setup.app.system.run_reminders().await.unwrap();
    assert_eq!((room.stranded(&first).await, room.stranded(&second).await), (false, true));
}

//! Tests of requests over much data: what they read at once, and that their cost doesn't grow with what they don't show.

use crate::clinic_setup::{ClinicSetup, DAY, id, text};
use crate::paging::walk_pages;
use crate::sending::send_reminder;
use domain::appointment::Appointment;
use domain::clinic::Clinic;
use domain::ids::{AppointmentId, ClinicId, Id as _};
use domain::notification::Notification;
use domain::time::TimeDelta;
use local::protocol::OperationKind;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::action::ActionRow;
use store::item::{Entity, to_item};
use store::keys::Key;
use store::patterns;
use testkit::faulty_client::capacity::{CapacityUnits, cost};
use testkit::faulty_client::log::{RecordedCall, most_in_flight};
use testkit::faulty_client::{FaultyClient, run_as_operation};
use testkit::test_app::TestResponse;

/// The most reads that a request has in flight: eight, each perhaps a pair of queries.
const MOST_READS: usize = 16;

struct LargeSetup {
    setup: ClinicSetup,
    faulty_client: FaultyClient,
}

impl LargeSetup {
    async fn new() -> Self {
        let faulty_client = FaultyClient::default();
        Self { setup: ClinicSetup::with_client(&faulty_client).await, faulty_client }
    }

    fn load(&self, rows: &[impl Entity]) {
        let items: Vec<_> = rows.iter().map(|row| to_item(row).unwrap()).collect();
        self.setup.app.system.database.load(&items).unwrap();
    }

    /// Adds copies of the setup's clinic until there are so many.
    async fn grow_to_clinics(&self, clinics: usize) {
        let app = &self.setup.app.system.app;
        let key = Key::clinic(ClinicId::parse(&self.setup.clinic).unwrap());
        let clinic: Clinic = app.table.get(&key).await.unwrap().unwrap();
        let existing = self.clinic_ids().await.len();
        let copies: Vec<_> = (existing..clinics).map(|_| Clinic { id: app.new_id(), ..clinic.clone() }).collect();
        self.load(&copies);
    }

    async fn clinic_ids(&self) -> Vec<ClinicId> {
        let directory = patterns::directory(store::keys::Directory::Clinics, true);
        let clinics: Vec<Clinic> = self.setup.app.system.app.table.query_all(&directory).await.unwrap();
        clinics.into_iter().map(|clinic| clinic.id).collect()
    }

    async fn appointment(&self, id: &str) -> Appointment {
        let key = Key::appointment(AppointmentId::parse(id).unwrap());
        self.setup.app.system.app.table.get(&key).await.unwrap().unwrap()
    }

    /// The answer to a request of the ADMIN, and the calls to the table that it took.
    async fn get(&self, path: &str) -> (TestResponse, Vec<RecordedCall>) {
        let admin = self.setup.admin().await;
        self.faulty_client.record_calls();
        let answer = run_as_operation(1, admin.get(path)).await.unwrap();
        (answer, self.faulty_client.take_calls(1))
    }
}

fn queries(calls: &[RecordedCall]) -> usize {
    calls.iter().filter(|call| call.kind == OperationKind::Query).count()
}

/// The rows that queries returned.
fn rows_read(calls: &[RecordedCall]) -> usize {
    calls.iter().filter_map(|call| call.answer["Items"].as_array()).map(Vec::len).sum()
}

fn read_units(calls: &[RecordedCall]) -> f64 {
    let units = calls.iter().flat_map(cost).fold(CapacityUnits::default(), |sum, (_, units)| sum.plus(units));
    units.read()
}

fn keys(calls: &[RecordedCall]) -> String {
    calls.iter().map(|call| call.request.to_string()).collect()
}

#[tokio::test]
async fn an_export_of_2000_appointments_reads_some_at_once_in_answers_that_lambda_passes_on() {
    const APPOINTMENTS: i64 = 2_000;
    let large = LargeSetup::new().await;
    let setup = &large.setup;
    let booked = id(&setup.book("10:00").await);
    send_reminder(setup, &booked, json!({})).await.expect_status(200).unwrap();
    setup.patient_writes("confirmo").await.expect_status(200).unwrap();
    setup.app.set_now("2025-12-15T11:00:00-03:00").unwrap();
    setup.act(&booked, &json!({ "action": "complete" })).await.expect_status(200).unwrap();
    let app = &setup.app.system.app;
    let model = large.appointment(&booked).await;
    let actions: Vec<ActionRow> = app.table.query_all(&patterns::actions_of_appointment(model.id)).await.unwrap();
    let notifications: Vec<Notification> =
        app.table.query_all(&patterns::notifications_of_appointment(model.id)).await.unwrap();
    assert_eq!((actions.len(), notifications.len()), (3, 2), "booked, confirmed, completed; reminder and reply");
    let earlier = |hours: i64| {
        let appointment: AppointmentId = app.new_id();
        let shift = TimeDelta::hours(-hours);
        Appointment { id: appointment, start: model.start.plus(shift), end: model.end.plus(shift), ..model.clone() }
    };
    let copies: Vec<Appointment> = (1..APPOINTMENTS).map(earlier).collect();
    large.load(&copies);
    let ids = || copies.iter().map(|copy| copy.id);
    let of_one = |appointment| {
        actions.iter().map(move |row| ActionRow { id: app.new_id(), appointment, ..row.clone() }).collect::<Vec<_>>()
    };
    large.load(&ids().flat_map(of_one).collect::<Vec<_>>());
    let of_one = |appointment| {
        let copy = move |row: &Notification| Notification { id: app.new_id(), appointment, ..row.clone() };
        notifications.iter().map(copy).collect::<Vec<_>>()
    };
    large.load(&ids().flat_map(of_one).collect::<Vec<_>>());

    let path = format!("/api/patients/{}/export/", setup.patient);
    let (whole, calls) = large.get(&path).await;
    let too_large = whole.expect_status(400).unwrap();
    assert_eq!(too_large.body["errors"]["date_from"], json!(["No cabe en una respuesta: pida menos días a la vez."]));
    assert_eq!(most_in_flight(&calls), MOST_READS);
    assert!(queries(&calls) <= 2 * 2_000 + 10, "{}", queries(&calls));

    let mut appointments = BTreeSet::new();
    let (mut inbound, mut exports) = (0, 0);
    for period in ["date_to=2025-11-03", "date_from=2025-11-04"] {
        let (part, _) = large.get(&format!("{path}?{period}")).await;
        let part = part.expect_status(200).unwrap().body;
        // As Lambda counts: the body is a text in the response's JSON.
        assert!(Value::String(part.to_string()).to_string().len() <= web::MAX_BODY, "{period}");
        let rows = |member: &str| part[member].as_array().unwrap().clone();
        for row in rows("appointments") {
            let length = |member: &str| row[member].as_array().unwrap().len();
            assert_eq!((length("actions"), length("notifications")), (3, 2));
            assert!(appointments.insert(id(&row)), "in one of them only");
        }
        inbound += rows("inbound").len();
        exports += rows("audit").iter().filter(|row| row["action"] == "EXPORT").count();
    }
    assert_eq!((appointments.len(), inbound, exports), (2_000, 1, 3));
}

/// Appointments and messages of every day between two clinics' rows.
#[tokio::test]
async fn a_list_across_clinics_costs_little_more_than_its_page() {
    const PER_CLINIC: i64 = 60;
    let large = LargeSetup::new().await;
    let setup = &large.setup;
    let app = &setup.app.system.app;
    let booked = id(&setup.book("10:00").await);
    let model = large.appointment(&booked).await;
    let key = Key::notification(model.reminder.notification);
    let reminder: Notification = app.table.get(&key).await.unwrap().unwrap();
    let mut figures = Vec::new();
    let mut filled = BTreeSet::new();
    for clinics in [1, 10, 30] {
        large.grow_to_clinics(clinics).await;
        for clinic in large.clinic_ids().await {
            if filled.insert(clinic) {
                let appointments = (1..=PER_CLINIC).map(|minute| Appointment {
                    id: app.new_id(),
                    clinic,
                    start: model.start.plus(TimeDelta::minutes(minute)),
                    ..model.clone()
                });
                large.load(&appointments.collect::<Vec<_>>());
                let messages = (1..=PER_CLINIC).map(|minute| Notification {
                    id: app.new_id(),
                    clinic,
                    due_at: reminder.due_at.plus(TimeDelta::minutes(minute)),
                    ..reminder.clone()
                });
                large.load(&messages.collect::<Vec<_>>());
            }
        }
        for (path, time) in [
            ("/api/appointments/?date=2025-12-15", "start_datetime"),
            ("/api/notifications/?date=2025-12-13", "due_at"),
        ] {
            let (answer, calls) = large.get(path).await;
            let times: Vec<String> =
                answer.expect_status(200).unwrap().results().iter().map(|row| text(row, time)).collect();
            assert_eq!(times.len(), 50);
            assert!(most_in_flight(&calls) <= MOST_READS / 2);
            figures.push((clinics, path, queries(&calls), rows_read(&calls), read_units(&calls)));
        }
    }
    for (clinics, path, queries, rows, _) in &figures {
        // Two queries of the directory, one of each clinic.
        assert!(
            *queries <= clinics + 2 && *rows <= 51 + 3 * 51 + 10 + 2 * clinics,
            "{path} of {clinics} clinics: {figures:#?}"
        );
    }
    let admin = setup.admin().await;
    let path = "/api/appointments/?date=2025-12-15&page_size=200";
    let (forwards, backwards) = walk_pages(&admin, path).await;
    let starts =
        |pages: &[Vec<Value>]| pages.iter().flatten().map(|row| text(row, "start_datetime")).collect::<Vec<_>>();
    assert_eq!(starts(&forwards).len(), 30 * 60 + 1);
    assert!(starts(&forwards).is_sorted());
    assert!(forwards.iter().all(|page| !page.is_empty()));
    let ids = |pages: &[Vec<Value>]| pages.iter().flatten().map(id).collect::<BTreeSet<_>>();
    assert_eq!((ids(&forwards).len(), ids(&backwards)), (30 * 60 + 1, ids(&forwards)));
}

/// Of 5,000 appointments of a clinic, the only ones in a room and the only cancelled one are on the first page.
#[tokio::test]
async fn one_filter_finds_the_only_match_among_thousands() {
    const OTHERS: i64 = 5_000;
    let large = LargeSetup::new().await;
    let setup = &large.setup;
    let model = large.appointment(&id(&setup.book("09:00").await)).await;
    let others = (1..=OTHERS).map(|number| {
        let start = model.start.plus(TimeDelta::minutes(number));
        Appointment { id: setup.app.system.app.new_id(), start, ..model.clone() }
    });
    large.load(&others.collect::<Vec<_>>());
    let room = setup.add_room(&setup.clinic, "Ecografía").await;
    let mut in_room = Vec::new();
    for day in ["2025-12-16", "2025-12-18", "2025-12-22"] {
        setup.add_window(&setup.doctor, &room, day, "22:00", "23:00").await;
        let booking = json!({ "patient": setup.patient, "doctor": setup.doctor, "room": room,
            "start_datetime": format!("{day}T22:00:00-03:00") });
        in_room.push(setup.try_book(booking).await.expect_status(201).unwrap().id());
    }
    let last = in_room[2].clone();
    setup.act(&last, &json!({ "action": "cancel", "reason": "x" })).await.expect_status(200).unwrap();
    let ids = |answer: &TestResponse| answer.results().iter().map(id).collect::<Vec<_>>();
    let mut figures = Vec::new();
    for (filter, wanted, most_queries, most_rows) in [
        // The cancelled one is in no agenda.
        (format!("room={room}"), in_room.as_slice(), 10, 1_600),
        (format!("room={room}&date_from=2025-12-17&date_to=2026-06-30"), &in_room[1..], 10, 1_600),
        (format!("room={room}&date=2025-12-18"), &in_room[1..2], 3, 2_000),
        (format!("room={room}&status=CANCELLED"), &in_room[2..], 10, 1_600),
        ("status=CANCELLED".to_owned(), &in_room[2..], 12, 6_000),
    ] {
        let (answer, calls) = large.get(&format!("/api/appointments/?{filter}")).await;
        assert_eq!(ids(&answer.expect_status(200).unwrap()), wanted, "{filter}");
        figures.push((filter, queries(&calls), rows_read(&calls), read_units(&calls)));
        let (_, queries, rows, _) = figures.last().unwrap();
        assert!(*queries <= most_queries && *rows <= most_rows, "{figures:#?}");
    }
    let admin = setup.admin().await;
    let (forwards, backwards) = walk_pages(&admin, &format!("/api/appointments/?room={room}&page_size=1")).await;
    let ids = |pages: &[Vec<Value>]| pages.iter().map(|page| page.iter().map(id).collect()).collect::<Vec<Vec<_>>>();
    let one_a_page: Vec<Vec<String>> = in_room.iter().map(|id| vec![id.clone()]).collect();
    assert_eq!(ids(&forwards)[..3], one_a_page);
    assert_eq!(ids(&backwards).concat(), in_room.iter().rev().cloned().collect::<Vec<_>>());
}

/// More days than one page looks at.
#[tokio::test]
async fn a_room_is_listed_over_a_year_of_days() {
    let setup = ClinicSetup::new().await;
    let room = setup.add_room(&setup.clinic, "Ecografía").await;
    let rule = json!({ "doctor": setup.doctor, "room": room, "weekdays": [2, 5], "start_time": "21:00",
        "end_time": "23:00", "valid_from": "2025-12-01" });
    setup.create("/api/schedules/rules/", &rule).await;
    let mut booked = Vec::new();
    for week in 0..65 {
        for weekday in [2, 5] {
            let day = DAY.parse::<domain::time::LocalDate>().unwrap() + TimeDelta::days(7 * week + weekday - 1);
            let booking = json!({ "patient": setup.patient, "doctor": setup.doctor,
                "start_datetime": format!("{day}T21:30:00-03:00") });
            booked.push(setup.try_book(booking).await.expect_status(201).unwrap().id());
        }
    }
    let admin = setup.admin().await;
    for size in [200, 50, 7] {
        let (forwards, mut backwards) =
            walk_pages(&admin, &format!("/api/appointments/?room={room}&page_size={size}")).await;
        let ids = |pages: &[Vec<Value>]| pages.iter().flatten().map(id).collect::<Vec<_>>();
        assert_eq!(ids(&forwards), booked, "{size}");
        backwards.reverse();
        assert_eq!(ids(&backwards).iter().collect::<BTreeSet<_>>().len(), booked.len(), "{size}");
    }
}

#[tokio::test]
async fn no_clinic_has_to_be_named_and_one_that_is_named_bounds_the_cost() {
    let large = LargeSetup::new().await;
    let setup = &large.setup;
    let booked = setup.book("10:00").await;
    let appointment = id(&booked);
    let mut figures = BTreeSet::new();
    for clinics in [201, 400, 1_000] {
        large.grow_to_clinics(clinics).await;
        for path in ["/api/appointments/", "/api/notifications/?status=pending"] {
            let (answer, calls) = large.get(path).await;
            let found = answer.expect_status(200).unwrap().results().len();
            // One of each clinic, and those of the directory.
            let queries = queries(&calls);
            assert!(found == 1 && (clinics..clinics + 6).contains(&queries), "{path}: {queries} of {clinics}");
        }
        for (query, found) in [
            (format!("/api/appointments/?clinic={}", setup.clinic), 1),
            (format!("/api/appointments/?doctor={}", setup.doctor), 1),
            (format!("/api/appointments/?patient={}", setup.patient), 1),
            (format!("/api/appointments/?room={}", setup.room), 1),
            (format!("/api/notifications/?clinic={}", setup.clinic), 1),
            (format!("/api/notifications/?appointment={appointment}"), 1),
            ("/api/appointments/?needs_attention=true".to_owned(), 0),
        ] {
            let (answer, calls) = large.get(&query).await;
            assert_eq!(answer.expect_status(200).unwrap().results().len(), found, "{query}");
            figures.insert((query, queries(&calls), read_units(&calls).to_string()));
        }
    }
    assert_eq!(figures.len(), 7, "the same with 201, 400 and 1,000 clinics: {figures:?}");
    // Who sees few clinics reads few.
    setup.app.add_user("una@example.org", domain::user::Role::Operator, &[&setup.clinic]).await.unwrap();
    let narrowed = setup.app.sign_in("una@example.org").await.unwrap();
    for path in ["/api/appointments/", "/api/notifications/"] {
        assert_eq!(narrowed.get(path).await.unwrap().expect_status(200).unwrap().results().len(), 1, "{path}");
    }
}

#[tokio::test]
async fn the_slots_of_many_doctors_are_read_as_far_as_the_list_needs_them() {
    const DOCTORS: usize = 24;
    let large = LargeSetup::new().await;
    let setup = &large.setup;
    let specialty = id(&setup.create("/api/doctors/specialties/", &json!({ "name": "Cardiología" })).await);
    for number in 0..DOCTORS {
        let body = json!({ "first_name": "Uno", "last_name": "Paz", "specialties": [specialty] });
        let doctor = id(&setup.create("/api/doctors/", &body).await);
        // The later in the list, the earlier the hour; each of them works on two days.
        let hour = 20 - number / 2;
        for day in [DAY, "2025-12-16"] {
            let (from, until) = (format!("{hour:02}:00"), format!("{:02}:00", hour + 2));
            setup.add_window(&doctor, &setup.room, day, &from, &until).await;
        }
    }
    let path = |limit: usize| format!("/api/schedules/slots/?specialty={specialty}&limit={limit}");
    let (few, few_calls) = large.get(&path(4)).await;
    let (many, many_calls) = large.get(&path(100)).await;
    let starts = |answer: TestResponse| {
        answer.expect_status(200).unwrap().results().iter().map(|slot| text(slot, "start_datetime")).collect::<Vec<_>>()
    };
    let (few, many) = (starts(few), starts(many));
    assert!(many.len() == 100 && many.is_sorted());
    assert_eq!(few, many[..4], "soonest first");
    let agendas = |calls: &[RecordedCall]| keys(calls).matches("DAY#").count();
    for calls in [&few_calls, &many_calls] {
        assert!(most_in_flight(calls) <= MOST_READS);
        // The directory, and windows and rules of each doctor: agendas are read in batches.
        assert!(queries(calls) <= 1 + 2 * DOCTORS, "{}", queries(calls));
    }
    assert!(agendas(&few_calls) <= 8, "{}", agendas(&few_calls));
}

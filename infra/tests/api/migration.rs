//! Tests of `citas migrate`: rows of former rules are found before it, while it runs and after it, and a document that
//! two patients have by the present rules is listed and left.

use crate::clinic_setup::{ClinicSetup, id, text};
use crate::paging::walk_pages;
use crate::patients::LIST;
use cli::migrate::migrate_app;
use domain::appointment::Appointment;
use domain::ids::{AppointmentId, Id as _, PatientId};
use domain::patient::Patient;
use domain::text::Line;
use local::fake_twilio::PatientReply;
use serde_json::json;
use store::attention::AppointmentAttention;
use store::item::{Entity as _, from_item, kind};
use store::keys::{Key, Unique};
use store::patient::uniques;
use store::search::{ROW_RULES, SearchEntry, search_entries};
use store::unique::Owner;
use store::{Purpose, Transaction};

async fn patient(setup: &ClinicSetup, id: &str) -> Patient {
    app::directory::patients::get_patient(&setup.app.system.app, PatientId::parse(id).unwrap()).await.unwrap()
}

/// Writes a patient's rows as they were before November 2026.
async fn write_former_rows(setup: &ClinicSetup, id: &str, document: Option<&str>) {
    write_rows_of(setup, id, document, 0).await;
}

/// Writes a patient's rows by former rules.
async fn write_rows_of(setup: &ClinicSetup, id: &str, document: Option<&str>, row_rules: u8) {
    let now = patient(setup, id).await;
    let mut former = Patient { row_rules, ..now.clone() };
    if let Some(document) = document {
        former.profile.document_number = Line::parse(document).unwrap();
    }
    let mut transaction = Transaction::default();
    transaction.overwrite(Purpose::Append, &former);
    let written: Vec<Key> = search_entries(&former).iter().map(SearchEntry::key).collect();
    for entry in search_entries(&now).iter().filter(|entry| !written.contains(&entry.key())) {
        transaction.delete(Purpose::Append, entry.key());
    }
    setup.app.system.app.table.transact(transaction).await.unwrap();
    let mut transaction = Transaction::default();
    for entry in &search_entries(&former) {
        transaction.overwrite(Purpose::Append, entry);
    }
    let (old, new) = (uniques(&now), uniques(&former));
    for value in old.iter().filter(|value| !new.contains(value)) {
        transaction.delete(Purpose::Append, Key::unique(value));
    }
    for value in &new {
        transaction.overwrite(Purpose::Append, &Owner::new(value, former.id));
    }
    setup.app.system.app.table.transact(transaction).await.unwrap();
}

/// How many entries of former rules the table has.
async fn former_rows(setup: &ClinicSetup) -> usize {
    let table = &setup.app.system.app.table;
    let request = table.client().scan().table_name(table.name()).into_paginator().items().send();
    let items: Vec<_> = request.collect::<Result<_, _>>().await.unwrap();
    let entries = items.into_iter().filter(|item| kind(item) == Some("search"));
    entries.filter(|item| from_item::<SearchEntry>(item.clone()).unwrap().rules < ROW_RULES).count()
}

async fn find(setup: &ClinicSetup, search: &str) -> Vec<String> {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("search", search).finish();
    setup.list(&format!("{LIST}?{query}")).await.iter().map(|row| text(row, "id")).collect()
}

#[tokio::test]
async fn rows_of_former_rules_are_found_before_and_after_their_migration() {
    let setup = ClinicSetup::new().await;
    let body = json!({ "first_name": "Ana", "last_name": "O'Higgins Wu", "document_number": "2987 45612 0101",
        "phone_number": "+593991234567" });
    let made = id(&setup.create(LIST, &body).await);
    write_former_rows(&setup, &made, None).await;
    let gone = id(&setup
        .create(
            LIST,
            &json!({ "first_name": "Ida", "last_name": "Quispe", "document_number": "77",
        "phone_number": "+12025550171" }),
        )
        .await);
    setup.operator().await.delete(&format!("{LIST}{gone}/")).await.unwrap().expect_status(204).unwrap();
    write_former_rows(&setup, &gone, None).await;
    let former = ["ana", "higgins", "2987456120101", "0991234567", "4567"];
    for text in former {
        assert_eq!(find(&setup, text).await, [made.as_str()], "{text}");
    }
    assert!(find(&setup, "quispe").await.is_empty());

    let report = migrate_app(&setup.app.system.app).await.unwrap();
    assert!(report.is_complete());
    assert_eq!(report.to_string(), "2 patients migrated");
    assert_eq!(former_rows(&setup).await, 0);
    for text in former.into_iter().chain(["ohiggins", "wu", "0101"]) {
        assert_eq!(find(&setup, text).await, [made.as_str()], "{text}");
    }
    let inactive = setup.list(&format!("{LIST}?search=quispe&is_active=false")).await;
    assert_eq!(inactive.iter().map(|row| text(row, "id")).collect::<Vec<_>>(), [gone]);
    assert_eq!(migrate_app(&setup.app.system.app).await.unwrap().to_string(), "0 patients migrated", "once");
}

/// Rows without pairs of words: those who have both words are found through one of them.
#[tokio::test]
async fn patients_without_pairs_of_words_are_found_before_and_after_their_migration() {
    let setup = ClinicSetup::new().await;
    let mut ids = Vec::new();
    for (document, first_name) in [("81", "Marta"), ("82", "Mariana"), ("83", "Ana María")] {
        let body = json!({ "first_name": first_name, "last_name": "Quispe Mamani", "document_number": document,
            "phone_number": "+12025550171" });
        ids.push(id(&setup.create(LIST, &body).await));
    }
    for id in ids.iter().take(2) {
        write_rows_of(&setup, id, None, 1).await;
    }
    assert!(former_rows(&setup).await > 0);
    let operator = setup.operator().await;
    for is_migrated in [false, true] {
        for search in ["quispe+mar", "mamani+quispe", "Mamani,+Mar"] {
            let (pages, _) = walk_pages(&operator, &format!("{LIST}?search={search}")).await;
            let mut found: Vec<String> = pages.iter().flatten().map(id).collect();
            found.sort();
            let mut wanted = ids.clone();
            wanted.sort();
            assert_eq!(found, wanted, "{search}");
        }
        if !is_migrated {
            assert_eq!(migrate_app(&setup.app.system.app).await.unwrap().to_string(), "2 patients migrated");
            assert_eq!(former_rows(&setup).await, 0);
        }
    }
}

/// Erasing, and changing, patients whose rows are of former rules leaves none of them.
#[tokio::test]
async fn a_change_writes_rows_by_the_present_rules() {
    let setup = ClinicSetup::new().await;
    let path = format!("{LIST}{}/", setup.patient);
    write_former_rows(&setup, &setup.patient, None).await;
    let change = json!({ "last_name": "O’Higgins" });
    setup.operator().await.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
    assert_eq!(former_rows(&setup).await, 0);
    assert_eq!(find(&setup, "ohiggins").await, [setup.patient.as_str()]);
    write_former_rows(&setup, &setup.patient, None).await;
    let erasure = json!({ "reason": "Solicitud escrita" });
    setup.admin().await.post(&format!("{path}erase/"), &erasure).await.unwrap().expect_status(200).unwrap();
    assert_eq!(former_rows(&setup).await, 0);
}

#[tokio::test]
async fn a_document_of_two_patients_is_listed_and_left() {
    let setup = ClinicSetup::new().await;
    let first = setup.add_patient("Rosa", "44444444-4", "+12025550149").await;
    let second = setup.add_patient("Rita", "5", "+12025550148").await;
    write_former_rows(&setup, &second, Some("44444444–4")).await;
    let report = migrate_app(&setup.app.system.app).await.unwrap();
    assert!(!report.is_complete());
    let listed = format!("0 patients migrated\n{second} has the document of {first}; it is left as it was");
    assert_eq!(report.to_string(), listed);
    assert_eq!(patient(&setup, &second).await.row_rules, 0);
    let corrected = json!({ "document_number": "44444444-5" });
    let path = format!("{LIST}{second}/");
    setup.operator().await.patch(&path, &corrected).await.unwrap().expect_status(200).unwrap();
    assert!(migrate_app(&setup.app.system.app).await.unwrap().is_complete());
    let owner = Key::unique(&Unique::Document(patient(&setup, &first).await.profile.document_key()));
    let owner = setup.app.system.app.table.get::<Owner>(&owner).await.unwrap().unwrap();
    assert_eq!(owner.owner, first, "the first patient's document is still theirs");
}

/// Linking a number writes the patient's rows too.
#[tokio::test]
async fn a_linked_number_writes_rows_by_the_present_rules() {
    let setup = ClinicSetup::new().await;
    write_former_rows(&setup, &setup.patient, Some("44444444–4")).await;
    let reply =
        PatientReply { from: "+573001234567".into(), body: Some("hola".into()), ..ClinicSetup::patient_reply() };
    setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
    let inbound = setup.list("/api/notifications/inbound/").await;
    let path = format!("/api/notifications/inbound/{}/link/", text(&inbound[0], "id"));
    let link = json!({ "patient": setup.patient });
    setup.operator().await.post(&path, &link).await.unwrap().expect_status(200).unwrap();
    assert_eq!(former_rows(&setup).await, 0);
    assert_eq!(find(&setup, "300 123 4567").await, [setup.patient.as_str()]);
}

/// An appointment that needed attention before the worklist had pointers.
#[tokio::test]
async fn appointments_of_former_builds_come_to_the_worklist() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let request = json!({ "action": "request_reschedule" });
    setup.act(&appointment, &request).await.expect_status(200).unwrap();
    let app = &setup.app.system.app;
    let key = Key::appointment(AppointmentId::parse(&appointment).unwrap());
    let row = app.table.get::<Appointment>(&key).await.unwrap().unwrap();
    let mut transaction = Transaction::default();
    transaction.overwrite(Purpose::Append, &Appointment { attention: Vec::new(), ..row.clone() });
    transaction.delete(Purpose::Append, AppointmentAttention::of(&row).unwrap().key());
    app.table.transact(transaction).await.unwrap();
    assert!(setup.list("/api/worklist/").await.is_empty());
    assert!(!invariants::check_table(&app.table).await.unwrap().is_clean(), "fsck names it");

    assert_eq!(
        migrate_app(app).await.unwrap().to_string(),
        "0 patients migrated\n1 appointments added to the worklist"
    );
    let listed = setup.list("/api/worklist/").await;
    assert_eq!(text(&listed[0], "id"), format!("reschedule_requested:{appointment}"));
    assert_eq!(migrate_app(app).await.unwrap().to_string(), "0 patients migrated", "once");
    assert!(invariants::check_table(&app.table).await.unwrap().is_clean());
}

/// Such a patient with many contacts gets more entries than a transaction holds.
#[tokio::test]
async fn a_patient_of_former_rules_whose_number_is_linked_is_found_by_contacts_too() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let path = format!("{LIST}{}/", setup.patient);
    for number in 0..9 {
        let body = json!({ "name": format!("Contacto{number} Apellido{number} Segundo{number} Tercero{number}"),
            "phone_number": format!("+57311555{number:04}") });
        operator.post(&format!("{path}contacts/"), &body).await.unwrap().expect_status(201).unwrap();
    }
    let names =
        json!({ "first_name": "María Fernanda del Carmen Guadalupe", "last_name": "Rodríguez Etcheverry Santillana" });
    operator.patch(&path, &names).await.unwrap().expect_status(200).unwrap();
    write_former_rows(&setup, &setup.patient, None).await;
    let reply =
        PatientReply { from: "+573001234567".into(), body: Some("hola".into()), ..ClinicSetup::patient_reply() };
    setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
    let message = id(&setup.list("/api/notifications/inbound/").await[0]);
    let link = format!("/api/notifications/inbound/{message}/link/");
    let body = json!({ "patient": setup.patient });
    setup.operator().await.post(&link, &body).await.unwrap().expect_status(200).unwrap();
    setup.run_job_at("2025-12-01T12:10:00Z").await;
    for search in ["apellido7", "santillana", "3001234567"] {
        assert_eq!(find(&setup, search).await, [setup.patient.as_str()], "{search}");
    }
}

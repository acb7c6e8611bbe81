//! Tests of the rows of the patient search: they follow every change, also after a crash and with more rows than a
//! transaction has.

use crate::clinic_setup::ClinicSetup;
use crate::crash_recovery::crash_after_next_transaction;
use crate::patient_search::assert_found;
use crate::patients::LIST;
use domain::ids::{Id as _, PatientId};
use domain::time::TimeDelta;
use serde_json::json;
use std::collections::BTreeSet;
use store::item::{from_item, kind};
use store::search::{MAX_ROWS, SearchEntry, search_entries};
use testkit::faulty_client::{FaultyClient, run_as_operation};
use testkit::test_app::TestClient;

/// A patient's rows in the search index, and the expected ones.
async fn index_rows(setup: &ClinicSetup, patient: &str) -> (BTreeSet<SearchEntry>, BTreeSet<SearchEntry>) {
    let app = &setup.app.system.app;
    let request = app.table.client().scan().table_name(app.table.name()).into_paginator().items().send();
    let items: Vec<_> = request.collect::<Result<_, _>>().await.unwrap();
    let found = items.into_iter().filter(|item| kind(item) == Some("search"));
    let found = found.map(|item| from_item::<SearchEntry>(item).unwrap());
    let id = PatientId::parse(patient).unwrap();
    let wanted = search_entries(&app::directory::patients::get_patient(app, id).await.unwrap());
    (found.filter(|row| row.patient == id).collect(), wanted)
}

/// A stale index row finds no patient, because each hit is checked, but it costs reads for ever.
#[tokio::test]
async fn the_index_follows_every_change() {
    let faulty_client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&faulty_client).await;
    faulty_client.record_calls();
    let operator = setup.operator().await;
    let path = format!("{LIST}{}/", setup.patient);
    for (change, writes) in [
        (json!({ "last_name": "Quiroga" }), true),
        (json!({ "document_number": "11.223.344" }), true),
        (
            json!({ "phone_number": "+12025550166", "first_name": "María Fernanda del Carmen Guadalupe Esperanza" }),
            true,
        ),
        (json!({ "first_name": "Eva" }), true),
        (json!({ "notes": "alérgica", "whatsapp_opt_in": false, "address": "Av. Siempreviva 742" }), false),
    ] {
        run_as_operation(1, operator.patch(&path, &change)).await.unwrap().expect_status(200).unwrap();
        let (there, wanted) = index_rows(&setup, &setup.patient).await;
        assert_eq!(there, wanted, "{change}");
        assert!(there.len() <= MAX_ROWS, "{change}");
        let written = faulty_client.take_calls(1).into_iter().filter(|exchange| exchange.kind.writes());
        let touched = written.map(|exchange| exchange.request.to_string().matches("SEARCH#").count()).sum::<usize>();
        assert_eq!(touched > 0, writes, "{change}: {touched} rows");
    }
}

/// The most that a patient can have, each with four words.
async fn add_ten_contacts(operator: &TestClient<'_>, path: &str) {
    for number in 0..10 {
        let body = json!({ "name": format!("Contacto{number} Apellido{number} Segundo{number} Tercero{number}"),
            "phone_number": format!("+57311555{number:04}") });
        operator.post(&format!("{path}contacts/"), &body).await.unwrap().expect_status(201).unwrap();
    }
}

/// A change leaves its rest to a sweep, and the function crashes before that: the scheduled job does it.
#[tokio::test]
async fn the_job_finishes_the_index_after_a_crash() {
    let faulty_client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&faulty_client).await;
    let operator = setup.operator().await;
    let path = format!("{LIST}{}/", setup.patient);
    add_ten_contacts(&operator, &path).await;
    crash_after_next_transaction(&faulty_client);
    let change = json!({ "first_name": "María Fernanda del Carmen Guadalupe", "last_name": "Rodríguez Santillana" });
    drop(operator.patch(&path, &change).await);
    faulty_client.set_call_hook(None);
    let (there, wanted) = index_rows(&setup, &setup.patient).await;
    assert_ne!(there, wanted, "the rest is left");
    assert_found(&setup, "Rodríguez Santillana", &["santillana", "rodriguez maria"]).await;
    setup.app.advance(TimeDelta::minutes(2));
    setup.app.system.run_reminders().await.unwrap();
    let (there, wanted) = index_rows(&setup, &setup.patient).await;
    assert_eq!(there, wanted);
}

/// With ten contacts more rows change than fit into a transaction: a sweep writes and deletes the others.
#[tokio::test]
async fn the_index_follows_changes_that_no_transaction_holds() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let path = format!("{LIST}{}/", setup.patient);
    add_ten_contacts(&operator, &path).await;
    for change in [
        json!({ "first_name": "María Fernanda del Carmen Guadalupe", "last_name": "Rodríguez Etcheverry Santillana" }),
        json!({ "is_active": false }),
        json!({ "is_active": true, "last_name": "Quiroga Villavicencio" }),
    ] {
        operator.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
        let (there, wanted) = index_rows(&setup, &setup.patient).await;
        assert_eq!(there, wanted, "{change}");
    }
    assert_found(&setup, "Quiroga Villavicencio", &["apellido7", "contacto3 quiroga", "0009"]).await;
    let erasure = json!({ "reason": "Solicitud escrita" });
    setup.admin().await.post(&format!("{path}erase/"), &erasure).await.unwrap().expect_status(200).unwrap();
    assert!(index_rows(&setup, &setup.patient).await.0.is_empty());
}

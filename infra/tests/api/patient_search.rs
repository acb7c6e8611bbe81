//! Tests of the patient search: by parts of names, document and phone number, in any spelling; its order, its index and
//! its cost.

use crate::clinic_setup::{ClinicSetup, PHONE, id, text};
use crate::paging::walk_pages;
use crate::patients::{LIST, complete_patient};
use domain::ids::{Id as _, PatientId};
use local::protocol::OperationKind;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::item::{from_item, kind};
use store::search::{MAX_ROWS, SearchEntry, search_entries};
use testkit::faulty_client::capacity::{CapacityUnits, cost};
use testkit::faulty_client::{FaultyClient, run_as_operation};

/// The last names that a query finds. The query isn't percent-encoded: `search=josé nún`.
async fn find_names(setup: &ClinicSetup, query: &str) -> Vec<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    setup.list(&format!("{LIST}?{query}")).await.iter().map(|row| text(row, "last_name")).collect()
}

#[tokio::test]
async fn search_finds_any_part_of_names_document_and_phone() {
    let setup = ClinicSetup::new().await;
    setup.create(LIST, &complete_patient()).await;
    for query in [
        "nuñez",
        "NÚÑEZ",
        "nunez",
        "ñez",
        "jose",
        "josé nún",
        "maria nunez",
        "30555",
        "30.555.666",
        "555-666",
        "23456789",
        "2345-6789",
        "+5491123456789",
        "+54 9 11 2345 6789",
        "6789",
    ] {
        assert_eq!(find_names(&setup, &format!("search={query}")).await, ["Núñez"], "{query}");
    }
    for query in ["nunezz", "jose fernandez", "30555667", "zurdo"] {
        assert!(find_names(&setup, &format!("search={query}")).await.is_empty(), "{query}");
    }
    assert_eq!(find_names(&setup, "search=nu").await, ["Núñez"], "short words too");
    assert_eq!(find_names(&setup, "search=").await.len(), 2, "an empty search is none");
}

#[tokio::test]
async fn search_finds_the_changed_values() {
    let setup = ClinicSetup::new().await;
    let path = format!("{LIST}{}/", setup.patient);
    let change = json!({ "last_name": "Quiroga", "document_number": "11223344" });
    setup.operator().await.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
    assert!(find_names(&setup, "search=fernandez").await.is_empty());
    assert!(find_names(&setup, "search=30123456").await.is_empty());
    assert_eq!(find_names(&setup, "search=quirog").await, ["Quiroga"]);
    assert_eq!(find_names(&setup, "search=2233").await, ["Quiroga"]);
}

#[tokio::test]
async fn all_parts_of_a_long_name_are_found() {
    let setup = ClinicSetup::new().await;
    let mut body = complete_patient();
    body["first_name"] = json!("María Fernanda del Carmen Guadalupe Esperanza");
    body["last_name"] = json!("Rodríguez Etcheverry de la Fuente Santillana");
    body["phone_number"] = json!("+12025550167");
    setup.create(LIST, &body).await;
    for query in ["0167", "5550167", "santillana", "etcheverry", "30555666"] {
        assert_eq!(find_names(&setup, &format!("search={query}")).await.len(), 1, "{query}");
    }
}

#[tokio::test]
async fn every_filter_selects_its_patients() {
    let setup = ClinicSetup::new().await;
    let made = id(&setup.create(LIST, &complete_patient()).await);
    assert_eq!(find_names(&setup, "document_number=30 555 666").await, ["Núñez"]);
    assert!(find_names(&setup, "document_number=3055566").await.is_empty(), "the whole number");
    assert_eq!(find_names(&setup, "phone_number=011 15 2345-6789").await, ["Núñez"]);
    assert!(find_names(&setup, "phone_number=+12025550199").await.is_empty());
    assert_eq!(find_names(&setup, "search=jose&document_number=30555666").await, ["Núñez"]);
    assert!(find_names(&setup, "search=lucia&document_number=30555666").await.is_empty());
    let operator = setup.operator().await;
    assert_eq!(operator.get(&format!("{LIST}?phone_number=12")).await.unwrap().status, 400);

    operator.delete(&format!("{LIST}{made}/")).await.unwrap().expect_status(204).unwrap();
    assert_eq!(find_names(&setup, "").await, ["Fernández"]);
    assert_eq!(find_names(&setup, "is_active=false").await, ["Núñez"]);
    assert!(find_names(&setup, "search=nunez").await.is_empty());
    assert_eq!(find_names(&setup, "search=nunez&is_active=false").await, ["Núñez"]);
    assert_eq!(operator.get(&format!("{LIST}{made}/")).await.unwrap().body["is_active"], false);
}

#[tokio::test]
async fn patients_with_the_same_number_are_both_found() {
    let setup = ClinicSetup::new().await;
    setup.add_patient("Tomás", "50111222", PHONE).await;
    assert_eq!(find_names(&setup, "phone_number=+12025550141").await.len(), 2);
}

#[tokio::test]
async fn the_best_match_comes_first() {
    let setup = ClinicSetup::new().await;
    for (last_name, document) in [("Alba", "9930555"), ("Belmarín", "305551"), ("Zamarini", "88"), ("Marín", "30555")]
    {
        let body = json!({ "first_name": "Ana", "last_name": last_name, "document_number": document,
            "phone_number": "+12025550170" });
        setup.create(LIST, &body).await;
    }
    assert_eq!(find_names(&setup, "search=30555").await, ["Marín", "Belmarín", "Alba"], "exact, prefix, inside");
    assert_eq!(
        find_names(&setup, "search=mari").await,
        ["Marín", "Belmarín", "Zamarini"],
        "a name that begins with it comes before alphabetical order"
    );
    let (forwards, mut backwards) = walk_pages(&setup.operator().await, "/api/patients/?search=mari&page_size=1").await;
    backwards.reverse();
    let names = |pages: &[Vec<Value>]| pages.iter().flatten().map(|row| text(row, "last_name")).collect::<Vec<_>>();
    assert_eq!(names(&forwards), ["Marín", "Belmarín", "Zamarini"], "page by page too");
    assert_eq!(names(&backwards), names(&forwards));
    assert_eq!(find_names(&setup, "search=mari ana").await, ["Marín", "Belmarín", "Zamarini"]);
    assert_eq!(find_names(&setup, "search=ana 88").await, ["Zamarini"]);
}

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

/// The results of the first page, and its cost in read units and queries, without the caller's own rows.
async fn search_cost(setup: &ClinicSetup, faulty_client: &FaultyClient, query: &str) -> (usize, f64, usize) {
    let operator = setup.operator().await;
    let answer =
        run_as_operation(1, operator.get(&format!("{LIST}?search={query}"))).await.unwrap().expect_status(200).unwrap();
    let callers = |request: &str| request.contains("USER#") || request.contains("SIGNING_KEYS");
    let own: Vec<_> =
        faulty_client.take_calls(1).into_iter().filter(|exchange| !callers(&exchange.request.to_string())).collect();
    let units = own.iter().flat_map(cost).fold(CapacityUnits::default(), |sum, (_, units)| sum.plus(units));
    let queries = own.iter().filter(|exchange| exchange.kind == OperationKind::Query).count();
    (answer.results().len(), units.read(), queries)
}

/// With four times as many patients a search has the same cost, because it only reads its page.
#[tokio::test]
async fn a_search_costs_the_same_however_many_patients_there_are() {
    let faulty_client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&faulty_client).await;
    faulty_client.record_calls();
    let operator = setup.operator().await;
    let mut measured = Vec::new();
    for many in [0..60, 60..240] {
        for number in many {
            let body = json!({ "first_name": "María José", "last_name": "Fernández Núñez",
                "document_number": format!("20.000.{number:03}"), "phone_number": "+12025550141" });
            operator.post(LIST, &body).await.unwrap().expect_status(201).unwrap();
        }
        let mut figures = Vec::new();
        for query in ["fern", "nandez", "maria+fernandez", "2000", "5550141", "20000007"] {
            figures.push((query, search_cost(&setup, &faulty_client, query).await));
        }
        measured.push(figures);
    }
    for (query, (found, read, queries)) in &measured[1] {
        assert!(
            *found > 0 && *read <= 10.0 && *queries <= 2,
            "{query}: {found} found by {read} RRU, {queries} queries"
        );
    }
    assert_eq!(measured[0], measured[1]);
    eprintln!("a first page: {:?}", measured[1]);
}

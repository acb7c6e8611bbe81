//! Is a patient found by whatever the reception desk remembers, written however people write it?

use crate::paging::walk;
use crate::patients::{LIST, whole};
use crate::world::{PHONE, World, id, text};
use domain::ids::{Id as _, PatientId};
use local::protocol::Kind;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::item::{from_item, kind};
use store::search::{MAX_ROWS, SearchEntry, entries};
use testkit::faulty_client::capacity::{Units, cost};
use testkit::faulty_client::{Wire, operation};

/// The family names that a query finds. It is written here as people think it, `search=josé nún`.
async fn found(world: &World, query: &str) -> Vec<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    world.list(&format!("{LIST}?{query}")).await.iter().map(|row| text(row, "last_name")).collect()
}

#[tokio::test]
async fn search_finds_any_part_of_names_document_and_phone() {
    let world = World::new().await;
    world.made(LIST, &whole()).await;
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
        assert_eq!(found(&world, &format!("search={query}")).await, ["Núñez"], "{query}");
    }
    for query in ["nunezz", "jose fernandez", "30555667", "zurdo"] {
        assert!(found(&world, &format!("search={query}")).await.is_empty(), "{query}");
    }
    assert_eq!(found(&world, "search=nu").await, ["Núñez"], "short words too");
    assert_eq!(found(&world, "search=").await.len(), 2, "an empty search is none");
}

#[tokio::test]
async fn search_follows_a_change() {
    let world = World::new().await;
    let path = format!("{LIST}{}/", world.patient);
    let change = json!({ "last_name": "Quiroga", "document_number": "11223344" });
    world.operator().await.patch(&path, &change).await.unwrap().expect_status(200).unwrap();
    assert!(found(&world, "search=fernandez").await.is_empty());
    assert!(found(&world, "search=30123456").await.is_empty());
    assert_eq!(found(&world, "search=quirog").await, ["Quiroga"]);
    assert_eq!(found(&world, "search=2233").await, ["Quiroga"]);
}

#[tokio::test]
async fn a_long_name_hides_nothing() {
    let world = World::new().await;
    let mut body = whole();
    body["first_name"] = json!("María Fernanda del Carmen Guadalupe Esperanza");
    body["last_name"] = json!("Rodríguez Etcheverry de la Fuente Santillana");
    body["phone_number"] = json!("+12025550167");
    world.made(LIST, &body).await;
    for query in ["0167", "5550167", "santillana", "etcheverry", "30555666"] {
        assert_eq!(found(&world, &format!("search={query}")).await.len(), 1, "{query}");
    }
}

#[tokio::test]
async fn filters_filter() {
    let world = World::new().await;
    let made = id(&world.made(LIST, &whole()).await);
    assert_eq!(found(&world, "document_number=30 555 666").await, ["Núñez"]);
    assert!(found(&world, "document_number=3055566").await.is_empty(), "the whole number");
    assert_eq!(found(&world, "phone_number=011 15 2345-6789").await, ["Núñez"]);
    assert!(found(&world, "phone_number=+12025550199").await.is_empty());
    assert_eq!(found(&world, "search=jose&document_number=30555666").await, ["Núñez"]);
    assert!(found(&world, "search=lucia&document_number=30555666").await.is_empty());
    let operator = world.operator().await;
    assert_eq!(operator.get(&format!("{LIST}?phone_number=12")).await.unwrap().status, 400);

    operator.delete(&format!("{LIST}{made}/")).await.unwrap().expect_status(204).unwrap();
    assert_eq!(found(&world, "").await, ["Fernández"]);
    assert_eq!(found(&world, "is_active=false").await, ["Núñez"]);
    assert!(found(&world, "search=nunez").await.is_empty());
    assert_eq!(found(&world, "search=nunez&is_active=false").await, ["Núñez"]);
    assert_eq!(operator.get(&format!("{LIST}{made}/")).await.unwrap().body["is_active"], false);
}

#[tokio::test]
async fn a_family_shares_a_number() {
    let world = World::new().await;
    world.add_patient("Tomás", "50111222", PHONE).await;
    assert_eq!(found(&world, "phone_number=+12025550141").await.len(), 2);
}

#[tokio::test]
async fn who_fits_best_comes_first() {
    let world = World::new().await;
    for (last_name, document) in [("Alba", "9930555"), ("Belmarín", "305551"), ("Zamarini", "88"), ("Marín", "30555")]
    {
        let body = json!({ "first_name": "Ana", "last_name": last_name, "document_number": document,
            "phone_number": "+12025550170" });
        world.made(LIST, &body).await;
    }
    assert_eq!(found(&world, "search=30555").await, ["Marín", "Belmarín", "Alba"], "exact, begins, goes on");
    assert_eq!(
        found(&world, "search=mari").await,
        ["Marín", "Belmarín", "Zamarini"],
        "who begins with it comes before who comes first by name"
    );
    let (forwards, mut backwards) = walk(&world.operator().await, "/api/patients/?search=mari&page_size=1").await;
    backwards.reverse();
    let names = |pages: &[Vec<Value>]| pages.iter().flatten().map(|row| text(row, "last_name")).collect::<Vec<_>>();
    assert_eq!(names(&forwards), ["Marín", "Belmarín", "Zamarini"], "page by page too");
    assert_eq!(names(&backwards), names(&forwards));
    assert_eq!(found(&world, "search=mari ana").await, ["Marín", "Belmarín", "Zamarini"]);
    assert_eq!(found(&world, "search=ana 88").await, ["Zamarini"]);
}

/// The rows of the index that are there, and those that should be.
async fn rows(world: &World, patient: &str) -> (BTreeSet<SearchEntry>, BTreeSet<SearchEntry>) {
    let app = &world.app.system.app;
    let request = app.table.client().scan().table_name(app.table.name()).into_paginator().items().send();
    let items: Vec<_> = request.collect::<Result<_, _>>().await.unwrap();
    let found = items.into_iter().filter(|item| kind(item) == Some("search"));
    let found = found.map(|item| from_item::<SearchEntry>(item).unwrap());
    let id = PatientId::parse(patient).unwrap();
    let wanted = entries(&app::directory::patients::get_patient(app, id).await.unwrap());
    (found.filter(|row| row.patient == id).collect(), wanted)
}

/// A stale row finds nobody, because whoever is found is looked at; but it costs, and stays for ever.
#[tokio::test]
async fn the_index_is_what_the_patient_is() {
    let wire = Wire::default();
    let world = World::through(&wire).await;
    wire.record();
    let operator = world.operator().await;
    let path = format!("{LIST}{}/", world.patient);
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
        operation(1, operator.patch(&path, &change)).await.unwrap().expect_status(200).unwrap();
        let (there, wanted) = rows(&world, &world.patient).await;
        assert_eq!(there, wanted, "{change}");
        assert!(there.len() <= MAX_ROWS, "{change}");
        let written = wire.take(1).into_iter().filter(|exchange| exchange.kind.writes());
        let touched = written.map(|exchange| exchange.request.to_string().matches("SEARCH#").count()).sum::<usize>();
        assert_eq!(touched > 0, writes, "{change}: {touched} rows");
    }
}

/// What the first page costs: in read units without the caller's own rows, and in queries.
async fn costs(world: &World, wire: &Wire, query: &str) -> (usize, f64, usize) {
    let operator = world.operator().await;
    let answer =
        operation(1, operator.get(&format!("{LIST}?search={query}"))).await.unwrap().expect_status(200).unwrap();
    let callers = |request: &str| request.contains("USER#") || request.contains("SIGNING_KEYS");
    let own: Vec<_> = wire.take(1).into_iter().filter(|exchange| !callers(&exchange.request.to_string())).collect();
    let units = own.iter().flat_map(cost).fold(Units::default(), |sum, (_, units)| sum.plus(units));
    let queries = own.iter().filter(|exchange| exchange.kind == Kind::Query).count();
    (answer.results().len(), units.read(), queries)
}

/// Four times the patients, the same cost: nothing but the page is read.
#[tokio::test]
async fn a_search_costs_the_same_however_many_patients_there_are() {
    let wire = Wire::default();
    let world = World::through(&wire).await;
    wire.record();
    let operator = world.operator().await;
    let mut measured = Vec::new();
    for many in [0..60, 60..240] {
        for number in many {
            let body = json!({ "first_name": "María José", "last_name": "Fernández Núñez",
                "document_number": format!("20.000.{number:03}"), "phone_number": "+12025550141" });
            operator.post(LIST, &body).await.unwrap().expect_status(201).unwrap();
        }
        let mut figures = Vec::new();
        for query in ["fern", "nandez", "maria+fernandez", "2000", "5550141", "20000007"] {
            figures.push((query, costs(&world, &wire, query).await));
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

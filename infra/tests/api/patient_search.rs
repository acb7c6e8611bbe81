//! Tests of the patient search: by parts of names, document and phone number, in any spelling; its order and its
//! cost.

use crate::clinic_setup::{ClinicSetup, PHONE, id, text};
use crate::paging::walk_pages;
use crate::patients::{LIST, complete_patient};
use domain::ids::{Id as _, PatientId};
use domain::patient::Patient;
use domain::text::Line;
use local::protocol::OperationKind;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::item::to_item;
use store::search::search_entries;
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
    // Those whose words begin with the parts come first, on a page of their own.
    let (forwards, mut backwards) = walk_pages(&setup.operator().await, "/api/patients/?search=mari%20ana").await;
    backwards.reverse();
    assert_eq!((names(&forwards[..1]), forwards.len()), (vec!["Marín".to_owned()], 2));
    assert_eq!(names(&forwards), ["Marín", "Belmarín", "Zamarini"]);
    assert_eq!(names(&backwards), names(&forwards));
    assert_eq!(find_names(&setup, "search=amari ana").await, ["Zamarini"], "the middle of a word");
    assert_eq!(find_names(&setup, "search=ana 88").await, ["Zamarini"]);
}

/// 300 people have the given name, 300 the family name, and 30 both, half of them in the middle of a word.
#[tokio::test]
async fn two_words_find_those_who_have_both_at_once() {
    let faulty_client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&faulty_client).await;
    let app = &setup.app.system.app;
    let model = app::directory::patients::get_patient(app, PatientId::parse(&setup.patient).unwrap()).await.unwrap();
    let mut rows = Vec::new();
    let mut add = |first_name: &str, last_name: &str, count: usize| {
        for _ in 0..count {
            let mut patient = Patient { id: app.new_id(), ..model.clone() };
            patient.profile.first_name = Line::parse(first_name).unwrap();
            patient.profile.last_name = Line::parse(last_name).unwrap();
            rows.extend(search_entries(&patient).iter().map(|entry| to_item(entry).unwrap()));
            rows.push(to_item(&patient).unwrap());
        }
    };
    add("María", "Pérez", 300);
    add("Rosa", "García", 300);
    add("Rosamaría", "García", 15);
    add("María del Mar", "Vázquez García", 15);
    add("Luis Mario", "Garciandía", 15);
    add("María", "Zuviría Garcés", 15);
    setup.app.system.database.load(&rows).unwrap();
    faulty_client.record_calls();
    for (text, found) in [("García, María", 30), ("maria garcia", 30), ("zuviria garces, maria", 15)] {
        let query: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let (_, units, queries) = search_cost(&setup, &faulty_client, &query).await;
        assert!(units <= 10.0 && queries <= 2, "{text}: {units} units, {queries} queries");
        let (forwards, backwards) = walk_pages(&setup.operator().await, &format!("{LIST}?search={query}")).await;
        let ids = |pages: &[Vec<Value>]| pages.iter().flatten().map(id).collect::<Vec<_>>();
        let (forwards, backwards) = (ids(&forwards), ids(&backwards.into_iter().rev().collect::<Vec<_>>()));
        assert_eq!(forwards, backwards, "{text}");
        assert_eq!(forwards.iter().collect::<BTreeSet<_>>().len(), forwards.len(), "{text}: each once");
        assert_eq!(forwards.len(), found, "{text}");
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

/// With twice as many patients a search has the same cost, because it only reads its page.
#[tokio::test]
async fn a_search_costs_the_same_however_many_patients_there_are() {
    let faulty_client = FaultyClient::default();
    let setup = ClinicSetup::with_client(&faulty_client).await;
    faulty_client.record_calls();
    let operator = setup.operator().await;
    let mut measured = Vec::new();
    for many in [0..130, 130..260] {
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

/// A patient of a name, with a document and a number of its own.
fn named(first_name: &str, last_name: &str, document: &str, number: &str) -> Value {
    json!({ "first_name": first_name, "last_name": last_name, "document_number": document, "phone_number": number })
}

pub(crate) async fn assert_found(setup: &ClinicSetup, last_name: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(find_names(setup, &format!("search={text}")).await, [last_name], "{text}");
    }
}

#[tokio::test]
async fn punctuation_titles_and_labels_do_not_hide_a_patient() {
    let setup = ClinicSetup::new().await;
    setup.create(LIST, &complete_patient()).await;
    let texts =
        ["Núñez, José", "NÚÑEZ; María José.", "Sra. Núñez", "Dr. José Núñez", "DNI 30555666", "D.N.I.: 30.555.666"];
    assert_found(&setup, "Núñez", &texts).await;
    assert_found(&setup, "Núñez", &["tel. 2345-6789", "cel: 11 2345 6789", "Núñez (DNI 30 555 666)"]).await;
    assert!(find_names(&setup, "search=...").await.is_empty(), "no letter and no digit finds nobody");
}

#[tokio::test]
async fn every_apostrophe_dash_and_letter_of_its_own_is_ignored() {
    let setup = ClinicSetup::new().await;
    let stored = [("O'Higgins", "1"), ("D’Angelo", "2"), ("Pérez–Gil", "3"), ("Łuczak Groß", "4"), ("De la Cruz", "5")];
    for (last_name, document) in stored {
        setup.create(LIST, &named("Mª Søren", last_name, document, "+12025550170")).await;
    }
    assert_found(&setup, "O'Higgins", &["O’Higgins", "OHiggins", "O Higgins", "o´higgins", "higgins"]).await;
    assert_found(&setup, "D’Angelo", &["D'Angelo", "dangelo", "D Angelo", "angelo"]).await;
    assert_found(&setup, "Pérez–Gil", &["Perez-Gil", "Gil Pérez", "perezgil"]).await;
    assert_found(&setup, "Łuczak Groß", &["luczak", "gross", "GROSS, Luczak"]).await;
    assert_found(&setup, "De la Cruz", &["delacruz", "de la Cruz", "Cruz"]).await;
    for text in ["Søren", "soren", "Mª", "Ma.", "M.ª Søren", "maria"] {
        assert_eq!(find_names(&setup, &format!("search={text}")).await.len(), 5, "{text}");
    }
}

/// In tests the deployment's country is Argentina: a number is found in the ways of its own country.
#[tokio::test]
async fn a_number_is_found_in_every_way_in_which_it_is_dialled() {
    let setup = ClinicSetup::new().await;
    for (last_name, number) in
        [("Ríos", "+593991234567"), ("Sosa", "+5491123456789"), ("Luna", "+525587654321"), ("Lima", "+5511976543210")]
    {
        setup.create(LIST, &named("Ana", last_name, last_name, number)).await;
    }
    assert_found(
        &setup,
        "Ríos",
        &["0991234567", "099 123 4567", "+593 99 123 4567", "00593991234567", "593 099 1234567"],
    )
    .await;
    let marked = "\u{202a}+54\u{a0}9\u{a0}11\u{a0}2345\u{2011}6789\u{202c}";
    assert_found(&setup, "Sosa", &["011 15 2345-6789", "15 2345 6789", "54 11 23456789", marked]).await;
    assert_found(&setup, "Luna", &["044 55 8765 4321", "01 55 87654321", "+52 1 55 8765 4321"]).await;
    assert_found(&setup, "Lima", &["(011) 97654-3210", "0 21 11 97654-3210", "11 7654 3210"]).await;
    for text in ["044 991234567", "15 8765 4321", "0991234568"] {
        assert!(find_names(&setup, &format!("search={text}")).await.is_empty(), "{text}");
    }
}

#[tokio::test]
async fn a_document_is_found_by_its_last_characters_however_long_it_is() {
    let setup = ClinicSetup::new().await;
    let long = "María Fernanda del Carmen Guadalupe Esperanza";
    for (last_name, document) in
        [("Xol", "2987 45612 0101"), ("Mena", "GOMC900514HDFRRS09"), ("Vera", "123456/78"), ("Rey", "12.345.679-K")]
    {
        setup.create(LIST, &named(long, last_name, document, "+12025550170")).await;
    }
    assert_found(&setup, "Xol", &["0101", "DPI 2987 45612 0101", "2987456120101", "20101"]).await;
    assert_found(&setup, "Mena", &["RS09", "gomc900514hdfrrs09", "CURP GOMC900514"]).await;
    assert_found(&setup, "Vera", &["123456/78", "12345678", "5678"]).await;
    assert_found(&setup, "Rey", &["12.345.679-K", "12345679k", "RUT 12.345.679", "679-k"]).await;
}

#[tokio::test]
async fn words_of_two_letters_find_the_patient_among_many() {
    let setup = ClinicSetup::new().await;
    for number in 0..60 {
        let document = format!("7{number:05}");
        setup.create(LIST, &named("Ana", &format!("Abad{}", "x".repeat(number % 7)), &document, "+12025550170")).await;
    }
    setup.create(LIST, &named("Li", "Wu", "9", "+12025550170")).await;
    assert_found(&setup, "Wu", &["Wu", "wu li", "Li"]).await;
}

#[tokio::test]
async fn deactivated_patients_neither_show_nor_hide_others() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    for number in 0..18 {
        let name = if number < 16 { "Ida" } else { "Quedada" };
        let made = setup.create(LIST, &named(name, "Quispe", &format!("6000{number:03}"), "+12025550170")).await;
        if number < 16 {
            operator.delete(&format!("{LIST}{}/", id(&made))).await.unwrap().expect_status(204).unwrap();
        }
    }
    for text in ["quispe", "uispe", "qu", "quispe+6000"] {
        let found = setup.list(&format!("{LIST}?search={text}&page_size=2")).await;
        assert_eq!(found.iter().map(text_of).collect::<Vec<_>>(), ["Quedada"; 2], "{text}");
    }
    for text in ["quispe", "6000003", "ida+quispe"] {
        assert!(!setup.list(&format!("{LIST}?search={text}&is_active=false")).await.is_empty(), "{text}");
    }
    assert_eq!(setup.list(&format!("{LIST}?search=quispe&is_active=false&page_size=50")).await.len(), 16);
}

fn text_of(row: &Value) -> String {
    text(row, "first_name")
}

#[tokio::test]
async fn a_contact_finds_the_patient() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let contacts = format!("{LIST}{}/contacts/", setup.patient);
    let mother = json!({ "name": "Marta Søndergaard Fernández", "phone_number": "+573115550002" });
    let made = operator.post(&contacts, &mother).await.unwrap().expect_status(201).unwrap().id();
    let texts =
        ["marta sondergaard", "Fernández, Marta", "311 555 0002", "03 311 555 0002", "0002", "lucia 3115550002"];
    assert_found(&setup, "Fernández", &texts).await;
    assert_eq!(find_names(&setup, "search=fernandez").await.len(), 1, "a name of both is one result");
    let path = format!("{contacts}{made}/");
    operator.patch(&path, &json!({ "phone_number": "+573115550003" })).await.unwrap().expect_status(200).unwrap();
    assert!(find_names(&setup, "search=3115550002").await.is_empty());
    assert_found(&setup, "Fernández", &["311 555 0003"]).await;
    operator.delete(&path).await.unwrap().expect_status(204).unwrap();
    for text in ["sondergaard", "0003"] {
        assert!(find_names(&setup, &format!("search={text}")).await.is_empty(), "{text}");
    }
}

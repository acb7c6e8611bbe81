//! Is a patient found by whatever the reception desk remembers, written however people write it?

use crate::patients::{LIST, whole};
use crate::world::{PHONE, World, id, text};
use serde_json::json;

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

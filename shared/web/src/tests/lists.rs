//! Parts of lists, and the cursors between them.

use super::events::Event;
use super::{Answer, START, Stage};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

fn get(url: &str) -> Event {
    Event::new("GET", url).by("olga")
}

fn heard(answer: &Answer) -> &Value {
    &answer.json["results"][0]["heard"]
}

/// A link without the stage in front, as the gateway hands it on.
fn link(answer: &Answer, name: &str) -> String {
    answer.json[name].as_str().unwrap().strip_prefix("/prod").unwrap().to_owned()
}

#[tokio::test]
async fn parameters_are_read() {
    let stage = Stage::new();
    let answer = stage.call(&get("/api/notes/?search=%20a%C3%B1o+x&is_active=false&page_size=7")).await;
    assert_eq!(
        heard(&answer),
        &json!({"search": "año x", "is_active": false, "size": 7, "from": null, "ip": "192.0.2.1"})
    );
    assert_eq!(heard(&stage.call(&get("/api/notes/").v2()).await)["ip"], "192.0.2.2");
}

#[tokio::test]
async fn parameters_that_are_wrong_are_named() {
    let stage = Stage::new();
    for event in [get("/api/notes/?colour=1&search=a&search=b"), get("/api/notes/?colour=1&search=a&search=b").v2()] {
        let answer = stage.call(&event).await;
        assert_eq!((answer.status, answer.fields()), (400, vec!["colour", "search"]));
    }
    assert_eq!(stage.call(&get("/api/notes/?is_active=maybe")).await.fields(), ["is_active"]);
    assert_eq!(stage.call(&get("/api/notes/?page_size=201")).await.fields(), ["page_size"]);
    assert_eq!(stage.call(&get("/api/health/?page_size=1")).await.fields(), ["page_size"]);
}

#[tokio::test]
async fn a_cursor_leads_on_and_back() {
    let stage = Stage::new();
    let first = stage.call(&get("/api/notes?search=a%26b&page_size=7")).await;
    assert_eq!(first.json["previous"], Value::Null);
    let next = link(&first, "next");
    assert!(
        next.starts_with("/api/notes/?page_size=7&search=a%26b&cursor=")
            || next.starts_with("/api/notes/?search=a%26b&page_size=7&cursor="),
        "{next}"
    );
    assert!(!next.contains("NOTE"));
    let second = stage.call(&get(&next)).await;
    assert_eq!((&heard(&second)["from"], &heard(&second)["size"]), (&json!("NOTE#2"), &json!(7)));
    let back = stage.call(&get(&link(&second, "previous"))).await;
    assert_eq!(back.status, 200);
    // Another page size may go on from the same place.
    let resized = stage.call(&get(&next.replace("page_size=7", "page_size=9"))).await;
    assert_eq!((&heard(&resized)["from"], &heard(&resized)["size"]), (&json!("NOTE#2"), &json!(9)));
}

#[tokio::test]
async fn a_cursor_is_good_for_what_it_was_given_out_for() {
    let stage = Stage::new();
    let next = link(&stage.call(&get("/api/notes/?search=a")).await, "next");
    let (head, cursor) = next.split_at(next.find("cursor=").unwrap() + "cursor=".len());
    let last = if cursor.ends_with('A') { "B" } else { "A" };
    let tampered = format!("{head}{last}{}", &cursor[1..]);
    for event in [
        Event::new("GET", &next).by("otto"),
        get(&next.replace("search=a", "search=b")),
        get(&next.replace("search=a&", "")),
        get(&tampered),
        get("/api/notes/?cursor=nonsense"),
        get("/api/notes/?cursor=%C3%B1"),
        get(&format!("/api/notes/?cursor={}", "A".repeat(5000))),
    ] {
        let answer = stage.call(&event).await;
        assert_eq!((answer.status, answer.code()), (400, "invalid_cursor"), "{event:?}");
    }
    assert_eq!(stage.call(&get(&next)).await.status, 200);
    stage.clock.0.store(START + 3599, Ordering::SeqCst);
    assert_eq!(stage.call(&get(&next)).await.status, 200);
    stage.clock.0.store(START + 3600, Ordering::SeqCst);
    assert_eq!(stage.call(&get(&next)).await.code(), "invalid_cursor");
}

//! Query parameters, and paging with cursors.

use super::events::GatewayEvent;
use super::{NotesApi, NotesResponse, START};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

fn get(url: &str) -> GatewayEvent {
    GatewayEvent::new("GET", url).by("olga")
}

fn received(answer: &NotesResponse) -> &Value {
    &answer.json["results"][0]["received"]
}

/// A link of the response, without the stage in front.
fn link(answer: &NotesResponse, name: &str) -> String {
    answer.json[name].as_str().unwrap().strip_prefix("/prod").unwrap().to_owned()
}

#[tokio::test]
async fn parameters_are_read() {
    let api = NotesApi::new();
    let answer = api.call(&get("/api/notes/?search=%20a%C3%B1o+x&is_active=false&page_size=7")).await;
    assert_eq!(
        received(&answer),
        &json!({"search": "año x", "is_active": false, "size": 7, "from": null, "ip": "192.0.2.1"})
    );
    assert_eq!(received(&api.call(&get("/api/notes/").v2()).await)["ip"], "192.0.2.2");
}

#[tokio::test]
async fn invalid_parameters_are_named() {
    let api = NotesApi::new();
    for event in [get("/api/notes/?colour=1&search=a&search=b"), get("/api/notes/?colour=1&search=a&search=b").v2()] {
        let answer = api.call(&event).await;
        assert_eq!((answer.status, answer.fields()), (400, vec!["colour", "search"]));
    }
    assert_eq!(api.call(&get("/api/notes/?is_active=maybe")).await.fields(), ["is_active"]);
    assert_eq!(api.call(&get("/api/notes/?page_size=201")).await.fields(), ["page_size"]);
    assert_eq!(api.call(&get("/api/health/?page_size=1")).await.fields(), ["page_size"]);
}

#[tokio::test]
async fn cursors_lead_to_the_next_and_the_previous_page() {
    let api = NotesApi::new();
    let first = api.call(&get("/api/notes?search=a%26b&page_size=7")).await;
    assert_eq!(first.json["previous"], Value::Null);
    let next = link(&first, "next");
    assert!(
        next.starts_with("/api/notes/?page_size=7&search=a%26b&cursor=")
            || next.starts_with("/api/notes/?search=a%26b&page_size=7&cursor="),
        "{next}"
    );
    assert!(!next.contains("NOTE"));
    let second = api.call(&get(&next)).await;
    assert_eq!((&received(&second)["from"], &received(&second)["size"]), (&json!("NOTE#2"), &json!(7)));
    let back = api.call(&get(&link(&second, "previous"))).await;
    assert_eq!(back.status, 200);
    // The page size may change between pages.
    let resized = api.call(&get(&next.replace("page_size=7", "page_size=9"))).await;
    assert_eq!((&received(&resized)["from"], &received(&resized)["size"]), (&json!("NOTE#2"), &json!(9)));
}

#[tokio::test]
async fn a_cursor_is_valid_for_its_user_and_list_only_and_for_an_hour() {
    let api = NotesApi::new();
    let next = link(&api.call(&get("/api/notes/?search=a")).await, "next");
    let (head, cursor) = next.split_at(next.find("cursor=").unwrap() + "cursor=".len());
    let last = if cursor.ends_with('A') { "B" } else { "A" };
    let tampered = format!("{head}{last}{}", &cursor[1..]);
    for event in [
        GatewayEvent::new("GET", &next).by("otto"),
        get(&next.replace("search=a", "search=b")),
        get(&next.replace("search=a&", "")),
        get(&tampered),
        get("/api/notes/?cursor=nonsense"),
        get("/api/notes/?cursor=%C3%B1"),
        get(&format!("/api/notes/?cursor={}", "A".repeat(5000))),
    ] {
        let answer = api.call(&event).await;
        assert_eq!((answer.status, answer.code()), (400, "invalid_cursor"), "{event:?}");
    }
    assert_eq!(api.call(&get(&next)).await.status, 200);
    api.clock.0.store(START + 3599, Ordering::SeqCst);
    assert_eq!(api.call(&get(&next)).await.status, 200);
    api.clock.0.store(START + 3600, Ordering::SeqCst);
    assert_eq!(api.call(&get(&next)).await.code(), "invalid_cursor");
}

#[tokio::test]
async fn a_page_that_the_client_has_already_is_not_sent_again() {
    let api = NotesApi::new();
    let first = api.call(&get("/api/notes/?search=a&page_size=7")).await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with("W/\"") && tag.len() == "W/\"\"".len() + 32, "{tag}");
    let again = |tag: &str| get("/api/notes/?search=a&page_size=7").header("If-None-Match", tag);
    let strong = tag.trim_start_matches("W/").to_owned();
    for known in [&tag, &strong, &format!("\"other\", {tag}"), "*"] {
        let answer = api.call(&again(known)).await;
        assert_eq!((answer.status, &answer.json), (304, &Value::Null), "{known}");
        assert_eq!((answer.header("etag"), answer.header("content-type")), (tag.as_str(), ""), "{known}");
        assert!(!answer.header("x-request-id").is_empty(), "{known}");
    }
    let answer = api.call(&again(&tag).v2()).await;
    assert_eq!(answer.status, 200, "the rows have another address in them");
    for other in ["\"other\"", "", "W/", tag.trim_matches('"')] {
        let answer = api.call(&again(other)).await;
        assert_eq!((answer.status, answer.header("etag")), (200, tag.as_str()), "{other}");
    }
    // Other rows, and the same rows where the page isn't the first any more.
    assert_ne!(api.call(&get("/api/notes/?search=b&page_size=7")).await.header("etag"), tag);
    let second = api.call(&get(&link(&first, "next"))).await;
    let found = api.call(&get(&link(&first, "next")).header("If-None-Match", second.header("etag"))).await;
    assert_eq!((second.status, found.status), (200, 304));
}

/// The tag of a single resource is its version: names in it that are copied may have changed since.
#[tokio::test]
async fn a_single_resource_is_always_sent() {
    let api = NotesApi::new();
    let path = "/api/notes/01940000-0000-7000-8000-000000000001/";
    let first = api.call(&get(path)).await;
    let again = api.call(&get(path).header("If-None-Match", first.header("etag"))).await;
    assert_eq!((first.status, again.status, again.header("etag")), (200, 200, "\"3\""));
}

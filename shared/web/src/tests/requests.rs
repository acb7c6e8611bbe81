//! Paths, methods, request ids, languages, and internal errors.

use super::NotesApi;
use super::events::GatewayEvent;
use serde_json::json;

#[tokio::test]
async fn a_path_is_the_same_with_and_without_its_slash() {
    let api = NotesApi::new();
    for path in ["/api/health/", "/api/health"] {
        for event in [GatewayEvent::new("GET", path), GatewayEvent::new("GET", path).v2()] {
            let answer = api.call(&event).await;
            assert_eq!((answer.status, answer.json.as_str()), (200, Some("ok")), "{path}");
            assert_eq!(answer.header("content-type"), "application/json");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }
    // The event of a REST API may contain the stage, too.
    assert_eq!(api.call(&GatewayEvent::new("GET", "/prod/api/health")).await.status, 200);
    assert_eq!(api.call(&GatewayEvent::new("HEAD", "/api/health")).await.status, 200);
}

#[tokio::test]
async fn unknown_paths_and_malformed_ids_are_not_found() {
    let api = NotesApi::new();
    for path in ["/api/nothing/", "/", "/api/health//", "/other/api/health/", "/api/h ealth/", "/api/ñ/"] {
        let answer = api.call(&GatewayEvent::new("GET", path)).await;
        assert_eq!((answer.status, answer.code()), (404, "not_found"), "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    for id in ["1", "01940000-0000-7000-8000-00000000000A", "%FF"] {
        let answer = api.call(&GatewayEvent::new("GET", &format!("/api/notes/{id}/")).by("olga")).await;
        assert_eq!((answer.status, answer.code()), (404, "not_found"), "{id}");
    }
}

#[tokio::test]
async fn another_method_gets_the_allowed_ones() {
    let api = NotesApi::new();
    let answer = api.call(&GatewayEvent::new("PUT", "/api/notes/1/")).await;
    assert_eq!((answer.status, answer.code()), (405, "method_not_allowed"));
    assert_eq!(answer.header("allow"), "GET, HEAD, PATCH, DELETE");
}

#[tokio::test]
async fn options_without_credentials_gets_the_methods_of_the_path() {
    let api = NotesApi::new();
    let answer = api.call(&GatewayEvent::new("OPTIONS", "/api/notes/1/")).await;
    assert_eq!((answer.status, answer.header("allow")), (204, "GET, HEAD, PATCH, DELETE, OPTIONS"));
    assert_eq!((answer.header("cache-control"), answer.header("x-request-id").len()), ("no-store", 36));
    let answer = api.call(&GatewayEvent::new("OPTIONS", "/api/notes/1/").by("olga")).await;
    assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD, PATCH, DELETE"));
    assert_eq!(api.call(&GatewayEvent::new("OPTIONS", "/api/nothing/")).await.status, 404);
}

#[tokio::test]
async fn every_response_has_a_request_id() {
    let api = NotesApi::new();
    let answer = api.call(&GatewayEvent::new("GET", "/api/nothing/").header("X-Request-Id", "mine-1")).await;
    assert_eq!(answer.header("x-request-id"), "mine-1");
    assert_eq!(answer.json["instance"], "mine-1");
    let answer = api.call(&GatewayEvent::new("GET", "/api/health/").header("X-Request-Id", "not mine")).await;
    assert_eq!(answer.header("x-request-id").len(), 36);
}

#[tokio::test]
async fn problems_are_in_the_callers_language() {
    let api = NotesApi::new();
    for (accepted, title) in [("", "No encontrado"), ("en-GB, es;q=0.5", "Not found"), ("pt", "Não encontrado")] {
        let answer = api.call(&GatewayEvent::new("GET", "/api/nothing/").header("Accept-Language", accepted)).await;
        assert_eq!((answer.code(), answer.json["title"].as_str()), ("not_found", Some(title)));
    }
}

#[tokio::test]
async fn internal_errors_reveal_nothing() {
    let api = NotesApi::new();
    let request = |path: &str| GatewayEvent::new("GET", path).header("X-Request-Id", "r");
    // Whatever the error was, a client gets the code and the request's id, and nothing else.
    let broken = json!({ "type": "urn:citas:problem:internal_error", "title": "Error interno", "status": 500,
        "detail": "Algo falló de nuestro lado. Si se repite, indique el valor de «instance».",
        "code": "internal_error", "instance": "r" });
    let panicked = api.call(&request("/api/panic/")).await;
    assert_eq!((panicked.status, &panicked.json), (500, &broken));
    let busy = api.call(&request("/api/fails/")).await;
    let wanted = json!({ "type": "urn:citas:problem:busy", "title": "Servicio ocupado", "status": 503,
        "detail": "El servicio no pudo atender la solicitud. Repítala en un momento.",
        "code": "busy", "instance": "r" });
    assert_eq!((busy.status, &busy.json, busy.header("retry-after")), (503, &wanted, "1"));
    // The next request is answered.
    assert_eq!(api.call(&GatewayEvent::new("GET", "/api/health/")).await.status, 200);
}

#[tokio::test]
async fn a_webhook_gets_the_url_as_requested() {
    let api = NotesApi::new();
    let event =
        GatewayEvent::new("POST", "/api/notes/hook?k=1").text("application/x-www-form-urlencoded", "Body=s%C3%AD");
    let answer = api.call(&event).await;
    assert_eq!(answer.json["url"], "/api/notes/hook?k=1");
    assert_eq!(answer.json["form"], "Body=s%C3%AD");
    assert_eq!(answer.json["request_id"], answer.header("x-request-id"));
    let answer = api.call(&event.v2()).await;
    assert_eq!(answer.json["url"], "/prod/api/notes/hook?k=1");
}

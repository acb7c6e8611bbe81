use super::*;
use http::{HeaderMap, StatusCode};
use serde_json::json;

fn watch_after(body: &Value) -> LeakWatch {
    let watch = LeakWatch::default();
    let request = Request::builder().uri("/api/patients/?search=Quispe").header("authorization", "Bearer a.token.here");
    watch.learn_request(&request.body(Bytes::from(body.to_string())).unwrap());
    watch
}

fn lucia() -> LeakWatch {
    watch_after(&json!({ "first_name": "Lucía Belén", "document_number": "30.123.456", "birth_date": "1980-02-29",
        "phone_number": "+54 9 11 2345-6789", "email": "lucia@example.com", "notes": "alergia a la penicilina",
        "contacts": [{ "emergency_contact": "Ramón" }], "page_size": "harmless" }))
}

/// Each of these lines would fail the test in which it is logged.
#[test]
fn a_log_line_with_a_marker_is_found() {
    for line in [
        json!({ "message": "no such patient: LUCIA BELEN!" }),
        json!({ "message": "x", "reason": "30.123.456 is taken" }),
        json!({ "message": "x", "spans": [{ "born": "1980-02-29" }] }),
        json!({ "message": "whatsapp:+541123456789" }),
        json!({ "url": "https://example.com/?q=lucia%40example.com&p=1" }),
        json!({ "message": "Some(\"alergia a la penicilina\")" }),
        json!({ "message": "Bearer a.token.here" }),
        json!({ "message": "searched for quispe" }),
        json!({ "message": "call Ramón" }),
    ] {
        let watch = lucia();
        watch.read_line(&line.to_string());
        assert_eq!((watch.take_findings().len(), watch.lines()), (1, 1), "{line}");
        assert!(watch.take_findings().is_empty(), "it is reported once");
    }
    let watch = lucia();
    watch.read_line("no JSON, and Lucía Belén in it");
    assert_eq!(watch.take_findings().len(), 1);
}

#[test]
fn a_line_that_only_resembles_a_marker_is_not_found() {
    let watch = lucia();
    for line in [
        json!({ "timestamp": "1980-02-29", "message": "request", "milliseconds": 30_123_456 }),
        json!({ "message": "Lucía Belénica", "id": "01940000-3012-7000-8000-000000000001" }),
        json!({ "message": "harmless" }),
    ] {
        watch.read_line(&line.to_string());
    }
    assert_eq!(watch.take_findings(), Vec::<String>::new());
}

fn answer(kind: &str, body: Value) -> TestResponse {
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().unwrap())]);
    TestResponse { status: StatusCode::OK, headers, body }
}

#[test]
fn problems_and_cursors_are_checked() {
    let watch = lucia();
    let problem = |body| answer("application/problem+json", body);
    watch.check_answer("", &problem(json!({ "title": "Lucía Belén", "errors": { "first_name": ["too long"] } })));
    assert!(watch.take_findings().is_empty(), "a constant that happens to be a name");
    watch.check_answer("", &problem(json!({ "errors": { "first_name": ["`Lucía Belén` is too long"] } })));
    assert_eq!(watch.take_findings().len(), 1);
    let offer = |member: &str| problem(json!({ "offers": [{ member: "Lucía Belén" }] }));
    watch.check_answer("", &offer("doctor_name"));
    assert!(watch.take_findings().is_empty(), "offers name the doctor and the room");
    watch.check_answer("", &offer("patient_name"));
    assert_eq!(watch.take_findings().len(), 1);

    let page = |next: &str| answer("application/json", json!({ "next": next, "results": [] }));
    watch.check_answer("search=quispe", &page("/api/patients/?search=quispe&cursor=c2VhbGVk"));
    assert!(watch.take_findings().is_empty(), "what the client asked is the client's");
    let readable = URL_SAFE_NO_PAD.encode("\u{1}quispe#1");
    watch.check_answer("", &page(&format!("/api/patients/?cursor={readable}")));
    assert_eq!(watch.take_findings().len(), 1);
}

#[test]
fn personal_values_of_responses_become_markers() {
    let watch = LeakWatch::default();
    watch.check_answer(
        "",
        &answer("application/json", json!({ "refresh": "rt_abcdef", "user": { "email": "a@b.example" } })),
    );
    watch.read_line(r#"{"message":"rt_abcdef"}"#);
    watch.read_line(r#"{"message":"a@b.example"}"#);
    assert_eq!(watch.take_findings().len(), 2);
}

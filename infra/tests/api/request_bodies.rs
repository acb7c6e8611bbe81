//! Tests of request validation: all errors of a body or query are reported at once and in the caller's language.
//! The endpoints of patients stand for all others.

use crate::clinic_setup::ClinicSetup;
use crate::conventions::{error_fields, send_raw};
use crate::openapi_document::operations;
use http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn all_errors_of_a_body_are_named_at_once() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let answer = operator.post("/api/patients/", &json!({ "colour": "red", "notes": 7 })).await.unwrap();
    let answer = answer.expect_status(400).unwrap();
    assert_eq!(answer.code(), "validation_error");
    assert_eq!(
        error_fields(&answer),
        ["colour", "document_number", "first_name", "last_name", "notes", "phone_number"]
    );

    let answer = operator.put(&format!("/api/patients/{}/", setup.patient), &json!({})).await.unwrap();
    assert_eq!(error_fields(&answer), ["document_number", "first_name", "last_name", "phone_number"]);

    let answer = operator.patch(&format!("/api/patients/{}/", setup.patient), &json!({ "first_name": null })).await;
    assert_eq!(error_fields(&answer.unwrap().expect_status(400).unwrap()), ["first_name"]);

    let twice = r#"{"notes": "a", "notes": "b", "first_name": "x"}"#;
    let path = format!("/api/patients/{}/", setup.patient);
    let answer = send_raw(&setup, Method::PATCH, &path, "application/json", twice).await.expect_status(400).unwrap();
    assert_eq!((answer.code().as_str(), error_fields(&answer)), ("validation_error", vec!["notes".to_owned()]));
}

#[tokio::test]
async fn values_of_a_wrong_type_are_named() {
    let setup = ClinicSetup::new().await;
    let body = json!({
        "first_name": ["Lucía"], "last_name": 7, "document_number": {}, "phone_number": true,
        "whatsapp_opt_in": "yes", "birth_date": 19900101,
    });
    let answer = setup.operator().await.post("/api/patients/", &body).await.unwrap().expect_status(400).unwrap();
    let wanted = ["birth_date", "document_number", "first_name", "last_name", "phone_number", "whatsapp_opt_in"];
    assert_eq!(error_fields(&answer), wanted);
}

#[tokio::test]
async fn unknown_and_repeated_parameters_are_named() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    for (query, field) in [
        ("colour=red", "colour"),
        ("search=a&search=b", "search"),
        ("is_active=perhaps", "is_active"),
        ("page_size=0", "page_size"),
        ("page_size=201", "page_size"),
        ("page_size=ten", "page_size"),
    ] {
        let answer = operator.get(&format!("/api/patients/?{query}")).await.unwrap().expect_status(400).unwrap();
        assert_eq!(
            (answer.code().as_str(), error_fields(&answer)),
            ("validation_error", vec![field.to_owned()]),
            "{query}"
        );
    }
    let path = format!("/api/patients/{}/?colour=red", setup.patient);
    assert_eq!(error_fields(&operator.get(&path).await.unwrap().expect_status(400).unwrap()), ["colour"]);
    assert_eq!(operator.get("/api/patients/?page_size=200").await.unwrap().status, 200);
}

#[tokio::test]
async fn only_one_json_object_of_bounded_size_is_read() {
    let setup = ClinicSetup::new().await;
    let post = |content_type, body: String| send_raw(&setup, Method::POST, "/api/patients/", content_type, body);
    for body in ["", "{", "[]", "7", "null", "{} {}", "{\"a\": 01}", "{'a': 1}"] {
        let answer = post("application/json", body.to_owned()).await.expect_status(400).unwrap();
        assert_eq!(answer.code(), "malformed", "{body:?}");
    }
    let deep = format!("{{\"notes\": {}{}}}", "[".repeat(32), "]".repeat(32));
    assert_eq!(post("application/json", deep).await.code(), "malformed");
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/merge-patch+json"] {
        let answer = post(kind, "{}".to_owned()).await.expect_status(415).unwrap();
        assert_eq!(answer.code(), "unsupported_media_type", "{kind}");
    }
    let large = json!({ "notes": "x".repeat(64 * 1024) }).to_string();
    assert_eq!(post("application/json", large).await.expect_status(413).unwrap().code(), "too_large");
    assert_eq!(post("application/json; charset=UTF-8", "{}".to_owned()).await.code(), "validation_error");
}

#[tokio::test]
async fn texts_are_trimmed_composed_and_bounded() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let path = format!("/api/patients/{}/", setup.patient);
    let kept = operator.patch(&path, &json!({ "first_name": "  Jose\u{301} ", "notes": "" })).await.unwrap();
    assert_eq!((kept.text("first_name").as_str(), &kept.body["notes"]), ("José", &Value::Null));
    for (field, value) in [
        ("first_name", "x".repeat(101)),
        ("first_name", "a\u{7}b".to_owned()),
        ("document_type", "x".repeat(21)),
        ("document_number", "1".repeat(51)),
        ("phone_number", "1".repeat(31)),
        ("address", "x".repeat(201)),
        ("emergency_contact", "x".repeat(101)),
        ("notes", "x".repeat(2001)),
    ] {
        let answer = operator.patch(&path, &json!({ field: value })).await.unwrap().expect_status(400).unwrap();
        assert_eq!(error_fields(&answer), [field]);
    }
}

#[tokio::test]
async fn a_problem_is_answered_in_three_languages() {
    let setup = ClinicSetup::new().await;
    let mut titles = Vec::new();
    for (accepted, language) in [("es-AR,es;q=0.9", "es"), ("en", "en"), ("pt-BR", "pt"), ("fr", "es"), ("*", "es")] {
        let operator = setup.operator().await.header("accept-language", accepted).unwrap();
        let answer =
            operator.header("x-request-id", "ask-1").unwrap().post("/api/patients/", &json!({})).await.unwrap();
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.header("content-language"), language, "{accepted}");
        assert_eq!((answer.status.as_u16(), &answer.body["status"]), (400, &json!(400)));
        assert_eq!((answer.code().as_str(), answer.text("instance").as_str()), ("validation_error", "ask-1"));
        for member in ["type", "title", "detail"] {
            assert!(!answer.text(member).is_empty(), "{member}");
        }
        titles.push((answer.text("title"), answer.body["errors"]["first_name"][0].clone()));
    }
    assert_eq!(titles[1].1, "This field is required.");
    assert_ne!(titles[0], titles[1]);
    assert_ne!(titles[0], titles[2]);
    assert_eq!((&titles[0], &titles[0]), (&titles[3], &titles[4]), "Spanish is the default");
}

/// Lists without paging take the paging parameters too.
#[tokio::test]
async fn every_list_names_an_invalid_page_size() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    for operation in operations() {
        let list = operation.text("operationId").starts_with("list_") && operation.access() == "operator";
        if !list {
            continue;
        }
        let answer = operator.get(&format!("{}?page_size=ten", operation.path_with_unknown_ids())).await.unwrap();
        assert_eq!(error_fields(&answer.expect_status(400).unwrap()), ["page_size"], "{}", operation.path);
    }
}

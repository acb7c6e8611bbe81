//! Tests of patients: their fields, the unique document, and that upcoming appointments prevent deactivation.

use crate::clinic_setup::{ClinicSetup, id, text};
use serde_json::{Value, json};

pub(crate) const LIST: &str = "/api/patients/";

pub(crate) fn complete_patient() -> Value {
    json!({
        "first_name": "José María", "last_name": "Núñez", "document_type": "DNI", "document_number": "30.555.666",
        "birth_date": "1980-02-29", "phone_number": "011 15 2345-6789", "email": "jose@example.com",
        "address": "Av. Siempreviva 742", "emergency_contact": "Marta", "emergency_phone": "+12025550155",
        "language": "pt", "whatsapp_opt_in": false, "notes": "Zurdo.\nAlérgico.", "is_active": true,
    })
}

#[tokio::test]
async fn every_field_of_a_patient_is_stored() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let made = operator.post(LIST, &complete_patient()).await.unwrap().expect_status(201).unwrap();
    let path = format!("{LIST}{}/", made.id());
    assert_eq!((made.header("location"), made.header("etag")), (path.clone(), "\"1\"".to_owned()));
    let mut wanted = complete_patient();
    wanted["id"] = json!(made.id());
    wanted["full_name"] = json!("José María Núñez");
    wanted["phone_number"] = json!("+5491123456789");
    wanted["phone_type"] = json!("mobile");
    for (field, value) in [("whatsapp_opt_in_at", "2025-12-01T12:00:00Z"), ("created_at", "2025-12-01T12:00:00Z")] {
        wanted[field] = json!(value);
    }
    wanted["updated_at"] = json!("2025-12-01T12:00:00Z");
    wanted["version"] = json!(1);
    assert_eq!(made.body, wanted);
    assert_eq!(operator.get(&path).await.unwrap().expect_status(200).unwrap().body, wanted);

    setup.app.set_now("2025-12-01T12:05:00Z").unwrap();
    let changed = operator.patch(&path, &json!({ "notes": null, "whatsapp_opt_in": true })).await.unwrap();
    wanted["notes"] = Value::Null;
    wanted["whatsapp_opt_in"] = json!(true);
    wanted["whatsapp_opt_in_at"] = json!("2025-12-01T12:05:00Z");
    wanted["updated_at"] = json!("2025-12-01T12:05:00Z");
    wanted["version"] = json!(2);
    assert_eq!(changed.expect_status(200).unwrap().body, wanted);
}

#[tokio::test]
async fn missing_fields_get_their_defaults() {
    let setup = ClinicSetup::new().await;
    let body =
        json!({ "first_name": "Ana", "last_name": "Gil", "document_number": "9", "phone_number": "+12025550160" });
    let operator = setup.operator().await;
    let made = operator.post(LIST, &body).await.unwrap().expect_status(201).unwrap();
    for (field, value) in [
        ("document_type", json!("CC")),
        ("language", json!("es")),
        ("whatsapp_opt_in", json!(true)),
        ("is_active", json!(true)),
        ("birth_date", Value::Null),
        ("email", Value::Null),
        ("address", Value::Null),
        ("emergency_contact", Value::Null),
        ("emergency_phone", Value::Null),
        ("notes", Value::Null),
    ] {
        assert_eq!(made.body[field], value, "{field}");
    }
    let path = format!("{LIST}{}/", made.id());
    operator.put(&path, &complete_patient()).await.unwrap().expect_status(200).unwrap();
    let replaced = operator.put(&path, &body).await.unwrap().expect_status(200).unwrap();
    assert_eq!((text(&replaced.body, "document_type").as_str(), &replaced.body["email"]), ("CC", &Value::Null));
}

#[tokio::test]
async fn read_only_and_invalid_values_are_refused() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    for (field, value) in [
        ("id", json!("x")),
        ("full_name", json!("x")),
        ("whatsapp_opt_in_at", json!("2025-12-01T12:00:00Z")),
        ("created_at", json!("2025-12-01T12:00:00Z")),
        ("updated_at", json!("2025-12-01T12:00:00Z")),
        ("version", json!(1)),
        ("first_name", json!("   ")),
        ("birth_date", json!("29/02/1980")),
        ("birth_date", json!("1981-02-29")),
        ("phone_number", json!("12")),
        ("phone_number", json!("+5400000")),
        ("emergency_phone", json!("hola")),
        ("email", json!("jose@")),
        ("language", json!("fr")),
    ] {
        let mut body = complete_patient();
        body[field] = value.clone();
        let answer = operator.post(LIST, &body).await.unwrap().expect_status(400).unwrap();
        let errors: Vec<&String> = answer.body["errors"].as_object().unwrap().keys().collect();
        assert_eq!(errors, [field], "{value}");
    }
}

#[tokio::test]
async fn a_document_is_unique_in_any_spelling() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let first = operator.post(LIST, &complete_patient()).await.unwrap().expect_status(201).unwrap();
    for number in ["30555666", "30 555-666", "30.555.666", "30–555—666", "30\u{2011}555\u{a0}666", "\u{202f}30·555·666"]
    {
        let mut twin = complete_patient();
        twin["document_number"] = json!(number);
        twin["document_type"] = json!("dni");
        let taken = operator.post(LIST, &twin).await.unwrap().expect_status(409).unwrap();
        assert_eq!((taken.code().as_str(), taken.text("field").as_str()), ("already_exists", "document_number"));
        assert_eq!(taken.text("existing_id"), first.id(), "all callers may see all patients");
    }
    let mut passport = complete_patient();
    passport["document_type"] = json!("Pasaporte");
    let other = operator.post(LIST, &passport).await.unwrap().expect_status(201).unwrap();
    let path = format!("{LIST}{}/", other.id());
    let taken = operator.patch(&path, &json!({ "document_type": "DNI" })).await.unwrap();
    assert_eq!((taken.status.as_u16(), taken.code().as_str()), (409, "already_exists"));
    operator.patch(&path, &json!({ "document_number": "X1" })).await.unwrap().expect_status(200).unwrap();
    operator.post(LIST, &passport).await.unwrap().expect_status(201).unwrap();
}

#[tokio::test]
async fn a_patient_with_upcoming_appointments_cannot_be_deactivated() {
    let setup = ClinicSetup::new().await;
    let appointment = setup.book("10:00").await;
    let path = format!("{LIST}{}/", setup.patient);
    let operator = setup.operator().await;
    for answer in [operator.delete(&path).await, operator.patch(&path, &json!({ "is_active": false })).await] {
        let refused = answer.unwrap().expect_status(409).unwrap();
        assert_eq!(refused.code(), "in_use");
        let listed = json!([{ "id": appointment["id"], "patient": setup.patient,
            "patient_name": appointment["patient_name"], "doctor_name": "Alicia Mora",
            "start_datetime": "2025-12-15T10:00:00-03:00", "end_datetime": "2025-12-15T10:30:00-03:00",
            "status": "PENDING" }]);
        assert_eq!((&refused.body["appointments"], &refused.body["others"]), (&listed, &json!(0)));
    }
    let cancel = json!({ "action": "cancel", "reason": "se muda" });
    setup.act(&id(&appointment), &cancel).await.expect_status(200).unwrap();
    operator.patch(&path, &json!({ "is_active": false })).await.unwrap().expect_status(200).unwrap();
    let refused = setup.try_book(setup.booking("2025-12-15T10:00:00-03:00")).await.expect_status(400).unwrap();
    assert!(refused.body["errors"]["patient"].is_array());
    operator.patch(&path, &json!({ "is_active": true })).await.unwrap().expect_status(200).unwrap();
    setup.book("10:00").await;
}

#[tokio::test]
async fn appointments_show_the_current_name() {
    let setup = ClinicSetup::new().await;
    let appointment = setup.book("10:00").await;
    let path = format!("{LIST}{}/", setup.patient);
    let renamed = setup.operator().await.patch(&path, &json!({ "last_name": "Gómez" })).await.unwrap();
    renamed.expect_status(200).unwrap();
    let now = setup.appointment(&id(&appointment)).await;
    assert_eq!(text(&now, "patient_name"), "Lucía Gómez");
    assert_eq!(now["version"], appointment["version"], "a copied name doesn't raise the appointment's version");
}

#[tokio::test]
async fn the_appointments_of_a_patient_are_listed_newest_first() {
    let setup = ClinicSetup::new().await;
    let early = id(&setup.book("09:00").await);
    let late = id(&setup.book("11:00").await);
    let path = format!("{LIST}{}/appointments/", setup.patient);
    assert_eq!(setup.list(&path).await.iter().map(id).collect::<Vec<_>>(), [late, early]);
    let unknown = "/api/patients/019b2f3e-7a10-7cc1-9d7e-0242ac120002/appointments/";
    assert_eq!(setup.operator().await.get(unknown).await.unwrap().status, 404);
}

#[tokio::test]
async fn a_patient_can_be_created_inactive() {
    let setup = ClinicSetup::new().await;
    let mut body = complete_patient();
    body["is_active"] = json!(false);
    let made = setup.create(LIST, &body).await;
    assert_eq!(made["is_active"], false);
    let mut booking = setup.booking("2025-12-15T10:00:00-03:00");
    booking["patient"] = made["id"].clone();
    assert_eq!(setup.try_book(booking).await.status, 400);
    let path = format!("{LIST}{}/", id(&made));
    let active = setup.operator().await.patch(&path, &json!({ "is_active": true })).await.unwrap();
    active.expect_status(200).unwrap();
    let mut booking = setup.booking("2025-12-15T10:00:00-03:00");
    booking["patient"] = made["id"].clone();
    setup.try_book(booking).await.expect_status(201).unwrap();
}

#[tokio::test]
async fn a_document_that_is_empty_without_punctuation_is_refused() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    for (field, value) in
        [("document_number", "."), ("document_number", "—"), ("document_number", "· -"), ("document_type", "-")]
    {
        let mut body = complete_patient();
        body[field] = json!(value);
        let refused = operator.post(LIST, &body).await.unwrap().expect_status(400).unwrap();
        let errors: Vec<&String> = refused.body["errors"].as_object().unwrap().keys().collect();
        assert_eq!(errors, [field], "{value}");
    }
    let path = format!("{LIST}{}/", setup.patient);
    operator.patch(&path, &json!({ "document_number": "–" })).await.unwrap().expect_status(400).unwrap();
}

/// The clinic is in Buenos Aires, three hours behind UTC.
#[tokio::test]
async fn a_date_of_birth_is_from_1900_to_today() {
    let setup = ClinicSetup::new().await;
    // A day that no log line of another test shows, since dates of birth must not be logged.
    setup.app.set_now("2026-03-17T12:00:00Z").unwrap();
    let path = format!("{LIST}{}/", setup.patient);
    let status = async |date: &str| {
        let answer = setup.operator().await.patch(&path, &json!({ "birth_date": date })).await.unwrap();
        if answer.status == 400 {
            assert!(answer.body["errors"]["birth_date"].is_array(), "{date}");
        }
        answer.status.as_u16()
    };
    for date in ["0001-01-01", "1899-12-31", "2026-03-18", "2026-03-19", "2062-01-01"] {
        assert_eq!(status(date).await, 400, "{date}");
        let mut body = complete_patient();
        body["birth_date"] = json!(date);
        setup.operator().await.post(LIST, &body).await.unwrap().expect_status(400).unwrap();
    }
    for date in ["1900-01-01", "1980-02-29", "2026-03-17"] {
        assert_eq!(status(date).await, 200, "{date}");
    }
    setup.app.set_now("2026-03-18T01:00:00Z").unwrap();
    assert_eq!(status("2026-03-18").await, 400, "it is the 17th there");
    setup.app.set_now("2026-03-18T04:00:00Z").unwrap();
    assert_eq!(status("2026-03-18").await, 200);
}

/// The old service's PUT has neither member.
#[tokio::test]
async fn a_put_without_consent_or_active_flag_leaves_them() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let made = operator.post(LIST, &complete_patient()).await.unwrap().expect_status(201).unwrap().id();
    let path = format!("{LIST}{made}/");
    let mut body = complete_patient();
    body["notes"] = json!("otra");
    for member in ["whatsapp_opt_in", "is_active"] {
        body.as_object_mut().unwrap().remove(member);
    }
    operator.patch(&path, &json!({ "is_active": false })).await.unwrap().expect_status(200).unwrap();
    let replaced = operator.put(&path, &body).await.unwrap().expect_status(200).unwrap().body;
    let flags = |body: &Value| (body["whatsapp_opt_in"].clone(), body["is_active"].clone(), text(body, "notes"));
    assert_eq!(flags(&replaced), (json!(false), json!(false), "otra".to_owned()));
    for (opt_in, is_active) in [(json!(true), json!(true)), (Value::Null, Value::Null)] {
        body["whatsapp_opt_in"] = opt_in;
        body["is_active"] = is_active;
        let replaced = operator.put(&path, &body).await.unwrap().expect_status(200).unwrap().body;
        assert_eq!(flags(&replaced), (json!(true), json!(true), "otra".to_owned()), "null is an omission");
    }
}

#[tokio::test]
async fn the_conflict_of_a_patient_who_comes_back_names_the_deactivated_one() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    let made = operator.post(LIST, &complete_patient()).await.unwrap().expect_status(201).unwrap().id();
    operator.delete(&format!("{LIST}{made}/")).await.unwrap().expect_status(204).unwrap();
    let taken = operator.post(LIST, &complete_patient()).await.unwrap().expect_status(409).unwrap();
    assert_eq!((taken.text("field"), taken.text("existing_id")), ("document_number".to_owned(), made.clone()));
    let change = json!({ "document_type": "dni", "document_number": "30–555–666" });
    let taken = operator.patch(&format!("{LIST}{}/", setup.patient), &change).await.unwrap();
    assert_eq!(taken.expect_status(409).unwrap().text("existing_id"), made);
    operator.get(&format!("{LIST}{made}/")).await.unwrap().expect_status(200).unwrap();
}

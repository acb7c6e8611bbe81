//! Tests of holidays of one clinic or of all clinics.

use crate::clinic_setup::{ClinicSetup, DAY, id, on_the_day, text};
use crate::schedules::windows_of_doctor;
use domain::user::Role;
use serde_json::{Value, json};

pub(crate) const HOLIDAYS: &str = "/api/clinics/holidays/";

async fn holiday_names(setup: &ClinicSetup, query: &str) -> Vec<String> {
    setup.list(&format!("{HOLIDAYS}{query}")).await.iter().map(|row| text(row, "name")).collect()
}

#[tokio::test]
async fn every_field_of_a_holiday_is_stored() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    let body = json!({ "clinic": setup.clinic, "date": "2025-12-16", "name": "Patrono" });
    let made = admin.post(HOLIDAYS, &body).await.unwrap().expect_status(201).unwrap();
    let wanted =
        json!({ "id": made.id(), "clinic": setup.clinic, "date": "2025-12-16", "name": "Patrono", "version": 1 });
    assert_eq!(made.body, wanted);
    let path = format!("{HOLIDAYS}{}/", made.id());
    assert_eq!(setup.operator().await.get(&path).await.unwrap().body, wanted);
    let changed = admin.patch(&path, &json!({ "date": DAY })).await.unwrap().expect_status(200).unwrap();
    assert_eq!((changed.text("date").as_str(), changed.header("etag").as_str()), (DAY, "\"2\""));
    assert!(windows_of_doctor(&setup, "date=2025-12-15").await.is_empty());
    admin.put(&path, &body).await.unwrap().expect_status(200).unwrap();
    assert_eq!(windows_of_doctor(&setup, "date=2025-12-15").await.len(), 1, "the day it was moved from is open again");
    let elsewhere = json!({ "clinic": null });
    assert_eq!(admin.patch(&path, &elsewhere).await.unwrap().status, 400, "the clinic can't be changed");
    admin.delete(&path).await.unwrap().expect_status(204).unwrap();
    assert_eq!(admin.get(&path).await.unwrap().status, 404);
    for (field, value) in [("date", json!("16/12/2025")), ("name", json!("")), ("clinic", json!("x"))] {
        let mut wrong = body.clone();
        wrong[field] = value;
        let answer = admin.post(HOLIDAYS, &wrong).await.unwrap().expect_status(400).unwrap();
        assert_eq!(answer.body["errors"].as_object().unwrap().keys().collect::<Vec<_>>(), [field]);
    }
}

#[tokio::test]
async fn holidays_are_listed_by_clinic_and_days() {
    let setup = ClinicSetup::new().await;
    let other = setup.add_clinic("Norte").await;
    for (clinic, date, name) in [
        (json!(setup.clinic), "2025-12-16", "Patrono"),
        (json!(other), "2025-12-17", "Mudanza"),
        (Value::Null, "2025-12-25", "Navidad"),
        (Value::Null, "2026-01-01", "Año Nuevo"),
    ] {
        setup.create(HOLIDAYS, &json!({ "clinic": clinic, "date": date, "name": name })).await;
    }
    assert_eq!(holiday_names(&setup, "").await, ["Patrono", "Mudanza", "Navidad", "Año Nuevo"]);
    assert_eq!(holiday_names(&setup, &format!("?clinic={other}")).await, ["Mudanza", "Navidad", "Año Nuevo"]);
    assert_eq!(holiday_names(&setup, "?date_from=2025-12-17&date_to=2025-12-25").await, ["Mudanza", "Navidad"]);
    assert_eq!(setup.admin().await.get(&format!("{HOLIDAYS}?date_from=x")).await.unwrap().status, 400);
}

#[tokio::test]
async fn a_holiday_has_no_availability() {
    for everywhere in [false, true] {
        let setup = ClinicSetup::new().await;
        let clinic = if everywhere { Value::Null } else { json!(setup.clinic) };
        setup.create(HOLIDAYS, &json!({ "clinic": clinic, "date": DAY, "name": "Fiesta" })).await;
        assert!(windows_of_doctor(&setup, "date=2025-12-15").await.is_empty());
        let refused = setup.try_book(setup.booking(&on_the_day("10:00"))).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "outside_availability"));
        // Other clinics are open, unless the holiday is for all.
        let other = setup.add_clinic("Norte").await;
        let room = setup.add_room(&other, "Consultorio 9").await;
        let doctor = setup.add_doctor("Bruno", "Paz").await;
        setup.add_window(&doctor, &room, DAY, "09:00", "13:00").await;
        let body = json!({ "patient": setup.patient, "doctor": doctor, "start_datetime": on_the_day("10:00") });
        assert_eq!(setup.try_book(body).await.status.as_u16(), if everywhere { 409 } else { 201 });
    }
}

#[tokio::test]
async fn a_holiday_is_a_day_in_the_clinics_time_zone() {
    let setup = ClinicSetup::new().await;
    let body = json!({ "name": "Tijuana", "timezone": "America/Tijuana" });
    let clinic = id(&setup.create("/api/clinics/clinics/", &body).await);
    let room = setup.add_room(&clinic, "Sala").await;
    setup.add_window(&setup.doctor, &room, DAY, "18:00", "23:00").await;
    setup.create(HOLIDAYS, &json!({ "date": "2025-12-16", "name": "Fiesta" })).await;
    // 22:00 of the 15th in Tijuana is 03:00 of the 16th in Buenos Aires, and 06:00 UTC.
    let late = setup.booking("2025-12-15T22:00:00-08:00");
    setup.try_book(late).await.expect_status(201).unwrap();
}

#[tokio::test]
async fn a_day_with_appointments_becomes_a_holiday_only_by_force() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let admin = setup.admin().await;
    let body = json!({ "date": DAY, "name": "Duelo" });
    let refused = admin.post(HOLIDAYS, &body).await.unwrap().expect_status(409).unwrap();
    assert_eq!((refused.code().as_str(), &refused.body["appointments"][0]["id"]), ("in_use", &json!(appointment)));
    admin.post(&format!("{HOLIDAYS}?force=true"), &body).await.unwrap().expect_status(201).unwrap();
    assert_eq!(setup.appointment(&appointment).await["needs_attention"], true);
}

#[tokio::test]
async fn an_admin_of_one_clinic_cannot_manage_holidays_of_others() {
    let setup = ClinicSetup::new().await;
    setup.app.add_user("jefa@example.com", Role::Admin, &[&setup.clinic]).await.unwrap();
    let chief = setup.app.sign_in("jefa@example.com").await.unwrap();
    let everywhere = json!({ "date": DAY, "name": "Fiesta" });
    assert_eq!(chief.post(HOLIDAYS, &everywhere).await.unwrap().status, 400);
    let made = setup.create(HOLIDAYS, &everywhere).await;
    let path = format!("{HOLIDAYS}{}/", id(&made));
    assert_eq!(chief.get(&path).await.unwrap().status, 200);
    assert_eq!(chief.delete(&path).await.unwrap().status, 403);
    let other = setup.add_clinic("Norte").await;
    let theirs = setup.create(HOLIDAYS, &json!({ "clinic": other, "date": DAY, "name": "Patrono" })).await;
    assert_eq!(chief.get(&format!("{HOLIDAYS}{}/", id(&theirs))).await.unwrap().status, 404);
    let own = json!({ "clinic": setup.clinic, "date": "2025-12-17", "name": "Patrono" });
    chief.post(HOLIDAYS, &own).await.unwrap().expect_status(201).unwrap();
}

#[tokio::test]
async fn a_clinic_has_one_holiday_on_a_day() {
    let setup = ClinicSetup::new().await;
    let admin = setup.admin().await;
    for clinic in [json!(setup.clinic), Value::Null] {
        let holiday = |date: &str| json!({ "clinic": clinic, "date": date, "name": "Fiesta" });
        let first = id(&setup.create(HOLIDAYS, &holiday("2025-12-24")).await);
        let second = id(&setup.create(HOLIDAYS, &holiday("2025-12-26")).await);
        let path = format!("{HOLIDAYS}{second}/");
        for refused in [
            admin.post(HOLIDAYS, &holiday("2025-12-24")).await,
            admin.post(&format!("{HOLIDAYS}?force=true"), &holiday("2025-12-24")).await,
            admin.patch(&path, &json!({ "date": "2025-12-24" })).await,
        ] {
            let refused = refused.unwrap().expect_status(409).unwrap();
            assert_eq!((refused.code().as_str(), refused.text("field").as_str()), ("already_exists", "date"));
            assert_eq!((refused.text("existing_id"), refused.text("existing_kind")), (first.clone(), "holiday".into()));
        }
        admin.patch(&path, &json!({ "name": "Otra" })).await.unwrap().expect_status(200).unwrap();
        // A day that is given up is free again.
        admin.patch(&path, &json!({ "date": "2025-12-27" })).await.unwrap().expect_status(200).unwrap();
        admin.delete(&format!("{HOLIDAYS}{first}/")).await.unwrap().expect_status(204).unwrap();
        for date in ["2025-12-24", "2025-12-26"] {
            setup.create(HOLIDAYS, &holiday(date)).await;
        }
        let at_once = holiday("2025-12-30");
        let (one, other) = tokio::join!(admin.post(HOLIDAYS, &at_once), admin.post(HOLIDAYS, &at_once));
        let mut statuses = [one.unwrap().status.as_u16(), other.unwrap().status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "not at the same time either");
    }
    let other = setup.add_clinic("Norte").await;
    setup.create(HOLIDAYS, &json!({ "clinic": other, "date": "2025-12-24", "name": "Fiesta" })).await;
}

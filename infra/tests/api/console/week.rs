//! The week of a doctor, and the slip of an appointment.

use super::{Visitor, html};
use crate::clinic_setup::{ClinicSetup, DAY, id};
use serde_json::json;

async fn operator(setup: &ClinicSetup) -> Visitor<'_> {
    Visitor::signed_in(&setup.app, "operator@example.com").await
}

/// The names above the columns.
fn columns(page: &str) -> Vec<String> {
    let heads = page.split("<h2 id=\"column-").skip(1).map(|rest| rest.split("</h2>").next().unwrap());
    heads.map(|head| head.split("title=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_week_has_a_column_for_each_day_with_hours_or_appointments() {
    let setup = ClinicSetup::new().await;
    setup.add_window(&setup.doctor, &setup.room, "2025-12-17", "09:00", "11:00").await;
    setup.add_window(&setup.doctor, &setup.room, "2025-12-22", "09:00", "11:00").await;
    let other = setup.add_doctor("Bruno", "Paz").await;
    let room = setup.add_room(&setup.clinic, "Consultorio 2").await;
    setup.add_window(&other, &room, "2025-12-16", "09:00", "10:00").await;
    setup.book("10:00").await;
    let visitor = operator(&setup).await;
    let path = format!("/week?clinic={}&doctor={}&from={DAY}", setup.clinic, setup.doctor);
    let page = visitor.get(&path).await;
    assert_eq!(columns(html(&page)), ["lunes 15 de diciembre", "miércoles 17 de diciembre"], "{page:?}");
    assert_eq!((html(&page).matches(" data-entry").count(), html(&page).matches(" data-slot").count()), (1, 7 + 4));
    assert!(html(&page).contains("<h1>Alicia Mora</h1>") && !html(&page).contains("hora de"), "{page:?}");
    let page = visitor.get(&path.replace(&setup.doctor, &other)).await;
    assert_eq!(columns(html(&page)), ["martes 16 de diciembre"], "{page:?}");
    // The agenda leads to it, and without a day it is the current week.
    let agenda = visitor.get(&format!("/agenda?clinic={}&date=2025-12-17", setup.clinic)).await;
    assert!(html(&agenda).contains(&path.replace('&', "&amp;")), "{agenda:?}");
    setup.app.set_now("2025-12-18T12:00:00Z").unwrap();
    let page = operator(&setup).await.get(&format!("/week?doctor={}", setup.doctor)).await;
    assert_eq!(columns(html(&page)).len(), 2, "{page:?}");
}

#[tokio::test]
async fn a_week_in_two_zones_says_whose_time_a_column_is() {
    let setup = ClinicSetup::new().await;
    let bogota =
        id(&setup.create("/api/clinics/clinics/", &json!({ "name": "Bogotá", "timezone": "America/Bogota" })).await);
    let room = setup.add_room(&bogota, "Consultorio B").await;
    setup.add_window(&setup.doctor, &room, "2025-12-16", "09:00", "10:00").await;
    let visitor = operator(&setup).await;
    let path = format!("/week?clinic={}&doctor={}&from={DAY}", setup.clinic, setup.doctor);
    let page = visitor.get(&path).await;
    assert_eq!(
        columns(html(&page)),
        ["lunes 15 de diciembre · hora de Centro", "martes 16 de diciembre · hora de Bogotá"],
        "{page:?}"
    );
    // A slot of the other clinic is booked there, at its own time.
    let slot = html(&page).split("data-slot").find(|slot| slot.contains("2025-12-16T09:00:00-05:00")).unwrap();
    assert!(slot.contains(&format!("data-clinic=\"{bogota}\"")), "{slot}");
    assert_eq!(html(&page).matches("data-clinic").count(), 2);
    assert!(html(&page).contains(&format!("/booking?clinic={bogota}&amp;doctor=")), "{page:?}");
}

#[tokio::test]
async fn an_unchanged_week_is_304() {
    let setup = ClinicSetup::new().await;
    let visitor = operator(&setup).await.as_script();
    let path = format!("/week/days?clinic={}&doctor={}&from={DAY}", setup.clinic, setup.doctor);
    let first = visitor.get(&path).await;
    let tag = first.header("etag");
    let again = async || visitor.send(http::Method::GET, &path, &[], &[("if-none-match", &tag)]).await;
    assert_eq!((first.status.as_u16(), again().await.status.as_u16()), (200, 304));
    setup.book("10:00").await;
    assert_eq!(again().await.status, 200);
}

/// In the patient's language, which isn't the user's.
#[tokio::test]
async fn the_slip_says_who_when_where_and_the_phone() {
    let setup = ClinicSetup::new().await;
    let clinic = json!({ "address": "Av. Siempreviva 742", "phone_number": "+541143211234" });
    let path = format!("/api/clinics/clinics/{}/", setup.clinic);
    setup.admin().await.patch(&path, &clinic).await.unwrap().expect_status(200).unwrap();
    let appointment = id(&setup.book("10:00").await);
    let visitor = operator(&setup).await;
    let path = format!("/appointments/{appointment}/slip");
    assert!(html(&visitor.get(&format!("/appointments/{appointment}")).await).contains(&format!("href=\"{path}\"")));
    let slip = |page: &str| page.split("<section lang=").nth(1).unwrap().split("</section>").next().unwrap().to_owned();
    let small = slip(html(&visitor.get(&path).await));
    for part in [
        "\"es\" class=\"slip roll\"",
        "Lucía Fernández",
        "lunes 15 de diciembre",
        "10:00",
        "Alicia Mora",
        "Consultorio 1",
        "Av. Siempreviva 742",
        "+541143211234",
        "Centro",
    ] {
        assert!(small.contains(part), "{part}: {small}");
    }
    assert!(!small.contains("30123456") && !small.contains("+12025550141"), "nothing else of the patient: {small}");
    let patient = format!("/api/patients/{}/", setup.patient);
    setup.operator().await.patch(&patient, &json!({ "language": "pt" })).await.unwrap().expect_status(200).unwrap();
    let large = slip(html(&visitor.get(&format!("{path}?size=a5")).await));
    assert!(large.contains("\"pt\" class=\"slip a5\"") && large.contains("segunda-feira"), "{large}");
}

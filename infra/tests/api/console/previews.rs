//! Tests that the console shows what a patient would get before it is sent.

use super::webdriver::{Browser, DESKTOP, Driver};
use super::{Visitor, html};
use crate::clinic_setup::{ClinicSetup, PHONE, id, on_the_day};
use crate::dev_server::DevServer;
use testkit::test_app::TestError;

const NOBODY: &str = "No se le avisa nada por WhatsApp.";

#[tokio::test]
async fn the_words_and_the_number_are_shown_before_an_action() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let visitor = Visitor::signed_in(&setup.app, "operator@example.com").await;
    let path = format!("/appointments/{appointment}/preview");
    let at = |time: &str| format!("{}|{}|{}|", setup.doctor, setup.room, on_the_day(time));
    let other = setup.add_patient("Rosa", "78", "+12025550178").await;
    setup
        .try_book(serde_json::json!({ "patient": other, "doctor": setup.doctor,
        "start_datetime": on_the_day("12:00") }))
        .await
        .expect_status(201)
        .unwrap();
    for (form, wanted) in [
        (vec![("action", "cancel"), ("told", "")], vec!["fue cancelada", PHONE]),
        (vec![("action", "cancel"), ("reason", "Viaja"), ("told", "")], vec!["fue cancelada"]),
        (vec![("action", "cancel"), ("told", "by_phone")], vec![NOBODY]),
        (vec![("action", "reschedule"), ("choice", &at("11:00"))], vec!["a las 11:00", "le recordamos", PHONE]),
        (vec![("action", "reschedule"), ("choice", &at("12:00"))], vec!["Horario ocupado"]),
    ] {
        let shown = visitor.post(&path, &form).await;
        assert_eq!(shown.status, 200, "{shown:?}");
        for words in wanted {
            assert!(html(&shown).contains(words), "{form:?}: {words}: {}", html(&shown));
        }
    }
    assert_eq!(setup.appointment(&appointment).await["status"], "PENDING");
}

#[tokio::test]
async fn a_booking_shows_its_messages_as_soon_as_a_patient_is_chosen() {
    let setup = ClinicSetup::new().await;
    let visitor = Visitor::signed_in(&setup.app, "operator@example.com").await;
    let start = on_the_day("10:00");
    let slot = [("clinic", setup.clinic.as_str()), ("doctor", &setup.doctor), ("room", &setup.room), ("start", &start)];
    let empty = visitor.post("/booking/preview", &slot).await;
    assert_eq!((empty.status.as_u16(), html(&empty)), (200, ""));
    let chosen: Vec<(&str, &str)> = slot.into_iter().chain([("patient", setup.patient.as_str())]).collect();
    let shown = visitor.post("/booking/preview", &chosen).await;
    assert!(html(&shown).contains("le recordamos") && html(&shown).contains(PHONE), "{}", html(&shown));
    let now: Vec<(&str, &str)> = chosen.iter().copied().chain([("told", "now")]).collect();
    let shown = visitor.post("/booking/preview", &now).await;
    assert!(html(&shown).find("quedó agendada") < html(&shown).find("le recordamos"), "{}", html(&shown));
    assert!(setup.list(&format!("/api/appointments/?patient={}", setup.patient)).await.is_empty());
}

/// In Chromium the words appear when the form is opened, and go where the patient is told otherwise.
#[tokio::test]
async fn the_form_of_a_cancellation_shows_the_words_when_it_is_opened() -> Result<(), TestError> {
    let Some(driver) = Driver::start() else { return Ok(()) };
    let server = DevServer::start(&["--memory"])?;
    let browser = Browser::open(&driver, server.url(), DESKTOP, true).await?;
    browser.sign_in().await?;
    browser.open_tomorrow().await?;
    browser.press(&["f"]).await?;
    browser.until("document.activeElement.matches('[data-slot]')").await?;
    browser.press(&["\u{e007}"]).await?;
    browser.until("document.activeElement.name === 'search' && document.activeElement.closest('#drawer')").await?;
    browser.press(&["f", "e", "r"]).await?;
    browser.until("document.querySelector('#drawer .choice input')").await?;
    browser.click("#drawer .choice input").await?;
    browser.until("document.querySelector('#drawer .message-preview, #drawer .preview p')").await?;
    browser.picture("booking-words").await?;
    browser.press(&["\u{e007}"]).await?;
    browser.until("document.querySelector('#drawer .badge.st-pending')").await?;
    browser.click("#drawer summary[data-key=x]").await?;
    browser.until("document.querySelector('#drawer .message-preview blockquote')").await?;
    browser.picture("cancel-words").await?;
    browser.check_accessibility("the words of a cancellation").await?;
    browser.click("#drawer input[value=by_phone]").await?;
    browser
        .until("!document.querySelector('#drawer .message-preview') && document.querySelector('#drawer .preview p')")
        .await?;
    browser.close().await
}

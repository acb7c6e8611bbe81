//! Conversations in Chromium.

use super::FakedConsole;
use super::webdriver::{Browser, DESKTOP, Driver};
use crate::clinic_setup::{ClinicSetup, id, text};
use crate::replies::{patient_says, reminded_setup};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::time::TimeDelta;
use serde_json::json;
use testkit::test_app::{PASSWORD, TestError};

const POLL: &str =
    "for (const part of document.querySelectorAll('[data-poll]')) part.dispatchEvent(new CustomEvent('poll'))";

async fn conversation(setup: &ClinicSetup, words: &str) -> String {
    patient_says(setup, words).await;
    let rows = setup.list("/api/notifications/inbound/").await;
    format!("/messages/{}", rows.iter().find(|row| text(row, "body") == words).map(id).unwrap())
}

/// A patient writes while the answer is being typed; a quick reply is added to it; the answer goes out with a key.
#[tokio::test]
async fn a_new_message_appears_beside_the_answer_that_is_being_typed() -> Result<(), TestError> {
    let Some(driver) = Driver::start() else { return Ok(()) };
    let (setup, _, _) = reminded_setup().await;
    let path = conversation(&setup, "quizás vaya, no sé").await;
    let console = FakedConsole::new(&setup.app);
    let replies =
        json!({ "next": null, "previous": null, "results": [{ "shortcut": "llegar", "text": "Belgrano 10" }] });
    console.answer("/quick-replies/", 200, &replies);
    console.answer("/reply/", 201, &json!({}));
    let browser = Browser::open(&driver, &console.serve().await?, DESKTOP, true).await?;
    browser.sign_in_as("operator@example.com", PASSWORD).await?;
    browser.until("location.pathname === '/agenda'").await?;
    browser.go(&path).await?;
    browser.until("document.querySelector('#beside button')").await?;
    browser.write("#answer textarea", "Venga a las 10.").await?;
    setup.app.advance(TimeDelta::minutes(1));
    patient_says(&setup, "¿me leen?").await;
    browser.run(POLL).await?;
    browser.until("document.querySelector('#chat').innerText.includes('¿me leen?')").await?;
    let field = "document.querySelector('#answer textarea')";
    assert_eq!(browser.run(&format!("return {field}.value")).await?, json!("Venga a las 10."));
    assert_eq!(browser.run(&format!("return document.activeElement === {field}")).await?, json!(true));
    // The latest message is in sight.
    let seen = "(box => box.bottom <= document.querySelector('.window').getBoundingClientRect().top + 1)([...document.querySelectorAll('#chat li')].at(-1).getBoundingClientRect())";
    browser.until(seen).await?;
    browser.click("#answer [data-text]").await?;
    assert_eq!(browser.run(&format!("return {field}.value")).await?, json!("Venga a las 10.\nBelgrano 10"));
    browser.picture("desktop-answer").await?;
    browser.check_accessibility("a conversation").await?;
    let key = browser.run("return document.querySelector('#answer [name=key]').value").await?;
    browser.press_together("\u{e009}", "\u{e007}").await?;
    browser.until("document.querySelector('#written .notice.good')").await?;
    assert_eq!(browser.run(&format!("return {field}.value")).await?, json!(""));
    let sent = console.requests().into_iter().find(|request| request.path.ends_with("/reply/")).ok_or("not sent")?;
    assert_eq!((&sent.body["body"], json!(sent.idempotency_key)), (&json!("Venga a las 10.\nBelgrano 10"), key));
    browser.close().await
}

/// The buttons beside the conversation change the appointment, and show it as it is then.
#[tokio::test]
async fn the_appointment_is_confirmed_beside_its_conversation() -> Result<(), TestError> {
    let Some(driver) = Driver::start() else { return Ok(()) };
    let (setup, appointment, _) = reminded_setup().await;
    let path = conversation(&setup, "quizás vaya, no sé").await;
    let console = FakedConsole::new(&setup.app);
    let browser = Browser::open(&driver, &console.serve().await?, DESKTOP, true).await?;
    browser.sign_in_as("operator@example.com", PASSWORD).await?;
    browser.until("location.pathname === '/agenda'").await?;
    browser.go(&path).await?;
    browser.until("document.querySelector('#beside [data-key=c]')").await?;
    browser.press(&["c"]).await?;
    browser.until("document.querySelector('#drawer .badge.st-confirmed')").await?;
    browser.until("document.querySelector('#beside .badge.st-confirmed')").await?;
    assert_eq!(text(&setup.appointment(&appointment).await, "status"), "CONFIRMED");
    browser.press(&["\u{e00c}"]).await?;
    browser
        .until("!document.querySelector('#drawer').childElementCount && document.activeElement.closest('#beside')")
        .await?;
    browser.close().await
}

/// One pixel.
const PICTURE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// The policy lets the browser load them from here.
#[tokio::test]
async fn a_picture_and_a_voice_note_are_loaded() -> Result<(), TestError> {
    let Some(driver) = Driver::start() else { return Ok(()) };
    let (setup, _, _) = reminded_setup().await;
    let path = conversation(&setup, "quizás vaya, no sé").await;
    let mut rows = setup.list("/api/notifications/inbound/").await;
    rows[0]["media"] = json!([{ "n": 0, "content_type": "image/png" }, { "n": 1, "content_type": "audio/ogg" }]);
    let console = FakedConsole::new(&setup.app);
    console.answer("/inbound/", 200, &json!({ "next": null, "previous": null, "results": rows }));
    console.answer_bytes("/media/0/", "image/png", &STANDARD.decode(PICTURE)?);
    console.answer_bytes("/media/1/", "audio/ogg", b"OggS");
    let browser = Browser::open(&driver, &console.serve().await?, DESKTOP, true).await?;
    browser.sign_in_as("operator@example.com", PASSWORD).await?;
    browser.until("location.pathname === '/agenda'").await?;
    browser.go(&path).await?;
    browser.until("document.querySelector('.thread img').naturalWidth === 1").await?;
    browser.run("const audio = document.querySelector('.thread audio'); audio.addEventListener('error', () => { window.tried = true; }); audio.preload = 'auto'; audio.load();").await?;
    browser.until("window.tried").await?;
    assert!(console.requests().iter().any(|request| request.path.ends_with("/media/1/")), "it was asked for");
    browser.check_accessibility("a conversation with media").await?;
    browser.close().await
}

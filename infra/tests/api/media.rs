//! Tests of the files that patients send: they are passed on from the provider, as what they are, and for a while only.

use crate::clinic_setup::{ClinicSetup, PHONE, id, text};
use crate::privacy::REASON;
use crate::replies::reminded_setup;
use bytes::Bytes;
use domain::time::TimeDelta;
use http::{Request, Response, StatusCode};
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};

const INBOUND: &str = "/api/notifications/inbound/";
/// As long as a file may be.
const LONGEST: usize = 4_500_000;

/// The patient sends files of these types, and the name of a file. Returns the message.
async fn send(setup: &ClinicSetup, media: &[&str]) -> Value {
    // The newest message is the first of the list.
    setup.app.advance(TimeDelta::seconds(1));
    let media = media.iter().map(|&it| it.to_owned()).collect();
    let reply = PatientReply { media, body: Some("archivo".into()), ..ClinicSetup::patient_reply() };
    setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
    setup.list(INBOUND).await.remove(0)
}

/// Reads a file as the operator.
async fn read(setup: &ClinicSetup, message: &str, n: &str) -> Response<Bytes> {
    let token = setup.token("operator@example.com").await;
    let request =
        Request::get(format!("{INBOUND}{message}/media/{n}/")).header("authorization", format!("Bearer {token}"));
    setup.app.system.gateway.call(request.body(Bytes::new()).unwrap()).await
}

async fn status(setup: &ClinicSetup, message: &str) -> StatusCode {
    read(setup, message, "0").await.status()
}

fn header(response: &Response<Bytes>, name: &str) -> String {
    response.headers()[name].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_picture_and_a_voice_note_are_passed_on() {
    let (setup, _, _) = reminded_setup().await;
    let message = send(&setup, &["image/png", "audio/ogg; codecs=opus"]).await;
    let listed = json!([{ "n": 0, "content_type": "image/png" }, { "n": 1, "content_type": "audio/ogg; codecs=opus" }]);
    assert_eq!((&message["media"], &message["from"]), (&listed, &json!(PHONE)));
    let message = id(&message);
    for (n, content_type, begins, extension) in
        [("0", "image/png", b"\x89PNG".as_slice(), "png"), ("1", "audio/ogg", b"OggS", "ogg")]
    {
        let file = read(&setup, &message, n).await;
        assert_eq!((file.status(), header(&file, "content-type")), (StatusCode::OK, content_type.to_owned()));
        assert!(file.body().starts_with(begins) && file.body().len() > 150, "{n}");
        assert_eq!(header(&file, "x-content-type-options"), "nosniff");
        assert_eq!(header(&file, "content-disposition"), format!("inline; filename=\"{message}-{n}.{extension}\""));
        assert_eq!(header(&file, "cache-control"), "no-store");
    }
    let trail = setup.list(&format!("/api/audit/?object_id={message}")).await;
    let reads: Vec<_> = trail.iter().map(|row| (text(row, "model"), text(row, "action"))).collect();
    assert_eq!(reads, [("inbound".to_owned(), "READ".to_owned()), ("inbound".to_owned(), "READ".to_owned())]);
    for n in ["2", "-1", "00x", "18446744073709551616"] {
        assert_eq!(read(&setup, &message, n).await.status(), StatusCode::NOT_FOUND, "{n}");
    }
}

/// Also where the provider says something else than before. What is refused by its type isn't even read.
#[tokio::test]
async fn what_is_no_picture_voice_note_or_pdf_is_refused() {
    let setup = ClinicSetup::new().await;
    let reads = || setup.app.twilio().unwrap().file_reads();
    for (content_type, expected) in [
        ("image/jpeg", 200),
        ("image/webp", 200),
        ("application/pdf", 200),
        ("IMAGE/PNG", 200),
        ("text/html", 415),
        ("image/svg+xml", 415),
        ("video/mp4", 415),
        ("audio/oggx", 415),
        ("", 415),
    ] {
        let before = reads();
        let message = id(&send(&setup, &[content_type]).await);
        let answer = read(&setup, &message, "0").await;
        assert_eq!(
            (answer.status().as_u16(), reads() - before),
            (expected, usize::from(expected == 200)),
            "{content_type}"
        );
        if expected == 415 {
            let problem: Value = serde_json::from_slice(answer.body()).unwrap();
            assert_eq!(problem["code"], "unsupported_media_type");
            assert!(text(&problem, "detail").contains("PDF"), "{problem}");
        }
    }
    let message = id(&send(&setup, &["image/png"]).await);
    setup.app.twilio().unwrap().replace_files("text/html", b"<script>".to_vec());
    assert_eq!(status(&setup, &message).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_file_that_does_not_fit_into_a_response_is_refused() {
    let setup = ClinicSetup::new().await;
    let message = id(&send(&setup, &["image/jpeg"]).await);
    for (length, expected) in [(LONGEST, 200), (LONGEST + 1, 413)] {
        setup.app.twilio().unwrap().replace_files("image/jpeg", vec![7; length]);
        let answer = read(&setup, &message, "0").await;
        assert_eq!(answer.status().as_u16(), expected);
        assert_eq!(answer.body().len() == length, expected == 200);
    }
    // Lambda's limit for the response with its headers.
    assert!(LONGEST.div_ceil(3) * 4 + 10_000 < 6 * 1024 * 1024);
}

/// The messages came at 09:00:01 on December 13. That of a stranger belongs to no clinic: the usual time holds.
#[tokio::test]
async fn after_the_days_of_the_clinic_a_file_is_gone() {
    let (setup, _, _) = reminded_setup().await;
    let message = id(&send(&setup, &["image/png"]).await);
    let stranger =
        PatientReply { from: "+5511987650000".into(), media: vec!["audio/ogg".into()], ..ClinicSetup::patient_reply() };
    setup.app.patient_writes(&stranger).await.unwrap();
    let messages = setup.list(INBOUND).await;
    let unknown = id(messages.iter().find(|row| row["from"] == "+5511987650000").unwrap());
    let clinic = format!("/api/clinics/clinics/{}/", setup.clinic);
    let change = json!({ "media_days": 7 });
    setup.admin().await.patch(&clinic, &change).await.unwrap().expect_status(200).unwrap();
    for (now, of_clinic, of_stranger) in [
        ("2025-12-20T09:00:00-03:00", 200, 200),
        ("2025-12-20T09:00:01-03:00", 404, 200),
        ("2026-01-12T09:00:00-03:00", 404, 200),
        ("2026-01-12T09:00:01-03:00", 404, 404),
    ] {
        setup.app.set_now(now).unwrap();
        let before = setup.app.twilio().unwrap().file_reads();
        let found = (status(&setup, &message).await.as_u16(), status(&setup, &unknown).await.as_u16());
        assert_eq!(found, (of_clinic, of_stranger), "{now}");
        let reads = [of_clinic, of_stranger].into_iter().filter(|status| *status == 200).count();
        assert_eq!(setup.app.twilio().unwrap().file_reads() - before, reads, "{now}");
    }
}

#[tokio::test]
async fn a_file_that_the_provider_deleted_is_gone() {
    let setup = ClinicSetup::new().await;
    let message = id(&send(&setup, &["image/png"]).await);
    assert_eq!(status(&setup, &message).await, StatusCode::OK);
    setup.app.twilio().unwrap().delete_files();
    assert_eq!(status(&setup, &message).await, StatusCode::NOT_FOUND);
}

/// A signed webhook names the URL. Only the provider's own is kept, so that no other host can be called.
#[tokio::test]
async fn a_file_at_another_host_is_not_kept() {
    let setup = ClinicSetup::new().await;
    let twilio = setup.app.twilio().unwrap();
    let reply = PatientReply { media: vec!["image/png".into()], ..ClinicSetup::patient_reply() };
    for (host, kept) in
        [("http://169.254.169.254", 0), ("https://api.twilio.com.evil.example", 0), ("https://api.twilio.com", 1)]
    {
        setup.app.advance(TimeDelta::seconds(1));
        let (mut form, _) = twilio.inbound_form(&reply);
        let url = &mut form.iter_mut().find(|(name, _)| name == "MediaUrl0").unwrap().1;
        let path = url.split_once("/2010").unwrap().1;
        *url = format!("{host}/2010{path}");
        setup.app.post_signed("/api/notifications/whatsapp/webhook/", &form).await.unwrap().expect_status(200).unwrap();
        let message = setup.list(INBOUND).await.remove(0);
        assert_eq!(message["media"].as_array().unwrap().len(), kept, "{host}");
        // The host of the settings is asked, whatever the URL said.
        let expected = if kept == 1 { StatusCode::OK } else { StatusCode::NOT_FOUND };
        assert_eq!(status(&setup, &id(&message)).await, expected, "{host}");
    }
}

#[tokio::test]
async fn after_an_erasure_no_file_is_passed_on() {
    let (setup, _, _) = reminded_setup().await;
    let message = id(&send(&setup, &["image/png"]).await);
    setup.app.set_now("2025-12-16T09:00:00-03:00").unwrap();
    assert_eq!(status(&setup, &message).await, StatusCode::OK);
    let erase = format!("/api/patients/{}/erase/", setup.patient);
    setup.admin().await.post(&erase, &json!({ "reason": REASON })).await.unwrap().expect_status(200).unwrap();
    let rows = setup.list(INBOUND).await;
    assert_eq!(rows.iter().find(|row| id(row) == message).unwrap()["media"], json!([]));
    assert_eq!(status(&setup, &message).await, StatusCode::NOT_FOUND);
}

//! Whose number a message came from: a patient who is found, or a new one.

use super::markup::check_part;
use super::messages::{STRANGER, inbound, open, operator, stranger_says};
use super::{hidden, html};
use crate::clinic_setup::{ClinicSetup, id};
use local::fake_twilio::PatientReply;

/// Their number is a patient's from then on: a known one's, or a new one's.
#[tokio::test]
async fn a_new_contact_is_a_known_patient_or_a_new_one() {
    let setup = ClinicSetup::new().await;
    stranger_says(&setup, "hola, soy Lucía").await;
    let message = id(&inbound(&setup, "hola, soy Lucía").await);
    let visitor = operator(&setup).await;
    let worklist = visitor.get("/worklist").await;
    let path = format!("/messages/{message}/link");
    assert!(html(&worklist).contains(&format!("href=\"{path}?back=worklist\"")), "{worklist:?}");
    let drawer = visitor.as_script().get(&format!("{path}?back=worklist")).await;
    assert!(html(&drawer).contains(STRANGER) && html(&drawer).contains("hola, soy Lucía"), "{drawer:?}");
    check_part(html(&drawer), "the drawer");
    // The search button of a page without a script.
    let found = visitor.post(&path, &[("search", "fernan"), ("back", "worklist"), ("key", "k")]).await;
    assert!(html(&found).contains(&format!("value=\"{}\"", setup.patient)), "{found:?}");
    let form = [("patient", setup.patient.as_str()), ("back", "worklist"), ("key", "k")];
    let linked = visitor.post(&path, &form).await;
    assert_eq!((linked.status.as_u16(), linked.header("location").as_str()), (303, "/worklist"));
    let patient = setup.operator().await.get(&format!("/api/patients/{}/", setup.patient)).await.unwrap();
    assert_eq!((patient.text("phone_number").as_str(), open(&setup).await.len()), (STRANGER, 0));

    // Another one, who is registered.
    let from = "+5491144445555";
    let reply = PatientReply { from: from.into(), body: Some("buenas".into()), ..ClinicSetup::patient_reply() };
    setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
    let message = id(&inbound(&setup, "buenas").await);
    let page = visitor.get(&format!("/messages/{message}")).await;
    assert!(html(&page).contains("Número desconocido</h1>"), "{page:?}");
    assert!(html(&page).contains("Para responder, diga antes") && !html(&page).contains("<textarea"), "{page:?}");
    let link = format!("/patients/new?inbound={message}");
    assert!(html(&page).contains(&format!("href=\"{link}\"")), "{page:?}");
    let form_page = visitor.get(&link).await;
    assert!(html(&form_page).contains(&format!("name=\"phone_number\" value=\"{from}\"")), "{form_page:?}");
    let key = hidden(html(&form_page), "key");
    let mut form = vec![("key", key.as_str()), ("inbound", &message), ("first_name", "Rosa"), ("last_name", "Paz")];
    form.extend([("phone_number", from), ("language", "es")]);
    let refused = visitor.post("/patients/new", &form).await;
    assert!(refused.status == 400 && hidden(html(&refused), "inbound") == message, "no document: {refused:?}");
    form.push(("document_number", "20111222"));
    let done = visitor.post("/patients/new", &form).await;
    assert_eq!(done.header("location"), format!("/messages/{message}?linked=1"), "{done:?}");
    assert_eq!(open(&setup).await.len(), 0);
    let page = visitor.get(&done.header("location")).await;
    assert!(html(&page).contains("<textarea"), "{page:?}");
    assert!(html(&page).contains("Rosa Paz</h1>") && html(&page).contains("quedó vinculado"), "{page:?}");
}

/// The number of a sender who hides it can't be linked: the form says so, and the new patient is there all the same.
#[tokio::test]
async fn a_hidden_number_is_not_linked_and_says_so() {
    let setup = ClinicSetup::new().await;
    let hidden_sender = "MX.1502998877665544";
    let reply = PatientReply { from: hidden_sender.into(), body: Some("hola?".into()), ..ClinicSetup::patient_reply() };
    setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
    let message = id(&inbound(&setup, "hola?").await);
    let visitor = operator(&setup).await;
    let path = format!("/messages/{message}/link");
    let refused = visitor.post(&path, &[("patient", setup.patient.as_str()), ("key", "k")]).await;
    assert!(refused.status == 400 && html(&refused).contains("role=\"alert\""), "{refused:?}");
    let page = visitor.get(&format!("/patients/new?inbound={message}")).await;
    assert!(html(&page).contains("name=\"phone_number\" value=\"\""), "{page:?}");
    let form = [
        ("key", "k2"),
        ("inbound", &message),
        ("first_name", "Rosa"),
        ("last_name", "Paz"),
        ("document_number", "20111222"),
        ("phone_number", "+525512345678"),
        ("language", "es"),
    ];
    let done = visitor.post("/patients/new", &form).await;
    assert!(done.header("location").ends_with("?saved=1&unlinked=1"), "{done:?}");
    let card = visitor.get(&done.header("location")).await;
    assert!(html(&card).contains("no se pudo vincular"), "{card:?}");
}

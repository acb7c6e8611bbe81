//! Conversations with patients: both directions, answers, and what stands beside them.

use super::markup::{check_page, check_part};
use super::{FakedConsole, Visitor, hidden, html};
use crate::clinic_setup::{ClinicSetup, PHONE, id, text};
use crate::replies::{patient_says, reminded_setup};
use domain::time::TimeDelta;
use http::Method;
use local::fake_twilio::PatientReply;
use serde_json::{Value, json};

pub(super) const STRANGER: &str = "+573001234567";

pub(super) async fn operator(setup: &ClinicSetup) -> Visitor<'_> {
    Visitor::signed_in(&setup.app, "operator@example.com").await
}

pub(super) async fn stranger_says(setup: &ClinicSetup, words: &str) {
    let reply = PatientReply { from: STRANGER.into(), body: Some(words.into()), ..ClinicSetup::patient_reply() };
    setup.app.patient_writes(&reply).await.unwrap().expect_status(200).unwrap();
}

/// A message by its text.
pub(super) async fn inbound(setup: &ClinicSetup, words: &str) -> Value {
    let rows = setup.list("/api/notifications/inbound/?page_size=200").await;
    rows.into_iter().find(|row| text(row, "body") == words).unwrap()
}

pub(super) async fn open(setup: &ClinicSetup) -> Vec<String> {
    let rows = setup.list("/api/notifications/inbound/?needs_attention=true").await;
    rows.iter().map(|row| text(row, "body")).collect()
}

/// A patient who isn't understood, so that a person is needed, and that message.
async fn waiting_setup() -> (ClinicSetup, String) {
    let (setup, _, _) = reminded_setup().await;
    for words in ["quizás vaya, no sé", "depende del tráfico", "¿hola?"] {
        setup.app.advance(TimeDelta::minutes(1));
        patient_says(&setup, words).await;
    }
    let message = id(&inbound(&setup, "¿hola?").await);
    (setup, message)
}

/// The texts of a chat with their sides, in order.
fn bubbles(page: &str) -> Vec<(&str, String)> {
    let items = page.split("<li class=\"").skip(1).filter_map(|item| item.split_once('"'));
    let items = items.filter(|(class, _)| ["theirs", "ours"].contains(class));
    items
        .map(|(class, rest)| {
            let text = rest.split_once("<p>").map_or("", |(_, text)| text.split('<').next().unwrap());
            (class, text.to_owned())
        })
        .collect()
}

#[tokio::test]
async fn a_conversation_has_both_directions_with_the_state_of_each_message() {
    let (setup, message) = waiting_setup().await;
    let visitor = operator(&setup).await;
    let page = visitor.get(&format!("/messages/{message}")).await;
    check_page(html(&page), "a conversation");
    let chat = bubbles(html(&page));
    assert_eq!(
        chat.first().map(|(side, text)| (*side, text.contains("le recordamos su cita en Centro"))),
        Some(("ours", true))
    );
    let theirs: Vec<&str> = chat.iter().filter(|(side, _)| *side == "theirs").map(|(_, text)| text.as_str()).collect();
    assert_eq!(theirs, ["quizás vaya, no sé", "depende del tráfico", "¿hola?"]);
    assert!(html(&page).contains("Lucía Fernández</h1>") && html(&page).contains(PHONE), "{page:?}");
    // The reminder was read, and said so; the answers were only sent.
    assert!(html(&page).matches("</span>enviado").count() >= 2, "{page:?}");
    let reminder = setup.app.outbox().unwrap().remove(0);
    let form = setup.app.twilio().unwrap().status_form(&reminder.sid, "read", None).unwrap();
    setup.app.post_signed("/api/notifications/whatsapp/status/", &form).await.unwrap();
    let part = visitor.as_script().get(&format!("/messages/{message}/chat")).await;
    check_part(html(&part), "the chat");
    assert!(html(&part).contains("✓✓ </span>leído"), "{part:?}");
}

/// The hours until the window closes are those since the patient's last message, whatever ours are.
#[tokio::test]
async fn the_window_closes_24_hours_after_the_last_message_of_the_patient() {
    let (setup, message) = waiting_setup().await;
    let path = format!("/messages/{message}/chat");
    let visitor = operator(&setup).await;
    let said = |page: &str| page.split("class=\"window\"").nth(1).unwrap().split("</p>").next().unwrap().to_owned();
    let first = visitor.get(&path).await;
    assert!(said(html(&first)).ends_with("Se puede responder hasta 14/12 09:03 · quedan 24 h"), "{first:?}");
    for (minutes, left) in [
        (60, "quedan 23 h"),
        (21 * 60, "quedan 2 h"),
        (57, "quedan 65 min"),
        (62, "quedan 5 min"),
        (1, "Pasaron 24 horas"),
    ] {
        setup.app.advance(TimeDelta::minutes(minutes));
        let page = operator(&setup).await.get(&path).await;
        assert!(said(html(&page)).contains(left), "{left}: {}", said(html(&page)));
    }
    // A new message opens it again.
    patient_says(&setup, "sigo aquí").await;
    let page = operator(&setup).await.get(&path).await;
    assert!(said(html(&page)).contains("quedan 24 h"), "{page:?}");
}

/// What was written while the page was open isn't settled with what the user saw.
#[tokio::test]
async fn settling_leaves_what_the_user_has_not_seen() {
    let setup = ClinicSetup::new().await;
    stranger_says(&setup, "hola").await;
    stranger_says(&setup, "quiero un turno").await;
    let message = id(&inbound(&setup, "hola").await);
    let visitor = operator(&setup).await.as_script();
    let part = visitor.get(&format!("/messages/{message}/chat")).await;
    let form_part = html(&part).split("<form").nth(1).unwrap().split("</form>").next().unwrap();
    let seen: Vec<&str> =
        form_part.split("name=\"seen\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(seen.len(), 2, "{part:?}");
    stranger_says(&setup, "¿me leen?").await;
    let form: Vec<(&str, &str)> = seen.iter().map(|id| ("seen", *id)).collect();
    let settled = visitor.post(&format!("/messages/{message}/settled"), &form).await;
    assert!(settled.status == 200 && html(&settled).contains("¿me leen?"), "{settled:?}");
    assert_eq!(open(&setup).await, ["¿me leen?"]);
    let listed = visitor.get("/messages/list").await;
    assert!(html(&listed).contains("<span class=\"count\">1</span>"), "{listed:?}");
}

/// The field for the answer isn't in what is asked for again, so what is typed stays.
#[tokio::test]
async fn an_unchanged_conversation_is_304_and_a_new_message_appears() {
    let (setup, message) = waiting_setup().await;
    // Between two hours of the window.
    setup.app.advance(TimeDelta::minutes(10));
    let visitor = operator(&setup).await.as_script();
    for path in [format!("/messages/{message}/chat"), format!("/messages/list?chosen={message}")] {
        let first = visitor.get(&path).await;
        assert!(!html(&first).contains("<textarea") && !html(&first).contains("<html"), "{first:?}");
        let tag = first.header("etag");
        setup.app.advance(TimeDelta::seconds(90));
        let again = visitor.send(Method::GET, &path, &[], &[("if-none-match", &tag)]).await;
        assert_eq!((again.status.as_u16(), html(&again)), (304, ""), "{path}");
        patient_says(&setup, &format!("otra cosa de {}", path.len())).await;
        let changed = visitor.send(Method::GET, &path, &[], &[("if-none-match", &tag)]).await;
        assert!(changed.status == 200 && html(&changed).contains("otra cosa de"), "{path}: {changed:?}");
    }
}

#[tokio::test]
async fn an_answer_is_sent_once_and_settles_what_was_seen() {
    let (setup, message) = waiting_setup().await;
    let console = FakedConsole::new(&setup.app);
    let visitor = Visitor::signed_in_at(&setup.app, &console, "operator@example.com").await;
    let page = visitor.get(&format!("/messages/{message}")).await;
    let other = id(&inbound(&setup, "depende del tráfico").await);
    let path = format!("/messages/{message}/reply");
    // Refused: what was typed stays, and so does the key.
    console.answer(
        "/reply/",
        503,
        &json!({ "title": "Ocupado", "status": 503, "code": "busy", "detail": "Un momento" }),
    );
    let key = hidden(html(&page).split("id=\"written\"").nth(1).unwrap(), "key");
    let form = [("body", "Sí, <venga> a las 10"), ("key", key.as_str()), ("seen", &message), ("seen", &other)];
    let refused = visitor.as_script().post(&path, &form).await;
    assert!(refused.status == 503 && html(&refused).contains("Sí, &lt;venga&gt; a las 10</textarea>"), "{refused:?}");
    assert_eq!(hidden(html(&refused), "key"), key);
    let problem = json!({ "title": "Datos no válidos", "status": 400, "code": "validation_error", "detail": "Revise",
        "errors": { "from": ["No es de un paciente."] } });
    console.answer("/reply/", 400, &problem);
    let refused = visitor.as_script().post(&path, &form).await;
    assert!(refused.status == 400 && html(&refused).contains("Teléfono: No es de un paciente."), "{refused:?}");
    let refused = visitor.post(&path, &form).await;
    assert!(refused.status == 400 && html(&refused).contains("a las 10</textarea>"), "{refused:?}");
    check_page(html(&refused), "a refused answer");
    for (status, word) in [(201, "Respuesta enviada."), (202, "Respuesta guardada.")] {
        console.answer("/reply/", status, &json!({ "status": "sent" }));
        let sent = visitor.as_script().post(&path, &form).await;
        assert!(sent.status == 200 && html(&sent).contains(word) && !html(&sent).contains("venga"), "{sent:?}");
        assert_ne!(hidden(html(&sent), "key"), key, "the next answer is another one");
        let query = if status == 201 { "sent" } else { "kept" };
        let led = visitor.post(&path, &form).await;
        assert_eq!(led.header("location"), format!("/messages/{message}?{query}=1"));
        assert!(html(&visitor.get(&led.header("location")).await).contains(word));
    }
    assert!(!open(&setup).await.contains(&"depende del tráfico".to_owned()), "{:?}", open(&setup).await);
    let replies: Vec<_> = console.requests().into_iter().filter(|request| request.path.ends_with("/reply/")).collect();
    assert_eq!(replies.len(), 7);
    for request in replies {
        assert_eq!((&request.body, request.idempotency_key), (&json!({ "body": "Sí, <venga> a las 10" }), key.clone()));
        assert_eq!(request.path, format!("/api/notifications/inbound/{message}/reply/"));
    }
}

/// Without a script a link draws the page with the text in the field; a deployment without quick replies shows none.
#[tokio::test]
async fn quick_replies_fill_the_field() {
    let (setup, message) = waiting_setup().await;
    let console = FakedConsole::new(&setup.app);
    let visitor = Visitor::signed_in_at(&setup.app, &console, "operator@example.com").await;
    let path = format!("/messages/{message}");
    let none = visitor.as_script().get(&format!("{path}/quick-replies")).await;
    assert_eq!((none.status.as_u16(), html(&none)), (200, ""));
    assert_eq!(visitor.get(&format!("{path}?quick=1")).await.status, 200);
    let replies = json!({ "next": null, "previous": null, "results": [
        { "shortcut": "llegar", "text": "Hola Lucía: estamos en \"Belgrano\" 10" },
        { "shortcut": "¿ayuno?", "text": "No hace falta ayuno" },
    ] });
    console.answer("/quick-replies/", 200, &replies);
    let part = visitor.as_script().get(&format!("{path}/quick-replies")).await;
    assert!(html(&part).contains("data-text=\"Hola Lucía: estamos en &quot;Belgrano&quot; 10\""), "{part:?}");
    check_part(html(&part), "quick replies");
    let link = html(&part).split("href=\"").nth(2).unwrap().split('"').next().unwrap();
    let page = visitor.get(link).await;
    assert!(html(&page).contains("No hace falta ayuno</textarea>"), "{link}: {page:?}");
    check_page(html(&page), "a page with a quick reply");
}

/// The card asks for the messages by itself; without a script they are a page.
#[tokio::test]
async fn the_card_of_a_patient_has_the_thread() {
    let (setup, _) = waiting_setup().await;
    let visitor = operator(&setup).await;
    let path = format!("/patients/{}/messages", setup.patient);
    let card = visitor.get(&format!("/patients/{}", setup.patient)).await;
    assert_eq!(html(&card).matches(&format!("=\"{path}\"")).count(), 2, "{card:?}");
    let part = visitor.as_script().get(&path).await;
    check_part(html(&part), "the thread");
    let chat = bubbles(html(&part));
    assert_eq!((chat[0].0, chat.last().map(|(side, _)| *side)), ("ours", Some("theirs")), "oldest first: {chat:?}");
    check_page(html(&visitor.get(&path).await), "the thread");
    let nobody = setup.add_patient("Ana", "77", "+12025550177").await;
    let part = visitor.as_script().get(&format!("/patients/{nobody}/messages")).await;
    assert!(html(&part).contains("Ningún mensaje con este paciente."), "{part:?}");
}

/// The appointment is there with the actions that are allowed now.
#[tokio::test]
async fn the_appointment_stands_beside_its_conversation() {
    let (setup, appointment, _) = reminded_setup().await;
    patient_says(&setup, "quizás vaya, no sé").await;
    let message = id(&inbound(&setup, "quizás vaya, no sé").await);
    let visitor = operator(&setup).await;
    let page = visitor.get(&format!("/messages/{message}")).await;
    let path = format!("/appointments/{appointment}/beside");
    assert!(html(&page).contains(&format!("hx-get=\"{path}\"")), "{page:?}");
    let part = visitor.as_script().get(&path).await;
    check_part(html(&part), "the appointment");
    assert!(html(&part).contains("value=\"confirm\"") && html(&part).contains("Pendiente"), "{part:?}");
    let form = [("action", "confirm"), ("version", &hidden(html(&part), "version")), ("key", "a")];
    assert_eq!(visitor.as_script().post(&format!("/appointments/{appointment}/actions"), &form).await.status, 200);
    let part = visitor.as_script().get(&path).await;
    assert!(html(&part).contains("Confirmada") && !html(&part).contains("value=\"confirm\""), "{part:?}");
}

/// A voice note is heard, a picture seen, a document saved; nothing else is passed through.
#[tokio::test]
async fn what_a_patient_sent_is_heard_and_seen() {
    let (setup, message) = waiting_setup().await;
    let console = FakedConsole::new(&setup.app);
    let visitor = Visitor::signed_in_at(&setup.app, &console, "operator@example.com").await;
    let path = format!("/messages/{message}");
    assert!(!html(&visitor.get(&path).await).contains("/media/"), "nothing was sent");
    let types = ["audio/ogg; codecs=opus", "image/jpeg", "application/pdf", "text/html"];
    let media: Vec<Value> = types.iter().enumerate().map(|(n, name)| json!({ "n": n, "content_type": name })).collect();
    let mut row = inbound(&setup, "¿hola?").await;
    row["media"] = json!(media);
    console.answer("/inbound/", 200, &json!({ "next": null, "previous": null, "results": [row] }));
    let page = visitor.get(&path).await;
    for part in [
        format!("<audio controls preload=\"none\" src=\"{path}/media/0\""),
        format!("<img src=\"{path}/media/1\" alt=\"Imagen del paciente\""),
        format!("<a href=\"{path}/media/2\">Documento PDF</a>"),
    ] {
        assert!(html(&page).contains(&part), "{part}: {page:?}");
    }
    assert!(!html(&page).contains("/media/3"), "{page:?}");
    check_page(html(&page), "media");
    assert!(page.header("content-security-policy").contains("media-src 'self'"));
    // Bytes that are no text.
    let bytes = [0x89, b'P', 0xff, 0xfe, 0x00, b'G'];
    for (given, shown, disposition) in [
        ("image/png", "image/png", "inline"),
        ("audio/ogg; codecs=opus", "audio/ogg", "inline"),
        ("application/pdf", "application/pdf", "attachment; filename="),
    ] {
        console.answer_bytes("/media/1/", given, &bytes);
        let (answer, body) = console.call_for_bytes(visitor.request(&format!("{path}/media/1"))).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type"), &body[..]), (200, shown.into(), &bytes[..]));
        assert!(answer.header("content-disposition").starts_with(disposition), "{answer:?}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    for (refused, status) in [("text/html", 404), ("image/svg+xml", 404), ("", 404)] {
        console.answer_bytes("/media/1/", refused, b"<script>x()</script>");
        let answer = visitor.get(&format!("{path}/media/1")).await;
        assert!(answer.status == status && !html(&answer).contains("<script>x"), "{refused}: {answer:?}");
    }
    console.answer("/media/2/", 404, &json!({ "status": 404, "code": "not_found" }));
    assert_eq!(visitor.get(&format!("{path}/media/2")).await.status, 404, "its days are over");
    assert_eq!(Visitor::new(&setup.app).get(&format!("{path}/media/1")).await.status, 303, "nobody is signed in");
}

//! Every screen, for each kind of user and in each language.

use super::markup::{check_links, check_page, check_part};
use super::{FakedConsole, Visitor, html};
use crate::clinic_setup::{ClinicSetup, DAY, id};
use domain::user::Role;
use http::Method;
use std::fmt::Write as _;
use testkit::test_app::{TestApp, TestError};

/// Every screen that is read, with the ids of a setup.
async fn screens(setup: &ClinicSetup) -> Vec<(&'static str, String)> {
    let appointment = setup.book("10:00").await["id"].as_str().unwrap().to_owned();
    // Of no clinic, so that everybody sees it.
    setup.patient_writes("¿Puedo ir en ayunas?").await.expect_status(200).unwrap();
    let message = id(&setup.list("/api/notifications/inbound/").await[0]);
    let (clinic, patient) = (&setup.clinic, &setup.patient);
    let start = "2025-12-15T11:00:00-03:00";
    let slot = format!("clinic={clinic}&doctor={}&room={}&start={start}&end=", setup.doctor, setup.room);
    vec![
        ("/sign-in", "/sign-in".to_owned()),
        ("/account", "/account".to_owned()),
        ("/agenda", format!("/agenda?clinic={clinic}&date={DAY}")),
        ("/agenda by room", format!("/agenda?clinic={clinic}&date={DAY}&by=room&cancelled=1")),
        ("/agenda of an empty day", format!("/agenda?clinic={clinic}&date=2025-12-16")),
        ("/agenda/print", format!("/agenda/print?clinic={clinic}&date={DAY}")),
        ("/booking", format!("/booking?{}", slot.replace('+', "%2B"))),
        ("/appointments/{id}", format!("/appointments/{appointment}")),
        ("/appointments/{id}/move", format!("/appointments/{appointment}/move")),
        ("/appointments/{id}/again", format!("/appointments/{appointment}/again?date_from={DAY}")),
        ("/patients", "/patients".to_owned()),
        ("/patients/new", "/patients/new".to_owned()),
        ("/patients/{id}", format!("/patients/{patient}")),
        ("/patients/{id}/edit", format!("/patients/{patient}/edit")),
        ("/worklist", "/worklist".to_owned()),
        ("/worklist of all", "/worklist?all=1".to_owned()),
        ("/messages", "/messages".to_owned()),
        ("/messages/{id}", format!("/messages/{message}")),
        ("/messages/{id}/link", format!("/messages/{message}/link")),
        ("/patients/{id}/messages", format!("/patients/{patient}/messages")),
        ("/week", format!("/week?clinic={clinic}&doctor={}&from={DAY}", setup.doctor)),
        ("/week of another", format!("/week?clinic={clinic}&from=2025-12-22")),
        ("/appointments/{id}/slip", format!("/appointments/{appointment}/slip")),
        ("/appointments/{id}/slip on A5", format!("/appointments/{appointment}/slip?size=a5")),
    ]
}

#[tokio::test]
async fn every_page_has_labels_and_no_inline_style_or_handler() {
    let setup = ClinicSetup::new().await;
    let screens = screens(&setup).await;
    let visitor = Visitor::signed_in(&setup.app, "operator@example.com").await;
    for language in ["es", "pt", "en"] {
        visitor.post("/account/language", &[("language", language)]).await;
        for (name, path) in &screens {
            let answer = visitor.get(path).await;
            assert_eq!(answer.status, 200, "{name}: {answer:?}");
            let what = format!("{name} in {language}");
            check_page(html(&answer), &what);
            assert!(html(&answer).contains(&format!("<html lang=\"{language}\">")), "{what}");
            check_links(html(&answer), "/", &what);
        }
    }
    let day = format!("/agenda/day?clinic={}&date={DAY}", setup.clinic);
    let week = format!("/week/days?clinic={}&doctor={}&from={DAY}", setup.clinic, setup.doctor);
    for path in [&screens[7].1, &screens[8].1, &day, &week] {
        let answer = visitor.as_script().get(path).await;
        assert!(answer.status == 200 && !html(&answer).contains("<html"), "{path}: {answer:?}");
        check_part(html(&answer), path);
    }
}

/// In AWS each call is an invocation, and a page waits for two rounds of three at most.
#[tokio::test]
async fn a_page_calls_the_api_six_times_at_most() {
    let setup = ClinicSetup::new().await;
    let screens = screens(&setup).await;
    let console = FakedConsole::new(&setup.app);
    let visitor = Visitor::signed_in_at(&setup.app, &console, "operator@example.com").await;
    for (name, path) in &screens {
        let before = console.calls();
        assert_eq!(visitor.get(path).await.status, 200, "{name}");
        let calls = console.calls() - before;
        assert!(calls <= 6 && (calls > 0 || *name == "/sign-in"), "{name}: {calls} calls");
    }
}

#[tokio::test]
async fn every_answer_forbids_inline_scripts_frames_and_caches() {
    let setup = ClinicSetup::new().await;
    let visitor = Visitor::signed_in(&setup.app, "operator@example.com").await;
    let mut paths: Vec<String> = screens(&setup).await.into_iter().map(|(_, path)| path).collect();
    paths.extend(["/nothing".to_owned(), "/appointments/0194".to_owned()]);
    for path in paths {
        let answer = visitor.get(&path).await;
        for part in
            ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]
        {
            assert!(answer.header("content-security-policy").contains(part), "{path}: {part}");
        }
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
}

/// What each kind of user gets from each screen. `INSTA_UPDATE=always` accepts a changed table; review the diff.
#[tokio::test]
async fn who_sees_which_screen() -> Result<(), TestError> {
    let setup = ClinicSetup::new().await;
    let screens = screens(&setup).await;
    let other = setup.add_clinic("Norte").await;
    setup.app.add_user("norte@example.com", Role::Operator, &[&other]).await?;
    let app = &setup.app;
    let callers = [
        ("nobody", Visitor::new(app)),
        ("operator", Visitor::signed_in(app, "operator@example.com").await),
        ("operator of another clinic", Visitor::signed_in(app, "norte@example.com").await),
        ("ADMIN", Visitor::signed_in(app, "admin@example.com").await),
    ];
    let mut table = String::new();
    for (name, path) in &screens {
        write!(table, "{name:<31}")?;
        for (caller, visitor) in &callers {
            let answer = visitor.get(path).await;
            let lucia = if html(&answer).contains("Lucía") { " Lucía" } else { "" };
            write!(table, " | {caller}: {}{lucia}", answer.status.as_u16())?;
        }
        writeln!(table)?;
    }
    insta::assert_snapshot!(table);
    Ok(())
}

#[tokio::test]
async fn an_unknown_path_says_so_and_one_of_the_api_in_json() -> Result<(), TestError> {
    let app = TestApp::start().await?;
    let visitor = Visitor::new(&app);
    let answer = visitor.get("/nothing").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type").as_str()), (404, "text/html; charset=utf-8"));
    check_page(html(&answer), "/nothing");
    let answer = visitor.get("/api/nothing/").await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not_found"), "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let answer = visitor.post("/agenda", &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("allow").as_str()), (405, "GET, HEAD"), "{answer:?}");
    let answer = visitor.send(Method::HEAD, "/sign-in", &[], &[]).await;
    assert_eq!((answer.status.as_u16(), html(&answer)), (200, ""));
    Ok(())
}

/// The first page is small, and its assets are kept for good.
#[tokio::test]
async fn assets_are_immutable_and_an_old_one_is_gone() -> Result<(), TestError> {
    let app = TestApp::start().await?;
    let visitor = Visitor::new(&app);
    let page = visitor.get("/sign-in").await;
    let links: Vec<&str> = html(&page).split('"').filter(|text| text.starts_with("/a/")).collect();
    assert_eq!(links.len(), 2, "style sheet and script: {links:?}");
    for link in links {
        let asset = visitor.get(link).await;
        assert_eq!(
            (asset.status.as_u16(), asset.header("cache-control").as_str()),
            (200, "public, max-age=31536000, immutable")
        );
        let hash = link.split('/').nth(2).unwrap();
        assert_eq!(visitor.get(&link.replace(hash, "0000000000000000")).await.status, 404);
    }
    Ok(())
}

/// A part that is asked for every half minute has no body where nothing changed.
#[tokio::test]
async fn an_unchanged_day_is_304_and_a_changed_one_is_not() {
    let setup = ClinicSetup::new().await;
    let visitor = Visitor::signed_in(&setup.app, "operator@example.com").await.as_script();
    let path = format!("/agenda/day?clinic={}&date={DAY}", setup.clinic);
    let first = visitor.get(&path).await;
    let tag = first.header("etag");
    assert!(first.status == 200 && tag.len() == 18, "{tag}");
    let again = visitor.send(Method::GET, &path, &[], &[("if-none-match", &tag)]).await;
    assert_eq!((again.status.as_u16(), html(&again)), (304, ""));
    setup.book("10:00").await;
    let changed = visitor.send(Method::GET, &path, &[], &[("if-none-match", &tag)]).await;
    assert!(changed.status == 200 && html(&changed).contains("Lucía"), "{changed:?}");
}

/// The times are the clinic's, whatever the zone of the server and the browser.
#[tokio::test]
async fn the_agenda_shows_appointments_free_slots_and_blocks() {
    let setup = ClinicSetup::new().await;
    setup.book("10:00").await;
    setup
        .create(
            "/api/schedules/blocks/",
            &serde_json::json!({ "doctor": setup.doctor, "start_datetime": format!("{DAY}T11:00"),
                "end_datetime": format!("{DAY}T12:00"), "reason": "Reunión de equipo" }),
        )
        .await;
    let visitor = Visitor::signed_in(&setup.app, "operator@example.com").await;
    let page = visitor.get(&format!("/agenda?clinic={}&date={DAY}", setup.clinic)).await;
    let page = html(&page);
    assert_eq!(page.matches(" data-entry").count(), 1);
    // 09:00 to 13:00 in half hours, less the appointment and the two of the block.
    assert_eq!(page.matches(" data-slot").count(), 5, "{page}");
    assert_eq!(page.matches("Reunión de equipo").count(), 1, "two slots are one block");
    assert!(page.contains("class=\"closed h2 t1\""), "from 11:00 to 12:00");
    // The second hour of a board that begins at 09:00 is 10:00; six rows are half an hour.
    assert!(page.contains("class=\"entry st-pending h1 s6\""), "{page}");
    assert!(page.contains(">09:30</a>") && !page.contains(">10:00</a>") && !page.contains(">11:30</a>"));
    assert!(page.contains("Lunes 15 de diciembre") || page.contains("lunes 15 de diciembre"));
    let by_room = visitor.get(&format!("/agenda?clinic={}&date={DAY}&by=room", setup.clinic)).await;
    assert!(html(&by_room).contains(">Consultorio 1</h2>"), "{by_room:?}");
    let hidden = visitor.get(&format!("/agenda?clinic={}&date={DAY}&hide={}", setup.clinic, setup.doctor)).await;
    assert!(!html(&hidden).contains(" data-entry"));
}

//! Pictures of every screen, to be looked at in `target/console/`.

use super::browser::a_stranger_writes;
use super::webdriver::{Browser, DESKTOP, Driver, PHONE};
use crate::dev_server::DevServer;
use testkit::test_app::TestError;

/// Pictures of every screen, on the clinic's PC and on a phone. Nothing is wider than the window.
#[tokio::test]
async fn pictures_of_every_screen() -> Result<(), TestError> {
    let Some(driver) = Driver::start() else { return Ok(()) };
    let server = DevServer::start(&["--memory", "--seed", "day", "--now", "2027-01-18T15:30:00Z"])?;
    for words in [
        "Hola, buenos días",
        "¿Atienden a niños? Quisiera pedir un turno para mi hija de 6 años, si puede ser por la tarde",
    ] {
        a_stranger_writes(&server, words).await?;
    }
    for (size, name) in [(DESKTOP, "desktop"), (PHONE, "phone")] {
        let browser = Browser::open(&driver, server.url(), size, true).await?;
        browser.go("/sign-in").await?;
        browser.picture(&format!("{name}-sign-in")).await?;
        browser.sign_in().await?;
        browser.open_tomorrow().await?;
        for path in ["/agenda", "/messages", "/patients", "/patients/new", "/worklist", "/account", "/nothing"] {
            browser.go(path).await?;
            let screen = path.trim_start_matches('/').replace('/', "-");
            browser.picture(&format!("{name}-{screen}")).await?;
            browser.check_accessibility(&format!("{path} on a {name}")).await?;
            let wide = browser.run("return document.documentElement.scrollWidth - innerWidth").await?;
            assert!(wide.as_i64().is_some_and(|wide| wide <= 0), "{path} on a {name} is {wide} px too wide");
        }
        browser.go("/agenda").await?;
        browser.until("document.querySelector('#day [data-slot]')").await?;
        browser.run("document.querySelector('[data-slot]').click()").await?;
        browser.picture(&format!("{name}-booking")).await?;
        browser.check_accessibility(&format!("booking on a {name}")).await?;
        browser
            .run("document.querySelector('[data-close]').click(); document.querySelector('[data-entry]').click()")
            .await?;
        browser.until("document.querySelector('#drawer .badge')").await?;
        browser.picture(&format!("{name}-appointment")).await?;
        let week = browser.run("return document.querySelector('.column h2 a').getAttribute('href')").await?;
        let slip = browser.run("return document.querySelector('#drawer a[href$=slip]').getAttribute('href')").await?;
        let (week, slip) = (week.as_str().ok_or("no week")?, slip.as_str().ok_or("no slip")?);
        for (path, screen) in [(week, "week"), (slip, "slip"), (&format!("{slip}?size=a5"), "slip-a5")] {
            browser.go(path).await?;
            browser.picture(&format!("{name}-{screen}")).await?;
            browser.check_accessibility(&format!("{screen} on a {name}")).await?;
            let wide = browser.run("return document.documentElement.scrollWidth - innerWidth").await?;
            assert!(wide.as_i64().is_some_and(|wide| wide <= 0), "{screen} on a {name} is {wide} px too wide");
        }
        browser.go("/agenda").await?;
        browser.until("document.querySelector('#day [data-entry]')").await?;
        browser.run("document.querySelector('[data-entry]').click()").await?;
        browser.until("document.querySelector('#drawer .badge')").await?;
        browser.check_accessibility(&format!("appointment on a {name}")).await?;
        let card = browser
            .run("return document.querySelector('#drawer a[href^=\"/patients/\"]').getAttribute('href')")
            .await?;
        browser.go(card.as_str().ok_or("no card")?).await?;
        browser.until("document.querySelector('.thread, [hx-get$=messages] .quiet')").await?;
        browser.picture(&format!("{name}-patient")).await?;
        browser.check_accessibility(&format!("patient on a {name}")).await?;
        conversations(&browser, name).await?;
        browser.close().await?;
    }
    Ok(())
}

/// That of a patient with an appointment, and that of a new contact with the drawer that says whose number it is.
async fn conversations(browser: &Browser, name: &str) -> Result<(), TestError> {
    let links =
        "return [...document.querySelectorAll('#inbox a')].map(link => [link.getAttribute('href'), link.innerText])";
    browser.go("/messages").await?;
    let links: Vec<(String, String)> = serde_json::from_value(browser.run(links).await?)?;
    let of = |words: &str| links.iter().find(|(_, text)| text.contains(words)).map(|(link, _)| link.clone());
    let (known, new) = (of("necesito hablar").ok_or("no patient")?, of("¿Atienden").ok_or("no stranger")?);
    let ready = "document.querySelector('#beside button, .conversation a[hx-get]')";
    for (link, screen) in [(known, "conversation"), (new, "new-contact")] {
        browser.go(&link).await?;
        browser.until(ready).await?;
        browser.picture(&format!("{name}-{screen}")).await?;
        browser.check_accessibility(&format!("{screen} on a {name}")).await?;
        let wide = browser.run("return document.documentElement.scrollWidth - innerWidth").await?;
        assert!(wide.as_i64().is_some_and(|wide| wide <= 0), "{screen} on a {name} is {wide} px too wide");
    }
    browser.run("document.querySelector('.conversation a[hx-get]').click()").await?;
    browser.until("document.querySelector('#drawer [name=search]')").await?;
    browser.write("#drawer [name=search]", "fern").await?;
    browser.until("document.querySelector('#drawer .choice')").await?;
    browser.picture(&format!("{name}-is-patient")).await?;
    browser.check_accessibility(&format!("the drawer of a number on a {name}")).await
}

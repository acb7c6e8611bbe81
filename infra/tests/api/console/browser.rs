//! The console in Chromium. Without chromedriver a test says `skipped: …` and passes; with `CITAS_BROWSER=required` it
//! fails. Pictures of every screen go to `target/console/`, to be looked at.

use super::webdriver::{Browser, DESKTOP, Driver, PHONE};
use crate::dev_server::DevServer;
use serde_json::{Value, json};
use testkit::test_app::TestError;

/// A new contact, by the control routes of the local server.
pub(super) async fn a_stranger_writes(server: &DevServer, words: &str) -> Result<(), TestError> {
    let reply = json!({ "from": "+12025550199", "body": words });
    let request = platform::https::client().build()?.post(format!("{}/_dev/patient/reply/", server.url())).json(&reply);
    request.send().await?.error_for_status()?;
    Ok(())
}

#[tokio::test]
async fn a_receptionist_books_with_the_keyboard_alone() -> Result<(), TestError> {
    let Some(driver) = Driver::start() else { return Ok(()) };
    let server = DevServer::start(&["--memory"])?;
    let browser = Browser::open(&driver, server.url(), DESKTOP, true).await?;
    browser.sign_in().await?;
    browser.open_tomorrow().await?;
    // f: the first free slot; Enter opens the form that is in the page; no request.
    let count = "window.requests = 0; const send = window.fetch; window.fetch = (...of) => { requests += 1; return send(...of); };";
    browser.run(count).await?;
    browser.press(&["f"]).await?;
    browser.until("document.activeElement.matches('[data-slot]')").await?;
    browser.press(&["\u{e007}"]).await?;
    browser.until("document.activeElement.name === 'search' && document.activeElement.closest('#drawer')").await?;
    assert_eq!(browser.run("return requests").await?, json!(0), "opening the form needs no request");
    browser.press(&["f", "e", "r"]).await?;
    browser.until("document.querySelector('#drawer .choice input')").await?;
    browser.press(&["\u{e007}", "\u{e007}"]).await?;
    browser
        .until("document.querySelector('#drawer .badge.st-pending') && document.querySelector('#day [data-entry]')")
        .await?;
    // c confirms; Escape closes, and the focus is on the board again.
    browser.press(&["c"]).await?;
    browser.until("document.querySelector('#drawer .badge.st-confirmed')").await?;
    browser.until("document.querySelector('#day .entry.st-confirmed')").await?;
    browser.press(&["\u{e00c}"]).await?;
    browser
        .until("!document.querySelector('#drawer').childElementCount && document.activeElement.closest('#day')")
        .await?;
    browser.close().await
}

/// What another desk books appears, and the focus stays where it is.
#[tokio::test]
async fn another_desk_is_seen_without_losing_the_focus() -> Result<(), TestError> {
    let Some(driver) = Driver::start() else { return Ok(()) };
    let server = DevServer::start(&["--memory"])?;
    let (one, other) = (
        Browser::open(&driver, server.url(), DESKTOP, true).await?,
        Browser::open(&driver, server.url(), DESKTOP, true).await?,
    );
    for browser in [&one, &other] {
        browser.sign_in().await?;
        browser.open_tomorrow().await?;
    }
    one.run("document.querySelectorAll('[data-slot]')[3].focus()").await?;
    let focused = "document.activeElement.dataset.start";
    let before = one.run(&format!("return {focused}")).await?;
    other.run("document.querySelectorAll('[data-slot]')[1].click()").await?;
    other.write("#drawer [name=search]", "fern").await?;
    other.until("document.querySelector('#drawer .choice input')").await?;
    other.click("#drawer .choice").await?;
    other.click("#drawer button.primary").await?;
    other.until("document.querySelector('#day [data-entry]')").await?;
    one.run("document.querySelector('#day').dispatchEvent(new CustomEvent('poll'))").await?;
    one.until("document.querySelector('#day [data-entry]')").await?;
    assert_eq!(one.run(&format!("return {focused}")).await?, before);
    // The slot that the first desk still sees as free in an open form: the answer says whose it is.
    one.close().await?;
    other.close().await
}

/// People and barcode readers type when the focus isn't where they think.
#[tokio::test]
async fn fast_letters_are_a_search_and_a_single_one_a_command() -> Result<(), TestError> {
    let Some(driver) = Driver::start() else { return Ok(()) };
    let server = DevServer::start(&["--memory"])?;
    let browser = Browser::open(&driver, server.url(), DESKTOP, true).await?;
    browser.sign_in().await?;
    browser.until("document.querySelector('#day')").await?;
    let type_fast =
        "for (const key of 'gar') document.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));";
    browser.run(type_fast).await?;
    browser.until("document.activeElement.id === 'search' && document.activeElement.value.startsWith('gar')").await?;
    browser.until("document.querySelector('#found li')").await?;
    browser.go("/agenda").await?;
    let type_slowly = "const press = (key) => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true})); press('g'); setTimeout(press, 400, 'p');";
    browser.run(type_slowly).await?;
    browser.until("location.pathname === '/patients'").await?;
    browser.go("/agenda").await?;
    browser.run(&type_slowly.replace("'p'", "'m'")).await?;
    browser.until("location.pathname === '/messages'").await?;
    // The same two letters at once are the beginning of a name, and lead nowhere.
    browser.go("/agenda").await?;
    browser.run(&type_fast.replace("gar", "gp")).await?;
    browser.until("document.activeElement.id === 'search' && document.activeElement.value === 'gp'").await?;
    assert_eq!(browser.run("return location.pathname").await?, json!("/agenda"));
    browser.close().await
}

/// `n` begins a booking, which stays as a chip while something else is looked at. `c` on the board confirms, and for some
/// seconds that can be undone.
#[tokio::test]
async fn an_interrupted_booking_stays_and_a_confirmation_is_undone() -> Result<(), TestError> {
    let Some(driver) = Driver::start() else { return Ok(()) };
    let server = DevServer::start(&["--memory"])?;
    let browser = Browser::open(&driver, server.url(), DESKTOP, true).await?;
    browser.sign_in().await?;
    browser.open_tomorrow().await?;
    browser.press(&["n"]).await?;
    browser.until("document.activeElement.name === 'search' && document.activeElement.closest('#drawer')").await?;
    browser.press(&["f", "e", "r"]).await?;
    browser.until("document.querySelector('#drawer .choice input')").await?;
    let key = browser.run("return document.querySelector('#drawer [name=key]').value").await?;
    browser.press(&["\u{e00c}"]).await?;
    browser.until("document.querySelectorAll('#drafts .chip').length === 1").await?;
    // A form without a word in it leaves nothing; of four with one, three stay.
    browser.run("document.querySelectorAll('[data-slot]')[1].click()").await?;
    browser.press(&["\u{e00c}"]).await?;
    assert_eq!(browser.run("return document.querySelectorAll('#drafts .chip').length").await?, json!(1));
    let begin = |at: usize| {
        format!(
            "document.querySelectorAll('[data-slot]')[{at}].click(); document.querySelector('#drawer [name=reason]').value = 'motivo {at}';"
        )
    };
    browser.run(&begin(2)).await?;
    browser.run("document.querySelector('#drafts [data-resume]').click()").await?;
    assert_eq!(
        browser.run("return document.querySelector('#drawer [name=key]').value").await?,
        key,
        "the same booking"
    );
    browser.press(&["\u{e007}", "\u{e007}"]).await?;
    browser
        .until("document.querySelector('#drawer .badge.st-pending') && document.querySelector('#day [data-entry]')")
        .await?;
    for at in 3..6 {
        browser.run(&begin(at)).await?;
    }
    browser.press(&["\u{e00c}"]).await?;
    browser.run("document.querySelector('.drawer-head [data-close]')?.click()").await?;
    let chips = "[...document.querySelectorAll('#drafts .chip')].length";
    assert_eq!(browser.run(&format!("return {chips}")).await?, json!(3));
    browser.picture("desktop-drafts").await?;
    browser.check_accessibility("interrupted bookings").await?;
    browser.click("#drafts .chip .icon").await?;
    assert_eq!(browser.run(&format!("return {chips}")).await?, json!(2));
    // On the board, without opening the drawer first. The ten seconds don't run out while the test looks.
    browser.run("const later = setTimeout; window.setTimeout = (done, wait, ...given) => wait === 10000 ? 0 : later(done, wait, ...given);").await?;
    browser.run("document.querySelector('#day [data-entry]').focus()").await?;
    browser.press(&["c"]).await?;
    browser
        .until("document.querySelector('#drawer .undo') && document.querySelector('#drawer .badge.st-confirmed')")
        .await?;
    browser.picture("desktop-undo").await?;
    browser.click("#drawer .undo button").await?;
    browser
        .until("document.querySelector('#drawer .badge.st-pending') && !document.querySelector('#drawer .undo')")
        .await?;
    browser.close().await
}

/// A booking that was interrupted is on the next page, too, and is what it was; signing out forgets it.
#[tokio::test]
async fn an_interrupted_booking_outlives_the_page_and_not_the_session() -> Result<(), TestError> {
    let Some(driver) = Driver::start() else { return Ok(()) };
    let server = DevServer::start(&["--memory"])?;
    let browser = Browser::open(&driver, server.url(), DESKTOP, true).await?;
    browser.sign_in().await?;
    browser.open_tomorrow().await?;
    browser.run("document.querySelectorAll('[data-slot]')[2].click()").await?;
    browser.write("#drawer [name=search]", "fern").await?;
    browser.click("#drawer .choice").await?;
    browser.write("#drawer [name=reason]", "Control <anual>").await?;
    let values = "return ['key', 'start', 'patient', 'reason'].map(name => new FormData(document.querySelector('#drawer form')).get(name))";
    let before = browser.run(values).await?;
    assert!(
        before
            .as_array()
            .is_some_and(|values| values.iter().all(|value| value.as_str().is_some_and(|value| !value.is_empty()))),
        "{before}"
    );
    browser.press(&["\u{e00c}"]).await?;
    browser.until("document.querySelectorAll('#drafts .chip').length === 1").await?;
    let chip = browser.run("return document.querySelector('#drafts [data-resume]').textContent").await?;
    browser.go("/worklist").await?;
    browser.until("document.querySelectorAll('#drafts .chip').length === 1").await?;
    assert_eq!(browser.run("return document.querySelector('#drafts [data-resume]').textContent").await?, chip);
    browser.click("#drafts [data-resume]").await?;
    browser.until("document.querySelector('#drawer [name=patient]:checked')").await?;
    assert_eq!(browser.run(values).await?, before);
    assert_eq!(browser.run("return document.querySelectorAll('#drafts .chip').length").await?, json!(0));
    browser.press(&["\u{e00c}"]).await?;
    browser.until("document.querySelectorAll('#drafts .chip').length === 1").await?;
    browser.run("document.querySelector('#sign-out').requestSubmit()").await?;
    browser.until("location.pathname === '/sign-in' && document.querySelector('[name=password]')").await?;
    assert_eq!(browser.run("return sessionStorage.length").await?, json!(0));
    browser.sign_in().await?;
    browser.until("document.querySelector('#day')").await?;
    assert_eq!(browser.run("return document.querySelectorAll('#drafts .chip').length").await?, json!(0));
    browser.close().await
}

/// Where the keys are off, a letter is neither a command nor a search; arrows and Escape are no letters.
#[tokio::test]
async fn keys_are_switched_off_and_on() -> Result<(), TestError> {
    let Some(driver) = Driver::start() else { return Ok(()) };
    let server = DevServer::start(&["--memory"])?;
    let browser = Browser::open(&driver, server.url(), DESKTOP, true).await?;
    browser.sign_in().await?;
    browser.until("document.querySelector('#day')").await?;
    // The timer of a command, at once.
    let press = |keys: &str| {
        format!(
            "const timer = window.setTimeout; window.setTimeout = (done, wait, ...rest) => (wait === 300 ? done(...rest) : timer(done, wait, ...rest)); for (const key of '{keys}') document.body.dispatchEvent(new KeyboardEvent('keydown', {{key, bubbles: true}}));"
        )
    };
    for (round, is_on) in [(0, true), (1, false), (2, true)] {
        browser.go("/agenda").await?;
        browser.run(&press("?")).await?;
        assert_eq!(browser.run("return document.querySelector('#keys').open").await?, json!(is_on), "{round}");
        browser.go("/agenda").await?;
        browser.run(&press("gar")).await?;
        let id = browser.run("return document.activeElement.id").await?;
        assert_eq!(id == json!("search"), is_on, "{round}");
        if round < 2 {
            browser.go("/account").await?;
            browser.click("form[action$=keys] button").await?;
            browser.until("document.querySelector('.notice.good')").await?;
        }
    }
    browser.close().await
}

/// One doctor is in sight, who begins later than another: the page is at the first hour that is open.
#[tokio::test]
async fn a_phone_shows_the_first_open_hour() -> Result<(), TestError> {
    let Some(driver) = Driver::start() else { return Ok(()) };
    let server = DevServer::start(&["--memory", "--seed", "day", "--now", "2027-01-18T15:30:00Z"])?;
    let browser = Browser::open(&driver, server.url(), PHONE, true).await?;
    browser.sign_in().await?;
    browser.open_tomorrow().await?;
    let first = "Math.min(...[...document.querySelector('.column').querySelectorAll('.open')].map(open => open.getBoundingClientRect().top))";
    browser.until(&format!("(top => top >= 0 && top < innerHeight)({first})")).await?;
    browser.picture("phone-tomorrow").await?;
    browser.close().await
}

/// An appointment that is dragged onto a free slot of another hour: the drawer asks, then it is there.
#[tokio::test]
async fn an_appointment_is_dragged_to_another_time() -> Result<(), TestError> {
    let Some(driver) = Driver::start() else { return Ok(()) };
    let server = DevServer::start(&["--memory"])?;
    let browser = Browser::open(&driver, server.url(), DESKTOP, true).await?;
    browser.sign_in().await?;
    browser.open_tomorrow().await?;
    browser.run("document.querySelector('[data-slot]').click()").await?;
    browser.write("#drawer [name=search]", "fern").await?;
    browser.click("#drawer .choice").await?;
    browser.click("#drawer button.primary").await?;
    browser.until("document.querySelector('#day [data-entry]')").await?;
    browser.click("[data-close]").await?;
    let place = |selector: &str| {
        format!(
            "const box = document.querySelector('{selector}').getBoundingClientRect(); return [Math.round(box.x + 20), Math.round(box.y + 8)];"
        )
    };
    let from = browser.run(&place("#day [data-entry]")).await?;
    let to = browser.run(&place("#day .slot:nth-last-child(3) [data-slot]")).await?;
    let chosen =
        browser.run("return document.querySelector('#day .slot:nth-last-child(3) [data-slot]').dataset.start").await?;
    let moved = |place: &Value| json!({ "type": "pointerMove", "duration": 80, "x": place[0], "y": place[1] });
    let near = json!([from[0], from[1].as_i64().unwrap_or_default() + 12]);
    let steps = json!([moved(&from), { "type": "pointerDown", "button": 0 }, moved(&near), moved(&to), moved(&to),
        { "type": "pointerUp", "button": 0 }]);
    let mouse = json!({ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": steps });
    browser.command("/actions", Some(json!({ "actions": [mouse] }))).await?;
    browser.until("document.querySelector('#drawer button.primary[name=choice]')").await?;
    browser.click("#drawer button.primary[name=choice]").await?;
    let time = chosen.as_str().and_then(|start| start.get(11..16)).ok_or("no time")?;
    browser.until(&format!("document.querySelector('#drawer .when').innerText.includes('{time}')")).await?;
    browser.until(&format!("document.querySelector('#day [data-entry] .time').innerText === '{time}'")).await?;
    browser.close().await
}

#[tokio::test]
async fn everything_works_without_a_script() -> Result<(), TestError> {
    let Some(driver) = Driver::start() else { return Ok(()) };
    let server = DevServer::start(&["--memory"])?;
    let browser = Browser::open(&driver, server.url(), DESKTOP, false).await?;
    browser.sign_in().await?;
    browser.click("[data-key=\"]\"]").await?;
    browser.click("#day [data-slot]").await?;
    browser.write("main [name=search]", "fern").await?;
    browser.click("main .noscript").await?;
    browser.click("main .choice").await?;
    browser.click("main button.primary").await?;
    browser.element("main .badge.st-pending").await?;
    browser.click("main button.primary").await?;
    browser.element("main .badge.st-confirmed").await?;
    a_stranger_writes(&server, "Hola, ¿me dan un turno?").await?;
    browser.go("/messages").await?;
    browser.click("#inbox a").await?;
    browser.click(".conversation .actions a").await?;
    browser.write("main [name=search]", "fern").await?;
    browser.click("main .noscript").await?;
    browser.click("main .choice").await?;
    browser.click("main button.primary").await?;
    browser.element(".conversation .notice.good").await?;
    browser.click("#answer .noscript").await?;
    browser.element("#answer textarea").await?;
    browser.close().await
}

//! The console in Chromium under conditions that a clinic's PC may have: another time zone, a slow network, an answer that
//! is cut off, two desks at once, paper.

use super::cutting_proxy::CuttingProxy;
use super::pdf;
use super::webdriver::{Browser, DESKTOP, Driver};
use crate::dev_server::DevServer;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use testkit::test_app::TestError;

const NOW: [&str; 5] = ["--memory", "--seed", "day", "--now", "2027-01-18T15:30:00Z"];

/// The times are the clinic's: those of the API's instants, and the day is the clinic's, which isn't Tokyo's any more.
#[tokio::test]
async fn a_browser_in_tokyo_shows_the_times_of_the_clinic() -> Result<(), TestError> {
    let Some(driver) = Driver::start() else { return Ok(()) };
    let server = DevServer::start(&NOW)?;
    let browser = Browser::open(&driver, server.url(), DESKTOP, true).await?;
    browser.devtools("Emulation.setTimezoneOverride", json!({ "timezoneId": "Asia/Tokyo" })).await?;
    browser.sign_in().await?;
    browser.until("document.querySelector('#day [data-slot]')").await?;
    let zone =
        browser.run("return [new Intl.DateTimeFormat().resolvedOptions().timeZone, new Date().getTimezoneOffset()]");
    assert_eq!(zone.await?, json!(["Asia/Tokyo", -540]));
    let heading = browser.run("return document.querySelector('h1').innerText").await?;
    assert!(heading.as_str().is_some_and(|heading| heading.starts_with("Lunes 18 de enero")), "{heading}");
    let slots = "[...document.querySelectorAll('#day [data-slot]')]";
    let wrong = format!(
        "return {slots}.filter(slot => slot.innerText.trim() !== slot.dataset.start.slice(11, 16) || !slot.dataset.start.endsWith('-05:00')).length"
    );
    assert_eq!(browser.run(&wrong).await?, json!(0), "Bogotá's times");
    let start = browser.run(&format!("const slot = {slots}.at(-1); slot.click(); return slot.dataset.start")).await?;
    let time = start.as_str().and_then(|start| start.get(11..16)).ok_or("no time")?.to_owned();
    browser.write("#drawer [name=search]", "fern").await?;
    browser.click("#drawer .choice").await?;
    browser.click("#drawer button.primary").await?;
    browser.until(&format!("document.querySelector('#drawer .when').innerText.includes(', {time}–')")).await?;
    browser
        .until(&format!(
            "[...document.querySelectorAll('#day [data-entry] .time')].some(time => time.innerText === '{time}')"
        ))
        .await?;
    browser.close().await
}

/// The list of the day on paper: with every name, hour and phone number, and without the bar.
#[tokio::test]
async fn the_day_is_printed_with_names_and_phone_numbers() -> Result<(), TestError> {
    let Some(driver) = Driver::start() else { return Ok(()) };
    let server = DevServer::start(&NOW)?;
    let browser = Browser::open(&driver, server.url(), DESKTOP, true).await?;
    browser.sign_in().await?;
    browser.until("document.querySelector('#day')").await?;
    let link = browser.run("return document.querySelector('a[href*=\"/agenda/print\"]').getAttribute('href')").await?;
    browser.go(link.as_str().ok_or("no link")?).await?;
    let rows = browser.run("return [...document.querySelectorAll('.sheet tbody tr:not(.quiet)')].map(row => [...row.cells].slice(1, 5).map(cell => cell.innerText.trim()))").await?;
    let rows: Vec<Vec<String>> = serde_json::from_value(rows)?;
    assert!(rows.len() > 30, "{} rows", rows.len());
    let printed = browser.command("/print", Some(json!({}))).await?;
    let paper = STANDARD.decode(printed.as_str().ok_or("nothing was printed")?)?;
    let (pages, text) = (pdf::pages(&paper), pdf::text(&paper));
    assert!((1..=6).contains(&pages), "{pages} pages");
    for cell in rows.iter().flatten().filter(|cell| !cell.is_empty()) {
        for word in cell.split_whitespace() {
            assert!(text.contains(word), "{word} isn't on paper: {text}");
        }
    }
    for absent in ["Pacientes", "Imprimir", "Olga"] {
        assert!(!text.contains(absent), "{absent} is on paper");
    }
    browser.close().await
}

/// WebPageTest's 3G, and a processor that is four times slower. The bounds are three times those of the budget, because
/// this server is a debug build on a machine that has other work.
#[tokio::test]
async fn sign_in_and_day_are_usable_on_a_slow_network() -> Result<(), TestError> {
    const SLACK: f64 = 3.0;
    let Some(driver) = Driver::start() else { return Ok(()) };
    let server = DevServer::start(&NOW)?;
    let browser = Browser::open(&driver, server.url(), DESKTOP, true).await?;
    let network =
        json!({ "offline": false, "latency": 300, "downloadThroughput": 200_000, "uploadThroughput": 96_000 });
    browser.devtools("Network.enable", json!({})).await?;
    browser.devtools("Network.emulateNetworkConditions", network).await?;
    browser.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": 4 })).await?;
    let usable =
        "const [entry] = performance.getEntriesByType('navigation'); return entry.domContentLoadedEventEnd / 1000";
    let seconds = async |script: &str| Ok::<f64, TestError>(browser.run(script).await?.as_f64().ok_or("no time")?);
    browser.go("/sign-in").await?;
    let sign_in = seconds(usable).await?;
    assert!(sign_in > 0.3, "the network isn't slow: {sign_in} s");
    browser.sign_in().await?;
    browser.until("document.querySelector('#day [data-slot]')").await?;
    browser.go("/agenda").await?;
    let day = seconds(usable).await?;
    let form = seconds(
        "const at = performance.now(); document.querySelector('#day [data-slot]').click(); document.querySelector('#drawer').getBoundingClientRect(); return (performance.now() - at) / 1000",
    )
    .await?;
    browser.write("#drawer [name=search]", "fern").await?;
    browser.click("#drawer .choice").await?;
    // The entry that comes onto the board, as the page itself sees it.
    browser.run("const known = document.querySelectorAll('#day [data-entry]').length; const at = performance.now(); new MutationObserver(() => { if (!window.booked && document.querySelectorAll('#day [data-entry]').length > known) window.booked = (performance.now() - at) / 1000; }).observe(document.body, { childList: true, subtree: true }); document.querySelector('#drawer button.primary').click();").await?;
    browser.until("window.booked").await?;
    let booked = seconds("return window.booked").await?;
    eprintln!("on 3G: sign-in {sign_in:.1} s, day {day:.1} s, form {form:.2} s, booked and seen {booked:.1} s");
    for (what, measured, budget) in
        [("sign-in", sign_in, 2.0), ("day", day, 2.5), ("form", form, 0.1), ("booked and seen", booked, 2.0)]
    {
        assert!(measured <= budget * SLACK, "{what} takes {measured} s, {SLACK} times {budget} s at most");
    }
    browser.close().await
}

/// Both desks have the form for one slot. The second gets whose it is and other times, and books one of them.
#[tokio::test]
async fn two_desks_and_one_slot_are_two_appointments_at_two_times() -> Result<(), TestError> {
    let Some(driver) = Driver::start() else { return Ok(()) };
    let server = DevServer::start(&["--memory"])?;
    let one = Browser::open(&driver, server.url(), DESKTOP, true).await?;
    let other = Browser::open(&driver, server.url(), DESKTOP, true).await?;
    for (browser, words) in [(&one, "fern"), (&other, "gar")] {
        browser.sign_in().await?;
        browser.open_tomorrow().await?;
        browser.run("document.querySelectorAll('[data-slot]')[1].click()").await?;
        browser.write("#drawer [name=search]", words).await?;
        browser.click("#drawer .choice").await?;
    }
    let start = "return document.querySelector('#drawer [name=start]').value";
    assert_eq!(one.run(start).await?, other.run(start).await?);
    one.click("#drawer button.primary").await?;
    one.until("document.querySelector('#drawer .badge.st-pending')").await?;
    other.click("#drawer button.primary").await?;
    other
        .until(
            "document.querySelector('#drawer .notice.bad') && document.querySelector('#drawer .offers [name=choice]')",
        )
        .await?;
    other.picture("desktop-slot-taken").await?;
    other.check_accessibility("a slot that is taken").await?;
    other.until("document.querySelectorAll('#day [data-entry]').length === 1").await?;
    let refusal = other.run("return document.querySelector('#drawer .notice.bad').innerText").await?;
    assert!(refusal.as_str().is_some_and(|refusal| refusal.contains("Fernández")), "whose it is: {refusal}");
    let chosen = other.run("return document.querySelector('#drawer .offers [name=choice]').value").await?;
    other.click("#drawer .offers [name=choice]").await?;
    other.until("document.querySelector('#drawer .badge.st-pending')").await?;
    other.until("document.querySelectorAll('#day [data-entry]').length === 2").await?;
    let times: Value = other
        .run("return [...document.querySelectorAll('#day [data-entry] .time')].map(time => time.innerText)")
        .await?;
    let offered = chosen.as_str().and_then(|choice| choice.split('|').nth(2)?.get(11..16)).ok_or("no time")?;
    assert!(times[0] != times[1] && times.as_array().is_some_and(|times| times.contains(&json!(offered))), "{times}");
    one.close().await?;
    other.close().await
}

/// The answer with the new tokens doesn't arrive: the script asks again with the old refresh token, and the session lives.
#[tokio::test]
async fn a_renewal_whose_answer_is_cut_off_is_repeated() -> Result<(), TestError> {
    let Some(driver) = Driver::start() else { return Ok(()) };
    let server = DevServer::start(&["--memory"])?;
    let proxy = CuttingProxy::start(server.url(), "POST /session ").await?;
    let browser = Browser::open(&driver, proxy.url(), DESKTOP, true).await?;
    browser.sign_in().await?;
    browser.until("document.querySelector('#day')").await?;
    let refresh =
        async || Ok::<Value, TestError>(browser.command("/cookie/__Host-refresh", None).await?["value"].clone());
    let before = refresh().await?;
    // Nine minutes later by the page's clock.
    browser.run("const now = Date.now; Date.now = () => now() + 9 * 60000; document.dispatchEvent(new Event('visibilitychange'))").await?;
    browser.until("performance.getEntriesByType('resource').filter(entry => entry.name.endsWith('/session') && entry.responseStatus === 204).length === 1").await?;
    assert_eq!(proxy.seen(), 2, "the first answer was cut off");
    assert_ne!(refresh().await?, before);
    // The page that comes without an access token renews with the refresh token that arrived.
    browser.forget("__Host-access").await?;
    browser.go("/worklist").await?;
    browser.until("location.pathname === '/worklist' && document.querySelector('#sign-out')").await?;
    // The cut connection is in the browser's log.
    browser.close_after("net::ERR_").await
}

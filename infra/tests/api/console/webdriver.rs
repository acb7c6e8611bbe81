//! A client of chromedriver, by the WebDriver protocol: what the tests in [`browser`](super::browser) need of it.

use crate::contract::repository_path;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use testkit::test_app::TestError;

/// The clinic's PC, and a phone.
pub(super) const DESKTOP: (u32, u32) = (1366, 768);
pub(super) const PHONE: (u32, u32) = (390, 844);

const USER: &str = "operator@example.com";
const PASSWORD: &str = "citas-demo-password";

/// Chromedriver as a process. It is killed when it is dropped.
pub(super) struct Driver {
    process: Child,
    url: String,
}

impl Driver {
    /// `None` where it isn't installed.
    pub(super) fn start() -> Option<Self> {
        let started = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut process) = started else {
            assert!(std::env::var("CITAS_BROWSER").as_deref() != Ok("required"), "chromedriver isn't installed");
            eprintln!("skipped: chromedriver isn't installed (apt-get install chromium-driver)");
            return None;
        };
        let mut lines = BufReader::new(process.stdout.take()?).lines().map_while(Result::ok);
        let port = lines
            .find_map(|line| Some(line.split_once("successfully on port ")?.1.trim_end_matches('.').to_owned()))?;
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { process, url: format!("http://127.0.0.1:{port}") })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A browser window with a profile of its own, by the WebDriver protocol.
pub(super) struct Browser {
    client: reqwest::Client,
    session: String,
    server: String,
}

impl Browser {
    pub(super) async fn open(
        driver: &Driver,
        server: &str,
        (width, height): (u32, u32),
        with_script: bool,
    ) -> Result<Self, TestError> {
        let arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--accept-lang=es-AR"];
        let mut options = json!({ "args": arguments });
        if width < 500 {
            options["mobileEmulation"] =
                json!({ "deviceMetrics": { "width": width, "height": height, "pixelRatio": 1 } });
        }
        if !with_script {
            options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        let wanted = json!({ "capabilities": { "alwaysMatch": { "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" } } } });
        let client = platform::https::client().timeout(Duration::from_secs(60)).build()?;
        let mut browser = Self { client, session: driver.url.clone(), server: server.to_owned() };
        let session = browser.command("/session", Some(wanted)).await?;
        browser.session = format!("{}/session/{}", driver.url, session["sessionId"].as_str().ok_or("no session")?);
        // An element may come with the next page.
        browser.command("/timeouts", Some(json!({ "implicit": 10_000 }))).await?;
        if width >= 500 {
            let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
            browser.devtools("Emulation.setDeviceMetricsOverride", size).await?;
        }
        Ok(browser)
    }

    /// A command with a body is POST, else GET.
    pub(super) async fn command(&self, path: &str, body: Option<Value>) -> Result<Value, TestError> {
        let url = format!("{}{path}", self.session);
        let request = match body {
            Some(body) => self.client.post(url).json(&body),
            None => self.client.get(url),
        };
        let answer = request.send().await?;
        let is_success = answer.status().is_success();
        let mut body: Value = answer.json().await?;
        if is_success { Ok(body["value"].take()) } else { Err(format!("{path}: {}", body["value"]["message"]).into()) }
    }

    /// A command of the browser's developer tools.
    pub(super) async fn devtools(&self, command: &str, parameters: Value) -> Result<(), TestError> {
        let body = json!({ "cmd": command, "params": parameters });
        self.command("/goog/cdp/execute", Some(body)).await.map(drop)
    }

    pub(super) async fn go(&self, path: &str) -> Result<(), TestError> {
        self.command("/url", Some(json!({ "url": format!("{}{path}", self.server) }))).await.map(drop)
    }

    /// Runs a script in the page. Returns its result.
    pub(super) async fn run(&self, script: &str) -> Result<Value, TestError> {
        self.command("/execute/sync", Some(json!({ "script": script, "args": [] }))).await
    }

    /// Asks again and again until an expression is true. In between the page may be another one.
    pub(super) async fn until(&self, expression: &str) -> Result<(), TestError> {
        let script = format!("try {{ return !!({expression}); }} catch {{ return false; }}");
        let asked = async { while self.run(&script).await.ok() != Some(json!(true)) {} };
        if tokio::time::timeout(Duration::from_secs(20), asked).await.is_ok() {
            return Ok(());
        }
        Err(format!("never: {expression}\n{}", self.run("return document.body.innerText").await?).into())
    }

    /// Presses keys, one after the other.
    pub(super) async fn press(&self, keys: &[&str]) -> Result<(), TestError> {
        for key in keys {
            let actions = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
            self.command("/actions", Some(json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] })))
                .await?;
        }
        Ok(())
    }

    /// Presses a key while another one is held.
    pub(super) async fn press_together(&self, held: &str, key: &str) -> Result<(), TestError> {
        let actions = json!([{ "type": "keyDown", "value": held }, { "type": "keyDown", "value": key },
            { "type": "keyUp", "value": key }, { "type": "keyUp", "value": held }]);
        let body = json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] });
        self.command("/actions", Some(body)).await.map(drop)
    }

    /// Forgets a cookie, as when its time is over.
    pub(super) async fn forget(&self, cookie: &str) -> Result<(), TestError> {
        self.client.delete(format!("{}/cookie/{cookie}", self.session)).send().await?.error_for_status()?;
        Ok(())
    }

    pub(super) async fn element(&self, selector: &str) -> Result<String, TestError> {
        let found = self.command("/element", Some(json!({ "using": "css selector", "value": selector }))).await?;
        let id = found.as_object().and_then(|found| found.values().next()).and_then(Value::as_str);
        Ok(id.ok_or_else(|| format!("no {selector}"))?.to_owned())
    }

    pub(super) async fn write(&self, selector: &str, text: &str) -> Result<(), TestError> {
        let element = self.element(selector).await?;
        self.command(&format!("/element/{element}/value"), Some(json!({ "text": text }))).await.map(drop)
    }

    pub(super) async fn click(&self, selector: &str) -> Result<(), TestError> {
        let element = self.element(selector).await?;
        self.command(&format!("/element/{element}/click"), Some(json!({}))).await.map(drop)
    }

    pub(super) async fn picture(&self, name: &str) -> Result<(), TestError> {
        let picture = self.command("/screenshot", None).await?;
        let folder = repository_path("target/console");
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(format!("{name}.png")), STANDARD.decode(picture.as_str().ok_or("no picture")?)?)?;
        Ok(())
    }

    /// Checks the page by WCAG 2.2 AA, where `CITAS_AXE` names the script of axe-core.
    pub(super) async fn check_accessibility(&self, what: &str) -> Result<(), TestError> {
        let Some(axe) = std::env::var_os("CITAS_AXE") else { return Ok(()) };
        self.run(&std::fs::read_to_string(axe)?).await?;
        // What has been scrolled under the heads of the columns, which have links, would count as covered by them.
        self.run("document.querySelector('.board')?.scrollTo(0, 0)").await?;
        let rules = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']";
        let script = format!(
            "const done = arguments[0]; axe.run(document, {{ runOnly: {rules} }}).then(found => done(found.violations.map(one => \
             one.id + ': ' + one.nodes.map(node => node.html.slice(0, 200)).join(' | '))))"
        );
        let found = self.command("/execute/async", Some(json!({ "script": script, "args": [] }))).await?;
        assert_eq!(found, json!([]), "{what}");
        Ok(())
    }

    pub(super) async fn sign_in(&self) -> Result<(), TestError> {
        self.sign_in_as(USER, PASSWORD).await
    }

    pub(super) async fn sign_in_as(&self, user: &str, password: &str) -> Result<(), TestError> {
        self.go("/").await?;
        self.write("[name=email]", user).await?;
        self.write("[name=password]", password).await?;
        self.click("button[type=submit]").await
    }

    /// The page of tomorrow in the first clinic, which has free slots.
    pub(super) async fn open_tomorrow(&self) -> Result<(), TestError> {
        self.until("document.querySelector('#day')").await?;
        self.click("[data-key=\"]\"]").await?;
        self.until("document.querySelector('#day [data-slot]')").await
    }

    /// Nothing may be in the browser's log: neither an error of a script nor a violation of the policy.
    pub(super) async fn close(self) -> Result<(), TestError> {
        self.close_after("the server responded with a status of 4").await
    }

    /// The same after faults that the test caused, which the browser logs with these words.
    pub(super) async fn close_after(self, expected: &str) -> Result<(), TestError> {
        let log = self.command("/se/log", Some(json!({ "type": "browser" }))).await?;
        let lines =
            log.as_array().into_iter().flatten().map(|line| line["message"].as_str().unwrap_or_default().to_owned());
        // A refused form is an error for the browser's network log, and no fault.
        let faults: Vec<String> = lines.filter(|line| !line.contains(expected)).collect();
        assert!(faults.is_empty(), "{faults:#?}");
        self.client.delete(&self.session).send().await?;
        Ok(())
    }
}

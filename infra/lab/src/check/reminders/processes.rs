//! The same with real processes: `cargo dev` is killed (SIGKILL) when it is about to make its first,
//! second, third … call to the outside, started again on the same data, and has to end up well. Twilio's
//! stand-in is in this process, and outlives them.

use app::support::ports::Clock as _;
use domain::time::{Instant, TimeDelta};
use local::clock::ShiftedClock;
use local::fake_twilio::FakeTwilio;
use local::system::{FAKE_ACCOUNT, FAKE_SENDER, random_token};
use platform::https;
use reqwest::Method;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use testkit::test_app::Trouble;
use tokio::sync::Notify;

/// When the story begins, by everybody's clock.
const BEGINS: &str = "2027-01-11T12:00:00Z";
/// Runs of the job after the restart, five minutes apart.
const RUNS: usize = 6;
/// The demo data's password.
const PASSWORD: &str = "citas-demo-password";

/// What the processes have in common.
struct Theatre {
    program: PathBuf,
    folder: PathBuf,
    twilio: FakeTwilio,
    token: String,
    /// The time by which Twilio runs.
    clock: ShiftedClock,
}

/// A running `cargo dev`. It is killed when it is dropped.
struct Server {
    process: Child,
    url: String,
    access: String,
    halted: Arc<Notify>,
}

/// How it ended.
enum Ended {
    /// The process stood still before its call.
    Halted,
    /// It went through.
    Through,
}

/// Kills the process at each of these calls in turn, up to the first that the story doesn't get to.
/// Answers how many there were.
///
/// # Errors
/// A reminder that was lost or doubled, with the call; [`Trouble`] of the check's own machinery.
pub async fn kill_at_each(
    program: &Path,
    calls: impl IntoIterator<Item = usize>,
    tell: impl Fn(usize),
) -> Result<usize, Trouble> {
    let mut killed = 0;
    for call in calls {
        tell(call);
        match play(program, call).await.map_err(|error| format!("killed at call {call}: {error}"))? {
            Ended::Halted => killed += 1,
            Ended::Through => break,
        }
    }
    Ok(killed)
}

async fn play(program: &Path, call: usize) -> Result<Ended, Trouble> {
    let (clock, token) = (ShiftedClock::new(), random_token());
    let time = clock.clone();
    let twilio = FakeTwilio::start(FAKE_ACCOUNT.to_owned(), token.clone(), Arc::new(move || time.now().utc()))?;
    let folder = std::env::temp_dir().join(format!("citas-check-{}", random_token()));
    let theatre = Theatre { program: program.to_owned(), folder, twilio, token, clock };
    let ended = theatre.story(call).await;
    // Left behind only if it can't be removed.
    let _ = std::fs::remove_dir_all(&theatre.folder);
    ended
}

impl Theatre {
    async fn story(&self, call: usize) -> Result<Ended, Trouble> {
        let mut now = Instant::parse(BEGINS).map_err(|_| "not an instant")?;
        let mut server = self.start(now).await?;
        let doctor = first(&server.get("/api/doctors/").await?, "id")?;
        let patient = server.get("/api/patients/?search=a").await?;
        let (patient, number) = (first(&patient, "id")?, first(&patient, "phone_number")?);
        let slots = server.get(&format!("/api/schedules/slots/?doctor={doctor}&date_from=2027-01-18")).await?;
        let start = first(&slots, "start_datetime")?;
        let booking = json!({ "patient": patient, "doctor": doctor, "start_datetime": start });
        // The first run ever looks far back; later ones don't.
        server.post("/_dev/reminders/run/", &json!({})).await?;
        server.post("/_dev/halt/", &json!({ "at": call })).await?;
        let mut halted = false;
        let appointment = match server.ask(Method::POST, "/api/appointments/", Some(&booking)).await? {
            Some(appointment) => appointment,
            None => {
                halted = true;
                server = self.restart(server, now).await?;
                server.ask(Method::POST, "/api/appointments/", Some(&booking)).await?.ok_or("it stands still")?
            }
        };
        let appointment = appointment.get("id").and_then(Value::as_str).ok_or("no appointment")?.to_owned();
        now = Instant::parse(&start).map_err(|_| "not an instant")?.plus(TimeDelta::hours(-47));
        self.is_now(&server, now).await?;
        for number in 0..RUNS {
            if !halted && number > 1 {
                // It went well, and there is nothing left to do.
                break;
            }
            if server.ask(Method::POST, "/_dev/reminders/run/", Some(&json!({}))).await?.is_none() {
                halted = true;
                server = self.restart(server, now).await?;
            }
            now = now.plus(TimeDelta::minutes(5));
            self.is_now(&server, now).await?;
        }
        server.post("/_dev/halt/", &json!({ "at": 0 })).await?;
        server.sign_in().await?;
        let to = format!("whatsapp:{number}");
        let sent = self.twilio.messages().iter().filter(|message| message.to == to).count();
        let rows = server.get(&format!("/api/notifications/?appointment={appointment}")).await?;
        let status = first(&rows, "status")?;
        if sent != 1 || status != "sent" {
            return Err(format!("{sent} reminders were sent, and the row says {status}").into());
        }
        Ok(if halted { Ended::Halted } else { Ended::Through })
    }

    async fn is_now(&self, server: &Server, now: Instant) -> Result<(), Trouble> {
        self.clock.set_now(now);
        server.post("/_dev/clock/", &json!({ "now": now.rfc3339() })).await.map(drop)
    }

    async fn restart(&self, server: Server, now: Instant) -> Result<Server, Trouble> {
        // SIGKILL: no goodbye, nothing flushed.
        drop(server);
        self.start(now).await
    }

    async fn start(&self, now: Instant) -> Result<Server, Trouble> {
        self.clock.set_now(now);
        let mut process = Command::new(&self.program)
            .args(["breakpoint-server", "--port", "0", "--now", &now.rfc3339(), "--data"])
            .arg(&self.folder)
            .env("TWILIO_ACCOUNT_SID", FAKE_ACCOUNT)
            .env("TWILIO_API_BASE", self.twilio.base_url())
            .env("TWILIO_AUTH_TOKEN", &self.token)
            .env("TWILIO_WHATSAPP_SENDER", FAKE_SENDER)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut lines = BufReader::new(process.stdout.take().ok_or("no output")?).lines();
        let first = lines.next().ok_or("the server said nothing")??;
        let url = first.strip_prefix("citas listens on ").and_then(|rest| rest.split(' ').next());
        let url = url.ok_or_else(|| format!("the server said: {first}"))?.to_owned();
        let halted = Arc::new(Notify::new());
        let heard = Arc::clone(&halted);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if line == super::breakpoint::SAID {
                    heard.notify_one();
                }
            }
        });
        let mut server = Server { process, url, access: String::new(), halted };
        server.sign_in().await?;
        Ok(server)
    }
}

impl Server {
    async fn sign_in(&mut self) -> Result<(), Trouble> {
        self.access.clear();
        let body = json!({ "email": "operator@example.com", "password": PASSWORD });
        let signed_in = self.post("/api/auth/token/", &body).await?;
        self.access = signed_in.get("access").and_then(Value::as_str).ok_or("no token")?.to_owned();
        Ok(())
    }

    async fn get(&self, path: &str) -> Result<Value, Trouble> {
        self.ask(Method::GET, path, None).await?.ok_or_else(|| "it stands still".into())
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, Trouble> {
        self.ask(Method::POST, path, Some(body)).await?.ok_or_else(|| "it stands still".into())
    }

    /// Asks with a key that is always the same; `None` if the server stands still.
    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Option<Value>, Trouble> {
        let mut request = https::client().build()?.request(method, format!("{}{path}", self.url));
        if !self.access.is_empty() {
            request = request.bearer_auth(&self.access);
        }
        if let Some(body) = body {
            request = request.header("idempotency-key", "one").json(body);
        }
        tokio::select! {
            answer = request.send() => Ok(Some(answer?.json().await?)),
            () = self.halted.notified() => Ok(None),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A member of the first row of a list.
fn first(list: &Value, member: &str) -> Result<String, Trouble> {
    let row = list.pointer("/results/0").ok_or_else(|| format!("an empty list: {list}"))?;
    Ok(row.get(member).and_then(Value::as_str).ok_or_else(|| format!("no {member}"))?.to_owned())
}

//! Runs the scenario of the reminders check with a real process: the local server is killed (SIGKILL) before its first,
//! second, third … external call, restarted on the same data, and must send exactly one reminder. The fake Twilio runs
//! in this process, and outlives the server.

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
use testkit::test_app::TestError;
use tokio::sync::Notify;

/// When the scenario begins, by all clocks.
const START: &str = "2027-01-11T12:00:00Z";
/// Runs of the job after the restart, five minutes apart.
const JOB_RUNS: usize = 6;
/// Password of the demo data's users.
const PASSWORD: &str = "citas-demo-password";

/// What outlives the server process.
struct ProcessFixture {
    program: PathBuf,
    folder: PathBuf,
    twilio: FakeTwilio,
    token: String,
    /// The fake Twilio's clock.
    clock: ShiftedClock,
}

/// A running server process. It is killed when it is dropped.
struct Server {
    process: Child,
    url: String,
    access: String,
    halted: Arc<Notify>,
}

enum RunEnd {
    /// The process was stopped at its breakpoint, and killed.
    Killed,
    /// The scenario ended before the breakpoint was reached.
    Completed,
}

/// Kills the process at each of these calls in turn, up to the first one that the scenario doesn't reach. Returns at
/// how many calls it was killed.
///
/// # Errors
/// A reminder was lost or doubled (the text has the call), or the check itself failed.
pub async fn kill_at_each(
    program: &Path,
    calls: impl IntoIterator<Item = usize>,
    progress: impl Fn(usize),
) -> Result<usize, TestError> {
    let mut killed = 0;
    for call in calls {
        progress(call);
        match kill_at(program, call).await.map_err(|error| format!("killed at call {call}: {error}"))? {
            RunEnd::Killed => killed += 1,
            RunEnd::Completed => break,
        }
    }
    Ok(killed)
}

async fn kill_at(program: &Path, call: usize) -> Result<RunEnd, TestError> {
    let (clock, token) = (ShiftedClock::new(), random_token());
    let time = clock.clone();
    let twilio = FakeTwilio::start(FAKE_ACCOUNT.to_owned(), token.clone(), Arc::new(move || time.now().utc()))?;
    let folder = std::env::temp_dir().join(format!("citas-check-{}", random_token()));
    let fixture = ProcessFixture { program: program.to_owned(), folder, twilio, token, clock };
    let ended = fixture.run_scenario(call).await;
    // A folder that can't be removed is left behind.
    let _ = std::fs::remove_dir_all(&fixture.folder);
    ended
}

impl ProcessFixture {
    async fn run_scenario(&self, call: usize) -> Result<RunEnd, TestError> {
        let mut now = Instant::parse(START).map_err(|_| "not an instant")?;
        let mut server = self.start(now).await?;
        let doctor = first(&server.get("/api/doctors/").await?, "id")?;
        let patient = server.get("/api/patients/?page_size=1").await?;
        let (patient, number) = (first(&patient, "id")?, first(&patient, "phone_number")?);
        let slots = server.get(&format!("/api/schedules/slots/?doctor={doctor}&date_from=2027-01-18")).await?;
        let start = first(&slots, "start_datetime")?;
        let booking = json!({ "patient": patient, "doctor": doctor, "start_datetime": start });
        // The first run of a table looks far back; later ones don't.
        server.post("/_dev/reminders/run/", &json!({})).await?;
        server.post("/_dev/halt/", &json!({ "at": call })).await?;
        let mut halted = false;
        let appointment = if let Some(appointment) =
            server.send(Method::POST, "/api/appointments/", Some(&booking)).await?
        {
            appointment
        } else {
            halted = true;
            server = self.restart(server, now).await?;
            server.send(Method::POST, "/api/appointments/", Some(&booking)).await?.ok_or("the process halted again")?
        };
        let appointment = appointment.get("id").and_then(Value::as_str).ok_or("no appointment")?.to_owned();
        now = Instant::parse(&start).map_err(|_| "not an instant")?.plus(TimeDelta::hours(-47));
        self.set_time(&server, now).await?;
        for number in 0..JOB_RUNS {
            if !halted && number > 1 {
                // The reminder was sent without a crash, so nothing is left to do.
                break;
            }
            if server.send(Method::POST, "/_dev/reminders/run/", Some(&json!({}))).await?.is_none() {
                halted = true;
                server = self.restart(server, now).await?;
            }
            now = now.plus(TimeDelta::minutes(5));
            self.set_time(&server, now).await?;
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
        Ok(if halted { RunEnd::Killed } else { RunEnd::Completed })
    }

    async fn set_time(&self, server: &Server, now: Instant) -> Result<(), TestError> {
        self.clock.set_now(now);
        server.post("/_dev/clock/", &json!({ "now": now.rfc3339() })).await.map(drop)
    }

    async fn restart(&self, server: Server, now: Instant) -> Result<Server, TestError> {
        // Dropping kills the process with SIGKILL, so that nothing is flushed.
        drop(server);
        self.start(now).await
    }

    async fn start(&self, now: Instant) -> Result<Server, TestError> {
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
        let halt_signal = Arc::clone(&halted);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if line == super::breakpoint::HALTED_LINE {
                    halt_signal.notify_one();
                }
            }
        });
        let mut server = Server { process, url, access: String::new(), halted };
        server.sign_in().await?;
        Ok(server)
    }
}

impl Server {
    async fn sign_in(&mut self) -> Result<(), TestError> {
        self.access.clear();
        let body = json!({ "email": "operator@example.com", "password": PASSWORD });
        let signed_in = self.post("/api/auth/token/", &body).await?;
        self.access = signed_in.get("access").and_then(Value::as_str).ok_or("no token")?.to_owned();
        Ok(())
    }

    async fn get(&self, path: &str) -> Result<Value, TestError> {
        self.send(Method::GET, path, None).await?.ok_or_else(|| "the process halted again".into())
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, TestError> {
        self.send(Method::POST, path, Some(body)).await?.ok_or_else(|| "the process halted again".into())
    }

    /// Sends a request with a constant idempotency key; `None` if the server halted at its breakpoint.
    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Option<Value>, TestError> {
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
        // The process may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A member of the first result of a list.
fn first(list: &Value, member: &str) -> Result<String, TestError> {
    let row = list.pointer("/results/0").ok_or_else(|| format!("an empty list: {list}"))?;
    Ok(row.get(member).and_then(Value::as_str).ok_or_else(|| format!("no {member}"))?.to_owned())
}

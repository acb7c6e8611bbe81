//! What units and requests cost in money, per thousand appointments and per month, beside the service that
//! citas replaces.
//!
//! Prices are public ones of us-east-1, in dollars, as they were known on [`PRICES_OF`]. Nothing looks them
//! up: whoever decides by them holds them against AWS's calculator first.

use super::life::{Life, Step};
use std::fmt::Write as _;

/// When the prices were noted.
pub const PRICES_OF: &str = "November 2025";

/// DynamoDB, on demand: a million write request units.
const WRITES: f64 = 0.625;
/// A million read request units.
const READS: f64 = 0.125;
/// A gigabyte for a month, with point-in-time recovery.
const STORED: f64 = 0.25 + 0.20;
/// Lambda on arm64: a million invocations.
const INVOCATIONS: f64 = 0.20;
/// A gigabyte for a second.
pub(crate) const GB_SECONDS: f64 = 0.000_013_333_4;
/// API Gateway, REST: a million requests.
const REQUESTS: f64 = 3.50;
/// EventBridge: a million events.
const EVENTS: f64 = 1.0;
/// CloudWatch: a gigabyte of log.
const LOGGED: f64 = 0.50;
/// What a deployment costs that nobody uses: five secrets, 16 alarms and 14 metrics of which ten each are
/// free, a dashboard.
const STANDING: f64 = 5.0 * 0.40 + 6.0 * 0.10 + 4.0 * 0.30;

/// Milliseconds that a call to the table takes within a region. Everything else in a request is less than one.
pub(crate) const CALL_MS: f64 = 4.0;
/// Milliseconds that Twilio takes for a message; sixteen are under way at once.
const TWILIO_MS: f64 = 150.0 / 16.0;
/// Gigabytes of memory of a function.
const MEMORY: f64 = 0.25;
/// Gigabytes that an appointment takes with its history, audit, messages and index entries: 20 KB.
const APPOINTMENT_GB: f64 = 20.0 / 1024.0 / 1024.0;
/// Bytes of log that an invocation writes, Lambda's own lines included.
const LOG_BYTES: f64 = 700.0;
/// Events for other systems, per appointment.
const APPOINTMENT_EVENTS: f64 = 2.0;
/// Runs of the scheduled job in a month.
const RUNS: f64 = 4.0 * 24.0 * 30.0;
/// Appointments of a clinic in a month.
const APPOINTMENTS: f64 = 1_000.0;

/// What a thousand appointments cost, by service.
struct Thousand {
    table: f64,
    lambda: f64,
    gateway: f64,
    rest: f64,
}

impl Thousand {
    fn of(life: &Life) -> Self {
        // Of a thousand appointments, at prices by the million.
        let million = 1.0 / 1_000.0;
        let units = life.units();
        let requests: f64 = life.steps.iter().map(requests).sum();
        let seconds: f64 = life.steps.iter().map(milliseconds).sum();
        Self {
            table: million * (units.write() as f64 * WRITES + units.read() * READS),
            lambda: million * requests * INVOCATIONS + seconds * MEMORY * GB_SECONDS,
            gateway: million * requests * REQUESTS,
            rest: million * APPOINTMENT_EVENTS * EVENTS + 1_000.0 * requests * LOG_BYTES / 1e9 * LOGGED,
        }
    }

    fn sum(&self) -> f64 {
        self.table + self.lambda + self.gateway + self.rest
    }
}

fn requests(step: &Step) -> f64 {
    f64::from(step.times * step.requests)
}

/// Billed milliseconds of a step, which are the seconds of a thousand of it.
fn milliseconds(step: &Step) -> f64 {
    match step.requests {
        // The job waits for Twilio, and for the table while others of its messages are under way.
        0 => f64::from(step.times) * (CALL_MS + TWILIO_MS),
        _ => requests(step) * step.rounds as f64 * CALL_MS,
    }
}

/// The services that a Django deployment of the same size is made of, with what they cost in a month.
struct Django {
    clinics: u32,
    services: &'static str,
    dollars: f64,
}

/// Hours of a month.
const HOURS: f64 = 730.0;
/// Fargate: a processor for an hour, and a gigabyte.
const CPU: f64 = 0.040_48;
const RAM: f64 = 0.004_445;
/// A load balancer for an hour.
const BALANCER: f64 = 0.0225 + 0.008;

const fn tasks(number: f64, cpu: f64, memory: f64) -> f64 {
    number * (cpu * CPU + memory * RAM) * HOURS
}

/// Two web tasks, a worker and a beat are the least that doesn't stop for a deployment. Instances: PostgreSQL
/// and Redis by the hour; from a hundred clinics on the database has a standby.
const DJANGO: [Django; 3] = [
    Django {
        clinics: 1,
        services: "2 web tasks, worker, beat (¼ CPU); db.t4g.micro; cache.t4g.micro",
        dollars: tasks(4.0, 0.25, 0.5) + (BALANCER + 0.016 + 0.016) * HOURS + 20.0 * 0.115,
    },
    Django {
        clinics: 100,
        services: "2 web tasks, 2 workers (½ CPU), beat; db.t4g.medium with standby; cache.t4g.small",
        dollars: tasks(4.0, 0.5, 1.0) + tasks(1.0, 0.25, 0.5) + (BALANCER + 0.129 + 0.032) * HOURS + 100.0 * 0.23,
    },
    Django {
        clinics: 10_000,
        services: "12 web tasks, 6 workers (1 CPU), beat; db.m6g.2xlarge with standby; cache.m6g.large with replica",
        dollars: tasks(18.0, 1.0, 2.0)
            + tasks(1.0, 0.25, 0.5)
            + (BALANCER + 20.0 * 0.008 + 1.272 + 0.298) * HOURS
            + 4_000.0 * 0.23,
    },
];

/// The page: what an appointment is made of, what a thousand cost, what a month costs.
#[must_use]
pub fn markdown(life: &Life) -> String {
    let mut page = String::from("| In an appointment's life | times | RRU | WRU |\n|---|---:|---:|---:|\n");
    // Writing to a text can't fail.
    for Step { name, times, units, .. } in &life.steps {
        let _ = writeln!(page, "| {name} | {times} | {} | {} |", units.read(), units.write());
    }
    let (all, idle) = (life.units(), life.idle_run);
    let _ = writeln!(page, "| **all of it** | | **{}** | **{}** |", all.read(), all.write());
    let _ = writeln!(page, "| a run of the job that has nothing to do | | {} | {} |\n", idle.read(), idle.write());
    let thousand = Thousand::of(life);
    let Thousand { table, lambda, gateway, rest } = thousand;
    let _ = writeln!(page, "| 1,000 appointments | DynamoDB | Lambda | API Gateway | events, logs | all |");
    let _ = writeln!(page, "|---|---:|---:|---:|---:|---:|");
    let sum = thousand.sum();
    let _ = writeln!(page, "| citas | ${table:.2} | ${lambda:.2} | ${gateway:.2} | ${rest:.2} | **${sum:.2}** |\n");
    let _ = writeln!(page, "| Clinics | Appointments a month | citas | Django | which is |");
    let _ = writeln!(page, "|---:|---:|---:|---:|---|");
    for Django { clinics, services, dollars } in DJANGO {
        let appointments = f64::from(clinics) * APPOINTMENTS;
        let citas = month(life, appointments);
        let _ = writeln!(page, "| {clinics} | {appointments} | ${citas:.0} | ${dollars:.0} | {services} |");
    }
    page
}

/// A month with so many appointments; a year of them is stored.
fn month(life: &Life, appointments: f64) -> f64 {
    let idle = life.idle_run;
    let runs = RUNS * (idle.write() as f64 * WRITES + idle.read() * READS + INVOCATIONS) / 1e6;
    STANDING + runs + appointments / 1_000.0 * Thousand::of(life).sum() + 12.0 * appointments * APPOINTMENT_GB * STORED
}

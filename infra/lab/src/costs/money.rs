//! Computes the price of units and requests, per thousand appointments and per month, and compares it with the Django
//! service that citas replaces.
//!
//! Prices are the public prices of us-east-1 in dollars, as of [`PRICES_OF`]. They are not updated automatically:
//! compare them with AWS's calculator before a decision.

use super::lifecycle::{LifecycleCost, LifecycleStep};
use std::fmt::Write as _;

/// When the prices were recorded.
pub const PRICES_OF: &str = "November 2025";

/// DynamoDB on demand: a million write request units.
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
/// The monthly cost of an unused deployment: five secrets, 18 alarms and 16 metrics of which ten each are free, and a
/// dashboard.
const FIXED_MONTHLY: f64 = 5.0 * 0.40 + 8.0 * 0.10 + 6.0 * 0.30;

/// Milliseconds of a call to the table within a region. Everything else in a request takes less than one.
pub(crate) const CALL_MS: f64 = 4.0;
/// Milliseconds of a message at Twilio; sixteen are sent concurrently.
const TWILIO_MS: f64 = 150.0 / 16.0;
/// Gigabytes of memory of a function.
const MEMORY: f64 = 0.25;
/// Gigabytes of an appointment with its history, audit rows, messages and index entries: 20 KB.
const APPOINTMENT_GB: f64 = 20.0 / 1024.0 / 1024.0;
/// Bytes of log of an invocation, including Lambda's own lines.
const LOG_BYTES: f64 = 700.0;
/// EventBridge events per appointment.
const APPOINTMENT_EVENTS: f64 = 2.0;
/// Runs of the scheduled job in a month.
const RUNS: f64 = 12.0 * 24.0 * 30.0;
/// Appointments of a clinic in a month.
const APPOINTMENTS: f64 = 1_000.0;

/// The price of a thousand appointments, by service.
struct CostPerThousand {
    table: f64,
    lambda: f64,
    gateway: f64,
    rest: f64,
}

impl CostPerThousand {
    fn of(lifecycle: &LifecycleCost) -> Self {
        // A thousand appointments, at prices per million.
        let million = 1.0 / 1_000.0;
        let units = lifecycle.units();
        let requests: f64 = lifecycle.steps.iter().map(requests).sum();
        let seconds: f64 = lifecycle.steps.iter().map(milliseconds).sum();
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

fn requests(step: &LifecycleStep) -> f64 {
    f64::from(step.times * step.requests)
}

/// Billed milliseconds of a step, which equal the seconds of a thousand such steps.
fn milliseconds(step: &LifecycleStep) -> f64 {
    match step.requests {
        // The job waits for Twilio, and for the table while its other messages are being sent.
        0 => f64::from(step.times) * (CALL_MS + TWILIO_MS),
        _ => requests(step) * step.rounds as f64 * CALL_MS,
    }
}

/// The services of a Django deployment of the same size, with their price per month.
struct DjangoDeployment {
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

/// Two web tasks, a worker and a beat are the minimum for deployments without downtime. Instances: PostgreSQL and Redis
/// by the hour; from a hundred clinics on, the database has a standby.
const DJANGO_DEPLOYMENTS: [DjangoDeployment; 3] = [
    DjangoDeployment {
        clinics: 1,
        services: "2 web tasks, worker, beat (¼ CPU); db.t4g.micro; cache.t4g.micro",
        dollars: tasks(4.0, 0.25, 0.5) + (BALANCER + 0.016 + 0.016) * HOURS + 20.0 * 0.115,
    },
    DjangoDeployment {
        clinics: 100,
        services: "2 web tasks, 2 workers (½ CPU), beat; db.t4g.medium with standby; cache.t4g.small",
        dollars: tasks(4.0, 0.5, 1.0) + tasks(1.0, 0.25, 0.5) + (BALANCER + 0.129 + 0.032) * HOURS + 100.0 * 0.23,
    },
    DjangoDeployment {
        clinics: 10_000,
        services: "12 web tasks, 6 workers (1 CPU), beat; db.m6g.2xlarge with standby; cache.m6g.large with replica",
        dollars: tasks(18.0, 1.0, 2.0)
            + tasks(1.0, 0.25, 0.5)
            + (BALANCER + 20.0 * 0.008 + 1.272 + 0.298) * HOURS
            + 4_000.0 * 0.23,
    },
];

/// Formats three tables: the steps of an appointment, the price of a thousand, and the price of a month.
#[must_use]
pub fn markdown(lifecycle: &LifecycleCost) -> String {
    let mut page = String::from("| Step of an appointment | times | RRU | WRU |\n|---|---:|---:|---:|\n");
    // Writing to a String can't fail.
    for LifecycleStep { name, times, units, .. } in &lifecycle.steps {
        let _ = writeln!(page, "| {name} | {times} | {} | {} |", units.read(), units.write());
    }
    let (all, idle) = (lifecycle.units(), lifecycle.idle_run);
    let _ = writeln!(page, "| **total** | | **{}** | **{}** |", all.read(), all.write());
    let _ = writeln!(page, "| a run of the job without work | | {} | {} |\n", idle.read(), idle.write());
    let thousand = CostPerThousand::of(lifecycle);
    let CostPerThousand { table, lambda, gateway, rest } = thousand;
    let _ = writeln!(page, "| 1,000 appointments | DynamoDB | Lambda | API Gateway | events, logs | total |");
    let _ = writeln!(page, "|---|---:|---:|---:|---:|---:|");
    let sum = thousand.sum();
    let _ = writeln!(page, "| citas | ${table:.2} | ${lambda:.2} | ${gateway:.2} | ${rest:.2} | **${sum:.2}** |\n");
    let _ = writeln!(page, "| Clinics | Appointments a month | citas | Django | Django's services |");
    let _ = writeln!(page, "|---:|---:|---:|---:|---|");
    for DjangoDeployment { clinics, services, dollars } in DJANGO_DEPLOYMENTS {
        let appointments = f64::from(clinics) * APPOINTMENTS;
        let citas = month(lifecycle, appointments);
        let _ = writeln!(page, "| {clinics} | {appointments} | ${citas:.0} | ${dollars:.0} | {services} |");
    }
    page
}

/// The price of a month with so many appointments, with a year of them in storage.
fn month(lifecycle: &LifecycleCost, appointments: f64) -> f64 {
    let idle = lifecycle.idle_run;
    let runs = RUNS * (idle.write() as f64 * WRITES + idle.read() * READS + INVOCATIONS) / 1e6;
    FIXED_MONTHLY
        + runs
        + appointments / 1_000.0 * CostPerThousand::of(lifecycle).sum()
        + 12.0 * appointments * APPOINTMENT_GB * STORED
}

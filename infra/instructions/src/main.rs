//! Calls one of the CPU-bound functions a given number of times. `infra/checks/instructions` runs it under callgrind
//! to detect an increase of the instructions that a function takes.
//!
//! Usage: `instructions NAME TIMES`; without arguments it lists the names. It is a separate program without the AWS
//! SDKs, so that it builds in one minute instead of ten.

use domain::agenda::{Agenda, AgendaEntry};
use domain::appointment::{Appointment, Reminder, Status};
use domain::availability::{SlotConstraints, slots};
use domain::closure::Closures;
use domain::ids::{AppointmentId, ClinicId, DoctorId, Id as _, NotificationId, PatientId, RoomId, WindowId};
use domain::lifecycle::{Action, ActionRequest, ActorRole, allowed_actions, apply};
use domain::name::Name;
use domain::notification::NotificationStatus;
use domain::phone::MatchKey;
use domain::reply::interpret;
use domain::schedule::{AvailabilityPeriod, Source};
use domain::time::{Instant, Interval, TimeDelta, Zone, parse_date, parse_time};
use identity::access::{AccessToken, Issuer, TokenSubject, verify};
use identity::keys::SigningKey;
use std::error::Error;
use std::hint::black_box;
use std::io::Write as _;
use twilio::Form;
use twilio::signature::{AuthToken, sign};

/// A call of a function whose inputs are prepared already, so that the preparation isn't counted.
type Measured = Box<dyn Fn()>;

/// The names of the functions, as in the baseline.
const NAMES: [&str; 7] =
    ["slots_of_a_day", "clash", "transition", "reply", "match_key", "webhook_signature", "access_token"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(name), Some(times)) = (arguments.next(), arguments.next()) else {
        writeln!(std::io::stdout(), "{}", NAMES.join("\n"))?;
        return Ok(());
    };
    let function = function(&name)?;
    for _ in 0..times.parse::<u32>()? {
        function();
    }
    Ok(())
}

fn function(name: &str) -> Result<Measured, Box<dyn Error>> {
    Ok(match name {
        "slots_of_a_day" => {
            let (period, agenda) = (period()?, agenda()?);
            let (room, open) = (Agenda::default(), Closures::default());
            let now = at("2025-12-01T12:00:00Z")?;
            Box::new(move || {
                let needs = SlotConstraints {
                    doctor: &agenda,
                    buffer: TimeDelta::minutes(10),
                    room: &room,
                    capacity: 1,
                    closed: [&open, &open],
                };
                black_box(slots(black_box(&period), std::slice::from_ref(&period), needs, now));
            })
        }
        "clash" => {
            let (agenda, wanted) = (agenda()?, interval(35)?);
            Box::new(move || _ = black_box(black_box(&agenda).first_overlap(wanted)))
        }
        "transition" => {
            let appointment = appointment()?;
            let now = appointment.created_at;
            let request = ActionRequest {
                action: Action::Confirm,
                role: ActorRole::Patient,
                now,
                reason: None,
                hold_until: None,
            };
            Box::new(move || {
                drop(black_box(apply(black_box(&appointment), &request)));
                drop(black_box(allowed_actions(&appointment, ActorRole::Operator, now)));
            })
        }
        "reply" => Box::new(|| {
            black_box(interpret(black_box("Buenas tardes, sí confirmo la cita de mi mamá para mañana, gracias 🙏")));
        }),
        "match_key" => Box::new(|| drop(black_box(MatchKey::of(black_box("whatsapp:+5491155501234"))))),
        "webhook_signature" => {
            let token = AuthToken::new("0123456789abcdef0123456789abcdef");
            let url = "https://citas.example/prod/api/notifications/whatsapp/webhook/";
            let form: Form = [
                ("AccountSid", "AC-of-the-same-length-000000000000"),
                ("Body", "Confirmar"),
                ("ButtonPayload", "confirm:01940000-0000-7000-8000-000000000005"),
                ("From", "whatsapp:+12025550141"),
                ("MessageSid", "SM-of-the-same-length-000000000000"),
                ("To", "whatsapp:+12025550100"),
            ]
            .into_iter()
            .collect();
            Box::new(move || drop(black_box(sign(&token, black_box(url), &form))))
        }
        "access_token" => {
            const NOW: i64 = 1_800_000_000;
            let key = SigningKey::from_secret(b"a signing secret of 32 bytes, ok!")?;
            let issuer = Issuer { iss: "https://citas.example".to_owned(), aud: "citas".to_owned() };
            let subject = TokenSubject { user: "user-1", session: "session-1" };
            let token = AccessToken::issue(&key, &issuer, subject, NOW)?.into_string();
            Box::new(move || drop(black_box(verify(black_box(&token), |_| Some(key.public().clone()), &issuer, NOW))))
        }
        other => return Err(format!("unknown function: {other}").into()),
    })
}

fn at(text: &str) -> Result<Instant, Box<dyn Error>> {
    Instant::parse(text).map_err(|_| "not an instant".into())
}

/// The half-hour slot with this number, counted from nine o'clock.
fn interval(slot: i64) -> Result<Interval, Box<dyn Error>> {
    let start = at("2025-12-15T14:00:00Z")?.plus(TimeDelta::minutes(30 * slot));
    Interval::new(start, start.plus(TimeDelta::minutes(30))).ok_or_else(|| "not an interval".into())
}

fn period() -> Result<AvailabilityPeriod, Box<dyn Error>> {
    Ok(AvailabilityPeriod {
        source: Source::Window(WindowId::nil()),
        doctor: DoctorId::nil(),
        room: RoomId::nil(),
        clinic: ClinicId::nil(),
        zone: Zone::parse("America/Bogota").map_err(|_| "no zone")?,
        date: parse_date("2025-12-15").map_err(|_| "no date")?,
        start_time: parse_time("09:00").map_err(|_| "no time")?,
        end_time: parse_time("19:00").map_err(|_| "no time")?.into(),
        slot_minutes: 30,
    })
}

/// An agenda in which every other half hour is booked.
fn agenda() -> Result<Agenda, Box<dyn Error>> {
    let mut agenda = Agenda::default();
    for slot in (0..20).step_by(2) {
        agenda.add(AppointmentId::nil(), AgendaEntry { interval: interval(slot)?, overbooked: false });
    }
    Ok(agenda)
}

fn appointment() -> Result<Appointment, Box<dyn Error>> {
    let (now, interval) = (at("2025-12-01T12:00:00Z")?, interval(0)?);
    Ok(Appointment {
        id: AppointmentId::nil(),
        patient: PatientId::nil(),
        patient_name: Name::default(),
        doctor: DoctorId::nil(),
        doctor_name: Name::default(),
        clinic: ClinicId::nil(),
        clinic_name: Name::default(),
        room: RoomId::nil(),
        room_name: Name::default(),
        zone: Zone::parse("America/Bogota").map_err(|_| "no zone")?,
        start: interval.start(),
        end: interval.end(),
        buffer_minutes: 0,
        status: Status::Pending,
        reason: None,
        notes: None,
        overbook: false,
        confirmed_at: None,
        confirmed_via: None,
        cancel_reason: None,
        rescheduled_from: None,
        rescheduled_to: None,
        hold_until: None,
        needs_attention: false,
        attention: Vec::new(),
        stranded: false,
        reminder: Reminder { notification: NotificationId::nil(), due_at: now, status: NotificationStatus::Pending },
        notice: None,
        status_at: now,
        created_by: None,
        created_at: now,
        updated_at: now,
        version: 1,
    })
}

//! Demo data for an empty table: two clinics in two time zones, doctors with weekly rules, patients, an ADMIN and an
//! OPERATOR, but no appointments.

use app::accounts::users;
use app::availability::schedules::{RuleDraft, create_rule};
use app::directory::clinics;
use app::directory::doctors;
use app::directory::patients;
use app::{App, AppError, Context};
use domain::clinic::{ClinicProfile, DEFAULT_MEDIA_DAYS, ReminderSettings, RoomProfile};
use domain::contact::Contacts;
use domain::doctor::{DoctorProfile, SpecialtyProfile};
use domain::email::Email;
use domain::ids::{ClinicId, DoctorId, RoomId, SpecialtyId};
use domain::language::Language;
use domain::patient::PatientProfile;
use domain::phone::Phone;
use domain::text::Line;
use domain::time::{Zone, parse_time};
use domain::user::{Credentials, Role, UserProfile};
use domain::violation::{Rule, Violations};
use domain::weekly_rule::Weekdays;
use identity::password::Password;
use store::Key;
use store::counter::Counter;

const CLINICS: [(&str, &str, &str, &str); 2] = [
    ("Clínica Norte", "Av. Siempreviva 742", "America/Argentina/Buenos_Aires", "Consultorio 1"),
    ("Centro Médico Chapinero", "Carrera 7 # 45-10", "America/Bogota", "Consultorio 2"),
];

const DOCTORS: [(&str, &str, &str); 3] =
    [("Héctor", "Núñez", "Cardiología"), ("Sofía", "Peña", "Pediatría"), ("Raúl", "Güell", "Clínica médica")];

/// Phone numbers are from a range that is not assigned.
const PATIENTS: [(&str, &str, &str, &str); 3] = [
    ("Lucía", "Fernández", "30.123.456", "+12025550141"),
    ("José", "O'Higgins Pérez", "28.999.111", "+12025550142"),
    ("Ñusta", "García", "007-9244734-7", "+12025550143"),
];

/// The phone number of a demo patient.
pub(crate) const DEMO_PHONE: &str = PATIENTS[0].3;

/// Writes the demo data, if the table has no users. Returns whether it did.
pub async fn seed(app: &App, password: &str) -> Result<bool, AppError> {
    if app.table.get::<Counter>(&Key::admins()).await?.is_some() {
        return Ok(false);
    }
    let ctx = || Context::of_system("demo".into());
    let mut specialties = Vec::new();
    for (_, _, specialty) in DOCTORS {
        let profile = SpecialtyProfile { name: line("name", specialty)? };
        specialties.push(doctors::create_specialty(app, &ctx(), profile).await?.value.id);
    }
    let mut rooms = Vec::new();
    for (name, address, zone, room) in CLINICS {
        let clinic = clinics::create_clinic(app, &ctx(), clinic(name, address, zone)?).await?.value.clinic.id;
        let room = RoomProfile { clinic, name: line("name", room)?, capacity: 1 };
        rooms.push(clinics::create_room(app, &ctx(), room).await?.value.id);
    }
    for (index, ((first, last, _), specialty)) in DOCTORS.into_iter().zip(specialties).enumerate() {
        let doctor = doctors::create_doctor(app, &ctx(), doctor(first, last, specialty)?).await?.value.id;
        // Two doctors in the same room have it at different times of the day.
        let Some(room) = rooms.get(index % rooms.len()) else { continue };
        let (from, until) = if index < rooms.len() { ("09:00", "13:00") } else { ("14:00", "18:00") };
        add_weekly_rule(app, doctor, *room, from, until).await?;
    }
    for (first, last, document, phone) in PATIENTS {
        patients::create_patient(app, &ctx(), patient(app, first, last, document, phone)?).await?;
    }
    // Users are created last, so that a table with users has all demo data.
    for (email, role) in [("operator@example.com", Role::Operator), ("admin@example.com", Role::Admin)] {
        let password =
            Password::parse(password).map_err(|_| AppError::invalid("CITAS_DEMO_PASSWORD", Rule::TooShort(12)))?;
        users::create_user(app, &ctx(), user(email, role)?, &password).await?;
    }
    Ok(true)
}

/// Creates a weekly rule for every day of the week, so that there are slots on any day.
async fn add_weekly_rule(app: &App, doctor: DoctorId, room: RoomId, from: &str, until: &str) -> Result<(), AppError> {
    let draft = RuleDraft {
        doctor,
        room,
        weekdays: rule("weekdays", Weekdays::parse(&[1, 2, 3, 4, 5, 6, 7]))?,
        start_time: rule("start_time", parse_time(from))?,
        end_time: rule("end_time", parse_time(until))?.into(),
        slot_minutes: 30,
        valid_from: app.now().utc_day(),
        valid_until: None,
        interval_weeks: 1,
    };
    create_rule(app, &Context::of_system("demo".into()), &draft).await?;
    Ok(())
}

fn rule<T>(field: &str, parsed: Result<T, Rule>) -> Result<T, AppError> {
    parsed.map_err(|rule| AppError::Validation(Violations::of(field, rule)))
}

fn line<const MAX: usize>(field: &str, text: &str) -> Result<Line<MAX>, AppError> {
    rule(field, Line::parse(text))
}

fn clinic(name: &str, address: &str, zone: &str) -> Result<ClinicProfile, AppError> {
    Ok(ClinicProfile {
        name: line("name", name)?,
        address: Some(line("address", address)?),
        phone_number: None,
        timezone: rule("timezone", Zone::parse(zone))?,
        reminders: ReminderSettings::default(),
        hold_minutes: 120,
        overbook_per_day: 0,
        notify_on_create: false,
        notify_on_cancel: true,
        notify_on_move: true,
        emergency_number: None,
        quick_replies: Vec::new(),
        media_days: DEFAULT_MEDIA_DAYS,
    })
}

fn doctor(first: &str, last: &str, specialty: SpecialtyId) -> Result<DoctorProfile, AppError> {
    Ok(DoctorProfile {
        first_name: line("first_name", first)?,
        last_name: line("last_name", last)?,
        specialties: vec![specialty],
        specialty: None,
        email: None,
        phone_number: None,
        license_number: None,
        buffer_minutes: 0,
    })
}

fn patient(app: &App, first: &str, last: &str, document: &str, phone: &str) -> Result<PatientProfile, AppError> {
    Ok(PatientProfile {
        first_name: line("first_name", first)?,
        last_name: line("last_name", last)?,
        document_type: line("document_type", "CC")?,
        document_number: line("document_number", document)?,
        birth_date: None,
        phone_number: Some(rule("phone_number", Phone::parse(phone, app.country))?),
        email: None,
        address: None,
        emergency_contact: None,
        emergency_phone: None,
        language: Language::Es,
        whatsapp_opt_in: true,
        whatsapp_opt_in_at: None,
        notes: None,
        contacts: Contacts::default(),
        erased_at: None,
    })
}

fn user(email: &str, role: Role) -> Result<UserProfile, AppError> {
    Ok(UserProfile {
        email: rule("email", Email::parse(email))?,
        first_name: Some(line("first_name", if role == Role::Admin { "Ada" } else { "Olga" })?),
        last_name: Some(line("last_name", "Demo")?),
        role,
        clinics: std::collections::BTreeSet::<ClinicId>::new(),
        language: None,
        credentials: Credentials { password: String::new(), generation: 0, last_login_at: None },
    })
}

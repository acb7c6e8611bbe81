use super::*;
use app::support::dependents::{DependentAppointment, Dependents};
use app::support::error::{Conflict, MediaRefusal, Offer};
use domain::appointment::Status;
use domain::ids::{AppointmentId, Id as _, PatientId};
use domain::phone::PhoneProblem;
use domain::time::{Instant, Zone};
use domain::violation::Rule;
use std::fmt::Write as _;

/// One problem of each code, in the order of [`Code::ALL`].
fn problem_of_each_code() -> Vec<Problem> {
    let (start, end) = (Instant::from_unix(1_765_803_600).unwrap(), Instant::from_unix(1_765_805_400).unwrap());
    let zone = Zone::parse("America/Argentina/Buenos_Aires").unwrap();
    let appointment = AppointmentId::from_uuid(uuid::Uuid::from_u128(7));
    let offer = Offer {
        doctor: DoctorId::from_uuid(uuid::Uuid::from_u128(8)),
        doctor_name: "Alicia Mora".into(),
        room: RoomId::from_uuid(uuid::Uuid::from_u128(9)),
        room_name: "Consultorio 1".into(),
        start,
        end,
        zone,
    };
    let dependent = DependentAppointment {
        appointment,
        patient: PatientId::from_uuid(uuid::Uuid::from_u128(8)),
        patient_name: "Julia Paz".into(),
        doctor_name: "Ana Ríos".into(),
        start,
        end,
        zone,
        status: Status::Pending,
    };
    vec![
        AppError::invalid("first_name", Rule::Required).into(),
        RequestError::Malformed.into(),
        AppError::InvalidCursor.into(),
        AppError::NotAuthenticated.into(),
        AppError::InvalidCredentials.into(),
        AppError::OtpRequired.into(),
        AppError::TokenExpired.into(),
        AppError::PermissionDenied.into(),
        AppError::NotFound.into(),
        RequestError::MethodNotAllowed { allow: "GET, HEAD".into() }.into(),
        AppError::AlreadyExists {
            field: "document_number",
            existing: Existing::Unique(Some("019ba0de-3a00-7a11-8f00-5d2c9b7e0a42".into())),
        }
        .into(),
        AppError::SlotTaken {
            conflicts: vec![Conflict { resource: "doctor", start, end, zone, appointment: None, patient_name: None }],
            offers: vec![offer.clone()],
        }
        .into(),
        AppError::OutsideAvailability { cause: Some(OutsideCause::RoomClosed), offers: vec![offer] }.into(),
        AppError::OverbookLimit { limit: 4, used: 5 }.into(),
        AppError::IllegalTransition {
            from: Status::Confirmed,
            action: "no_show",
            allowed: vec![Action::Cancel, Action::Complete],
            cause: Some(WrongTime::TooEarly),
        }
        .into(),
        AppError::InUse(Box::new(Dependents { appointments: vec![dependent], others: 2, ..Dependents::default() }))
            .into(),
        AppError::AlreadySent.into(),
        AppError::PreconditionFailed.into(),
        RequestError::TooLarge.into(),
        RequestError::UnsupportedMediaType.into(),
        AppError::IdempotencyMismatch.into(),
        AppError::Throttled { retry_after: 30 }.into(),
        AppError::Busy("for the operator".into()).into(),
        AppError::Internal("for the operator".into()).into(),
    ]
}

async fn read(problem: &Problem, language: Language) -> (HeaderMap, String) {
    let (parts, body) = response(problem, language, "request-1").into_parts();
    let text = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    (parts.headers, String::from_utf8(text.to_vec()).unwrap())
}

#[tokio::test]
async fn every_problem_in_every_language() {
    let problems = problem_of_each_code();
    let codes: Vec<Code> = problems.iter().map(Problem::code).collect();
    assert_eq!(codes, Code::ALL, "one problem of each code, in order");
    let mut table = String::new();
    for problem in &problems {
        let (headers, spanish) = read(problem, Language::Es).await;
        writeln!(table, "{spanish}").unwrap();
        for name in [ALLOW, RETRY_AFTER, WWW_AUTHENTICATE] {
            if let Some(value) = headers.get(&name) {
                writeln!(table, "  {name}: {}", value.to_str().unwrap()).unwrap();
            }
        }
        for language in [Language::En, Language::Pt] {
            let code = problem.code();
            let (title, detail) = (texts::title(code, language), texts::detail(code, language));
            writeln!(table, "  {}: {title}. {detail}", language.code()).unwrap();
        }
        assert!(!spanish.contains("operator"));
    }
    insta::assert_snapshot!(table);
}

#[test]
fn every_rule_in_every_language() {
    let rules = [
        Rule::Required,
        Rule::Unknown,
        Rule::Duplicate,
        Rule::Type,
        Rule::ReadOnly,
        Rule::TooLong(100),
        Rule::TooShort(12),
        Rule::Characters,
        Rule::Range(1, 200),
        Rule::OneOf(&["a", "b"]),
        Rule::Email,
        Rule::Phone { problem: PhoneProblem::Characters, example: "+57 300 123 4567" },
        Rule::Phone { problem: PhoneProblem::TooShort, example: "+57 300 123 4567" },
        Rule::Phone { problem: PhoneProblem::TooLong, example: "+57 300 123 4567" },
        Rule::Phone { problem: PhoneProblem::Unassigned, example: "+57 300 123 4567" },
        Rule::Date,
        Rule::BirthDate,
        Rule::Time,
        Rule::DateTime,
        Rule::SkippedLocalTime,
        Rule::RepeatedLocalTime,
        Rule::TimeZone,
        Rule::Id,
        Rule::NoSuchThing,
        Rule::Inactive,
        Rule::ClinicInactive,
        Rule::NoSlot,
        Rule::NeverApplies,
        Rule::Past,
        Rule::EndNotAfterStart,
        Rule::Minutes(5, 720),
        Rule::TooManyDays(31),
        Rule::TooLargeResponse,
        Rule::CommonPassword,
        Rule::WrongPassword,
        Rule::WrongCode,
        Rule::OneNeeded(&["doctor", "room"]),
        Rule::ExactlyOne(&["doctor", "room"]),
        Rule::NoZone,
        Rule::TooMany(10),
        Rule::Repeated,
        Rule::NotTogetherWith("room"),
        Rule::NamesThePatient,
        Rule::OptedOut,
        Rule::WrongNumber,
        Rule::NotReachableByChat,
        Rule::Variables(&["{name}", "{date}"]),
    ];
    let mut table = String::new();
    for rule in &rules {
        let in_each_language = Language::ALL.map(|language| texts::rule(rule, language));
        assert!(in_each_language.iter().all(|text| !text.contains("{}")), "{in_each_language:?}");
        writeln!(table, "{rule:?}\n  {}", in_each_language.join("\n  ")).unwrap();
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn a_known_cause_is_said_in_every_language() {
    let mut texts = std::collections::BTreeSet::new();
    let outside = [OutsideCause::NoAvailability, OutsideCause::Holiday, OutsideCause::Block, OutsideCause::RoomClosed];
    let outside = outside.map(|cause| (AppError::outside(cause), cause.name()));
    let wrong_time = [WrongTime::TooEarly, WrongTime::TooLate].map(|cause| {
        let error = AppError::IllegalTransition {
            from: Status::Pending,
            action: "complete",
            allowed: Vec::new(),
            cause: Some(cause),
        };
        (error, cause.name())
    });
    for (error, cause) in outside.into_iter().chain(wrong_time) {
        let problem = error.into();
        for language in [Language::Es, Language::En, Language::Pt] {
            let body: serde_json::Value = serde_json::from_str(&read(&problem, language).await.1).unwrap();
            assert_eq!(body["cause"], cause);
            texts.insert(body["detail"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(texts.len(), 18, "each cause in each language");
}

#[tokio::test]
async fn a_refused_file_is_explained_in_every_language() {
    let mut texts = std::collections::BTreeSet::new();
    for (refusal, code) in [(MediaRefusal::Type, "unsupported_media_type"), (MediaRefusal::TooLong, "too_large")] {
        let problem = AppError::MediaRefused(refusal).into();
        for language in [Language::Es, Language::En, Language::Pt] {
            let body: serde_json::Value = serde_json::from_str(&read(&problem, language).await.1).unwrap();
            assert_eq!(body["code"], code);
            texts.insert(body["detail"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(texts.len(), 6, "not what is said of a request");
}

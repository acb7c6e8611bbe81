use super::*;
use app::support::error::{Conflict, DependentAppointment};
use domain::appointment::Status;
use domain::ids::Id as _;
use domain::time::{Instant, Zone};
use domain::violation::Rule;
use std::fmt::Write as _;

/// One problem of each code, in the order of [`Code::ALL`].
fn problem_of_each_code() -> Vec<Problem> {
    let (start, end) = (Instant::from_unix(1_765_803_600).unwrap(), Instant::from_unix(1_765_805_400).unwrap());
    let zone = Zone::parse("America/Argentina/Buenos_Aires").unwrap();
    let appointment = AppointmentId::from_uuid(uuid::Uuid::from_u128(7));
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
            existing_id: Some("019ba0de-3a00-7a11-8f00-5d2c9b7e0a42".into()),
        }
        .into(),
        AppError::SlotTaken(vec![Conflict { resource: "doctor", start, end, zone }]).into(),
        AppError::OutsideAvailability.into(),
        AppError::IllegalTransition {
            from: Status::Confirmed,
            action: "reopen",
            allowed: vec![Action::Cancel, Action::NoShow],
        }
        .into(),
        AppError::InUse(vec![DependentAppointment { appointment, start, end, zone, status: Status::Pending }]).into(),
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
        Rule::Phone,
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
        Rule::NeededWithManyClinics(20),
        Rule::Repeated,
        Rule::NotTogetherWith("room"),
        Rule::NamesThePatient,
        Rule::OptedOut,
        Rule::WrongNumber,
    ];
    let mut table = String::new();
    for rule in &rules {
        let in_each_language = Language::ALL.map(|language| texts::rule(rule, language));
        assert!(in_each_language.iter().all(|text| !text.contains("{}")), "{in_each_language:?}");
        writeln!(table, "{rule:?}\n  {}", in_each_language.join("\n  ")).unwrap();
    }
    insta::assert_snapshot!(table);
}

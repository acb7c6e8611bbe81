//! Renders a problem as `application/problem+json` (RFC 9457): its document and headers.

use crate::dependents_view::{DependentsView, ExistingView};
use crate::problem::{Code, Problem, RequestError};
use crate::texts;
use app::AppError;
use app::support::dependents::Existing;
use app::support::error::{Conflict, Offer};
use axum::body::Body;
use axum::response::Response;
use domain::availability::OutsideCause;
use domain::ids::{AppointmentId, DoctorId, RoomId};
use domain::language::Language;
use domain::lifecycle::{Action, WrongTime};
use domain::violation::Violations;
use http::header::{ALLOW, CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use std::collections::BTreeMap;

pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// `Retry-After` of a 503, in seconds.
const BUSY_RETRY_AFTER: u64 = 1;

#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'static str,
    code: &'static str,
    instance: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    errors: BTreeMap<&'a str, Vec<String>>,
    #[serde(flatten)]
    code_members: CodeMembers<'a>,
}

/// The members that some codes add.
#[derive(Serialize)]
#[serde(untagged)]
enum CodeMembers<'a> {
    Nothing {},
    Field {
        field: &'a str,
        #[serde(flatten)]
        existing: Option<ExistingView>,
    },
    Conflicts {
        conflicts: Vec<ConflictView>,
        offers: Vec<OfferView<'a>>,
    },
    Outside {
        #[serde(skip_serializing_if = "Option::is_none")]
        cause: Option<&'static str>,
        offers: Vec<OfferView<'a>>,
    },
    Limit {
        limit: u32,
        used: u64,
    },
    Transition {
        from: &'static str,
        action: &'static str,
        allowed: Vec<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cause: Option<&'static str>,
    },
    InUse(DependentsView),
}

#[derive(Serialize)]
struct ConflictView {
    resource: &'static str,
    start_datetime: String,
    end_datetime: String,
    #[serde(flatten)]
    occupant: Option<OccupantView>,
}

/// The appointment that takes the time, where the caller may see it.
#[derive(Serialize)]
struct OccupantView {
    appointment: AppointmentId,
    patient_name: String,
}

#[derive(Serialize)]
struct OfferView<'a> {
    doctor: DoctorId,
    doctor_name: &'a str,
    room: RoomId,
    room_name: &'a str,
    start_datetime: String,
    end_datetime: String,
}

impl From<&Conflict> for ConflictView {
    fn from(conflict: &Conflict) -> Self {
        Self {
            resource: conflict.resource,
            start_datetime: conflict.zone.rfc3339(conflict.start),
            end_datetime: conflict.zone.rfc3339(conflict.end),
            occupant: conflict
                .appointment
                .zip(conflict.patient_name.as_ref())
                .map(|(appointment, name)| OccupantView { appointment, patient_name: name.as_str().to_owned() }),
        }
    }
}

impl<'a> From<&'a Offer> for OfferView<'a> {
    fn from(offer: &'a Offer) -> Self {
        Self {
            doctor: offer.doctor,
            doctor_name: offer.doctor_name.as_str(),
            room: offer.room,
            room_name: offer.room_name.as_str(),
            start_datetime: offer.zone.rfc3339(offer.start),
            end_datetime: offer.zone.rfc3339(offer.end),
        }
    }
}

fn code_members(problem: &Problem) -> CodeMembers<'_> {
    match problem {
        Problem::App(AppError::AlreadyExists { field, existing }) => {
            CodeMembers::Field { field, existing: ExistingView::of(existing) }
        }
        Problem::App(AppError::SlotTaken { conflicts, offers }) => CodeMembers::Conflicts {
            conflicts: conflicts.iter().map(ConflictView::from).collect(),
            offers: offers.iter().map(OfferView::from).collect(),
        },
        Problem::App(AppError::OutsideAvailability { cause, offers }) => CodeMembers::Outside {
            cause: cause.map(OutsideCause::name),
            offers: offers.iter().map(OfferView::from).collect(),
        },
        Problem::App(AppError::OverbookLimit { limit, used }) => CodeMembers::Limit { limit: *limit, used: *used },
        Problem::App(AppError::IllegalTransition { from, action, allowed, cause }) => CodeMembers::Transition {
            from: from.name(),
            action,
            allowed: allowed.iter().copied().map(Action::name).collect(),
            cause: cause.map(WrongTime::name),
        },
        Problem::App(AppError::InUse(dependents)) => CodeMembers::InUse(DependentsView::from(&**dependents)),
        _ => CodeMembers::Nothing {},
    }
}

/// What is said about one occurrence.
fn detail(problem: &Problem, language: Language) -> &'static str {
    match problem {
        Problem::App(AppError::OutsideAvailability { cause: Some(cause), .. }) => texts::outside(*cause, language),
        Problem::App(AppError::IllegalTransition { cause: Some(cause), .. }) => texts::wrong_time(*cause, language),
        Problem::App(AppError::MediaRefused(refusal)) => texts::media_refused(*refusal, language),
        _ => texts::detail(problem.code(), language),
    }
}

fn errors(problem: &Problem, language: Language) -> BTreeMap<&str, Vec<String>> {
    match problem {
        Problem::App(AppError::Validation(violations)) => by_field(violations, language),
        Problem::App(AppError::AlreadyExists { field, existing }) => {
            let text = match existing {
                Existing::Unique(_) => texts::taken(language).to_owned(),
                Existing::Holiday(_) => texts::second_holiday(language).to_owned(),
                Existing::Availability(other) => texts::overlap(other.as_deref(), language),
            };
            BTreeMap::from([(*field, vec![text])])
        }
        _ => BTreeMap::new(),
    }
}

fn by_field(violations: &Violations, language: Language) -> BTreeMap<&str, Vec<String>> {
    let mut fields: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for violation in violations.iter() {
        fields.entry(&violation.field).or_default().push(texts::rule(&violation.rule, language));
    }
    fields
}

pub(crate) fn document(problem: &Problem, language: Language, request_id: &str) -> Vec<u8> {
    let code = problem.code();
    let document = Document {
        r#type: format!("urn:citas:problem:{}", code.name()),
        title: texts::title(code, language),
        status: code.status().as_u16(),
        detail: detail(problem, language),
        code: code.name(),
        instance: request_id,
        errors: errors(problem, language),
        code_members: code_members(problem),
    };
    // The document has strings and numbers only, so serialising can't fail; an empty body would keep the status.
    serde_json::to_vec(&document).unwrap_or_default()
}

pub(crate) fn response(problem: &Problem, language: Language, request_id: &str) -> Response {
    let code = problem.code();
    let body = document(problem, language, request_id);
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = code.status();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
    headers.insert(VARY, HeaderValue::from_static("Accept-Language"));
    if let Some((name, value)) = own_header(problem, code)
        && let Ok(value) = HeaderValue::from_str(&value)
    {
        headers.insert(name, value);
    }
    response
}

fn own_header(problem: &Problem, code: Code) -> Option<(HeaderName, String)> {
    match problem {
        Problem::Http(RequestError::MethodNotAllowed { allow }) => Some((ALLOW, allow.clone())),
        Problem::App(AppError::Throttled { retry_after }) => Some((RETRY_AFTER, retry_after.to_string())),
        Problem::App(AppError::Busy(_)) => Some((RETRY_AFTER, BUSY_RETRY_AFTER.to_string())),
        Problem::App(AppError::TokenExpired) => Some((WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"".to_owned())),
        _ if code.status() == http::StatusCode::UNAUTHORIZED => Some((WWW_AUTHENTICATE, "Bearer".to_owned())),
        _ => None,
    }
}

/// Copies the headers that a response keeps when it is replaced by a problem: none that describe its old body.
pub(crate) fn carry_over(from: &HeaderMap, to: &mut HeaderMap) {
    for name in [WWW_AUTHENTICATE, RETRY_AFTER, ALLOW] {
        if let Some(value) = from.get(&name) {
            to.entry(name).or_insert_with(|| value.clone());
        }
    }
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;

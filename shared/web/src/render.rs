//! Renders a problem as `application/problem+json` (RFC 9457): its document and headers.

use crate::problem::{Code, Problem, RequestError};
use crate::texts;
use app::AppError;
use app::support::error::{Conflict, DependentAppointment};
use axum::body::Body;
use axum::response::Response;
use domain::ids::AppointmentId;
use domain::language::Language;
use domain::lifecycle::Action;
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
    Existing {
        field: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        existing_id: Option<&'a str>,
    },
    Conflicts {
        conflicts: Vec<ConflictView>,
    },
    Transition {
        from: &'static str,
        action: &'static str,
        allowed: Vec<&'static str>,
    },
    Appointments {
        appointments: Vec<UsageView>,
    },
}

#[derive(Serialize)]
struct ConflictView {
    resource: &'static str,
    start_datetime: String,
    end_datetime: String,
}

#[derive(Serialize)]
struct UsageView {
    id: AppointmentId,
    start_datetime: String,
    end_datetime: String,
    status: &'static str,
}

impl From<&Conflict> for ConflictView {
    fn from(conflict: &Conflict) -> Self {
        Self {
            resource: conflict.resource,
            start_datetime: conflict.zone.rfc3339(conflict.start),
            end_datetime: conflict.zone.rfc3339(conflict.end),
        }
    }
}

impl From<&DependentAppointment> for UsageView {
    fn from(usage: &DependentAppointment) -> Self {
        Self {
            id: usage.appointment,
            start_datetime: usage.zone.rfc3339(usage.start),
            end_datetime: usage.zone.rfc3339(usage.end),
            status: usage.status.name(),
        }
    }
}

fn code_members(problem: &Problem) -> CodeMembers<'_> {
    match problem {
        Problem::App(AppError::AlreadyExists { field, existing_id }) => {
            CodeMembers::Existing { field, existing_id: existing_id.as_deref() }
        }
        Problem::App(AppError::SlotTaken(conflicts)) => {
            CodeMembers::Conflicts { conflicts: conflicts.iter().map(ConflictView::from).collect() }
        }
        Problem::App(AppError::IllegalTransition { from, action, allowed }) => CodeMembers::Transition {
            from: from.name(),
            action,
            allowed: allowed.iter().copied().map(Action::name).collect(),
        },
        Problem::App(AppError::InUse(usages)) => {
            CodeMembers::Appointments { appointments: usages.iter().map(UsageView::from).collect() }
        }
        _ => CodeMembers::Nothing {},
    }
}

fn errors(problem: &Problem, language: Language) -> BTreeMap<&str, Vec<String>> {
    match problem {
        Problem::App(AppError::Validation(violations)) => by_field(violations, language),
        Problem::App(AppError::AlreadyExists { field, .. }) => {
            BTreeMap::from([(*field, vec![texts::taken(language).to_owned()])])
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
        detail: texts::detail(code, language),
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

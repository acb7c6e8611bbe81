//! Why the app refuses a row, as complaints about its fields; or that the import can't go on.

use super::ImportError;
use super::report::Complaint;
use app::AppError;
use domain::language::Language;
use domain::violation::{Rule, Violations};

/// What is said of a broken rule.
#[must_use]
pub fn rule(rule: &Rule) -> String {
    web::texts::rule(rule, Language::En)
}

/// Each broken rule.
#[must_use]
pub fn violations(violations: &Violations) -> Vec<Complaint> {
    violations.iter().map(|violation| Complaint::wrong(&violation.field, rule(&violation.rule))).collect()
}

/// What a refusal says of the row. Overlaps and taken values are said better by those who know the
/// other rows.
///
/// # Errors
/// [`ImportError::App`] for what isn't the row's fault.
pub fn complaints(refusal: AppError) -> Result<Vec<Complaint>, ImportError> {
    match refusal {
        AppError::Validation(broken) => Ok(violations(&broken)),
        AppError::AlreadyExists { field } => Ok(vec![Complaint::wrong(field, web::texts::taken(Language::En))]),
        AppError::OutsideAvailability => {
            Ok(vec![Complaint::wrong("start_datetime", "Outside the doctor's time in that room.")])
        }
        AppError::SlotTaken(conflicts) => Ok(conflicts
            .iter()
            .map(|conflict| Complaint::overlap(conflict.resource, "a visit that is here already"))
            .collect()),
        other => Err(ImportError::App(other)),
    }
}

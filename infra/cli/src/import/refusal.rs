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
            .map(|conflict| Complaint::overlap(conflict.resource, "an appointment that is here already"))
            .collect()),
        AppError::InUse(_) => Ok(vec![Complaint::wrong("is_active", "It has appointments to come.")]),
        other => Err(ImportError::App(other)),
    }
}

/// Why a row isn't taken.
pub enum Refusal {
    /// What is wrong with it.
    Row(Vec<Complaint>),
    /// The import can't go on.
    Import(ImportError),
}

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Self {
        complaints(error).map_or_else(Self::Import, Self::Row)
    }
}

impl From<Violations> for Refusal {
    fn from(broken: Violations) -> Self {
        Self::Row(violations(&broken))
    }
}

impl From<store::ReadError> for Refusal {
    fn from(error: store::ReadError) -> Self {
        Self::Import(error.into())
    }
}

//! Converts the app's errors into errors of a row's fields, or into a fatal error that ends the import.

use super::ImportError;
use super::report::RowError;
use app::AppError;
use domain::language::Language;
use domain::violation::{Rule, Violations};

/// The text for a violated rule.
#[must_use]
pub fn rule_text(rule: &Rule) -> String {
    web::texts::rule(rule, Language::En)
}

/// An error for each violation.
#[must_use]
pub fn row_errors(violations: &Violations) -> Vec<RowError> {
    violations.iter().map(|violation| RowError::invalid(&violation.field, rule_text(&violation.rule))).collect()
}

/// The field errors for an error of the app. For overlaps and duplicates the caller has better texts, if it knows the
/// other row.
///
/// # Errors
/// [`ImportError::App`] for an error that the row didn't cause.
pub fn errors_of(error: AppError) -> Result<Vec<RowError>, ImportError> {
    match error {
        AppError::Validation(broken) => Ok(row_errors(&broken)),
        AppError::AlreadyExists { field, .. } => Ok(vec![RowError::invalid(field, web::texts::taken(Language::En))]),
        AppError::OutsideAvailability { .. } => {
            Ok(vec![RowError::invalid("start_datetime", "Outside the doctor's time in that room.")])
        }
        AppError::SlotTaken { conflicts, .. } => Ok(conflicts
            .iter()
            .map(|conflict| RowError::overlap(conflict.resource, "an appointment that is here already"))
            .collect()),
        AppError::InUse(_) => Ok(vec![RowError::invalid("is_active", "It has appointments to come.")]),
        other => Err(ImportError::App(other)),
    }
}

/// Why a row is not imported.
pub enum RowRejection {
    /// It has errors; the import goes on.
    Invalid(Vec<RowError>),
    /// The import has to stop.
    Fatal(ImportError),
}

impl From<AppError> for RowRejection {
    fn from(error: AppError) -> Self {
        errors_of(error).map_or_else(Self::Fatal, Self::Invalid)
    }
}

impl From<Violations> for RowRejection {
    fn from(broken: Violations) -> Self {
        Self::Invalid(row_errors(&broken))
    }
}

impl From<store::ReadError> for RowRejection {
    fn from(error: store::ReadError) -> Self {
        Self::Fatal(error.into())
    }
}

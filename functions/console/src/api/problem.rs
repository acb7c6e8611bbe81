//! What the API answers when it refuses, and why a screen can't be shown.

use serde::Deserialize;
use std::collections::BTreeMap;

/// A problem document of the API.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Problem {
    pub title: String,
    pub status: u16,
    pub detail: String,
    pub code: String,
    /// The request id, which the log has too.
    pub instance: String,
    /// Texts by field.
    pub errors: BTreeMap<String, Vec<String>>,
    pub conflicts: Vec<Conflict>,
    pub offers: Vec<Offer>,
    pub existing_id: String,
    pub used: Option<u32>,
    pub limit: Option<u32>,
}

domain::opaque!(Problem, Conflict, Offer);

/// What takes the time already.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Conflict {
    pub resource: String,
    pub start_datetime: String,
    pub end_datetime: String,
    pub appointment: Option<String>,
    pub patient_name: Option<String>,
}

/// A free slot instead.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Offer {
    pub doctor: String,
    pub doctor_name: String,
    pub room: String,
    pub room_name: String,
    pub start_datetime: String,
    pub end_datetime: String,
}

/// Why a screen can't be shown, or a change wasn't made.
#[derive(Debug, Clone)]
pub enum ScreenError {
    /// The API refused.
    Problem(Box<Problem>),
    /// Nobody is signed in, or no longer.
    SignedOut,
    /// No such page.
    NotFound,
    /// A form from another site.
    ForeignForm,
    /// An answer of the API couldn't be read.
    Unreadable,
}

impl ScreenError {
    /// The problem's code; empty for other failures.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Problem(problem) => &problem.code,
            Self::SignedOut | Self::NotFound | Self::ForeignForm | Self::Unreadable => "",
        }
    }
}

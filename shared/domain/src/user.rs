//! Users, their roles, and the clinics that they may access.

use crate::email::Email;
use crate::ids::{ClinicId, UserId};
use crate::language::Language;
use crate::name::Name;
use crate::record::Record;
use crate::text::{Line, fold};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub type User = Record<UserId, UserProfile>;

/// The editable fields of a user, and the credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserProfile {
    /// Unique, ignoring case.
    pub email: Email,
    pub first_name: Option<Line<100>>,
    pub last_name: Option<Line<100>>,
    pub role: Role,
    /// The clinics that the user may access; empty means all.
    pub clinics: BTreeSet<ClinicId>,
    /// The language that the user has chosen for the console. Rows of earlier versions have none.
    #[serde(default)]
    pub language: Option<Language>,
    pub credentials: Credentials,
}

/// The credentials of a user. The crate `identity` defines the format of the hash.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// Hash of the password.
    pub password: String,
    /// Incremented by a new password or role, which makes tokens of older generations invalid.
    pub generation: u32,
    pub last_login_at: Option<Instant>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials(generation {})", self.generation)
    }
}

impl UserProfile {
    /// Given and family names, or the e-mail address if there are none.
    #[must_use]
    pub fn display_name(&self) -> Name {
        let names: Vec<&str> = [&self.first_name, &self.last_name].into_iter().flatten().map(Line::as_str).collect();
        if names.is_empty() { self.email.as_str().into() } else { names.join(" ").into() }
    }

    /// The sort key of lists: family names first, folded.
    #[must_use]
    pub fn sort_name(&self) -> String {
        let names = [&self.last_name, &self.first_name].into_iter().flatten().map(Line::as_str);
        fold(&names.chain([self.email.as_str()]).collect::<Vec<_>>().join(" "))
    }

    /// The clinics that the user may access.
    #[must_use]
    pub fn scope(&self) -> Scope {
        if self.clinics.is_empty() { Scope::Everywhere } else { Scope::Only(self.clinics.clone()) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Role {
    /// The reception desk: patients, appointments, notifications.
    Operator,
    Admin,
}

impl Role {
    /// The names that API clients use.
    pub const NAMES: &'static [&'static str] = &["ADMIN", "OPERATOR"];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "ADMIN",
            Self::Operator => "OPERATOR",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "ADMIN" => Some(Self::Admin),
            "OPERATOR" => Some(Self::Operator),
            _ => None,
        }
    }
}

/// A set of clinics that a user may access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    Everywhere,
    Only(BTreeSet<ClinicId>),
}

impl Scope {
    #[must_use]
    pub fn includes(&self, clinic: ClinicId) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Only(clinics) => clinics.contains(&clinic),
        }
    }

    /// Whether this scope contains all of the other.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Everywhere, _) => true,
            (Self::Only(_), Self::Everywhere) => false,
            (Self::Only(own), Self::Only(others)) => own.is_superset(others),
        }
    }
}

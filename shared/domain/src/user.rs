//! The people who sign in.

use crate::email::Email;
use crate::ids::{ClinicId, UserId};
use crate::name::Name;
use crate::record::Record;
use crate::text::{Line, fold};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A user.
pub type User = Record<UserId, UserProfile>;

/// What an ADMIN edits of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserProfile {
    /// Unique without case.
    pub email: Email,
    /// Given names.
    pub first_name: Option<Line<100>>,
    /// Family names.
    pub last_name: Option<Line<100>>,
    /// What the user may do.
    pub role: Role,
    /// Where: these clinics, or all where empty.
    pub clinics: BTreeSet<ClinicId>,
    /// How the user proves who it is.
    pub credentials: Credentials,
}

/// How a user proves who it is. What is inside a hash is `identity`'s business.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// Hash of the password.
    pub password: String,
    /// Raised by a new password or role: tokens of an older generation are worth nothing.
    pub generation: u32,
    /// When the user last signed in.
    pub last_login_at: Option<Instant>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials(generation {})", self.generation)
    }
}

impl UserProfile {
    /// Given and family names, or the e-mail address where there are none.
    #[must_use]
    pub fn display_name(&self) -> Name {
        let names: Vec<&str> = [&self.first_name, &self.last_name].into_iter().flatten().map(Line::as_str).collect();
        if names.is_empty() { self.email.as_str().into() } else { names.join(" ").into() }
    }

    /// The name by which lists are sorted: family names first, folded.
    #[must_use]
    pub fn sort_name(&self) -> String {
        let names = [&self.last_name, &self.first_name].into_iter().flatten().map(Line::as_str);
        fold(&names.chain([self.email.as_str()]).collect::<Vec<_>>().join(" "))
    }

    /// The clinics that this user sees.
    #[must_use]
    pub fn scope(&self) -> Scope {
        if self.clinics.is_empty() { Scope::Everywhere } else { Scope::Only(self.clinics.clone()) }
    }
}

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Role {
    /// The reception desk: patients, appointments, messages.
    Operator,
    /// Everything.
    Admin,
}

impl Role {
    /// The names, as clients write them.
    pub const NAMES: &'static [&'static str] = &["ADMIN", "OPERATOR"];

    /// Reads a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "ADMIN" => Some(Self::Admin),
            "OPERATOR" => Some(Self::Operator),
            _ => None,
        }
    }
}

/// The clinics that somebody sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    Everywhere,
    /// These.
    Only(BTreeSet<ClinicId>),
}

impl Scope {
    /// Whether this clinic is among them.
    #[must_use]
    pub fn includes(&self, clinic: ClinicId) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Only(clinics) => clinics.contains(&clinic),
        }
    }

    /// Whether somebody who sees these sees whatever the other does.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Everywhere, _) => true,
            (Self::Only(_), Self::Everywhere) => false,
            (Self::Only(own), Self::Only(others)) => own.is_superset(others),
        }
    }
}

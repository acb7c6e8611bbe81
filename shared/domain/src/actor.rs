//! Who does something, and by which way.

use crate::ids::{PatientId, UserId};
use crate::name::Name;
use serde::{Deserialize, Serialize};

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Actor {
    /// Somebody who signed in.
    User {
        /// Who.
        id: UserId,
        /// The name as it was then.
        name: Name,
    },
    /// A patient, through a verified message.
    Patient {
        /// Who.
        id: PatientId,
        /// The name as it was then.
        name: Name,
    },
    /// The scheduled job, or the deployment itself.
    System,
}

impl Actor {
    /// The same without a patient's name: for what can't be changed any more, since the patient may be
    /// erased.
    #[must_use]
    pub fn without_patients_name(self) -> Self {
        match self {
            Self::Patient { id, .. } => Self::Patient { id, name: Name::default() },
            other => other,
        }
    }
}

/// By which way something was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// The REST API.
    Api,
    /// A WhatsApp message.
    Whatsapp,
    /// The scheduled job.
    System,
}

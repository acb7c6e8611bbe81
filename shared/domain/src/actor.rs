//! The actor and the channel of an action, as history and audit rows record them.

use crate::ids::{PatientId, UserId};
use crate::name::Name;
use serde::{Deserialize, Serialize};

/// The author of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Actor {
    /// A signed-in user.
    User {
        id: UserId,
        /// The name at the time of the action.
        name: Name,
    },
    /// A patient, through a message whose sender was verified.
    Patient {
        id: PatientId,
        /// The name at the time of the action.
        name: Name,
    },
    /// The scheduled job or the deployment itself.
    System,
}

impl Actor {
    /// The same without a patient's name: for rows that can't be changed later, because the patient may be
    /// erased.
    #[must_use]
    pub fn without_patients_name(self) -> Self {
        match self {
            Self::Patient { id, .. } => Self::Patient { id, name: Name::default() },
            other => other,
        }
    }
}

/// The channel through which an action was requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// The REST API.
    Api,
    Whatsapp,
    /// The scheduled job.
    System,
}

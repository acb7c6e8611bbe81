//! Maps a WhatsApp user, who may hide the number, to the number that the user wrote from or was written to. Messages
//! from the user alone are then messages from that number, with all that follows from it. Answers go to the number too:
//! Twilio refuses user ids as recipients (21211).

use crate::item::Entity;
use crate::keys::{IndexKey, Key, external_user_key};
use crate::schema::Index;
use domain::notification::Address;
use domain::phone::MatchKey;
use domain::time::Instant;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalUser {
    /// The match key of Twilio's `ExternalUserId`.
    pub user: MatchKey,
    /// The number as it was written to, or as Twilio sent it.
    pub address: Address,
    /// When the user was last found to have this number.
    pub since: Instant,
}

impl ExternalUser {
    #[must_use]
    pub fn number(&self) -> MatchKey {
        MatchKey::of(&self.address.0)
    }
}

impl Entity for ExternalUser {
    const KIND: &'static str = "external_user";

    fn key(&self) -> Key {
        Key::external_user(&self.user)
    }

    /// By number, for erasure and export.
    fn indexes(&self) -> Vec<(Index, IndexKey)> {
        vec![(Index::One, external_user_key(&self.number(), &self.user))]
    }
}

//! Sessions: one log-in on one device, and the rotation of its refresh tokens.
//!
//! ```text
//! start ──► t0 ──rotate──► t1 ──rotate──► t2 …          t0, t1, t2: one family
//!                          │
//!                          ├─ t0 again within 20 s: t1 again, nothing changes
//!                          └─ t0 later, or after t1 was used: Reused, revoke the family
//! ```
//!
//! Each refresh token is valid once (RFC 9700, section 4.14.2): if a token was stolen, the second use of it is detected,
//! be it the attacker's or the owner's. A [`Session`] is the row of a family; it contains hashes only.
//! [`Session::rotate`] is a pure function from row and token to the next row and token. The caller writes that row *on
//! the condition that the stored one is still the one that was read*. The loser of a race reads again, and its token is
//! then within the grace period.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    UnixSeconds,
    refresh::{self, ABSOLUTE_TIMEOUT, IDLE_TIMEOUT, REUSE_GRACE, RefreshToken, RefreshTokenError, TokenHash},
};

/// How many successors of a token are computed to find out whether it is an old token of this family: twice the number
/// of refreshes every ten minutes for seven days. It limits the work that a forged token can cause to a few
/// milliseconds.
pub const MAX_LOOKBACK: u32 = 2_048;

/// The stored row of one family of refresh tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    user: String,
    family: String,
    current: TokenHash,
    /// The token that `current` replaced; `None` before the first rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<TokenHash>,
    /// The number of rotations so far.
    rotation: u32,
    /// The id of the pepper that `current` was derived with; `None` before the first rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pepper: Option<String>,
    /// The last token of each earlier pepper, after which the chain continues with another pepper.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pivots: Vec<TokenHash>,
    started_at: UnixSeconds,
    /// When `current` was issued.
    rotated_at: UnixSeconds,
}

/// A session's new row and its current token.
#[derive(Debug, Clone)]
pub struct RotatedSession {
    /// The row to store. Equal to the old one for a repeated request within the grace period; then nothing needs to be
    /// written.
    pub session: Session,
    pub token: RefreshToken,
}

/// To the client all of these are the same 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RefreshError {
    /// Not a token of this session and pepper: wrong ids or a wrong secret. The caller must change nothing, because
    /// such a token can be forged by any client.
    #[error("the refresh token is unknown")]
    Unknown,
    /// A token of this session, after its [`IDLE_TIMEOUT`] or [`ABSOLUTE_TIMEOUT`].
    #[error("the session has expired")]
    Expired,
    /// A token of this session that was replaced before, so there is a copy of it. The caller must revoke the family.
    #[error("the refresh token was used before")]
    Reused,
}

impl Session {
    /// # Errors
    /// An id that a token can't contain, or no random bytes.
    pub fn start(user: &str, family: &str, now: UnixSeconds) -> Result<RotatedSession, RefreshTokenError> {
        let token = RefreshToken::generate(user, family)?;
        let session = Self {
            user: user.to_owned(),
            family: family.to_owned(),
            current: token.hash(),
            previous: None,
            rotation: 0,
            pepper: None,
            pivots: Vec::new(),
            started_at: now,
            rotated_at: now,
        };
        Ok(RotatedSession { session, token })
    }

    /// Replaces the presented token by its successor. `pepper` is the deployment's secret for
    /// [`RefreshToken::successor`].
    ///
    /// # Errors
    /// See [`RefreshError`]; on `Reused` the caller must revoke the family.
    pub fn rotate(
        &self,
        presented: &RefreshToken,
        now: UnixSeconds,
        pepper: &[u8],
    ) -> Result<RotatedSession, RefreshError> {
        if presented.user() != self.user || presented.family() != self.family {
            return Err(RefreshError::Unknown);
        }
        let token = presented.successor(pepper);
        if presented.matches(&self.current) {
            self.check_not_expired(now)?;
            let pepper_id = refresh::pepper_id(pepper);
            let mut pivots = self.pivots.clone();
            if self.pepper.as_ref().is_some_and(|before| *before != pepper_id) {
                pivots.push(self.current.clone());
            }
            let session = Self {
                pepper: Some(pepper_id),
                pivots,
                current: token.hash(),
                previous: Some(self.current.clone()),
                rotation: self.rotation.saturating_add(1),
                rotated_at: now,
                ..self.clone()
            };
            return Ok(RotatedSession { session, token });
        }
        if self.previous.as_ref().is_some_and(|previous| presented.matches(previous)) {
            self.check_not_expired(now)?;
            // Clocks of two sandboxes may differ a little, so `now` may be before the rotation.
            if now >= self.rotated_at.saturating_add(REUSE_GRACE) {
                return Err(RefreshError::Reused);
            }
            if !token.matches(&self.current) {
                return Err(RefreshError::Unknown); // the pepper was changed within the grace
            }
            return Ok(RotatedSession { session: self.clone(), token });
        }
        if self.pivots.iter().any(|pivot| presented.matches(pivot)) || self.is_successor_of(token, pepper) {
            self.check_not_expired(now)?;
            return Err(RefreshError::Reused);
        }
        Err(RefreshError::Unknown)
    }

    /// Whether the successors of `token` include the current token, or the last one of this pepper. This is so only for a
    /// real old token, so knowing a session's id is not enough to get it revoked.
    fn is_successor_of(&self, mut token: RefreshToken, pepper: &[u8]) -> bool {
        let is_known =
            |token: &RefreshToken| self.pivots.iter().chain([&self.current]).any(|known| token.matches(known));
        for _ in 0..self.rotation.min(MAX_LOOKBACK) {
            if is_known(&token) {
                return true;
            }
            token = token.successor(pepper);
        }
        false
    }

    fn check_not_expired(&self, now: UnixSeconds) -> Result<(), RefreshError> {
        if now < self.expires_at() { Ok(()) } else { Err(RefreshError::Expired) }
    }

    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The session's id, which is the family's and the `sid` of its access tokens.
    #[must_use]
    pub fn family(&self) -> &str {
        &self.family
    }

    #[must_use]
    pub fn started_at(&self) -> UnixSeconds {
        self.started_at
    }

    /// When the session ends unless it is refreshed before: valid while now < this.
    #[must_use]
    pub fn expires_at(&self) -> UnixSeconds {
        self.rotated_at.saturating_add(IDLE_TIMEOUT).min(self.started_at.saturating_add(ABSOLUTE_TIMEOUT))
    }

    /// The number of rotations so far.
    #[must_use]
    pub fn rotation(&self) -> u32 {
        self.rotation
    }
}

#[cfg(test)]
mod tests;

//! A session: one log-in on one device, and the rotation of its refresh tokens.
//!
//! ```text
//! start ──► t0 ──rotate──► t1 ──rotate──► t2 …          t0, t1, t2: one family
//!                          │
//!                          ├─ t0 again within 20 s: t1 again, nothing changes
//!                          └─ t0 later, or after t1 was used: Reused, revoke the family
//! ```
//!
//! Each refresh token works once (RFC 9700, section 4.14.2): where two hold the same one, thief
//! and owner, the second to come is noticed. A [`Session`] is the row of a family; it holds hashes
//! only. [`Session::rotate`] is a pure function from row and token to the next row and token. The
//! caller writes that row *on the condition that it is still the one it read*; the loser of a race
//! reads again, and finds itself within the grace.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    UnixSeconds,
    refresh::{self, ABSOLUTE, IDLE, REUSE_GRACE, RefreshToken, RefreshTokenError, TokenHash},
};

/// How far a token is followed along its chain to see whether it is an old one of this family:
/// twice as many steps as a client needs that refreshes every ten minutes for seven days. Bounds
/// the work that a made-up token can cause to a few milliseconds.
pub const MAX_LOOKBACK: u32 = 2_048;

/// The stored state of one family of refresh tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    user: String,
    family: String,
    current: TokenHash,
    /// The token that `current` replaced; none before the first rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<TokenHash>,
    /// Rotations so far.
    rotation: u32,
    /// The name of the pepper that `current` was derived with; none before the first rotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pepper: Option<String>,
    /// The last token of each pepper before that one: where the chain goes on with another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pivots: Vec<TokenHash>,
    started_at: UnixSeconds,
    /// When `current` was issued.
    rotated_at: UnixSeconds,
}

/// A session's new state and the token that goes with it.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// The row to store; equal to the old one when a repeat within the grace was answered, and then
    /// there is nothing to write.
    pub session: Session,
    /// The token for the client.
    pub token: RefreshToken,
}

/// Why a refresh was refused. To the client all are the same 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RefreshError {
    /// No token of this session, as far as can be told with this pepper: wrong ids or a wrong secret.
    /// Change nothing: anybody can make one up.
    #[error("the refresh token is unknown")]
    Unknown,
    /// A token of this session, which is over: [`IDLE`] or [`ABSOLUTE`].
    #[error("the session has expired")]
    Expired,
    /// A token of this session that was replaced before: somebody has a copy. Revoke the family.
    #[error("the refresh token was used before")]
    Reused,
}

impl Session {
    /// A new session and its first token.
    ///
    /// # Errors
    /// [`RefreshTokenError`]: an id that a token can't carry, or no random bytes.
    pub fn start(user: &str, family: &str, now: UnixSeconds) -> Result<Rotation, RefreshTokenError> {
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
        Ok(Rotation { session, token })
    }

    /// Answers a refresh: a successor, or why not. `pepper` is the deployment's secret for
    /// [`RefreshToken::successor`].
    ///
    /// # Errors
    /// [`RefreshError`]; on `Reused` the caller revokes the family.
    pub fn rotate(&self, presented: &RefreshToken, now: UnixSeconds, pepper: &[u8]) -> Result<Rotation, RefreshError> {
        if presented.user() != self.user || presented.family() != self.family {
            return Err(RefreshError::Unknown);
        }
        let token = presented.successor(pepper);
        if presented.matches(&self.current) {
            self.still_open(now)?;
            let name = refresh::name(pepper);
            let mut pivots = self.pivots.clone();
            if self.pepper.as_ref().is_some_and(|before| *before != name) {
                pivots.push(self.current.clone());
            }
            let session = Self {
                pepper: Some(name),
                pivots,
                current: token.hash(),
                previous: Some(self.current.clone()),
                rotation: self.rotation.saturating_add(1),
                rotated_at: now,
                ..self.clone()
            };
            return Ok(Rotation { session, token });
        }
        if self.previous.as_ref().is_some_and(|previous| presented.matches(previous)) {
            self.still_open(now)?;
            // Clocks of two sandboxes may differ a little: a repeat "before" the rotation is one.
            if now >= self.rotated_at.saturating_add(REUSE_GRACE) {
                return Err(RefreshError::Reused);
            }
            if !token.matches(&self.current) {
                return Err(RefreshError::Unknown); // the pepper was changed within the grace
            }
            return Ok(Rotation { session: self.clone(), token });
        }
        if self.pivots.iter().any(|pivot| presented.matches(pivot)) || self.descends_from(token, pepper) {
            self.still_open(now)?;
            return Err(RefreshError::Reused);
        }
        Err(RefreshError::Unknown)
    }

    /// Whether the chain from `token` on leads to the current one, or to the last one of this pepper. Only
    /// a real old token does, so nobody can get a session revoked who merely knows its id.
    fn descends_from(&self, mut token: RefreshToken, pepper: &[u8]) -> bool {
        let leads_there =
            |token: &RefreshToken| self.pivots.iter().chain([&self.current]).any(|known| token.matches(known));
        for _ in 0..self.rotation.min(MAX_LOOKBACK) {
            if leads_there(&token) {
                return true;
            }
            token = token.successor(pepper);
        }
        false
    }

    fn still_open(&self, now: UnixSeconds) -> Result<(), RefreshError> {
        if now < self.expires_at() { Ok(()) } else { Err(RefreshError::Expired) }
    }

    /// The user's id.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The session's id, which is the family's and the `sid` of its access tokens.
    #[must_use]
    pub fn family(&self) -> &str {
        &self.family
    }

    /// When the user logged in.
    #[must_use]
    pub fn started_at(&self) -> UnixSeconds {
        self.started_at
    }

    /// When the session is over unless it is refreshed before: valid while now < this.
    #[must_use]
    pub fn expires_at(&self) -> UnixSeconds {
        self.rotated_at.saturating_add(IDLE).min(self.started_at.saturating_add(ABSOLUTE))
    }

    /// How often its token was rotated.
    #[must_use]
    pub fn rotation(&self) -> u32 {
        self.rotation
    }
}

#[cfg(test)]
mod tests;

//! Who calls: from an access token to the user as it is *now*. There is no cache of users, so a
//! disabled one is out at the next request. Public keys are remembered, for minutes, and with a key the
//! tokens whose signature it proved: to prove it costs as much as to read a row.

use crate::App;
use crate::error::AppError;
use crate::path_row::PathRow;
use domain::ids::{Id as _, SessionId, UserId};
use domain::time::{Instant, TimeDelta};
use domain::user::User;
use identity::access::{self, Claims, Fingerprint, Issuer, TokenError};
use identity::keys::PublicKey;
use identity::session::Session;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use store::Key;
use store::ahead::Ahead;
use store::session::SessionRow;
use store::signing_key::SigningKeyRow;

/// Who issues access tokens.
pub const ISSUER: &str = "citas";
/// For whom.
pub const AUDIENCE: &str = "citas-api";

/// A key is remembered for so long: then whether it has retired is looked up again.
pub(crate) const FORGOTTEN_AFTER: TimeDelta = TimeDelta::minutes(5);

/// As many tokens are remembered for each key: those of as many people as one function serves in minutes.
const MOST_TOKENS: usize = 64;

/// The public keys that were needed so far, by their ids.
#[derive(Debug, Default)]
pub struct KeyCache(RwLock<HashMap<String, Known>>);

/// A key, until when it is remembered, and what those tokens say that it signed.
#[derive(Debug)]
struct Known {
    key: PublicKey,
    until: Instant,
    proven: HashMap<Fingerprint, Claims>,
}

impl KeyCache {
    fn get(&self, kid: &str, now: Instant) -> Option<PublicKey> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(kid).filter(|known| now < known.until).map(|known| known.key.clone())
    }

    /// Whether a key is known.
    #[must_use]
    pub fn knows(&self, kid: &str, now: Instant) -> bool {
        self.get(kid, now).is_some()
    }

    /// Remembers a key, and of no token that it had signed it.
    pub fn learn(&self, key: PublicKey, now: Instant) {
        let (kid, until) = (key.kid().to_owned(), now.plus(FORGOTTEN_AFTER));
        let known = Known { key, until, proven: HashMap::new() };
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(kid, known);
    }

    /// What a token says whose signature was proven before. It may have expired since.
    fn proven(&self, kid: &str, token: &Fingerprint) -> Option<Claims> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(kid)?.proven.get(token).cloned()
    }

    fn prove(&self, kid: &str, token: Fingerprint, claims: &Claims) {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = keys.get_mut(kid) {
            if known.proven.len() >= MOST_TOKENS {
                known.proven.clear();
            }
            known.proven.insert(token, claims.clone());
        }
    }
}

/// Issuer and audience, as tokens have them.
#[must_use]
pub fn issuer() -> Issuer {
    Issuer { iss: ISSUER.to_owned(), aud: AUDIENCE.to_owned() }
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The user, as the row is now.
    pub user: User,
    /// In which session.
    pub session: SessionId,
    /// Whether the session began with a second factor.
    pub second_factor: bool,
    /// The row that was asked for by the path.
    pub ahead: Ahead,
}

/// Whom an access token stands for. The session's row is read besides the user's, both as they are now:
/// what ends a session (logging out, a new password, a token used twice) ends its access tokens. A row that is
/// `wanted` is read with them.
///
/// # Errors
/// [`AppError::NotAuthenticated`], [`AppError::TokenExpired`].
pub async fn authenticate(app: &App, token: &str, wanted: Option<PathRow>) -> Result<SignedIn, AppError> {
    let kid = access::kid(token).ok_or(AppError::NotAuthenticated)?;
    let key = public_key(app, &kid).await?.ok_or(AppError::NotAuthenticated)?;
    let claims = claims(app, token, &kid, key)?;
    let id = UserId::parse(&claims.sub).ok_or(AppError::NotAuthenticated)?;
    let session = SessionId::parse(&claims.sid).ok_or(AppError::NotAuthenticated)?;
    let (user_key, session_key, wanted) = (Key::user(id), Key::session(id, session), wanted.map(PathRow::key));
    let keys: Vec<Key> = [user_key.clone(), session_key.clone()].into_iter().chain(wanted.clone()).collect();
    let mut batch = app.table.batch(&keys).await?;
    let user = batch.take::<User>(&user_key)?.ok_or(AppError::NotAuthenticated)?;
    let row = batch.take::<SessionRow<Session>>(&session_key)?.ok_or(AppError::NotAuthenticated)?;
    let ahead = wanted.map(|key| batch.ahead(key)).unwrap_or_default();
    if user.is_active && user.profile.credentials.generation == row.generation && app.now() < row.ends_at {
        Ok(SignedIn { user, session, second_factor: row.second_factor, ahead })
    } else {
        Err(AppError::NotAuthenticated)
    }
}

/// What a token says that this key signed.
fn claims(app: &App, token: &str, kid: &str, key: PublicKey) -> Result<Claims, AppError> {
    let (fingerprint, now) = (access::fingerprint(token), app.now().unix());
    if let Some(claims) = app.keys.proven(kid, &fingerprint) {
        return if now < claims.exp { Ok(claims) } else { Err(AppError::TokenExpired) };
    }
    let claims = access::verify(token, |_| Some(key), &issuer(), now).map_err(|error| match error {
        TokenError::Expired => AppError::TokenExpired,
        _ => AppError::NotAuthenticated,
    })?;
    app.keys.prove(kid, fingerprint, &claims);
    Ok(claims)
}

async fn public_key(app: &App, kid: &str) -> Result<Option<PublicKey>, AppError> {
    let now = app.now();
    let known = app.keys.get(kid, now);
    if known.is_some() {
        return Ok(known);
    }
    let row = app.table.get::<SigningKeyRow>(&Key::signing_key(kid)).await?;
    let Some(row) = row.filter(|row| row.retires_at.is_none_or(|at| now < at)) else { return Ok(None) };
    let key: Option<PublicKey> = serde_json::from_value(serde_json::json!({ "kid": row.kid, "x": row.x })).ok();
    if let Some(key) = &key {
        app.keys.learn(key.clone(), now);
    }
    Ok(key)
}

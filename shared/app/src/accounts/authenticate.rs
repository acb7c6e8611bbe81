//! Who calls: from an access token to the user as it is *now*. There is no cache of users, so a
//! disabled one is out at the next request. Public keys are remembered, for minutes, and with a key the
//! tokens whose signature it proved: to prove it costs as much as to read a row.

use crate::App;
use crate::support::error::AppError;
use crate::support::path_row::PathRow;
use domain::ids::{Id as _, SessionId, UserId};
use domain::time::{Instant, TimeDelta};
use domain::user::User;
use identity::UnixSeconds;
use identity::access::{self, Claimed, Fingerprint, Issuer, TokenError};
use identity::keys::PublicKey;
use identity::session::Session;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use store::Key;
use store::ahead::Ahead;
use store::session::SessionRow;
use store::signing_key::SigningKeyRow;
use store::table::Batch;

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

/// A key, until when it is remembered, and when those tokens expire that it is known to have signed.
#[derive(Debug)]
struct Known {
    key: PublicKey,
    until: Instant,
    proven: HashMap<Fingerprint, UnixSeconds>,
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

    /// When a token expires whose signature was proven before. It may have since.
    fn proven(&self, kid: &str, token: &Fingerprint) -> Option<UnixSeconds> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(kid)?.proven.get(token).copied()
    }

    fn prove(&self, kid: &str, token: Fingerprint, expires: UnixSeconds) {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = keys.get_mut(kid) {
            if known.proven.len() >= MOST_TOKENS {
                known.proven.clear();
            }
            known.proven.insert(token, expires);
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
/// what ends a session (logging out, a new password, a token used twice) ends its access tokens.
///
/// Once the token is proven they are read together with the row that is `wanted`. Where its key isn't known, the key is
/// read with them, and nothing else: they aren't looked at before the token is proven.
///
/// # Errors
/// [`AppError::NotAuthenticated`], [`AppError::TokenExpired`].
pub async fn authenticate(app: &App, token: &str, wanted: Option<PathRow>) -> Result<SignedIn, AppError> {
    let caller = Caller::claimed(token).ok_or(AppError::NotAuthenticated)?;
    if let Some(key) = app.keys.get(&caller.kid, app.now()) {
        caller.prove(app, token, key)?;
        let wanted = wanted.map(PathRow::key);
        let mut batch = caller.read(app, wanted.clone()).await?;
        let signed_in = caller.signed_in(app, &mut batch)?;
        let ahead = wanted.map(|key| batch.ahead(key)).unwrap_or_default();
        return Ok(SignedIn { ahead, ..signed_in });
    }
    let signing_key = Key::signing_key(&caller.kid);
    let mut batch = caller.read(app, Some(signing_key.clone())).await?;
    let row = batch.take::<SigningKeyRow>(&signing_key)?.ok_or(AppError::NotAuthenticated)?;
    let key = learn(app, row).ok_or(AppError::NotAuthenticated)?;
    caller.prove(app, token, key)?;
    caller.signed_in(app, &mut batch)
}

/// Who asks, if the token speaks the truth.
struct Caller {
    kid: String,
    user: UserId,
    session: SessionId,
}

impl Caller {
    fn claimed(token: &str) -> Option<Self> {
        let Claimed { kid, user, session } = access::claimed(token)?;
        Some(Self { kid, user: UserId::parse(&user)?, session: SessionId::parse(&session)? })
    }

    /// Believes the token, if this key signed it.
    fn prove(&self, app: &App, token: &str, key: PublicKey) -> Result<(), AppError> {
        let (fingerprint, now) = (access::fingerprint(token), app.now().unix());
        if let Some(expires) = app.keys.proven(&self.kid, &fingerprint) {
            return if now < expires { Ok(()) } else { Err(AppError::TokenExpired) };
        }
        let claims = access::verify(token, |_| Some(key), &issuer(), now).map_err(|error| match error {
            TokenError::Expired => AppError::TokenExpired,
            _ => AppError::NotAuthenticated,
        })?;
        app.keys.prove(&self.kid, fingerprint, claims.exp);
        Ok(())
    }

    /// Reads their rows, and another one.
    async fn read(&self, app: &App, other: Option<Key>) -> Result<Batch, AppError> {
        let own = [Key::user(self.user), Key::session(self.user, self.session)];
        let keys: Vec<Key> = own.into_iter().chain(other).collect();
        Ok(app.table.batch(&keys).await?)
    }

    /// As their rows are now.
    fn signed_in(&self, app: &App, batch: &mut Batch) -> Result<SignedIn, AppError> {
        let user = batch.take::<User>(&Key::user(self.user))?.ok_or(AppError::NotAuthenticated)?;
        let row = batch.take::<SessionRow<Session>>(&Key::session(self.user, self.session))?;
        let row = row.ok_or(AppError::NotAuthenticated)?;
        if user.is_active && user.profile.credentials.generation == row.generation && app.now() < row.ends_at {
            Ok(SignedIn { user, session: self.session, second_factor: row.second_factor, ahead: Ahead::default() })
        } else {
            Err(AppError::NotAuthenticated)
        }
    }
}

/// The key of a row, remembered, unless it has retired.
fn learn(app: &App, row: SigningKeyRow) -> Option<PublicKey> {
    let now = app.now();
    if row.retires_at.is_some_and(|at| at <= now) {
        return None;
    }
    let key: PublicKey = serde_json::from_value(serde_json::json!({ "kid": row.kid, "x": row.x })).ok()?;
    app.keys.learn(key.clone(), now);
    Some(key)
}

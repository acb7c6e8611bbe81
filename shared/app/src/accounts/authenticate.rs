//! Authenticates a request: from an access token to the user as the row is *now*. Users aren't cached, so a
//! deactivated user is refused at the next request. Public keys are cached for minutes, and with each key the
//! tokens that it has verified: verifying a signature costs as much as reading a row.

use crate::App;
use crate::support::error::AppError;
use crate::support::prefetch::PrefetchTarget;
use domain::ids::{Id as _, SessionId, UserId};
use domain::user::User;
use identity::access::{self, Issuer, TokenError, UnverifiedClaims};
use identity::keys::PublicKey;
use identity::session::Session;
use store::Key;
use store::prefetched::Prefetched;
use store::session::SessionRow;
use store::signing_key::SigningKeyRow;
use store::table::Batch;

pub use crate::support::key_cache::KeyCache;

/// The `iss` claim of access tokens.
pub const ISSUER: &str = "citas";
/// The `aud` claim of access tokens.
pub const AUDIENCE: &str = "citas-api";

#[must_use]
pub fn issuer() -> Issuer {
    Issuer { iss: ISSUER.to_owned(), aud: AUDIENCE.to_owned() }
}

/// The authenticated user and session.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub user: User,
    pub session: SessionId,
    /// Whether the session was started with a second factor.
    pub second_factor: bool,
    /// The row that the path of the request names.
    pub prefetched: Prefetched,
}

/// Verifies an access token and reads its user and session as they are now: whatever ends a session (logging out,
/// a new password, a refresh token used twice) ends its access tokens too.
///
/// If the token's key is cached, the row of `target` is read in the same batch. If not, the key is read in that
/// batch instead; the other rows aren't looked at before the token is verified.
///
/// # Errors
/// [`AppError::NotAuthenticated`]; [`AppError::TokenExpired`] for a valid token past its expiry.
pub async fn authenticate(app: &App, token: &str, target: Option<PrefetchTarget>) -> Result<SignedIn, AppError> {
    let caller = Caller::from_claims(token).ok_or(AppError::NotAuthenticated)?;
    if let Some(key) = app.key_cache.get(&caller.kid, app.now()) {
        caller.verify(app, token, key)?;
        let target = target.map(PrefetchTarget::key);
        let mut batch = caller.read(app, target.clone()).await?;
        let signed_in = caller.signed_in(app, &mut batch)?;
        let ahead = target.map(|key| batch.into_prefetched(key)).unwrap_or_default();
        return Ok(SignedIn { prefetched: ahead, ..signed_in });
    }
    let signing_key = Key::signing_key(&caller.kid);
    let mut batch = caller.read(app, Some(signing_key.clone())).await?;
    let row = batch.take::<SigningKeyRow>(&signing_key)?.ok_or(AppError::NotAuthenticated)?;
    let key = cache_key(app, &row).ok_or(AppError::NotAuthenticated)?;
    caller.verify(app, token, key)?;
    caller.signed_in(app, &mut batch)
}

/// The unverified claims of a token.
struct Caller {
    kid: String,
    user: UserId,
    session: SessionId,
}

impl Caller {
    fn from_claims(token: &str) -> Option<Self> {
        let UnverifiedClaims { kid, user, session } = access::unverified_claims(token)?;
        Some(Self { kid, user: UserId::parse(&user)?, session: SessionId::parse(&session)? })
    }

    /// Verifies that this key signed the token.
    fn verify(&self, app: &App, token: &str, key: PublicKey) -> Result<(), AppError> {
        let (fingerprint, now) = (access::fingerprint(token), app.now().unix());
        if let Some(expires) = app.key_cache.verified(&self.kid, &fingerprint) {
            return if now < expires { Ok(()) } else { Err(AppError::TokenExpired) };
        }
        let claims = access::verify(token, |_| Some(key), &issuer(), now).map_err(|error| match error {
            TokenError::Expired => AppError::TokenExpired,
            _ => AppError::NotAuthenticated,
        })?;
        app.key_cache.mark_verified(&self.kid, fingerprint, claims.exp);
        Ok(())
    }

    /// Reads the rows of user and session, and `other`.
    async fn read(&self, app: &App, other: Option<Key>) -> Result<Batch, AppError> {
        let own = [Key::user(self.user), Key::session(self.user, self.session)];
        let keys: Vec<Key> = own.into_iter().chain(other).collect();
        Ok(app.table.batch(&keys).await?)
    }

    /// The user and session, if their rows are still valid.
    fn signed_in(&self, app: &App, batch: &mut Batch) -> Result<SignedIn, AppError> {
        let user = batch.take::<User>(&Key::user(self.user))?.ok_or(AppError::NotAuthenticated)?;
        let row = batch.take::<SessionRow<Session>>(&Key::session(self.user, self.session))?;
        let row = row.ok_or(AppError::NotAuthenticated)?;
        if user.is_active && user.profile.credentials.generation == row.generation && app.now() < row.ends_at {
            Ok(SignedIn {
                user,
                session: self.session,
                second_factor: row.second_factor,
                prefetched: Prefetched::default(),
            })
        } else {
            Err(AppError::NotAuthenticated)
        }
    }
}

/// Caches the key of a row, unless it has retired.
fn cache_key(app: &App, row: &SigningKeyRow) -> Option<PublicKey> {
    let now = app.now();
    if row.retires_at.is_some_and(|at| at <= now) {
        return None;
    }
    let key: PublicKey = serde_json::from_value(serde_json::json!({ "kid": row.kid, "x": row.x })).ok()?;
    app.key_cache.insert(key.clone(), now);
    Some(key)
}

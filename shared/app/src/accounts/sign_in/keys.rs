//! Issues access tokens and publishes the public keys that verify them.
//!
//! The secret is a key of at least 32 characters, or several, separated by blanks: the first one signs, the others
//! signed before. Every function verifies with the public key that [`publish`] writes to the table, under its id,
//! so a rotation only has to put a new key in front. Older keys retire once all tokens that they signed have
//! expired.

use crate::App;
use crate::accounts::authenticate::issuer;
use crate::support::error::AppError;
use crate::support::key_cache::KEY_CACHE_TTL;
use crate::support::ports::SecretName;
use domain::ids::SessionId;
use domain::time::{Instant, TimeDelta};
use domain::user::User;
use identity::access::{AccessToken, LIFETIME, TokenSubject};
use identity::keys::SigningKey;
use store::signing_key::SigningKeyRow;
use store::transaction::Cancellation;
use store::{Purpose, Transaction, WriteError, patterns};

pub(super) use crate::support::key_ring::KeyRing;

impl KeyRing {
    /// The keys for tokens, possibly from the cache.
    pub(super) async fn read(app: &App) -> Result<Self, AppError> {
        Self::read_from(app, SecretName::Signing, false).await
    }

    /// The keys for tokens, read again from the secret.
    pub(super) async fn read_fresh(app: &App) -> Result<Self, AppError> {
        Self::read_from(app, SecretName::Signing, true).await
    }
}

pub(super) async fn access_token(app: &App, user: &User, session: SessionId, now: Instant) -> Result<String, AppError> {
    let internal = |error: &dyn std::error::Error| AppError::Internal(error.to_string());
    let current = |ring: &KeyRing| SigningKey::from_secret(ring.current()).map_err(|error| internal(&error));
    let mut key = current(&KeyRing::read(app).await?)?;
    if !app.key_cache.contains(key.public().kid(), now) {
        // Every few minutes: a rotation may have changed the current key.
        key = current(&KeyRing::read_fresh(app).await?)?;
        publish(app, &key, now).await?;
    }
    let subject = TokenSubject { user: &user.id.to_string(), session: &session.to_string() };
    AccessToken::issue(&key, &issuer(), subject, now.unix())
        .map(AccessToken::into_string)
        .map_err(|error| internal(&error))
}

/// Publishes the public key, once, for all functions to verify with, and lets the earlier ones retire.
async fn publish(app: &App, key: &SigningKey, now: Instant) -> Result<(), AppError> {
    let public = key.public();
    let published: Vec<SigningKeyRow> = app.table.query_all(&patterns::signing_keys()).await?;
    let mut transaction = Transaction::default();
    if published.iter().all(|row| row.kid != public.kid()) {
        let row =
            SigningKeyRow { kid: public.kid().to_owned(), x: public.x().to_owned(), created_at: now, retires_at: None };
        transaction.create(Purpose::Append, &row);
        // Another sandbox may sign with an earlier key until its cache expires, and its tokens are valid for a while.
        let retires_at = now.plus(KEY_CACHE_TTL + KEY_CACHE_TTL + TimeDelta::seconds(LIFETIME));
        for row in published.into_iter().filter(|row| row.retires_at.is_none()) {
            transaction.overwrite(Purpose::Append, &SigningKeyRow { retires_at: Some(retires_at), ..row });
        }
    }
    if !transaction.is_empty() {
        match app.table.transact(transaction).await {
            // A concurrent request published it.
            Ok(()) | Err(WriteError::Cancelled(Cancellation::Stale(_))) => {}
            Err(error) => return Err(AppError::Busy(error.to_string())),
        }
    }
    app.key_cache.insert(public.clone(), now);
    Ok(())
}

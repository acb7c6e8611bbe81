//! The keys that sign access tokens, and how one takes the place of another.
//!
//! The secret is a word of at least 32 characters, or several with blanks between them: the first
//! signs, the others have signed before. Every function verifies with what [`publish`] writes to the
//! table, under the key's id: so a new first word is all that a rotation needs. Keys that aren't the
//! newest retire when whatever they signed has run out.

use crate::App;
use crate::accounts::authenticate::{FORGOTTEN_AFTER, issuer};
use crate::support::error::AppError;
use crate::support::ports::SecretName;
use domain::ids::SessionId;
use domain::time::{Instant, TimeDelta};
use domain::user::User;
use identity::access::{AccessToken, LIFETIME, Subject};
use identity::keys::SigningKey;
use store::signing_key::SigningKeyRow;
use store::transaction::Refused;
use store::{Purpose, Transaction, WriteError, patterns};

pub(super) use crate::support::secret_words::Words;

impl Words {
    /// Those that tokens are made with, as they are known here.
    pub(super) async fn read(app: &App) -> Result<Self, AppError> {
        Self::read_from(app, SecretName::Signing, false).await
    }

    /// The same, asked for again.
    pub(super) async fn read_anew(app: &App) -> Result<Self, AppError> {
        Self::read_from(app, SecretName::Signing, true).await
    }
}

/// An access token of a user's session.
pub(super) async fn access_token(app: &App, user: &User, session: SessionId, now: Instant) -> Result<String, AppError> {
    let internal = |error: &dyn std::error::Error| AppError::Internal(error.to_string());
    let read = |words: &Words| SigningKey::from_secret(words.newest()).map_err(|error| internal(&error));
    let mut key = read(&Words::read(app).await?)?;
    if !app.keys.knows(key.public().kid(), now) {
        // Every few minutes: whether another one signs by now.
        key = read(&Words::read_anew(app).await?)?;
        publish(app, &key, now).await?;
    }
    let subject = Subject { user: &user.id.to_string(), session: &session.to_string() };
    AccessToken::issue(&key, &issuer(), subject, now.unix())
        .map(AccessToken::into_string)
        .map_err(|error| internal(&error))
}

/// Publishes the public half of the key, once: the others verify with it. Those before it retire.
async fn publish(app: &App, key: &SigningKey, now: Instant) -> Result<(), AppError> {
    let public = key.public();
    let published: Vec<SigningKeyRow> = app.table.query_all(&patterns::signing_keys()).await?;
    let mut transaction = Transaction::default();
    if published.iter().all(|row| row.kid != public.kid()) {
        let row =
            SigningKeyRow { kid: public.kid().to_owned(), x: public.x().to_owned(), created_at: now, retires_at: None };
        transaction.create(Purpose::Append, &row);
        // Another sandbox may sign with it until it asks again, and what it signs lives on for a while.
        let retires_at = now.plus(FORGOTTEN_AFTER + FORGOTTEN_AFTER + TimeDelta::seconds(LIFETIME));
        for row in published.into_iter().filter(|row| row.retires_at.is_none()) {
            transaction.overwrite(Purpose::Append, &SigningKeyRow { retires_at: Some(retires_at), ..row });
        }
    }
    if !transaction.is_empty() {
        match app.table.transact(transaction).await {
            // Another sandbox was faster.
            Ok(()) | Err(WriteError::Refused(Refused::Stale(_))) => {}
            Err(error) => return Err(AppError::Busy(error.to_string())),
        }
    }
    app.keys.learn(public.clone(), now);
    Ok(())
}

//! Staying signed in, and signing out.

use super::keys::{Words, access_token};
use super::{Tokens, row};
use crate::App;
use crate::support::attempts::Failure;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::ids::{Id as _, SessionId, UserId};
use domain::time::Instant;
use domain::user::User;
use identity::access::LIFETIME;
use identity::refresh::RefreshToken;
use identity::session::{RefreshError, Rotation, Session};
use store::keys::Key;
use store::session::SessionRow;
use store::{Purpose, Transaction, patterns};

/// Buys new tokens for a refresh token. A token that was used before ends its whole session.
///
/// # Errors
/// [`AppError::NotAuthenticated`], [`AppError::TokenExpired`].
pub async fn refresh_token(app: &App, presented: &str) -> Result<Tokens, AppError> {
    let token = RefreshToken::parse(presented).map_err(|_| AppError::NotAuthenticated)?;
    let user = UserId::parse(token.user()).ok_or(AppError::NotAuthenticated)?;
    let session = SessionId::parse(token.family()).ok_or(AppError::NotAuthenticated)?;
    crate::attempt!(_number => try_refresh(app, &token, user, session))
}

async fn try_refresh(app: &App, token: &RefreshToken, user: UserId, session: SessionId) -> Result<Tokens, Failure> {
    let now = app.now();
    let key = Key::session(user, session);
    let mut batch = app.table.batch(&[key.clone(), Key::user(user)]).await?;
    let before = batch.take::<SessionRow<Session>>(&key)?.ok_or(AppError::NotAuthenticated)?;
    let user = batch
        .take::<User>(&Key::user(user))?
        .filter(|user| user.is_active && user.profile.credentials.generation == before.generation)
        .ok_or(AppError::NotAuthenticated)?;
    let mut rotation = rotate(&before.state, token, now, &Words::read(app).await?);
    if matches!(rotation, Err(RefreshError::Unknown)) {
        // Another sandbox may know a newer word, and have derived with it what this client asks for again.
        // Anybody can send a bad token: the port sees to it that this asks once a minute at most.
        rotation = rotate(&before.state, token, now, &Words::read_anew(app).await?);
    }
    match rotation {
        Ok(rotation) => {
            if rotation.session != before.state {
                let next = SessionRow {
                    second_factor: before.second_factor,
                    ..row(session, &user, rotation.session, before.version + 1, now)
                };
                let mut transaction = Transaction::default();
                transaction.replace(Purpose::Version, &next, before.version);
                app.table.transact(transaction).await?;
            }
            let access = access_token(app, &user, session, now).await?;
            Ok(Tokens { access, refresh: rotation.token.to_text(), expires_in: LIFETIME, user })
        }
        Err(RefreshError::Reused) => {
            let mut transaction = Transaction::default();
            transaction.delete(Purpose::Append, key);
            app.table.transact(transaction).await?;
            Err(AppError::NotAuthenticated.into())
        }
        Err(RefreshError::Expired) => Err(AppError::TokenExpired.into()),
        Err(_) => Err(AppError::NotAuthenticated.into()),
    }
}

/// By the first word that the token may have been derived with: while one takes the other's place, that
/// can be the one before, too.
fn rotate(state: &Session, token: &RefreshToken, now: Instant, words: &Words) -> Result<Rotation, RefreshError> {
    let mut rotations = words.iter().map(|word| state.rotate(token, now.unix(), word));
    rotations.find(|rotation| !matches!(rotation, Err(RefreshError::Unknown))).unwrap_or(Err(RefreshError::Unknown))
}

/// Ends the session of a refresh token, or every session of the caller.
///
/// # Errors
/// What writing says.
pub async fn log_out(app: &App, ctx: &Context, refresh: Option<&str>) -> Result<(), AppError> {
    let Some(user) = ctx.user_id() else { return Err(AppError::NotAuthenticated) };
    let keys: Vec<Key> = match refresh {
        // Somebody else's token, or none at all, ends nothing and says nothing.
        Some(text) => RefreshToken::parse(text)
            .ok()
            .filter(|token| token.user() == user.to_string())
            .and_then(|token| SessionId::parse(token.family()))
            .map(|id| Key::session(user, id))
            .into_iter()
            .collect(),
        None => {
            let rows: Vec<SessionRow<Session>> = app.table.query_all(&patterns::sessions_of_user(user)).await?;
            rows.into_iter().map(|row| Key::session(user, row.id)).collect()
        }
    };
    for chunk in keys.chunks(100) {
        crate::attempt!(_number => end(app, chunk))?;
    }
    Ok(())
}

async fn end(app: &App, sessions: &[Key]) -> Result<(), Failure> {
    let mut transaction = Transaction::default();
    for key in sessions {
        transaction.delete(Purpose::Append, key.clone());
    }
    Ok(app.table.transact(transaction).await?)
}

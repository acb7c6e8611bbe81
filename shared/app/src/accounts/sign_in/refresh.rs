//! Refreshes tokens and logs out.

use super::keys::{KeyRing, access_token};
use super::{IssuedTokens, session_row};
use crate::App;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use domain::ids::{Id as _, SessionId, UserId};
use domain::time::Instant;
use domain::user::User;
use identity::access::LIFETIME;
use identity::refresh::RefreshToken;
use identity::session::{RefreshError, RotatedSession, Session};
use store::keys::Key;
use store::session::SessionRow;
use store::{Purpose, Transaction, patterns};

/// Exchanges a refresh token for new tokens. A token that was used before ends its whole session.
///
/// # Errors
/// [`AppError::NotAuthenticated`]; [`AppError::TokenExpired`] for a valid token past its expiry.
pub async fn refresh_token(app: &App, presented: &str) -> Result<IssuedTokens, AppError> {
    let token = RefreshToken::parse(presented).map_err(|_| AppError::NotAuthenticated)?;
    let user = UserId::parse(token.user()).ok_or(AppError::NotAuthenticated)?;
    let session = SessionId::parse(token.family()).ok_or(AppError::NotAuthenticated)?;
    crate::retry!(_number => try_refresh(app, &token, user, session))
}

async fn try_refresh(
    app: &App,
    token: &RefreshToken,
    user: UserId,
    session: SessionId,
) -> Result<IssuedTokens, AttemptError> {
    let now = app.now();
    let key = Key::session(user, session);
    let mut batch = app.table.batch(&[key.clone(), Key::user(user)]).await?;
    let before = batch.take::<SessionRow<Session>>(&key)?.ok_or(AppError::NotAuthenticated)?;
    let user = batch
        .take::<User>(&Key::user(user))?
        .filter(|user| user.is_active && user.profile.credentials.generation == before.generation)
        .ok_or(AppError::NotAuthenticated)?;
    let mut rotation = rotate(&before.state, token, now, &KeyRing::read(app).await?);
    if matches!(rotation, Err(RefreshError::Unknown)) {
        // Another sandbox may have derived the token with a newer key. Since any client can send a bad token, the
        // port reads the secret at most once a minute.
        rotation = rotate(&before.state, token, now, &KeyRing::read_fresh(app).await?);
    }
    match rotation {
        Ok(rotation) => {
            if rotation.session != before.state {
                let next = SessionRow {
                    second_factor: before.second_factor,
                    ..session_row(session, &user, rotation.session, before.version + 1, now)
                };
                let mut transaction = Transaction::default();
                transaction.replace(Purpose::Version, &next, before.version);
                app.table.transact(transaction).await?;
            }
            let access = access_token(app, &user, session, now).await?;
            Ok(IssuedTokens { access, refresh: rotation.token.to_text(), expires_in: LIFETIME, user })
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

/// Rotates with the key that the token was derived with: during a rotation of the secret, that may be the previous
/// one.
fn rotate(state: &Session, token: &RefreshToken, now: Instant, ring: &KeyRing) -> Result<RotatedSession, RefreshError> {
    let mut rotations = ring.iter().map(|key| state.rotate(token, now.unix(), key));
    rotations.find(|rotation| !matches!(rotation, Err(RefreshError::Unknown))).unwrap_or(Err(RefreshError::Unknown))
}

/// Ends the session of a refresh token, or every session of the caller.
pub async fn log_out(app: &App, ctx: &Context, refresh: Option<&str>) -> Result<(), AppError> {
    let Some(user) = ctx.user_id() else { return Err(AppError::NotAuthenticated) };
    let keys: Vec<Key> = if let Some(text) = refresh {
        // An invalid token, or another user's, ends nothing and is no error.
        RefreshToken::parse(text)
            .ok()
            .filter(|token| token.user() == user.to_string())
            .and_then(|token| SessionId::parse(token.family()))
            .map(|id| Key::session(user, id))
            .into_iter()
            .collect()
    } else {
        let rows: Vec<SessionRow<Session>> = app.table.query_all(&patterns::sessions_of_user(user)).await?;
        rows.into_iter().map(|row| Key::session(user, row.id)).collect()
    };
    for chunk in keys.chunks(100) {
        crate::retry!(_number => delete_sessions(app, chunk))?;
    }
    Ok(())
}

async fn delete_sessions(app: &App, sessions: &[Key]) -> Result<(), AttemptError> {
    let mut transaction = Transaction::default();
    for key in sessions {
        transaction.delete(Purpose::Append, key.clone());
    }
    Ok(app.table.transact(transaction).await?)
}

//! Signing in and staying signed in.

use crate::App;
use crate::attempts::Failure;
use crate::authenticate::issuer;
use crate::change::audit;
use crate::context::{Context, Once};
use crate::error::AppError;
use crate::ports::SecretName;
use domain::ids::{Id as _, SessionId, UserId};
use domain::time::Instant;
use domain::user::User;
use identity::access::{AccessToken, LIFETIME, Subject};
use identity::keys::SigningKey;
use identity::password::{self, PasswordHash};
use identity::refresh::RefreshToken;
use identity::session::{RefreshError, Session};
use std::collections::BTreeMap;
use store::audit::AuditAction;
use store::item::text;
use store::keys::{Key, Unique};
use store::session::SessionRow;
use store::signing_key::SigningKeyRow;
use store::transaction::{Change, Refused};
use store::unique::Owner;
use store::{Role, Transaction, WriteError, patterns};

/// What a client gets that signs in.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Short-lived; goes with every request.
    pub access: String,
    /// Long-lived; buys new ones, once.
    pub refresh: String,
    /// Seconds until the access token runs out.
    pub expires_in: i64,
    /// Who signed in.
    pub user: User,
}

/// Where a sign-in comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The request's id.
    pub request_id: String,
    /// The caller's address.
    pub ip_address: Option<String>,
}

/// Signs in by e-mail address and password. An unknown address takes as long as a wrong password.
///
/// # Errors
/// [`AppError::InvalidCredentials`].
pub async fn issue_token(app: &App, origin: &Origin, email: &str, candidate: String) -> Result<Tokens, AppError> {
    let found = user_by_email(app, email).await?.filter(|user| user.is_active);
    let hash: Option<PasswordHash> = found.as_ref().and_then(|user| {
        serde_json::from_value(serde_json::Value::String(user.profile.credentials.password.clone())).ok()
    });
    // Argon2 takes tens of milliseconds of CPU: off the thread that serves others, where there are any.
    let verdict = tokio::task::spawn_blocking(move || password::verify(&candidate, hash.as_ref()))
        .await
        .map_err(|_| AppError::Internal("the password check did not finish".into()))?;
    let Some(user) = found else { return Err(AppError::InvalidCredentials) };
    if !verdict.matches {
        note_failure(app, origin, &user).await?;
        return Err(AppError::InvalidCredentials);
    }
    crate::attempt!(_number => try_issue(app, origin, &user))
}

async fn user_by_email(app: &App, email: &str) -> Result<Option<User>, AppError> {
    let key = Key::unique(&Unique::Email(email.trim().to_lowercase()));
    let owner = app.table.get::<Owner>(&key).await?.and_then(|owner| UserId::parse(&owner.owner));
    match owner {
        Some(id) => Ok(app.table.get::<User>(&Key::user(id)).await?),
        None => Ok(None),
    }
}

async fn try_issue(app: &App, origin: &Origin, user: &User) -> Result<Tokens, Failure> {
    let now = app.now();
    let id: SessionId = app.new_id();
    let rotation = Session::start(&user.id.to_string(), &id.to_string(), now.unix())
        .map_err(|error| AppError::Internal(error.to_string()))?;
    let ctx = signed_in(user, origin);
    let mut transaction = Transaction::default();
    transaction.create(Role::Append, &row(id, user, rotation.session, 1, now));
    audit(app, &ctx, &mut transaction, now, ("user", user.id), AuditAction::Login, BTreeMap::new());
    // Not a change of the user that anybody could have seen another version of.
    let change = Change {
        update: "SET profile.credentials.last_login_at = :now",
        condition: Some("attribute_exists(PK)"),
        names: &[],
        values: &[(":now", text(now.rfc3339()))],
    };
    transaction.update(Role::Append, Key::user(user.id), change);
    let access = access_token(app, user, id, now).await?;
    ctx.commit(app, transaction).await?;
    let mut user = user.clone();
    user.profile.credentials.last_login_at = Some(now);
    Ok(Tokens { access, refresh: rotation.token.to_text(), expires_in: LIFETIME, user })
}

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
    let row = batch.take::<SessionRow<Session>>(&key)?.ok_or(AppError::NotAuthenticated)?;
    let user = batch
        .take::<User>(&Key::user(user))?
        .filter(|user| user.is_active && user.profile.credentials.generation == row.generation)
        .ok_or(AppError::NotAuthenticated)?;
    let secret = app.secrets.get(SecretName::Signing, false).await.map_err(AppError::from)?;
    match row.state.rotate(token, now.unix(), secret.0.as_bytes()) {
        Ok(rotation) => {
            if rotation.session != row.state {
                let next = self::row(session, &user, rotation.session, row.version + 1, now);
                let mut transaction = Transaction::default();
                transaction.replace(Role::Version, &next, row.version);
                app.table.transact(transaction).await?;
            }
            let access = access_token(app, &user, session, now).await?;
            Ok(Tokens { access, refresh: rotation.token.to_text(), expires_in: LIFETIME, user })
        }
        Err(RefreshError::Reused) => {
            let mut transaction = Transaction::default();
            transaction.delete(Role::Append, key);
            app.table.transact(transaction).await?;
            Err(AppError::NotAuthenticated.into())
        }
        Err(RefreshError::Expired) => Err(AppError::TokenExpired.into()),
        Err(_) => Err(AppError::NotAuthenticated.into()),
    }
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
        transaction.delete(Role::Append, key.clone());
    }
    Ok(app.table.transact(transaction).await?)
}

fn row(id: SessionId, user: &User, state: Session, version: u64, now: Instant) -> SessionRow<Session> {
    let ends_at = Instant::from_unix(state.expires_at()).unwrap_or(now);
    SessionRow { id, user: user.id, generation: user.profile.credentials.generation, state, ends_at, version }
}

async fn access_token(app: &App, user: &User, session: SessionId, now: Instant) -> Result<String, AppError> {
    let secret = app.secrets.get(SecretName::Signing, false).await?;
    let internal = |error: &dyn std::error::Error| AppError::Internal(error.to_string());
    let key = SigningKey::from_secret(secret.0.as_bytes()).map_err(|error| internal(&error))?;
    publish(app, &key, now).await?;
    let subject = Subject {
        user: &user.id.to_string(),
        session: &session.to_string(),
        generation: user.profile.credentials.generation,
    };
    AccessToken::issue(&key, &issuer(), subject, now.unix())
        .map(AccessToken::into_string)
        .map_err(|error| internal(&error))
}

/// Publishes the public half of the signing key, once: the others verify with it.
async fn publish(app: &App, key: &SigningKey, now: Instant) -> Result<(), AppError> {
    let public = key.public();
    if app.keys.knows(public.kid()) {
        return Ok(());
    }
    let row = SigningKeyRow { kid: public.kid().to_owned(), x: public.x().to_owned(), created_at: now };
    let mut transaction = Transaction::default();
    transaction.create(Role::Append, &row);
    match app.table.transact(transaction).await {
        Ok(()) | Err(WriteError::Refused(Refused::Stale(_))) => {
            app.keys.learn(public.clone());
            Ok(())
        }
        Err(error) => Err(AppError::Busy(error.to_string())),
    }
}

fn signed_in(user: &User, origin: &Origin) -> Context {
    Context::of_user(user, origin.request_id.clone(), origin.ip_address.clone(), Once::fresh())
}

async fn note_failure(app: &App, origin: &Origin, user: &User) -> Result<(), AppError> {
    let ctx = Context { ip_address: origin.ip_address.clone(), ..Context::of_system(origin.request_id.clone()) };
    crate::attempt!(_number => async {
        let mut transaction = Transaction::default();
        audit(app, &ctx, &mut transaction, app.now(), ("user", user.id), AuditAction::LoginFailed, BTreeMap::new());
        Ok::<(), Failure>(app.table.transact(transaction).await?)
    })
}

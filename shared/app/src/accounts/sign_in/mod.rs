//! Signing in and staying signed in.
//!
//! | Question | File |
//! |---|---|
//! | may somebody try, or has to wait? | [`admission`] |
//! | which key signs? | [`keys`] |
//! | how does one stay signed in, and sign out? | [`refresh`] |
//! | how does one change one's password? | [`password_change`] |
//! | and the second factor? | [`crate::accounts::second_factor`] |

mod admission;
mod keys;
mod password_change;
mod refresh;

use crate::App;
use crate::accounts::second_factor;
use crate::support::attempts::Failure;
use crate::support::change::audit;
use crate::support::context::{Context, Once};
use crate::support::error::AppError;
use admission::Admission;
use domain::email::Email;
use domain::ids::{Id as _, SessionId, UserId};
use domain::time::Instant;
use domain::user::User;
use identity::access::LIFETIME;
use identity::password::{self, Password, PasswordHash, Verdict};
use identity::session::Session;
use keys::{Words, access_token};
pub use password_change::change_password;
pub use refresh::{log_out, refresh_token};
use std::collections::BTreeMap;
use store::audit::AuditAction;
use store::item::text;
use store::keys::{Key, Unique};
use store::session::SessionRow;
use store::transaction::{Change, Refused};
use store::unique::Owner;
use store::{Purpose, Transaction, WriteError};

/// What a client gets that signs in.
#[derive(Clone)]
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

domain::opaque!(Tokens);

/// Where a sign-in comes from.
#[derive(Clone)]
pub struct Origin {
    /// The request's id.
    pub request_id: String,
    /// The caller's address.
    pub ip_address: Option<String>,
}

domain::opaque!(Origin);

/// Signs in by e-mail address, password and, where the user has one, a second factor. An unknown address
/// takes as long as a wrong password.
///
/// # Errors
/// [`AppError::InvalidCredentials`], [`AppError::OtpRequired`], [`AppError::Throttled`].
pub async fn issue_token(
    app: &App,
    origin: &Origin,
    email: &str,
    candidate: String,
    otp: Option<&str>,
) -> Result<Tokens, AppError> {
    let found = user_by_email(app, email).await?.filter(|user| user.is_active);
    let words = Words::read(app).await?;
    let admission = Admission::ask(app, origin, words.newest(), email, found.as_ref().map(|user| user.id)).await?;
    let verdict = check_password(found.as_ref(), candidate.clone()).await?;
    let Some(user) = found.filter(|_| verdict.matches) else {
        note_failure(app, origin, &admission, email).await?;
        return Err(AppError::InvalidCredentials);
    };
    let rehashed = if verdict.needs_rehash { hash_anew(candidate).await? } else { None };
    match crate::attempt!(_number => try_issue(app, origin, &user, &admission, otp, rehashed.as_deref())) {
        Err(AppError::InvalidCredentials) => {
            note_failure(app, origin, &admission, email).await?;
            Err(AppError::InvalidCredentials)
        }
        Err(AppError::OtpRequired) => {
            crate::attempt!(_number => async {
                let mut transaction = Transaction::default();
                admission.take_back(&mut transaction);
                match app.table.transact(transaction).await {
                    // Somebody tried meanwhile: that counts on its own.
                    Ok(()) | Err(WriteError::Refused(Refused::Stale(_))) => Ok(()),
                    Err(error) => Err(Failure::from(error)),
                }
            })?;
            Err(AppError::OtpRequired)
        }
        issued => issued,
    }
}

/// Whether this is the user's password. As long as for a user whose password it isn't where there is none.
///
/// # Errors
/// [`AppError::Internal`] where the check didn't finish.
pub(crate) async fn check_password(user: Option<&User>, candidate: String) -> Result<Verdict, AppError> {
    let hash: Option<PasswordHash> = user.and_then(|user| {
        serde_json::from_value(serde_json::Value::String(user.profile.credentials.password.clone())).ok()
    });
    // Argon2 takes tens of milliseconds of CPU: off the thread that serves others, where there are any.
    tokio::task::spawn_blocking(move || password::verify(&candidate, hash.as_ref()))
        .await
        .map_err(|_| AppError::Internal("the password check did not finish".into()))
}

/// The hash of a password with today's parameters. `None` where today's rules wouldn't accept it: then the
/// old one stays.
async fn hash_anew(candidate: String) -> Result<Option<String>, AppError> {
    let hash = move || Password::parse(&candidate).ok().and_then(|password| password::hash(&password).ok());
    let hashed = tokio::task::spawn_blocking(hash).await;
    let hashed = hashed.map_err(|_| AppError::Internal("the password was not hashed".into()))?;
    Ok(hashed.map(|hash| hash.as_str().to_owned()))
}

/// The user with this address. What no user can have as an address has none, and is never made a part of a
/// key: DynamoDB refuses keys of more than 2,048 bytes.
async fn user_by_email(app: &App, email: &str) -> Result<Option<User>, AppError> {
    let Ok(email) = Email::parse(email) else { return Ok(None) };
    let key = Key::unique(&Unique::Email(email.folded()));
    let owner = app.table.get::<Owner>(&key).await?.and_then(|owner| UserId::parse(&owner.owner));
    match owner {
        Some(id) => Ok(app.table.get::<User>(&Key::user(id)).await?),
        None => Ok(None),
    }
}

async fn try_issue(
    app: &App,
    origin: &Origin,
    user: &User,
    admission: &Admission,
    otp: Option<&str>,
    rehashed: Option<&str>,
) -> Result<Tokens, Failure> {
    let now = app.now();
    let ctx = signed_in(user, origin);
    let mut transaction = Transaction::default();
    let second_factor = second_factor::expect(app, &mut transaction, user.id, otp, now).await?;
    let id: SessionId = app.new_id();
    let rotation = Session::start(&user.id.to_string(), &id.to_string(), now.unix())
        .map_err(|error| AppError::Internal(error.to_string()))?;
    transaction.create(Purpose::Append, &SessionRow { second_factor, ..row(id, user, rotation.session, 1, now) });
    audit(app, &ctx, &mut transaction, now, ("user", user.id), AuditAction::Login, BTreeMap::new());
    admission.succeeded(&mut transaction, user.id, now);
    // Not a change of the user that anybody could have seen another version of.
    let mut values = vec![(":now", text(now.rfc3339())), (":password", text(&user.profile.credentials.password))];
    let mut update = "SET profile.credentials.last_login_at = :now".to_owned();
    if let Some(rehashed) = rehashed {
        update.push_str(", profile.credentials.password = :rehashed");
        values.push((":rehashed", text(rehashed)));
    }
    // A password that was changed meanwhile is not the one that was checked.
    let change = Change {
        update: &update,
        condition: Some("profile.credentials.password = :password"),
        names: &[],
        values: &values,
    };
    transaction.update(Purpose::Version, Key::user(user.id), change);
    let access = access_token(app, user, id, now).await?;
    ctx.commit(app, transaction).await?;
    let mut user = user.clone();
    user.profile.credentials.last_login_at = Some(now);
    Ok(Tokens { access, refresh: rotation.token.to_text(), expires_in: LIFETIME, user })
}

pub(crate) fn row(id: SessionId, user: &User, state: Session, version: u64, now: Instant) -> SessionRow<Session> {
    let ends_at = Instant::from_unix(state.expires_at()).unwrap_or(now);
    let generation = user.profile.credentials.generation;
    SessionRow { id, user: user.id, generation, state, second_factor: false, ends_at, version }
}

fn signed_in(user: &User, origin: &Origin) -> Context {
    Context::of_user(user, origin.request_id.clone(), origin.ip_address.clone(), Once::fresh())
}

/// Counts a failure, and leaves a row in the trail: about the account where there is one, and about
/// nobody otherwise. What was typed is kept nowhere.
async fn note_failure(app: &App, origin: &Origin, admission: &Admission, email: &str) -> Result<(), AppError> {
    let ctx = Context { ip_address: origin.ip_address.clone(), ..Context::of_system(origin.request_id.clone()) };
    let user = user_by_email(app, email).await?.map_or_else(UserId::nobody, |user| user.id);
    crate::attempt!(_number => async {
        let now = app.now();
        let mut transaction = Transaction::default();
        audit(app, &ctx, &mut transaction, now, ("user", user), AuditAction::LoginFailed, BTreeMap::new());
        admission.failed(app, &mut transaction, now).await?;
        Ok::<(), Failure>(app.table.transact(transaction).await?)
    })
}

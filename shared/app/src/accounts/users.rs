//! Users.

use crate::App;
use crate::directory::records::{self, Next, Profile, expect_version};
use crate::support::attempts::Failure;
use crate::support::change::{audit, differences};
use crate::support::context::{Context, Done};
use crate::support::error::AppError;
use crate::support::listing::{Slice, Window, list};
use domain::clinic::Clinic;
use domain::ids::UserId;
use domain::record::Record;
use domain::time::Instant;
use domain::user::{Credentials, Role, User, UserProfile};
use domain::violation::Rule;
use identity::password::{self, Password};
use store::audit::AuditAction;
use store::counter::Counter;
use store::keys::{Directory, Key, Unique};
use store::{Purpose as Action, Transaction, patterns};

impl Profile for UserProfile {
    type Id = UserId;
    const MODEL: &'static str = "user";
    const OPEN: &'static [&'static str] = &["role", "clinics"];

    fn key(id: UserId) -> Key {
        Key::user(id)
    }

    fn uniques(record: &Record<UserId, Self>) -> Vec<Unique> {
        store::user::uniques(record)
    }
}

/// Lists users by family name: those who see no more than the caller does. An ADMIN of some clinics would
/// otherwise become one of all, by making one or by a new password for one.
///
/// # Errors
/// What reading says.
pub async fn list_users(app: &App, ctx: &Context, is_active: bool, window: &Window) -> Result<Slice<User>, AppError> {
    let pattern = patterns::directory(Directory::Users, is_active);
    list(app, &[pattern], window, |user: &User| ctx.scope.covers(&user.profile.scope())).await
}

/// Reads a user for the caller.
///
/// # Errors
/// [`AppError::NotFound`], also for who sees more than the caller does.
pub async fn read_user(app: &App, ctx: &Context, id: UserId) -> Result<User, AppError> {
    Some(get_user(app, id).await?).filter(|user| ctx.scope.covers(&user.profile.scope())).ok_or(AppError::NotFound)
}

/// Reads a user.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn get_user(app: &App, id: UserId) -> Result<User, AppError> {
    records::get(app, id).await
}

/// Makes a user. `profile.credentials.password` is still to be set: it becomes the hash of `password`.
///
/// # Errors
/// [`AppError::AlreadyExists`] for an e-mail address that is taken.
pub async fn create_user(
    app: &App,
    ctx: &Context,
    user: impl Into<Next<UserProfile>>,
    password: &Password,
) -> Result<Done<User>, AppError> {
    let Next { profile, is_active } = user.into();
    let next = Next { profile: UserProfile { credentials: credentials(password, 1)?, ..profile }, is_active };
    expect_clinics(app, ctx, &next.profile).await?;
    crate::attempt!(number => try_create(app, ctx, &next, number))
}

async fn try_create(app: &App, ctx: &Context, next: &Next<UserProfile>, attempt: u32) -> Result<Done<User>, Failure> {
    if let Some(id) = ctx.done_before(app, attempt).await? {
        return Ok(Done { value: get_user(app, id).await?, replayed: ctx.once.from_client });
    }
    let now = app.now();
    let user = next.clone().into_record(app.new_id(), now);
    Box::pin(make(app, ctx, ctx.begin(user.id, now), &user, now)).await?;
    Ok(Done { value: user, replayed: false })
}

/// Commits a transaction with a new user, counted where an ADMIN.
pub(crate) async fn make(
    app: &App,
    ctx: &Context,
    mut transaction: Transaction,
    user: &User,
    now: Instant,
) -> Result<(), Failure> {
    count_admins(app, &mut transaction, None, user).await?;
    Box::pin(records::make(app, ctx, transaction, user, now)).await
}

/// Changes a user. A new role or password ends what the user was signed in to.
///
/// # Errors
/// [`AppError::InUse`] for the last active ADMIN, [`AppError::NotFound`],
/// [`AppError::PreconditionFailed`], [`AppError::AlreadyExists`].
pub async fn update_user(
    app: &App,
    ctx: &Context,
    id: UserId,
    if_match: Option<u64>,
    password: Option<&Password>,
    next: impl Fn(&User) -> Result<Next<UserProfile>, AppError> + Send + Sync,
) -> Result<User, AppError> {
    // Hashing is slow on purpose: once a request, not once an attempt.
    let hashed = password.map(|password| credentials(password, 0)).transpose()?.map(|new| new.password);
    crate::attempt!(number => try_update(app, ctx, id, if_match, hashed.as_deref(), &next, number))
}

async fn try_update(
    app: &App,
    ctx: &Context,
    id: UserId,
    if_match: Option<u64>,
    hashed: Option<&str>,
    next: &(impl Fn(&User) -> Result<Next<UserProfile>, AppError> + Send + Sync),
    attempt: u32,
) -> Result<User, Failure> {
    if let Some(id) = ctx.done_before(app, attempt).await? {
        return Ok(get_user(app, id).await?);
    }
    let before = read_user(app, ctx, id).await?;
    let Next { mut profile, is_active } = next(&before)?;
    expect_version(if_match, before.version)?;
    profile.credentials = before.profile.credentials.clone();
    if profile.clinics != before.profile.clinics {
        expect_clinics(app, ctx, &profile).await?;
    }
    if let Some(hashed) = hashed {
        hashed.clone_into(&mut profile.credentials.password);
    }
    let ends_sessions = hashed.is_some() || profile.role != before.profile.role || (before.is_active && !is_active);
    if ends_sessions {
        profile.credentials.generation += 1;
    }
    if profile == before.profile && is_active == before.is_active {
        return Ok(before);
    }
    let now = app.now();
    let after = before.clone().changed(profile, is_active, now);
    let mut transaction = ctx.begin(id, now);
    records::save(&mut transaction, &before, &after);
    count_admins(app, &mut transaction, Some(&before), &after).await?;
    let changes = differences(Some(&before.profile), Some(&after.profile), UserProfile::OPEN);
    let action = if before.is_active && !after.is_active { AuditAction::Delete } else { AuditAction::Update };
    audit(app, ctx, &mut transaction, now, (UserProfile::MODEL, id), action, changes);
    ctx.commit(app, transaction).await?;
    Ok(after)
}

/// Disables a user.
///
/// # Errors
/// Those of [`update_user`].
pub async fn deactivate_user(app: &App, ctx: &Context, id: UserId, if_match: Option<u64>) -> Result<(), AppError> {
    let off = |before: &User| Ok(Next { profile: before.profile.clone(), is_active: false });
    update_user(app, ctx, id, if_match, None, off).await.map(|_| ())
}

/// The number of active ADMINs is a row of its own in the transaction that changes it, so that two
/// demotions can't both pass.
async fn count_admins(
    app: &App,
    transaction: &mut Transaction,
    before: Option<&User>,
    after: &User,
) -> Result<(), AppError> {
    let is_admin = |user: &User| user.is_active && user.profile.role == Role::Admin;
    let delta = i64::from(is_admin(after)) - i64::from(before.is_some_and(is_admin));
    if delta == 0 {
        return Ok(());
    }
    let key = Key::admins();
    let counter = app.table.get::<Counter>(&key).await?.unwrap_or_else(|| Counter::zero(key));
    if delta < 0 && counter.count.saturating_add_signed(delta) == 0 {
        return Err(AppError::InUse(Vec::new()));
    }
    transaction.replace(Action::Counter, &counter.plus(delta), counter.version);
    Ok(())
}

/// The clinics are there, for the caller too. Who sees some only can't make somebody who sees all.
async fn expect_clinics(app: &App, ctx: &Context, profile: &UserProfile) -> Result<(), AppError> {
    if !ctx.scope.covers(&profile.scope()) {
        let rule = if profile.clinics.is_empty() { Rule::Required } else { Rule::NoSuchThing };
        return Err(AppError::invalid("clinics", rule));
    }
    let keys: Vec<Key> = profile.clinics.iter().copied().map(Key::clinic).collect();
    let mut batch = app.table.batch(&keys).await?;
    for key in &keys {
        if batch.take::<Clinic>(key)?.is_none() {
            return Err(AppError::invalid("clinics", Rule::NoSuchThing));
        }
    }
    Ok(())
}

pub(crate) fn credentials(password: &Password, generation: u32) -> Result<Credentials, AppError> {
    let hash = password::hash(password).map_err(|error| AppError::Internal(error.to_string()))?;
    Ok(Credentials { password: hash.as_str().to_owned(), generation, last_login_at: None })
}

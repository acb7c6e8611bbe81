//! Creates, changes, lists and deactivates users.

use crate::App;
use crate::directory::records::{self, Profile, RecordDraft, expect_version};
use crate::support::change::differences;
use crate::support::context::{Context, Outcome};
use crate::support::dependents::Existing;
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Slice, list};
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::clinic::Clinic;
use domain::ids::{Id as _, UserId};
use domain::record::Record;
use domain::user::{Credentials, Role, User, UserProfile};
use domain::violation::Rule;
use identity::password::{self, Password};
use store::audit::AuditAction;
use store::counter::Counter;
use store::keys::{Directory, Key, Unique};
use store::{Purpose, patterns};

impl Profile for UserProfile {
    type Id = UserId;
    const MODEL: &'static str = "user";
    const AUDIT_PLAINTEXT: &'static [&'static str] = &["role", "clinics", "language"];

    fn key(id: UserId) -> Key {
        Key::user(id)
    }

    fn unique_values(record: &Record<UserId, Self>) -> Vec<Unique> {
        store::user::uniques(record)
    }
}

/// Lists users by family name: those whose clinics the caller's scope covers. Otherwise an ADMIN of some clinics
/// could gain access to all of them, by setting the password of an ADMIN of all.
pub async fn list_users(
    app: &App,
    ctx: &Context,
    is_active: bool,
    window: &PageRequest,
) -> Result<Slice<User>, AppError> {
    let pattern = patterns::directory(Directory::Users, is_active);
    list(app, &[pattern], window, |user: &User| ctx.scope.covers(&user.profile.scope())).await
}

/// Reads a user for the caller.
///
/// # Errors
/// [`AppError::NotFound`], also for a user whose clinics the caller's scope doesn't cover.
pub async fn read_user(app: &App, ctx: &Context, id: UserId) -> Result<User, AppError> {
    Some(get_user(app, id).await?).filter(|user| ctx.scope.covers(&user.profile.scope())).ok_or(AppError::NotFound)
}

pub async fn get_user(app: &App, id: UserId) -> Result<User, AppError> {
    records::get(app, id).await
}

/// Creates a user. `profile.credentials` is ignored and replaced by the hash of `password`.
///
/// # Errors
/// [`AppError::AlreadyExists`] for an e-mail address that is taken.
pub async fn create_user(
    app: &App,
    ctx: &Context,
    user: impl Into<RecordDraft<UserProfile>>,
    password: &Password,
) -> Result<Outcome<User>, AppError> {
    let RecordDraft { profile, is_active } = user.into();
    let next = RecordDraft { profile: UserProfile { credentials: credentials(password, 1)?, ..profile }, is_active };
    expect_clinics(app, ctx, &next.profile).await?;
    crate::retry!(number => try_create(app, ctx, &next, number))
}

async fn try_create(
    app: &App,
    ctx: &Context,
    next: &RecordDraft<UserProfile>,
    attempt: u32,
) -> Result<Outcome<User>, AttemptError> {
    if let Some(id) = ctx.previous_outcome(app, attempt).await? {
        return Ok(Outcome { value: get_user(app, id).await?, replayed: ctx.idempotency_key.from_client });
    }
    let mut uow = UnitOfWork::new(app, ctx);
    let user = next.clone().into_record(app.new_id(), uow.now);
    uow.record_outcome(user.id);
    if let Err(error) = Box::pin(insert_user(uow, &user)).await {
        return Err(naming_visible(app, ctx, error).await);
    }
    Ok(Outcome { value: user, replayed: false })
}

/// Leaves out the id of the user with the same address, if the caller may not see that user.
async fn naming_visible(app: &App, ctx: &Context, error: AttemptError) -> AttemptError {
    let AttemptError::Fail(AppError::AlreadyExists { field, existing: Existing::Unique(Some(id)) }) = error else {
        return error;
    };
    let visible = match UserId::parse(&id) {
        Some(existing) => read_user(app, ctx, existing).await.is_ok(),
        None => false,
    };
    AttemptError::Fail(AppError::AlreadyExists { field, existing: Existing::Unique(Some(id).filter(|_| visible)) })
}

/// Commits a unit of work with a new user; an ADMIN is counted.
pub(crate) async fn insert_user(mut uow: UnitOfWork<'_>, user: &User) -> Result<(), AttemptError> {
    count_admins(&mut uow, None, user).await?;
    Box::pin(records::commit_new(uow, user)).await
}

/// Which user a request changes, from which version, and the new password.
#[derive(Debug, Clone, Copy)]
pub struct UserChange<'a> {
    pub id: UserId,
    /// The version that the client has read.
    pub if_match: Option<u64>,
    /// `None` keeps the password.
    pub password: Option<&'a Password>,
}

/// Changes a user. A new role or password, and deactivation, end the user's sessions.
///
/// # Errors
/// [`AppError::InUse`] for the last active ADMIN; [`AppError::NotFound`]; [`AppError::PreconditionFailed`] if the
/// version isn't `if_match`; [`AppError::AlreadyExists`] for an e-mail address that is taken.
pub async fn update_user(
    app: &App,
    ctx: &Context,
    UserChange { id, if_match, password }: UserChange<'_>,
    next: impl Fn(&User) -> Result<RecordDraft<UserProfile>, AppError> + Send + Sync,
) -> Result<User, AppError> {
    // Hashing is slow on purpose: hash once per request, not once per attempt.
    let hashed = password.map(|password| credentials(password, 0)).transpose()?.map(|new| new.password);
    crate::retry!(number => try_update(app, ctx, id, if_match, hashed.as_deref(), &next, number))
}

async fn try_update(
    app: &App,
    ctx: &Context,
    id: UserId,
    if_match: Option<u64>,
    hashed: Option<&str>,
    next: &(impl Fn(&User) -> Result<RecordDraft<UserProfile>, AppError> + Send + Sync),
    attempt: u32,
) -> Result<User, AttemptError> {
    if let Some(id) = ctx.previous_outcome(app, attempt).await? {
        return Ok(get_user(app, id).await?);
    }
    let before = read_user(app, ctx, id).await?;
    let RecordDraft { mut profile, is_active } = next(&before)?;
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
    let mut uow = UnitOfWork::with_outcome(app, ctx, id);
    let after = before.clone().changed(profile, is_active, uow.now);
    records::replace_record(&mut uow.transaction, &before, &after);
    count_admins(&mut uow, Some(&before), &after).await?;
    let changes = differences(Some(&before.profile), Some(&after.profile), UserProfile::AUDIT_PLAINTEXT);
    let action = if before.is_active && !after.is_active { AuditAction::Delete } else { AuditAction::Update };
    uow.audit((UserProfile::MODEL, id), action, changes);
    if let Err(error) = uow.commit().await {
        return Err(naming_visible(app, ctx, records::naming_existing(app, &after, error).await).await);
    }
    Ok(after)
}

pub async fn deactivate_user(app: &App, ctx: &Context, id: UserId, if_match: Option<u64>) -> Result<(), AppError> {
    let off = |before: &User| Ok(RecordDraft { profile: before.profile.clone(), is_active: false });
    update_user(app, ctx, UserChange { id, if_match, password: None }, off).await.map(|_| ())
}

/// The number of active ADMINs is a row of its own, written in the transaction that changes it, so that two
/// concurrent demotions can't both succeed.
async fn count_admins(uow: &mut UnitOfWork<'_>, before: Option<&User>, after: &User) -> Result<(), AppError> {
    let is_admin = |user: &User| user.is_active && user.profile.role == Role::Admin;
    let delta = i64::from(is_admin(after)) - i64::from(before.is_some_and(is_admin));
    if delta == 0 {
        return Ok(());
    }
    let key = Key::admins();
    let counter = uow.app.table.get::<Counter>(&key).await?.unwrap_or_else(|| Counter::zero(key));
    if delta < 0 && counter.count.saturating_add_signed(delta) == 0 {
        return Err(AppError::InUse(Box::default()));
    }
    uow.transaction.replace(Purpose::Counter, &counter.plus(delta), counter.version);
    Ok(())
}

/// Checks that the clinics exist and that the caller's scope covers them: a user with some clinics can't create one
/// with all.
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

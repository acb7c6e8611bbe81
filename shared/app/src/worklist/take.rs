//! Takes an entry of the worklist, so that two people don't do the same, or lets it go.

use super::entry::{WorklistEntry, entries};
use super::item::{Taken, WorklistItem, items_of, taken_by};
use crate::App;
use crate::appointments::lookup::load_appointment;
use crate::directory::records::expect_version;
use crate::messaging::inbound::worklist::get_inbound;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::attention::EntryId;
use domain::ids::{Id as _, UserId};
use domain::lifecycle::ActorRole;
use domain::user::User;
use domain::violation::Rule;
use std::collections::BTreeMap;
use store::Purpose;
use store::audit::{AuditAction, FieldChange};
use store::keys::Key;
use store::taken_entry::TakenEntry;

/// What a user does with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    Unchanged,
    By(UserId),
    LetGo,
}

/// Changes who has taken an entry. An operator takes it for themselves; an ADMIN gives it to any active user.
///
/// # Errors
/// [`AppError::NotFound`] if the entry isn't in the caller's worklist, [`AppError::PermissionDenied`] for another user's id
/// by an operator, [`AppError::Validation`] for one that isn't an active user's, [`AppError::PreconditionFailed`] if the
/// version isn't `if_match`.
pub async fn take_entry(
    app: &App,
    ctx: &Context,
    id: EntryId,
    if_match: Option<u64>,
    take: Take,
) -> Result<WorklistEntry, AppError> {
    if let Take::By(user) = take
        && Some(user) != ctx.user_id()
    {
        if ctx.role != ActorRole::Admin {
            return Err(AppError::PermissionDenied);
        }
        expect_active(app, user).await?;
    }
    crate::retry!(_number => try_take(app, ctx, id, if_match, take))
}

async fn expect_active(app: &App, user: UserId) -> Result<(), AppError> {
    let found = app.table.get::<User>(&Key::user(user)).await?;
    match found.is_some_and(|user| user.is_active) {
        true => Ok(()),
        false => Err(AppError::invalid("taken_by", Rule::NoSuchThing)),
    }
}

async fn try_take(
    app: &App,
    ctx: &Context,
    id: EntryId,
    if_match: Option<u64>,
    take: Take,
) -> Result<WorklistEntry, AttemptError> {
    let item = find(app, ctx, id).await?;
    let stored = app.table.get::<TakenEntry>(&Key::taken_entry(&id.to_string())).await?;
    let mut taken: Taken = stored.clone().map(|row| (row.entry.clone(), row)).into_iter().collect();
    let before = taken_by(&item, &taken);
    expect_version(if_match, 1 + before.map_or(0, |row| row.version))?;
    let previous = before.and_then(|row| row.taken_by);
    let user = match take {
        Take::Unchanged => previous,
        Take::By(user) => Some(user),
        Take::LetGo => None,
    };
    if previous != user {
        let mut uow = UnitOfWork::new(app, ctx);
        let read = stored.map_or(0, |row| row.version);
        let after = TakenEntry {
            entry: id.to_string(),
            since: item.reason.since,
            taken_by: user,
            updated_at: uow.now,
            version: read + 1,
        };
        uow.transaction.replace(Purpose::Version, &after, read);
        let name = |user: Option<UserId>| user.map(|user| user.to_string());
        let change = FieldChange { old: name(previous), new: name(user) };
        let changes = BTreeMap::from([("taken_by".to_owned(), change)]);
        uow.audit(("worklist", id.subject), AuditAction::Update, changes);
        uow.commit().await?;
        taken.insert(after.entry.clone(), after);
    }
    let entry = entries(app, vec![item], &taken).await?.pop();
    Ok(entry.ok_or(AppError::NotFound)?)
}

async fn find(app: &App, ctx: &Context, id: EntryId) -> Result<WorklistItem, AppError> {
    let items = if id.kind.is_of_appointment() {
        items_of(&load_appointment(app, ctx, domain::ids::AppointmentId::from_uuid(id.subject)).await?)
    } else {
        let row = get_inbound(app, ctx, domain::ids::InboundId::from_uuid(id.subject)).await?;
        if row.needs_attention { vec![WorklistItem::of_inbound(row)] } else { Vec::new() }
    };
    items.into_iter().find(|item| item.id() == id).ok_or(AppError::NotFound)
}

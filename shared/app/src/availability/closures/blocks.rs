//! Blocks: stretches of time in which a doctor, a room or a clinic can't be booked.

use super::Closure;
use crate::App;
use crate::availability::schedules::Terms;
use crate::support::context::{Context, Done};
use crate::support::error::AppError;
use crate::support::listing::{self, Slice};
use domain::appointment::Appointment;
use domain::clinic::{Clinic, Room};
use domain::closure::{Block, Blocked};
use domain::doctor::Doctor;
use domain::ids::{BlockId, ClinicId};
use domain::text::Note;
use domain::time::{Instant, Moment, Zone};
use domain::user::Scope;
use domain::violation::{Rule, Violations};
use store::keys::{Key, Resource, Thing};
use store::patterns;
use store::sweep::{Closed, Guarded};

/// What an ADMIN says of a block.
#[derive(Debug, Clone)]
pub struct BlockDraft {
    /// What it closes.
    pub of: Blocked,
    /// From when; a local time is that of the clinic.
    pub start: Moment,
    /// Until when.
    pub end: Moment,
    /// Why.
    pub reason: Option<Note<500>>,
}

impl Closure for Block {
    type Id = BlockId;
    const MODEL: &'static str = "block";
    const FIELDS: &'static [&'static str] = &["of", "start", "end", "reason"];
    const OPEN: &'static [&'static str] = &["of", "start", "end"];

    fn thing_of(id: BlockId) -> Thing {
        Thing::Block(id)
    }

    fn id(&self) -> BlockId {
        self.id
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn visible(&self, scope: &Scope) -> bool {
        self.clinic.is_none_or(|clinic| scope.includes(clinic))
    }

    fn guarded(&self) -> Guarded {
        match self.of {
            Blocked::Doctor(id) => Guarded::One(Resource::Doctor(id)),
            Blocked::Room(id) => Guarded::One(Resource::Room(id)),
            Blocked::Clinic(id) => Guarded::Clinic(id),
        }
    }

    fn closed(&self) -> Closed {
        Closed::Time(self.start, self.end)
    }

    fn closes(&self, appointment: &Appointment) -> bool {
        matches!((self.interval(), appointment.interval()), (Some(closed), Some(time)) if closed.overlaps(time))
    }
}

/// Which blocks are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct BlockFilter {
    /// Of this doctor, room or clinic itself.
    pub of: Option<Blocked>,
}

/// Lists blocks by start.
///
/// # Errors
/// What reading says.
pub async fn list_blocks(
    app: &App,
    ctx: &Context,
    filter: BlockFilter,
    window: &listing::Window,
) -> Result<Slice<Block>, AppError> {
    let keep = |block: &Block| block.visible(&ctx.scope) && filter.of.is_none_or(|of| block.of == of);
    listing::list(app, &[patterns::blocks()], window, keep).await
}

/// Reads a block.
///
/// # Errors
/// [`AppError::NotFound`], also for other clinics than the caller's.
pub async fn get_block(app: &App, ctx: &Context, id: BlockId) -> Result<Block, AppError> {
    super::get(app, ctx, id).await
}

/// Closes time.
///
/// # Errors
/// [`AppError::InUse`] where appointments lie in it, unless forced; [`AppError::Validation`].
pub async fn create_block(app: &App, ctx: &Context, draft: &BlockDraft, force: bool) -> Result<Done<Block>, AppError> {
    let place = place(app, ctx, draft.of).await?;
    let (start, end) = times(draft, place.map(|(_, zone)| zone))?;
    let id = app.new_id();
    super::create(app, ctx, force, |now| Block {
        id,
        of: draft.of,
        clinic: place.map(|(clinic, _)| clinic),
        zone: place.map(|(_, zone)| zone),
        start,
        end,
        reason: draft.reason.clone(),
        created_at: now,
        updated_at: now,
        version: 1,
    })
    .await
}

/// Changes a block. It goes on to close the same doctor, room or clinic.
///
/// # Errors
/// [`AppError::InUse`] where appointments lie in what it closes more, unless forced; [`AppError::NotFound`],
/// [`AppError::PreconditionFailed`], [`AppError::Validation`].
pub async fn update_block(
    app: &App,
    ctx: &Context,
    id: BlockId,
    terms: Terms,
    next: impl Fn(&Block) -> Result<BlockDraft, AppError> + Send + Sync,
) -> Result<Block, AppError> {
    super::update(app, ctx, id, terms, |before: &Block, now| {
        let draft = next(before)?;
        if draft.of != before.of {
            return Err(AppError::invalid(field(draft.of), Rule::ReadOnly));
        }
        let (start, end) = times(&draft, before.zone)?;
        Ok(Block { start, end, reason: draft.reason, updated_at: now, version: before.version + 1, ..before.clone() })
    })
    .await
}

/// Opens the time again.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::PreconditionFailed`].
pub async fn delete_block(app: &App, ctx: &Context, id: BlockId, if_match: Option<u64>) -> Result<(), AppError> {
    super::delete::<Block>(app, ctx, id, if_match).await
}

/// The member that names what a block closes.
fn field(of: Blocked) -> &'static str {
    match of {
        Blocked::Doctor(_) => "doctor",
        Blocked::Room(_) => "room",
        Blocked::Clinic(_) => "clinic",
    }
}

/// The clinic of what is to be closed, and its clock. A doctor belongs to none.
async fn place(app: &App, ctx: &Context, of: Blocked) -> Result<Option<(ClinicId, Zone)>, AppError> {
    let missing = || AppError::invalid(field(of), Rule::NoSuchThing);
    let clinic = match of {
        Blocked::Doctor(id) => {
            app.table.get::<Doctor>(&Key::doctor(id)).await?.ok_or_else(missing)?;
            return Ok(None);
        }
        Blocked::Room(id) => app.table.get::<Room>(&Key::room(id)).await?.ok_or_else(missing)?.profile.clinic,
        Blocked::Clinic(id) => id,
    };
    let found = app.table.get::<Clinic>(&Key::clinic(clinic)).await?.filter(|found| ctx.scope.includes(found.id));
    found.map(|clinic| Some((clinic.id, clinic.profile.timezone))).ok_or_else(missing)
}

fn times(draft: &BlockDraft, zone: Option<Zone>) -> Result<(Instant, Instant), AppError> {
    let mut v = Violations::default();
    let resolve = |moment: Moment| match (moment, zone) {
        (Moment::Exact(instant), _) => Ok(instant),
        (Moment::Local(_), Some(zone)) => moment.resolve(zone),
        (Moment::Local(_), None) => Err(Rule::NoZone),
    };
    let start = v.take("start_datetime", resolve(draft.start));
    let end = v.take("end_datetime", resolve(draft.end));
    if start.zip(end).is_some_and(|(start, end)| end <= start) {
        v.add("end_datetime", Rule::EndNotAfterStart);
    }
    Ok(v.finish(start.zip(end))?)
}

//! Blocks: intervals in which a doctor, a room or a clinic can't be booked.

use super::ClosureRecord;
use crate::App;
use crate::support::change::ChangeConditions;
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
use crate::support::listing::{self, Slice};
use domain::appointment::Appointment;
use domain::clinic::{Clinic, Room};
use domain::closure::{Block, BlockTarget};
use domain::doctor::Doctor;
use domain::horizon::expect_calendar_day;
use domain::ids::{BlockId, ClinicId};
use domain::text::Note;
use domain::time::{ClientTime, Instant, Zone};
use domain::user::Scope;
use domain::violation::{Rule, Violations};
use store::keys::{EntityRef, Key, Resource};
use store::patterns;
use store::sweep::{Closure, GuardScope};

/// The editable fields of a block.
#[derive(Debug, Clone)]
pub struct BlockDraft {
    pub of: BlockTarget,
    /// A local time is in the clinic's time zone.
    pub start: ClientTime,
    pub end: ClientTime,
    pub reason: Option<Note<500>>,
}

impl ClosureRecord for Block {
    type Id = BlockId;
    const MODEL: &'static str = "block";
    const FIELDS: &'static [&'static str] = &["of", "start", "end", "reason"];
    const AUDIT_PLAINTEXT: &'static [&'static str] = &["of", "start", "end"];

    fn entity_ref(id: BlockId) -> EntityRef {
        EntityRef::Block(id)
    }

    fn id(&self) -> BlockId {
        self.id
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn is_visible(&self, scope: &Scope) -> bool {
        self.clinic.is_none_or(|clinic| scope.includes(clinic))
    }

    fn guarded(&self) -> GuardScope {
        match self.of {
            BlockTarget::Doctor(id) => GuardScope::One(Resource::Doctor(id)),
            BlockTarget::Room(id) => GuardScope::One(Resource::Room(id)),
            BlockTarget::Clinic(id) => GuardScope::Clinic(id),
        }
    }

    fn closed(&self) -> Closure {
        Closure::Time(self.start, self.end)
    }

    fn closes(&self, appointment: &Appointment) -> bool {
        matches!((self.interval(), appointment.interval()), (Some(closed), Some(time)) if closed.overlaps(time))
    }
}

/// Filter of a list of blocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct BlockFilter {
    /// Blocks of exactly this doctor, room or clinic. A room's filter does not match the blocks of its clinic.
    pub of: Option<BlockTarget>,
}

/// Lists blocks by start.
pub async fn list_blocks(
    app: &App,
    ctx: &Context,
    filter: BlockFilter,
    page: &listing::PageRequest,
) -> Result<Slice<Block>, AppError> {
    let keep = |block: &Block| block.is_visible(&ctx.scope) && filter.of.is_none_or(|of| block.of == of);
    listing::list(app, &[patterns::blocks()], page, keep).await
}

/// # Errors
/// [`AppError::NotFound`], also outside the caller's clinics.
pub async fn get_block(app: &App, ctx: &Context, id: BlockId) -> Result<Block, AppError> {
    super::get(app, ctx, id).await
}

/// # Errors
/// [`AppError::InUse`] for appointments within the block, unless forced; [`AppError::Validation`].
pub async fn create_block(
    app: &App,
    ctx: &Context,
    draft: &BlockDraft,
    force: bool,
) -> Result<Outcome<Block>, AppError> {
    let location = clinic_and_zone(app, ctx, draft.of).await?;
    let (start, end) = resolve_times(draft, location.map(|(_, zone)| zone))?;
    expect_days((start, end), None, app.now())?;
    let id = app.new_id();
    super::create(app, ctx, force, |now| Block {
        id,
        of: draft.of,
        clinic: location.map(|(clinic, _)| clinic),
        zone: location.map(|(_, zone)| zone),
        start,
        end,
        reason: draft.reason.clone(),
        created_at: now,
        updated_at: now,
        version: 1,
    })
    .await
}

/// Changes a block. Its doctor, room or clinic can't change.
///
/// # Errors
/// [`AppError::InUse`] for appointments within newly closed time, unless forced; [`AppError::NotFound`],
/// [`AppError::PreconditionFailed`], [`AppError::Validation`].
pub async fn update_block(
    app: &App,
    ctx: &Context,
    id: BlockId,
    conditions: ChangeConditions,
    next: impl Fn(&Block) -> Result<BlockDraft, AppError> + Send + Sync,
) -> Result<Block, AppError> {
    super::update(app, ctx, id, conditions, |before: &Block, now| {
        let draft = next(before)?;
        if draft.of != before.of {
            return Err(AppError::invalid(field_of(draft.of), Rule::ReadOnly));
        }
        let (start, end) = resolve_times(&draft, before.zone)?;
        expect_days((start, end), Some(before), now)?;
        Ok(Block { start, end, reason: draft.reason, updated_at: now, version: before.version + 1, ..before.clone() })
    })
    .await
}

/// Deletes a block: its time is open again.
pub async fn delete_block(app: &App, ctx: &Context, id: BlockId, if_match: Option<u64>) -> Result<(), AppError> {
    super::delete::<Block>(app, ctx, id, if_match).await
}

/// The request field that names what a block closes.
fn field_of(of: BlockTarget) -> &'static str {
    match of {
        BlockTarget::Doctor(_) => "doctor",
        BlockTarget::Room(_) => "room",
        BlockTarget::Clinic(_) => "clinic",
    }
}

/// The clinic of the blocked room or clinic, and its time zone. A doctor belongs to no clinic.
async fn clinic_and_zone(app: &App, ctx: &Context, of: BlockTarget) -> Result<Option<(ClinicId, Zone)>, AppError> {
    let missing = || AppError::invalid(field_of(of), Rule::NoSuchThing);
    let clinic = match of {
        BlockTarget::Doctor(id) => {
            app.table.get::<Doctor>(&Key::doctor(id)).await?.ok_or_else(missing)?;
            return Ok(None);
        }
        BlockTarget::Room(id) => app.table.get::<Room>(&Key::room(id)).await?.ok_or_else(missing)?.profile.clinic,
        BlockTarget::Clinic(id) => id,
    };
    let found = app.table.get::<Clinic>(&Key::clinic(clinic)).await?.filter(|found| ctx.scope.includes(found.id));
    found.map(|clinic| Some((clinic.id, clinic.profile.timezone))).ok_or_else(missing)
}

/// A start or end that stays as it is may be old.
fn expect_days((start, end): (Instant, Instant), before: Option<&Block>, now: Instant) -> Result<(), AppError> {
    let mut violations = Violations::default();
    let mut expect = |field, instant: Instant, present: Option<Instant>| {
        if present != Some(instant) {
            violations.take(field, expect_calendar_day(instant.utc_day(), now.utc_day()));
        }
    };
    expect("start_datetime", start, before.map(|before| before.start));
    expect("end_datetime", end, before.map(|before| before.end));
    Ok(violations.check()?)
}

fn resolve_times(draft: &BlockDraft, zone: Option<Zone>) -> Result<(Instant, Instant), AppError> {
    let mut violations = Violations::default();
    let resolve = |moment: ClientTime| match (moment, zone) {
        (ClientTime::Exact(instant), _) => Ok(instant),
        (ClientTime::Local(_), Some(zone)) => moment.resolve(zone),
        (ClientTime::Local(_), None) => Err(Rule::NoZone),
    };
    let start = violations.take("start_datetime", resolve(draft.start));
    let end = violations.take("end_datetime", resolve(draft.end));
    if start.zip(end).is_some_and(|(start, end)| end <= start) {
        violations.add("end_datetime", Rule::EndNotAfterStart);
    }
    Ok(violations.finish(start.zip(end))?)
}

//! Blocks: intervals in which a doctor, a room or a clinic can't be booked.

use super::ClosureRecord;
use super::doctor_zone::zone_of_doctor;
use crate::App;
use crate::support::change::ChangeConditions;
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
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

/// # Errors
/// [`AppError::NotFound`], also outside the caller's clinics.
pub async fn get_block(app: &App, ctx: &Context, id: BlockId) -> Result<Block, AppError> {
    let block = super::get::<Block>(app, ctx, id).await?;
    with_zone(app, ctx, block).await
}

/// A block of a doctor from before such blocks had a time zone gets that of the doctor's clinics.
async fn with_zone(app: &App, ctx: &Context, block: Block) -> Result<Block, AppError> {
    match block.of {
        BlockTarget::Doctor(doctor) if block.zone.is_none() => {
            Ok(Block { zone: zone_of_doctor(app, &ctx.scope, doctor).await?, ..block })
        }
        _ => Ok(block),
    }
}

/// # Errors
/// [`AppError::InUse`] for appointments within the block, unless forced; [`AppError::Validation`].
pub async fn create_block(
    app: &App,
    ctx: &Context,
    draft: &BlockDraft,
    conditions: ChangeConditions,
) -> Result<Outcome<Block>, AppError> {
    let Location { clinic, zone } = locate(app, ctx, draft.of).await?;
    let (start, end) = resolve_times(draft, zone)?;
    expect_days((start, end), None, app.now())?;
    let id = app.new_id();
    super::create(app, ctx, conditions, |now| Block {
        id,
        of: draft.of,
        clinic,
        zone,
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
    let Location { zone, .. } = locate(app, ctx, get_block(app, ctx, id).await?.of).await?;
    super::update(app, ctx, id, conditions, |before: &Block, now| {
        let draft = next(before)?;
        if draft.of != before.of {
            return Err(AppError::invalid(field_of(draft.of), Rule::ReadOnly));
        }
        let zone = before.zone.or(zone);
        let (start, end) = resolve_times(&draft, zone)?;
        expect_days((start, end), Some(before), now)?;
        let (reason, version) = (draft.reason, before.version + 1);
        Ok(Block { start, end, reason, zone, updated_at: now, version, ..before.clone() })
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

/// The clinic of what a block closes, `None` for a doctor, and the time zone in which the block is shown.
#[derive(Debug, Clone, Copy)]
struct Location {
    clinic: Option<ClinicId>,
    zone: Option<Zone>,
}

/// # Errors
/// [`AppError::Validation`] where the doctor, room or clinic doesn't exist or is deactivated.
async fn locate(app: &App, ctx: &Context, of: BlockTarget) -> Result<Location, AppError> {
    let field = field_of(of);
    let missing = || AppError::invalid(field, Rule::NoSuchThing);
    let inactive = |rule| AppError::invalid(field, rule);
    let clinic = match of {
        BlockTarget::Doctor(id) => {
            let doctor = app.table.get::<Doctor>(&Key::doctor(id)).await?.ok_or_else(missing)?;
            if !doctor.is_active {
                return Err(inactive(Rule::Inactive));
            }
            return Ok(Location { clinic: None, zone: zone_of_doctor(app, &ctx.scope, id).await? });
        }
        BlockTarget::Room(id) => {
            let room = app.table.get::<Room>(&Key::room(id)).await?;
            let room = room.filter(|room| ctx.scope.includes(room.profile.clinic)).ok_or_else(missing)?;
            if !room.is_active {
                return Err(inactive(Rule::Inactive));
            }
            room.profile.clinic
        }
        BlockTarget::Clinic(id) => id,
    };
    let found = app.table.get::<Clinic>(&Key::clinic(clinic)).await?.filter(|found| ctx.scope.includes(found.id));
    let clinic = found.ok_or_else(missing)?;
    match of {
        _ if clinic.is_active => Ok(Location { clinic: Some(clinic.id), zone: Some(clinic.profile.timezone) }),
        BlockTarget::Room(_) => Err(inactive(Rule::ClinicInactive)),
        BlockTarget::Doctor(_) | BlockTarget::Clinic(_) => Err(inactive(Rule::Inactive)),
    }
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

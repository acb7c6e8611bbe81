//! Actions on an appointment, and its history.

use crate::checks::{announcement, told_without_notice};
use crate::reader::{Accepted, FieldReader};
use crate::values::{ActorType, DateTime, HistoryAction};
use crate::{Body, View};
use app::AppError;
use app::appointments::booking::request_for_new_start;
use app::appointments::candidate::{BookingRequest, EndSpec};
use domain::actor::{Actor, Channel};
use domain::appointment::{Appointment, Status};
use domain::ids::{ActionId, DoctorId, RoomId};
use domain::lifecycle::Action;
use domain::notification::{Announcement, Told};
use domain::text::Note;
use domain::time::Zone;
use domain::violation::Rule;
use std::collections::BTreeMap;
use store::action::ActionRow;

/// A request to perform an action on an appointment.
#[derive(Clone, Body)]
#[check(start_of_reschedule(action, start_datetime))]
#[check(only_for_reschedule(action, start_datetime, end_datetime, doctor, room))]
#[check(only_where_announced(action, notify, told))]
#[check(told_without_notice(notify, told))]
pub struct ActionBody {
    /// `confirm`, `unconfirm`, `cancel`, `request_reschedule`, `reschedule`, `keep`, `complete`,
    /// `no_show`, `correct`, `reopen` or `undo`.
    #[field(example = "cancel")]
    pub action: Action,
    /// The reason. Required for `cancel` and `correct`.
    pub reason: Option<Note<500>>,
    /// Only for `reschedule`, which requires it: the new start, as in a booking. With the present start, doctor and room
    /// only the end changes, and the patient is told nothing.
    start_datetime: Option<DateTime>,
    /// Only for `reschedule`: the new end. By default the appointment keeps its length.
    end_datetime: Option<DateTime>,
    /// Only for `reschedule`: id of the new doctor. By default the doctor stays the same.
    doctor: Option<DoctorId>,
    /// Only for `reschedule`: id of the new room. By default the same room, or that of a new doctor's availability.
    room: Option<RoomId>,
    /// Only for `cancel` and `reschedule`: whether the patient gets a notice. By default the clinic's `notify_on_cancel`
    /// or `notify_on_move`. A notice goes out a minute later, or 20 seconds if the appointment begins within two hours,
    /// and not at all if the change is undone by then.
    notify: Option<bool>,
    /// How the patient learns of it without a notice. Required with `notify: false`, and only with it.
    told: Option<Told>,
}

fn only_where_announced(
    action: Accepted<'_, Action>,
    notify: Accepted<'_, Option<bool>>,
    told: Accepted<'_, Option<Told>>,
    reader: &mut FieldReader<'_>,
) {
    if action.is_none_or(|action| matches!(action, Action::Cancel | Action::Reschedule)) {
        return;
    }
    for (field, _) in [("notify", notify != Some(&None)), ("told", told != Some(&None))].into_iter().filter(|it| it.1) {
        reader.refuse(field, Rule::NotTogetherWith("action"));
    }
}

fn start_of_reschedule(
    action: Accepted<'_, Action>,
    start: Accepted<'_, Option<DateTime>>,
    reader: &mut FieldReader<'_>,
) {
    if action == Some(&Action::Reschedule) && start == Some(&None) {
        reader.refuse("start_datetime", Rule::Required);
    }
}

fn only_for_reschedule(
    action: Accepted<'_, Action>,
    start: Accepted<'_, Option<DateTime>>,
    end: Accepted<'_, Option<DateTime>>,
    doctor: Accepted<'_, Option<DoctorId>>,
    room: Accepted<'_, Option<RoomId>>,
    reader: &mut FieldReader<'_>,
) {
    if action.is_none_or(|action| *action == Action::Reschedule) {
        return;
    }
    let given = [
        ("start_datetime", start != Some(&None)),
        ("end_datetime", end != Some(&None)),
        ("doctor", doctor != Some(&None)),
        ("room", room != Some(&None)),
    ];
    for (field, _) in given.into_iter().filter(|(_, given)| *given) {
        reader.refuse(field, Rule::NotTogetherWith("action"));
    }
}

impl ActionBody {
    #[must_use]
    pub fn announcement(&self) -> Announcement {
        announcement(self.notify, self.told)
    }

    /// The booking that a `reschedule` asks for: what isn't given stays as it is.
    ///
    /// # Errors
    /// [`AppError::Validation`] without a start, which no `reschedule` is read without.
    pub fn booking_request(&self, appointment: &Appointment) -> Result<BookingRequest, AppError> {
        let start = self.start_datetime.ok_or_else(|| AppError::invalid("start_datetime", Rule::Required))?;
        let mut request = request_for_new_start(appointment, start.client_time());
        if let Some(end) = self.end_datetime {
            request.end = EndSpec::At(end.client_time());
        }
        if let Some(doctor) = self.doctor.filter(|doctor| *doctor != appointment.doctor) {
            request.doctor = doctor;
            // A new doctor works in the room of their own availability, unless the request names a room.
            request.room = None;
        }
        request.room = self.room.or(request.room);
        Ok(request)
    }
}

/// One entry of an appointment's history.
#[derive(Clone, View)]
pub struct ActionView {
    id: ActionId,
    /// The action. `create` is the booking; `hold_expired` means that the system released the slot of an appointment
    /// that the patient wanted to move.
    action: HistoryAction,
    /// The status before; `null` for `create`.
    from_status: Option<Status>,
    /// The status after.
    to_status: Status,
    actor: ActorView,
    /// How the action was requested: `api`, `whatsapp` or `system`.
    channel: Channel,
    reason: Option<String>,
    /// Ids of related objects, such as `rescheduled_to`; `end_datetime` where only the end changed; `walk_in`; and `told`:
    /// how the patient learnt of it without a notice.
    payload: BTreeMap<String, String>,
    /// RFC 3339 with the clinic's offset.
    created_at: DateTime,
}

/// The originator of an action.
#[derive(Clone, View)]
pub struct ActorView {
    /// `user`, `patient` or `system`.
    r#type: ActorType,
    /// Id of the user or patient; `null` for the system.
    #[field(format = "uuid")]
    id: Option<String>,
    /// The name at the time of the action.
    name: Option<String>,
}

impl From<&Actor> for ActorView {
    fn from(actor: &Actor) -> Self {
        match actor {
            Actor::User { id, name } => {
                Self { r#type: ActorType::User, id: Some(id.to_string()), name: Some(name.as_str().to_owned()) }
            }
            Actor::Patient { id, name } => {
                Self { r#type: ActorType::Patient, id: Some(id.to_string()), name: Some(name.as_str().to_owned()) }
            }
            Actor::System => Self { r#type: ActorType::System, id: None, name: None },
        }
    }
}

impl ActionView {
    /// Renders times with the offset of `zone`.
    #[must_use]
    pub fn new(row: &ActionRow, zone: Zone) -> Self {
        Self {
            id: row.id,
            action: HistoryAction(row.action),
            from_status: row.from_status,
            to_status: row.to_status,
            actor: (&row.actor).into(),
            channel: row.channel,
            reason: row.reason.as_ref().map(|note| note.as_str().to_owned()),
            payload: row.payload.clone(),
            created_at: DateTime::new(row.created_at, zone),
        }
    }
}

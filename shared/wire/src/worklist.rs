//! The worklist: what a person has to look at.

use crate::values::DateTime;
use crate::{Body, Params, Patch, View};
use app::worklist::WorklistCounts;
use app::worklist::entry::{TakenBy, WorklistEntry};
use app::worklist::take::Take;
use domain::appointment::Appointment;
use domain::attention::Attention;
use domain::ids::{AppointmentId, ClinicId, InboundId, NotificationId, PatientId, UserId};
use domain::time::Zone;
use domain::violation::Violations;
use std::collections::BTreeMap;

/// An entry of the worklist: one reason for which an appointment or a message from a patient needs attention. It leaves
/// the worklist when its reason is settled, or when `needs_attention` of the appointment or message is set to `false`.
#[derive(Clone, View)]
pub struct WorklistEntryView {
    /// `kind` and the id of the appointment or of the message, with a colon between them.
    #[field(example = "stranded:01940000-0000-7000-8000-000000000005")]
    id: String,
    /// `emergency`, `stranded`, `reschedule_requested`, `wrong_number`, `inbound`, `new_contact`, `message_failed`,
    /// `message_unknown` or `unrecorded`.
    #[field(example = "stranded")]
    kind: &'static str,
    since: DateTime,
    /// Until when it should be done: the start of the appointment, the end of a hold, or when the chat can't be answered
    /// any more. An emergency is due at once.
    due: DateTime,
    /// Id of the clinic; `null` for a message that belongs to none.
    clinic: Option<ClinicId>,
    clinic_name: Option<String>,
    /// Id of the appointment.
    appointment: Option<AppointmentId>,
    /// Id of the message from a patient.
    inbound: Option<InboundId>,
    /// Id of the message to the patient that failed, or whose delivery isn't known.
    notification: Option<NotificationId>,
    /// Id of the patient.
    patient: Option<PatientId>,
    patient_name: Option<String>,
    /// The number that gets the patient's messages, or that of the sender.
    #[field(example = "+5491123456789")]
    phone_number: Option<String>,
    taken_by: Option<TakenByView>,
    /// Increases by one whenever `taken_by` changes.
    version: u64,
}

/// Why something is in the worklist.
#[derive(Clone, View)]
pub struct AttentionView {
    /// The `kind` of its entry in the worklist.
    #[field(example = "inbound")]
    kind: &'static str,
    since: DateTime,
}

impl AttentionView {
    pub(crate) fn new(reason: Attention, zone: Option<Zone>) -> Self {
        Self { kind: reason.kind.name(), since: DateTime::new(reason.since, zone) }
    }

    pub(crate) fn of(appointment: &Appointment) -> Vec<Self> {
        let reasons = appointment.reasons().into_iter();
        reasons.map(|reason| Self::new(reason, Some(appointment.zone))).collect()
    }
}

/// The user who has taken an entry.
#[derive(Clone, View)]
pub struct TakenByView {
    id: UserId,
    name: String,
}

impl From<TakenBy> for TakenByView {
    fn from(TakenBy { id, name }: TakenBy) -> Self {
        Self { id, name }
    }
}

impl From<WorklistEntry> for WorklistEntryView {
    fn from(entry: WorklistEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            kind: entry.id.kind.name(),
            since: DateTime::new(entry.since, entry.zone),
            due: DateTime::new(entry.due, entry.zone),
            clinic: entry.clinic,
            clinic_name: entry.clinic_name,
            appointment: entry.appointment,
            inbound: entry.inbound,
            notification: entry.notification,
            patient: entry.patient,
            patient_name: entry.patient_name,
            phone_number: entry.phone_number,
            taken_by: entry.taken_by.map(TakenByView::from),
            version: entry.version,
        }
    }
}

/// How many entries the worklist has.
#[derive(Clone, View)]
pub struct WorklistCountsView {
    total: u64,
    /// By `kind`, also those of which there are none.
    by_kind: BTreeMap<String, u64>,
    /// Those that you have taken.
    mine: u64,
}

impl From<WorklistCounts> for WorklistCountsView {
    fn from(WorklistCounts { total, by_kind, mine }: WorklistCounts) -> Self {
        let by_kind = by_kind.into_iter().map(|(kind, count)| (kind.name().to_owned(), count as u64));
        Self { total: total as u64, by_kind: by_kind.collect(), mine: mine as u64 }
    }
}

#[derive(Params)]
pub struct WorklistParams {
    /// Only what concerns this clinic, and messages that belong to no clinic.
    pub clinic: Option<ClinicId>,
}

/// Who does what an entry asks for.
#[derive(Clone, Body)]
pub struct WorklistEditBody {
    /// Your own id takes the entry, `null` lets it go. An ADMIN gives it to any active user.
    taken_by: Option<UserId>,
}

impl WorklistEditBody {
    /// What a PATCH asks for.
    ///
    /// # Errors
    /// All errors of the body.
    pub fn take(patch: &Patch<Self>) -> Result<Take, Violations> {
        let Self { taken_by } = patch.apply_to(&Self { taken_by: None })?;
        Ok(match (taken_by, patch.member("taken_by")) {
            (Some(user), _) => Take::By(user),
            (None, Some(_)) => Take::LetGo,
            (None, None) => Take::Unchanged,
        })
    }
}

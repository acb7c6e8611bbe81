//! Resolves which appointment an inbound message is about: that of the pressed button, of the quoted message, of the
//! last prompt, or the only one to come that this number was written to about. Never simply the last one.

use super::interpretation::Requested;
use super::quoted::QuotedNotification;
use crate::App;
use crate::appointments::lookup::get_appointments;
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::phone::MatchKey;
use domain::time::Instant;
use store::keys::Key;
use store::notification::RemindedAppointment;
use store::patterns;

#[derive(Debug, Default)]
pub(super) struct ResolvedAppointment {
    pub(super) appointment: Option<Appointment>,
    /// The appointments that may be meant, soonest first, if it isn't clear which.
    pub(super) candidates: Vec<Appointment>,
    /// An appointment that this number was written to about, even if the message isn't about it.
    pub(super) known_through: Option<Appointment>,
}

impl ResolvedAppointment {
    pub(super) fn of(appointment: Option<Appointment>) -> Self {
        Self { appointment, ..Self::default() }
    }

    /// The appointment that a reply is stored under.
    pub(super) fn for_reply(&self) -> Option<&Appointment> {
        self.appointment.as_ref().or(self.candidates.first()).or(self.known_through.as_ref())
    }
}

pub(super) async fn resolve_appointment(
    app: &App,
    number: &MatchKey,
    quoted: &QuotedNotification,
    requested: &Requested,
    now: Instant,
) -> Result<ResolvedAppointment, AppError> {
    let of_quoted = match quoted {
        QuotedNotification::Notification(row) => Some(row.appointment),
        QuotedNotification::None | QuotedNotification::OtherRecipient => None,
    };
    if let Some(id) = requested.appointment().or(of_quoted) {
        let appointment = app.table.get::<Appointment>(&Key::appointment(id)).await?;
        // Words don't answer an old message: they mean the appointment that this number was written to about since.
        let was_moved = appointment.as_ref().is_some_and(|appointment| appointment.rescheduled_to.is_some());
        if !(was_moved && requested.is_by_words() && of_quoted.is_none()) {
            return Ok(ResolvedAppointment { appointment, ..ResolvedAppointment::default() });
        }
    }
    let reminded: Vec<RemindedAppointment> = app.table.query_all(&patterns::reminded_appointments(number, now)).await?;
    let mut candidates = get_appointments(app, reminded.iter().map(|row| row.appointment)).await?;
    let known_through = candidates.first().cloned();
    candidates.retain(|appointment| appointment.is_to_come(now));
    candidates.sort_by_key(|appointment| appointment.start);
    let only = (candidates.len() == 1).then(|| candidates.pop()).flatten();
    Ok(match quoted {
        // A reply to another recipient's message isn't about the sender's own appointments.
        QuotedNotification::OtherRecipient => ResolvedAppointment { known_through, ..ResolvedAppointment::default() },
        _ => ResolvedAppointment { appointment: only, candidates, known_through },
    })
}

//! The numbered lists of appointments that a patient chooses from.

use super::first_names::names_of;
use super::message_handler::{MessageHandler, MessageOutcome};
use super::resolved_appointment::ResolvedAppointment;
use crate::App;
use crate::appointments::lookup::get_appointments;
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::ids::AppointmentId;
use domain::messages::{ListedAppointment, Reply};
use domain::prompt::{ListedAction, Prompt};
use std::collections::BTreeMap;

/// At most this many appointments are listed to choose from.
const MAX_LISTED: usize = 6;
/// At most this many lines: numbers are read up to 9.
const MAX_LINES: usize = 9;

impl MessageHandler<'_> {
    /// Asks for which appointment an action is meant.
    pub(super) async fn ask_which(
        &self,
        about: ListedAction,
        candidates: &[Appointment],
    ) -> Result<MessageOutcome, AppError> {
        let listed = candidates.get(..MAX_LISTED.min(candidates.len())).unwrap_or_default();
        let lines = lines_of(self.uow.app, listed).await?;
        let appointments = listed.iter().map(|appointment| appointment.id).collect();
        let prompt = Prompt::Which { about, appointments };
        Ok(MessageOutcome::asking("asked_which", Reply::Which { about, lines }, prompt))
    }

    /// Asks which action on which appointment is meant. `None` if there is none to come.
    pub(super) async fn ask_meaning(&self, resolved: &ResolvedAppointment) -> Result<Option<MessageOutcome>, AppError> {
        let to_come = resolved.appointment.iter().filter(|it| it.is_to_come(self.uow.now));
        let listed: Vec<Appointment> = to_come.chain(&resolved.candidates).take(MAX_LINES / 3).cloned().collect();
        if listed.is_empty() {
            return Ok(None);
        }
        let lines = lines_of(self.uow.app, &listed).await?;
        let all = || ListedAction::ALL.into_iter();
        let ids: Vec<_> = listed.iter().flat_map(|it| all().map(|action| (action, it.id))).collect();
        let lines = lines.into_iter().flat_map(|line| all().map(move |action| (action, line.clone()))).collect();
        Ok(Some(MessageOutcome::asking("asked_meaning", Reply::Actions(lines), Prompt::Actions { lines: ids })))
    }

    /// Asks the same again that a list asked.
    pub(super) async fn repeat_list(&self, prompt: &Prompt) -> Result<Option<MessageOutcome>, AppError> {
        let ids: Vec<AppointmentId> = match prompt {
            Prompt::Which { appointments, .. } => appointments.clone(),
            Prompt::Actions { lines } => lines.iter().map(|(_, appointment)| *appointment).collect(),
            _ => return Ok(None),
        };
        let appointments = get_appointments(self.uow.app, ids).await?;
        let found = lines_of(self.uow.app, &appointments).await?;
        let by_id: BTreeMap<_, _> = appointments.iter().map(|appointment| appointment.id).zip(found).collect();
        let line = |id: &AppointmentId| by_id.get(id).cloned();
        let reply = match prompt {
            Prompt::Which { about, appointments } => {
                appointments.iter().map(line).collect::<Option<_>>().map(|lines| Reply::Which { about: *about, lines })
            }
            Prompt::Actions { lines } => {
                let line = |(action, id): &(ListedAction, AppointmentId)| Some((*action, line(id)?));
                lines.iter().map(line).collect::<Option<_>>().map(Reply::Actions)
            }
            _ => None,
        };
        Ok(reply.map(|reply| MessageOutcome::asking("asked_again", reply, prompt.clone())))
    }
}

async fn lines_of(app: &App, appointments: &[Appointment]) -> Result<Vec<ListedAppointment>, AppError> {
    let names = names_of(app, appointments).await?;
    let line = |appointment: &Appointment| ListedAppointment {
        name: names.get(&appointment.id).cloned().unwrap_or_default(),
        start: appointment.start,
        zone: appointment.zone,
    };
    Ok(appointments.iter().map(line).collect())
}

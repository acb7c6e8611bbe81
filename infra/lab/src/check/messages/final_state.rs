//! The final state of a scenario, by participant and without ids, so that two scenarios with the same messages can be
//! compared.

use super::scenario::{Participant, Scenario};
use app::messaging::inbound::{ReceivedMessage, receive_message};
use domain::appointment::Appointment;
use domain::notification::{Notification, NotificationKind};
use domain::prompt::Prompt;
use domain::time::Instant;
use store::action::ActionRow;
use store::conversation::Conversation;
use store::inbound::Inbound;
use store::keys::Key;
use store::patterns;
use testkit::test_app::TestError;

/// The final state of one participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinalState {
    phone: String,
    /// Each appointment with its history.
    appointments: Vec<String>,
    answers: Vec<String>,
    messages: Vec<String>,
    question: String,
    effects: usize,
}

impl FinalState {
    /// How many messages changed an appointment.
    #[must_use]
    pub fn effects(&self) -> usize {
        self.effects
    }

    /// Describes the first difference, if there is one.
    #[must_use]
    pub fn differs_from(&self, other: &Self) -> Option<String> {
        let parts = |state: &Self| {
            [&state.messages, &state.appointments, &state.answers]
                .map(Clone::clone)
                .into_iter()
                .flatten()
                .chain([state.question.clone()])
                .collect::<Vec<_>>()
        };
        let (ours, theirs) = (parts(self), parts(other));
        let first = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
        (self != other).then(|| format!("{}: {first:?}, {} and {} lines", self.phone, ours.len(), theirs.len()))
    }
}

/// All stored inbound messages of the participants.
pub async fn inbound_messages(scenario: &Scenario) -> Result<Vec<Inbound>, TestError> {
    let mut rows = Vec::new();
    for participant in &scenario.participants {
        rows.extend(messages_of(scenario, participant).await?);
    }
    Ok(rows)
}

async fn messages_of(scenario: &Scenario, participant: &Participant) -> Result<Vec<Inbound>, TestError> {
    Ok(scenario.app.system.app.table.query_all(&patterns::inbound_of_number(&participant.match_key())).await?)
}

/// Delivers each message to a scenario once, alone, at the time at which it was processed, and runs the scheduled job
/// at the times at which it ran.
pub async fn replay(
    scenario: &Scenario,
    rows: &[Inbound],
    ticks: &[Instant],
    skip_every_tenth: bool,
) -> Result<(), TestError> {
    let mut rows: Vec<&Inbound> = rows.iter().collect();
    rows.sort_by_key(|row| (row.processed_at, row.sequence));
    let mut ticks = ticks.iter().peekable();
    for (number, row) in rows.into_iter().enumerate() {
        let at = row.processed_at.ok_or("a message was never processed")?;
        while let Some(tick) = ticks.next_if(|tick| **tick < at) {
            scenario.clock.set(*tick);
            scenario.run_job().await?;
        }
        if skip_every_tenth && number % 10 == 0 {
            continue;
        }
        scenario.clock.set(at);
        let received = ReceivedMessage {
            message_sid: row.message_sid.clone(),
            from: row.from.clone(),
            external_user: None,
            body: row.body.clone(),
            readable: row.readable.clone(),
            button_payload: row.button_payload.clone(),
            original_sid: row.original_sid.clone(),
            opt_out_keyword: None,
            written_at: row.written_at,
        };
        Box::pin(receive_message(&scenario.app.system.app, "replay", received)).await?;
    }
    for tick in ticks {
        scenario.clock.set(*tick);
        scenario.run_job().await?;
    }
    Ok(())
}

/// The final states of all participants.
pub async fn read(scenario: &Scenario) -> Result<Vec<FinalState>, TestError> {
    let mut states = Vec::new();
    for participant in &scenario.participants {
        states.push(state_of(scenario, participant).await?);
    }
    Ok(states)
}

async fn state_of(scenario: &Scenario, participant: &Participant) -> Result<FinalState, TestError> {
    let table = &scenario.app.system.app.table;
    let (mut appointments, mut answers, mut effects) = (Vec::new(), Vec::new(), 0);
    for patient in &participant.patients {
        let of_patient: Vec<Appointment> =
            table.query_all(&patterns::appointments_of_patient(*patient, None, None)).await?;
        for appointment in of_patient {
            let history: Vec<ActionRow> = table.query_all(&patterns::actions_of_appointment(appointment.id)).await?;
            let describe_action = |row: &ActionRow| {
                format!("{} by {}", row.action.name(), row.payload.get("message_sid").map_or("nobody", String::as_str))
            };
            effects += history.iter().filter(|row| row.payload.contains_key("message_sid")).count();
            let history: Vec<String> = history.iter().map(describe_action).collect();
            appointments.push(format!(
                "{} at {}, attention {}: {}",
                appointment.status.name(),
                appointment.start.rfc3339(),
                appointment.needs_attention,
                history.join(", ")
            ));
            let notifications: Vec<Notification> =
                table.query_all(&patterns::notifications_of_appointment(appointment.id)).await?;
            let others = notifications.into_iter().filter(|row| row.kind != NotificationKind::Reminder);
            answers.extend(others.map(|row| row.text.map(|text| text.0).unwrap_or_default()));
        }
    }
    // Appointments with the same start and answers with the same timestamp have no order.
    appointments.sort();
    answers.sort();
    let mut messages: Vec<Inbound> = messages_of(scenario, participant).await?;
    messages.sort_by_key(|row| row.sequence);
    let describe_message = |row: &Inbound| {
        let (sid, intent, outcome) = (&row.message_sid, row.intent, &row.outcome);
        let at = row.processed_at.map(Instant::sortable).unwrap_or_default();
        format!(
            "{sid} {:?} {:?} at {at}: {intent:?}, {outcome:?}, attention {}",
            row.body.0, row.button_payload, row.needs_attention
        )
    };
    let conversation = table.get::<Conversation>(&Key::conversation(&participant.match_key())).await?;
    let last = conversation.as_ref().and_then(|conversation| conversation.prompts.last());
    let answer = last.and_then(|last| last.answer).map(|given| given.choice.map(|choice| choice.action));
    let question = match last.map(|last| &last.prompt) {
        None => "nothing".to_owned(),
        Some(Prompt::Reminder { .. }) => "the reminder".to_owned(),
        Some(Prompt::Choices { .. }) => "the reminder's choices".to_owned(),
        Some(Prompt::Cancel { .. }) => "really?".to_owned(),
        Some(Prompt::Slots { offers, .. }) => format!("which of {offers:?}?"),
        Some(Prompt::Which { appointments, about }) => format!("which of {} to {about:?}?", appointments.len()),
        Some(Prompt::Actions { lines }) => format!("which of {} actions?", lines.len()),
    };
    let question = format!("{question} answered {answer:?}");
    let messages = messages.iter().map(describe_message).collect();
    Ok(FinalState { phone: participant.phone.clone(), appointments, answers, messages, question, effects })
}

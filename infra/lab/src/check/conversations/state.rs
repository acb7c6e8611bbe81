//! What of the table a later answer depends on.

use domain::appointment::Appointment;
use domain::ids::AppointmentId;
use domain::prompt::{Choice, Prompt};
use invariants::rows::TableRows;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use store::conversation::Conversation;

/// An appointment: the patient's name, and its local time.
pub type Label = String;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationState {
    /// The status of each appointment.
    pub appointments: BTreeMap<Label, String>,
    /// Equal for states that can't be told apart by any later message.
    pub key: String,
}

impl ConversationState {
    #[must_use]
    pub fn of(rows: &TableRows, conversation: Option<&Conversation>) -> Self {
        let labels: BTreeMap<AppointmentId, Label> =
            rows.appointments.values().map(|appointment| (appointment.id, label(appointment))).collect();
        let name = |id: AppointmentId| labels.get(&id).cloned().unwrap_or_default();
        let mut appointments = BTreeMap::new();
        for appointment in rows.appointments.values() {
            let moved = appointment.rescheduled_to.map(name).unwrap_or_default();
            let status = format!("{} {moved}", appointment.status.name());
            // A moved appointment may have come back to a time that it had before.
            let entry = appointments.entry(label(appointment)).or_insert_with(String::new);
            let _ = write!(entry, "{}|", status.trim_end());
        }
        let mut key = format!("{appointments:?}");
        if let Some(conversation) = conversation {
            for asked in conversation.prompts.iter() {
                let answer = asked.answer.map(|given| given.choice.map(|choice| spelled(choice, &name)));
                let _ = write!(key, " {} {:?} {}", described(&asked.prompt, &name), answer, asked.interrupts);
            }
            let _ = write!(
                key,
                " {} {} {} {}",
                conversation.unclear_replies,
                conversation.unprompted_answers,
                conversation.courtesy_answered,
                conversation.handed_over_at.is_some()
            );
        }
        let opted_out = rows.appointments.values().all(|it| it.reminder.status.name() == "cancelled");
        let _ = write!(key, " {opted_out}");
        Self { appointments, key }
    }
}

fn label(appointment: &Appointment) -> Label {
    let time = appointment.zone.local(appointment.start).format("%Y-%m-%d %H:%M");
    format!("{} {time}", appointment.patient_name.as_str())
}

fn spelled(choice: Choice, name: &impl Fn(AppointmentId) -> Label) -> String {
    format!("{:?} {}", choice.action, name(choice.appointment))
}

fn described(prompt: &Prompt, name: &impl Fn(AppointmentId) -> Label) -> String {
    let lines = (1..=9).filter_map(|number| prompt.choice(number)).map(|choice| spelled(choice, name));
    let kind = match prompt {
        Prompt::Reminder { .. } => "reminder",
        Prompt::Choices { .. } => "choices",
        Prompt::Cancel { .. } => "cancel",
        Prompt::Slots { .. } => "slots",
        Prompt::Which { .. } => "which",
        Prompt::Actions { .. } => "actions",
    };
    format!("{kind} {}", lines.collect::<Vec<_>>().join(", "))
}

//! What a town looks like when everything has been said, person by person, without ids: two towns in
//! which the same was said have to look the same.

use super::town::{Person, Town};
use app::messaging::inbound::{Arrival, receive};
use domain::appointment::Appointment;
use domain::notification::{Notification, NotificationKind};
use domain::time::Instant;
use store::action::ActionRow;
use store::conversation::{Conversation, Question};
use store::inbound::Inbound;
use store::keys::Key;
use store::patterns;
use testkit::test_app::Trouble;

/// What it came to for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aftermath {
    phone: String,
    /// Each appointment with its history, and what was said about it.
    appointments: Vec<String>,
    answers: Vec<String>,
    messages: Vec<String>,
    open: String,
    effects: usize,
}

impl Aftermath {
    /// How many messages changed something.
    #[must_use]
    pub fn effects(&self) -> usize {
        self.effects
    }

    /// In what it differs from the other, if it does.
    #[must_use]
    pub fn differs_from(&self, other: &Self) -> Option<String> {
        let parts = |aftermath: &Self| {
            [&aftermath.messages, &aftermath.appointments, &aftermath.answers]
                .map(Clone::clone)
                .into_iter()
                .flatten()
                .chain([aftermath.open.clone()])
                .collect::<Vec<_>>()
        };
        let (ours, theirs) = (parts(self), parts(other));
        let first = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
        (self != other).then(|| format!("{}: {first:?}, {} and {} lines", self.phone, ours.len(), theirs.len()))
    }
}

/// Everything that was stored of what people wrote.
///
/// # Errors
/// [`Trouble`].
pub async fn rows(town: &Town) -> Result<Vec<Inbound>, Trouble> {
    let mut rows = Vec::new();
    for person in &town.people {
        rows.extend(of_number(town, person).await?);
    }
    Ok(rows)
}

async fn of_number(town: &Town, person: &Person) -> Result<Vec<Inbound>, Trouble> {
    Ok(town.app.system.app.table.query_all(&patterns::inbound_of_number(&person.number())).await?)
}

/// Gives a town each message once, alone, when it was processed, and has the scheduled job run when it
/// ran.
///
/// # Errors
/// [`Trouble`].
pub async fn replay(town: &Town, rows: &[Inbound], ticks: &[Instant], forgetful: bool) -> Result<(), Trouble> {
    let mut rows: Vec<&Inbound> = rows.iter().collect();
    rows.sort_by_key(|row| (row.processed_at, row.turn));
    let mut ticks = ticks.iter().peekable();
    for (number, row) in rows.into_iter().enumerate() {
        let at = row.processed_at.ok_or("a message that was never processed")?;
        while let Some(tick) = ticks.next_if(|tick| **tick < at) {
            town.clock.set(*tick);
            town.tick().await?;
        }
        if forgetful && number % 10 == 0 {
            continue;
        }
        town.clock.set(at);
        let arrival = Arrival {
            message_sid: row.message_sid.clone(),
            from: row.from.clone(),
            body: row.body.clone(),
            readable: row.readable.clone(),
            button_payload: row.button_payload.clone(),
            original_sid: row.original_sid.clone(),
            written_at: row.written_at,
        };
        Box::pin(receive(&town.app.system.app, "replay", arrival)).await?;
    }
    for tick in ticks {
        town.clock.set(*tick);
        town.tick().await?;
    }
    Ok(())
}

/// What it came to, person by person.
///
/// # Errors
/// [`Trouble`].
pub async fn of(town: &Town) -> Result<Vec<Aftermath>, Trouble> {
    let mut all = Vec::new();
    for person in &town.people {
        all.push(of_person(town, person).await?);
    }
    Ok(all)
}

async fn of_person(town: &Town, person: &Person) -> Result<Aftermath, Trouble> {
    let table = &town.app.system.app.table;
    let (mut appointments, mut answers, mut effects) = (Vec::new(), Vec::new(), 0);
    for patient in &person.patients {
        let theirs: Vec<Appointment> =
            table.query_all(&patterns::appointments_of_patient(*patient, None, None)).await?;
        for appointment in theirs {
            let history: Vec<ActionRow> = table.query_all(&patterns::actions_of_appointment(appointment.id)).await?;
            let done = |row: &ActionRow| {
                format!("{} by {}", row.action.name(), row.payload.get("message_sid").map_or("nobody", String::as_str))
            };
            effects += history.iter().filter(|row| row.payload.contains_key("message_sid")).count();
            let history: Vec<String> = history.iter().map(done).collect();
            appointments.push(format!(
                "{} at {}, attention {}: {}",
                appointment.status.name(),
                appointment.start.rfc3339(),
                appointment.needs_attention,
                history.join(", ")
            ));
            let said: Vec<Notification> =
                table.query_all(&patterns::notifications_of_appointment(appointment.id)).await?;
            let said = said.into_iter().filter(|row| row.kind != NotificationKind::Reminder);
            answers.extend(said.map(|row| row.text.map(|text| text.0).unwrap_or_default()));
        }
    }
    // Two appointments may begin at once, and answers of one instant have no order.
    appointments.sort();
    answers.sort();
    let mut messages: Vec<Inbound> = of_number(town, person).await?;
    messages.sort_by_key(|row| row.turn);
    let said = |row: &Inbound| {
        let (sid, intent, outcome) = (&row.message_sid, row.intent, &row.outcome);
        let at = row.processed_at.map(Instant::sortable).unwrap_or_default();
        format!(
            "{sid} {:?} {:?} at {at}: {intent:?}, {outcome:?}, attention {}",
            row.body.0, row.button_payload, row.needs_attention
        )
    };
    let conversation = table.get::<Conversation>(&Key::conversation(&person.number())).await?;
    let open = match conversation.and_then(|conversation| conversation.question) {
        None => "nothing".to_owned(),
        Some(Question::Cancel { .. }) => "really?".to_owned(),
        Some(Question::Slots { offers, .. }) => format!("which of {offers:?}?"),
        Some(Question::Which { appointments, about, .. }) => format!("which of {} to {about:?}?", appointments.len()),
    };
    let messages = messages.iter().map(said).collect();
    Ok(Aftermath { phone: person.phone.clone(), appointments, answers, messages, open, effects })
}

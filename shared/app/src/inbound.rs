//! What patients answer: stored first, then processed. The effect of a message and the note that it
//! was processed are one transaction, so a message is never lost and never applied twice.

use crate::App;
use crate::actions;
use crate::attempts::Failure;
use crate::change::audit;
use crate::context::{Context, Once};
use crate::error::AppError;
use crate::interpretation::{Asked, Wanted, asked, read};
use crate::{deliver, notifications};
use domain::actor::{Actor, Channel};
use domain::appointment::Appointment;
use domain::ids::{Id as _, NotificationId, PatientId};
use domain::lifecycle::{Action, By};
use domain::messages::{Reply, reply};
use domain::notification::{Address, MessageText, Notification};
use domain::patient::{Patient, PatientProfile};
use domain::phone::MatchKey;
use domain::record::Record;
use domain::reply::button;
use domain::time::{Instant, TimeDelta};
use domain::user::Scope;
use std::collections::{BTreeMap, BTreeSet};
use store::audit::AuditAction;
use store::conversation::{Conversation, Question};
use store::inbound::{Inbound, Unprocessed};
use store::keys::Key;
use store::notification::{MessageRow, RemindedVisit};
use store::search::SearchEntry;
use store::transaction::Refused;
use store::{Role, Transaction, WriteError, patterns};

/// A message as it arrives, its signature checked.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Twilio's id.
    pub message_sid: String,
    /// Who wrote, verbatim.
    pub from: Address,
    /// Everything in its body.
    pub body: MessageText,
    /// The body, where it may be read as an answer: of a text, not of a document or a picture.
    pub readable: Option<MessageText>,
    /// What the pressed button carries.
    pub button_payload: Option<String>,
    /// Twilio's id of the message that it answers.
    pub original_sid: Option<String>,
}

/// Takes a message: stores it, does what it says, answers.
///
/// # Errors
/// Only where it couldn't be stored. What is stored is processed by the next run if not now.
pub async fn receive(app: &App, request_id: &str, arrival: Arrival) -> Result<(), AppError> {
    let sid = arrival.message_sid.clone();
    crate::attempt!(_number => keep(app, &arrival))?;
    if let Err(error) = process(app, request_id, &sid).await {
        tracing::error!(message = %sid, %error, "a stored message waits for the next run");
    }
    Ok(())
}

async fn keep(app: &App, arrival: &Arrival) -> Result<(), Failure> {
    let now = app.now();
    let row = Inbound {
        message_sid: arrival.message_sid.clone(),
        from: arrival.from.clone(),
        readable: arrival.readable.clone(),
        body: arrival.body.clone(),
        button_payload: arrival.button_payload.clone(),
        original_sid: arrival.original_sid.clone(),
        appointment: None,
        patient: None,
        intent: None,
        outcome: None,
        needs_attention: false,
        received_at: now,
        processed_at: None,
        version: 1,
    };
    let mut transaction = Transaction::default();
    transaction.create(Role::Version, &row);
    transaction.create(Role::Append, &Unprocessed { message_sid: row.message_sid.clone(), received_at: now });
    match app.table.transact(transaction).await {
        // It was delivered before: what matters is that it is stored.
        Err(WriteError::Refused(Refused::Stale(_))) => Ok(()),
        other => Ok(other?),
    }
}

/// Processes what was stored and left lying.
///
/// # Errors
/// What reading says. A message that can't be processed never stops the others.
pub async fn take_up(app: &App) -> Result<(), AppError> {
    let waiting: Vec<Unprocessed> = app.table.query_all(&patterns::unprocessed()).await?;
    for message in waiting {
        if let Err(error) = process(app, "scheduled", &message.message_sid).await {
            tracing::error!(message = %message.message_sid, %error, "a stored message could not be processed");
        }
    }
    Ok(())
}

async fn process(app: &App, request_id: &str, sid: &str) -> Result<(), AppError> {
    let answer: Option<NotificationId> = crate::attempt!(_number => try_process(app, request_id, sid))?;
    match answer {
        Some(id) => deliver::deliver(app, id, true).await.map(|_| ()),
        None => Ok(()),
    }
}

async fn try_process(app: &App, request_id: &str, sid: &str) -> Result<Option<NotificationId>, Failure> {
    let Some(before) = app.table.get::<Inbound>(&Key::inbound(sid)).await? else { return Ok(None) };
    if before.processed_at.is_some() {
        return Ok(None);
    }
    let now = app.now();
    let number = MatchKey::of(&before.from.0);
    let conversation = app.table.get::<Conversation>(&Key::conversation(&number)).await?;
    let conversation = conversation.unwrap_or_else(|| Conversation::new(number.clone(), now));
    let reminded: Vec<RemindedVisit> = app.table.query_all(&patterns::reminded_visits(&number, now)).await?;
    let asked = last_asked(app, &conversation, &reminded, now).await?;
    let wanted = read(&before, asked);
    let subject = subject(app, &before, &number, asked, &reminded, now).await?;
    let mut transaction = Transaction::default();
    let mut turn = Turn { app, request_id, message: &before, transaction: &mut transaction, now };
    let outcome = turn.take(wanted, &subject, &conversation, asked, &number).await?;
    let after = Inbound {
        appointment: subject.visit.as_ref().map(|visit| visit.id),
        patient: subject.visit.as_ref().map(|visit| visit.patient),
        intent: Some(wanted.intent()),
        outcome: Some(outcome.name.to_owned()),
        needs_attention: outcome.needs_attention,
        processed_at: Some(now),
        version: before.version + 1,
        ..before.clone()
    };
    let answer = turn.answer(&subject, outcome.reply).await?;
    transaction.replace(Role::Version, &after, before.version);
    transaction.delete(Role::Append, Key::unprocessed(before.received_at, sid));
    let next = Conversation {
        question: outcome.question,
        unclear_at: outcome.unclear_at,
        handed_over_at: outcome.handed_over_at,
        updated_at: now,
        version: conversation.version + 1,
        ..conversation.clone()
    };
    transaction.replace(Role::Version, &next, conversation.version);
    app.table.transact(transaction).await?;
    Ok(answer)
}

/// The visit that a message is about.
struct Subject {
    /// The one that is meant.
    visit: Option<Appointment>,
    /// One through which the number is known, where it isn't clear which is meant.
    acquaintance: Option<Appointment>,
}

/// What a message may answer: a question that was put, unless a reminder has come in between.
async fn last_asked<'a>(
    app: &App,
    conversation: &'a Conversation,
    reminded: &[RemindedVisit],
    now: Instant,
) -> Result<Asked<'a>, AppError> {
    let Some(question @ Question::Cancel { asked_at, .. }) = &conversation.question else {
        return Ok(Asked::Reminder);
    };
    let keys: Vec<Key> = reminded.iter().map(|row| Key::notification(row.notification)).collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut since = false;
    for key in &keys {
        since |= batch.take::<Notification>(key)?.and_then(|row| row.sent_at).is_some_and(|sent| sent > *asked_at);
    }
    Ok(asked(Some(question), conversation.open_question(now).is_some(), since))
}

/// Which visit: the button's, the answered message's, the open question's, the only one that this
/// number was reminded of. Never simply "the last one".
async fn subject(
    app: &App,
    message: &Inbound,
    number: &MatchKey,
    asked: Asked<'_>,
    reminded: &[RemindedVisit],
    now: Instant,
) -> Result<Subject, AppError> {
    let pressed =
        message.button_payload.as_deref().and_then(button).and_then(|pressed| NotificationId::parse(pressed.reference));
    let answered = match (&pressed, &message.original_sid) {
        (None, Some(sid)) => app.table.get::<MessageRow>(&Key::message(sid)).await?.map(|row| row.notification),
        _ => pressed,
    };
    let id = match (answered, asked) {
        (Some(notification), _) => {
            let row = app.table.get::<Notification>(&Key::notification(notification)).await?;
            // A number can only answer what was sent to it.
            row.filter(|row| row.to.as_ref().is_some_and(|to| MatchKey::of(&to.0) == *number))
                .map(|row| row.appointment)
        }
        (None, Asked::Question(Question::Cancel { appointment, .. })) => Some(*appointment),
        (None, Asked::Reminder | Asked::Unsure) => None,
    };
    if let Some(id) = id {
        let visit = app.table.get::<Appointment>(&Key::appointment(id)).await?;
        return Ok(Subject { visit, acquaintance: None });
    }
    let ids: BTreeSet<_> = reminded.iter().map(|row| row.appointment).collect();
    let keys: Vec<Key> = ids.into_iter().map(Key::appointment).collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut visits = Vec::new();
    for key in &keys {
        visits.extend(batch.take::<Appointment>(key)?);
    }
    let mut active = visits.iter().filter(|visit| visit.is_active() && visit.start > now);
    Ok(match (active.next(), active.next()) {
        // Whoever answers a message that isn't theirs doesn't mean their own visit by it.
        (Some(only), None) if answered.is_none() => Subject { visit: Some(only.clone()), acquaintance: None },
        _ => Subject { visit: None, acquaintance: visits.into_iter().next() },
    })
}

/// What a message led to.
struct Outcome {
    /// In one word.
    name: &'static str,
    /// What the patient is told.
    reply: Option<Reply>,
    /// Whether a person has to look at it.
    needs_attention: bool,
    /// What is asked.
    question: Option<Question>,
    /// When something was last not understood.
    unclear_at: Option<Instant>,
    /// When a person took over.
    handed_over_at: Option<Instant>,
}

impl Outcome {
    fn done(name: &'static str, reply: Reply) -> Self {
        Self {
            name,
            reply: Some(reply),
            needs_attention: false,
            question: None,
            unclear_at: None,
            handed_over_at: None,
        }
    }
}

/// One message's turn in a conversation.
struct Turn<'a> {
    app: &'a App,
    request_id: &'a str,
    message: &'a Inbound,
    transaction: &'a mut Transaction,
    now: Instant,
}

impl Turn<'_> {
    async fn take(
        &mut self,
        wanted: Wanted,
        subject: &Subject,
        conversation: &Conversation,
        asked: Asked<'_>,
        number: &MatchKey,
    ) -> Result<Outcome, AppError> {
        match wanted {
            Wanted::OptOut => return self.subscribe(number, subject, false).await,
            Wanted::OptIn => return self.subscribe(number, subject, true).await,
            _ => {}
        }
        let Some(visit) = &subject.visit else {
            return Ok(Outcome { needs_attention: true, ..Outcome::done("no_visit", Reply::NoVisit) });
        };
        let (start, zone) = (visit.start, visit.zone);
        match wanted {
            Wanted::Confirm => {
                self.act(visit, Action::Confirm, Outcome::done("confirmed", Reply::Confirmed(start, zone))).await
            }
            Wanted::Cancel => {
                self.act(visit, Action::Cancel, Outcome::done("cancelled", Reply::Cancelled(start, zone))).await
            }
            Wanted::Reschedule => {
                let outcome = Outcome::done("reschedule_requested", Reply::RescheduleRequested(start, zone));
                self.act(visit, Action::RequestReschedule, outcome).await
            }
            Wanted::CancelPerhaps => {
                let question = Question::Cancel { appointment: visit.id, asked_at: self.now };
                let outcome =
                    Outcome { question: Some(question), ..Outcome::done("asked", Reply::AskCancel(start, zone)) };
                Ok(if visit.start > self.now { outcome } else { Outcome::done("too_late", Reply::TooLate) })
            }
            Wanted::Keep => Ok(Outcome::done("kept", Reply::Kept(start, zone))),
            _ => Ok(self.not_understood(wanted, visit, asked, conversation)),
        }
    }

    /// Once the patient is asked again; the second time within a day a person takes over; after that
    /// the robot says nothing. An open question is asked again in its own words, and any other is over:
    /// what is said last is what "1" answers.
    fn not_understood(
        &self,
        wanted: Wanted,
        visit: &Appointment,
        asked: Asked<'_>,
        conversation: &Conversation,
    ) -> Outcome {
        let question = match asked {
            Asked::Question(question @ Question::Cancel { appointment, .. }) if *appointment == visit.id => {
                Some(question.clone())
            }
            _ => None,
        };
        let lately = |at: Option<Instant>| at.filter(|at| self.now.since(*at) < TimeDelta::hours(24));
        let outcome = match (lately(conversation.unclear_at), lately(conversation.handed_over_at)) {
            (_, Some(since)) => Outcome {
                reply: None,
                needs_attention: true,
                handed_over_at: Some(since),
                ..Outcome::done("handed_over", Reply::HandedOver)
            },
            (Some(_), None) => Outcome {
                needs_attention: true,
                handed_over_at: Some(self.now),
                ..Outcome::done("handed_over", Reply::HandedOver)
            },
            (None, None) if question.is_some() => {
                Outcome::done("asked_again", Reply::AskCancel(visit.start, visit.zone))
            }
            (None, None) if wanted == Wanted::NotText => Outcome::done("asked_again", Reply::NotText),
            (None, None) => Outcome::done("asked_again", Reply::Unclear),
        };
        let unclear_at = lately(conversation.unclear_at).or(Some(self.now));
        Outcome { question, unclear_at, ..outcome }
    }

    async fn act(&mut self, visit: &Appointment, action: Action, outcome: Outcome) -> Result<Outcome, AppError> {
        let ctx = self.context(visit);
        let payload = BTreeMap::from([("message_sid".to_owned(), self.message.message_sid.clone())]);
        match actions::plan(self.app, &ctx, self.transaction, visit, action, None, payload, self.now).await {
            Ok(_) => Ok(outcome),
            // Over, moved, cancelled: the patient is told, and nothing changes.
            Err(AppError::IllegalTransition { .. }) => Ok(Outcome::done("too_late", Reply::TooLate)),
            Err(error) => Err(error),
        }
    }

    fn context(&self, visit: &Appointment) -> Context {
        Context {
            actor: Actor::Patient { id: visit.patient, name: visit.patient_name.clone() },
            by: By::Patient,
            scope: Scope::Everywhere,
            channel: Channel::Whatsapp,
            request_id: self.request_id.to_owned(),
            ip_address: None,
            once: Once::fresh(),
        }
    }

    /// STOP and ALTA are about the number, whoever has it.
    async fn subscribe(&mut self, number: &MatchKey, subject: &Subject, opt_in: bool) -> Result<Outcome, AppError> {
        for before in patients_of(self.app, number, subject).await? {
            if before.profile.whatsapp_opt_in == opt_in {
                continue;
            }
            let profile = PatientProfile {
                whatsapp_opt_in: opt_in,
                whatsapp_opt_in_at: Some(self.now),
                ..before.profile.clone()
            };
            let ctx = Context {
                actor: Actor::Patient { id: before.id, name: before.profile.full_name() },
                channel: Channel::Whatsapp,
                by: By::Patient,
                ..Context::of_system(self.request_id.to_owned())
            };
            let id = before.id;
            let after: Patient = Record::changed(before.clone(), profile, before.is_active, self.now);
            self.transaction.replace(Role::Version, &after, before.version);
            let changes = crate::change::differences(
                Some(&before.profile),
                Some(&after.profile),
                &["whatsapp_opt_in", "whatsapp_opt_in_at"],
            );
            audit(self.app, &ctx, self.transaction, self.now, ("patient", id), AuditAction::Update, changes);
        }
        Ok(if opt_in { Outcome::done("opted_in", Reply::OptedIn) } else { Outcome::done("opted_out", Reply::OptedOut) })
    }

    /// Adds the answer. It needs a visit to belong to; a number that no visit is known of gets none.
    async fn answer(&mut self, subject: &Subject, words: Option<Reply>) -> Result<Option<NotificationId>, AppError> {
        let (Some(visit), Some(words)) = (subject.visit.as_ref().or(subject.acquaintance.as_ref()), words) else {
            return Ok(None);
        };
        let patient = crate::patients::get_patient(self.app, visit.patient).await?;
        let text = reply(words, patient.profile.language);
        let row = notifications::answer(self.app, visit, &patient, self.message.from.clone(), text, self.now);
        store::notification::add(self.transaction, &row);
        Ok(Some(row.id))
    }
}

/// Everybody whom a number reaches: the patient of the visit, and those who gave it as theirs.
async fn patients_of(app: &App, number: &MatchKey, subject: &Subject) -> Result<Vec<Patient>, AppError> {
    let digits = number.as_str();
    // However a number is spelt, its last seven digits are the same.
    let tail: String = digits.chars().skip(digits.chars().count().saturating_sub(7)).collect();
    let mut ids: BTreeSet<PatientId> = BTreeSet::new();
    ids.extend(subject.visit.as_ref().or(subject.acquaintance.as_ref()).map(|visit| visit.patient));
    if tail.chars().all(|c| c.is_ascii_digit()) && tail.chars().count() == 7 {
        let hits: Vec<SearchEntry> = app.table.query_all(&patterns::patients_by_word(&tail)).await?;
        ids.extend(hits.into_iter().map(|entry| entry.patient));
    }
    let keys: Vec<Key> = ids.into_iter().map(Key::patient).collect();
    let mut patients = Vec::new();
    let mut batch = app.table.batch(&keys).await?;
    for key in &keys {
        patients
            .extend(batch.take::<Patient>(key)?.filter(|patient| patient.profile.phone_number.match_key() == *number));
    }
    Ok(patients)
}

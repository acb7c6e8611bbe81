//! One message's turn in a conversation: what it does, what is answered, what is asked next.

use super::interpretation::{Asked, Wanted};
use super::subject::Subject;
use crate::App;
use crate::appointments::actions;
use crate::messaging::notifications::{self, Answer};
use crate::support::context::{Context, Once};
use crate::support::error::AppError;
use domain::actor::{Actor, Channel};
use domain::appointment::Appointment;
use domain::ids::NotificationId;
use domain::lifecycle::{Action, By};
use domain::messages::{Reply, reply};
use domain::name::Name;
use domain::notification::{MessageText, NotificationKind};
use domain::patient::Patient;
use domain::phone::MatchKey;
use domain::time::{Instant, TimeDelta};
use domain::user::Scope;
use std::collections::BTreeMap;
use store::Transaction;
use store::ahead::Ahead;
use store::conversation::{About, Conversation, Question};
use store::inbound::Inbound;
use store::keys::Key;

/// Most appointments in a list to choose from.
const MOST_LISTED: usize = 6;
/// How many moves of one appointment are followed to where it is now.
const MOST_MOVES: usize = 20;

/// What a message led to.
#[derive(Debug)]
pub(super) struct Outcome {
    /// In one word.
    pub(super) name: &'static str,
    /// What the patient is told.
    pub(super) reply: Option<Reply>,
    /// Whether a person has to look at it.
    pub(super) needs_attention: bool,
    /// What is asked.
    pub(super) question: Option<Question>,
    /// When something was last not understood.
    pub(super) unclear_at: Option<Instant>,
    /// When a person took over.
    pub(super) handed_over_at: Option<Instant>,
}

impl Outcome {
    pub(super) fn done(name: &'static str, reply: Reply) -> Self {
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

/// One message's turn.
pub(super) struct Turn<'a> {
    pub(super) app: &'a App,
    pub(super) request_id: &'a str,
    pub(super) message: &'a Inbound,
    pub(super) transaction: &'a mut Transaction,
    pub(super) now: Instant,
}

impl Turn<'_> {
    pub(super) async fn take(
        &mut self,
        wanted: Wanted,
        subject: &Subject,
        conversation: &Conversation,
        asked: Asked<'_>,
        number: &MatchKey,
    ) -> Result<Outcome, AppError> {
        let wanted = match (wanted, asked) {
            (Wanted::OptOut, _) => return self.subscribe(number, subject, false).await,
            (Wanted::OptIn, _) => return self.subscribe(number, subject, true).await,
            // Now that it is known which appointment: what the patient had wanted.
            (Wanted::Appointment(_), Asked::Question(Question::Which { about, .. })) => Wanted::from(*about),
            (wanted, _) => wanted,
        };
        let Some(appointment) = &subject.appointment else { return self.which(wanted, subject).await };
        let understood = wanted != Wanted::Unclear && wanted != Wanted::NotText;
        if let (true, Some(outcome)) = (understood, self.moved_away(appointment).await?) {
            return Ok(outcome);
        }
        let (start, zone) = (appointment.start, appointment.zone);
        match wanted {
            // Whoever has asked for another time and now says yes to this one keeps it.
            Wanted::Confirm | Wanted::Keep if appointment.waits_for_another_time() => self.keep(appointment).await,
            Wanted::Confirm => {
                self.act(appointment, Action::Confirm, Outcome::done("confirmed", Reply::Confirmed(start, zone))).await
            }
            Wanted::Keep => Ok(Outcome::done("kept", Reply::Kept(start, zone))),
            Wanted::Cancel => {
                self.act(appointment, Action::Cancel, Outcome::done("cancelled", Reply::Cancelled(start, zone))).await
            }
            Wanted::CancelPerhaps => {
                let question = Question::Cancel { appointment: appointment.id, asked_at: self.now };
                let outcome =
                    Outcome { question: Some(question), ..Outcome::done("asked", Reply::AskCancel(start, zone)) };
                Ok(if appointment.start > self.now { outcome } else { Outcome::done("too_late", Reply::TooLate) })
            }
            Wanted::Reschedule => self.reschedule(appointment).await,
            Wanted::Slot(place) => self.take_slot(appointment, asked, place).await,
            Wanted::NoSlot => Ok(Outcome {
                needs_attention: true,
                ..Outcome::done("none_of_these", Reply::RescheduleRequested(start, zone))
            }),
            _ => Ok(self.not_understood(wanted, appointment, asked, conversation)),
        }
    }

    /// Asks which appointment is meant, where there are several and it is clear what is wanted.
    async fn which(&self, wanted: Wanted, subject: &Subject) -> Result<Outcome, AppError> {
        let about = match wanted {
            Wanted::Confirm => Some(About::Confirm),
            Wanted::Reschedule => Some(About::Reschedule),
            Wanted::Cancel | Wanted::CancelPerhaps => Some(About::Cancel),
            _ => None,
        };
        let listed: Vec<&Appointment> = subject.several.iter().take(MOST_LISTED).collect();
        let (Some(about), false) = (about, listed.is_empty()) else {
            return Ok(Outcome { needs_attention: true, ..Outcome::done("no_visit", Reply::NoAppointment) });
        };
        let keys: Vec<Key> = listed.iter().map(|appointment| Key::patient(appointment.patient)).collect();
        let unique: Vec<Key> = keys.iter().cloned().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
        let mut batch = self.app.table.batch(&unique).await?;
        let mut names = BTreeMap::new();
        for key in unique {
            let patient = batch.take::<Patient>(&key)?;
            names.insert(
                key,
                patient.map(|patient| Name::from(patient.profile.first_name.as_str())).unwrap_or_default(),
            );
        }
        let line = |(appointment, key): (&&Appointment, &Key)| {
            (names.get(key).cloned().unwrap_or_default(), appointment.start, appointment.zone)
        };
        let lines = listed.iter().zip(&keys).map(line).collect();
        let appointments = listed.iter().map(|appointment| appointment.id).collect();
        let question = Question::Which { appointments, about, asked_at: self.now };
        Ok(Outcome { question: Some(question), ..Outcome::done("asked_which", Reply::Which(lines)) })
    }

    /// What is said to an answer about a time that is off: where the appointment is now. Nothing changes.
    async fn moved_away(&self, appointment: &Appointment) -> Result<Option<Outcome>, AppError> {
        let mut next = appointment.rescheduled_to;
        let mut last = None;
        for _ in 0..MOST_MOVES {
            let Some(id) = next else { break };
            last = self.app.table.get::<Appointment>(&Key::appointment(id)).await?;
            next = last.as_ref().and_then(|appointment| appointment.rescheduled_to);
        }
        Ok(last.map(|now_at| match now_at.is_active() && now_at.start > self.now {
            true => Outcome::done("is_elsewhere", Reply::IsNowAt(now_at.start, now_at.zone)),
            false => Outcome::done("too_late", Reply::TooLate),
        }))
    }

    /// Once the patient is asked again; the second time within a day a person takes over; after that
    /// the robot says nothing. An open question is asked again in its own words, and any other is over:
    /// what is said last is what "1" answers.
    fn not_understood(
        &self,
        wanted: Wanted,
        appointment: &Appointment,
        asked: Asked<'_>,
        conversation: &Conversation,
    ) -> Outcome {
        let question = match asked {
            Asked::Question(question) if question.appointment() == Some(appointment.id) => Some(question.clone()),
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
            (None, None) => Outcome::done(
                "asked_again",
                match &question {
                    Some(Question::Cancel { .. }) => Reply::AskCancel(appointment.start, appointment.zone),
                    Some(Question::Slots { offers, .. }) => {
                        Reply::Offer { gone: false, slots: offers.clone(), zone: appointment.zone }
                    }
                    _ if wanted == Wanted::NotText => Reply::NotText,
                    _ => Reply::Unclear,
                },
            ),
        };
        let unclear_at = lately(conversation.unclear_at).or(Some(self.now));
        Outcome { question, unclear_at, ..outcome }
    }

    pub(super) async fn act(
        &mut self,
        appointment: &Appointment,
        action: Action,
        outcome: Outcome,
    ) -> Result<Outcome, AppError> {
        let ctx = self.context(appointment);
        match actions::plan(self.app, &ctx, self.transaction, appointment, action, None, self.payload(), self.now).await
        {
            Ok(_) => Ok(outcome),
            // Over or cancelled: the patient is told, and nothing changes.
            Err(AppError::IllegalTransition { .. }) => Ok(Outcome::done("too_late", Reply::TooLate)),
            Err(error) => Err(error),
        }
    }

    pub(super) fn payload(&self) -> BTreeMap<String, String> {
        BTreeMap::from([("message_sid".to_owned(), self.message.message_sid.clone())])
    }

    pub(super) fn context(&self, appointment: &Appointment) -> Context {
        Context {
            actor: Actor::Patient { id: appointment.patient, name: appointment.patient_name.clone() },
            by: By::Patient,
            scope: Scope::Everywhere,
            channel: Channel::Whatsapp,
            request_id: self.request_id.to_owned(),
            ip_address: None,
            once: Once::fresh(),
            ahead: Ahead::default(),
        }
    }

    /// Adds the answer. It needs an appointment to belong to; a number that no appointment is known of gets none.
    pub(super) async fn answer(
        &mut self,
        subject: &Subject,
        words: Option<&Reply>,
    ) -> Result<Option<NotificationId>, AppError> {
        let (Some(appointment), Some(words)) = (subject.known_by(), words) else { return Ok(None) };
        let patient = crate::directory::patients::get_patient(self.app, appointment.patient).await?;
        let offer = matches!(words, Reply::Offer { .. });
        let answer = Answer {
            kind: if offer { NotificationKind::Offer } else { NotificationKind::Reply },
            to: self.message.from.clone(),
            words: MessageText(reply(words, patient.profile.language)),
            heard_at: self.message.heard_at(),
        };
        let row = notifications::answer(self.app, appointment, &patient, answer, self.now);
        store::notification::add(self.transaction, &row);
        Ok(Some(row.id))
    }
}

//! Another time: the next free ones are offered, and the patient's choice moves the appointment, all in the
//! chat.

use super::interpretation::Asked;
use super::turn::{Outcome, Turn};
use crate::appointments::booking::{self, Move};
use crate::appointments::slot::Wish;
use crate::availability::schedules::free_slots::{Doctors, SlotFilter, list_slots};
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::lifecycle::Action;
use domain::messages::Reply;
use domain::time::{Days, Instant, Moment, TimeDelta};
use store::conversation::Question;

/// How many times are offered.
const OFFERED: usize = 6;
/// How many free ones are looked at for those that are long enough.
const LOOKED_AT: usize = 50;
/// How far ahead.
const AHEAD: Days = Days::new(30);
/// A time that begins sooner is no offer: the patient has to get there.
const SOONEST: TimeDelta = TimeDelta::hours(2);

impl Turn<'_> {
    /// Holds the time of the appointment, and offers others. Where there are none a person has to find one.
    pub(super) async fn reschedule(&mut self, appointment: &Appointment) -> Result<Outcome, AppError> {
        let outcome = self.offer(appointment, false).await?;
        // Asked a second time: what is free may have changed, the appointment hasn't.
        if appointment.waits_for_another_time() {
            return Ok(outcome);
        }
        self.act(appointment, Action::RequestReschedule, outcome).await
    }

    /// Moves the appointment to a time of the list. Where that is gone, others are offered.
    pub(super) async fn take_slot(
        &mut self,
        appointment: &Appointment,
        asked: Asked<'_>,
        place: usize,
    ) -> Result<Outcome, AppError> {
        let chosen = match asked {
            Asked::Question(Question::Slots { offers, .. }) => offers.get(place).copied(),
            _ => None,
        };
        let Some(start) = chosen else { return self.reschedule(appointment).await };
        let wish = booking::same_but(appointment, Moment::Exact(start));
        let (ctx, payload) = (self.context(appointment), self.payload());
        let wanted = Move { wish: Wish { room: None, overbook: false, ..wish }, reason: None };
        let moved = booking::plan_move(self.app, &ctx, self.transaction, appointment, wanted, payload, self.now).await;
        match moved {
            Ok(moved) => Ok(Outcome::done("moved", Reply::MovedTo(moved.start, moved.zone))),
            Err(AppError::SlotTaken(_) | AppError::OutsideAvailability | AppError::Validation(_)) => {
                self.offer(appointment, true).await
            }
            Err(AppError::IllegalTransition { .. }) => Ok(Outcome::done("too_late", Reply::TooLate)),
            Err(error) => Err(error),
        }
    }

    /// Keeps an appointment for which another time was asked. Where its time is gone, others are offered.
    pub(super) async fn keep(&mut self, appointment: &Appointment) -> Result<Outcome, AppError> {
        let outcome = Outcome::done("kept", Reply::Confirmed(appointment.start, appointment.zone));
        match self.act(appointment, Action::Keep, outcome).await {
            Err(AppError::SlotTaken(_) | AppError::OutsideAvailability) => self.offer(appointment, true).await,
            done => done,
        }
    }

    /// The next free times of the appointment's doctor in its clinic. Where there are none a person is asked.
    async fn offer(&self, appointment: &Appointment, gone: bool) -> Result<Outcome, AppError> {
        let (today, zone) = (appointment.zone.date(self.now), appointment.zone);
        let filter = SlotFilter {
            doctors: Doctors::One(appointment.doctor),
            clinic: Some(appointment.clinic),
            from: today,
            to: today.checked_add_days(AHEAD).unwrap_or(today),
            limit: LOOKED_AT,
        };
        let (length, soonest) = (appointment.end.since(appointment.start), self.now.plus(SOONEST));
        let mut slots: Vec<Instant> = Vec::new();
        for slot in list_slots(self.app, &self.context(appointment), &filter).await? {
            let fits = slot.interval.end().since(slot.interval.start()) >= length;
            if fits && slot.interval.start() >= soonest && slots.last() != Some(&slot.interval.start()) {
                slots.push(slot.interval.start());
            }
        }
        slots.truncate(OFFERED);
        if slots.is_empty() {
            let nothing = Reply::RescheduleRequested(appointment.start, zone);
            return Ok(Outcome { needs_attention: true, ..Outcome::done("nothing_free", nothing) });
        }
        let question = Question::Slots { appointment: appointment.id, offers: slots.clone(), asked_at: self.now };
        let outcome = Outcome::done("offered", Reply::Offer { gone, slots, zone });
        Ok(Outcome { question: Some(question), ..outcome })
    }
}

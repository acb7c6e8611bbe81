//! Rescheduling by chat: offers the next free slots and moves the appointment to the one that the patient chooses.
//! The same slots answer a patient who confirms or keeps a time that the clinic has closed.

use super::message_handler::{MessageHandler, MessageOutcome};
use crate::appointments::booking::{self, RescheduleRequest};
use crate::appointments::candidate::BookingRequest;
use crate::availability::calendar::is_stranded;
use crate::availability::schedules::free_slots::{DoctorSelector, SlotFilter, list_slots};
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::attention::AttentionKind;
use domain::lifecycle::Action;
use domain::messages::Reply;
use domain::notification::Announcement;
use domain::phone::MatchKey;
use domain::prompt::Prompt;
use domain::time::{ClientTime, Days, Instant, TimeDelta};
use store::Purpose;
use store::notification::RemindedAppointment;

/// How many slots are offered.
const MAX_OFFERS: usize = 6;
/// How many free slots are read to find enough that are long enough.
const SLOTS_READ: usize = 50;
/// How many days ahead slots are offered.
const OFFER_HORIZON: Days = Days::new(30);
/// Slots that begin sooner aren't offered: the patient has to get there.
const MIN_LEAD_TIME: TimeDelta = TimeDelta::hours(2);

/// Why other times are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OfferReason {
    /// The patient asked for them.
    Requested,
    /// The time that the patient chose, or wanted to keep, was taken meanwhile.
    Taken,
    /// The clinic has closed the time of the appointment.
    Closed,
}

impl MessageHandler<'_> {
    /// Offers other times instead of confirming or keeping an appointment whose time the clinic has closed. The
    /// appointment stays as it is until the patient chooses one.
    pub(super) async fn offer_if_stranded(
        &self,
        appointment: &Appointment,
    ) -> Result<Option<MessageOutcome>, AppError> {
        let is_open = appointment.is_active() || appointment.waits_for_another_time();
        if !is_open || appointment.start <= self.uow.now || !is_stranded(self.uow.app, appointment).await? {
            return Ok(None);
        }
        self.offer_slots(appointment, OfferReason::Closed).await.map(Some)
    }

    /// Holds the time of the appointment and offers others. If there are none, the message goes to the
    /// worklist.
    pub(super) async fn reschedule(&mut self, appointment: &Appointment) -> Result<MessageOutcome, AppError> {
        let outcome = self.offer_slots(appointment, OfferReason::Requested).await?;
        // Requested a second time: the free slots may have changed, the appointment's state hasn't.
        if appointment.waits_for_another_time() {
            return Ok(outcome);
        }
        self.apply_action(appointment, Action::RequestReschedule, outcome).await
    }

    /// Moves the appointment to an offered slot. If it was taken meanwhile, offers others.
    pub(super) async fn choose_slot(
        &mut self,
        appointment: &Appointment,
        start: Instant,
    ) -> Result<MessageOutcome, AppError> {
        let request = booking::request_for_new_start(appointment, ClientTime::Exact(start));
        let wanted = RescheduleRequest {
            request: BookingRequest { room: None, overbook: false, ..request },
            reason: None,
            announcement: Announcement::default(),
        };
        let payload = self.history_payload();
        match Box::pin(booking::plan_reschedule(&mut self.uow, appointment, wanted, payload)).await {
            Ok(moved) => {
                let number = MatchKey::of(&self.message.from.0);
                let notification = moved.reminder.notification;
                let told = RemindedAppointment { number, start: moved.start, notification, appointment: moved.id };
                self.uow.transaction.overwrite(Purpose::Append, &told);
                Ok(MessageOutcome::with_reply("moved", Reply::MovedTo(moved.start, moved.zone)))
            }
            Err(AppError::SlotTaken { .. } | AppError::OutsideAvailability { .. } | AppError::Validation(_)) => {
                self.offer_slots(appointment, OfferReason::Taken).await
            }
            Err(AppError::IllegalTransition { .. }) => Ok(MessageOutcome::with_reply("too_late", Reply::TooLate)),
            Err(error) => Err(error),
        }
    }

    /// Keeps an appointment for which another time was requested. If its time was taken meanwhile, offers others.
    pub(super) async fn keep_appointment(&mut self, appointment: &Appointment) -> Result<MessageOutcome, AppError> {
        let outcome = MessageOutcome::with_reply("kept", Reply::Confirmed(appointment.start, appointment.zone));
        match self.apply_action(appointment, Action::Keep, outcome).await {
            Err(AppError::SlotTaken { .. } | AppError::OutsideAvailability { .. }) => {
                self.offer_slots(appointment, OfferReason::Taken).await
            }
            result => result,
        }
    }

    /// Offers the next free slots of the appointment's doctor in its clinic. If there are none, the message goes
    /// to the worklist.
    async fn offer_slots(&self, appointment: &Appointment, reason: OfferReason) -> Result<MessageOutcome, AppError> {
        let (today, zone) = (appointment.zone.date(self.uow.now), appointment.zone);
        let filter = SlotFilter {
            doctors: DoctorSelector::One(appointment.doctor),
            clinic: Some(appointment.clinic),
            from: today,
            to: today.checked_add_days(OFFER_HORIZON).unwrap_or(today),
            limit: SLOTS_READ,
        };
        let (length, earliest) = (appointment.end.since(appointment.start), self.uow.now.plus(MIN_LEAD_TIME));
        let mut slots: Vec<Instant> = Vec::new();
        for slot in list_slots(self.uow.app, self.uow.ctx, &filter).await? {
            let fits = slot.interval.end().since(slot.interval.start()) >= length;
            if fits && slot.interval.start() >= earliest && slots.last() != Some(&slot.interval.start()) {
                slots.push(slot.interval.start());
            }
        }
        slots.truncate(MAX_OFFERS);
        let at = appointment.start;
        let reply = match reason {
            OfferReason::Closed => Reply::ClosedTime { at, slots: slots.clone(), zone },
            _ if slots.is_empty() => Reply::RescheduleRequested(at, zone),
            OfferReason::Requested => Reply::Offer { gone: false, slots: slots.clone(), zone },
            OfferReason::Taken => Reply::Offer { gone: true, slots: slots.clone(), zone },
        };
        if slots.is_empty() {
            return Ok(MessageOutcome {
                attention: Some(AttentionKind::Inbound),
                ..MessageOutcome::with_reply("nothing_free", reply)
            });
        }
        let prompt = Prompt::Slots { appointment: appointment.id, offers: slots };
        Ok(MessageOutcome::asking("offered", reply, prompt))
    }
}

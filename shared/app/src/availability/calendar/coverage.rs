//! Whether the calendar covers the time of an appointment.

use super::affected_appointments::{surrounding_days, was_available};
use crate::App;
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::availability::covering_period;
use domain::schedule::AvailabilityPeriod;
use domain::time::TimeDelta;
use store::guard::Guard;
use store::keys::{Key, Resource};
use store::schedule::Timetable;
use store::sweep::{Sweep, SweepTask};
use store::{Transaction, patterns};

/// The calendar around an appointment, as it was read.
#[derive(Debug)]
pub(super) struct Coverage {
    guards: Vec<Guard>,
    periods: Vec<AvailabilityPeriod>,
}

impl Coverage {
    /// Reads the guards first: a change of the calendar after that raises the version of one of them.
    pub(super) async fn read(app: &App, appointment: &Appointment) -> Result<Self, AppError> {
        let keys = [
            Key::guard(Resource::Doctor(appointment.doctor)),
            Key::guard(Resource::Room(appointment.room)),
            Key::guard(Resource::Patient(appointment.patient)),
        ];
        let mut batch = app.table.batch(&keys).await?;
        let mut guards = Vec::new();
        for key in &keys {
            guards.extend(batch.take::<Guard>(key)?);
        }
        let (from, to) = surrounding_days(appointment);
        let timetable = Timetable::read(&app.table, appointment.doctor, from, to).await?;
        Ok(Self { guards, periods: timetable.periods(from, to) })
    }

    /// Whether the doctor, the room or the patient is inactive, or closed at some time of the appointment.
    fn is_closed(&self, appointment: &Appointment) -> bool {
        appointment.interval().is_some_and(|time| self.guards.iter().any(|guard| guard.rejects(time)))
    }

    fn is_available(&self, appointment: &Appointment) -> bool {
        let covers = |time| covering_period(&self.periods, Some(appointment.room), time).is_some();
        appointment.interval().is_some_and(covers)
    }

    /// Whether the appointment could be booked as far as the calendar is concerned.
    pub(super) fn is_open(&self, appointment: &Appointment) -> bool {
        self.is_available(appointment) && !self.is_closed(appointment)
    }

    /// Whether a change has left the appointment without availability. One that had none before the change, since it
    /// was imported from another system, is left alone.
    pub(super) fn is_lost_by(&self, task: &SweepTask, appointment: &Appointment) -> bool {
        let concerned = matches!(task, SweepTask::Availability { doctor, before, .. }
            if *doctor == appointment.doctor && was_available(appointment, before));
        self.is_closed(appointment) || (concerned && !self.is_available(appointment))
    }

    /// Adds the condition that the calendar is unchanged since it was read: each change raises the version of a guard.
    pub(super) fn check_unchanged(&self, transaction: &mut Transaction) {
        for guard in &self.guards {
            guard.check_version(transaction);
        }
    }
}

/// How far ahead of this worker's clock a sweep of another worker may have been created.
const MAX_CLOCK_SKEW: TimeDelta = TimeDelta::hours(1);

/// Whether an appointment lies in closed time: it is marked as stranded, or a change whose sweep hasn't come to it yet
/// has closed its time.
pub async fn is_stranded(app: &App, appointment: &Appointment) -> Result<bool, AppError> {
    if appointment.stranded {
        return Ok(true);
    }
    let pending = app.table.all_work::<Sweep>(&patterns::sweeps(app.now().plus(MAX_CLOCK_SKEW))).await?;
    if pending.rows.is_empty() && pending.unreadable.is_empty() {
        return Ok(false);
    }
    let coverage = Coverage::read(app, appointment).await?;
    let is_lost = pending.rows.iter().any(|sweep| coverage.is_lost_by(&sweep.task, appointment));
    Ok(is_lost || coverage.is_closed(appointment))
}

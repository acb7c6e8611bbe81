//! Imports appointments, each with its actions and messages.

use super::super::ImportError;
use super::super::dump::{ACTION, APPOINTMENT, DOCTOR, DumpRow, NOTIFICATION, PATIENT, ROOM, SCHEDULE};
use super::super::old_ids;
use super::super::rejection::{self, RowRejection};
use super::super::report::{RejectionReason, RowError};
use super::DjangoImport;
use super::history::{self, ActionEffect, DjangoAction};
use super::messages::invalid_choice;
use app::AppError;
use app::integration::import::{ImportedAppointment, import_appointment};
use domain::appointment::Status;
use domain::ids::{DoctorId, PatientId, RoomId};
use domain::text::Note;
use domain::time::Instant;
use domain::violation::{Rule, Violations};
use std::collections::BTreeMap;

/// The known names of actions.
const ACTIONS: &[&str] = &["create", "confirm", "cancel", "reprogram", "complete", "no_show", "update"];

/// The time of an imported appointment, to explain later overlaps.
pub(super) struct OccupiedTime {
    pk: u64,
    patient: PatientId,
    doctor: DoctorId,
    room: RoomId,
    start: Instant,
    end: Instant,
}

/// The fields of an appointment's own row.
struct Appointment {
    patient: PatientId,
    doctor: DoctorId,
    room: RoomId,
    start: Instant,
    end: Instant,
    status: Status,
    notes: Option<Note<2000>>,
    created_at: Instant,
    updated_at: Instant,
}

/// The rows of one model by the number of their appointment.
type RowsByAppointment<'a> = BTreeMap<u64, Vec<(u64, &'a DumpRow)>>;

impl DjangoImport<'_> {
    pub(super) async fn appointments(&mut self) -> Result<(), ImportError> {
        let dump = self.dump;
        let mut actions = Self::group_by_appointment(dump.rows(ACTION));
        let mut messages = Self::group_by_appointment(dump.rows(NOTIFICATION));
        for (pk, row) in dump.rows(APPOINTMENT) {
            let (actions, messages) =
                (actions.remove(&pk).unwrap_or_default(), messages.remove(&pk).unwrap_or_default());
            let rows = 1 + actions.len() + messages.len();
            self.appointment(pk, row, actions, messages).await?;
            self.progress.advance(rows);
        }
        // The rest belongs to appointments that are not in the dump.
        for (model, rows) in [(ACTION, actions), (NOTIFICATION, messages)] {
            for (pk, row) in rows.into_values().flatten() {
                let error = self.reference(row, "appointment", APPOINTMENT).err();
                let error = error.unwrap_or_else(|| RowError::invalid("appointment", "Not imported."));
                self.reject_orphan(model, pk, error);
            }
        }
        Ok(())
    }

    fn group_by_appointment<'r>(rows: impl Iterator<Item = (u64, &'r DumpRow)>) -> RowsByAppointment<'r> {
        let mut of_appointments = RowsByAppointment::new();
        for (pk, row) in rows {
            // No appointment has this number, so the row is reported below.
            let appointment = row.get("appointment").as_u64().unwrap_or(u64::MAX);
            of_appointments.entry(appointment).or_default().push((pk, row));
        }
        of_appointments
    }

    async fn appointment(
        &mut self,
        pk: u64,
        row: &DumpRow,
        actions: Vec<(u64, &DumpRow)>,
        messages: Vec<(u64, &DumpRow)>,
    ) -> Result<(), ImportError> {
        let related: Vec<(&'static str, u64)> = actions
            .iter()
            .map(|(pk, _)| (ACTION, *pk))
            .chain(messages.iter().map(|(pk, _)| (NOTIFICATION, *pk)))
            .collect();
        let mut reported = Vec::new();
        let done = match self.read_appointment(row) {
            Ok(appointment) => {
                Box::pin(self.import_appointment(pk, appointment, actions, messages, &mut reported)).await
            }
            Err(rejection) => Err(rejection),
        };
        let new = *done.as_ref().unwrap_or(&false);
        self.record_outcome(APPOINTMENT, pk, done)?;
        let is_imported = self.imported.contains(&(APPOINTMENT, pk));
        for (model, related) in related {
            if !is_imported {
                let error = RowError::invalid("appointment", format!("{APPOINTMENT} {pk} isn't imported."));
                self.report.record_rejected(model, related, vec![error]);
            } else if !reported.contains(&(model, related)) {
                self.report.record_accepted(model, new);
            }
        }
        Ok(())
    }

    /// Parses the appointment's own row.
    fn read_appointment(&self, row: &DumpRow) -> Result<Appointment, RowRejection> {
        // Missing fields are those of the availability window.
        let window = row.get("schedule").as_u64();
        let window = window.and_then(|pk| self.dump.rows(SCHEDULE).find(|(known, _)| *known == pk)).map(|(_, row)| row);
        let of_window = |field: &str| if row.get(field).is_null() { window.unwrap_or(row) } else { row };
        let mut errors = Vec::new();
        let mut linked = |row: &DumpRow, field: &str, model| {
            self.reference(row, field, model).map_err(|error| errors.push(error)).ok()
        };
        let patient = linked(row, "patient", PATIENT);
        let doctor = linked(of_window("doctor"), "doctor", DOCTOR);
        let room = linked(of_window("room"), "room", ROOM);
        let mut v = Violations::default();
        let whole = |at: Instant| if at.is_whole_second() { Ok(at) } else { Err(Rule::DateTime) };
        let start = v.take("start_datetime", row.instant("start_datetime", self.zone).and_then(whole));
        let end = v.take("end_datetime", row.instant("end_datetime", self.zone).and_then(whole));
        let status = v.take("status", history::parse_status(row.text("status")).ok_or(Rule::OneOf(Status::NAMES)));
        let notes = v.take_optional("notes", Note::optional(row.get("notes").as_str()));
        let times = self.timestamps(row, "created_at", "updated_at");
        errors.extend(rejection::row_errors(&v));
        let times = times.map_err(|broken| errors.extend(rejection::row_errors(&broken))).ok();
        let all = patient.zip(doctor).zip(room).zip(start.zip(end)).zip(status.zip(times));
        match all.filter(|_| errors.is_empty()) {
            Some(((((patient, doctor), room), (start, end)), (status, (created_at, updated_at)))) => Ok(Appointment {
                patient: old_ids::id(PATIENT, patient),
                doctor: old_ids::id(DOCTOR, doctor),
                room: old_ids::id(ROOM, room),
                start,
                end,
                status,
                notes,
                created_at,
                updated_at,
            }),
            None => Err(RowRejection::Invalid(errors)),
        }
    }

    async fn import_appointment(
        &mut self,
        pk: u64,
        appointment: Appointment,
        actions: Vec<(u64, &DumpRow)>,
        messages: Vec<(u64, &DumpRow)>,
        reported: &mut Vec<(&'static str, u64)>,
    ) -> Result<bool, RowRejection> {
        let now = self.app.now();
        let mut errors: Vec<(&'static str, u64, Vec<RowError>)> = Vec::new();
        let mut read = Vec::new();
        for (pk, row) in actions {
            match self.action(pk, row) {
                Ok(action) => read.push(action),
                Err(RowRejection::Invalid(wrong)) => errors.push((ACTION, pk, wrong)),
                Err(other) => return Err(other),
            }
        }
        read.sort_by_key(|action| (action.at, action.pk));
        let history = history::build_history(&read, appointment.created_at, appointment.updated_at, appointment.status);
        for pk in &history.contradictory {
            let why = "It can't have led to where the appointment is.";
            errors.push((ACTION, *pk, vec![RowError::invalid("action", why)]));
        }
        let to_come = matches!(appointment.status, Status::Pending | Status::Confirmed) && appointment.start > now;
        let mut sent = Vec::new();
        for (pk, row) in messages {
            match self.message(pk, row, to_come) {
                Ok(message) => sent.push(message),
                Err(RowRejection::Invalid(wrong)) => errors.push((NOTIFICATION, pk, wrong)),
                Err(other) => return Err(other),
            }
        }
        let (patient, doctor, room, start, end) =
            (appointment.patient, appointment.doctor, appointment.room, appointment.start, appointment.end);
        let old = ImportedAppointment {
            id: old_ids::id(APPOINTMENT, pk),
            patient,
            doctor,
            room,
            start,
            end,
            notes: appointment.notes,
            booked: history.booked,
            actions: history.actions,
            messages: sent,
            updated_at: appointment.updated_at,
        };
        let occupied = OccupiedTime { pk, patient, doctor, room, start, end };
        let new = match Box::pin(import_appointment(self.app, &self.ctx, &old)).await {
            Err(AppError::SlotTaken { conflicts, .. }) => {
                let resources = conflicts.iter().map(|conflict| conflict.resource);
                return Err(RowRejection::Invalid(
                    resources.flat_map(|resource| self.overlaps(&occupied, resource)).collect(),
                ));
            }
            done => done?,
        };
        if !matches!(appointment.status, Status::Cancelled | Status::Rescheduled) {
            self.appointments.push(occupied);
        }
        for (model, pk, wrong) in errors {
            reported.push((model, pk));
            self.report.record_rejected(model, pk, wrong);
        }
        // These changed nothing: there is no row to keep.
        for pk in history.unchanged {
            reported.push((ACTION, pk));
            self.report.record_accepted(ACTION, false);
        }
        Ok(new)
    }

    fn action(&self, pk: u64, row: &DumpRow) -> Result<DjangoAction, RowRejection> {
        let Some(effect) = ActionEffect::parse(row.text("action")) else {
            return Err(RowRejection::Invalid(vec![invalid_choice("action", ACTIONS)]));
        };
        let at = row.instant("created_at", self.zone).map_err(|rule| Violations::of("created_at", rule))?;
        // The rest of the payload is dropped: its personal data would outlive the patient's erasure.
        let from = row.get("payload").get("from").and_then(|from| from.as_str()).unwrap_or_default();
        Ok(DjangoAction { pk, effect, by_whatsapp: from.starts_with("whatsapp:"), at: at.min(self.app.now()) })
    }

    /// The errors that name the imported appointments which overlap this one.
    fn overlaps(&self, wanted: &OccupiedTime, resource: &'static str) -> Vec<RowError> {
        let others = self.appointments.iter().filter(|other| {
            let same = match resource {
                "doctor" => other.doctor == wanted.doctor,
                "room" => other.room == wanted.room,
                _ => other.patient == wanted.patient,
            };
            same && other.start < wanted.end && wanted.start < other.end
        });
        let mut errors: Vec<RowError> =
            others.map(|other| RowError::overlap(resource, format!("{APPOINTMENT} {}", other.pk))).collect();
        if errors.is_empty() {
            errors.push(RowError {
                field: resource.to_owned(),
                reason: RejectionReason::Overlap("an appointment that is here already".into()),
            });
        }
        errors
    }
}

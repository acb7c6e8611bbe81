//! Appointments, each with its actions and messages.

use super::super::ImportError;
use super::super::dump::{ACTION, APPOINTMENT, DOCTOR, NOTIFICATION, PATIENT, ROOM, Row, SCHEDULE};
use super::super::old_ids;
use super::super::refusal::{self, Refusal};
use super::super::report::{Complaint, Reason};
use super::Import;
use super::deeds::{self, Led, OldAction};
use super::messages::unknown;
use app::AppError;
use app::integration::import::{OldAppointment, bring_appointment};
use domain::appointment::Status;
use domain::ids::{DoctorId, PatientId, RoomId};
use domain::text::Note;
use domain::time::Instant;
use domain::violation::{Rule, Violations};
use std::collections::BTreeMap;

/// The actions that are known.
const ACTIONS: &[&str] = &["create", "confirm", "cancel", "reprogram", "complete", "no_show", "update"];

/// An appointment that takes time.
pub(super) struct Taken {
    pk: u64,
    patient: PatientId,
    doctor: DoctorId,
    room: RoomId,
    start: Instant,
    end: Instant,
}

/// An appointment as far as its own row tells.
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

/// The rows that belong to each appointment.
type OfAppointments<'a> = BTreeMap<u64, Vec<(u64, &'a Row)>>;

impl Import<'_> {
    pub(super) async fn appointments(&mut self) -> Result<(), ImportError> {
        let dump = self.dump;
        let mut actions = self.by_appointment(dump.rows(ACTION));
        let mut messages = self.by_appointment(dump.rows(NOTIFICATION));
        for (pk, row) in dump.rows(APPOINTMENT) {
            let (actions, messages) =
                (actions.remove(&pk).unwrap_or_default(), messages.remove(&pk).unwrap_or_default());
            let rows = 1 + actions.len() + messages.len();
            self.appointment(pk, row, actions, messages).await?;
            self.progress.done(rows);
        }
        // What is left is about appointments that the dump hasn't got.
        for (model, rows) in [(ACTION, actions), (NOTIFICATION, messages)] {
            for (pk, row) in rows.into_values().flatten() {
                let complaint = self.link(row, "appointment", APPOINTMENT).err();
                let complaint = complaint.unwrap_or_else(|| Complaint::wrong("appointment", "Not imported."));
                self.refuse_with_appointment(model, pk, complaint);
            }
        }
        Ok(())
    }

    fn by_appointment<'r>(&self, rows: impl Iterator<Item = (u64, &'r Row)>) -> OfAppointments<'r> {
        let mut of_appointments = OfAppointments::new();
        for (pk, row) in rows {
            // No appointment has this number; it is told below.
            let appointment = row.get("appointment").as_u64().unwrap_or(u64::MAX);
            of_appointments.entry(appointment).or_default().push((pk, row));
        }
        of_appointments
    }

    async fn appointment(
        &mut self,
        pk: u64,
        row: &Row,
        actions: Vec<(u64, &Row)>,
        messages: Vec<(u64, &Row)>,
    ) -> Result<(), ImportError> {
        let belonging: Vec<(&'static str, u64)> = actions
            .iter()
            .map(|(pk, _)| (ACTION, *pk))
            .chain(messages.iter().map(|(pk, _)| (NOTIFICATION, *pk)))
            .collect();
        let mut refused = Vec::new();
        let done = match self.read_appointment(row) {
            Ok(appointment) => Box::pin(self.bring_appointment(pk, appointment, actions, messages, &mut refused)).await,
            Err(refusal) => Err(refusal),
        };
        let new = *done.as_ref().unwrap_or(&false);
        self.note(APPOINTMENT, pk, done)?;
        let here = self.here.contains(&(APPOINTMENT, pk));
        for (model, belonging) in belonging {
            if !here {
                let complaint = Complaint::wrong("appointment", format!("{APPOINTMENT} {pk} isn't imported."));
                self.report.refuse(model, belonging, vec![complaint]);
            } else if !refused.contains(&(model, belonging)) {
                self.report.took(model, new);
            }
        }
        Ok(())
    }

    /// Reads the appointment's own row.
    fn read_appointment(&self, row: &Row) -> Result<Appointment, Refusal> {
        // What is missing is the window's.
        let window = row.get("schedule").as_u64();
        let window = window.and_then(|pk| self.dump.rows(SCHEDULE).find(|(known, _)| *known == pk)).map(|(_, row)| row);
        let of_window = |field: &str| if row.get(field).is_null() { window.unwrap_or(row) } else { row };
        let mut complaints = Vec::new();
        let mut linked = |row: &Row, field: &str, model| {
            self.link(row, field, model).map_err(|complaint| complaints.push(complaint)).ok()
        };
        let patient = linked(row, "patient", PATIENT);
        let doctor = linked(of_window("doctor"), "doctor", DOCTOR);
        let room = linked(of_window("room"), "room", ROOM);
        let mut v = Violations::default();
        let whole = |at: Instant| if at.is_whole_second() { Ok(at) } else { Err(Rule::DateTime) };
        let start = v.take("start_datetime", row.instant("start_datetime", self.zone).and_then(whole));
        let end = v.take("end_datetime", row.instant("end_datetime", self.zone).and_then(whole));
        let status = v.take("status", deeds::status(row.text("status")).ok_or(Rule::OneOf(Status::NAMES)));
        let notes = v.take_optional("notes", Note::optional(row.get("notes").as_str()));
        let times = self.times(row, "created_at", "updated_at");
        complaints.extend(refusal::violations(&v));
        let times = times.map_err(|broken| complaints.extend(refusal::violations(&broken))).ok();
        let all = patient.zip(doctor).zip(room).zip(start.zip(end)).zip(status.zip(times));
        match all.filter(|_| complaints.is_empty()) {
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
            None => Err(Refusal::Row(complaints)),
        }
    }

    async fn bring_appointment(
        &mut self,
        pk: u64,
        appointment: Appointment,
        actions: Vec<(u64, &Row)>,
        messages: Vec<(u64, &Row)>,
        refused: &mut Vec<(&'static str, u64)>,
    ) -> Result<bool, Refusal> {
        let now = self.app.now();
        let mut complaints: Vec<(&'static str, u64, Vec<Complaint>)> = Vec::new();
        let mut read = Vec::new();
        for (pk, row) in actions {
            match self.action(pk, row) {
                Ok(action) => read.push(action),
                Err(Refusal::Row(wrong)) => complaints.push((ACTION, pk, wrong)),
                Err(other) => return Err(other),
            }
        }
        read.sort_by_key(|action| (action.at, action.pk));
        let history = deeds::history(&read, appointment.created_at, appointment.updated_at, appointment.status);
        for misfit in &history.misfits {
            let why = "It can't have led to where the appointment is.";
            complaints.push((ACTION, *misfit, vec![Complaint::wrong("action", why)]));
        }
        let to_come = matches!(appointment.status, Status::Pending | Status::Confirmed) && appointment.start > now;
        let mut sent = Vec::new();
        for (pk, row) in messages {
            match self.message(pk, row, to_come) {
                Ok(message) => sent.push(message),
                Err(Refusal::Row(wrong)) => complaints.push((NOTIFICATION, pk, wrong)),
                Err(other) => return Err(other),
            }
        }
        let (patient, doctor, room, start, end) =
            (appointment.patient, appointment.doctor, appointment.room, appointment.start, appointment.end);
        let old = OldAppointment {
            id: old_ids::id(APPOINTMENT, pk),
            patient,
            doctor,
            room,
            start,
            end,
            notes: appointment.notes,
            booked: history.booked,
            deeds: history.deeds,
            messages: sent,
            updated_at: appointment.updated_at,
        };
        let taken = Taken { pk, patient, doctor, room, start, end };
        let new = match Box::pin(bring_appointment(self.app, &self.ctx, &old)).await {
            Err(AppError::SlotTaken(conflicts)) => {
                let resources = conflicts.iter().map(|conflict| conflict.resource);
                return Err(Refusal::Row(resources.flat_map(|resource| self.overlaps(&taken, resource)).collect()));
            }
            done => done?,
        };
        if !matches!(appointment.status, Status::Cancelled | Status::Rescheduled) {
            self.appointments.push(taken);
        }
        for (model, pk, wrong) in complaints {
            refused.push((model, pk));
            self.report.refuse(model, pk, wrong);
        }
        // They stand for nothing that happened: there is no row to keep.
        for pk in history.idle {
            refused.push((ACTION, pk));
            self.report.took(ACTION, false);
        }
        Ok(new)
    }

    fn action(&self, pk: u64, row: &Row) -> Result<OldAction, Refusal> {
        let Some(led) = Led::parse(row.text("action")) else {
            return Err(Refusal::Row(vec![unknown("action", ACTIONS)]));
        };
        let at = row.instant("created_at", self.zone).map_err(|rule| Violations::of("created_at", rule))?;
        // Only this is read of it: who wrote what would outlive the patient's erasure.
        let from = row.get("payload").get("from").and_then(|from| from.as_str()).unwrap_or_default();
        Ok(OldAction { pk, led, by_whatsapp: from.starts_with("whatsapp:"), at: at.min(self.app.now()) })
    }

    /// The appointments whose time one would take.
    fn overlaps(&self, wanted: &Taken, resource: &'static str) -> Vec<Complaint> {
        let others = self.appointments.iter().filter(|other| {
            let same = match resource {
                "doctor" => other.doctor == wanted.doctor,
                "room" => other.room == wanted.room,
                _ => other.patient == wanted.patient,
            };
            same && other.start < wanted.end && wanted.start < other.end
        });
        let mut complaints: Vec<Complaint> =
            others.map(|other| Complaint::overlap(resource, format!("{APPOINTMENT} {}", other.pk))).collect();
        if complaints.is_empty() {
            complaints.push(Complaint {
                field: resource.to_owned(),
                reason: Reason::Overlap("an appointment that is here already".into()),
            });
        }
        complaints
    }
}

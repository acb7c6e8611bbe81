//! Clinics, rooms, and the dated windows in which doctors are there.

use super::super::dump::{CLINIC, DOCTOR, ROOM, Row, SCHEDULE};
use super::super::old_ids;
use super::super::refusal::Refusal;
use super::super::report::Complaint;
use super::Import;
use app::AppError;
use clinics::clinic::ClinicBody;
use clinics::room::RoomBody;
use domain::ids::{ClinicId, DoctorId, RoomId};
use schedules::schedule::ScheduleBody;
use serde_json::json;
use web::body::Body as _;

impl Import<'_> {
    pub(super) async fn clinic(&mut self, pk: u64, row: &Row) -> Result<bool, Refusal> {
        let mut members = row.members(&["name", "address", "phone_number"]);
        members.insert("timezone".into(), json!(self.zone.name()));
        let next = ClinicBody::read(members)?.next(self.app.country)?;
        let times = self.times(row, "created_at", "updated_at")?;
        self.bring((CLINIC, pk), next, times).await
    }

    pub(super) async fn room(&mut self, pk: u64, row: &Row) -> Result<bool, Refusal> {
        let clinic: ClinicId = self.linked(row, "clinic", CLINIC)?;
        let mut members = row.members(&["name", "capacity"]);
        members.insert("clinic".into(), json!(clinic.to_string()));
        let next = RoomBody::read(members)?.next()?;
        let times = self.times(row, "created_at", "updated_at")?;
        self.bring((ROOM, pk), next, times).await
    }

    pub(super) async fn schedule(&mut self, pk: u64, row: &Row) -> Result<bool, Refusal> {
        let doctor: DoctorId = self.linked(row, "doctor", DOCTOR)?;
        let room: RoomId = self.linked(row, "room", ROOM)?;
        let mut members = row.members(&["date", "start_time", "end_time", "slot_minutes"]);
        members.insert("doctor".into(), json!(doctor.to_string()));
        members.insert("room".into(), json!(room.to_string()));
        let draft = ScheduleBody::read(members)?.draft()?;
        let brought =
            app::availability::schedules::bring_schedule(self.app, &self.ctx, old_ids::id(SCHEDULE, pk), &draft).await;
        if let Err(AppError::AlreadyExists { field }) = brought {
            let others = self.windows.iter().filter(|(_, other)| {
                other.doctor == draft.doctor
                    && other.date == draft.date
                    && other.start_time < draft.end_time
                    && draft.start_time < other.end_time
            });
            let mut complaints: Vec<Complaint> =
                others.map(|(other, _)| Complaint::overlap(field, format!("{SCHEDULE} {other}"))).collect();
            if complaints.is_empty() {
                complaints.push(Complaint::overlap(field, "time of the doctor that is here already"));
            }
            return Err(Refusal::Row(complaints));
        }
        let new = brought?;
        self.windows.push((pk, draft));
        Ok(new)
    }
}

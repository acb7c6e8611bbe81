//! Imports clinics, rooms and availability windows.

use super::super::draft;
use super::super::dump::{CLINIC, DOCTOR, DumpRow, ROOM, SCHEDULE};
use super::super::old_ids;
use super::super::rejection::RowRejection;
use super::super::report::RowError;
use super::DjangoImport;
use app::AppError;
use app::availability::schedules::WindowDraft;
use app::directory::records::RecordDraft;
use domain::clinic::{ClinicProfile, RoomProfile};
use domain::ids::{ClinicId, DoctorId, RoomId};
use serde_json::json;
use wire::clinic::ClinicBody;
use wire::room::RoomBody;
use wire::schedule::ScheduleBody;

impl DjangoImport<'_> {
    pub(super) async fn clinic(&mut self, pk: u64, row: &DumpRow) -> Result<bool, RowRejection> {
        let mut members = row.members(&["name", "address", "phone_number"]);
        members.insert("timezone".into(), json!(self.zone.name()));
        let next: RecordDraft<ClinicProfile> = draft::<ClinicBody, _>(self.app, &members)?;
        let times = self.timestamps(row, "created_at", "updated_at")?;
        self.import_record((CLINIC, pk), next, times).await
    }

    pub(super) async fn room(&mut self, pk: u64, row: &DumpRow) -> Result<bool, RowRejection> {
        let clinic: ClinicId = self.reference_id(row, "clinic", CLINIC)?;
        let mut members = row.members(&["name", "capacity"]);
        members.insert("clinic".into(), json!(clinic.to_string()));
        let next: RecordDraft<RoomProfile> = draft::<RoomBody, _>(self.app, &members)?;
        let times = self.timestamps(row, "created_at", "updated_at")?;
        self.import_record((ROOM, pk), next, times).await
    }

    pub(super) async fn schedule(&mut self, pk: u64, row: &DumpRow) -> Result<bool, RowRejection> {
        let doctor: DoctorId = self.reference_id(row, "doctor", DOCTOR)?;
        let room: RoomId = self.reference_id(row, "room", ROOM)?;
        let mut members = row.members(&["date", "start_time", "end_time", "slot_minutes"]);
        members.insert("doctor".into(), json!(doctor.to_string()));
        members.insert("room".into(), json!(room.to_string()));
        let draft: WindowDraft = draft::<ScheduleBody, _>(self.app, &members)?;
        let brought =
            app::availability::schedules::import_schedule(self.app, &self.ctx, old_ids::id(SCHEDULE, pk), &draft).await;
        if let Err(AppError::AlreadyExists { field, .. }) = brought {
            let others = self.windows.iter().filter(|(_, other)| {
                other.doctor == draft.doctor
                    && other.date == draft.date
                    && draft.end_time.is_after(other.start_time)
                    && other.end_time.is_after(draft.start_time)
            });
            let mut errors: Vec<RowError> =
                others.map(|(other, _)| RowError::overlap(field, format!("{SCHEDULE} {other}"))).collect();
            if errors.is_empty() {
                errors.push(RowError::overlap(field, "time of the doctor that is here already"));
            }
            return Err(RowRejection::Invalid(errors));
        }
        let new = brought?;
        self.windows.push((pk, draft));
        Ok(new)
    }
}

//! Exports spreadsheets.

use super::{columns, doctors, name, patients, schedules};
use crate::import::ImportError;
use crate::offline_app;
use crate::options::{ExportKind, ExportOptions, SheetKind};
use crate::target::Target;
use app::appointments::AppointmentFilter;
use app::appointments::export::export_appointments;
use app::support::unit_of_work::UnitOfWork;
use app::{App, AppError, Context};
use domain::clinic::Clinic;
use domain::ids::{ClinicId, Id as _};
use domain::phone::Country;
use domain::text::fold;
use domain::time::LocalDate;
use serde_json::Value;
use std::io::Write as _;
use store::audit::AuditAction;
use store::keys::Directory;
use store::patterns;
use wire::sheet::cells;

/// Exports a spreadsheet into a file, or returns the text to be printed.
pub async fn export(options: &ExportOptions, target: &Target) -> Result<String, ImportError> {
    let is_day = options.csv == ExportKind::Appointments;
    if !is_day && (options.date.is_some() || options.clinic.is_some()) {
        return Err(ImportError::OnlyAppointments);
    }
    // Any country will do: no phone number is parsed.
    let country = Country::parse("CO").ok_or(ImportError::Copy)?;
    let app = offline_app::with_table(target.table().await?, Some(country));
    let text = match options.csv {
        ExportKind::Patients => sheet(&app, SheetKind::Patients).await?,
        ExportKind::Doctors => sheet(&app, SheetKind::Doctors).await?,
        ExportKind::Schedules => sheet(&app, SheetKind::Schedules).await?,
        ExportKind::Appointments => {
            let date = options.date.ok_or(ImportError::NoDate)?;
            appointments(&app, date, options.clinic.as_deref()).await?
        }
    };
    let Some(path) = &options.output else { return Ok(text) };
    let failed = |error| ImportError::Output(path.display().to_string(), error);
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create_new(true);
    // Personal data: only readable for this user.
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)?;
    Ok(String::new())
}

fn context() -> Context {
    Context::of_system("cargo citas export".into())
}

/// The appointments of a local day with the phones of their patients: of one clinic, by its id or name, or of all. The
/// export is recorded in the audit trail.
pub async fn appointments(app: &App, date: LocalDate, clinic: Option<&str>) -> Result<String, ImportError> {
    let clinic = match clinic {
        Some(clinic) => Some(clinic_of(app, clinic).await?),
        None => None,
    };
    let filter = AppointmentFilter { clinic, from: Some(date), to: Some(date), ..AppointmentFilter::default() };
    let listed = export_appointments(app, &context(), &filter, true).await.map_err(|error| match error {
        // The day has too many appointments.
        AppError::Validation(_) => ImportError::NoClinic,
        other => ImportError::Export(other),
    })?;
    Ok(wire::sheet::appointments::appointments(&listed, true)?)
}

async fn clinic_of(app: &App, text: &str) -> Result<ClinicId, ImportError> {
    if let Some(id) = ClinicId::parse(text) {
        return Ok(id);
    }
    let mut found = Vec::new();
    for active in [true, false] {
        let clinics: Vec<Clinic> = app.table.query_all(&patterns::directory(Directory::Clinics, active)).await?;
        found.extend(clinics.into_iter().filter(|clinic| fold(clinic.profile.name.as_str()) == fold(text)));
    }
    match found.as_slice() {
        [clinic] => Ok(clinic.id),
        _ => Err(ImportError::UnknownClinic(found.len())),
    }
}

/// The spreadsheet of one kind of row. The export is recorded in the audit trail.
pub async fn sheet(app: &App, kind: SheetKind) -> Result<String, ImportError> {
    let rows = match kind {
        SheetKind::Patients => patients::rows(app).await?,
        SheetKind::Doctors => doctors::rows(app).await?,
        SheetKind::Schedules => schedules::rows(app).await?,
    };
    let ctx = context();
    let mut uow = UnitOfWork::new(app, &ctx);
    uow.audit((name(kind).trim_end_matches('s'), "all"), AuditAction::Export, Default::default());
    uow.commit().await.map_err(|_| ImportError::Trail)?;
    let columns = columns(kind);
    let rows = rows.into_iter().map(|row| {
        let cell = |(column, cell_type): &super::Column| match row.get(*column) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) if cell_type.is_text() => cells::escape(text),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        columns.iter().map(cell).collect()
    });
    Ok(wire::sheet::csv(columns.iter().map(|(column, _)| *column), rows)?)
}

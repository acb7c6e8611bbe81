//! Tests of exporting and importing spreadsheets: an exported sheet is imported unchanged, and refused rows are
//! reported by line.

use super::{DUMP, empty_system, import, table_rows};
use app::directory::patients::update_patient;
use app::directory::records::RecordDraft;
use cli::import::report::{Count, ImportReport};
use cli::import::sheets::parsing::ParsedSheet;
use cli::import::{ImportError, old_ids, sheets};
use cli::options::SheetKind::{self, Doctors, Patients, Schedules};
use domain::ids::{DoctorId, PatientId};
use domain::patient::PatientProfile;
use domain::text::Note;
use invariants::check_table;
use serde_json::json;
use testkit::test_app::TestApp;

pub(super) async fn export_sheet(app: &TestApp, kind: SheetKind) -> String {
    sheets::export::sheet(&app.system.app, kind).await.unwrap()
}

pub(super) async fn import_sheet(app: &TestApp, kind: SheetKind, text: impl AsRef<[u8]>) -> ImportReport {
    let sheet = ParsedSheet::parse(kind, text.as_ref(), None).unwrap();
    let mut report = ImportReport::default();
    Box::pin(sheets::import(&app.system.app, &sheet, &mut report)).await.unwrap();
    let checked = check_table(&app.system.database.table()).await.unwrap();
    assert_eq!(checked.findings, [], "{checked}");
    report
}

/// Imported, changed, unchanged and refused rows.
pub(super) fn counts(report: &ImportReport) -> (usize, usize, usize, usize) {
    let Count { new, changed, known, refused } = report.counts[0].1;
    (new, changed, known, refused)
}

/// The errors in a report, each with its row.
pub(super) fn errors(report: &ImportReport) -> Vec<String> {
    report.to_string().lines().filter_map(|line| line.strip_prefix("  ").map(str::to_owned)).collect()
}

#[tokio::test]
async fn an_exported_sheet_is_the_same_after_an_import() {
    let full = empty_system().await;
    // Appointments aren't needed here.
    let rows: Vec<serde_json::Value> = serde_json::from_str(DUMP).unwrap();
    let kept = |row: &&serde_json::Value| !row["model"].as_str().unwrap().starts_with("appointments.");
    import(&full, &json!(rows.iter().filter(kept).collect::<Vec<_>>()).to_string()).await;
    let id = old_ids::id::<PatientId>("patients.patient", 2);
    let ctx = app::Context::of_system("test".into());
    let formula = Note::optional(Some("=HYPERLINK(\"x\"), \"a\"\n'b; c")).unwrap();
    let change = |before: &domain::patient::Patient| {
        let profile = PatientProfile { notes: formula.clone(), whatsapp_opt_in: false, ..before.profile.clone() };
        Ok(RecordDraft { profile, is_active: false })
    };
    Box::pin(update_patient(&full.system.app, &ctx, id, None, change)).await.unwrap();
    let bare = empty_system().await;
    let clinics_only = |row: &&serde_json::Value| row["model"].as_str().unwrap().starts_with("clinics.");
    import(&bare, &json!(rows.iter().filter(clinics_only).collect::<Vec<_>>()).to_string()).await;
    for (kind, lines) in [(Patients, 59), (Doctors, 6), (Schedules, 60)] {
        let sheet = export_sheet(&full, kind).await;
        // No cell starts like a formula.
        let mut cells = csv::ReaderBuilder::new().delimiter(b';').from_reader(sheet.as_bytes());
        assert!(
            cells
                .records()
                .flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
                .all(|cell| !cell.starts_with(['=', '+', '-', '@']))
        );
        let report = import_sheet(&bare, kind, &sheet).await;
        assert_eq!(counts(&report), (lines, 0, 0, 0), "{report}");
        assert_eq!(export_sheet(&bare, kind).await, sheet);
        let before = table_rows(&bare.system.database.table()).await;
        let again = import_sheet(&bare, kind, &sheet).await;
        assert_eq!(counts(&again), (0, 0, lines, 0), "{again}");
        assert!(table_rows(&bare.system.database.table()).await == before, "a second run changes nothing");
    }
    let admin = bare.admin().await.unwrap();
    let read = admin.get(&format!("/api/patients/{id}/")).await.unwrap().expect_status(200).unwrap();
    assert_eq!((&read.body["is_active"], &read.body["whatsapp_opt_in"]), (&json!(false), &json!(false)));
    assert!(read.text("notes").starts_with("=HYPERLINK("));
}

#[tokio::test]
async fn patients_are_matched_by_document() {
    let app = empty_system().await;
    let sheet = "document_number;document_type;first_name;last_name;phone_number;email\r\n\
        001-1;CEDULA;Ana;Peña;809-555-2000;ana@example.com\r\n\
        002;CEDULA;;Peña;no tiene;\r\n\
        0011;cedula;Ana María;Peña;;\r\n\
        003;CEDULA;Luz;Güell;'+18095552001;\r\n";
    let report = import_sheet(&app, Patients, sheet).await;
    assert_eq!(counts(&report), (2, 0, 0, 2), "{report}");
    let said = errors(&report);
    let expected = [
        "patients line 3: phone_number: Doubtful: this stands for a missing value.",
        "patients line 4: phone_number: This field is required.",
    ];
    assert_eq!(said, expected);
    // A missing column leaves the field unchanged; an empty cell clears it.
    let sheet =
        "document_number,document_type,first_name,last_name,phone_number\n0011,CEDULA,Ana María,Peña,8095552000\n";
    assert_eq!(counts(&import_sheet(&app, Patients, sheet).await), (0, 1, 0, 0));
    let found = app.admin().await.unwrap().get("/api/patients/?document_number=0011").await.unwrap().results();
    assert_eq!((&found[0]["first_name"], &found[0]["email"]), (&json!("Ana María"), &json!("ana@example.com")));
    let sheet = sheet.replace("phone_number\n", "phone_number,email\n").replace("8095552000\n", "8095552000,\n");
    assert_eq!(counts(&import_sheet(&app, Patients, &sheet).await), (0, 1, 0, 0));
    let found = app.admin().await.unwrap().get("/api/patients/?document_number=0011").await.unwrap().results();
    assert_eq!(found[0]["email"], json!(null));
}

#[tokio::test]
async fn doctors_are_matched_by_email_and_windows_by_start() {
    let app = empty_system().await;
    let clinic_and_room = r#"[{"model": "clinics.clinic", "pk": 1, "fields": {"name": "Norte"}},
        {"model": "clinics.room", "pk": 1, "fields": {"clinic": 1, "name": "Sala 1", "capacity": 1}}]"#;
    import(&app, clinic_and_room).await;
    let sheet = "first_name,last_name,specialties,email,buffer_minutes\n\
        Luz,Güell,Cardiología; pediatría,luz@example.com,10\n\
        Ana,Peña,cardiologia,,\n\
        Eva,Peña,PEDIATRÍA,eva@example.com,500\n";
    let report = import_sheet(&app, Doctors, sheet).await;
    assert_eq!(counts(&report), (1, 0, 0, 2), "{report}");
    let said = report.to_string();
    assert!(said.contains("doctors line 3: email: ") && said.contains("doctors line 4: buffer_minutes: "), "{said}");
    assert_eq!(counts(&import_sheet(&app, Doctors, &sheet.replace("Güell", "Núñez")).await), (0, 1, 0, 2));
    let admin = app.admin().await.unwrap();
    let doctors = admin.get("/api/doctors/").await.unwrap().results();
    assert_eq!((doctors.len(), &doctors[0]["last_name"]), (1, &json!("Núñez")));
    assert_eq!((&doctors[0]["specialty"], &doctors[0]["buffer_minutes"]), (&json!("Cardiología"), &json!(10)));
    let sheet = "doctor,room,date,start_time,end_time\n\
        LUZ@example.com,norte / sala 1,2025-12-20,08:00,12:00\n\
        luz@example.com,Norte / Sala 1,2025-12-20,11:00,13:00\n\
        luz@example.com,Norte / Sala 2,2025-12-21,11:00,13:00\n\
        nobody@example.com,Norte / Sala 1,2025-12-21,11:00,13:00\n";
    let report = import_sheet(&app, Schedules, sheet).await;
    let said = errors(&report);
    assert_eq!(counts(&report), (1, 0, 0, 3), "{said:?}");
    assert!(
        said[0].starts_with("schedules line 4: room: ") && said[1].starts_with("schedules line 5: doctor: "),
        "{said:?}"
    );
    assert_eq!(said[2], "schedules line 3: start_time: time of the doctor that is here already");
    let longer = sheet.replace("08:00,12:00", "08:00,14:00");
    assert_eq!(counts(&import_sheet(&app, Schedules, &longer).await), (0, 1, 0, 3));
}

#[tokio::test]
async fn an_invalid_sheet_is_refused_entirely() {
    let app = empty_system().await;
    let before = table_rows(&app.system.database.table()).await;
    for wrong in ["first_name,secret\nAna,1\n", "first_name,first_name\nAna,Ana\n", "first_name;apellido\nAna;Paz\n"] {
        let done = ParsedSheet::parse(Patients, wrong.as_bytes(), None);
        assert!(matches!(done, Err(ImportError::Column(..))), "{wrong}");
    }
    assert!(table_rows(&app.system.database.table()).await == before);
    let unknown = old_ids::id::<DoctorId>("doctors.doctor", 1);
    assert!(app::directory::doctors::get_doctor(&app.system.app, unknown).await.is_err());
}

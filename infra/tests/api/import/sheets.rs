//! Spreadsheets: what goes out comes in again the same, and rows that don't fit are named by their lines.

use super::{DUMP, empty, import, whole};
use app::directory::patients::update_patient;
use app::directory::records::Next;
use cli::import::report::{Count, Report};
use cli::import::{ImportError, old_ids, sheets};
use cli::options::SheetKind::{self, Doctors, Patients, Schedules};
use domain::ids::{DoctorId, PatientId};
use domain::patient::PatientProfile;
use domain::text::Note;
use invariants::check_table;
use serde_json::json;
use testkit::test_app::TestApp;

async fn out(app: &TestApp, kind: SheetKind) -> String {
    sheets::sheet(&app.system.app, kind).await.unwrap()
}

async fn take(app: &TestApp, kind: SheetKind, text: &str) -> Report {
    let mut report = Report::default();
    Box::pin(sheets::import(&app.system.app, kind, text, &mut report)).await.unwrap();
    let checked = check_table(&app.system.database.table()).await.unwrap();
    assert_eq!(checked.findings, [], "{checked}");
    report
}

fn counted(report: &Report) -> (usize, usize, usize, usize) {
    let Count { new, changed, known, refused } = report.counts[0].1;
    (new, changed, known, refused)
}

#[tokio::test]
async fn what_was_exported_is_the_same_in_an_empty_table() {
    let full = empty().await;
    // Doctors, patients and windows are enough.
    let rows: Vec<serde_json::Value> = serde_json::from_str(DUMP).unwrap();
    let kept = |row: &&serde_json::Value| !row["model"].as_str().unwrap().starts_with("appointments.");
    import(&full, &json!(rows.iter().filter(kept).collect::<Vec<_>>()).to_string()).await;
    let id = old_ids::id::<PatientId>("patients.patient", 2);
    let ctx = app::Context::of_system("test".into());
    let formula = Note::optional(Some("=HYPERLINK(\"x\"), \"a\"\n'b; c")).unwrap();
    let change = |before: &domain::patient::Patient| {
        let profile = PatientProfile { notes: formula.clone(), whatsapp_opt_in: false, ..before.profile.clone() };
        Ok(Next { profile, is_active: false })
    };
    Box::pin(update_patient(&full.system.app, &ctx, id, None, change)).await.unwrap();
    let bare = empty().await;
    let places = |row: &&serde_json::Value| row["model"].as_str().unwrap().starts_with("clinics.");
    import(&bare, &json!(rows.iter().filter(places).collect::<Vec<_>>()).to_string()).await;
    for (kind, lines) in [(Patients, 59), (Doctors, 6), (Schedules, 60)] {
        let sheet = out(&full, kind).await;
        // No cell is a formula, and none begins one.
        let mut cells = csv::Reader::from_reader(sheet.as_bytes());
        assert!(
            cells
                .records()
                .flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
                .all(|cell| !cell.starts_with(['=', '+', '-', '@']))
        );
        let report = take(&bare, kind, &sheet).await;
        assert_eq!(counted(&report), (lines, 0, 0, 0), "{report}");
        assert_eq!(out(&bare, kind).await, sheet);
        let before = whole(&bare.system.database.table()).await;
        let again = take(&bare, kind, &sheet).await;
        assert_eq!(counted(&again), (0, 0, lines, 0), "{again}");
        assert!(whole(&bare.system.database.table()).await == before, "a second run changes nothing");
    }
    let admin = bare.admin().await.unwrap();
    let read = admin.get(&format!("/api/patients/{id}/")).await.unwrap().expect_status(200).unwrap();
    assert_eq!((&read.body["is_active"], &read.body["whatsapp_opt_in"]), (&json!(false), &json!(false)));
    assert!(read.text("notes").starts_with("=HYPERLINK("));
}

#[tokio::test]
async fn patients_are_found_by_their_documents() {
    let app = empty().await;
    let sheet = "document_number;document_type;first_name;last_name;phone_number;email\r\n\
        001-1;CEDULA;Ana;Peña;809-555-2000;ana@example.com\r\n\
        002;CEDULA;;Peña;no tiene;\r\n\
        0011;cedula;Ana María;Peña;;\r\n\
        003;CEDULA;Luz;Güell;'+18095552001;\r\n";
    let report = take(&app, Patients, sheet).await;
    assert_eq!(counted(&report), (2, 0, 0, 2), "{report}");
    let said: Vec<String> =
        report.to_string().lines().filter_map(|line| line.strip_prefix("  ").map(str::to_owned)).collect();
    let expected = [
        "patients line 3: first_name: This field is required.",
        "patients line 4: phone_number: This field is required.",
    ];
    assert_eq!(said, expected);
    // A column that isn't there leaves the field; an empty cell empties it.
    let sheet =
        "document_number,document_type,first_name,last_name,phone_number\n0011,CEDULA,Ana María,Peña,8095552000\n";
    assert_eq!(counted(&take(&app, Patients, sheet).await), (0, 1, 0, 0));
    let found = app.admin().await.unwrap().get("/api/patients/?document_number=0011").await.unwrap().results();
    assert_eq!((&found[0]["first_name"], &found[0]["email"]), (&json!("Ana María"), &json!("ana@example.com")));
    let sheet = sheet.replace("phone_number\n", "phone_number,email\n").replace("8095552000\n", "8095552000,\n");
    assert_eq!(counted(&take(&app, Patients, &sheet).await), (0, 1, 0, 0));
    let found = app.admin().await.unwrap().get("/api/patients/?document_number=0011").await.unwrap().results();
    assert_eq!(found[0]["email"], json!(null));
}

#[tokio::test]
async fn doctors_and_their_time_are_found_too() {
    let app = empty().await;
    let places = r#"[{"model": "clinics.clinic", "pk": 1, "fields": {"name": "Norte"}},
        {"model": "clinics.room", "pk": 1, "fields": {"clinic": 1, "name": "Sala 1", "capacity": 1}}]"#;
    import(&app, places).await;
    let sheet = "first_name,last_name,specialties,email,buffer_minutes\n\
        Luz,Güell,Cardiología; pediatría,luz@example.com,10\n\
        Ana,Peña,cardiologia,,\n\
        Eva,Peña,PEDIATRÍA,eva@example.com,500\n";
    let report = take(&app, Doctors, sheet).await;
    assert_eq!(counted(&report), (1, 0, 0, 2), "{report}");
    let said = report.to_string();
    assert!(said.contains("doctors line 3: email: ") && said.contains("doctors line 4: buffer_minutes: "), "{said}");
    assert_eq!(counted(&take(&app, Doctors, &sheet.replace("Güell", "Núñez")).await), (0, 1, 0, 2));
    let admin = app.admin().await.unwrap();
    let doctors = admin.get("/api/doctors/").await.unwrap().results();
    assert_eq!((doctors.len(), &doctors[0]["last_name"]), (1, &json!("Núñez")));
    assert_eq!((&doctors[0]["specialty"], &doctors[0]["buffer_minutes"]), (&json!("Cardiología"), &json!(10)));
    let sheet = "doctor,room,date,start_time,end_time\n\
        LUZ@example.com,norte / sala 1,2025-12-20,08:00,12:00\n\
        luz@example.com,Norte / Sala 1,2025-12-20,11:00,13:00\n\
        luz@example.com,Norte / Sala 2,2025-12-21,11:00,13:00\n\
        nobody@example.com,Norte / Sala 1,2025-12-21,11:00,13:00\n";
    let report = take(&app, Schedules, sheet).await;
    let said: Vec<String> =
        report.to_string().lines().filter_map(|line| line.strip_prefix("  ").map(str::to_owned)).collect();
    assert_eq!(counted(&report), (1, 0, 0, 3), "{said:?}");
    assert!(
        said[0].starts_with("schedules line 4: room: ") && said[1].starts_with("schedules line 5: doctor: "),
        "{said:?}"
    );
    assert_eq!(said[2], "schedules line 3: start_time: time of the doctor that is here already");
    let longer = sheet.replace("08:00,12:00", "08:00,14:00");
    assert_eq!(counted(&take(&app, Schedules, &longer).await), (0, 1, 0, 3));
}

#[tokio::test]
async fn what_is_no_table_is_refused_whole() {
    let app = empty().await;
    let before = whole(&app.system.database.table()).await;
    for wrong in ["first_name,secret\nAna,1\n", "first_name,first_name\nAna,Ana\n", "first_name,last_name\nAna\n"] {
        let done = sheets::import(&app.system.app, Patients, wrong, &mut Report::default()).await;
        assert!(matches!(done, Err(ImportError::Column(..) | ImportError::Csv(_))), "{wrong}");
    }
    assert!(whole(&app.system.database.table()).await == before);
    let nobody = old_ids::id::<DoctorId>("doctors.doctor", 1);
    assert!(app::directory::doctors::get_doctor(&app.system.app, nobody).await.is_err());
}

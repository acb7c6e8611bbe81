//! Tests of the commands `cargo citas import` and `export`: exit codes, output, and that a dry run writes nothing.

use super::{empty_system, table_rows};
use crate::clinic_setup::{ClinicSetup, DAY, PHONE};
use crate::programs::citas;
use testkit::test_app::{TestApp, TestError};

const DUMP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/django-dump.json");

fn run_command(app: &TestApp, arguments: &[&str]) -> Result<(Option<i32>, String), TestError> {
    let endpoint = ["--endpoint", app.system.database.endpoint()];
    let (command, arguments) = arguments.split_first().ok_or("no command")?;
    let mut program = citas(&[*command], &[arguments, &endpoint[..]].concat());
    let output = tokio::task::block_in_place(|| program.output())?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    Ok((output.status.code(), said))
}

/// The path of a file that only this test process writes.
fn scratch_file(name: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    folder.join(format!("{}-{name}", std::process::id())).display().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_writes_nothing_and_prints_the_same_report() -> Result<(), TestError> {
    let app = empty_system().await;
    let table = app.system.database.table();
    let before = table_rows(&table).await;
    let import = ["import", "--from-django", DUMP, "--timezone", "America/Santo_Domingo", "--country", "do"];
    let (code, rehearsed) = run_command(&app, &[&import[..], &["--dry-run"]].concat())?;
    assert_eq!(code, Some(1), "{rehearsed}");
    assert!(table_rows(&table).await == before);
    let (code, done) = run_command(&app, &import)?;
    assert_eq!(code, Some(1), "rows were refused: {done}");
    assert!(table_rows(&table).await.len() > before.len());
    let rehearsed = rehearsed.strip_prefix("A dry run: nothing was written. This is what would have been done.\n");
    assert_eq!(rehearsed, Some(done.as_str()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_without_faults_exits_with_0_and_a_missing_time_zone_is_named() -> Result<(), TestError> {
    let app = empty_system().await;
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("dump-{}.json", std::process::id()));
    std::fs::write(&file, r#"[{"model": "clinics.clinic", "pk": 1, "fields": {"name": "Norte"}}]"#)?;
    let path = file.display().to_string();
    let (code, said) = run_command(&app, &["import", "--from-django", &path])?;
    assert!(code == Some(1) && said.contains("--timezone America/Santo_Domingo"), "{said}");
    let (code, said) = run_command(&app, &["import", "--from-django", &path, "--timezone", "America/Bogota"])?;
    assert!(code == Some(0) && said.contains("clinics.clinic: 1 imported"), "{said}");
    let (code, said) = run_command(&app, &["import", "--from-django", &path, "--timezone", "Bogota"])?;
    assert!(code == Some(2) && said.contains("America/Santo_Domingo"), "{said}");
    std::fs::remove_file(file)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spreadsheet_is_exported_to_a_new_file_and_imported_again() -> Result<(), TestError> {
    let app = empty_system().await;
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("doctors-{}.csv", std::process::id()));
    let path = file.display().to_string();
    std::fs::write(&file, "first_name,last_name,email\nLuz,Güell,luz@example.com\n")?;
    let sheet = format!("doctors={path}");
    let (code, said) = run_command(&app, &["import", "--csv", &sheet, "--dry-run"])?;
    assert!(code == Some(0) && said.contains("doctors: 1 imported"), "{said}");
    let (code, said) = run_command(&app, &["import", "--csv", &sheet])?;
    assert!(code == Some(0) && said.contains("doctors: 1 imported"), "{said}");
    let (code, said) = run_command(&app, &["export", "--csv", "doctors", "--output", &path])?;
    assert!(code == Some(1) && said.contains("can't be written"), "{said}");
    std::fs::remove_file(&file)?;
    let (code, said) = run_command(&app, &["export", "--csv", "doctors", "--output", &path])?;
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let (_, printed) = run_command(&app, &["export", "--csv", "doctors"])?;
    assert!(
        printed.starts_with("\u{feff}id;")
            && printed.contains("Luz;Güell")
            && printed == std::fs::read_to_string(&file)?
    );
    let (code, said) = run_command(&app, &["import", "--csv", &sheet])?;
    assert!(code == Some(0) && said.contains("doctors: 0 imported, 1 as they were"), "{said}");
    std::fs::remove_file(file)?;
    Ok(())
}

/// What PowerShell makes of `manage.py dumpdata > dump.json`: UTF-16, with warnings before the data.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_in_utf_16_after_warnings_gives_the_same() -> Result<(), TestError> {
    let app = empty_system().await;
    let warnings = "[WARNING] DEBUG is on\nC:\\citas\\models.py:12: RuntimeWarning: naive datetime\n";
    let text = format!("\u{feff}{warnings}{}", std::fs::read_to_string(DUMP)?).replace('\n', "\r\n");
    let path = scratch_file("dump-utf16.json");
    std::fs::write(&path, text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>())?;
    let options = ["--timezone", "America/Santo_Domingo", "--country", "do", "--dry-run"];
    let import = |file: &str| run_command(&app, &[&["import", "--from-django", file][..], &options].concat());
    let (code, plain) = import(DUMP)?;
    let (again, said) = import(&path)?;
    assert_eq!(again, code);
    assert_eq!(said.replace(&format!("{path}: UTF-16, low byte first"), &format!("{DUMP}: UTF-8")), plain);
    assert!(plain.contains("patients.patient: 59 imported"), "{plain}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spreadsheet_is_detected_and_refused_lines_exit_with_1() -> Result<(), TestError> {
    let app = empty_system().await;
    let path = scratch_file("windows.csv");
    let sheet = format!("patients={path}");
    let import =
        |options: &[&str]| run_command(&app, &[&["import", "--csv", &sheet, "--country", "DO"], options].concat());
    let lines = "first_name;last_name;document_number;phone_number;birth_date\r\n\
        Mar\u{ed}a;N\u{fa}\u{f1}ez;101;8095552001;01/05/1980\r\n\
        Luz;Paz;102;8095552002;02/05/1980\r\n";
    let windows = |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<u8>>();
    std::fs::write(&path, windows(lines))?;
    let (code, said) = import(&[])?;
    assert!(code == Some(1) && said.contains("--dates dmy") && said.contains(&path), "{said}");
    let none = app.admin().await?.get("/api/patients/").await?.results();
    assert!(none.is_empty(), "{none:?}");
    let (code, said) = import(&["--dates", "dmy"])?;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Windows-1252, cells separated by semicolons, dates with the day first\n"), "{said}");
    let found = app.admin().await?.get("/api/patients/?document_number=101").await?.results();
    assert_eq!((&found[0]["last_name"], &found[0]["birth_date"]), (&"Núñez".into(), &"1980-05-01".into()));
    std::fs::write(&path, windows(&format!("{lines}Eva;Paz;N/A;8095552003;\r\n")))?;
    let (code, said) = import(&["--dates", "dmy"])?;
    assert!(code == Some(1) && said.contains("patients line 4: document_number: Doubtful"), "{said}");
    std::fs::write(&path, b"PK\x03\x04\0\0")?;
    let (code, said) = import(&[])?;
    assert!(code == Some(1) && said.contains("not a text in UTF-8, UTF-16 or Windows-1252"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_appointments_of_a_day_are_exported_with_phones() -> Result<(), TestError> {
    let setup = ClinicSetup::new().await;
    setup.book("09:00").await;
    let norte = setup.add_clinic("Norte").await;
    let export = |options: &[&str]| run_command(&setup.app, &[&["export", "--csv", "appointments"], options].concat());
    let (code, sheet) = export(&["--date", DAY])?;
    assert_eq!(code, Some(0), "{sheet}");
    let lines: Vec<&str> = sheet.lines().collect();
    assert!(
        lines[0].starts_with("\u{feff}start_datetime;end_datetime;patient_name;patient_detail.phone_number;"),
        "{sheet}"
    );
    assert!(lines[1].starts_with(&format!("{DAY} 09:00:00;{DAY} 09:30:00;Lucía ")), "{sheet}");
    assert!(lines.len() == 2 && lines[1].contains(&format!(";'{PHONE};")), "{sheet}");
    for (clinic, rows) in [("centro", 1), (setup.clinic.as_str(), 1), ("Norte", 0), (norte.as_str(), 0)] {
        let (code, sheet) = export(&["--date", DAY, "--clinic", clinic])?;
        assert_eq!((code, sheet.lines().count()), (Some(0), 1 + rows), "{clinic}: {sheet}");
    }
    assert_eq!(export(&["--date", "2025-12-16"])?.1.lines().count(), 1);
    for (options, expected) in [(&[][..], "--date 2025-12-15"), (&["--date", DAY, "--clinic", "Sur"], "0 clinics")] {
        let (code, said) = export(options)?;
        assert!(code == Some(1) && said.contains(expected), "{said}");
    }
    let (code, said) = run_command(&setup.app, &["export", "--csv", "patients", "--date", DAY])?;
    assert!(code == Some(1) && said.contains("are for --csv appointments"), "{said}");
    let trail = setup.list("/api/audit/?model=appointment&object_id=all").await;
    assert_eq!(trail.iter().filter(|row| row["action"] == "EXPORT").count(), 6);
    Ok(())
}

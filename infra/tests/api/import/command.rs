//! Tests of the commands `cargo citas import` and `export`: exit codes, output, and that a dry run writes nothing.

use super::{empty_system, table_rows};
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
    assert!(printed.contains("Luz,Güell") && printed == std::fs::read_to_string(&file)?);
    let (code, said) = run_command(&app, &["import", "--csv", &sheet])?;
    assert!(code == Some(0) && said.contains("doctors: 0 imported, 1 as they were"), "{said}");
    std::fs::remove_file(file)?;
    Ok(())
}

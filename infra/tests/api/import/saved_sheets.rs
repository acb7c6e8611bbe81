//! Tests that an exported spreadsheet comes back unchanged after a program has opened and saved it.
//!
//! The files in `data/spreadsheets` are the export, and the same as each program saves it:
//!
//! | File | as saved by |
//! |---|---|
//! | `libreoffice-es.csv`, `libreoffice-pt.csv` | LibreOffice Calc 7.4, with the settings of Colombia and of Brazil |
//! | `libreoffice-es-formatted.csv` | LibreOffice Calc, with columns formatted as dates and truth values |
//! | `excel-es.csv`, `excel-pt.csv` | Excel, "CSV (delimitado por comas)", "CSV (separado por vírgulas)" |
//! | `excel-es-utf8.csv` | Excel, "CSV UTF-8" |
//! | `excel-es-unicode.txt` | Excel, "Texto Unicode" |
//! | `google-es.csv` | Google Sheets, taking the apostrophes and making numbers of what looks like one |
//! | `excel-spoilt.csv` | Excel, after somebody had removed the apostrophes |
//!
//! The first two were saved by that program. The others were made by hand, because theirs don't run here.

use super::sheets::{counts, errors, export_sheet, import_sheet};
use super::{empty_system, import, table_rows};
use cli::import::sheets::parsing::ParsedSheet;
use cli::options::SheetKind::{self, Doctors, Patients, Schedules};
use testkit::test_app::TestApp;

const WINDOWS: &str = "Windows-1252, cells separated by semicolons, dates with the day first";

/// The files of each kind, with what is detected.
const SAVED: [(&str, &str); 8] = [
    ("excel-es.csv", WINDOWS),
    ("excel-pt.csv", WINDOWS),
    ("excel-es-utf8.csv", "UTF-8 with a byte order mark, cells separated by semicolons, dates with the day first"),
    ("excel-es-unicode.txt", "UTF-16, low byte first, cells separated by tabs, dates with the day first"),
    ("libreoffice-es.csv", "UTF-8, cells separated by commas"),
    ("libreoffice-es-formatted.csv", "UTF-8, cells separated by commas, dates with the day first"),
    ("libreoffice-pt.csv", "UTF-8, cells separated by semicolons"),
    ("google-es.csv", "UTF-8, cells separated by commas, dates with the day first"),
];

fn read(kind: &str, file: &str) -> Vec<u8> {
    std::fs::read(format!("{}/data/spreadsheets/{kind}.{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A system with what was exported.
async fn exported_system(kinds: &[(SheetKind, &str, usize)]) -> TestApp {
    let app = empty_system().await;
    let clinic_and_room = r#"[{"model": "clinics.clinic", "pk": 1, "fields": {"name": "Norte"}},
        {"model": "clinics.room", "pk": 1, "fields": {"clinic": 1, "name": "Sala Única", "capacity": 1}}]"#;
    import(&app, clinic_and_room).await;
    for (kind, name, lines) in kinds {
        let report = import_sheet(&app, *kind, read(name, "exported.csv")).await;
        assert_eq!(counts(&report), (*lines, 0, 0, 0), "{report}");
    }
    app
}

#[tokio::test]
async fn an_export_comes_back_unchanged_after_each_program() {
    let kinds = [(Patients, "patients", 5), (Doctors, "doctors", 2), (Schedules, "schedules", 2)];
    let app = exported_system(&kinds).await;
    let before = table_rows(&app.system.database.table()).await;
    for (kind, name, lines) in kinds {
        for (file, detected) in SAVED {
            let bytes = read(name, file);
            let description = ParsedSheet::parse(kind, &bytes, None).unwrap().description;
            // Doctors have no dates.
            let expected =
                if kind == Doctors { detected.trim_end_matches(", dates with the day first") } else { detected };
            assert_eq!(description, expected, "{name}.{file}");
            let report = import_sheet(&app, kind, &bytes).await;
            assert_eq!(counts(&report), (0, 0, lines, 0), "{name}.{file}: {report}");
        }
    }
    assert!(table_rows(&app.system.database.table()).await == before);
    for (kind, name, _) in kinds {
        assert_eq!(export_sheet(&app, kind).await.into_bytes(), read(name, "exported.csv"), "{name}");
    }
}

/// The document and the phone number that are left as `2,98746E+12` and `5,73001E+11` are refused. What has only lost
/// its plus sign or its leading zeros is recognised by the number that is stored.
#[tokio::test]
async fn what_a_program_has_destroyed_is_refused() {
    let app = exported_system(&[(Patients, "patients", 5)]).await;
    let report = import_sheet(&app, Patients, read("patients", "excel-spoilt.csv")).await;
    // The formula in the notes of the first line was run.
    assert_eq!(counts(&report), (0, 1, 2, 2), "{report}");
    let doubtful = "Doubtful: a spreadsheet has made a number of it, and what was there is lost.";
    assert_eq!(
        errors(&report),
        [format!("patients line 3: phone_number: {doubtful}"), format!("patients line 4: document_number: {doubtful}")]
    );
}

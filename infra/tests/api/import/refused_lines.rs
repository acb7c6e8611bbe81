//! Tests of the lines of a spreadsheet that are refused, each by itself: ragged ones, doubtful documents, and lines that
//! would overwrite what another line of the file has written.

use super::empty_system;
use super::sheets::{counts, errors, import_sheet};
use cli::import::sheets::parsing::ParsedSheet;
use cli::options::SheetKind::{Doctors, Patients, Schedules};
use serde_json::{Value, json};
use testkit::test_app::TestApp;

const HEADER: &str = "document_number;first_name;last_name;phone_number";

async fn patients(app: &TestApp) -> Vec<Value> {
    app.admin().await.unwrap().get("/api/patients/").await.unwrap().expect_status(200).unwrap().results()
}

#[tokio::test]
async fn a_ragged_line_is_refused_and_the_rest_comes() {
    let app = empty_system().await;
    let sheet = format!(
        "{HEADER};\r\n101;Ana;Paz;8095552001;\r\n\r\n102;Luz;Paz\r\n;;;;\r\n103;Eva;Paz;8095552003;x;y\r\n104;Sol;Paz;8095552004\r\n"
    );
    let report = import_sheet(&app, Patients, sheet).await;
    assert_eq!(counts(&report), (2, 0, 0, 2), "{report}");
    let expected = [
        "patients line 4: cells: The line has 3 cells, the first line 4.",
        "patients line 6: cells: The line has 6 cells, the first line 4.",
    ];
    assert_eq!(errors(&report), expected);
}

#[tokio::test]
async fn two_lines_of_a_file_never_overwrite_each_other() {
    let app = empty_system().await;
    let sheet = format!(
        "{HEADER}\n101;Ana;Paz;8095552001\n1-01;Luz;Ríos;8095552002\n101;Ana;Paz;809-555-2001\n102;Eva;Paz;8095552003\n"
    );
    let report = import_sheet(&app, Patients, &sheet).await;
    // The third line says the same as the first.
    assert_eq!(counts(&report), (2, 0, 1, 1), "{report}");
    assert_eq!(errors(&report), ["patients line 3: document_number: The same as in line 2, with other values."]);
    // Nor where the first line changes nothing.
    let report = import_sheet(&app, Patients, sheet).await;
    assert_eq!(counts(&report), (0, 0, 3, 1), "{report}");
    let rows = patients(&app).await;
    assert_eq!(rows.iter().map(|row| row["first_name"].clone()).collect::<Vec<_>>(), [json!("Ana"), json!("Eva")]);

    // By their ids, and by a document that another line has taken.
    let (ana, eva) = (rows[0]["id"].as_str().unwrap(), rows[1]["id"].as_str().unwrap());
    let sheet = format!(
        "id;{HEADER}\n{ana};101;Ana María;Paz;8095552001\n{ana};101;Anita;Paz;8095552001\n{eva};101;Eva;Paz;8095552003\n"
    );
    let report = import_sheet(&app, Patients, sheet).await;
    assert_eq!(counts(&report), (0, 1, 0, 2), "{report}");
    let expected = [
        "patients line 3: id: The same as in line 2, with other values.",
        "patients line 4: document_number: The same as in line 2.",
    ];
    assert_eq!(errors(&report), expected);
}

#[tokio::test]
async fn two_lines_about_one_doctor_or_one_window_never_overwrite_each_other() {
    let app = empty_system().await;
    let clinic_and_room = r#"[{"model": "clinics.clinic", "pk": 1, "fields": {"name": "Norte"}},
        {"model": "clinics.room", "pk": 1, "fields": {"clinic": 1, "name": "Sala 1", "capacity": 1}}]"#;
    super::import(&app, clinic_and_room).await;
    let sheet = "first_name;last_name;email\nLuz;Güell;luz@example.com\nLuz María;Güell;LUZ@example.com\n";
    let report = import_sheet(&app, Doctors, sheet).await;
    assert_eq!(counts(&report), (1, 0, 0, 1), "{report}");
    assert_eq!(errors(&report), ["doctors line 3: email: The same as in line 2, with other values."]);
    let sheet = "doctor;room;date;start_time;end_time\n\
        luz@example.com;Norte / Sala 1;20/12/2025;8:00;12:00\n\
        luz@example.com;Norte / Sala 1;20/12/2025;08:00:00;1:00 p. m.\n\
        luz@example.com;Norte / Sala 1;20/12/2025;8:00 a. m.;12:00\n";
    let report = import_sheet(&app, Schedules, sheet).await;
    assert_eq!(counts(&report), (1, 0, 1, 1), "{report}");
    assert_eq!(errors(&report), ["schedules line 3: start_time: The same as in line 2, with other values."]);
}

#[tokio::test]
async fn a_doubtful_document_or_number_is_refused_by_line_and_column() {
    let app = empty_system().await;
    let mut sheet = HEADER.to_owned();
    let doubtful = ["1.23457E+09", "1098766.0", "sin documento", "N/A", "0000", "x"];
    for (number, document) in doubtful.iter().enumerate() {
        sheet += &format!("\n{document};Ana;Paz;809555200{number}");
    }
    sheet += "\n101;Ana;Paz;1.80956E+10\n102;Ana;Paz;8095552009\n";
    let report = import_sheet(&app, Patients, sheet).await;
    assert_eq!(counts(&report), (1, 0, 0, 7), "{report}");
    let said = errors(&report);
    for (line, error) in (2..).zip(&said) {
        let column = if line == 8 { "phone_number" } else { "document_number" };
        assert!(error.starts_with(&format!("patients line {line}: {column}: Doubtful: ")), "{error}");
    }
    // The report has no documents.
    assert!(doubtful.iter().all(|document| !report.to_string().contains(*document)));
    let documents: Vec<Value> = patients(&app).await.iter().map(|row| row["document_number"].clone()).collect();
    assert_eq!(documents, [json!("102")]);
}

#[tokio::test]
async fn what_people_type_is_read_where_it_is_unambiguous() {
    let app = empty_system().await;
    let header = "document_number;first_name;last_name;phone_number;birth_date;whatsapp_opt_in;is_active";
    let sheet = format!(
        "{header}\n101;Ana;Paz;8095552001;01/05/1980;sí;VERDADERO\n102;Eva;Paz;8095552002;31-12-1999;no;x\n\
         103;Luz;Paz;8095552003;1/5/80;1;1\n104;Sol;Paz;8095552004;1980-05-01;quizás;1\n"
    );
    let report = import_sheet(&app, Patients, &sheet).await;
    assert_eq!(counts(&report), (2, 0, 0, 2), "{report}");
    let said = errors(&report);
    assert_eq!(said[0], "patients line 4: birth_date: The year needs four digits.");
    assert!(said[1].starts_with("patients line 5: whatsapp_opt_in: "), "{said:?}");
    let of = |row: &Value| [&row["birth_date"], &row["whatsapp_opt_in"]].map(Clone::clone);
    let rows: Vec<_> = patients(&app).await.iter().map(of).collect();
    assert_eq!(rows, [[json!("1980-05-01"), json!(true)], [json!("1999-12-31"), json!(false)]]);
    // Without a date that tells the order, nothing is assumed.
    let ambiguous = sheet.replace("31-12-1999", "11-12-1999");
    assert!(ParsedSheet::parse(Patients, ambiguous.as_bytes(), None).is_err());
}

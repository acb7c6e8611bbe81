use super::*;
use crate::import::report::RejectionReason;
use crate::options::SheetKind::Schedules;

const HEADER: [&str; 3] = ["doctor", "date", "start_time"];

fn parse(text: &str) -> ParsedSheet {
    ParsedSheet::parse(Schedules, text.as_bytes(), None).unwrap()
}

/// Each line as its number and cells, or its error.
fn lines(sheet: &ParsedSheet) -> Vec<String> {
    let line = |line: &Line| match &line.cells {
        Ok(cells) => format!("{}: {}", line.number, cells.join("|")),
        Err(RowError { field, reason: RejectionReason::Invalid(reason) | RejectionReason::Overlap(reason) }) => {
            format!("{}: {field}: {reason}", line.number)
        }
    };
    sheet.lines.iter().map(line).collect()
}

#[test]
fn separators_and_line_ends_are_recognised() {
    for (separator, name) in [(";", "semicolons"), (",", "commas"), ("\t", "tabs")] {
        for end in ["\r\n", "\n", "\r"] {
            let row = ["Ana", "2025-12-15", "08:00"].join(separator);
            let text = [HEADER.join(separator), row, String::new()].join(end);
            let sheet = parse(&text);
            assert_eq!(lines(&sheet), ["2: Ana|2025-12-15|08:00"], "{text:?}");
            assert_eq!(sheet.description, format!("UTF-8, cells separated by {name}"));
        }
    }
}

#[test]
fn a_line_may_name_the_separator() {
    for first in ["sep=;\n", "\"sep=;\"\n", "sep=;\r\n"] {
        let sheet = parse(&format!("{first}doctor;room;date\nAna;\"Norte, 1\";2025-12-15\n"));
        assert_eq!(lines(&sheet), ["3: Ana|Norte, 1|2025-12-15"]);
    }
    assert_eq!(lines(&parse("sep=\t\ndoctor\tdate\nAna\t2025-12-15\n")), ["3: Ana|2025-12-15"]);
}

#[test]
fn blank_lines_and_empty_cells_at_the_end_are_left_out() {
    let text = "\n;;\n Doctor ;DATE;start_time;;\n\nAna;2025-12-15;08:00;\n;;;;\n  \nEva;2025-12-16;09:00;;\n";
    assert_eq!(lines(&parse(text)), ["5: Ana|2025-12-15|08:00", "8: Eva|2025-12-16|09:00"]);
}

#[test]
fn a_line_with_a_cell_too_many_or_too_few_is_refused_by_itself() {
    let text = "doctor;room;date\nAna;2025-12-15\nAna;Norte;2025-12-15;x\nEva;Norte;2025-12-16\n";
    let expected = [
        "2: cells: The line has 2 cells, the first line 3.",
        "3: cells: The line has 4 cells, the first line 3.",
        "4: Eva|Norte|2025-12-16",
    ];
    assert_eq!(lines(&parse(text)), expected);
}

#[test]
fn quoted_cells_may_have_separators_quotes_and_line_ends() {
    let text = "doctor;room\r\n\"Ana; \"\"la\"\" Paz\";\"Norte\r\n2\"\r\nEva;Sur\r\n";
    assert_eq!(lines(&parse(text)), ["2: Ana; \"la\" Paz|Norte\n2", "4: Eva|Sur"]);
    // A quotation mark inside a cell is nothing special.
    assert_eq!(lines(&parse("doctor;room\nEva;Sala 5\"\n")), ["2: Eva|Sala 5\""]);
}

#[test]
fn a_quotation_mark_that_is_never_closed_is_named() {
    let text = "doctor;room\nAna;Norte\n\"Eva;Sur\nLuz;Norte\nSol;Sur\n";
    let expected = ["2: Ana|Norte", "3: cells: A quotation mark isn't closed: lines 3 to 5 are read as one."];
    assert_eq!(lines(&parse(text)), expected);
    // The next one, two lines later, seems to close it, and the number of cells is right.
    let text = "doctor;room\n\"Ana;Norte\nEva;Sur\n\"Luz;Norte\nSol;Sur\n";
    let expected = ["2: cells: A quotation mark isn't closed: lines 2 to 4 are read as one.", "5: Sol|Sur"];
    assert_eq!(lines(&parse(text)), expected);
}

#[test]
fn unknown_and_repeated_columns_are_refused() {
    for header in ["doctor;secret", "doctor;doctor", "doctor;;room"] {
        assert!(
            matches!(ParsedSheet::parse(Schedules, header.as_bytes(), None), Err(ImportError::Column(..))),
            "{header}"
        );
    }
}

/// The first line is a patient, who is not shown.
#[test]
fn a_file_without_names_of_columns_is_refused() {
    for text in ["Ana;Paz;1098766\n", "", "\n;;\n"] {
        let error = ParsedSheet::parse(Schedules, text.as_bytes(), None).unwrap_err();
        assert!(matches!(error, ImportError::NoColumns(_)) && !error.to_string().contains("Ana"), "{error}");
    }
}

#[test]
fn the_order_of_dates_is_that_of_the_file_or_of_the_operator() {
    let text = "doctor;date\nAna;01/05/2025\nEva;31/12/2025\n";
    assert_eq!(parse(text).dates, Some(DateOrder::Dmy));
    assert!(parse(text).description.ends_with("dates with the day first"));
    let ambiguous = text.replace("31/12", "01/12");
    let refused = ParsedSheet::parse(Schedules, ambiguous.as_bytes(), None);
    assert!(matches!(refused, Err(ImportError::DateOrder(error)) if error.line == 2 && !error.contradictory));
    let sheet = ParsedSheet::parse(Schedules, ambiguous.as_bytes(), Some(DateOrder::Mdy)).unwrap();
    assert_eq!(sheet.dates, Some(DateOrder::Mdy));
}

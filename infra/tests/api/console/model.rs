//! The fields that the console reads are those of the OpenAPI document, and its calls reach the functions that it may
//! invoke.

use crate::contract::repository_path;
use crate::openapi_document::document;
use local::functions::PREFIXES;
use std::collections::BTreeSet;

/// The console's types with the schemas that they read.
const SCHEMAS: &[(&str, &[&str])] = &[
    ("Tokens", &["TokensView"]),
    ("SignedInUser", &["UserView"]),
    ("User", &["MeView"]),
    ("SecondFactorState", &["SecondFactorView"]),
    ("SecondFactor", &["TotpView"]),
    ("Clinic", &["ClinicView"]),
    ("Doctor", &["DoctorView"]),
    ("Holiday", &["HolidayView"]),
    ("Availability", &["ScheduleView"]),
    ("Slot", &["SlotView"]),
    ("SlotBlock", &["SlotBlockView"]),
    ("FreeSlot", &["FreeSlotView"]),
    ("Appointment", &["ListedAppointmentView"]),
    ("Attention", &["AttentionView"]),
    ("Reminder", &["ReminderView"]),
    ("PatientDetail", &["PatientDetailView"]),
    ("HistoryEntry", &["ActionView"]),
    ("Actor", &["ActorView"]),
    ("Notification", &["NotificationView"]),
    ("Patient", &["ListedPatientView"]),
    ("AppointmentSummary", &["AppointmentSummaryView"]),
    ("Contact", &["ContactView"]),
    ("WorklistEntry", &["WorklistEntryView"]),
    ("TakenBy", &["TakenByView"]),
    ("WorklistCounts", &["WorklistCountsView"]),
    ("Inbound", &["ListedInboundView"]),
    ("SenderPatient", &["SenderPatientView"]),
    ("Conversation", &["InboundDetailView"]),
    ("ThreadEntry", &["ThreadEntryView"]),
    ("Preview", &["PreviewView"]),
    ("MessagePreview", &["MessagePreviewView"]),
    ("QuickReply", &["FilledReplyView"]),
    ("Media", &["InboundMediaView"]),
];

/// The structs of the console's model: names and fields.
fn structs(source: &str) -> Vec<(String, Vec<String>)> {
    let parts = source.split("pub struct ").skip(1);
    parts
        .map(|part| {
            let (name, rest) = part.split_once(" {").unwrap();
            let fields = rest.split_once("\n}").unwrap().0.lines().filter_map(|line| line.trim().strip_prefix("pub "));
            let fields = fields
                .filter_map(|field| field.split_once(':'))
                .map(|(field, _)| field.trim_start_matches("r#").to_owned());
            (name.to_owned(), fields.collect())
        })
        .collect()
}

#[test]
fn the_console_reads_fields_of_the_document() {
    let source = std::fs::read_to_string(repository_path("functions/console/src/api/model.rs")).unwrap();
    let document = document();
    let mut seen = 0;
    for (name, fields) in structs(&source) {
        let (_, schemas) =
            SCHEMAS.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{name} has no schema"));
        for schema in *schemas {
            let properties = document["components"]["schemas"][schema]["properties"].as_object().unwrap();
            for field in &fields {
                assert!(properties.contains_key(field), "{name}.{field} isn't in {schema}");
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen} fields");
}

/// Every path that the console names belongs to a function that it lists; each listed one is called.
#[test]
fn the_console_calls_the_functions_that_it_lists() {
    let source = std::fs::read_to_string(repository_path("functions/console/src/api/calls.rs")).unwrap();
    let paths: Vec<&str> = source.split('"').filter(|text| text.starts_with("/api/")).collect();
    assert!(paths.len() > 20, "{paths:?}");
    let mut called = BTreeSet::new();
    for path in paths {
        let function = console::api::function_of(path).unwrap();
        let group = PREFIXES
            .iter()
            .filter(|(prefix, _)| path.starts_with(&format!("{prefix}/")))
            .max_by_key(|(prefix, _)| prefix.len());
        assert_eq!(group.map(|(_, name)| *name), Some(function), "{path}");
        called.insert(function);
    }
    assert_eq!(called.into_iter().collect::<Vec<_>>(), console::api::FUNCTIONS);
}

/// The console's own files name no path of the API but in one module.
#[test]
fn only_one_module_names_paths_of_the_api() {
    let mut folders = vec![repository_path("functions/console/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("api") {
                    folders.push(path);
                }
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            let named = code.split('"').filter(|text| text.starts_with("/api/") && text.len() > 5).count();
            assert_eq!(named, 0, "{} names a path of the API", path.display());
        }
    }
}

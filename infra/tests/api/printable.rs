//! Can personal data be printed? Logs, errors and panics print with `Debug`. So a type that derives it
//! holds no text of its own, unless the text is known to be harmless; what holds a person's has a type
//! that doesn't show it, or no `Debug` at all.

use domain::appointment::Appointment;
use domain::doctor::Doctor;
use domain::name::Name;
use domain::notification::Notification;
use domain::patient::Patient;
use domain::user::User;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use store::action::ActionRow;
use store::audit::AuditRow;
use store::inbound::Inbound;

/// Texts of types that derive `Debug`, none of them a person's: ids, names of kinds and fields, codes,
/// keyed hashes, public keys, settings, and the SDK's words for what went wrong.
const HARMLESS: &[&str] = &[
    "Accepted.sid",
    "ActionRow.payload",
    "AgendaDay.iv",
    "AgendaDay.pk",
    "AgendaDay.sk",
    "AppError.Busy",
    "AppError.Internal",
    "Archived.public_key",
    "AuditFilter.model",
    "AuditFilter.object_id",
    "AuditProblem.window_end",
    "AuditProblem.window_start",
    "AuditVerification.date",
    "AuditVerification.sealed_until",
    "Aws.dynamodb",
    "ButtonReply.reference",
    "Claims.aud",
    "Claims.iss",
    "Claims.sid",
    "Claims.sub",
    "Claims.usage",
    "Config.api_base",
    "ContactView.id",
    "ContentTemplates",
    "Counter.pk",
    "Counter.sk",
    "Created.location",
    "Credentials.account_sid",
    "Credentials.user",
    "Declared.path",
    "Deed.payload",
    "Detail.id",
    "Direction.Other",
    "Event.detail",
    "Failure.Again",
    "Issuer.aud",
    "Issuer.iss",
    "KeyCache",
    "KnownAddress.place",
    "Leaf.sk",
    "MessageRow.sid",
    "MessageStatus.Other",
    "NoSecret.reason",
    "NotEmitted",
    "NotKept",
    "Notification.error_message",
    "Notification.external_id",
    "Once.fingerprint",
    "Once.scope",
    "Operation.id",
    "Operation.parameters",
    "OptOutType.Other",
    "Outcome.fingerprint",
    "Outcome.resource",
    "Outcome.scope",
    "Policy",
    "PublicKey.kid",
    "PublicKey.x",
    "ReadError.reason",
    "ReceivedBefore.sid",
    "Refusal.allow",
    "Refusal.meaning",
    "Refused.member",
    "RotationError.Refused",
    "SealKeyView.kid",
    "SealKeyView.x",
    "SealRow.kid",
    "SealRow.members",
    "SealRow.order",
    "SealRow.previous",
    "SealRow.root",
    "SealRow.signature",
    "SecretsSource.prefix",
    "Sent.Accepted",
    "SentBefore.sid",
    "Session.family",
    "Session.pepper",
    "Session.user",
    "Settings.archive_bucket",
    "Settings.event_bus",
    "Settings.public_base_url",
    "Settings.table_name",
    "Settings.twilio_account",
    "Settings.twilio_api_base",
    "Settings.whatsapp_sender",
    "SigningKeyRow.kid",
    "SigningKeyRow.x",
    "StatusReport.error_message",
    "StatusReport.sid",
    "Step.client_request_token",
    "Step.secret_id",
    "Subject.session",
    "Subject.user",
    "Sweep.request_id",
    "Table.name",
    "ThrottleRow.place",
    "TokenHash",
    "Unprocessed.message_sid",
    "VerificationParams.date",
    "Violation.field",
    "WriteError.reason",
];

/// What may hold any text.
const TEXTS: [&str; 6] = ["String", "Value", "Bytes", "Vec<u8>", "&'a str", "AttributeValue"];

/// Crates of which something runs in a function.
const SOURCES: [&str; 8] = [
    "functions",
    "shared/app/src",
    "shared/domain/src",
    "shared/identity/src",
    "shared/platform/src",
    "shared/store/src",
    "shared/twilio/src",
    "shared/web/src",
];

#[test]
fn what_derives_debug_holds_no_text_that_could_be_a_persons() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = BTreeSet::new();
    let mut types = 0;
    for file in SOURCES.iter().flat_map(|folder| rust_files(&root.join(folder))) {
        let source = std::fs::read_to_string(&file).unwrap();
        types += derived(&source, &mut |place| found.extend([place]));
    }
    assert!(types > 100, "only {types} types were found: this reads the wrong place");
    let known: BTreeSet<String> = HARMLESS.iter().map(|place| (*place).to_owned()).collect();
    let new: Vec<_> = found.difference(&known).collect();
    assert!(
        new.is_empty(),
        "these members could hold personal data, and `Debug` would print it: {new:#?}\nGive the text a type that \
         doesn't show it (`Name`, `Line`, `domain::opaque!`), or take `Debug` from the type's derives; only if it \
         can't be about a person, add it to HARMLESS in infra/dev/tests/api/printable.rs."
    );
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(gone.is_empty(), "these are not there any more: {gone:#?}");
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" && name != "target" {
            files.extend(rust_files(&path));
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
            files.push(path);
        }
    }
    files
}

/// Hands out each text of a type that derives `Debug`, as `Type.member`. Answers how many types derive it.
fn derived(source: &str, found: &mut impl FnMut(String)) -> usize {
    let mut types = 0;
    let mut lines = source.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if !line.starts_with("#[derive(") {
            continue;
        }
        let mut derives = line.to_owned();
        while !derives.ends_with(")]") {
            derives.push_str(lines.next().unwrap());
        }
        if !derives.contains("Debug") {
            continue;
        }
        types += 1;
        let head = lines.by_ref().find(|line| !is_aside(line)).unwrap();
        let words: Vec<&str> = head.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let at = words.iter().position(|word| matches!(*word, "struct" | "enum")).unwrap();
        let name = words[at + 1];
        let mut body = vec![head.split_once(name).unwrap().1.to_owned()];
        let mut depth = depth(head);
        while depth > 0 {
            let line = lines.next().unwrap();
            if !is_aside(line) {
                depth += self::depth(line);
                body.push(line.to_owned());
            }
        }
        for line in body.iter().filter(|line| TEXTS.iter().any(|text| line.contains(text))) {
            let line =
                line.trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ").trim_start_matches("pub ");
            let member = line.split([':', '(', ' ', ',']).next().unwrap();
            found(format!("{name}.{member}").trim_end_matches('.').to_owned());
        }
    }
    types
}

fn is_aside(line: &str) -> bool {
    line.starts_with("//") || line.starts_with("#[")
}

fn depth(line: &str) -> i32 {
    let count = |what: [char; 2]| i32::try_from(line.matches(what).count()).unwrap();
    count(['{', '(']) - count(['}', ')'])
}

/// That the reading of sources works.
#[test]
fn a_text_is_seen_wherever_it_stands() {
    let source = r#"
/// Doc.
#[derive(Debug, Clone)]
#[serde(transparent)]
pub struct Appointment<'a> {
    /// Some String.
    pub(crate) id: AppointmentId,
    pub reason: Option<String>,
    who: &'a str,
    kind: &'static str,
}

#[derive(Clone)]
struct Hidden(String);

#[derive(
    Clone,
    Debug,
)]
struct Shown(String);

#[derive(Debug)]
enum Answer {
    Words(String),
    Named {
        name: String,
    },
    Nothing,
}
"#;
    let mut found = Vec::new();
    assert_eq!(derived(source, &mut |place| found.push(place)), 3);
    assert_eq!(found, ["Appointment.reason", "Appointment.who", "Shown", "Answer.Words", "Answer.name"]);
}

const MARKER: &str = "Zzquimba";
const ID: &str = "01940000-0000-7000-8000-000000000001";
const AT: &str = "2025-12-15T10:00:00Z";

/// Reads a thing whose personal members all hold the marker, and looks at what is printed of it.
#[track_caller]
fn shows_nothing<T: DeserializeOwned + Debug>(kind: &str, value: Value) {
    assert!(value.to_string().contains(MARKER), "{kind} holds no marker");
    let thing: T = serde_json::from_value(value).unwrap_or_else(|error| panic!("{kind}: {error}"));
    for printed in [format!("{thing:?}"), format!("{thing:#?}")] {
        assert!(!printed.contains(MARKER) && !printed.contains("1980"), "{kind} shows what it holds: {printed}");
    }
}

fn record(profile: Value) -> Value {
    json!({ "id": ID, "profile": profile, "is_active": true, "created_at": AT, "updated_at": AT, "version": 1 })
}

#[test]
fn nothing_personal_is_printed() {
    let patient = json!({ "first_name": MARKER, "last_name": MARKER, "document_type": MARKER,
        "document_number": MARKER, "birth_date": "1980-02-29", "phone_number": MARKER, "email": MARKER,
        "address": MARKER, "emergency_contact": MARKER, "emergency_phone": MARKER, "language": "es",
        "whatsapp_opt_in": true, "whatsapp_opt_in_at": null, "notes": MARKER });
    shows_nothing::<Patient>("a patient", record(patient));
    let doctor = json!({ "first_name": MARKER, "last_name": MARKER, "specialties": [], "email": MARKER,
        "phone_number": MARKER, "license_number": MARKER, "buffer_minutes": 0 });
    shows_nothing::<Doctor>("a doctor", record(doctor));
    let user = json!({ "email": MARKER, "first_name": MARKER, "last_name": MARKER, "role": "ADMIN", "clinics": [],
        "credentials": { "password": MARKER, "generation": 0, "last_login_at": null } });
    shows_nothing::<User>("a user", record(user));
    shows_nothing::<Appointment>("an appointment", appointment());
    let message = json!({ "id": ID, "appointment": ID, "patient": ID, "clinic": ID, "zone": "America/Lima",
        "to": MARKER, "message_kind": "reminder", "text": MARKER, "language": "es", "status": "sent",
        "attempts": 1, "due_at": AT, "visit_start": AT, "created_at": AT, "version": 1 });
    shows_nothing::<Notification>("a message", message);
    let inbound = json!({ "message_sid": "SM1", "from": MARKER, "readable": MARKER, "body": MARKER,
        "button_payload": MARKER, "needs_attention": false, "received_at": AT, "version": 1 });
    shows_nothing::<Inbound>("an answer", inbound);
    for actor in ["user", "patient"] {
        let actor = json!({ "type": actor, "id": ID, "name": MARKER });
        let action = json!({ "id": ID, "appointment": ID, "action": "cancel", "to_status": "CANCELLED",
            "actor": actor, "channel": "api", "reason": MARKER, "payload": {}, "created_at": AT });
        shows_nothing::<ActionRow>("an action", action);
        let audit = json!({ "id": ID, "at": AT, "actor": actor, "model": "patient", "object_id": ID,
            "action": "UPDATE", "changes": { "notes": { "old": MARKER } }, "ip_address": MARKER, "request_id": "r" });
        shows_nothing::<AuditRow>("an audit row", audit);
    }
    shows_nothing::<Name>("a name", json!(MARKER));
}

fn appointment() -> Value {
    json!({ "id": ID, "patient": ID, "patient_name": MARKER, "doctor": ID, "doctor_name": MARKER, "clinic": ID,
        "clinic_name": MARKER, "room": ID, "room_name": MARKER, "zone": "America/Lima", "start": AT, "end": AT,
        "buffer_minutes": 0, "status": "PENDING", "reason": MARKER, "notes": MARKER, "overbook": false,
        "cancel_reason": MARKER, "needs_attention": false,
        "reminder": { "notification": ID, "due_at": AT, "status": "pending" },
        "status_at": AT, "created_at": AT, "updated_at": AT, "version": 1 })
}

//! Checks that `Debug` output, which logs, errors and panics contain, shows no personal data. A type that derives
//! `Debug` must have no text fields, except for those listed as harmless; personal data needs a type that redacts it,
//! or no `Debug`.

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

/// Text fields of types that derive `Debug`, without personal data: ids, names of kinds and fields, codes, keyed
/// hashes, public keys, settings and error texts of the SDK.
const HARMLESS: &[&str] = &[
    "Accepted.sid",
    "ActionRow.payload",
    "AgendaDay.iv",
    "AgendaDay.pk",
    "AgendaDay.sk",
    "AppError.Busy",
    "AppError.Internal",
    "ArchiveError",
    "ArchivedSeal.public_key",
    "AttemptError.Retry",
    "AuditFilter.model",
    "AuditFilter.object_id",
    "Aws.dynamodb",
    "ButtonReply.reference",
    "Claims.aud",
    "Claims.iss",
    "Claims.sid",
    "Claims.sub",
    "Claims.usage",
    "ContentTemplates",
    "Counter.pk",
    "Counter.sk",
    "Created.location",
    "Detail.id",
    "Direction.Other",
    "DocumentCollision.existing_id",
    "EmitError",
    "Event.detail",
    "Existing.Unique",
    "FieldError.Value",
    "HistoryEntry.payload",
    "IdempotencyKey.fingerprint",
    "IdempotencyKey.scope",
    "InboundLogEntry.sid",
    "Issuer.aud",
    "Issuer.iss",
    "KeyCache",
    "KnownAddress.address_hash",
    "Leaf.sk",
    "MediaRef.media_sid",
    "MediaRef.message_sid",
    "MessageRow.sid",
    "MessageStatus.Other",
    "Notification.error_message",
    "Notification.external_id",
    "OptOutType.Other",
    "OutboundLogEntry.sid",
    "OutcomeRow.fingerprint",
    "OutcomeRow.resource",
    "OutcomeRow.scope",
    "Policy",
    "PublicKey.kid",
    "PublicKey.x",
    "ReadError.Values",
    "ReadError.reason",
    "Reply.Emergency",
    "Reply.emergency_number",
    "RequestError.allow",
    "RotationError.Refused",
    "RotationStep.client_request_token",
    "RotationStep.secret_id",
    "RouteDeclaration.path",
    "RoutePolicy.operation_id",
    "RoutePolicy.parameters",
    "SealRow.kid",
    "SealRow.members",
    "SealRow.order",
    "SealRow.previous",
    "SealRow.root",
    "SealRow.signature",
    "SecretError.reason",
    "SecretsSource.prefix",
    "SendOutcome.Accepted",
    "SendRejection.meaning",
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
    "StatusReport.sid",
    "Sweep.cursor",
    "Sweep.request_id",
    "Table.name",
    "TakenEntry.entry",
    "ThrottleRow.scope",
    "TokenHash",
    "TokenSubject.session",
    "TokenSubject.user",
    "TwilioConfig.api_base",
    "TwilioCredentials.account_sid",
    "TwilioCredentials.user",
    "Unprocessed.message_sid",
    "Violation.field",
    "WriteError.reason",
];

/// Types that can hold any text.
const TEXTS: [&str; 6] = ["String", "Value", "Bytes", "Vec<u8>", "&'a str", "AttributeValue"];

/// Crates whose code runs in a function.
const SOURCES: [&str; 9] = [
    "functions",
    "shared/app/src",
    "shared/domain/src",
    "shared/identity/src",
    "shared/platform/src",
    "shared/store/src",
    "shared/twilio/src",
    "shared/web/src",
    "shared/wire/src",
];

#[test]
fn types_that_derive_debug_have_no_personal_text() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = BTreeSet::new();
    let mut types = 0;
    for file in SOURCES.iter().flat_map(|folder| rust_files(&root.join(folder))) {
        let source = std::fs::read_to_string(&file).unwrap();
        types += debug_texts(&source, &mut |field| found.extend([field]));
    }
    assert!(types > 100, "only {types} types were found: this reads the wrong place");
    let known: BTreeSet<String> = HARMLESS.iter().map(|field| (*field).to_owned()).collect();
    let new: Vec<_> = found.difference(&known).collect();
    assert!(
        new.is_empty(),
        "these members could hold personal data, and `Debug` would print it: {new:#?}\nGive the text a type that \
         doesn't show it (`Name`, `Line`, `domain::opaque!`), or take `Debug` from the type's derives; only if it \
         can't be about a person, add it to HARMLESS in infra/tests/api/debug_redaction.rs."
    );
    let obsolete: Vec<_> = known.difference(&found).collect();
    assert!(obsolete.is_empty(), "these are not there any more: {obsolete:#?}");
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

/// Passes each text field of a type that derives `Debug` to `found`, as `Type.member`. Returns the number of types that
/// derive it.
fn debug_texts(source: &str, found: &mut impl FnMut(String)) -> usize {
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
        let head = lines.by_ref().find(|line| !is_comment_or_attribute(line)).unwrap();
        let words: Vec<&str> = head.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let at = words.iter().position(|word| matches!(*word, "struct" | "enum")).unwrap();
        let name = words[at + 1];
        let mut body = vec![head.split_once(name).unwrap().1.to_owned()];
        let mut depth = depth(head);
        while depth > 0 {
            let line = lines.next().unwrap();
            if !is_comment_or_attribute(line) {
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

fn is_comment_or_attribute(line: &str) -> bool {
    line.starts_with("//") || line.starts_with("#[")
}

fn depth(line: &str) -> i32 {
    let count = |what: [char; 2]| i32::try_from(line.matches(what).count()).unwrap();
    count(['{', '(']) - count(['}', ')'])
}

/// Tests [`debug_texts`].
#[test]
fn text_fields_are_found_in_all_kinds_of_types() {
    let source = r#"
/// Doc.
#[derive(Debug, Clone)]
#[serde(transparent)]
pub struct SampleAppointment<'a> {
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
struct VisibleText(String);

#[derive(Debug)]
enum SampleAnswer {
    Words(String),
    Named {
        name: String,
    },
    Nothing,
}
"#;
    let mut found = Vec::new();
    assert_eq!(debug_texts(source, &mut |field| found.push(field)), 3);
    assert_eq!(
        found,
        ["SampleAppointment.reason", "SampleAppointment.who", "VisibleText", "SampleAnswer.Words", "SampleAnswer.name"]
    );
}

const MARKER: &str = "Zzquimba";
const ID: &str = "01940000-0000-7000-8000-000000000001";
const AT: &str = "2025-12-15T10:00:00Z";

/// Deserializes a value whose personal members all contain the marker, and asserts that `Debug` doesn't print it.
#[track_caller]
fn assert_not_printed<T: DeserializeOwned + Debug>(kind: &str, value: Value) {
    assert!(value.to_string().contains(MARKER), "{kind} holds no marker");
    let parsed: T = serde_json::from_value(value).unwrap_or_else(|error| panic!("{kind}: {error}"));
    for printed in [format!("{parsed:?}"), format!("{parsed:#?}")] {
        assert!(!printed.contains(MARKER) && !printed.contains("1980"), "{kind} shows what it holds: {printed}");
    }
}

fn record(profile: &Value) -> Value {
    json!({ "id": ID, "profile": profile, "is_active": true, "created_at": AT, "updated_at": AT, "version": 1 })
}

#[test]
fn debug_prints_no_personal_data() {
    let patient = json!({ "first_name": MARKER, "last_name": MARKER, "document_type": MARKER,
        "document_number": MARKER, "birth_date": "1980-02-29", "phone_number": MARKER, "email": MARKER,
        "address": MARKER, "emergency_contact": MARKER, "emergency_phone": MARKER, "language": "es",
        "whatsapp_opt_in": true, "whatsapp_opt_in_at": null, "notes": MARKER });
    assert_not_printed::<Patient>("a patient", record(&patient));
    let doctor = json!({ "first_name": MARKER, "last_name": MARKER, "specialties": [], "email": MARKER,
        "phone_number": MARKER, "license_number": MARKER, "buffer_minutes": 0 });
    assert_not_printed::<Doctor>("a doctor", record(&doctor));
    let user = json!({ "email": MARKER, "first_name": MARKER, "last_name": MARKER, "role": "ADMIN", "clinics": [],
        "credentials": { "password": MARKER, "generation": 0, "last_login_at": null } });
    assert_not_printed::<User>("a user", record(&user));
    assert_not_printed::<Appointment>("an appointment", appointment_json());
    let message = json!({ "id": ID, "appointment": ID, "patient": ID, "clinic": ID, "zone": "America/Lima",
        "to": MARKER, "message_kind": "reminder", "text": MARKER, "language": "es", "status": "sent",
        "attempts": 1, "due_at": AT, "visit_start": AT, "created_at": AT, "version": 1 });
    assert_not_printed::<Notification>("a message", message);
    let inbound = json!({ "message_sid": "SM1", "from": MARKER, "readable": MARKER, "body": MARKER,
        "button_payload": MARKER, "needs_attention": false, "received_at": AT, "version": 1 });
    assert_not_printed::<Inbound>("an answer", inbound);
    for actor in ["user", "patient"] {
        let actor = json!({ "type": actor, "id": ID, "name": MARKER });
        let action = json!({ "id": ID, "appointment": ID, "action": "cancel", "to_status": "CANCELLED",
            "actor": actor, "channel": "api", "reason": MARKER, "payload": {}, "created_at": AT });
        assert_not_printed::<ActionRow>("an action", action);
        let audit = json!({ "id": ID, "at": AT, "actor": actor, "model": "patient", "object_id": ID,
            "action": "UPDATE", "changes": { "notes": { "old": MARKER } }, "ip_address": MARKER, "request_id": "r" });
        assert_not_printed::<AuditRow>("an audit row", audit);
    }
    assert_not_printed::<Name>("a name", json!(MARKER));
}

fn appointment_json() -> Value {
    json!({ "id": ID, "patient": ID, "patient_name": MARKER, "doctor": ID, "doctor_name": MARKER, "clinic": ID,
        "clinic_name": MARKER, "room": ID, "room_name": MARKER, "zone": "America/Lima", "start": AT, "end": AT,
        "buffer_minutes": 0, "status": "PENDING", "reason": MARKER, "notes": MARKER, "overbook": false,
        "cancel_reason": MARKER, "needs_attention": false,
        "reminder": { "notification": ID, "due_at": AT, "status": "pending" },
        "status_at": AT, "created_at": AT, "updated_at": AT, "version": 1 })
}

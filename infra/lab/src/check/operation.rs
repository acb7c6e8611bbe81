//! The operations of the check's clients, and the appointments that a client has seen in answers.

use domain::time::Instant;
use http::Method;
use serde_json::Value;

/// Kinds of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientOperationKind {
    Book,
    Overbook,
    /// A request is sent again with the same `Idempotency-Key`.
    Repeat,
    Reschedule,
    Cancel,
    RequestReschedule,
    Keep,
    Reopen,
    Confirm,
    /// Changes the notes.
    Edit,
    /// Lists the appointments of a day or a patient, through an index that may lag.
    List,
    /// The clock advances, and the scheduled job runs.
    Tick,
}

impl ClientOperationKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Book => "book",
            Self::Overbook => "overbook",
            Self::Repeat => "repeat",
            Self::Reschedule => "reschedule",
            Self::Cancel => "cancel",
            Self::RequestReschedule => "request_reschedule",
            Self::Keep => "keep",
            Self::Reopen => "reopen",
            Self::Confirm => "confirm",
            Self::Edit => "edit",
            Self::List => "list",
            Self::Tick => "tick",
        }
    }
}

/// The time that a request asks for, in minutes since 1970-01-01 UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedTime {
    pub doctor: String,
    pub from: i64,
    pub until: i64,
    /// Minutes to keep free afterwards.
    pub buffer: i64,
    pub overbook: bool,
    /// The appointment that is rescheduled, kept or reopened, whose own time doesn't conflict.
    pub moving: Option<String>,
    /// Whether it takes as long as that appointment does, whose end others may have changed.
    pub keeps_length: bool,
}

#[derive(Debug, Clone)]
pub struct ApiRequest {
    pub kind: ClientOperationKind,
    /// Index of the user who sends it.
    pub user: usize,
    pub method: Method,
    pub path: String,
    pub body: Option<Value>,
    /// The `Idempotency-Key`, if any.
    pub key: Option<String>,
    /// The version for `If-Match`.
    pub if_match: Option<u64>,
    pub requested: Option<RequestedTime>,
}

#[derive(Debug, Clone)]
pub enum ClientOperation {
    Request(Box<ApiRequest>),
    /// Sends a request with a key again; the index counts back from the latest one of all clients.
    Repeat(usize),
    /// The clock advances by so many seconds, and the scheduled job runs.
    Tick(i64),
}

/// An appointment as a client last saw it, which others may have changed since.
#[derive(Debug, Clone)]
pub struct KnownAppointment {
    pub id: String,
    pub doctor: String,
    pub status: String,
    pub version: u64,
    pub overbook: bool,
    /// In minutes since 1970-01-01 UTC.
    pub from: i64,
    pub until: i64,
}

impl KnownAppointment {
    /// Parses the body of an answer; `None` if it is no appointment.
    #[must_use]
    pub fn from_body(body: &Value) -> Option<Self> {
        let text = |member: &str| Some(body.get(member)?.as_str()?.to_owned());
        let minute = |member: &str| Some(Instant::parse(&text(member)?).ok()?.unix() / 60);
        Some(Self {
            id: text("id")?,
            doctor: text("doctor")?,
            status: text("status")?,
            version: body.get("version")?.as_u64()?,
            overbook: body.get("overbook")?.as_bool()?,
            from: minute("start_datetime")?,
            until: minute("end_datetime")?,
        })
    }
}

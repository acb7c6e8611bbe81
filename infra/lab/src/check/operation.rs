//! What the clients of the check ask for, and how they keep in mind what they were answered.

use domain::time::Instant;
use http::Method;
use serde_json::Value;

/// Kinds of operations, for the tally.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An appointment.
    Book,
    /// An appointment next to the doctor's others.
    Overbook,
    /// A request once more, with the same `Idempotency-Key`.
    Repeat,
    /// Another time.
    Reschedule,
    /// No appointment.
    Cancel,
    /// Another time, not known yet.
    RequestReschedule,
    /// The time that was held, after all.
    Keep,
    /// The appointment, after all.
    Reopen,
    /// The patient will come.
    Confirm,
    /// Other notes.
    Edit,
    /// A look at a day or a patient, through an index that may be behind.
    List,
    /// Time passes, and the scheduled job runs.
    Tick,
}

impl Kind {
    /// Its name in the summary.
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

/// The time that a request asks for. All in minutes from 1970-01-01 in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Whose time.
    pub doctor: String,
    /// From this minute …
    pub from: i64,
    /// … to this one.
    pub until: i64,
    /// So many are kept free after it.
    pub buffer: i64,
    /// Next to the doctor's and the room's others.
    pub overbook: bool,
    /// The appointment that gives up its own time for it.
    pub moving: Option<String>,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Call {
    /// What it is.
    pub kind: Kind,
    /// As whom: the number of a user.
    pub user: usize,
    /// The method.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The body, if any.
    pub body: Option<Value>,
    /// The `Idempotency-Key`.
    pub key: Option<String>,
    /// The version that the client has seen.
    pub if_match: Option<u64>,
    /// The time that it asks for.
    pub wish: Option<Wish>,
}

/// What a client does next.
#[derive(Debug, Clone)]
pub enum Operation {
    /// It asks for something.
    Call(Box<Call>),
    /// It asks for what somebody has asked for with a key: the number counts from the latest.
    Repeat(usize),
    /// So many seconds pass, and the scheduled job runs.
    Tick(i64),
}

/// An appointment as a client has seen it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its id.
    pub id: String,
    /// Whose time.
    pub doctor: String,
    /// Where it stands, as the client believes.
    pub status: String,
    /// The version that the client knows.
    pub version: u64,
    /// Next to the others.
    pub overbook: bool,
    /// From this minute, counted from 1970-01-01 in UTC …
    pub from: i64,
    /// … to this one.
    pub until: i64,
}

impl Seen {
    /// Reads the appointment in an answer.
    #[must_use]
    pub fn read(body: &Value) -> Option<Self> {
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

//! What citas does: one function per use case, named as its operation in the API.
//!
//! A use case loads what it needs, lets `domain` decide, writes everything in one transaction and
//! says what came of it. It knows nothing of HTTP: the same one serves a receptionist, a patient's
//! reply and the scheduled job.
//!
//! | To learn about | read |
//! |---|---|
//! | what the outside world has to offer | [`ports`] |
//! | who asks, and how often a request may have an effect | [`context`] |
//! | why something is refused | [`error`] |
//! | trying again when the table is contended or an answer is lost | [`attempts`] |
//! | what every change has in common | [`change`], [`records`] |
//! | lists | [`listing`] |
//! | when doctors can be seen, and when not | [`schedules`], [`closures`] |
//! | what a change of that does to visits | [`calendar`] |
//! | booking and moving a visit | [`booking`], [`slot`] |
//! | what else can be done to a visit | [`actions`] |
//! | sending a message, once | [`deliver`] |
//! | the scheduled job | [`reminders`] |
//! | how secrets are replaced while they are in use | [`secret_words`] |
//! | what patients answer | [`inbound`] |
//! | what other systems are told | [`publish`] |
//! | what is brought in from another system | [`import`] |
//! | that nobody changes the audit trail unnoticed | [`seals`] |
//! | what patients have a right to | [`export`], [`erasure`] |
//! | what is read along with the rows of who asks | [`path_row`] |
//! | the rest | the file with its name |

pub mod actions;
pub mod appointments;
pub mod attempts;
pub mod audit;
pub mod authenticate;
pub mod booking;
pub mod calendar;
pub mod change;
pub mod clinics;
pub mod closures;
pub mod contacts;
pub mod context;
pub mod deliver;
pub mod delivery_status;
pub mod doctors;
pub mod erasure;
pub mod error;
pub mod export;
pub mod first_admin;
pub mod id_source;
pub mod import;
pub mod in_use;
pub mod inbound;
pub mod listing;
pub mod notifications;
pub mod path_row;
pub mod patients;
pub mod ports;
pub mod publish;
pub mod records;
pub mod reminders;
pub mod schedules;
pub mod seals;
pub mod second_factor;
pub mod secret_words;
pub mod sign_in;
pub mod slot;
pub mod tuning;
pub mod users;

pub use context::Context;
pub use error::AppError;

use domain::ids::Id;
use domain::phone::Country;
use domain::time::Instant;
use ports::{Archive, Clock, EventSink, Messenger, Secrets};
use std::ops::Deref;
use std::sync::Arc;
use store::Table;

/// Everything that use cases need. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
pub struct Parts {
    /// The table.
    pub table: Table,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// How messages get out.
    pub messenger: Arc<dyn Messenger>,
    /// Where events go.
    pub events: Arc<dyn EventSink>,
    /// Where seals and the ledger of erasures are kept besides the table.
    pub archive: Arc<dyn Archive>,
    /// Where secrets are.
    pub secrets: Arc<dyn Secrets>,
    /// The country whose national phone numbers are read.
    pub country: Country,
    /// How many messages a second go out.
    pub rate: f64,
    /// Whether messages that never arrived are looked for.
    pub look_up_inbound: bool,
    /// Whether an ADMIN needs a second factor.
    pub second_factor_required: bool,
    /// Where new ids come from.
    pub ids: id_source::IdSource,
    /// Numbers that nobody sets.
    pub tuning: tuning::Tuning,
    /// The public keys that were needed so far.
    pub keys: authenticate::KeyCache,
}

impl App {
    /// Puts an app together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// A new id that carries the clock's time: higher than those before it, also within one
    /// millisecond, so that what happened later is listed later.
    #[must_use]
    pub fn new_id<I: Id>(&self) -> I {
        I::from_uuid(self.ids.next(self.now()))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

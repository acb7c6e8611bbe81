//! What citas does: one function per use case, named as its operation in the API.
//!
//! A use case loads what it needs, lets `domain` decide, writes everything in one transaction and
//! says what came of it. It knows nothing of HTTP: the same one serves a receptionist, a patient's
//! reply and the scheduled job.
//!
//! | To learn about | read |
//! |---|---|
//! | reading, booking and moving appointments, and the other actions | [`appointments`] |
//! | windows, weekly rules, closures, and what a change of them does to appointments | [`availability`] |
//! | sending each message once, the scheduled job, patients' replies | [`messaging`] |
//! | users, sign-in, access tokens | [`accounts`] |
//! | patients, doctors, clinics and rooms | [`directory`] |
//! | exports and erasures of a patient's data | [`privacy`] |
//! | the audit trail and its seals | [`audit`] |
//! | domain events for other systems, imports from them | [`integration`] |
//! | ports to the outside, errors, retries, lists | [`support`] |

pub mod accounts;
pub mod appointments;
pub mod audit;
pub mod availability;
pub mod directory;
pub mod integration;
pub mod messaging;
pub mod privacy;
pub mod support;

pub use support::context::Context;
pub use support::error::AppError;

use domain::ids::Id;
use domain::phone::Country;
use domain::time::Instant;
use std::ops::Deref;
use std::sync::Arc;
use store::Table;
use support::ports::{Archive, Clock, EventSink, Messenger, Secrets};

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
    pub ids: support::id_source::IdSource,
    /// Numbers that nobody sets.
    pub tuning: support::tuning::Tuning,
    /// The public keys that were needed so far.
    pub keys: accounts::authenticate::KeyCache,
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

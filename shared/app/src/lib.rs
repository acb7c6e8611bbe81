//! The use cases of citas: one function per use case, named after its operation in the API.
//!
//! A use case loads the rows that it needs, lets `domain` decide, writes every change in one transaction and returns
//! the outcome. It does not depend on HTTP: the same function serves a receptionist, a patient's reply and the
//! scheduled job.
//!
//! | To learn about | read |
//! |---|---|
//! | listing, booking and rescheduling appointments, and the other actions | [`appointments`] |
//! | windows, weekly rules, closures, and the effect of their changes on appointments | [`availability`] |
//! | sending each message once, the scheduled job, inbound messages | [`messaging`] |
//! | users, sign-in, access tokens | [`accounts`] |
//! | patients, doctors, clinics and rooms | [`directory`] |
//! | exports and erasures of a patient's data | [`privacy`] |
//! | the audit trail and its seals | [`audit`] |
//! | domain events for other systems, imports from other systems | [`integration`] |
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

/// The dependencies and settings of all use cases. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<AppParts>);

/// The contents of an [`App`].
pub struct AppParts {
    pub table: Table,
    pub clock: Arc<dyn Clock>,
    pub messenger: Arc<dyn Messenger>,
    pub events: Arc<dyn EventSink>,
    /// Keeps audit seals and the erasure ledger outside the table.
    pub archive: Arc<dyn Archive>,
    pub secrets: Arc<dyn Secrets>,
    /// Phone numbers in national format are parsed as numbers of this country.
    pub country: Country,
    pub messages_per_second: f64,
    /// Whether the scheduled job asks the provider for inbound messages whose webhook call was missed.
    pub recover_missed_inbound: bool,
    /// Whether users with the role ADMIN need a second factor.
    pub second_factor_required: bool,
    pub ids: support::id_source::IdSource,
    pub tuning: support::tuning::Tuning,
    /// Public keys of access tokens.
    pub key_cache: accounts::authenticate::KeyCache,
}

impl App {
    #[must_use]
    pub fn new(parts: AppParts) -> Self {
        Self(Arc::new(parts))
    }

    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Returns a new id that contains the current time. Ids are strictly increasing, also within one millisecond, so
    /// that lists by id are in the order of creation.
    #[must_use]
    pub fn new_id<I: Id>(&self) -> I {
        I::from_uuid(self.ids.next(self.now()))
    }
}

impl Deref for App {
    type Target = AppParts;

    fn deref(&self) -> &AppParts {
        &self.0
    }
}

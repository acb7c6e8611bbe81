//! What every use case depends on.

use crate::support::id_source::IdSource;
use crate::support::key_cache::KeyCache;
use crate::support::ports::{Archive, Clock, EventSink, Messenger, Secrets};
use crate::support::tuning::Tuning;
use domain::ids::Id;
use domain::phone::Country;
use domain::time::Instant;
use std::ops::Deref;
use std::sync::Arc;
use store::Table;

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
    pub ids: IdSource,
    pub tuning: Tuning,
    /// Public keys of access tokens.
    pub key_cache: KeyCache,
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

//! An app around a table that nothing gets out of: no message, no event, no archived line. Whoever runs
//! the table does all that later.

use app::authenticate::KeyCache;
use app::id_source::IdSource;
use app::ports::{Messenger, Outgoing, ReceivedBefore, Refusal, Sent, SentBefore};
use app::tuning::Tuning;
use app::{App, Parts};
use domain::notification::Address;
use domain::phone::Country;
use domain::time::Instant;
use futures_util::future::{BoxFuture, ready};
use platform::clock::SystemClock;
use platform::events::NoEvents;
use platform::seal_archive::NoArchive;
use std::sync::Arc;
use store::Table;
use testkit::memory_secrets::MemorySecrets;

/// Use cases on a table. Without a country no national phone number can be read.
#[must_use]
pub fn on(table: Table, country: Option<Country>) -> App {
    App::new(Parts {
        table,
        clock: Arc::new(SystemClock),
        messenger: Arc::new(NoMessages),
        events: Arc::new(NoEvents),
        archive: Arc::new(NoArchive),
        secrets: Arc::new(MemorySecrets::default()),
        country: country.unwrap_or(Country::NOWHERE),
        rate: 1.0,
        look_up_inbound: false,
        second_factor_required: false,
        ids: IdSource::default(),
        tuning: Tuning::default(),
        keys: KeyCache::default(),
    })
}

/// It never gets a message, and would send none.
struct NoMessages;

impl Messenger for NoMessages {
    fn send<'a>(&'a self, _: &'a Outgoing) -> BoxFuture<'a, Sent> {
        Box::pin(ready(Sent::Refused(Refusal::nothing_was_sent())))
    }

    fn is_own_account(&self, _: &str) -> bool {
        false
    }

    fn sent_since<'a>(&'a self, _: &'a Address, _: Instant) -> BoxFuture<'a, Option<Vec<SentBefore>>> {
        Box::pin(ready(None))
    }

    fn received_since(&self, _: Instant) -> BoxFuture<'_, Option<Vec<ReceivedBefore>>> {
        Box::pin(ready(None))
    }
}

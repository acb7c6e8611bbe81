//! An app around a table that nothing gets out of: no message, no event, no archived line. Whoever runs
//! the table does all that later.

use app::accounts::authenticate::KeyCache;
use app::support::id_source::IdSource;
use app::support::tuning::Tuning;
use app::{App, Parts};
use domain::phone::Country;
use platform::archive::NoArchive;
use platform::clock::SystemClock;
use platform::events::NoEvents;
use platform::messenger::NoMessenger;
use platform::secrets::NoSecrets;
use std::sync::Arc;
use store::Table;

/// Use cases on a table. Without a country no national phone number can be read.
#[must_use]
pub fn on(table: Table, country: Option<Country>) -> App {
    App::new(Parts {
        table,
        clock: Arc::new(SystemClock),
        messenger: Arc::new(NoMessenger),
        events: Arc::new(NoEvents),
        archive: Arc::new(NoArchive),
        secrets: Arc::new(NoSecrets),
        country: country.unwrap_or(Country::NOWHERE),
        rate: 1.0,
        look_up_inbound: false,
        second_factor_required: false,
        ids: IdSource::default(),
        tuning: Tuning::default(),
        keys: KeyCache::default(),
    })
}

//! An app on a table without outside effects: it sends no message and no event, and archives nothing. The deployment of
//! the table does all that later.

use app::accounts::authenticate::KeyCache;
use app::support::id_source::IdSource;
use app::support::tuning::Tuning;
use app::{App, AppParts};
use domain::phone::Country;
use platform::archive::NoArchive;
use platform::clock::SystemClock;
use platform::events::NoEvents;
use platform::messenger::NoMessenger;
use platform::secrets::NoSecrets;
use std::sync::Arc;
use store::Table;

/// An app on this table. Without a country no national phone number can be parsed.
#[must_use]
pub fn with_table(table: Table, country: Option<Country>) -> App {
    App::new(AppParts {
        table,
        clock: Arc::new(SystemClock),
        messenger: Arc::new(NoMessenger),
        events: Arc::new(NoEvents),
        archive: Arc::new(NoArchive),
        secrets: Arc::new(NoSecrets),
        country: country.unwrap_or(Country::NOWHERE),
        messages_per_second: 1.0,
        recover_missed_inbound: false,
        second_factor_required: false,
        ids: IdSource::default(),
        tuning: Tuning::default(),
        key_cache: KeyCache::default(),
    })
}

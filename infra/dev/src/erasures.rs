//! `cargo dev erasures`: the ledger of patients who were erased, and its application to a table that was
//! restored to a time before.
//!
//! The local server's ledger stands in its table: `list` writes it into a folder, which is kept where the
//! copies of the table are. In AWS the scheduled job archives each line next to the seals.

use crate::archive::{ArchiveError, read_all};
use crate::fsck::{Chosen, FsckError};
use crate::options::FsckOptions;
use app::erasure::{apply_again, list_erasures};
use app::id_source::IdSource;
use app::ports::Secrets;
use app::tuning::Tuning;
use app::{App, AppError};
use platform::clock::SystemClock;
use platform::events::NoEvents;
use platform::messenger::TwilioMessenger;
use platform::seal_archive::NoArchive;
use platform::settings::Settings;
use std::path::Path;
use std::sync::Arc;
use store::Table;
use store::erasure::Erasure;
use testkit::system::{self, FAKE_TOKEN};

/// Why the ledger couldn't be listed or applied.
#[derive(Debug, thiserror::Error)]
pub enum ErasureError {
    /// The table couldn't be opened.
    #[error(transparent)]
    Table(#[from] FsckError),
    /// The ledger couldn't be read.
    #[error(transparent)]
    Ledger(#[from] ArchiveError),
    /// It couldn't be written.
    #[error("the ledger could not be written: {0}")]
    File(#[from] std::io::Error),
    /// The settings of this machine are wrong.
    #[error(transparent)]
    Settings(#[from] platform::settings::SettingsError),
    /// A patient couldn't be erased.
    #[error("{0}")]
    Refused(#[from] AppError),
}

/// Writes a table's ledger into a folder, a file a patient. Answers how many there are.
///
/// # Errors
/// [`ErasureError`].
pub async fn list(into: &Path, options: &FsckOptions) -> Result<usize, ErasureError> {
    let chosen = Chosen::open(options).await?;
    let listed = list_erasures(&app(chosen.table.clone())?).await;
    chosen.close().await?;
    let listed = listed?;
    std::fs::create_dir_all(into)?;
    for erasure in &listed {
        let line = serde_json::to_string(erasure).map_err(std::io::Error::other)?;
        std::fs::write(into.join(format!("{}.json", erasure.patient)), line)?;
    }
    Ok(listed.len())
}

/// Applies a ledger to the table that the options name. Answers how many were erased again.
///
/// # Errors
/// [`ErasureError`].
pub async fn apply(ledger: &Path, options: &FsckOptions) -> Result<usize, ErasureError> {
    let ledger: Vec<Erasure> = read_all(ledger, "line of the ledger of erasures")?;
    let chosen = Chosen::open(options).await?;
    let done = apply_with(&app(chosen.table.clone())?, &ledger).await;
    chosen.close().await?;
    done
}

/// Applies a ledger to an app's table.
///
/// # Errors
/// [`ErasureError`].
pub async fn apply_with(app: &App, ledger: &[Erasure]) -> Result<usize, ErasureError> {
    let mut again = 0;
    for erasure in ledger {
        again += usize::from(apply_again(app, erasure).await?);
    }
    Ok(again)
}

/// What use cases need, around a table. Nothing is sent from here, and nothing archived: the table's own
/// job does both.
fn app(table: Table) -> Result<App, ErasureError> {
    let name = |setting: &str| match setting {
        "TABLE_NAME" => Some(table.name().to_owned()),
        "SECRETS_PREFIX" => Some("local".to_owned()),
        _ => None,
    };
    let settings = Settings::from_lookup(name)?;
    let secrets: Arc<dyn Secrets> = Arc::new(system::secrets("http://127.0.0.1", FAKE_TOKEN));
    Ok(App::new(app::Parts {
        messenger: Arc::new(TwilioMessenger::new(&settings, Arc::clone(&secrets))),
        secrets,
        clock: Arc::new(SystemClock),
        events: Arc::new(NoEvents),
        archive: Arc::new(NoArchive),
        country: settings.country,
        rate: settings.messages_per_second,
        look_up_inbound: false,
        second_factor_required: settings.second_factor_required,
        ids: IdSource::default(),
        tuning: Tuning::default(),
        keys: app::authenticate::KeyCache::default(),
        table,
    }))
}

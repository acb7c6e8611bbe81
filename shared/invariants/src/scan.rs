//! Reading a whole table, page by page. Nothing else in the project does: requests never scan.

use crate::rows::Rows;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use store::Table;

/// The table couldn't be read.
#[derive(Debug, thiserror::Error)]
#[error("the table could not be read: {0}")]
pub struct ScanError(String);

/// Reads every row as it is now. Pages are read one after the other, so that what is written
/// meanwhile may show in one row and not in another that belongs to it.
///
/// # Errors
/// [`ScanError`].
pub async fn scan(table: &Table) -> Result<Rows, ScanError> {
    let mut rows = Rows::default();
    let mut position = None;
    loop {
        let request = table.client().scan().table_name(table.name()).consistent_read(true);
        let page = request.set_exclusive_start_key(position).send().await;
        let page = page.map_err(|error| ScanError(error.code().unwrap_or("no answer").to_owned()))?;
        for item in page.items.unwrap_or_default() {
            rows.add(item);
        }
        position = page.last_evaluated_key;
        if position.is_none() {
            return Ok(rows.sorted());
        }
    }
}

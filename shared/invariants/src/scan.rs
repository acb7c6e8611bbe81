//! Scans the whole table page by page. Requests never do this.

use crate::rows::TableRows;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use store::Table;

#[derive(Debug, thiserror::Error)]
#[error("the table could not be read: {0}")]
pub struct ScanError(String);

/// Reads every row, strongly consistent. Pages are read in sequence, so a concurrent transaction may be visible in
/// one row and not in another.
pub async fn scan(table: &Table) -> Result<TableRows, ScanError> {
    let mut rows = TableRows::default();
    let mut position = None;
    loop {
        let request = table.client().scan().table_name(table.name()).consistent_read(true);
        let page = request.set_exclusive_start_key(position).send().await;
        let page = page.map_err(|error| ScanError(error.code().unwrap_or("no answer").to_owned()))?;
        for item in page.items.unwrap_or_default() {
            rows.add_item(item);
        }
        position = page.last_evaluated_key;
        if position.is_none() {
            return Ok(rows.sorted());
        }
    }
}

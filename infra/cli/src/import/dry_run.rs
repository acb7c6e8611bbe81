//! Copies a table for a dry run. The dry run is a real import into the copy, so it reports exactly what would be
//! rejected.

use super::ImportError;
use store::Table;

/// Copies every row from one table to another.
pub async fn copy(of: &Table, copy: &Table) -> Result<(), ImportError> {
    let failed = |_| ImportError::Copy;
    let mut position = None;
    loop {
        let request = of.client().scan().table_name(of.name()).consistent_read(true);
        let page = request.set_exclusive_start_key(position).send().await.map_err(|_| ImportError::Copy)?;
        for item in page.items.unwrap_or_default() {
            let request = copy.client().put_item().table_name(copy.name()).set_item(Some(item));
            request.send().await.map_err(failed)?;
        }
        position = page.last_evaluated_key;
        if position.is_none() {
            return Ok(());
        }
    }
}

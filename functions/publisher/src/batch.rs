//! The event that Lambda sends for the table's stream, reduced to the fields that are used.
//!
//! The crate `aws_lambda_events` has the full types, but enables chrono's feature `clock` in the whole workspace.

use serde::Deserialize;
use serde_dynamo::Item;

/// A batch of committed changes, in order for each row.
#[derive(Debug, Deserialize)]
pub struct StreamBatch {
    #[serde(rename = "Records")]
    pub records: Vec<StreamRecord>,
}

/// A record of a DynamoDB stream.
#[derive(Debug, Deserialize)]
pub struct StreamRecord {
    pub dynamodb: Images,
}

/// A row before and after a change.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Images {
    /// When the change was committed, in seconds since 1970, with a precision of one second.
    #[serde(rename = "ApproximateCreationDateTime")]
    pub created_at: f64,
    /// The row before; empty for a new row.
    #[serde(default)]
    pub old_image: Item,
    /// The row after; empty for a deleted row.
    #[serde(default)]
    pub new_image: Item,
}

/// Prints no contents: rows contain personal data.
impl std::fmt::Debug for Images {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Images")
    }
}

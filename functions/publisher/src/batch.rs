//! What Lambda hands over of the table's stream: as much of it as is read.
//!
//! `aws_lambda_events` has it all, and with it chrono's clock for the whole workspace, which has none.

use serde::Deserialize;
use serde_dynamo::Item;

/// Committed changes, in their order for each row.
#[derive(Debug, Deserialize)]
pub struct Batch {
    /// One for each change.
    #[serde(rename = "Records")]
    pub records: Vec<Record>,
}

/// A record of the stream.
#[derive(Debug, Deserialize)]
pub struct Record {
    /// The change.
    pub dynamodb: Images,
}

/// A row before and after a change.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Images {
    /// When it was committed, in seconds since 1970; the stream is exact to the second.
    #[serde(rename = "ApproximateCreationDateTime")]
    pub created_at: f64,
    /// The row before; empty where there was none.
    #[serde(default)]
    pub old_image: Item,
    /// The row after; empty where it is gone.
    #[serde(default)]
    pub new_image: Item,
}

/// Rows hold names and numbers.
impl std::fmt::Debug for Images {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Images")
    }
}

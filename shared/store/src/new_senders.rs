//! How many numbers wrote for the first time in an hour. Each is counted by an atomic addition outside any
//! transaction: the messages of a flood arrive at once, and transactions on one row would conflict.

use crate::error::WriteError;
use crate::item::{Entity, number, text, to_item};
use crate::keys::Key;
use crate::schema::{PK, SK};
use crate::table::Table;
use crate::transaction::write_error;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::ReturnValue;
use domain::time::{Instant, TimeDelta};
use serde::{Deserialize, Serialize};

const SECONDS_PER_HOUR: i64 = 3600;

/// The numbers that wrote for the first time in an hour of UTC.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewSenders {
    /// The beginning of the hour.
    pub hour: Instant,
    pub count: u64,
}

impl NewSenders {
    /// None yet, in the hour of an instant.
    fn none_at(now: Instant) -> Self {
        let into_the_hour = now.unix().rem_euclid(SECONDS_PER_HOUR);
        let hour = Instant::from_unix(now.unix() - into_the_hour).unwrap_or(now);
        Self { hour, count: 0 }
    }
}

impl Entity for NewSenders {
    const KIND: &'static str = "new_senders";

    fn key(&self) -> Key {
        Key::new_senders(self.hour)
    }

    fn expires_at(&self) -> Option<Instant> {
        Some(self.hour.plus(TimeDelta::days(1)))
    }
}

impl Table {
    /// Counts a number that writes for the first time. Returns how many did in this hour, this one included.
    ///
    /// # Errors
    /// [`WriteError`]; the number may have been counted.
    pub async fn count_new_sender(&self, now: Instant) -> Result<u64, WriteError> {
        let row = NewSenders::none_at(now);
        let invalid = |_| WriteError::Invalid { reason: "a counter of new senders has no form as an item".to_owned() };
        let mut item = to_item(&row).map_err(invalid)?;
        let key = row.key();
        let mut request = self
            .client
            .update_item()
            .table_name(&self.name)
            .key(PK, text(key.pk))
            .key(SK, text(key.sk))
            .return_values(ReturnValue::UpdatedNew);
        let mut set = Vec::new();
        // Everything except the key and the count itself is the same in each addition.
        item.retain(|name, _| ![PK, SK, "count"].contains(&name.as_str()));
        for (index, (name, value)) in item.into_iter().enumerate() {
            set.push(format!("#n{index} = :v{index}"));
            request = request
                .expression_attribute_names(format!("#n{index}"), name)
                .expression_attribute_values(format!(":v{index}"), value);
        }
        let config = aws_sdk_dynamodb::config::Config::builder().retry_config(RetryConfig::disabled());
        let answer = request
            .update_expression(format!("SET {} ADD #count :one", set.join(", ")))
            .expression_attribute_names("#count", "count")
            .expression_attribute_values(":one", number(1))
            .customize()
            .config_override(config)
            .send()
            .await
            .map_err(|error| write_error(error.code(), &error))?;
        let count = answer.attributes.as_ref().and_then(|changed| changed.get("count"));
        let count = count.and_then(|value| value.as_n().ok()).and_then(|number| number.parse().ok());
        count.ok_or_else(|| WriteError::Ambiguous { reason: "the new count wasn't returned".to_owned() })
    }
}

//! Reads of the table: single rows, batches and queries.

use crate::error::ReadError;
use crate::item::{Entity, Item, from_item, sort_key, text};
use crate::keys::Key;
use crate::patterns::Pattern;
use crate::schema::{PK, SK};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::KeysAndAttributes;
use std::collections::HashMap;

/// The maximum number of keys in a `BatchGetItem` request.
const BATCH: usize = 100;

#[derive(Debug, Clone)]
pub struct Table {
    pub(crate) client: Client,
    pub(crate) name: String,
}

/// A page of the rows of a query, in its order.
#[derive(Clone)]
pub struct Page<E> {
    /// The rows with their positions, which are the sort keys to continue after.
    pub rows: Vec<(String, E)>,
    /// Whether there may be more rows.
    pub more: bool,
}

/// The rows of a batch, to be taken out one at a time.
#[derive(Default)]
pub struct Batch(HashMap<Key, Item>);

domain::opaque!(Batch);

impl Batch {
    /// Removes and returns the row of a key.
    pub fn take<E: Entity>(&mut self, key: &Key) -> Result<Option<E>, ReadError> {
        self.take_item(key).map(from_item).transpose()
    }

    /// The row of a key, which stays: several things may refer to it.
    pub fn get<E: Entity>(&self, key: &Key) -> Result<Option<E>, ReadError> {
        self.0.get(key).cloned().map(from_item).transpose()
    }

    /// Whether there is a row with this key, readable or not.
    #[must_use]
    pub fn contains(&self, key: &Key) -> bool {
        self.0.contains_key(key)
    }

    pub(crate) fn take_item(&mut self, key: &Key) -> Option<Item> {
        self.0.remove(key)
    }
}

impl Table {
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    /// The SDK client, for requests that this type doesn't offer.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads one row, strongly consistent.
    pub async fn get<E: Entity>(&self, key: &Key) -> Result<Option<E>, ReadError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .key(PK, text(&key.pk))
            .key(SK, text(&key.sk))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| read_error(&error))?;
        answer.item.map(from_item).transpose()
    }

    /// Reads several rows, each strongly consistent, in requests of up to 100. They are not one snapshot: what must
    /// hold together has to be checked by conditions in the transaction that follows.
    pub async fn batch(&self, keys: &[Key]) -> Result<Batch, ReadError> {
        self.batch_with(keys, true).await
    }

    /// The same eventually consistent, at half the price.
    pub async fn batch_eventual(&self, keys: &[Key]) -> Result<Batch, ReadError> {
        self.batch_with(keys, false).await
    }

    async fn batch_with(&self, keys: &[Key], consistent: bool) -> Result<Batch, ReadError> {
        let mut rows = Batch::default();
        let mut wanted: Vec<Item> = Vec::new();
        for key in keys {
            let item = Item::from([(PK.to_owned(), text(&key.pk)), (SK.to_owned(), text(&key.sk))]);
            if !wanted.contains(&item) {
                wanted.push(item);
            }
        }
        while !wanted.is_empty() {
            let rest = wanted.split_off(wanted.len().min(BATCH));
            let asked = wanted.len();
            wanted = self.batch_once(wanted, consistent, &mut rows).await?;
            if wanted.len() == asked {
                return Err(ReadError::Throttled);
            }
            wanted.extend(rest);
        }
        Ok(rows)
    }

    /// One request of a batch. Returns the unprocessed keys.
    async fn batch_once(&self, wanted: Vec<Item>, consistent: bool, rows: &mut Batch) -> Result<Vec<Item>, ReadError> {
        let keys = KeysAndAttributes::builder()
            .set_keys(Some(wanted))
            .consistent_read(consistent)
            .build()
            .map_err(|_| ReadError::Unavailable { reason: "request".into() })?;
        let request = self.client.batch_get_item().request_items(&self.name, keys);
        let answer = request.send().await.map_err(|error| read_error(&error))?;
        for item in answer.responses.unwrap_or_default().remove(&self.name).unwrap_or_default() {
            let part = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
            if let (Some(pk), Some(sk)) = (part(PK), part(SK)) {
                rows.0.insert(Key { pk, sk }, item);
            }
        }
        let unprocessed = answer.unprocessed_keys.unwrap_or_default().remove(&self.name);
        Ok(unprocessed.map(|keys| keys.keys).unwrap_or_default())
    }

    /// Reads one page of a query.
    pub async fn query<E: Entity>(&self, pattern: &Pattern) -> Result<Page<E>, ReadError> {
        let (items, more) = self.query_items(pattern).await?;
        let index = pattern.index;
        let rows = items
            .into_iter()
            .map(|item| Ok((sort_key(&item, index).unwrap_or_default().to_owned(), from_item(item)?)))
            .collect::<Result<_, ReadError>>()?;
        Ok(Page { rows, more })
    }

    /// Reads all rows of a query whose result is known to be small, for example the history of an appointment.
    pub async fn query_all<E: Entity>(&self, pattern: &Pattern) -> Result<Vec<E>, ReadError> {
        let mut pattern = pattern.clone();
        let mut all = Vec::new();
        loop {
            let page = self.query(&pattern).await?;
            let last = page.rows.last().map(|(position, _)| position.clone());
            all.extend(page.rows.into_iter().map(|(_, row)| row));
            match last {
                Some(position) if page.more => pattern = pattern.after(&position),
                _ => return Ok(all),
            }
        }
    }

    /// Maps all items of a query without parsing them, for checks that must see rows that other software wrote.
    /// `None` if there are more than `most`.
    pub async fn map_items<T>(
        &self,
        pattern: &Pattern,
        most: usize,
        make: impl Fn(Item) -> T,
    ) -> Result<Option<Vec<T>>, ReadError> {
        let mut all = Vec::new();
        let mut position = None;
        loop {
            let (items, next) = self.query_page(pattern, position).await?;
            all.extend(items.into_iter().map(&make));
            if all.len() > most {
                return Ok(None);
            }
            match next {
                Some(next) if pattern.limit.is_none() => position = Some(next),
                _ => return Ok(Some(all)),
            }
        }
    }

    pub(crate) async fn query_items(&self, pattern: &Pattern) -> Result<(Vec<Item>, bool), ReadError> {
        if pattern.is_empty() {
            return Ok((Vec::new(), false));
        }
        let (items, next) = self.query_page(pattern, None).await?;
        Ok((items, next.is_some()))
    }

    /// One page from a position on, and the position of the next page.
    async fn query_page(
        &self,
        pattern: &Pattern,
        position: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), ReadError> {
        let (pk, sk) = pattern.index.map_or((PK, SK), |index| (index.pk(), index.sk()));
        let answer = self
            .client
            .query()
            .table_name(&self.name)
            .set_index_name(pattern.index.map(|index| index.name().to_owned()))
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :to")
            .expression_attribute_names("#pk", pk)
            .expression_attribute_names("#sk", sk)
            .expression_attribute_values(":pk", text(&pattern.partition))
            .expression_attribute_values(":from", text(&pattern.from))
            .expression_attribute_values(":to", text(&pattern.to))
            // Indexes don't support consistent reads.
            .consistent_read(pattern.index.is_none() && !pattern.eventually_consistent)
            .scan_index_forward(!pattern.descending)
            .set_limit(pattern.limit)
            .set_exclusive_start_key(position)
            .send()
            .await
            .map_err(|error| read_error(&error))?;
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
    }
}

/// Maps an SDK error. The result contains no data of the request.
fn read_error<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> ReadError {
    match error.code() {
        Some("ProvisionedThroughputExceededException" | "ThrottlingException" | "RequestLimitExceeded") => {
            ReadError::Throttled
        }
        code => ReadError::Unavailable { reason: error_code(code, error) },
    }
}

/// The code of an SDK error, for log lines.
pub(crate) fn error_code<E, R>(code: Option<&str>, error: &SdkError<E, R>) -> String {
    let kind = match error {
        SdkError::ConstructionFailure(_) => "construction failure",
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(_) => "dispatch failure",
        SdkError::ResponseError(_) => "unreadable response",
        _ => "service error",
    };
    code.unwrap_or(kind).to_owned()
}

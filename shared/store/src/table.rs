//! Reading the table.

use crate::error::ReadError;
use crate::item::{Entity, Item, from_item, sort_key, text};
use crate::keys::Key;
use crate::patterns::Pattern;
use crate::schema::{PK, SK};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::KeysAndAttributes;
use std::collections::HashMap;

/// As many rows as DynamoDB reads in one batch.
const BATCH: usize = 100;

/// The table.
#[derive(Debug, Clone)]
pub struct Table {
    pub(crate) client: Client,
    pub(crate) name: String,
}

/// Some rows of a query, in its order.
#[derive(Clone)]
pub struct Page<E> {
    /// The rows, each with its position: the sort key to go on from.
    pub rows: Vec<(String, E)>,
    /// Whether there may be more.
    pub more: bool,
}

/// The rows of a batch, to be taken out one by one.
#[derive(Default)]
pub struct Batch(HashMap<Key, Item>);

domain::opaque!(Batch);

impl Batch {
    /// The row of a key, if it was there. The second time it isn't.
    ///
    /// # Errors
    /// [`ReadError::Unreadable`].
    pub fn take<E: Entity>(&mut self, key: &Key) -> Result<Option<E>, ReadError> {
        self.take_item(key).map(from_item).transpose()
    }

    pub(crate) fn take_item(&mut self, key: &Key) -> Option<Item> {
        self.0.remove(key)
    }
}

impl Table {
    /// A table by its name.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    /// The client, for what isn't ours: creating the embedded table.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The table's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One row, as it is now: reads are strongly consistent.
    ///
    /// # Errors
    /// [`ReadError`].
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
            .map_err(|error| failed(&error))?;
        answer.item.map(from_item).transpose()
    }

    /// Several rows as they are now, a hundred in each round trip. They are not one snapshot: what
    /// has to be true together is conditioned on in the transaction that follows.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn batch(&self, keys: &[Key]) -> Result<Batch, ReadError> {
        self.batch_reading(keys, true).await
    }

    /// The same at half the price, perhaps without what was written just now.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn batch_relaxed(&self, keys: &[Key]) -> Result<Batch, ReadError> {
        self.batch_reading(keys, false).await
    }

    async fn batch_reading(&self, keys: &[Key], consistent: bool) -> Result<Batch, ReadError> {
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

    /// One round trip of a batch. Answers what the table was too busy to read.
    async fn batch_once(&self, wanted: Vec<Item>, consistent: bool, rows: &mut Batch) -> Result<Vec<Item>, ReadError> {
        let keys = KeysAndAttributes::builder()
            .set_keys(Some(wanted))
            .consistent_read(consistent)
            .build()
            .map_err(|_| ReadError::Unavailable { reason: "request".into() })?;
        let request = self.client.batch_get_item().request_items(&self.name, keys);
        let answer = request.send().await.map_err(|error| failed(&error))?;
        for item in answer.responses.unwrap_or_default().remove(&self.name).unwrap_or_default() {
            let part = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
            if let (Some(pk), Some(sk)) = (part(PK), part(SK)) {
                rows.0.insert(Key { pk, sk }, item);
            }
        }
        let unprocessed = answer.unprocessed_keys.unwrap_or_default().remove(&self.name);
        Ok(unprocessed.map(|keys| keys.keys).unwrap_or_default())
    }

    /// One page of a query.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn query<E: Entity>(&self, pattern: &Pattern) -> Result<Page<E>, ReadError> {
        let (items, more) = self.query_items(pattern).await?;
        let index = pattern.index;
        let rows = items
            .into_iter()
            .map(|item| Ok((sort_key(&item, index).unwrap_or_default().to_owned(), from_item(item)?)))
            .collect::<Result<_, ReadError>>()?;
        Ok(Page { rows, more })
    }

    /// All rows of a query that is known to be small: a doctor's windows of a day, an appointment's history.
    ///
    /// # Errors
    /// [`ReadError`].
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

    /// What `make` makes of all rows of a query as they stand, whatever is in them: for what has to see
    /// what nobody of ours wrote. With more than `most` it stops and answers `None`.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn items<T>(
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

    async fn query_items(&self, pattern: &Pattern) -> Result<(Vec<Item>, bool), ReadError> {
        if pattern.is_empty() {
            return Ok((Vec::new(), false));
        }
        let (items, next) = self.query_page(pattern, None).await?;
        Ok((items, next.is_some()))
    }

    /// A page from a position on, and the position of the next.
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
            // An index can't be read consistently; everything else is.
            .consistent_read(pattern.index.is_none() && !pattern.relaxed)
            .scan_index_forward(!pattern.descending)
            .set_limit(pattern.limit)
            .set_exclusive_start_key(position)
            .send()
            .await
            .map_err(|error| failed(&error))?;
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key))
    }
}

/// The failure of a read, without a word of what was read.
fn failed<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> ReadError {
    match error.code() {
        Some("ProvisionedThroughputExceededException" | "ThrottlingException" | "RequestLimitExceeded") => {
            ReadError::Throttled
        }
        code => ReadError::Unavailable { reason: reason(code, error) },
    }
}

/// What an SDK error is called, for the log.
pub(crate) fn reason<E, R>(code: Option<&str>, error: &SdkError<E, R>) -> String {
    let kind = match error {
        SdkError::ConstructionFailure(_) => "construction failure",
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(_) => "dispatch failure",
        SdkError::ResponseError(_) => "unreadable response",
        _ => "service error",
    };
    code.unwrap_or(kind).to_owned()
}

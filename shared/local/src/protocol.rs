//! Reads and writes DynamoDB's JSON protocol, as far as an HTTP client between the SDK and the table needs it.

use aws_sdk_dynamodb::config::http::HttpRequest;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperationKind {
    /// `GetItem`.
    Get,
    /// `BatchGetItem`.
    BatchGet,
    Query,
    Scan,
    /// `TransactWriteItems`.
    Transact,
    /// `PutItem`, `UpdateItem`, `DeleteItem`.
    Write,
    /// Anything else, such as creating and describing tables.
    #[default]
    Other,
}

impl OperationKind {
    /// The kind of a request by its header `X-Amz-Target`.
    #[must_use]
    pub fn of(target: &str) -> Self {
        match target.rsplit('.').next() {
            Some("GetItem") => Self::Get,
            Some("BatchGetItem") => Self::BatchGet,
            Some("Query") => Self::Query,
            Some("Scan") => Self::Scan,
            Some("TransactWriteItems") => Self::Transact,
            Some("PutItem" | "UpdateItem" | "DeleteItem") => Self::Write,
            _ => Self::Other,
        }
    }

    #[must_use]
    pub fn writes(self) -> bool {
        matches!(self, Self::Transact | Self::Write)
    }
}

/// The keys of the rows that a request writes or checks.
#[must_use]
pub fn written_keys(kind: OperationKind, request: &Value) -> Vec<Value> {
    let key = |action: &Value| {
        action.get("Key").cloned().or_else(|| {
            let item = action.get("Item")?;
            Some(json!({ "PK": item.get("PK")?, "SK": item.get("SK")? }))
        })
    };
    match kind {
        OperationKind::Write => key(request).into_iter().collect(),
        OperationKind::Transact => {
            let actions = request.get("TransactItems").and_then(Value::as_array);
            actions.into_iter().flatten().filter_map(|action| key(action.as_object()?.values().next()?)).collect()
        }
        _ => Vec::new(),
    }
}

/// Replaces the body of a request and its length.
pub fn replace_body(request: &mut HttpRequest, body: &Value) {
    let body = body.to_string();
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
}

/// Reads the rows with these keys, by requests with the headers of `like`.
pub async fn read_rows(
    connector: &SharedHttpConnector,
    like: Option<&HttpRequest>,
    keys: &[Value],
) -> Vec<Option<Value>> {
    let mut rows = Vec::new();
    for key in keys {
        let request = like.and_then(HttpRequest::try_clone);
        let table = request.as_ref().map(table_name).unwrap_or_default();
        rows.push(match request {
            Some(mut request) => {
                request.headers_mut().insert("x-amz-target", "DynamoDB_20120810.GetItem");
                let body = json!({ "TableName": table, "Key": key, "ConsistentRead": true });
                replace_body(&mut request, &body);
                read(connector, request).await.ok().and_then(|answer| answer.get("Item").cloned())
            }
            None => None,
        });
    }
    rows
}

async fn read(connector: &SharedHttpConnector, request: HttpRequest) -> Result<Value, ConnectorError> {
    let bytes = connector.call(request).await?.take_body().collect().await.map_err(ConnectorError::io)?.to_bytes();
    Ok(serde_json::from_slice(&bytes).unwrap_or_default())
}

/// The name of the table that a write changes. All actions of a transaction change the same table.
fn table_name(request: &HttpRequest) -> String {
    let body: Value = request.body().bytes().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
    let first = body.pointer("/TransactItems/0").and_then(Value::as_object).and_then(|action| action.values().next());
    let name = first.unwrap_or(&body).get("TableName").and_then(Value::as_str);
    name.unwrap_or_default().to_owned()
}

//! Rows as they are in the table, read by requests like one that is on its way.

use super::replace_body;
use aws_sdk_dynamodb::config::http::HttpRequest;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::result::ConnectorError;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

/// The rows under these keys.
pub(super) async fn rows(
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

/// The table that a write is about: all of a transaction is about one.
fn table_name(request: &HttpRequest) -> String {
    let body: Value = request.body().bytes().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
    let first = body.pointer("/TransactItems/0").and_then(Value::as_object).and_then(|action| action.values().next());
    let name = first.unwrap_or(&body).get("TableName").and_then(Value::as_str);
    name.unwrap_or_default().to_owned()
}

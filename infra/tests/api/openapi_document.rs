//! Reads the generated OpenAPI document as a list of operations.

use serde_json::Value;

/// A method of a path in the OpenAPI document.
#[derive(Debug, Clone)]
pub(crate) struct ApiOperation {
    /// In upper case.
    pub(crate) method: String,
    /// With a trailing slash, and parameters in braces.
    pub(crate) path: String,
    /// The operation object of the document.
    pub(crate) declared: Value,
}

impl ApiOperation {
    /// A member as text; empty if it is missing.
    pub(crate) fn text(&self, member: &str) -> &str {
        self.declared[member].as_str().unwrap_or_default()
    }

    /// The value of `x-access`.
    pub(crate) fn access(&self) -> &str {
        self.text("x-access")
    }

    /// The operation's tags; the only one is the folder of its function.
    pub(crate) fn tags(&self) -> Vec<&str> {
        self.declared["tags"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The path with a well-formed id that doesn't exist for each parameter.
    pub(crate) fn path_with_unknown_ids(&self) -> String {
        let segment = |part: &str| if part.starts_with('{') { UNKNOWN_ID.to_owned() } else { part.to_owned() };
        self.path.split('/').map(segment).collect::<Vec<_>>().join("/")
    }
}

/// A well-formed id that doesn't exist.
const UNKNOWN_ID: &str = "01940000-0000-7000-8000-00000000dead";

pub(crate) fn document() -> Value {
    serde_json::from_str(&dev::openapi::document()).unwrap()
}

pub(crate) fn operations() -> Vec<ApiOperation> {
    let mut operations = Vec::new();
    for (path, item) in document()["paths"].as_object().unwrap() {
        for (method, declared) in item.as_object().unwrap() {
            let (method, path) = (method.to_ascii_uppercase(), path.clone());
            operations.push(ApiOperation { method, path, declared: declared.clone() });
        }
    }
    assert!(!operations.is_empty(), "the document is empty");
    operations
}

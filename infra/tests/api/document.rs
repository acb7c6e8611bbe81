//! The OpenAPI document as a list of operations.

use serde_json::Value;

/// A method of a path.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// In upper case.
    pub(crate) method: String,
    /// With its slash at the end and its parameters in braces.
    pub(crate) path: String,
    /// What stands in the document.
    pub(crate) declared: Value,
}

impl Operation {
    /// A member that is a text; empty where there is none.
    pub(crate) fn text(&self, member: &str) -> &str {
        self.declared[member].as_str().unwrap_or_default()
    }

    /// Who may call it.
    pub(crate) fn access(&self) -> &str {
        self.text("x-access")
    }

    /// The folder of the function that it says it belongs to.
    pub(crate) fn tags(&self) -> Vec<&str> {
        self.declared["tags"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The path with something well-formed that doesn't exist in the place of each parameter.
    pub(crate) fn path_to_nothing(&self) -> String {
        let segment = |part: &str| if part.starts_with('{') { NOTHING.to_owned() } else { part.to_owned() };
        self.path.split('/').map(segment).collect::<Vec<_>>().join("/")
    }
}

/// An id as ours are that nothing has.
const NOTHING: &str = "01940000-0000-7000-8000-00000000dead";

/// The whole document.
pub(crate) fn document() -> Value {
    serde_json::from_str(&dev::openapi::document()).unwrap()
}

/// Every operation in it.
pub(crate) fn operations() -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in document()["paths"].as_object().unwrap() {
        for (method, declared) in item.as_object().unwrap() {
            let (method, path) = (method.to_ascii_uppercase(), path.clone());
            operations.push(Operation { method, path, declared: declared.clone() });
        }
    }
    assert!(!operations.is_empty(), "the document is empty");
    operations
}

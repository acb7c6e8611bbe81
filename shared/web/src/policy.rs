//! Who may call what. A route says it where it is declared, in the OpenAPI extension `x-access`:
//!
//! | `x-access` | who |
//! |---|---|
//! | `"public"` | anybody |
//! | `"own"` | anybody who signed in, about their own account |
//! | `"operator"` | anybody who signed in, with a second factor where one is required |
//! | `"admin"` | administrators |
//! | `"admin_of_all"` | administrators who aren't narrowed to some clinics |
//! | nothing, or something else | nobody |
//!
//! With which codes of 409 it can refuse, it says in `("x-conflicts" = json!(["slot_taken"]))`.
//!
//! A POST that takes no `Idempotency-Key` says `("x-idempotency" = json!(false))`.
//!
//! The rest of what every route is checked for is read from the same declaration: its methods, its
//! query parameters and its body.

use http::Method;
use std::collections::BTreeMap;
use utoipa::openapi::path::{Operation as Declared, Parameter, ParameterIn, PathItem};
use utoipa::openapi::{OpenApi, RefOr, Required};

/// The extension by which a route says who may call it.
pub const ACCESS: &str = "x-access";

/// The extension by which a POST says, with `false`, that it takes no `Idempotency-Key`.
pub const IDEMPOTENCY: &str = "x-idempotency";

/// The extension by which a route says with which codes of 409 it refuses.
pub(crate) const CONFLICTS: &str = "x-conflicts";

/// How OpenAPI names the schema of a [`crate::List`], before what is in it.
pub(crate) const LIST: &str = "List_";

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Anybody who signed in, about their own account.
    Own,
    /// Anybody who signed in, with a second factor where one is required.
    Operator,
    /// Administrators.
    Admin,
    /// Administrators of all clinics: for what is about things of every one of them.
    AdminOfAll,
}

impl Access {
    /// Reads the extension's value.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "public" => Some(Self::Public),
            "own" => Some(Self::Own),
            "operator" => Some(Self::Operator),
            "admin" => Some(Self::Admin),
            "admin_of_all" => Some(Self::AdminOfAll),
            _ => None,
        }
    }

    /// The extension's value.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Own => "own",
            Self::Operator => "operator",
            Self::Admin => "admin",
            Self::AdminOfAll => "admin_of_all",
        }
    }
}

/// What body a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payload {
    /// None.
    Nothing,
    /// JSON.
    Json {
        /// Whether it may be left out.
        optional: bool,
    },
    /// Something else; the handler looks after it.
    Other,
}

/// What a route is checked for before its handler is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    /// The handler's name.
    pub(crate) id: String,
    /// Who may call it; nobody where it doesn't say.
    pub(crate) access: Option<Access>,
    /// Whether an `Idempotency-Key` means something to it.
    pub(crate) once: bool,
    /// Its body.
    pub(crate) payload: Payload,
    /// Its query parameters.
    pub(crate) parameters: Vec<String>,
}

/// All routes of a router by their paths, as they were declared.
#[derive(Debug, Clone, Default)]
pub struct Policy(BTreeMap<String, Vec<(Method, Operation)>>);

impl Policy {
    /// The policy that a document declares.
    #[must_use]
    pub fn of(openapi: &OpenApi) -> Self {
        let paths = openapi.paths.paths.iter();
        Self(paths.map(|(path, item)| (path.clone(), operations(item))).collect())
    }

    /// What a method of a path is checked for. HEAD is a GET whose body isn't sent.
    pub(crate) fn operation(&self, path: &str, method: &Method) -> Option<&Operation> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.0.get(path)?.iter().find(|(known, _)| known == method).map(|(_, operation)| operation)
    }

    /// The methods of a path as the header `Allow` lists them, if the path is declared.
    pub(crate) fn allowed(&self, path: &str) -> Option<String> {
        let names = self.0.get(path)?.iter().flat_map(|(method, _)| match method.as_str() {
            "GET" => vec!["GET", "HEAD"],
            other => vec![other],
        });
        Some(names.collect::<Vec<_>>().join(", "))
    }

    /// One line per route: method, path, who may call it, and its name. For a test to compare, so
    /// that no route changes hands unnoticed.
    #[must_use]
    pub fn table(&self) -> String {
        let rows = self.0.iter().flat_map(|(path, operations)| {
            operations.iter().map(move |(method, operation)| {
                (method.as_str(), path.as_str(), operation.access.map_or("nobody", Access::name), operation.id.as_str())
            })
        });
        let width = self.0.keys().map(String::len).max().unwrap_or_default();
        rows.map(|(method, path, access, id)| format!("{method:<6} {path:<width$}  {access:<8}  {id}\n")).collect()
    }
}

fn operations(item: &PathItem) -> Vec<(Method, Operation)> {
    by_method(item).map(|(method, declared)| (method, operation(declared))).collect()
}

/// The operations of a path with their methods, always in the same order.
pub(crate) fn by_method(item: &PathItem) -> impl Iterator<Item = (Method, &Declared)> {
    [
        (Method::GET, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

fn operation(declared: &Declared) -> Operation {
    let extension = |name: &str| declared.extensions.as_ref()?.get(name);
    let named = declared.parameters.iter().flatten().filter_map(query_parameter);
    let paging: &[&str] = if answers_list(declared) { &crate::paging::PARAMETERS } else { &[] };
    Operation {
        id: declared.operation_id.clone().unwrap_or_default(),
        access: extension(ACCESS).and_then(|value| Access::parse(value.as_str()?)),
        once: extension(IDEMPOTENCY).and_then(serde_json::Value::as_bool) != Some(false),
        payload: payload(declared),
        parameters: named.chain(paging.iter().map(|name| (*name).to_owned())).collect(),
    }
}

fn query_parameter(parameter: &RefOr<Parameter>) -> Option<String> {
    match parameter {
        RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => Some(parameter.name.clone()),
        _ => None,
    }
}

fn payload(declared: &Declared) -> Payload {
    match &declared.request_body {
        None => Payload::Nothing,
        Some(RefOr::T(body)) if body.content.contains_key("application/json") => {
            Payload::Json { optional: body.required != Some(Required::True) }
        }
        Some(_) => Payload::Other,
    }
}

/// Whether an operation answers a part of a list: its 200 is a [`crate::List`].
fn answers_list(declared: &Declared) -> bool {
    let Some(RefOr::T(response)) = declared.responses.responses.get("200") else { return false };
    response.content.values().any(|content| match content {
        RefOr::T(content) => match &content.schema {
            Some(RefOr::Ref(schema)) => is_list(&schema.ref_location),
            _ => false,
        },
        _ => false,
    })
}

/// Whether a reference is to the schema of some [`crate::List`].
pub(crate) fn is_list(reference: &str) -> bool {
    reference.rsplit('/').next().is_some_and(|name| name.starts_with(LIST))
}

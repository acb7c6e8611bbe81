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
//! query parameters and its body. It is read when the first request of that operation comes.

use crate::router::{Declared, Router};
use http::Method;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use utoipa::openapi::path::{Operation as Described, Parameter, ParameterIn};
use utoipa::openapi::{RefOr, Required};

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
#[derive(Debug, Default)]
pub struct Policy(BTreeMap<String, Vec<Row>>);

/// A method of a path.
#[derive(Debug)]
struct Row {
    method: Method,
    declared: Declared,
    operation: OnceLock<Operation>,
}

impl Row {
    fn operation(&self) -> &Operation {
        self.operation.get_or_init(|| operation(&self.declared.operation()))
    }
}

impl Policy {
    /// The policy that a function's routes declare.
    #[must_use]
    pub fn of(router: &Router) -> Self {
        Self::declared(router.declared().to_vec())
    }

    pub(crate) fn declared(declared: Vec<Declared>) -> Self {
        let mut rows: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for declared in declared {
            let of_path = rows.entry(declared.path.clone()).or_default();
            for method in declared.methods() {
                of_path.push(Row { method, declared: declared.clone(), operation: OnceLock::new() });
            }
            of_path.sort_by_key(|row| ORDER.iter().position(|method| *method == row.method));
        }
        Self(rows)
    }

    /// What a method of a path is checked for. HEAD is a GET whose body isn't sent.
    pub(crate) fn operation(&self, path: &str, method: &Method) -> Option<&Operation> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.0.get(path)?.iter().find(|row| row.method == *method).map(Row::operation)
    }

    /// The methods of a path as the header `Allow` lists them, if the path is declared.
    pub(crate) fn allowed(&self, path: &str) -> Option<String> {
        let names = self.0.get(path)?.iter().flat_map(|row| match row.method.as_str() {
            "GET" => vec!["GET", "HEAD"],
            other => vec![other],
        });
        Some(names.collect::<Vec<_>>().join(", "))
    }

    /// One line per route: method, path, who may call it, and its name. For a test to compare, so
    /// that no route changes hands unnoticed.
    #[must_use]
    pub fn table(&self) -> String {
        let rows = self.0.iter().flat_map(|(path, rows)| {
            rows.iter().map(move |row| {
                let operation = row.operation();
                let access = operation.access.map_or("nobody", Access::name);
                (row.method.as_str(), path.as_str(), access, operation.id.as_str())
            })
        });
        let width = self.0.keys().map(String::len).max().unwrap_or_default();
        rows.map(|(method, path, access, id)| format!("{method:<6} {path:<width$}  {access:<8}  {id}\n")).collect()
    }
}

/// In which order a path's methods are named.
const ORDER: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

fn operation(described: &Described) -> Operation {
    let extension = |name: &str| described.extensions.as_ref()?.get(name);
    let named = described.parameters.iter().flatten().filter_map(query_parameter);
    let paging: &[&str] = if answers_list(described) { &crate::paging::PARAMETERS } else { &[] };
    Operation {
        id: described.operation_id.clone().unwrap_or_default(),
        access: extension(ACCESS).and_then(|value| Access::parse(value.as_str()?)),
        once: extension(IDEMPOTENCY).and_then(serde_json::Value::as_bool) != Some(false),
        payload: payload(described),
        parameters: named.chain(paging.iter().map(|name| (*name).to_owned())).collect(),
    }
}

fn query_parameter(parameter: &RefOr<Parameter>) -> Option<String> {
    match parameter {
        RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => Some(parameter.name.clone()),
        _ => None,
    }
}

fn payload(described: &Described) -> Payload {
    match &described.request_body {
        None => Payload::Nothing,
        Some(RefOr::T(body)) if body.content.contains_key("application/json") => {
            Payload::Json { optional: body.required != Some(Required::True) }
        }
        Some(_) => Payload::Other,
    }
}

/// Whether an operation answers a part of a list: its 200 is a [`crate::List`].
fn answers_list(described: &Described) -> bool {
    let Some(RefOr::T(response)) = described.responses.responses.get("200") else { return false };
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

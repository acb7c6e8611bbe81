//! The access policy of each route, from the OpenAPI extension `x-access` in its declaration:
//!
//! | `x-access` | allowed |
//! |---|---|
//! | `"public"` | all callers, without a token |
//! | `"own"` | any signed-in user, about their own account |
//! | `"operator"` | any signed-in user, with a second factor where one is required |
//! | `"admin"` | administrators |
//! | `"admin_of_all"` | administrators who aren't restricted to some clinics |
//! | absent, or another value | no caller |
//!
//! `("x-conflicts" = json!(["slot_taken"]))` lists the codes with which a route answers 409.
//!
//! `("x-idempotency" = json!(false))` marks a POST that takes no `Idempotency-Key`.
//!
//! The other checks of a route follow from the same declaration: its methods, query parameters and body. A declaration
//! is evaluated at the first request of its operation.

use crate::router::{RouteDeclaration, Router};
use http::Method;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::{RefOr, Required};

pub const ACCESS: &str = "x-access";
pub const IDEMPOTENCY: &str = "x-idempotency";
pub(crate) const CONFLICTS: &str = "x-conflicts";

/// The prefix of the schema name of every [`crate::List`].
pub(crate) const LIST: &str = "List_";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Public,
    /// Any signed-in user, about their own account, even without a second factor.
    Own,
    /// Any signed-in user, with a second factor where one is required.
    Operator,
    Admin,
    /// Administrators who aren't restricted to some clinics: for operations that affect all of them.
    AdminOfAll,
}

impl Access {
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payload {
    Nothing,
    Json {
        optional: bool,
    },
    /// Not JSON; the handler reads it.
    Other,
}

/// What is checked before a route's handler is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoutePolicy {
    pub(crate) operation_id: String,
    /// `None`, where it is not declared, denies all callers.
    pub(crate) access: Option<Access>,
    pub(crate) accepts_idempotency_key: bool,
    pub(crate) payload: Payload,
    /// The names of its query parameters.
    pub(crate) parameters: Vec<String>,
}

/// The policy of a router's routes, by path.
#[derive(Debug, Default)]
pub struct Policy(BTreeMap<String, Vec<MethodPolicy>>);

#[derive(Debug)]
struct MethodPolicy {
    method: Method,
    declared: RouteDeclaration,
    policy: OnceLock<RoutePolicy>,
}

impl MethodPolicy {
    fn policy(&self) -> &RoutePolicy {
        self.policy.get_or_init(|| route_policy(&self.declared.operation()))
    }
}

impl Policy {
    #[must_use]
    pub fn of(router: &Router) -> Self {
        Self::from_declarations(router.declared().to_vec())
    }

    pub(crate) fn from_declarations(declared: Vec<RouteDeclaration>) -> Self {
        let mut rows: BTreeMap<String, Vec<MethodPolicy>> = BTreeMap::new();
        for declared in declared {
            let of_path = rows.entry(declared.path.clone()).or_default();
            for method in declared.methods() {
                of_path.push(MethodPolicy { method, declared: declared.clone(), policy: OnceLock::new() });
            }
            of_path.sort_by_key(|row| METHOD_ORDER.iter().position(|method| *method == row.method));
        }
        Self(rows)
    }

    /// The policy of a method of a path; that of GET for HEAD.
    pub(crate) fn route_policy(&self, path: &str, method: &Method) -> Option<&RoutePolicy> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.0.get(path)?.iter().find(|row| row.method == *method).map(MethodPolicy::policy)
    }

    /// The value of the `Allow` header; `None` for an undeclared path.
    pub(crate) fn allowed(&self, path: &str) -> Option<String> {
        let names = self.0.get(path)?.iter().flat_map(|row| match row.method.as_str() {
            "GET" => vec!["GET", "HEAD"],
            other => vec![other],
        });
        Some(names.collect::<Vec<_>>().join(", "))
    }

    /// One line per route: method, path, access and operation id. A test compares it, so that no route's access changes
    /// unnoticed.
    #[must_use]
    pub fn table(&self) -> String {
        let rows = self.0.iter().flat_map(|(path, rows)| {
            rows.iter().map(move |row| {
                let policy = row.policy();
                let access = policy.access.map_or("nobody", Access::name);
                (row.method.as_str(), path.as_str(), access, policy.operation_id.as_str())
            })
        });
        let width = self.0.keys().map(String::len).max().unwrap_or_default();
        rows.map(|(method, path, access, id)| format!("{method:<6} {path:<width$}  {access:<8}  {id}\n")).collect()
    }
}

/// The order of a path's methods in `Allow` and in the table.
const METHOD_ORDER: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

fn route_policy(operation: &Operation) -> RoutePolicy {
    let extension = |name: &str| operation.extensions.as_ref()?.get(name);
    let named = operation.parameters.iter().flatten().filter_map(query_parameter);
    let paging: &[&str] = if answers_list(operation) { &crate::paging::PARAMETERS } else { &[] };
    RoutePolicy {
        operation_id: operation.operation_id.clone().unwrap_or_default(),
        access: extension(ACCESS).and_then(|value| Access::parse(value.as_str()?)),
        accepts_idempotency_key: extension(IDEMPOTENCY).and_then(serde_json::Value::as_bool) != Some(false),
        payload: payload(operation),
        parameters: named.chain(paging.iter().map(|name| (*name).to_owned())).collect(),
    }
}

fn query_parameter(parameter: &RefOr<Parameter>) -> Option<String> {
    match parameter {
        RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => Some(parameter.name.clone()),
        _ => None,
    }
}

fn payload(operation: &Operation) -> Payload {
    match &operation.request_body {
        None => Payload::Nothing,
        Some(RefOr::T(body)) if body.content.contains_key("application/json") => {
            Payload::Json { optional: body.required != Some(Required::True) }
        }
        Some(_) => Payload::Other,
    }
}

/// Whether the body of an operation's 200 is a [`crate::List`].
fn answers_list(operation: &Operation) -> bool {
    let Some(RefOr::T(response)) = operation.responses.responses.get("200") else { return false };
    response.content.values().any(|content| match content {
        RefOr::T(content) => match &content.schema {
            Some(RefOr::Ref(schema)) => is_list(&schema.ref_location),
            _ => false,
        },
        RefOr::Ref(_) => false,
    })
}

/// Whether a `$ref` points to the schema of a [`crate::List`].
pub(crate) fn is_list(reference: &str) -> bool {
    reference.rsplit('/').next().is_some_and(|name| name.starts_with(LIST))
}

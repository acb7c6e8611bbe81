//! A function's routes: each handler with what stands above it, which is read when somebody asks for it.
//!
//! The whole of it is the OpenAPI document, and a function never asks for that. It asks for the one operation that a
//! request is of, the first time it comes ([`crate::policy`]). To describe all of them, with the schemas of what they
//! take and answer, would be as much work as all else that a function does before its first request.

use app::App;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter};
use http::Method;
use utoipa::__dev::{SchemaReferences, Tags};
use utoipa::openapi::path::{HttpMethod, Operation, Paths};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{ComponentsBuilder, OpenApi, OpenApiBuilder, RefOr};

/// Schemas by their names, as they are collected.
type Schemas = Vec<(String, RefOr<Schema>)>;

/// What stands above a handler.
#[derive(Debug, Clone)]
pub(crate) struct Declared {
    /// The path, as `/api/patients/{id}/`.
    pub(crate) path: String,
    /// Its methods: one, as a rule.
    methods: fn() -> Vec<HttpMethod>,
    /// Makes the description of the operation.
    operation: fn() -> Operation,
    /// Adds the schemas that it refers to.
    schemas: fn(&mut Schemas),
}

impl Declared {
    /// The methods of the path that are this.
    pub(crate) fn methods(&self) -> impl Iterator<Item = Method> {
        (self.methods)().into_iter().map(|method| known(&method).0)
    }

    /// The description of the operation.
    pub(crate) fn operation(&self) -> Operation {
        (self.operation)()
    }
}

/// A handler, and what stands above it. [`routes!`](crate::routes) makes them.
pub struct Route {
    declared: Declared,
    served: MethodRouter<App>,
}

impl Route {
    /// A handler with what `#[utoipa::path]` made of the words above it.
    pub fn new<P, H, T>(handler: H) -> Self
    where
        P: utoipa::Path + SchemaReferences + for<'a> Tags<'a>,
        H: Handler<T, App>,
        T: 'static,
    {
        let served =
            P::methods().iter().fold(MethodRouter::new(), |served, method| served.on(known(method).1, handler.clone()));
        let declared =
            Declared { path: P::path(), methods: P::methods, operation: described::<P>, schemas: P::schemas };
        Self { declared, served }
    }
}

/// What stands above a handler; utoipa keeps its tag apart from the rest.
fn described<P: utoipa::Path + for<'a> Tags<'a>>() -> Operation {
    let mut operation = P::operation();
    let tags = P::tags();
    if !tags.is_empty() {
        operation.tags.get_or_insert_default().extend(tags.into_iter().map(str::to_owned));
    }
    operation
}

fn known(method: &HttpMethod) -> (Method, MethodFilter) {
    match method {
        HttpMethod::Get => (Method::GET, MethodFilter::GET),
        HttpMethod::Post => (Method::POST, MethodFilter::POST),
        HttpMethod::Put => (Method::PUT, MethodFilter::PUT),
        HttpMethod::Patch => (Method::PATCH, MethodFilter::PATCH),
        HttpMethod::Delete => (Method::DELETE, MethodFilter::DELETE),
        HttpMethod::Options => (Method::OPTIONS, MethodFilter::OPTIONS),
        HttpMethod::Head => (Method::HEAD, MethodFilter::HEAD),
        HttpMethod::Trace => (Method::TRACE, MethodFilter::TRACE),
    }
}

/// A function's routes. What isn't declared can't be among them.
#[derive(Debug, Default)]
pub struct Router {
    served: axum::Router<App>,
    declared: Vec<Declared>,
}

impl Router {
    /// With some more routes.
    #[must_use]
    pub fn routes(mut self, routes: impl IntoIterator<Item = Route>) -> Self {
        for Route { declared, served } in routes {
            self.served = self.served.route(&declared.path, served);
            self.declared.push(declared);
        }
        self
    }

    /// What is served, and what is declared of it.
    pub(crate) fn into_parts(self) -> (axum::Router<App>, Vec<Declared>) {
        (self.served, self.declared)
    }

    /// What is declared.
    pub(crate) fn declared(&self) -> &[Declared] {
        &self.declared
    }

    /// All of it as OpenAPI.
    #[must_use]
    pub fn openapi(&self) -> OpenApi {
        let (mut paths, mut schemas) = (Paths::new(), Schemas::new());
        for declared in &self.declared {
            paths.add_path_operation(&declared.path, (declared.methods)(), declared.operation());
            (declared.schemas)(&mut schemas);
        }
        let components = ComponentsBuilder::new().schemas_from_iter(schemas).build();
        OpenApiBuilder::new().paths(paths).components(Some(components)).build()
    }
}

/// The routes of some handlers: `routes!(patient::list_patients, patient::create_patient)`.
#[macro_export]
macro_rules! routes {
    ($($($name:ident)::+),+ $(,)?) => { [$($crate::routes!(@of [] $($name)::+)),+] };
    // What `#[utoipa::path]` makes stands beside the handler, under its name with this in front.
    (@of [$($module:ident)*] $handler:ident) => {
        $crate::paste! { $crate::Route::new::<$($module::)*[<__path_ $handler>], _, _>($($module::)*$handler) }
    };
    (@of [$($module:ident)*] $next:ident :: $($rest:tt)+) => { $crate::routes!(@of [$($module)* $next] $($rest)+) };
}

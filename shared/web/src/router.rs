//! The routes of a function: each handler with its OpenAPI declaration, which is evaluated on demand.
//!
//! A function never needs the whole OpenAPI document. It evaluates the one operation of a request, the first time that
//! it is called ([`crate::policy`]). Describing all operations with their schemas would be as much work as everything
//! else that a function does before its first request.

use app::App;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter};
use http::Method;
use utoipa::__dev::{SchemaReferences, Tags};
use utoipa::openapi::path::{HttpMethod, Operation, Paths};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{ComponentsBuilder, OpenApi, OpenApiBuilder, RefOr};

/// Schemas by name.
type Schemas = Vec<(String, RefOr<Schema>)>;

/// What `#[utoipa::path]` declares of a handler.
#[derive(Debug, Clone)]
pub(crate) struct RouteDeclaration {
    /// As `/api/patients/{id}/`.
    pub(crate) path: String,
    /// One, as a rule.
    methods: fn() -> Vec<HttpMethod>,
    operation: fn() -> Operation,
    /// Collects the schemas that it refers to.
    schemas: fn(&mut Schemas),
}

impl RouteDeclaration {
    pub(crate) fn methods(&self) -> impl Iterator<Item = Method> {
        (self.methods)().into_iter().map(|method| method_and_filter(&method).0)
    }

    pub(crate) fn operation(&self) -> Operation {
        (self.operation)()
    }
}

/// A handler with its declaration, made by [`routes!`](crate::routes).
pub struct Route {
    declared: RouteDeclaration,
    served: MethodRouter<App>,
}

impl Route {
    /// `P` is the type that `#[utoipa::path]` generates for the handler.
    #[expect(clippy::needless_pass_by_value, reason = "handlers are functions, which axum takes by value as well")]
    pub fn new<P, H, T>(handler: H) -> Self
    where
        P: utoipa::Path + SchemaReferences + for<'a> Tags<'a>,
        H: Handler<T, App>,
        T: 'static,
    {
        let served = P::methods()
            .iter()
            .fold(MethodRouter::new(), |served, method| served.on(method_and_filter(method).1, handler.clone()));
        let declared = RouteDeclaration {
            path: P::path(),
            methods: P::methods,
            operation: operation_of::<P>,
            schemas: P::schemas,
        };
        Self { declared, served }
    }
}

/// The declared operation with its tags, which utoipa keeps separately.
fn operation_of<P: utoipa::Path + for<'a> Tags<'a>>() -> Operation {
    let mut operation = P::operation();
    let tags = P::tags();
    if !tags.is_empty() {
        operation.tags.get_or_insert_default().extend(tags.into_iter().map(str::to_owned));
    }
    operation
}

fn method_and_filter(method: &HttpMethod) -> (Method, MethodFilter) {
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

/// A function's routes. Only declared handlers can be added.
#[derive(Debug, Default)]
pub struct Router {
    served: axum::Router<App>,
    declared: Vec<RouteDeclaration>,
}

impl Router {
    /// Adds routes.
    #[must_use]
    pub fn routes(mut self, routes: impl IntoIterator<Item = Route>) -> Self {
        for Route { declared, served } in routes {
            self.served = self.served.route(&declared.path, served);
            self.declared.push(declared);
        }
        self
    }

    pub(crate) fn into_parts(self) -> (axum::Router<App>, Vec<RouteDeclaration>) {
        (self.served, self.declared)
    }

    pub(crate) fn declared(&self) -> &[RouteDeclaration] {
        &self.declared
    }

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

/// Makes the routes of some handlers: `routes!(patient::list_patients, patient::create_patient)`.
#[macro_export]
macro_rules! routes {
    ($($($name:ident)::+),+ $(,)?) => { [$($crate::routes!(@of [] $($name)::+)),+] };
    // `#[utoipa::path]` generates a type `__path_<handler>` beside the handler.
    (@of [$($module:ident)*] $handler:ident) => {
        $crate::paste! { $crate::Route::new::<$($module::)*[<__path_ $handler>], _, _>($($module::)*$handler) }
    };
    (@of [$($module:ident)*] $next:ident :: $($rest:tt)+) => { $crate::routes!(@of [$($module)* $next] $($rest)+) };
}

//! Every function of the project: what the OpenAPI, the local server and the tests are made of.
//! A function that isn't here doesn't exist.

use app::Parts;
use platform::reach::within;
use web::Router;

/// An HTTP function.
pub struct Function {
    /// The name of its folder.
    pub name: &'static str,
    /// Its routes.
    pub router: Router,
    /// What it can do with all that there is.
    pub within: fn(Parts) -> Parts,
}

/// The HTTP functions.
#[must_use]
pub fn functions() -> Vec<Function> {
    macro_rules! function {
        ($name:ident) => {
            Function { name: stringify!($name), router: $name::router(), within: within::<$name::Reached> }
        };
    }
    vec![
        function!(appointments),
        function!(audit),
        function!(auth),
        function!(clinics),
        function!(docs),
        function!(doctors),
        function!(notifications),
        function!(patients),
        function!(schedules),
        function!(webhook),
    ]
}

/// Which function answers a path: by the longest of these beginnings. API Gateway knows it from the
/// template; a test holds both against each other.
pub const PREFIXES: &[(&str, &str)] = &[
    ("/api/appointments", "appointments"),
    ("/api/audit", "audit"),
    ("/api/auth", "auth"),
    ("/api/clinics", "clinics"),
    ("/api/docs", "docs"),
    ("/api/doctors", "doctors"),
    ("/api/health", "docs"),
    ("/api/notifications", "notifications"),
    ("/api/notifications/whatsapp/status", "webhook"),
    ("/api/notifications/whatsapp/webhook", "webhook"),
    ("/api/patients", "patients"),
    ("/api/schedules", "schedules"),
    ("/api/schema", "docs"),
];

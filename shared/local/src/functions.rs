//! The list of HTTP functions, from which the OpenAPI document, the local server and the tests are built. A new
//! function has to be added here.

use app::AppParts;
use platform::capabilities::restrict;
use web::Router;

pub struct Function {
    /// The name of its folder in `functions/`.
    pub name: &'static str,
    pub router: Router,
    /// Takes away the ports that it doesn't declare.
    pub restrict: fn(AppParts) -> AppParts,
}

/// All HTTP functions.
#[must_use]
pub fn functions() -> Vec<Function> {
    macro_rules! function {
        ($name:ident) => {
            Function {
                name: stringify!($name),
                router: $name::router(),
                restrict: |parts| restrict(parts, $name::CAPABILITIES),
            }
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

/// Which function handles a path: the one with the longest matching prefix. API Gateway has the same routes from the
/// template; a test compares both.
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
    ("/api/worklist", "notifications"),
];

/// What no other prefix takes: the console, which also answers unknown paths of the API.
pub const CONSOLE: (&str, &str) = ("/", "console");

//! Every function of the project: what the OpenAPI, the local server and the tests are made of.
//! A function that isn't here doesn't exist.

use web::Router;

/// The HTTP functions, by the names of their folders, with their routes.
#[must_use]
pub fn functions() -> Vec<(&'static str, Router)> {
    vec![
        ("appointments", appointments::router()),
        ("audit", audit::router()),
        ("auth", auth::router()),
        ("clinics", clinics::router()),
        ("docs", docs::router()),
        ("doctors", doctors::router()),
        ("notifications", notifications::router()),
        ("patients", patients::router()),
        ("schedules", schedules::router()),
        ("webhook", webhook::router()),
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

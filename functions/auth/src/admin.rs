//! Administrative events without a route: creating the first ADMIN and the steps of a secret rotation.
//!
//! They are handled by the separate Lambda function `auth-admin`, with its own binary and role. It has no
//! routes, so API Gateway can't reach it, and the public function can neither write a secret nor invoke it.
//! Events of an API are refused by their shape, in case an API is connected to the function by mistake.
//!
//! | Event | Sender | Effect |
//! |---|---|---|
//! | `{"bootstrap": {"email", "password", "first_name"?, "last_name"?}}` | `cargo citas admin create` | creates the first ADMIN; refused if there is or was one |
//! | `{"Step", "SecretId", "ClientRequestToken"}` | Secrets Manager | rotates a key, see [`platform::secrets::rotation`] |

use app::App;
use lambda_runtime::{Error, LambdaEvent};
use platform::secrets::rotation::{RotationStep, SecretRotation};
use serde_json::Value;
use web::first_admin::bootstrap;

/// The event has an unknown shape. The error has no details, because the event may contain a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event is neither a bootstrap nor a step of a rotation")]
pub struct UnknownEvent;

/// A parsed event.
enum Task {
    Bootstrap(Value),
    Rotate(RotationStep),
}

/// Handles an administrative event.
///
/// # Errors
/// [`UnknownEvent`], or the failure of a rotation step: Secrets Manager retries it only if the invocation fails. A
/// refused bootstrap is a successful answer with a problem document.
pub async fn handle(app: &App, rotation: &SecretRotation, event: LambdaEvent<Value>) -> Result<Value, Error> {
    // Boxed: the nested futures are too deep for the compiler's recursion limit.
    match parse_event(event.payload)? {
        Task::Bootstrap(body) => Ok(Box::pin(bootstrap(app, &body, event.context.request_id)).await),
        Task::Rotate(step) => {
            Box::pin(rotation.step(&step)).await?;
            tracing::info!(step = ?step.step, "finished a rotation step");
            Ok(Value::Null)
        }
    }
}

fn parse_event(mut event: Value) -> Result<Task, UnknownEvent> {
    // All event formats of API Gateway have it, and the caller of an API can't remove it.
    if event.get("requestContext").is_some() {
        return Err(UnknownEvent);
    }
    match event.get_mut("bootstrap").map(Value::take) {
        Some(body) => Ok(Task::Bootstrap(body)),
        None => serde_json::from_value(event).map(Task::Rotate).map_err(|_| UnknownEvent),
    }
}

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

use crate::user::parse_password;
use app::accounts::first_admin::{FirstAdmin, create_first_admin};
use app::{App, AppError, Context};
use domain::email::Email;
use domain::language::Language;
use domain::text::Line;
use domain::user::User;
use domain::violation::{Rule, Violations};
use identity::password::Password;
use lambda_runtime::{Error, LambdaEvent};
use platform::secrets::rotation::{RotationStep, SecretRotation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use web::{Problem, RequestError};

/// The event has an unknown shape. The error has no details, because the event may contain a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event is neither a bootstrap nor a step of a rotation")]
pub struct UnknownEvent;

/// The first ADMIN to create.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bootstrap {
    pub email: String,
    /// 12 to 128 characters.
    pub password: String,
    #[serde(default)]
    pub first_name: Option<String>,
    #[serde(default)]
    pub last_name: Option<String>,
}

/// A parsed event.
enum Task {
    /// `None` if the fields are not those of a [`Bootstrap`].
    Bootstrap(Option<Bootstrap>),
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
        Task::Bootstrap(body) => Ok(Box::pin(bootstrap(app, body, event.context.request_id)).await),
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
        Some(body) => Ok(Task::Bootstrap(serde_json::from_value(body).ok())),
        None => serde_json::from_value(event).map(Task::Rotate).map_err(|_| UnknownEvent),
    }
}

/// Creates the first ADMIN. Answers `{"created": {"id"}}`, or `{"problem": …}` with a problem document as in
/// the API: `already_exists` for `admin` if there is or was one.
pub async fn bootstrap(app: &App, body: Option<Bootstrap>, request_id: String) -> Value {
    match try_bootstrap(app, body, &request_id).await {
        Ok(user) => json!({ "created": { "id": user.id } }),
        Err(problem) => {
            if let Problem::App(AppError::Busy(reason) | AppError::Internal(reason)) = &problem {
                tracing::error!(reason, "creating the first ADMIN failed");
            }
            json!({ "problem": problem.document(Language::En, &request_id) })
        }
    }
}

async fn try_bootstrap(app: &App, body: Option<Bootstrap>, request_id: &str) -> Result<User, Problem> {
    let (admin, password) = body.ok_or(RequestError::Malformed)?.parse()?;
    let ctx = Context::of_system(request_id.to_owned());
    Ok(create_first_admin(app, &ctx, admin, &password).await?)
}

impl Bootstrap {
    fn parse(&self) -> Result<(FirstAdmin, Password), Violations> {
        let mut v = Violations::default();
        let email = v.take("email", Email::parse(&self.email));
        let first_name = v.take_optional("first_name", Line::optional(self.first_name.as_deref()));
        let last_name = v.take_optional("last_name", Line::optional(self.last_name.as_deref()));
        let password = match self.password.as_str() {
            "" => v.take("password", Err(Rule::Required)),
            text => v.take("password", parse_password(text)),
        };
        let admin = email.map(|email| FirstAdmin { email, first_name, last_name });
        v.finish(admin.zip(password))
    }
}

//! What only those may do who may invoke a function in AWS: the first ADMIN, and a step of a rotation.
//!
//! It runs as a function of its own, `auth-admin`, with its own binary and role: it has no routes, so
//! API Gateway can't reach it, and the public function can neither write a secret nor get here. Should
//! somebody connect it to an API all the same, what comes through one is refused by its shape.
//!
//! | Event | From | What |
//! |---|---|---|
//! | `{"bootstrap": {"email", "password", "first_name"?, "last_name"?}}` | `cargo citas admin create` | the first ADMIN; never a second time |
//! | `{"Step", "SecretId", "ClientRequestToken"}` | Secrets Manager | see [`platform::secrets::rotation`] |

use crate::user::password;
use app::accounts::first_admin::{FirstAdmin, create_first_admin};
use app::{App, AppError, Context};
use domain::email::Email;
use domain::language::Language;
use domain::text::Line;
use domain::user::User;
use domain::violation::{Rule, Violations};
use identity::password::Password;
use lambda_runtime::{Error, LambdaEvent};
use platform::secrets::rotation::{Rotation, Step};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use web::{Problem, Refusal};

/// The event is none of this function's. It says no more: there may be a password in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the event is neither a bootstrap nor a step of a rotation")]
pub struct NotForUs;

/// Who the first ADMIN is to be.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bootstrap {
    /// What to sign in with.
    pub email: String,
    /// 12 to 128 characters.
    pub password: String,
    /// Given names.
    #[serde(default)]
    pub first_name: Option<String>,
    /// Family names.
    #[serde(default)]
    pub last_name: Option<String>,
}

/// What an event asks for.
enum Task {
    /// Nothing where the members aren't those of a [`Bootstrap`].
    Bootstrap(Option<Bootstrap>),
    Rotate(Step),
}

/// Does what an event asks for.
///
/// # Errors
/// [`NotForUs`], or why a step of a rotation wasn't done: Secrets Manager wants to see it fail. A
/// bootstrap that is refused is an answer.
pub async fn handle(app: &App, rotation: &Rotation, event: LambdaEvent<Value>) -> Result<Value, Error> {
    // On the heap: inside each other, the futures are deeper than the compiler follows.
    match read(event.payload)? {
        Task::Bootstrap(body) => Ok(Box::pin(bootstrap(app, body, event.context.request_id)).await),
        Task::Rotate(step) => {
            Box::pin(rotation.step(&step)).await?;
            tracing::info!(step = ?step.step, "rotation");
            Ok(Value::Null)
        }
    }
}

/// What an event is.
fn read(mut event: Value) -> Result<Task, NotForUs> {
    // Whatever came through an API has it, in all its formats, and nobody outside can leave it out.
    if event.get("requestContext").is_some() {
        return Err(NotForUs);
    }
    match event.get_mut("bootstrap").map(Value::take) {
        Some(body) => Ok(Task::Bootstrap(serde_json::from_value(body).ok())),
        None => serde_json::from_value(event).map(Task::Rotate).map_err(|_| NotForUs),
    }
}

/// Makes the first ADMIN. Answers `{"created": {"id"}}`, or `{"problem": …}` with the document that the
/// API would answer: `already_exists` for `admin` where there is one, or was.
pub async fn bootstrap(app: &App, body: Option<Bootstrap>, request_id: String) -> Value {
    match try_bootstrap(app, body, &request_id).await {
        Ok(user) => json!({ "created": { "id": user.id } }),
        Err(problem) => {
            if let Problem::App(AppError::Busy(reason) | AppError::Internal(reason)) = &problem {
                tracing::error!(reason, "bootstrap");
            }
            json!({ "problem": problem.document(Language::En, &request_id) })
        }
    }
}

async fn try_bootstrap(app: &App, body: Option<Bootstrap>, request_id: &str) -> Result<User, Problem> {
    let (admin, password) = body.ok_or(Refusal::Malformed)?.parse()?;
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
            text => v.take("password", password(text)),
        };
        let admin = email.map(|email| FirstAdmin { email, first_name, last_name });
        v.finish(admin.zip(password))
    }
}

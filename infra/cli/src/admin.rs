//! `cargo citas admin create`: creates the first ADMIN, in a local table or in a deployment.
//!
//! In AWS the function `<stack>-auth-admin` creates it ([`lambda`]); on a local table the same code runs here. No route
//! leads to that code. The password is read from stdin or generated, so that it is in no process list and no shell
//! history.

pub mod lambda;

use crate::offline_app;
use crate::options::AdminOptions;
use crate::target::{Target, TargetError};
use serde_json::{Value, json};
use std::fmt;
use store::schema::{CreateError, create_table};
use web::first_admin::bootstrap;

/// The length of a generated password in characters: 144 random bits.
const GENERATED_LENGTH: usize = 24;

/// The created ADMIN, printed for the operator.
#[derive(Debug)]
pub struct CreatedAdmin {
    email: String,
    /// The password, if it was generated.
    password: Option<String>,
}

impl fmt::Display for CreatedAdmin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "created the ADMIN {}", self.email)?;
        match &self.password {
            Some(password) => {
                write!(f, "\n  password {password}\n  It is shown this once: change it after signing in.")
            }
            None => Ok(()),
        }
    }
}

/// Why no ADMIN was created.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// There is an ADMIN already, or was one.
    #[error("there is an ADMIN already, or was one: this command only creates the first. ADMINs create other users")]
    NotTheFirst,
    /// The input is not valid.
    #[error("refused: {0}")]
    Refused(String),
    /// Stdin has no line of text.
    #[error("no password could be read from the input")]
    NoPassword,
    #[error("the system's random generator failed")]
    Random,
    #[error(transparent)]
    Table(#[from] TargetError),
    #[error("the table could not be created")]
    Create(#[from] CreateError),
    #[error(transparent)]
    Lambda(#[from] lambda::LambdaError),
    /// The request was sent, but no response arrived.
    #[error(
        "no response arrived ({reason}): nobody knows whether the ADMIN was created. Try to sign in{with}; if that fails, run this again"
    )]
    Unknown {
        reason: &'static str,
        /// A text with the password, if it was generated.
        with: String,
    },
}

/// Creates the first ADMIN in the target.
pub async fn create(options: &AdminOptions, target: &Target) -> Result<CreatedAdmin, AdminError> {
    let (password, is_generated) =
        if options.password_stdin { (read_password()?, false) } else { (generate_password()?, true) };
    let shown = is_generated.then(|| password.clone());
    let body = json!({
        "email": options.email,
        "password": password,
        "first_name": options.first_name,
        "last_name": options.last_name,
    });
    let answer = match target.stack() {
        Some(stack) => {
            let function = format!("{stack}-auth-admin");
            let (endpoint, region) = (options.lambda.as_deref(), target.region());
            lambda::invoke(endpoint, region, &function, &json!({ "bootstrap": body })).await
        }
        // In AWS only the stack's own function may create users.
        None if target.is_aws() => return Err(TargetError::Unnamed.into()),
        None => Ok(create_locally(target, &body).await?),
    };
    match answer {
        Ok(answer) => read_response(&answer).map(|()| CreatedAdmin { email: options.email.clone(), password: shown }),
        Err(lambda::LambdaError::NoAnswer(reason)) => {
            let with = shown.map(|password| format!(" with the password {password}")).unwrap_or_default();
            Err(AdminError::Unknown { reason, with })
        }
        Err(error) => Err(error.into()),
    }
}

/// Creates the ADMIN in a local table, which is created if missing, by the code that the function runs.
async fn create_locally(target: &Target, body: &Value) -> Result<Value, AdminError> {
    let table = target.table().await?;
    create_table(table.client(), table.name()).await?;
    let app = offline_app::with_table(table, None);
    Ok(bootstrap(&app, body, "cargo citas admin create".to_owned()).await)
}

/// Reads the function's response.
fn read_response(answer: &Value) -> Result<(), AdminError> {
    if answer.get("created").is_some() {
        return Ok(());
    }
    let problem = answer.get("problem").unwrap_or(&Value::Null);
    let text = |name: &str| problem.get(name).and_then(Value::as_str).unwrap_or_default();
    if (text("code"), text("field")) == ("already_exists", app::accounts::first_admin::ADMIN) {
        return Err(AdminError::NotTheFirst);
    }
    let errors = problem.get("errors").and_then(Value::as_object).into_iter().flatten();
    let fields = errors.map(|(field, said)| {
        let said: Vec<&str> = said.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        format!("\n  {field}: {}", said.join(" "))
    });
    Err(AdminError::Refused(format!("{} ({}){}", text("title"), text("code"), fields.collect::<String>())))
}

fn read_password() -> Result<String, AdminError> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|_| AdminError::NoPassword)?;
    // Leading and trailing blanks belong to the password; the line end doesn't.
    let password = line.strip_suffix('\n').map_or(line.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if password.is_empty() { Err(AdminError::NoPassword) } else { Ok(password.to_owned()) }
}

fn generate_password() -> Result<String, AdminError> {
    let secret = identity::keys::new_secret().map_err(|_| AdminError::Random)?;
    Ok(secret.chars().take(GENERATED_LENGTH).collect())
}

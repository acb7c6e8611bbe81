//! `cargo citas admin create`: the first ADMIN, of a table on this machine or of a deployment.
//!
//! In AWS the function `<stack>-auth-admin` makes it ([`lambda`]); here the same code runs on the table.
//! Neither is reached by a route. The password is read from the input or made up, so that it stands in
//! no list of processes and no history of commands.

pub mod lambda;

use crate::offline_app;
use crate::options::AdminOptions;
use crate::target::{Target, TargetError};
use auth::admin::{Bootstrap, bootstrap};
use serde_json::{Value, json};
use std::fmt;
use store::schema::{CreateError, create_table};

/// How many characters a password has that is made up: 144 unpredictable bits.
const MADE_UP: usize = 24;

/// An ADMIN was made.
#[derive(Debug)]
pub struct Made {
    email: String,
    /// Where it was made up.
    password: Option<String>,
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "made the ADMIN {}", self.email)?;
        match &self.password {
            Some(password) => {
                write!(f, "\n  password {password}\n  It is shown this once: change it after signing in.")
            }
            None => Ok(()),
        }
    }
}

/// Why no ADMIN was made.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// There is one, or was.
    #[error("there is an ADMIN already, or was one: the first is made once. Other ADMINs make users")]
    NotTheFirst,
    /// What was given can't be taken.
    #[error("refused: {0}")]
    Refused(String),
    /// The input has no line, or not of text.
    #[error("no password could be read from the input")]
    NoPassword,
    /// The machine has no randomness.
    #[error("no random bytes could be had")]
    Random,
    /// The table could not be opened.
    #[error(transparent)]
    Table(#[from] TargetError),
    /// The table could not be created.
    #[error("the table could not be created")]
    Create(#[from] CreateError),
    /// The deployment's function wasn't reached.
    #[error(transparent)]
    Lambda(#[from] lambda::LambdaError),
    /// It may have been made.
    #[error(
        "no answer came ({reason}): nobody knows whether the ADMIN was made. Try to sign in{with}; otherwise run this again"
    )]
    Unknown {
        /// What came instead.
        reason: &'static str,
        /// The password, where it was made up.
        with: String,
    },
}

/// Makes the first ADMIN where the options say.
///
/// # Errors
/// [`AdminError`].
pub async fn create(options: &AdminOptions, target: &Target) -> Result<Made, AdminError> {
    let (password, made_up) = if options.password_stdin { (from_input()?, false) } else { (make_up()?, true) };
    let shown = made_up.then(|| password.clone());
    let body = Bootstrap {
        email: options.email.clone(),
        password,
        first_name: options.first_name.clone(),
        last_name: options.last_name.clone(),
    };
    let answer = match target.stack() {
        Some(stack) => {
            let function = format!("{stack}-auth-admin");
            let (endpoint, region) = (options.lambda.as_deref(), target.region());
            lambda::invoke(endpoint, region, &function, &json!({ "bootstrap": body })).await
        }
        // Outside of the stack's own function nothing creates users in AWS.
        None if target.is_aws() => return Err(TargetError::Unnamed.into()),
        None => Ok(here(target, body).await?),
    };
    match answer {
        Ok(answer) => read(&answer).map(|()| Made { email: options.email.clone(), password: shown }),
        Err(lambda::LambdaError::NoAnswer(reason)) => {
            let with = shown.map(|password| format!(" with the password {password}")).unwrap_or_default();
            Err(AdminError::Unknown { reason, with })
        }
        Err(error) => Err(error.into()),
    }
}

/// On a table of this machine, created where there is none, by the code that the function runs.
async fn here(target: &Target, body: Bootstrap) -> Result<Value, AdminError> {
    let table = target.table().await?;
    create_table(table.client(), table.name()).await?;
    let app = offline_app::on(table, None);
    Ok(bootstrap(&app, Some(body), "cargo citas admin create".to_owned()).await)
}

/// What the function's answer means.
fn read(answer: &Value) -> Result<(), AdminError> {
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

fn from_input() -> Result<String, AdminError> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|_| AdminError::NoPassword)?;
    // Blanks at the ends are a part of a password; the end of the line isn't.
    let password = line.strip_suffix('\n').map_or(line.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if password.is_empty() { Err(AdminError::NoPassword) } else { Ok(password.to_owned()) }
}

fn make_up() -> Result<String, AdminError> {
    let secret = identity::keys::new_secret().map_err(|_| AdminError::Random)?;
    Ok(secret.chars().take(MADE_UP).collect())
}

//! The caller's own user, with what only the own account shows.

use crate::App;
use crate::accounts::second_factor::{self, SecondFactorState};
use crate::accounts::users;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::user::User;

#[derive(Debug, Clone)]
pub struct OwnAccount {
    pub user: User,
    pub second_factor: SecondFactorState,
}

/// # Errors
/// [`AppError::NotAuthenticated`] for a caller without a user.
pub async fn read(app: &App, ctx: &Context) -> Result<OwnAccount, AppError> {
    let id = ctx.user_id().ok_or(AppError::NotAuthenticated)?;
    with_second_factor(app, users::get_user(app, id).await?).await
}

/// # Errors
/// Those of the table.
pub async fn with_second_factor(app: &App, user: User) -> Result<OwnAccount, AppError> {
    Ok(OwnAccount { second_factor: second_factor::state(app, &user).await?, user })
}

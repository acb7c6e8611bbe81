//! Who may sign in, and signing in: `/api/auth/`.
//!
//! The only function that can sign access tokens; the others verify them with the public key that it
//! publishes in the table. What no route offers is another function's, with another binary: [`admin`].

pub mod admin;
pub mod me;
pub mod password;
pub mod token;
pub mod totp;
pub mod user;

use web::{Router, routes};

/// It reaches the table and nothing else.
pub type Reached = platform::TableOnly;

/// The routes of this function.
pub fn router() -> Router {
    Router::default()
        .routes(routes!(user::list_users, user::create_user))
        .routes(routes!(user::get_user, user::replace_user, user::update_user, user::deactivate_user))
        .routes(routes!(token::issue_token))
        .routes(routes!(token::refresh_token))
        .routes(routes!(token::log_out))
        .routes(routes!(me::get_me, me::update_me))
        .routes(routes!(password::change_password))
        .routes(routes!(totp::enrol_totp, totp::drop_totp))
}

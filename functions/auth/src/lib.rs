//! Routes of `/api/auth/`: signing in, the caller's own account, and users.
//!
//! It is the only function that can sign access tokens; the others verify them with the public key that it
//! publishes in the table. Administrative events without a route are handled by a second Lambda function with
//! its own binary: [`admin`].

pub mod admin;
pub mod me;
pub mod password;
pub mod token;
pub mod totp;
pub mod user;

use web::{Router, routes};

pub const CAPABILITIES: platform::TableOnly = platform::TableOnly;

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

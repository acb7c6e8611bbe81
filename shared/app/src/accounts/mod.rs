//! Users, sign-in, second factors and access tokens.

pub mod authenticate;
pub mod first_admin;
pub mod own_account;
pub mod second_factor;
pub mod sign_in;
pub mod users;

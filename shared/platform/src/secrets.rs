//! Reads and rotates secrets: in AWS Secrets Manager ([`SecretsManager`]), one secret for each
//! [`SecretName`](app::support::ports::SecretName), or on a laptop in a file ([`SecretsFile`]).
//!
//! A secret is cached as long as the sandbox lives. When it turns out to be outdated, because it was rotated, callers
//! read it again with `fresh`. Any client can post a bad signature and so cause such a read, therefore Secrets Manager is
//! asked at most once a minute.
//!
//! Secrets that only we use are rotated: by Secrets Manager's schedule ([`rotation`]), in a file by a command
//! ([`SecretsFile::rotate`]).

mod aws;
mod cache;
mod file;
mod none;
pub mod rotation;

pub use aws::SecretsManager;
pub use file::{RotateError, SecretsFile, SecretsFileError};
pub use none::NoSecrets;

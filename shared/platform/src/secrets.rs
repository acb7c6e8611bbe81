//! Where are secrets? In AWS Secrets Manager ([`SecretsManager`]), one secret for each
//! [`SecretName`](app::support::ports::SecretName); on a laptop in a file of its owner ([`SecretsFile`]).
//!
//! What was read is kept as long as the sandbox lives. Where it turns out wrong (a token was
//! rotated), callers ask again with `fresh`; since anybody can post a bad signature, that reaches
//! Secrets Manager at most once a minute.
//!
//! Those that are ours alone are replaced from time to time: by Secrets Manager's own schedule
//! ([`rotation`]), in a file by hand ([`SecretsFile::rotate`]).

mod aws;
mod cache;
mod file;
mod none;
pub mod rotation;

pub use aws::SecretsManager;
pub use file::{CreateError, RotateError, SecretsFile};
pub use none::NoSecrets;

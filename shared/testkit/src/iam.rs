//! Checks that each function's role allows what the function does, and no more. Every AWS call that a function makes
//! during a test is recorded as IAM sees it and compared with `template.yaml` in both directions:
//!
//! | Check | When |
//! |---|---|
//! | every call is allowed | at once: the test with a forbidden call fails |
//! | every permission is used | after all tests, by `cargo lab check iam` |
//!
//! A [`System`](local::system::System) reports which function makes a call ([`local::observer`]). Calls that a test
//! makes itself, to prepare or to inspect data, belong to no function and are not checked.
//!
//! | To learn about | read |
//! |---|---|
//! | a call as IAM sees it | [`request`]; for services other than DynamoDB [`ports`] |
//! | what a role allows | [`policy`] |
//! | how the calls of all tests are collected | [`log`] |

pub mod log;
pub mod policy;
pub mod ports;
pub mod request;
#[cfg(test)]
mod tests;

use crate::template::DeploymentTemplate;
use local::observer::{Observer, ServiceCall};
use policy::Roles;
use request::IamRequest;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

static ROLES: LazyLock<Result<Roles, String>> = LazyLock::new(|| {
    let template = DeploymentTemplate::read().map_err(|error| format!("template.yaml could not be read: {error}"))?;
    Roles::of(&template)
});

/// Compares the calls of one system's functions with their roles. Clones share state.
#[derive(Debug, Clone, Default)]
pub struct IamObserver(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    seen: Mutex<BTreeSet<(&'static str, IamRequest)>>,
    refused: Mutex<Vec<String>>,
}

impl Observer for IamObserver {
    fn observe(&self, function: &'static str, call: &ServiceCall<'_>) {
        let requests = match call {
            ServiceCall::Table(input) => request::requests(input),
            ServiceCall::Service { action, resource } => vec![IamRequest::new(action, *resource)],
        };
        for request in requests {
            self.note(function, &request);
        }
    }
}

impl IamObserver {
    fn note(&self, function: &'static str, request: &IamRequest) {
        if !self.0.seen.lock().unwrap_or_else(PoisonError::into_inner).insert((function, request.clone())) {
            return;
        }
        let noted = log::note(function, request).map_err(|error| format!("{}: {error}", log::VARIABLE));
        let judged = ROLES.as_ref().map_err(Clone::clone).and_then(|roles| roles.check_allowed(function, request));
        let refused = [noted, judged].into_iter().filter_map(Result::err);
        self.0.refused.lock().unwrap_or_else(PoisonError::into_inner).extend(refused);
    }

    /// Takes the forbidden calls since the last time.
    #[must_use]
    pub fn take_refused(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.refused.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Fails the test that owns it if a call isn't allowed: after each request, and when dropped.
#[derive(Debug)]
pub struct IamGuard(pub IamObserver);

impl IamGuard {
    /// # Panics
    /// If a call was not allowed.
    pub fn check(&self) {
        let refused = self.0.take_refused();
        assert!(refused.is_empty(), "IAM would refuse:\n{}", refused.join("\n"));
    }
}

impl Drop for IamGuard {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.check();
        }
    }
}

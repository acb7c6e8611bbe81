//! Does each function's role allow what the function does, and no more? Every call to AWS that a function
//! makes while a test calls it is noted as IAM sees it, and held against `template.yaml` both ways:
//!
//! | What | When |
//! |---|---|
//! | whatever is called is allowed | at once: the test fails in which it isn't |
//! | whatever is allowed is called | after all tests, by `cargo lab check iam` |
//!
//! A [`System`](local::system::System) tells who calls ([`local::observer`]). What a test does by itself, to prepare
//! something or to look, is nobody's.
//!
//! | To learn about | read |
//! |---|---|
//! | what a call is to IAM | [`request`], and of what isn't the table [`ports`] |
//! | what a role allows | [`policy`] |
//! | how the calls of all tests come together | [`log`] |

pub mod log;
pub mod policy;
pub mod ports;
pub mod request;
#[cfg(test)]
mod tests;

use crate::template::Template;
use local::observer::{Call, Observer};
use policy::Roles;
use request::Request;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

static ROLES: LazyLock<Result<Roles, String>> = LazyLock::new(|| {
    let template = Template::read().map_err(|error| format!("template.yaml can't be read: {error}"))?;
    Roles::of(&template)
});

/// The calls of one system's functions, each compared with the function's role. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Rights(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    seen: Mutex<BTreeSet<(&'static str, Request)>>,
    refused: Mutex<Vec<String>>,
}

impl Observer for Rights {
    fn observe(&self, function: &'static str, call: &Call<'_>) {
        let requests = match call {
            Call::Table(input) => request::requests(input),
            Call::Service { action, resource } => vec![Request::new(action, *resource)],
        };
        for request in requests {
            self.note(function, request);
        }
    }
}

impl Rights {
    fn note(&self, function: &'static str, request: Request) {
        if !self.0.seen.lock().unwrap_or_else(PoisonError::into_inner).insert((function, request.clone())) {
            return;
        }
        let noted = log::note(function, &request).map_err(|error| format!("{}: {error}", log::VARIABLE));
        let judged = ROLES.as_ref().map_err(Clone::clone).and_then(|roles| roles.judge(function, &request));
        let refused = [noted, judged].into_iter().filter_map(Result::err);
        self.0.refused.lock().unwrap_or_else(PoisonError::into_inner).extend(refused);
    }

    /// What was called and isn't allowed, since the last time.
    #[must_use]
    pub fn take_refused(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.refused.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Fails whoever holds it where a call isn't allowed: after each request, and at the end.
#[derive(Debug)]
pub struct Guard(pub Rights);

impl Guard {
    /// Fails where a call isn't allowed.
    ///
    /// # Panics
    /// Then.
    pub fn check(&self) {
        let refused = self.0.take_refused();
        assert!(refused.is_empty(), "IAM would refuse:\n{}", refused.join("\n"));
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.check();
        }
    }
}

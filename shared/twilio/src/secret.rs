//! A password that is overwritten when dropped, shows as `[redacted]` in `Debug`, and can be read in this crate only.

use std::fmt;

use zeroize::Zeroizing;

/// The password of the REST API: the account's Auth Token, or the secret of an API key.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Pass the `String` itself where possible: a copy of it isn't overwritten.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

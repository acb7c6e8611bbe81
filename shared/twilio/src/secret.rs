//! How is a secret kept from leaking? It is wiped from memory when dropped, prints as
//! `[redacted]`, and its text can be read inside this crate only.

use std::fmt;

use zeroize::Zeroizing;

/// The password of the REST API: the account's Auth Token, or the secret of an API key.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes over the text. Pass the `String` itself where possible: a copy left elsewhere is not
    /// wiped.
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

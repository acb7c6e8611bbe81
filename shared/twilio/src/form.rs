//! Decodes `application/x-www-form-urlencoded` bodies. The signature covers every decoded parameter, so [`Form`] keeps all
//! of them, in order and with duplicates, and refuses a body that it would have to alter.

use std::fmt;

/// Maximum number of parameters. Twilio's largest webhooks have about 40.
pub const MAX_PARAMETERS: usize = 200;

/// The decoded parameters, in order.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form {
    parameters: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// More than [`MAX_PARAMETERS`].
    #[error("the form has more than {MAX_PARAMETERS} parameters")]
    TooManyParameters,
    /// A name or value is not UTF-8 once decoded.
    #[error("the form is not UTF-8")]
    NotUtf8,
}

impl Form {
    /// Decodes a body as the URL standard does: `+` is a space, `%41` a byte, a parameter without `=` has an empty value,
    /// and a `%` that starts no escape stands for itself.
    ///
    /// # Errors
    /// Too many parameters, or one that is not UTF-8: replacing its bytes would make a text that wasn't signed.
    pub fn parse(body: &[u8]) -> Result<Self, FormError> {
        let mut parameters = Vec::new();
        for piece in body.split(|byte| *byte == b'&').filter(|p| !p.is_empty()) {
            if parameters.len() == MAX_PARAMETERS {
                return Err(FormError::TooManyParameters);
            }
            let mut halves = piece.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            parameters.push((name, value));
        }
        Ok(Self { parameters })
    }

    /// The first value of a parameter. Names are case-sensitive.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find_map(|(key, value)| (key == name).then_some(value))
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Duplicates count.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parameters.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty()
    }

    /// Encodes a body that decodes to an equal form; its bytes may differ from the original.
    #[must_use]
    pub fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(self.iter()).finish()
    }
}

/// The value of an optional parameter. Twilio sends many of them empty instead of leaving them out.
pub(crate) fn non_empty(form: &Form, name: &str) -> Option<String> {
    form.get(name).filter(|value| !value.is_empty()).map(str::to_owned)
}

fn decode(raw: &[u8]) -> Result<String, FormError> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match (first, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => match (nibble(*high), nibble(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                _ => bytes.push(b'%'),
            },
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| FormError::NotUtf8)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// For signing; [`MAX_PARAMETERS`] limits only parsed bodies.
impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Form {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let own = |(name, value): (N, V)| (name.into(), value.into());
        Self { parameters: pairs.into_iter().map(own).collect() }
    }
}

/// Shows the number of parameters and nothing of their contents.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Form({} parameters)", self.len())
    }
}

#[cfg(test)]
mod tests;

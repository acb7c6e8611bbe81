//! What exactly did the form say? The signature covers every decoded parameter, known or not, so
//! [`Form`] keeps them all, in order, duplicates included, and refuses what it could only keep
//! altered.

use std::fmt;

/// Most parameters of one form. Twilio's largest webhooks have some forty.
pub const MAX_PARAMETERS: usize = 200;

/// The decoded parameters of an `application/x-www-form-urlencoded` body, in their order.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form {
    parameters: Vec<(String, String)>,
}

/// Why a body is not a form.
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
    /// Decodes a body: `+` is a space, `%41` a byte, a parameter without `=` has an empty value,
    /// and a `%` that starts no escape stands for itself (as the URL standard has it).
    ///
    /// # Errors
    /// Too many parameters, or one that is not UTF-8: replacing the bad bytes would make a text
    /// that nobody signed.
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
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find_map(|(key, value)| (key == name).then_some(value))
    }

    /// All parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How many there are, duplicates counted.
    pub fn len(&self) -> usize {
        self.parameters.len()
    }

    /// Whether there is none, as in a GET request.
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty()
    }

    /// The body again; decodes to an equal form, though not always to the same bytes.
    pub fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(self.iter()).finish()
    }
}

/// The value of a parameter that may be absent; Twilio sends many of them empty instead.
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

/// For the signing side; [`MAX_PARAMETERS`] bounds only what arrives from outside.
impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Form {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let own = |(name, value): (N, V)| (name.into(), value.into());
        Self { parameters: pairs.into_iter().map(own).collect() }
    }
}

/// Says how many parameters there are and nothing of what they say.
impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Form({} parameters)", self.len())
    }
}

#[cfg(test)]
mod tests;

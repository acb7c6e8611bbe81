//! Cursors: a position in a list that clients carry but can neither read nor make.
//!
//! A cursor is sealed with AES-256-GCM, by the newest word of the secret; the word before opens it too,
//! so that a rotation stops nobody in the middle of a list. What it is good for (the user, the route, the
//! filters) isn't in it but goes into the seal, so that it opens only where it was given out.

use crate::hash;
use app::support::listing::Position;
use app::support::ports::SecretName;
use app::support::secret_words::Words;
use app::{App, AppError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use uuid::Uuid;

/// For how many seconds a cursor is good.
const LIFETIME: i64 = 60 * 60;

/// The longest cursor that is looked at.
const MAX_LENGTH: usize = 4096;

/// What a cursor is good for.
#[derive(Debug, Clone)]
pub(crate) struct Binding([u8; 32]);

impl Binding {
    /// Of one user (or none), one route, one path under it and one set of filters, in any order.
    pub(crate) fn new<'a>(
        user: Option<Uuid>,
        route: &str,
        path: &str,
        filters: impl Iterator<Item = &'a (String, String)>,
    ) -> Self {
        let mut filters: Vec<_> = filters.map(|(name, value)| (name.as_str(), value.trim())).collect();
        filters.sort_unstable();
        let user = user.unwrap_or_default();
        let fixed = [user.as_bytes().as_slice(), route.as_bytes(), path.as_bytes()];
        let pairs = filters.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
        Self(hash::of_parts(fixed.into_iter().chain(pairs)))
    }
}

/// What is inside: when it expires, in which direction, and from where.
struct Content {
    expires: i64,
    position: Position,
}

impl Content {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = self.expires.to_be_bytes().to_vec();
        bytes.push(u8::from(self.position.backwards));
        bytes.extend_from_slice(self.position.key.as_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (expires, rest) = bytes.split_first_chunk::<8>()?;
        let (backwards, key) = rest.split_first()?;
        let key = std::str::from_utf8(key).ok()?.to_owned();
        let position = Position { key, backwards: *backwards == 1 };
        Some(Self { expires: i64::from_be_bytes(*expires), position })
    }
}

fn key(word: &[u8]) -> Result<LessSafeKey, AppError> {
    UnboundKey::new(&AES_256_GCM, &hash::of(word))
        .map(LessSafeKey::new)
        .map_err(|_| AppError::Internal("no cursor key can be made".to_owned()))
}

/// A cursor to a position.
///
/// # Errors
/// Where there is no secret to seal it with.
pub(crate) async fn seal(app: &App, binding: &Binding, position: &Position) -> Result<String, AppError> {
    let content = Content { expires: app.now().unix() + LIFETIME, position: position.clone() };
    let words = Words::read_from(app, SecretName::Cursors, false).await?;
    seal_with(words.newest(), binding, &content.encode())
}

/// With a nonce by chance: there would have to be four billion cursors of one word before two of them may well be the
/// same (NIST SP 800-38D, 8.3).
fn seal_with(word: &[u8], binding: &Binding, content: &[u8]) -> Result<String, AppError> {
    let failed = |_| AppError::Internal("a cursor can't be sealed".to_owned());
    let mut bytes = [0; NONCE_LEN];
    SystemRandom::new().fill(&mut bytes).map_err(failed)?;
    let (nonce, mut sealed) = (Nonce::assume_unique_for_key(bytes), content.to_vec());
    key(word)?.seal_in_place_append_tag(nonce, Aad::from(&binding.0), &mut sealed).map_err(failed)?;
    Ok(URL_SAFE_NO_PAD.encode([bytes.as_slice(), &sealed].concat()))
}

/// The position that a cursor points to.
///
/// # Errors
/// [`AppError::InvalidCursor`] unless it is ours, for this binding, and not expired.
pub(crate) async fn open(app: &App, binding: &Binding, cursor: &str) -> Result<Position, AppError> {
    let bytes = Some(cursor)
        .filter(|cursor| cursor.len() <= MAX_LENGTH)
        .and_then(|cursor| URL_SAFE_NO_PAD.decode(cursor).ok())
        .ok_or(AppError::InvalidCursor)?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(AppError::InvalidCursor)?;
    let words = Words::read_from(app, SecretName::Cursors, false).await?;
    let mut content = open_with(&words, binding, nonce, sealed)?;
    if content.is_none() {
        // Another sandbox may know a newer word. Anybody can send a bad cursor: the port sees to it that
        // this asks once a minute at most.
        let words = Words::read_from(app, SecretName::Cursors, true).await?;
        content = open_with(&words, binding, nonce, sealed)?;
    }
    let content = content.ok_or(AppError::InvalidCursor)?;
    if app.now().unix() < content.expires { Ok(content.position) } else { Err(AppError::InvalidCursor) }
}

/// What is in a cursor, by the first of the words that opens it.
fn open_with(
    words: &Words,
    binding: &Binding,
    nonce: &[u8; NONCE_LEN],
    sealed: &[u8],
) -> Result<Option<Content>, AppError> {
    for word in words.iter() {
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        if let Ok(opened) = key(word)?.open_in_place(nonce, Aad::from(&binding.0), &mut sealed) {
            return Ok(Content::decode(opened));
        }
    }
    Ok(None)
}

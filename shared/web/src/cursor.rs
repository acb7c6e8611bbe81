//! Cursors: encrypted positions in a list, which clients can neither read nor forge.
//!
//! A cursor is encrypted with AES-256-GCM under the current key of the secret. The previous key decrypts too, so that
//! a rotation interrupts no paging. The user, the route and the filters aren't in the cursor but are its associated
//! data, so that it is valid only for the list that it was issued for.

use crate::hash;
use app::support::key_ring::KeyRing;
use app::support::listing::Position;
use app::support::ports::SecretName;
use app::{App, AppError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use uuid::Uuid;

/// In seconds.
const LIFETIME: i64 = 60 * 60;

/// The longest cursor that is decrypted, in base64url characters.
const MAX_LENGTH: usize = 4096;

/// The list that a cursor is valid for, as a hash.
#[derive(Debug, Clone)]
pub(crate) struct Binding([u8; 32]);

impl Binding {
    /// The order of `filters` doesn't matter.
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
        Self(hash::sha256_of_parts(fixed.into_iter().chain(pairs)))
    }
}

struct CursorContent {
    expires: i64,
    position: Position,
}

impl CursorContent {
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

fn aead_key(key: &[u8]) -> Result<LessSafeKey, AppError> {
    UnboundKey::new(&AES_256_GCM, &hash::sha256(key))
        .map(LessSafeKey::new)
        .map_err(|_| AppError::Internal("the key for cursors could not be made".to_owned()))
}

pub(crate) async fn seal(app: &App, binding: &Binding, position: &Position) -> Result<String, AppError> {
    let content = CursorContent { expires: app.now().unix() + LIFETIME, position: position.clone() };
    let keys = KeyRing::read_from(app, SecretName::Cursors, false).await?;
    seal_with(keys.current(), binding, &content.encode())
}

/// The nonce is random, which is safe for up to 2^32 cursors of one key (NIST SP 800-38D, 8.3).
fn seal_with(key: &[u8], binding: &Binding, content: &[u8]) -> Result<String, AppError> {
    let failed = |_| AppError::Internal("a cursor could not be encrypted".to_owned());
    let mut bytes = [0; NONCE_LEN];
    SystemRandom::new().fill(&mut bytes).map_err(failed)?;
    let (nonce, mut sealed) = (Nonce::assume_unique_for_key(bytes), content.to_vec());
    aead_key(key)?.seal_in_place_append_tag(nonce, Aad::from(&binding.0), &mut sealed).map_err(failed)?;
    Ok(URL_SAFE_NO_PAD.encode([bytes.as_slice(), &sealed].concat()))
}

/// # Errors
/// [`AppError::InvalidCursor`] unless it was issued by us for this binding and hasn't expired.
pub(crate) async fn open(app: &App, binding: &Binding, cursor: &str) -> Result<Position, AppError> {
    let bytes = Some(cursor)
        .filter(|cursor| cursor.len() <= MAX_LENGTH)
        .and_then(|cursor| URL_SAFE_NO_PAD.decode(cursor).ok())
        .ok_or(AppError::InvalidCursor)?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(AppError::InvalidCursor)?;
    let keys = KeyRing::read_from(app, SecretName::Cursors, false).await?;
    let mut content = open_with(&keys, binding, nonce, sealed)?;
    if content.is_none() {
        // Another sandbox may have encrypted it with a newer key. Clients can send bad cursors at will, so the port
        // reads the secret again at most once a minute.
        let keys = KeyRing::read_from(app, SecretName::Cursors, true).await?;
        content = open_with(&keys, binding, nonce, sealed)?;
    }
    let content = content.ok_or(AppError::InvalidCursor)?;
    if app.now().unix() < content.expires { Ok(content.position) } else { Err(AppError::InvalidCursor) }
}

/// Decrypts with the first key that fits; `None` if none does.
fn open_with(
    keys: &KeyRing,
    binding: &Binding,
    nonce: &[u8; NONCE_LEN],
    sealed: &[u8],
) -> Result<Option<CursorContent>, AppError> {
    for key in keys.iter() {
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        if let Ok(opened) = aead_key(key)?.open_in_place(nonce, Aad::from(&binding.0), &mut sealed) {
            return Ok(CursorContent::decode(opened));
        }
    }
    Ok(None)
}

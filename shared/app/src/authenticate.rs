//! Who calls: from an access token to the user as it is *now*. There is no cache of users, so a
//! disabled one is out at the next request; only public keys, which never change, are remembered.

use crate::App;
use crate::error::AppError;
use domain::ids::{Id as _, UserId};
use domain::user::User;
use identity::access::{self, Issuer, TokenError};
use identity::keys::PublicKey;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use store::Key;
use store::signing_key::SigningKeyRow;

/// Who issues access tokens.
pub const ISSUER: &str = "citas";
/// For whom.
pub const AUDIENCE: &str = "citas-api";

/// The public keys that were needed so far, by their ids.
#[derive(Debug, Default)]
pub struct KeyCache(RwLock<HashMap<String, PublicKey>>);

impl KeyCache {
    fn get(&self, kid: &str) -> Option<PublicKey> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(kid).cloned()
    }

    /// Whether a key is known.
    #[must_use]
    pub fn knows(&self, kid: &str) -> bool {
        self.get(kid).is_some()
    }

    /// Remembers a key.
    pub fn learn(&self, key: PublicKey) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(key.kid().to_owned(), key);
    }
}

/// Issuer and audience, as tokens have them.
#[must_use]
pub fn issuer() -> Issuer {
    Issuer { iss: ISSUER.to_owned(), aud: AUDIENCE.to_owned() }
}

/// The user that an access token stands for.
///
/// # Errors
/// [`AppError::NotAuthenticated`], [`AppError::TokenExpired`].
pub async fn authenticate(app: &App, token: &str) -> Result<User, AppError> {
    let kid = access::kid(token).ok_or(AppError::NotAuthenticated)?;
    let key = public_key(app, &kid).await?;
    let claims = access::verify(token, |_| key, &issuer(), app.now().unix()).map_err(|error| match error {
        TokenError::Expired => AppError::TokenExpired,
        _ => AppError::NotAuthenticated,
    })?;
    let id = UserId::parse(&claims.sub).ok_or(AppError::NotAuthenticated)?;
    let user = app.table.get::<User>(&Key::user(id)).await?.ok_or(AppError::NotAuthenticated)?;
    if user.is_active && user.profile.credentials.generation == claims.generation {
        Ok(user)
    } else {
        Err(AppError::NotAuthenticated)
    }
}

async fn public_key(app: &App, kid: &str) -> Result<Option<PublicKey>, AppError> {
    let known = app.keys.get(kid);
    if known.is_some() {
        return Ok(known);
    }
    let Some(row) = app.table.get::<SigningKeyRow>(&Key::signing_key(kid)).await? else {
        return Ok(None);
    };
    let key: Option<PublicKey> = serde_json::from_value(serde_json::json!({ "kid": row.kid, "x": row.x })).ok();
    if let Some(key) = &key {
        app.keys.learn(key.clone());
    }
    Ok(key)
}

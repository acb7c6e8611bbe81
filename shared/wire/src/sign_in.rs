//! Signing in and out, passwords and the second factor.

use crate::user::UserView;
use crate::values::TokenType;
use crate::{Body, View};
use app::accounts::sign_in::IssuedTokens;
use identity::password::Password;

/// Credentials of a user.
#[derive(Clone, Body)]
pub struct TokenBody {
    /// E-mail address, case-insensitive.
    #[field(example = "admin@example.com")]
    pub email: String,
    #[field(format = "password", example = "citas-demo-password")]
    pub password: String,
    /// The second factor, for users who have one: the code of the authenticator app, or a recovery code.
    pub otp: Option<String>,
}

#[derive(Clone, Body)]
pub struct RefreshBody {
    /// The most recent refresh token of the session.
    pub refresh: String,
}

/// The sessions to end: one, or all.
#[derive(Clone, Body)]
pub struct LogOutBody {
    /// The refresh token of the session to end. Required unless `all` is `true`.
    pub refresh: Option<String>,
    /// `true` ends every session of the user.
    pub all: Option<bool>,
}

/// Access and refresh token of a session, and its user.
#[derive(Clone, View)]
pub struct TokensView {
    /// Access token, sent with every request as `Authorization: Bearer …`.
    access: String,
    /// Refresh token. It can be exchanged once.
    refresh: String,
    /// Always `Bearer`.
    token_type: TokenType,
    /// Seconds until the access token expires.
    expires_in: i64,
    user: UserView,
}

impl From<IssuedTokens> for TokensView {
    fn from(tokens: IssuedTokens) -> Self {
        Self {
            access: tokens.access,
            refresh: tokens.refresh,
            token_type: TokenType::Bearer,
            expires_in: tokens.expires_in,
            user: UserView::from(&tokens.user),
        }
    }
}

/// A change of the caller's own password.
#[derive(Clone, Body)]
pub struct PasswordBody {
    #[field(format = "password")]
    pub current_password: String,
    /// 12 to 128 characters, and not a common password.
    pub new_password: Password,
}

/// Empty to get a new secret; with a code to activate the second factor.
#[derive(Clone, Body)]
pub struct TotpBody {
    /// The code that the authenticator app shows for the secret. It activates the second factor.
    #[field(example = "287082")]
    pub otp: Option<String>,
}

/// The state of setting up a second factor.
#[derive(Clone, View)]
pub struct TotpView {
    /// Whether signing in requires it from now on.
    pub is_active: bool,
    /// Secret in base32 for the authenticator app. Only before activation.
    pub secret: Option<String>,
    /// The secret as an `otpauth:` URI, for a QR code. Only before activation.
    pub uri: Option<String>,
    /// Recovery codes; each can be used once. Only on activation.
    pub recovery_codes: Option<Vec<String>>,
}

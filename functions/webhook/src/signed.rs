//! The extractor for forms that Twilio has signed, the only input of this function's handlers.

use app::support::ports::SecretName;
use app::{App, AppError};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use platform::public_url::public_url;
use platform::twilio_secret::TwilioSecret;
use twilio::signature::{self, SignatureError};
use twilio::{Form, FormError};
use web::{Problem, RequestError, RequestedUrl};

/// Maximum size of a form. Twilio's forms have about two kilobytes.
const MAX_BYTES: usize = 32 * 1024;

/// A form with a verified signature.
pub struct SignedForm {
    pub form: Form,
    /// The query of the requested URL.
    pub query: Option<String>,
}

impl FromRequest<App> for SignedForm {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !content_type.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
            return Err(RequestError::UnsupportedMediaType.into());
        }
        let bytes = axum::body::to_bytes(body, MAX_BYTES).await.map_err(|_| RequestError::TooLarge)?;
        // Twilio doesn't sign an unreadable form.
        let form = Form::parse(&bytes).map_err(|_: FormError| AppError::PermissionDenied)?;
        let own = form.get("AccountSid").is_some_and(|account| app.messenger.is_own_account(account));
        let called = parts.extensions.get::<RequestedUrl>().map_or_else(|| parts.uri.to_string(), |url| url.0.clone());
        let url = format!("{}{called}", public_url(&*app.secrets).await.map_err(AppError::from)?);
        let header = parts.headers.get(signature::HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // A signature that doesn't match may have been made with a newer token than the cached one: the token is
        // fetched again once before the request is refused.
        for fresh in [false, true] {
            let secret = app.secrets.get(SecretName::Twilio, fresh).await.map_err(AppError::from)?;
            let secret = TwilioSecret::parse(&secret).map_err(|error| AppError::Internal(error.to_string()))?;
            match signature::verify(&secret.auth_tokens(), &url, &form, header) {
                // Subaccounts may share a token, so a valid signature doesn't prove that the account is ours.
                Ok(()) if own => {
                    return Ok(Self { form, query: called.split_once('?').map(|(_, query)| query.to_owned()) });
                }
                Err(SignatureError::Mismatch) => {}
                Ok(()) | Err(_) => break,
            }
        }
        Err(AppError::PermissionDenied.into())
    }
}

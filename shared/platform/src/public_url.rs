//! The public address of the API. Twilio calls it and signs its URLs, so it must be exactly the address that Twilio was
//! configured with. A deployment knows it only after the API was created and then stores it among the secrets;
//! `PUBLIC_BASE_URL` takes precedence.
//!
//! [`WithPublicUrl`] hides the difference: [`SecretName::PublicUrl`] is the address without a trailing slash, wherever
//! it comes from. [`public_url`] reads it.

use app::support::ports::{SecretError, SecretName, SecretText, Secrets};
use futures_util::future::BoxFuture;

/// Secrets whose public address may be fixed by the settings.
pub struct WithPublicUrl<S> {
    secrets: S,
    fixed: Option<SecretText>,
}

impl<S: Secrets> WithPublicUrl<S> {
    /// `fixed` is the address of the settings, if any.
    pub fn new(secrets: S, fixed: Option<&str>) -> Self {
        Self { secrets, fixed: fixed.map(secret_text) }
    }
}

impl<S: Secrets> Secrets for WithPublicUrl<S> {
    fn get(&self, name: SecretName, fresh: bool) -> BoxFuture<'_, Result<SecretText, SecretError>> {
        match (&self.fixed, name) {
            (Some(fixed), SecretName::PublicUrl) => Box::pin(std::future::ready(Ok(fixed.clone()))),
            (None, SecretName::PublicUrl) => {
                let read = self.secrets.get(name, fresh);
                Box::pin(async move { read.await.map(|text| secret_text(&text.0)) })
            }
            _ => self.secrets.get(name, fresh),
        }
    }
}

/// As `https://citas.example.com`.
pub async fn public_url(secrets: &dyn Secrets) -> Result<String, SecretError> {
    secrets.get(SecretName::PublicUrl, false).await.map(|text| text.0)
}

/// The address without slashes and blanks around it: paths begin with a slash.
#[must_use]
pub fn without_slash(url: &str) -> &str {
    url.trim().trim_end_matches('/')
}

fn secret_text(url: &str) -> SecretText {
    SecretText(without_slash(url).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Inside;

    impl Secrets for Inside {
        fn get(&self, name: SecretName, _: bool) -> BoxFuture<'_, Result<SecretText, SecretError>> {
            Box::pin(async move { Ok(SecretText(format!("https://{}/\n", name.name()))) })
        }
    }

    #[tokio::test]
    async fn the_setting_takes_precedence() {
        let secrets = WithPublicUrl::new(Inside, Some("https://citas.example.com/v/"));
        assert_eq!(public_url(&secrets).await.unwrap(), "https://citas.example.com/v");
        assert_eq!(secrets.get(SecretName::Signing, false).await.unwrap().0, "https://signing/\n");
    }

    #[tokio::test]
    async fn without_the_setting_the_secret_is_used_without_its_slash() {
        let secrets = WithPublicUrl::new(Inside, None);
        assert_eq!(public_url(&secrets).await.unwrap(), "https://public-url");
    }
}

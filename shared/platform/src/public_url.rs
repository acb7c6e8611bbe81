//! Under which address does the outside know the API? Twilio signs it and calls back to it, so it
//! must be the very one that Twilio was given. A deployment learns it only once the API is there and
//! then keeps it among the secrets; `PUBLIC_BASE_URL` comes first where it is set.
//!
//! [`WithPublicUrl`] makes both look alike: whoever asks `app`'s secrets for
//! [`SecretName::PublicUrl`] gets the address without a slash at its end, wherever it came from.
//! [`public_url`] is the short way to ask.

use app::support::ports::{NoSecret, SecretName, SecretText, Secrets};
use futures_util::future::BoxFuture;

/// Secrets in which the public address may be fixed. Keeping it is left to the secrets inside.
pub struct WithPublicUrl<S> {
    secrets: S,
    fixed: Option<SecretText>,
}

impl<S: Secrets> WithPublicUrl<S> {
    /// Wraps secrets; `fixed` is the address, where it is set.
    pub fn new(secrets: S, fixed: Option<&str>) -> Self {
        Self { secrets, fixed: fixed.map(without_slash) }
    }
}

impl<S: Secrets> Secrets for WithPublicUrl<S> {
    fn get(&self, name: SecretName, fresh: bool) -> BoxFuture<'_, Result<SecretText, NoSecret>> {
        match (&self.fixed, name) {
            (Some(fixed), SecretName::PublicUrl) => Box::pin(std::future::ready(Ok(fixed.clone()))),
            (None, SecretName::PublicUrl) => {
                let asked = self.secrets.get(name, fresh);
                Box::pin(async move { asked.await.map(|text| without_slash(&text.0)) })
            }
            _ => self.secrets.get(name, fresh),
        }
    }
}

/// The public address, as `https://citas.example.com`.
///
/// # Errors
/// [`NoSecret`].
pub async fn public_url(secrets: &dyn Secrets) -> Result<String, NoSecret> {
    secrets.get(SecretName::PublicUrl, false).await.map(|text| text.0)
}

fn without_slash(url: &str) -> SecretText {
    SecretText(url.trim().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Inside;

    impl Secrets for Inside {
        fn get(&self, name: SecretName, _: bool) -> BoxFuture<'_, Result<SecretText, NoSecret>> {
            Box::pin(async move { Ok(SecretText(format!("https://{}/\n", name.name()))) })
        }
    }

    #[tokio::test]
    async fn the_setting_comes_first() {
        let secrets = WithPublicUrl::new(Inside, Some("https://citas.example.com/v/"));
        assert_eq!(public_url(&secrets).await.unwrap(), "https://citas.example.com/v");
        assert_eq!(secrets.get(SecretName::Signing, false).await.unwrap().0, "https://signing/\n");
    }

    #[tokio::test]
    async fn otherwise_the_secret_without_its_slash() {
        let secrets = WithPublicUrl::new(Inside, None);
        assert_eq!(public_url(&secrets).await.unwrap(), "https://public-url");
    }
}

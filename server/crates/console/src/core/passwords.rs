//! Hashing of passwords: Argon2id, of which few run at once.

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use console_wire::access::Password;
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::ConsoleError;

/// Hashes at once. Each takes 19 MiB and a processor, and anyone can ask for one.
const AT_ONCE: usize = 2;
/// Checked in place of the hash that an unknown name does not have, so that the answer takes as long.
const OF_NO_ACCOUNT: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$ZmxlZXRjYXN0LW5vYm9keQ$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// Hashes and checks passwords.
#[derive(Debug)]
pub(crate) struct Passwords {
    permits: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Passwords {
    /// The hash of a password in PHC form, with a salt of its own.
    pub(crate) async fn hash(&self, password: Password) -> Result<String, ConsoleError> {
        self.run(move || {
            let hash: PasswordHash = Argon2::default().hash_password(password.expose().as_bytes())?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether a password has this hash. Without a hash it takes as long, and has not.
    pub(crate) async fn verify(
        &self,
        password: Password,
        hash: Option<String>,
    ) -> Result<bool, ConsoleError> {
        self.run(move || {
            let known = PasswordHash::new(hash.as_deref().unwrap_or(OF_NO_ACCOUNT))?;
            let is_same = Argon2::default().verify_password(password.expose().as_bytes(), &known).is_ok();
            Ok(is_same && hash.is_some())
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, argon2::password_hash::Error> + Send + 'static,
    ) -> Result<T, ConsoleError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| ConsoleError::Stopping)?;
        let done = spawn_blocking(move || {
            // Held to the end of the work, although the client may leave before.
            let _permit = permit;
            work()
        });
        done.await.map_err(|_| ConsoleError::Stopping)?.map_err(ConsoleError::Hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        text.to_owned().into()
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let passwords = Passwords::default();
        let hash = passwords.hash(password("correct horse battery")).await.unwrap();
        assert_ne!(passwords.hash(password("correct horse battery")).await.unwrap(), hash, "salted");
        for (typed, known, expected) in [
            ("correct horse battery", Some(hash.clone()), true),
            ("correct horse batterx", Some(hash.clone()), false),
            ("correct horse battery", None, false),
        ] {
            assert_eq!(passwords.verify(password(typed), known).await.unwrap(), expected, "{typed}");
        }
    }

    /// Otherwise the time of the answer would tell which names exist.
    #[tokio::test]
    async fn the_hash_of_no_account_costs_as_much() {
        let hash = Passwords::default().hash(password("correct horse battery")).await.unwrap();
        let cost = |text: &str| text.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(cost(&hash), cost(OF_NO_ACCOUNT));
        let length = |text: &str| text.rsplit('$').next().map(str::len);
        assert_eq!(length(&hash), length(OF_NO_ACCOUNT));
        assert!(PasswordHash::new(OF_NO_ACCOUNT).is_ok());
    }
}

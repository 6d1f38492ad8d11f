//! Random keys and etags of identities.

use secrecy::SecretString;

use crate::domain::identity;

/// Base64 of 32 bytes from the system's random numbers.
pub(super) fn random_key() -> SecretString {
    identity::random_key(&mut |bytes| getrandom::fill(bytes).expect("the system gives random numbers"))
}

/// Nine random digits, as on live hubs: the etag of a deleted device does not fit its successor.
pub(super) fn first_etag() -> i64 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).expect("the system gives random numbers");
    100_000_000 + i64::from(u32::from_be_bytes(bytes)) % 900_000_000
}

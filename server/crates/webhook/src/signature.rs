//! The signature of a message: HMAC-SHA256 over `id.timestamp.body`.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::SigningSecret;

/// The signature by one secret, `v1,…`. `timestamp` is in seconds since 1970.
pub fn sign(secret: &SigningSecret, id: &str, timestamp: u64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

/// The header `webhook-signature`: a signature by each secret. While a secret is rotated there are two, and a receiver accepts the
/// message if one of them matches.
pub fn header(secrets: &[SigningSecret], id: &str, timestamp: u64, body: &[u8]) -> String {
    let signatures: Vec<_> = secrets.iter().map(|secret| sign(secret, id, timestamp, body)).collect();
    signatures.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the libraries of Standard Webhooks test themselves with.
    #[test]
    fn the_published_example() {
        let secret = SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature =
            sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn every_part_is_signed() {
        let secrets = [SigningSecret::generate().unwrap(), SigningSecret::generate().unwrap()];
        let original = sign(&secrets[0], "msg_1", 100, b"{}");
        for other in [
            sign(&secrets[1], "msg_1", 100, b"{}"),
            sign(&secrets[0], "msg_2", 100, b"{}"),
            sign(&secrets[0], "msg_1", 101, b"{}"),
            sign(&secrets[0], "msg_1", 100, b"{ }"),
        ] {
            assert_ne!(other, original);
        }
        let both = header(&secrets, "msg_1", 100, b"{}");
        assert_eq!(both, format!("{original} {}", sign(&secrets[1], "msg_1", 100, b"{}")));
    }
}

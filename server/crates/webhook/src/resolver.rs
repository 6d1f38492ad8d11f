//! Resolves the name of a receiver to addresses that are allowed. The connection is made to exactly these, so a name that
//! resolves to another address a moment later gains nothing.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::AddressRule;

/// Asks for the addresses of a name.
pub(crate) type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// The resolver of the HTTP client.
#[derive(Clone)]
pub(crate) struct CheckedResolver {
    pub(crate) rule: AddressRule,
    pub(crate) lookup: Lookup,
}

/// None of a name's addresses is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name leads to {0}, which is not an address of the public internet; the server would have to be started with \
     --webhooks-to-private-addresses"
)]
pub(crate) struct NotAllowed(IpAddr);

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let Self { rule, lookup } = self.clone();
        Box::pin(async move {
            let found = lookup(name.as_str().to_owned()).await?;
            let allowed: Vec<_> = found.iter().copied().filter(|address| rule.allows(*address)).collect();
            match found.first() {
                Some(refused) if allowed.is_empty() => Err(NotAllowed(*refused).into()),
                // The HTTP client puts the port in.
                _ => Ok(Box::new(allowed.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs),
            }
        })
    }
}

/// The system's resolver.
pub(crate) fn of_system() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn resolve(rule: AddressRule, found: &[&str]) -> Result<Vec<String>, String> {
        let found: Vec<IpAddr> = found.iter().map(|address| address.parse().unwrap()).collect();
        let lookup: Lookup = Arc::new(move |_| {
            let found = found.clone();
            Box::pin(async move { Ok(found) })
        });
        let resolved = CheckedResolver { rule, lookup }.resolve("receiver.example".parse().unwrap()).await;
        resolved
            .map(|found| found.map(|address| address.ip().to_string()).collect())
            .map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn only_allowed_addresses_are_connected_to() {
        let mixed = resolve(AddressRule::PublicOnly, &["10.0.0.1", "8.8.8.8", "::1"]).await;
        assert_eq!(mixed, Ok(vec!["8.8.8.8".to_owned()]));
        let private = resolve(AddressRule::PublicOnly, &["192.168.1.1", "::1"]).await.unwrap_err();
        assert!(private.contains("192.168.1.1") && private.contains("--webhooks-to-private"), "{private}");
        let allowed = resolve(AddressRule::PrivateToo, &["192.168.1.1", "169.254.169.254"]).await;
        assert_eq!(allowed, Ok(vec!["192.168.1.1".to_owned()]));
        assert_eq!(resolve(AddressRule::PublicOnly, &[]).await, Ok(Vec::new()));
    }

    #[tokio::test]
    async fn the_name_of_this_machine_is_refused() {
        let resolver = CheckedResolver { rule: AddressRule::PublicOnly, lookup: of_system() };
        let Err(error) = resolver.resolve("localhost".parse().unwrap()).await else { panic!("resolved") };
        assert!(error.is::<NotAllowed>(), "{error}");
    }
}

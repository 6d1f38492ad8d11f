//! How the console is reached: its listener with or without TLS, the limits of its port, and the link for the first
//! administrator.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use app::SessionCookie;
use axum::{Router, serve::ListenerExt};
use console::{Console, SETUP_LIFE};
use hub_embedded::tls::TlsListener;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    access::{Access, provider::SignInProvider},
    config::AccessArgs,
    file_limits::{self, Caps},
    problem,
    router::{self, Reach},
    state::AppState,
    telemetry::announce,
    tls::Certificate,
};

/// Serves until the server stops: with TLS where there is a certificate.
pub(crate) async fn serve_on(
    listener: TcpListener,
    certificate: Option<Arc<Certificate>>,
    caps: &Caps,
    router: Router,
    limits: http_serve::Limits,
    stopping: CancellationToken,
) -> anyhow::Result<()> {
    let connections = http_serve::Connections::default();
    let Some(certificate) = certificate else {
        // A small response must not wait for the acknowledgement of the one before it.
        let listener = listener.tap_io(|stream| {
            stream.set_nodelay(true).ok();
        });
        http_serve::serve(listener, router, limits, connections, stopping).await;
        return Ok(());
    };
    let config = certificate.server_config().context("the console cannot speak TLS")?;
    let listener = TlsListener::new(listener, config, caps.console_handshakes())?;
    let following = AbortOnDropHandle::new(tokio::spawn(certificate.follow()));
    http_serve::serve(listener, router, limits, connections, stopping).await;
    drop(following);
    Ok(())
}

/// Listens at the address of `--metrics-listen`.
pub(crate) async fn bind_metrics(address: Option<SocketAddr>) -> anyhow::Result<Option<TcpListener>> {
    let Some(address) = address else { return Ok(None) };
    let listener = TcpListener::bind(address).await;
    listener.map(Some).with_context(|| format!("cannot listen on {address}, the address of --metrics-listen"))
}

/// Serves the metrics at an address of their own until the server stops.
pub(crate) fn serve_metrics(
    listener: Option<TcpListener>,
    state: &AppState,
    stopping: &CancellationToken,
) -> anyhow::Result<Option<JoinHandle<()>>> {
    let Some(listener) = listener else { return Ok(None) };
    announce(&format!("metrics at http://{}/metrics", listener.local_addr()?));
    let limits = http_serve::Limits {
        max_connections: file_limits::METRICS_CONNECTIONS,
        refusal: problem::too_busy,
        ..http_serve::Limits::default()
    };
    let router = router::metrics_router(state.clone());
    let connections = http_serve::Connections::default();
    Ok(Some(tokio::spawn(http_serve::serve(listener, router, limits, connections, stopping.clone()))))
}

/// The certificate that the flags name.
pub(crate) fn read_certificate(args: &AccessArgs) -> anyhow::Result<Option<Arc<Certificate>>> {
    let files = args.tls_cert.as_ref().zip(args.tls_key.as_ref());
    files.map(|(chain, key)| Certificate::open(chain, key)).transpose()
}

/// Limits of the console's port.
pub(crate) fn limits(args: &AccessArgs, caps: &Caps) -> http_serve::Limits {
    let default = http_serve::Limits::default();
    let handshakes = if args.tls_cert.is_some() { caps.console_handshakes() } else { 0 };
    let max_connections = caps.console_connections - handshakes;
    // Behind a proxy everybody has its address.
    let max_per_address = if args.behind_proxy.is_some() { max_connections } else { default.max_per_address };
    let http2 = args.tls_cert.is_some();
    http_serve::Limits { max_connections, max_per_address, http2, refusal: problem::too_busy, ..default }
}

/// How people sign in.
pub(crate) fn access(args: &AccessArgs, console: Console, provider: Option<&SignInProvider>) -> Access {
    Access {
        console,
        is_sign_in_on: args.sign_in,
        cookie: SessionCookie { is_secure: args.is_encrypted() },
        provider: provider.map(|provider| provider.name().into()),
    }
}

/// By which names and through how many proxies the server is reached.
pub(crate) const fn reach(args: &AccessArgs) -> Reach {
    let proxies = match args.behind_proxy {
        Some(proxies) => proxies,
        None => 0,
    };
    Reach { any_host: args.is_encrypted() && args.sign_in, proxies }
}

/// Prints the link for the first administrator, while there is none.
pub(crate) async fn offer_setup(console: &Console, origin: &str) -> anyhow::Result<()> {
    let offered = console.open_setup(std::time::SystemTime::now().into()).await;
    if let Some(token) = offered.context("the accounts cannot be read")? {
        announce(&format!(
            "create the first administrator within {} minutes: {origin}{}",
            SETUP_LIFE.as_secs() / 60,
            app::addresses::setup(&token)
        ));
    }
    Ok(())
}

/// The address that a browser on this machine can open. Behind a proxy people use the proxy's.
pub(crate) fn origin(scheme: &str, address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("{scheme}://localhost:{}", address.port())
    } else {
        format!("{scheme}://{address}")
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_browser_on_this_machine_can_open_the_address() {
        for (address, expected) in [
            ("127.0.0.1:3000", "https://127.0.0.1:3000"),
            ("[::1]:3000", "https://[::1]:3000"),
            ("0.0.0.0:443", "https://localhost:443"),
            ("[::]:443", "https://localhost:443"),
        ] {
            assert_eq!(super::origin("https", address.parse().unwrap()), expected);
        }
    }
}

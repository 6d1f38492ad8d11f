//! Sends one message to one receiver, once.

use std::{
    error::Error,
    fmt,
    time::{Duration, Instant, SystemTime},
};

use hub_client::tls;
use reqwest::{Client, Response, StatusCode, header, redirect::Policy};
use tokio::sync::OnceCell;

use crate::{
    AddressRule, Receiver, SigningSecret,
    resolver::{CheckedResolver, Lookup, NotAllowed, of_system},
    signature,
};

/// A receiver has so long to answer, the connection included.
pub const TIMEOUT: Duration = Duration::from_secs(20);
/// A connection may take so long.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Of an answer so many bytes are read at most.
pub const MAX_ANSWER: usize = 16 * 1024;

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The same whenever the message is sent again.
    pub id: &'a str,
    /// JSON.
    pub body: &'a [u8],
    /// One, or two while the secret is rotated.
    pub secrets: &'a [SigningSecret],
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has answered 2xx.
    Delivered(u16),
    /// The receiver has answered 410: it wants no messages any more.
    Gone,
    /// Anything else.
    Failed {
        /// The status, if there was an answer.
        status: Option<u16>,
        /// What happened, a sentence.
        reason: String,
        /// How long the receiver asks to wait.
        retry_after: Option<Duration>,
    },
}

/// An attempt that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// What became of it.
    pub outcome: Outcome,
    /// How long it took.
    pub duration: Duration,
}

/// Sends messages. Follows no redirects, uses no proxy, and connects only to addresses that its rule allows.
pub struct Sender {
    rule: AddressRule,
    lookup: Lookup,
    /// Made for the first message: the system's certificates take time to load, and most consoles have no webhooks.
    client: OnceCell<Client>,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("rule", &self.rule).finish_non_exhaustive()
    }
}

impl Sender {
    /// A sender that asks the system's resolver.
    pub fn new(rule: AddressRule) -> Self {
        Self { rule, lookup: of_system(), client: OnceCell::new() }
    }

    /// The rule that URLs are checked by.
    pub const fn rule(&self) -> AddressRule {
        self.rule
    }

    /// Sends a message to a URL. Everything that goes wrong is an outcome.
    pub async fn send(&self, url: &str, message: Message<'_>) -> Attempt {
        let begun = Instant::now();
        let outcome = match self.send_once(url, message).await {
            Ok((outcome, _)) => outcome,
            Err(reason) => not_answered(reason),
        };
        Attempt { outcome, duration: begun.elapsed() }
    }

    /// The same, with the body of an answer 2xx. A body that is longer than [`MAX_ANSWER`] is a failure.
    pub async fn ask(&self, url: &str, message: Message<'_>) -> (Attempt, Vec<u8>) {
        let begun = Instant::now();
        let asked = match self.send_once(url, message).await {
            Ok((outcome @ Outcome::Delivered(_), response)) => {
                read(response).await.map(|body| (outcome, body))
            }
            Ok((outcome, _)) => Ok((outcome, Vec::new())),
            Err(reason) => Err(reason),
        };
        let (outcome, body) = asked.unwrap_or_else(|reason| (not_answered(reason), Vec::new()));
        (Attempt { outcome, duration: begun.elapsed() }, body)
    }

    async fn send_once(&self, url: &str, message: Message<'_>) -> Result<(Outcome, Response), String> {
        // The rule may have changed since the URL was kept, and the resolver is not asked for an address in figures.
        let receiver = Receiver::parse(url, self.rule).map_err(|error| format!("The URL {error}."))?;
        let client = self.client.get_or_try_init(|| async { self.client() }).await?;
        let now = SystemTime::now();
        let timestamp = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let signature = signature::header(message.secrets, message.id, timestamp, message.body);
        let response = client
            .post(receiver.url().clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", message.id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(message.body.to_vec())
            .send()
            .await
            .map_err(|error| reason(&error.without_url()))?;
        let retry_after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let outcome = outcome(response.status(), retry_after.and_then(|text| wait_of(text, now)));
        Ok((outcome, response))
    }

    fn client(&self) -> Result<Client, String> {
        let tls = tls::client_config(None).map_err(|error| format!("TLS cannot be used: {error}."))?;
        Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(CheckedResolver { rule: self.rule, lookup: self.lookup.clone() })
            .user_agent(concat!("fleetcast/", env!("CARGO_PKG_VERSION")))
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            // Each attempt resolves the name anew, and the address is checked again.
            .pool_max_idle_per_host(0)
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| reason(&error))
    }
}

const fn not_answered(reason: String) -> Outcome {
    Outcome::Failed { status: None, reason, retry_after: None }
}

/// The body of an answer. The time limit of the request counts for it too.
async fn read(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| reason(&error.without_url()))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(format!("The answer is longer than {MAX_ANSWER} bytes."));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What an answer means.
fn outcome(status: StatusCode, retry_after: Option<Duration>) -> Outcome {
    let code = status.as_u16();
    if status.is_success() {
        return Outcome::Delivered(code);
    }
    if status == StatusCode::GONE {
        return Outcome::Gone;
    }
    let reason = if status.is_redirection() {
        format!("The receiver answered {status}. Redirects are not followed.")
    } else {
        format!("The receiver answered {status}.")
    };
    Outcome::Failed { status: Some(code), reason, retry_after }
}

/// How long `Retry-After` asks to wait: seconds, or a date.
fn wait_of(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    httpdate::parse_http_date(text).ok()?.duration_since(now).ok()
}

/// Why there was no answer: a sentence without the URL, which may be a secret.
fn reason(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(cause) = innermost.source() {
        if let Some(refused) = cause.downcast_ref::<NotAllowed>() {
            return format!("Not sent: {refused}.");
        }
        innermost = cause;
    }
    if error.is_timeout() {
        return format!("There was no answer within {} s.", TIMEOUT.as_secs());
    }
    let what = if error.is_connect() { "No connection" } else { "No answer" };
    format!("{what}: {innermost}.")
}

#[cfg(test)]
mod tests {
    use std::{
        net::IpAddr,
        sync::{
            Arc, Mutex,
            atomic::{AtomicUsize, Ordering},
        },
    };

    use axum::{Router, body::Bytes, http::HeaderMap, routing::any};
    use tokio::net::TcpListener;

    use super::*;

    /// What a receiver got.
    type Received = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

    /// A receiver on this machine that answers so. Returns its port.
    async fn receiver(status: u16, answer_headers: HeaderMap) -> (u16, Received) {
        let received = Received::default();
        let kept = Arc::clone(&received);
        let answer = move |headers: HeaderMap, body: Bytes| {
            kept.lock().unwrap().push((headers, body));
            let answer = (StatusCode::from_u16(status).unwrap(), answer_headers.clone());
            async move { answer }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new().fallback(any(answer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (port, received)
    }

    fn message(secrets: &[SigningSecret]) -> Message<'_> {
        Message { id: "msg_1", body: b"{\"a\":1}", secrets }
    }

    async fn send_to(sender: &Sender, url: &str) -> Outcome {
        let secrets = [SigningSecret::generate().unwrap()];
        sender.send(url, message(&secrets)).await.outcome
    }

    #[tokio::test]
    async fn a_message_has_id_time_and_signature() {
        let (port, received) = receiver(204, HeaderMap::new()).await;
        let sender = Sender::new(AddressRule::PrivateToo);
        let secrets = [SigningSecret::generate().unwrap(), SigningSecret::generate().unwrap()];
        let attempt = sender.send(&format!("http://127.0.0.1:{port}/hook"), message(&secrets)).await;
        assert_eq!(attempt.outcome, Outcome::Delivered(204));
        let received = received.lock().unwrap();
        let (headers, body) = &received[0];
        let header = |name: &str| headers[name].to_str().unwrap();
        let timestamp = header("webhook-timestamp").parse().unwrap();
        assert_eq!((header("webhook-id"), header("content-type")), ("msg_1", "application/json"));
        assert_eq!(header("webhook-signature"), signature::header(&secrets, "msg_1", timestamp, body));
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        assert!(now.abs_diff(timestamp) < 60, "{timestamp}");
    }

    #[tokio::test]
    async fn answers() {
        let redirect = HeaderMap::from_iter([(header::LOCATION, "http://127.0.0.1:1/".parse().unwrap())]);
        let later = HeaderMap::from_iter([(header::RETRY_AFTER, "120".parse().unwrap())]);
        for (status, headers, expected, wait) in [
            (200, HeaderMap::new(), None, None),
            (299, HeaderMap::new(), None, None),
            (302, redirect, Some("The receiver answered 302 Found. Redirects are not followed."), None),
            (404, HeaderMap::new(), Some("The receiver answered 404 Not Found."), None),
            (503, later, Some("The receiver answered 503 Service Unavailable."), Some(120)),
        ] {
            let (port, received) = receiver(status, headers).await;
            let sender = Sender::new(AddressRule::PrivateToo);
            let outcome = send_to(&sender, &format!("http://127.0.0.1:{port}/")).await;
            let expected = expected.map_or(Outcome::Delivered(status), |reason| Outcome::Failed {
                status: Some(status),
                reason: reason.to_owned(),
                retry_after: wait.map(Duration::from_secs),
            });
            assert_eq!(outcome, expected);
            assert_eq!(received.lock().unwrap().len(), 1, "{status}: sent once");
        }
        let (port, _) = receiver(410, HeaderMap::new()).await;
        let sender = Sender::new(AddressRule::PrivateToo);
        assert_eq!(send_to(&sender, &format!("http://127.0.0.1:{port}/")).await, Outcome::Gone);
    }

    #[tokio::test]
    async fn the_body_of_an_answer_is_read_up_to_a_limit() {
        for (length, is_read) in [(0, true), (MAX_ANSWER, true), (MAX_ANSWER + 1, false)] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}/", listener.local_addr().unwrap());
            let router = Router::new().fallback(any(move || async move { "x".repeat(length) }));
            tokio::spawn(async move { axum::serve(listener, router).await });
            let secrets = [SigningSecret::generate().unwrap()];
            let (attempt, body) = Sender::new(AddressRule::PrivateToo).ask(&url, message(&secrets)).await;
            assert_eq!(body.len(), if is_read { length } else { 0 });
            match attempt.outcome {
                Outcome::Delivered(200) => assert!(is_read, "{length}"),
                Outcome::Failed { reason, .. } => assert!(!is_read && reason.contains("longer"), "{reason}"),
                other => panic!("{other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_elsewhere_at_the_second_attempt_gains_nothing() {
        let (port, received) = receiver(500, HeaderMap::new()).await;
        let lookups = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&lookups);
        // The first answer is allowed (and no server listens there), the second one is this machine.
        let lookup: Lookup = Arc::new(move |_| {
            let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
            let address: IpAddr = if first { "127.0.0.2" } else { "169.254.169.254" }.parse().unwrap();
            Box::pin(async move { Ok(vec![address]) })
        });
        let sender = Sender { rule: AddressRule::PrivateToo, lookup, client: OnceCell::new() };
        let url = format!("http://receiver.example:{port}/");
        for expected in ["No connection: ", "Not sent: the name leads to 169.254.169.254"] {
            let Outcome::Failed { status: None, reason, .. } = send_to(&sender, &url).await else {
                panic!("answered");
            };
            assert!(reason.starts_with(expected), "{reason}");
        }
        assert_eq!(lookups.load(Ordering::SeqCst), 2, "each attempt resolves the name");
        assert!(received.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn nothing_is_sent_to_this_machine_by_default() {
        let (port, received) = receiver(200, HeaderMap::new()).await;
        let sender = Sender::new(AddressRule::PublicOnly);
        for (host, reason) in [
            ("127.0.0.1", "The URL leads to 127.0.0.1"),
            ("[::ffff:127.0.0.1]", "The URL leads to ::ffff:127.0.0.1"),
            ("localhost", "Not sent: the name leads to "),
        ] {
            let outcome = send_to(&sender, &format!("https://{host}:{port}/s3cr3t")).await;
            let Outcome::Failed { status: None, reason: said, .. } = outcome else { panic!("{outcome:?}") };
            assert!(said.starts_with(reason) && !said.contains("s3cr3t"), "{said}");
        }
        assert!(received.lock().unwrap().is_empty());
    }

    #[test]
    fn retry_after() {
        let now = httpdate::parse_http_date("Wed, 21 Oct 2015 07:28:00 GMT").unwrap();
        for (text, expected) in [
            ("125", Some(125)),
            (" 0 ", Some(0)),
            ("Wed, 21 Oct 2015 07:30:00 GMT", Some(120)),
            ("Wed, 21 Oct 2015 07:00:00 GMT", None),
            ("soon", None),
            ("-5", None),
        ] {
            assert_eq!(wait_of(text, now), expected.map(Duration::from_secs), "{text}");
        }
    }
}

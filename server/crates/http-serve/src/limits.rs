//! Every limit, its unit and its default.

use std::time::Duration;

use http::StatusCode;

/// The limits of a server. The default suits one machine; tests use lower ones.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Longest time from a request's first byte to the end of its head, and from a new connection's opening to it.
    pub head_within: Duration,
    /// Longest time that a connection is kept open between two requests. Longer than the idle time after which SDKs let
    /// go of a connection themselves.
    pub idle_for: Duration,
    /// Longest time without a byte of a body that is being read.
    pub body_pause: Duration,
    /// Longest time for a whole body.
    pub body_within: Duration,
    /// Longest time in which a caller does not read an answer that is to be sent.
    pub write_pause: Duration,
    /// Most connections at once.
    pub max_connections: usize,
    /// Most connections at once of one address. This machine's own addresses count in all only: behind them are the
    /// console itself, tunnels and proxies.
    pub max_per_address: usize,
    /// Largest head of a request, in bytes; one that comes at once may be twice as large.
    pub max_head: usize,
    /// Most headers of a request.
    pub max_headers: usize,
    /// Whether callers may speak HTTP/2: where TLS negotiates it.
    pub http2: bool,
    /// Most requests at once on a connection of HTTP/2.
    pub max_streams: u32,
    /// How long requests under way may take to end once the server stops.
    pub drain: Duration,
    /// How a refusal is written: content type and body.
    pub refusal: fn(Refusal) -> (&'static str, String),
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_within: Duration::from_secs(20),
            idle_for: Duration::from_mins(5),
            body_pause: Duration::from_secs(20),
            body_within: Duration::from_mins(5),
            write_pause: Duration::from_mins(1),
            max_connections: 2048,
            max_per_address: 512,
            max_head: 64 * 1024,
            max_headers: 100,
            http2: false,
            max_streams: 100,
            drain: Duration::from_secs(5),
            refusal: |refusal| ("text/plain; charset=utf-8", refusal.sentence().to_owned()),
        }
    }
}

/// What is refused before, or instead of, the request's own handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// As many connections as there may be are serving requests.
    Full,
    /// As many connections of the caller's address as there may be are serving requests.
    FullForAddress,
    /// The body did not come in time.
    BodyTooSlow,
}

impl Refusal {
    /// The status to answer with.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Full | Self::FullForAddress => StatusCode::SERVICE_UNAVAILABLE,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// What happened and what to do, for the user.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Full => "The server has as many connections as it can serve; try again in some seconds.",
            Self::FullForAddress => {
                "Your address has as many connections as one may have; close some or try again in some seconds."
            }
            Self::BodyTooSlow => {
                "The request's body did not arrive in time; nothing was changed. Send the request again."
            }
        }
    }
}

//! Refused requests in the log: a few a minute of each kind and client, the others are counted. A client that is refused
//! again and again must not fill the log.

use std::{
    net::IpAddr,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hub_embedded::{
    clock::{Clock, SystemClock},
    domain::log_limit::{Allowance, LogLimit, Suppressed},
};

use crate::request_context;

/// The problem's kind, and the client as far as it is known.
type Key = (String, Option<IpAddr>);

static LIMIT: LazyLock<Mutex<LogLimit<Key>>> =
    LazyLock::new(|| Mutex::new(LogLimit::new(Allowance::default())));
/// How often [`report`] checks for a window that has ended.
const REPORT_EVERY: Duration = Duration::from_secs(5);

/// Logs that the request being answered is refused. `kind` is that of the problem.
pub(crate) fn refused(kind: &str, reason: &str) {
    if admit(kind) {
        tracing::info!(kind, reason, "request refused");
    }
}

/// Whether one more line of this kind and from this client may be logged now; it is counted when not.
pub(crate) fn admit(kind: &str) -> bool {
    report_ended();
    limit().admit(&(kind.to_owned(), request_context::client()), SystemClock.steady())
}

/// Reports what was left out, soon after the window in which it was. Never ends.
pub(crate) async fn report() {
    loop {
        tokio::time::sleep(REPORT_EVERY).await;
        report_ended();
    }
}

/// Reports what has been left out so far, when the server stops.
pub(crate) fn finish() {
    let suppressed = limit().close();
    write(suppressed);
}

fn report_ended() {
    let suppressed = limit().ended(SystemClock.steady());
    write(suppressed);
}

fn write(suppressed: Vec<Suppressed<Key>>) {
    for suppressed in suppressed {
        let count = suppressed.count;
        match suppressed.key {
            Some((kind, Some(client))) => {
                tracing::warn!(kind, %client, count, "refused requests were left out of the log");
            }
            Some((kind, None)) => tracing::warn!(kind, count, "refused requests were left out of the log"),
            None => tracing::warn!(count, "refused requests of many clients were left out of the log"),
        }
    }
}

fn limit() -> MutexGuard<'static, LogLimit<Key>> {
    LIMIT.lock().unwrap_or_else(PoisonError::into_inner)
}

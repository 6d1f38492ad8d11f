//! Logs refusals with their reasons, limited by [`LogLimit`].

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hub_wire::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    clock::Clock,
    domain::{
        Target,
        log_limit::{Allowance, LogLimit, Suppressed},
        quote::quoted,
    },
};

/// Kinds of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// A device was refused.
    DeviceRefused,
    /// A device was disconnected.
    DeviceCutOff,
    /// A call was refused for its credentials.
    CallUnauthorized,
    /// Credentials could not be checked, because the store failed.
    StoreFailed,
}

impl Kind {
    const fn label(self) -> &'static str {
        match self {
            Self::DeviceRefused => "device refused",
            Self::DeviceCutOff => "device cut off",
            Self::CallUnauthorized => "call unauthorized",
            Self::StoreFailed => "credentials could not be checked",
        }
    }
}

/// The refused client: an authenticated device, or an address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// A device or module.
    Device(Target),
    /// An address; none when unknown.
    Address(Option<IpAddr>),
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Device(target) => write!(f, "device {target}"),
            Self::Address(Some(address)) => write!(f, "{address}"),
            Self::Address(None) => f.write_str("an unknown address"),
        }
    }
}

/// Logs refusals. Cheap to clone; clones share their state.
#[derive(Clone, Debug)]
pub(crate) struct RefusalLog(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Arc<dyn Clock>,
    limit: Mutex<LogLimit<(Kind, Source)>>,
    /// Notified when lines begin to be suppressed.
    has_left_out: Notify,
}

impl RefusalLog {
    /// With the default allowance.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let limit = Mutex::new(LogLimit::new(Allowance::default()));
        Self(Arc::new(Inner { clock, limit, has_left_out: Notify::new() }))
    }

    /// Logs a refusal with `log`, or only counts it when there have been many. `log` gets the reason on one line.
    pub(crate) fn refused(&self, kind: Kind, source: Source, reason: &str, log: impl FnOnce(&str)) {
        let now = self.0.clock.steady();
        let key = (kind, source);
        let (suppressed, is_logged) = {
            let mut limit = self.limit();
            let suppressed = limit.ended(now);
            let is_logged = limit.admit(&key, now);
            (suppressed, is_logged)
        };
        report(suppressed);
        if is_logged {
            // Reasons quote clients' text; in any case the log entry stays one line.
            if reason.chars().any(char::is_control) { log(&quoted(reason)) } else { log(reason) }
        } else {
            self.0.has_left_out.notify_one();
        }
    }

    /// Reports suppressed lines at the end of each window, until `stop` and then once more.
    pub(crate) async fn report(&self, stop: CancellationToken) {
        loop {
            let due = self.limit().report_at();
            let wait = async {
                match due {
                    Some(due) => self.0.clock.sleep_until_steady(due).await,
                    None => self.0.has_left_out.notified().await,
                }
            };
            tokio::select! {
                () = wait => report(self.ended(self.0.clock.steady())),
                () = stop.cancelled() => return report(self.limit().close()),
            }
        }
    }

    fn ended(&self, now: Timestamp) -> Vec<Suppressed<(Kind, Source)>> {
        self.limit().ended(now)
    }

    fn limit(&self) -> MutexGuard<'_, LogLimit<(Kind, Source)>> {
        self.0.limit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn report(suppressed: Vec<Suppressed<(Kind, Source)>>) {
    for Suppressed { key, count } in suppressed {
        if let Some((kind, source)) = key {
            warn!(kind = kind.label(), %source, count, "refusals were left out of the log");
        } else {
            warn!(count, "refusals of many sources were left out of the log");
        }
    }
}

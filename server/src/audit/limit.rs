//! How many refusals are recorded: a client that is refused again and again must not fill the audit log.

use std::{
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};

use console::AuditAct;
use hub_embedded::{
    clock::{Clock, SystemClock},
    domain::log_limit::{Allowance, LogLimit},
};

/// Refusals of one person or, before sign-in, of one address; and of all together.
const ALLOWANCE: Allowance =
    Allowance { window: Duration::from_mins(1), of_one: 30, of_all: 300, keys: 1024 };

static LIMIT: LazyLock<Mutex<LogLimit<String>>> = LazyLock::new(|| Mutex::new(LogLimit::new(ALLOWANCE)));

/// Whether one more refusal of this sender is recorded. Those that are not are in the server's log, counted.
pub(super) fn admits(act: &AuditAct) -> bool {
    let sender = match (&act.actor, &act.address) {
        (Some(person), _) => person.user_id.clone(),
        (None, address) => address.clone().unwrap_or_default(),
    };
    let now = SystemClock.steady();
    let mut limit = LIMIT.lock().unwrap_or_else(PoisonError::into_inner);
    for left_out in limit.ended(now) {
        let count = left_out.count;
        let sender = left_out.key.unwrap_or_default();
        tracing::warn!(
            sender,
            count,
            "refusals were left out of the audit log: more than it takes in a minute"
        );
    }
    limit.admit(&sender, now)
}

#[cfg(test)]
mod tests {
    use console_wire::access::PersonRef;

    use super::*;

    #[test]
    fn one_person_does_not_use_up_the_refusals_of_others() {
        let act = |user_id: &str| AuditAct {
            actor: Some(PersonRef { user_id: user_id.into(), name: "x".into() }),
            ..AuditAct::default()
        };
        let admitted = (0..100).filter(|_| admits(&act("one"))).count();
        assert_eq!(admitted, ALLOWANCE.of_one as usize);
        assert!(admits(&act("two")));
    }
}

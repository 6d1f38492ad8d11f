//! The watcher of a job on a list: puts its parts to the hub, as many at once as the hub takes, and follows those that
//! the hub has.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::time::Instant;
use tracing::warn;

use super::{
    Watched,
    job::{Followed, Memory, look},
    pace::{Pace, Seen},
    send,
};
use crate::console::Core;

/// Watches until the job is settled.
pub(super) async fn run(core: &Arc<Core>, job_id: &str, watched: &Watched) {
    tokio::join!(send::run(core, job_id, watched), follow(core, job_id, watched));
}

async fn follow(core: &Core, job_id: &str, watched: &Watched) {
    let mut pace = Pace::new(core.paced_as);
    let mut memories: HashMap<i64, Memory> = HashMap::new();
    loop {
        let begin = Instant::now();
        let parts = match core.store.open_parts(job_id).await {
            Ok(parts) => parts,
            Err(error) => {
                warn!(job_id, error = &error as &dyn std::error::Error, "could not read the parts of a job");
                Vec::new()
            }
        };
        let mut seen = Seen::Silent;
        for part in parts {
            let memory = memories.entry(part.number).or_insert_with(|| Memory::new(part.read_up_to));
            let followed = Followed {
                job_id: job_id.to_owned(),
                part: Some(part.number),
                hub_job_id: part.hub_job_id,
                since: part.sent_at,
            };
            let looked = look(core, &followed, watched, memory).await;
            if let Some(of_part) = memory.note(&followed.hub_job_id, looked) {
                seen = liveliest(seen, of_part);
            } else {
                memories.remove(&part.number);
                watched.has_room.notify_one();
                seen = Seen::Moved;
            }
        }
        if matches!(core.store.is_open(job_id).await, Ok(false)) {
            return;
        }
        let pause = pace.after(seen, begin.elapsed(), rand::random());
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = watched.wake.notified() => {}
        }
    }
}

/// What decides how soon to look again.
fn liveliest(one: Seen, other: Seen) -> Seen {
    let order = |seen: Seen| match seen {
        Seen::Moved => (0, Duration::ZERO),
        Seen::StartsIn(span) => (2, span),
        Seen::Silent => (3, Duration::ZERO),
        Seen::Failed => (1, Duration::ZERO),
    };
    if order(other) < order(one) { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_liveliest_part_sets_the_pace() {
        let starts = |secs| Seen::StartsIn(Duration::from_secs(secs));
        for (one, other, both) in [
            (Seen::Silent, Seen::Moved, Seen::Moved),
            (Seen::Failed, Seen::Silent, Seen::Failed),
            (Seen::Failed, Seen::Moved, Seen::Moved),
            (starts(9), starts(3), starts(3)),
            (Seen::Silent, starts(3), starts(3)),
        ] {
            assert_eq!(liveliest(one, other), both);
            assert_eq!(liveliest(other, one), both);
        }
    }
}

//! Whether the person who created a job still has the right to run it. A job may begin days after it was created, and a long
//! list is sent for hours, so the right is checked again: before each part is put to the hub, and for what waits on the hub
//! whenever a person's role, scope or account was changed.
//!
//! A job whose creator has no account here, such as one from before sign-in, is not checked.

use console_wire::{
    access::{Action, Actor, Subject, permit},
    job::JobSummary,
};
use tokio::sync::watch;
use tracing::warn;

use crate::{ConsoleError, core::Core};

/// Why the creator of a job has lost the right to run it, a sentence; `None` while the right is there.
pub(crate) async fn lost(core: &Core, job: &JobSummary) -> Result<Option<String>, ConsoleError> {
    let Some(creator) = &job.created_by else { return Ok(None) };
    let Some(person) = core.store.active_person(&creator.user_id).await? else {
        return Ok(Some(format!(
            "The account of {}, who created the job, is not active any more.",
            creator.name
        )));
    };
    Ok(lost_by(&creator.name, &Actor::Person(person), job.scope.as_deref()))
}

/// The same for the creator as the account is now. `scope` is the one under which the job was created.
fn lost_by(name: &str, creator: &Actor, scope: Option<&str>) -> Option<String> {
    if let Err(missing) = permit(creator, Action::JobCreate, Subject::Any) {
        return Some(format!(
            "{name}, who created the job, does not have the permission {} any more.",
            missing.action
        ));
    }
    match creator.scope() {
        Some(now) if scope != Some(now) => {
            Some(format!("The scope of {name}, who created the job, is {now} now. Create the job again."))
        }
        _ => None,
    }
}

/// Follows the right to run one job, for its watcher.
pub(crate) struct RightToRun {
    changes: watch::Receiver<u64>,
    /// Whether it has to be checked, since something has changed or the last check failed.
    is_due: bool,
}

impl RightToRun {
    /// Due at first: something may have changed while the program did not run.
    pub(crate) fn follow(core: &Core) -> Self {
        Self { changes: core.changed_rights.subscribe(), is_due: true }
    }

    /// Completes when a person's rights were changed.
    pub(crate) async fn changed(&mut self) {
        if self.changes.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        self.is_due = true;
    }

    /// Why the right to run a job is lost, if it has to be checked and is. Stays due until `settled`.
    pub(crate) async fn lost(&mut self, core: &Core, job_id: &str) -> Option<String> {
        self.is_due |= self.changes.has_changed().unwrap_or(false);
        if !self.is_due {
            return None;
        }
        self.changes.mark_unchanged();
        let found = match core.store.job(job_id).await {
            Ok(Some(job)) => lost(core, &job).await,
            Ok(None) => Ok(None),
            Err(error) => Err(error.into()),
        };
        match found {
            Ok(Some(reason)) => Some(reason),
            Ok(None) => {
                self.is_due = false;
                None
            }
            Err(error) => {
                warn!(job_id, error = &error as &dyn std::error::Error, "could not check who may run a job");
                None
            }
        }
    }

    /// What had not begun was cancelled, or could not be cancelled any more.
    pub(crate) fn settled(&mut self) {
        self.is_due = false;
    }
}

#[cfg(test)]
mod tests {
    use console_wire::access::{Person, Role};

    use super::*;

    #[test]
    fn a_right_is_lost_with_the_role_or_another_scope() {
        let actor = |role, scope: Option<&str>| {
            Actor::Person(Person {
                user_id: "u".into(),
                user_name: "mara".into(),
                name: "Mara".into(),
                role,
                scope: scope.map(str::to_owned),
            })
        };
        let (a, b) = (Some("tags.a = 1"), Some("tags.b = 1"));
        for (role, now, before, reason) in [
            (Role::Operator, None, None, None),
            (Role::Operator, a, a, None),
            // The job keeps the scope that it was created under.
            (Role::Operator, None, a, None),
            (Role::Operator, a, None, Some("is tags.a = 1 now")),
            (Role::Operator, b, a, Some("is tags.b = 1 now")),
            (Role::Administrator, a, None, None),
            (Role::Viewer, None, None, Some("permission job:create")),
            (Role::Approver, a, a, Some("permission job:create")),
        ] {
            let lost = lost_by("Mara", &actor(role, now), before);
            match (lost, reason) {
                (Some(lost), Some(part)) => assert!(lost.contains(part), "{lost}"),
                (lost, reason) => assert_eq!(lost.as_deref(), reason, "{role} {now:?} {before:?}"),
            }
        }
    }
}

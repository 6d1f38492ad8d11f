//! Pages of the audit log. Who may not read all of it reads what the person did.

use console_wire::{
    access::{Action, Actor, Subject, permit},
    audit::{AuditEntry, AuditFilter, MAX_FILTER},
    page::{DEFAULT_LIMIT, MAX_LIMIT, Page},
    problem::FieldError,
};

use crate::{ConsoleError, core::Core, cursor, store::AuditQuery};

/// Name of the list, for its cursors.
const LIST: &str = "audit";

pub(crate) async fn list(
    core: &Core,
    actor: &Actor,
    filter: &AuditFilter,
) -> Result<Page<AuditEntry>, ConsoleError> {
    let mut query = query(actor, filter)?;
    let limit = cursor::limit(filter.limit, DEFAULT_LIMIT, MAX_LIMIT)?;
    query.before = filter.cursor.as_deref().map(|text| cursor::read(LIST, text)).transpose()?;
    let mut items = core.store.audit_entries(&query, limit + 1).await?;
    let has_more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let last = items.last().filter(|_| has_more);
    Ok(Page { next_cursor: last.map(|last| cursor::write(LIST, &last.row)), items })
}

/// What is asked of the store, from the newest row on.
pub(super) fn query(actor: &Actor, filter: &AuditFilter) -> Result<AuditQuery, ConsoleError> {
    let own = own_only(actor)?;
    let faults: Vec<_> = [("who", &filter.who), ("action", &filter.action), ("subject", &filter.subject)]
        .into_iter()
        .filter_map(|(field, text)| too_long(field, text.as_deref()?))
        .collect();
    if !faults.is_empty() {
        return Err(ConsoleError::Invalid(faults));
    }
    Ok(AuditQuery {
        own,
        who: filter.who.clone(),
        action: filter.action.clone(),
        subject: filter.subject.clone(),
        outcome: filter.outcome,
        from: filter.from,
        to: filter.to,
        before: None,
    })
}

/// The person whose rows alone an actor may read; `None` who may read all.
fn own_only(actor: &Actor) -> Result<Option<String>, ConsoleError> {
    let Err(missing) = permit(actor, Action::AuditRead, Subject::Any) else { return Ok(None) };
    match actor {
        Actor::Person(person) => {
            permit(actor, Action::AuditRead, Subject::OwnedBy(&person.user_id))
                .map_err(ConsoleError::Missing)?;
            Ok(Some(person.user_id.clone()))
        }
        Actor::LocalOperator | Actor::Wall(_) => Err(ConsoleError::Missing(missing)),
    }
}

fn too_long(field: &str, text: &str) -> Option<FieldError> {
    let length = text.chars().count();
    (length > MAX_FILTER)
        .then(|| FieldError::new(field, format!("has {length} characters; at most {MAX_FILTER} are allowed")))
}

#[cfg(test)]
mod tests {
    use console_wire::access::{Person, Role};

    use super::*;

    #[test]
    fn operators_read_their_own_rows() {
        let person = |role| {
            Actor::Person(Person {
                user_id: "u1".into(),
                user_name: "u".into(),
                name: "U".into(),
                role,
                scope: None,
            })
        };
        for (actor, expected) in [
            (person(Role::Viewer), None),
            (person(Role::Operator), Some(Some("u1"))),
            (person(Role::Approver), Some(None)),
            (person(Role::Administrator), Some(None)),
            (Actor::LocalOperator, Some(None)),
        ] {
            let own = own_only(&actor).ok();
            assert_eq!(own.as_ref().map(Option::as_deref), expected, "{actor:?}");
        }
    }

    #[test]
    fn filters_have_a_longest_text() {
        let filter = AuditFilter { who: Some("x".repeat(MAX_FILTER + 1)), ..AuditFilter::default() };
        assert!(matches!(query(&Actor::LocalOperator, &filter), Err(ConsoleError::Invalid(_))));
    }
}

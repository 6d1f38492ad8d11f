//! What a webhook may be. Pure.

use console_wire::{
    problem::FieldError,
    webhook::{BodyFormat, EventType, MAX_NAME, NewWebhook},
};
use webhook::{AddressRule, Receiver};

/// A webhook that was checked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) receiver: Receiver,
    /// Each once, in order.
    pub(super) events: Vec<EventType>,
}

/// Checks every field.
///
/// # Errors
/// Every field at fault.
pub(super) fn check(new: &NewWebhook, rule: AddressRule) -> Result<Checked, Vec<FieldError>> {
    let mut faults: Vec<_> = name_fault(&new.name).into_iter().collect();
    let receiver = Receiver::parse(new.url.expose(), rule)
        .map_err(|error| faults.push(FieldError::new("url", error.to_string())));
    let mut events = new.events.clone();
    events.sort_unstable();
    events.dedup();
    if events.is_empty() {
        faults.push(FieldError::new("events", "choose at least one"));
    }
    if events.contains(&EventType::RolloutGate) && new.format != BodyFormat::Standard {
        let message = "rollout.gate needs the body of Standard Webhooks, since a program has to answer it; choose \
            that body, or leave the event out";
        faults.push(FieldError::new("events", message));
    }
    match receiver {
        Ok(receiver) if faults.is_empty() => {
            Ok(Checked { name: new.name.trim().to_owned(), receiver, events })
        }
        _ => Err(faults),
    }
}

fn name_fault(name: &str) -> Option<FieldError> {
    let length = name.trim().chars().count();
    let message = if length == 0 {
        "is required".to_owned()
    } else if length > MAX_NAME {
        format!("has {length} characters; at most {MAX_NAME} are allowed")
    } else if name.chars().any(char::is_control) {
        "holds a control character, such as a line break; write one line".to_owned()
    } else {
        return None;
    };
    Some(FieldError::new("name", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(name: &str, url: &str, events: &[EventType]) -> NewWebhook {
        NewWebhook {
            name: name.to_owned(),
            url: url.to_owned().into(),
            events: events.to_vec(),
            format: BodyFormat::Standard,
        }
    }

    #[test]
    fn every_fault_is_beside_its_field() {
        const URL: &str = "https://example.com/hook";
        let started = [EventType::JobStarted];
        let long = "x".repeat(101);
        for (name, url, events, fields) in [
            ("On call", URL, &started[..], &[][..]),
            ("", URL, &started, &["name"]),
            (&long, URL, &started, &["name"]),
            ("a\nb", URL, &started, &["name"]),
            ("On call", "http://example.com/hook", &started, &["url"]),
            ("On call", "https://127.0.0.1/hook", &started, &["url"]),
            ("On call", URL, &[], &["events"]),
            ("", "", &[], &["name", "url", "events"]),
        ] {
            let faults = check(&new(name, url, events), AddressRule::PublicOnly).err().unwrap_or_default();
            let found: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
            assert_eq!(found, fields, "{name} {url} {events:?}");
        }
    }

    #[test]
    fn only_a_program_can_answer_a_rollout() {
        let question = new("x", "https://example.com/hook", &[EventType::RolloutGate]);
        assert!(check(&question, AddressRule::PublicOnly).is_ok());
        for format in [BodyFormat::Slack, BodyFormat::Teams] {
            let faults =
                check(&NewWebhook { format, ..question.clone() }, AddressRule::PublicOnly).unwrap_err();
            assert_eq!(faults[0].field, "events", "{format:?}");
        }
    }

    #[test]
    fn what_is_kept() {
        use EventType::{JobFinished, JobStarted};
        let webhook = new(" On call ", "https://example.com/hook", &[JobFinished, JobStarted, JobFinished]);
        let checked = check(&webhook, AddressRule::PublicOnly).unwrap();
        assert_eq!(checked.name, "On call");
        assert_eq!(checked.events, [JobStarted, JobFinished]);
    }
}

//! What a webhook answers about the next wave of a rollout. Pure.

use std::time::Duration;

use console_wire::rollout::MAX_COMMENT;
use serde::Deserialize;
use webhook::Outcome;

/// What a webhook said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// The next wave may start.
    Agrees(Option<String>),
    /// It may not.
    Refuses(Option<String>),
    /// Neither: it is asked again.
    Missing {
        /// Why, a sentence.
        why: String,
        /// How long the receiver asks to wait.
        retry_after: Option<Duration>,
    },
}

/// The body of an answer. Other members are ignored.
#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "continue")]
    may_continue: bool,
    #[serde(default)]
    reason: Option<String>,
}

/// Reads an answer. Only a well-formed body decides: a receiver that answers 200 to everything starts no wave.
pub(super) fn read(outcome: &Outcome, body: &[u8]) -> Reply {
    let missing = |why: String, retry_after| Reply::Missing { why, retry_after };
    match outcome {
        Outcome::Delivered(status) => match serde_json::from_slice::<Answer>(body) {
            Ok(Answer { may_continue: true, reason }) => Reply::Agrees(reason),
            Ok(Answer { may_continue: false, reason }) => Reply::Refuses(reason),
            Err(_) => missing(
                format!("The receiver answered {status} without JSON such as {{\"continue\": true}}."),
                None,
            ),
        },
        Outcome::Gone => missing("The receiver answered 410 Gone.".to_owned(), None),
        Outcome::Failed { reason, retry_after, .. } => missing(reason.clone(), *retry_after),
    }
}

/// A line of the history: the webhook's name, and what it said.
pub(super) fn comment(name: &str, said: Option<&str>) -> String {
    match said.map(str::trim).filter(|said| !said.is_empty()) {
        Some(said) => shortened(&format!("{name}: {said}")),
        None => name.to_owned(),
    }
}

/// A text of others without control characters, as long as a person's comment at most.
pub(super) fn shortened(text: &str) -> String {
    let plain = text.chars().map(|character| if character.is_control() { ' ' } else { character });
    if text.chars().count() <= MAX_COMMENT {
        return plain.collect();
    }
    plain.take(MAX_COMMENT - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_answer_decides() {
        let some = |reason: &str| Some(reason.to_owned());
        for (body, expected) in [
            (r#"{"continue": true}"#, Some(Reply::Agrees(None))),
            (
                r#"{"continue": true, "reason": "0.1 % errors", "by": "x"}"#,
                Some(Reply::Agrees(some("0.1 % errors"))),
            ),
            (r#"{"continue": false}"#, Some(Reply::Refuses(None))),
            (r#"{"continue": false, "reason": "5 crashes"}"#, Some(Reply::Refuses(some("5 crashes")))),
            (r#"{"continue": "true"}"#, None),
            (r#"{"continue": true, "reason": 5}"#, None),
            ("true", None),
            ("ok", None),
            ("", None),
        ] {
            let reply = read(&Outcome::Delivered(200), body.as_bytes());
            match expected {
                Some(expected) => assert_eq!(reply, expected, "{body}"),
                None => {
                    assert!(matches!(&reply, Reply::Missing { why, .. } if why.contains("200")), "{body}");
                }
            }
        }
    }

    #[test]
    fn other_statuses_decide_nothing() {
        let yes = br#"{"continue": true}"#;
        let wait = Some(Duration::from_mins(1));
        let failed = Outcome::Failed { status: Some(503), reason: "Busy.".into(), retry_after: wait };
        assert_eq!(read(&failed, yes), Reply::Missing { why: "Busy.".into(), retry_after: wait });
        assert!(matches!(read(&Outcome::Gone, yes), Reply::Missing { .. }));
    }

    #[test]
    fn what_is_kept_of_a_reason() {
        assert_eq!(comment("Checks", None), "Checks");
        assert_eq!(comment("Checks", Some(" ")), "Checks");
        assert_eq!(comment("Checks", Some("5 crashes\nin wave 1")), "Checks: 5 crashes in wave 1");
        let long = comment("Checks", Some(&"ä".repeat(600)));
        assert!(long.chars().count() == MAX_COMMENT && long.ends_with('…'), "{long}");
    }
}

//! A condition narrowed by a scope: the AND of both, made from their trees and printed again.
//!
//! Text is never joined: `x = 1) OR (1 = 1` would leave the parentheses that were put around it. A condition that cannot be
//! read here is refused, although a hub might take it.

use super::{
    QueryError,
    ast::{Expr, ExprKind, Query, Source, Span},
    parse_condition,
};

/// Why a condition cannot be narrowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NarrowError {
    /// The scope cannot be read.
    #[error("the scope cannot be read: {0}")]
    Scope(QueryError),
    /// The condition cannot be read.
    #[error(transparent)]
    Condition(QueryError),
    /// One of them selects modules, and a scope is about devices.
    #[error("modules cannot be checked against a scope, which is about devices")]
    Modules,
    /// Both together are longer or nested deeper than a condition may be.
    #[error("together with the scope this is longer or nested deeper than a condition may be")]
    TooLarge,
}

/// The condition that is true where scope and condition are. Either may be `*`. A condition that holds the scope already
/// as one of the tests that AND joins stays as it is.
///
/// # Errors
/// See [`NarrowError`].
pub fn narrow(scope: &str, condition: &str) -> Result<String, NarrowError> {
    let scope = of_devices(parse_condition(scope).map_err(NarrowError::Scope)?)?;
    let condition = of_devices(parse_condition(condition).map_err(NarrowError::Condition)?)?;
    let both = match (scope, condition) {
        (None, None) => return Ok("*".to_owned()),
        (Some(only), None) | (None, Some(only)) => only,
        (Some(scope), Some(condition)) if holds(&condition, &scope) => condition,
        (Some(scope), Some(condition)) => {
            Expr { kind: ExprKind::And(vec![scope, condition]), span: Span::default() }
        }
    };
    let printed = both.to_string();
    // What is sent has to mean what was checked.
    match parse_condition(&printed).map(of_devices) {
        Ok(Ok(Some(read))) if read == both => Ok(printed),
        _ => Err(NarrowError::TooLarge),
    }
}

/// The condition of a query on devices; `None` for all of them.
fn of_devices(query: Query) -> Result<Option<Expr>, NarrowError> {
    if query.source == Source::Devices { Ok(query.condition) } else { Err(NarrowError::Modules) }
}

/// Whether a condition is only true where the scope is, because it has it as a part.
fn holds(condition: &Expr, scope: &Expr) -> bool {
    condition == scope || matches!(&condition.kind, ExprKind::And(operands) if operands.contains(scope))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: &str = "tags.building = '43'";

    #[test]
    fn both_hold() {
        for (scope, condition, expected) in [
            (SCOPE, "*", "tags.building = '43'"),
            ("*", "tags.floor = 3", "tags.floor = 3"),
            ("*", "*", "*"),
            (SCOPE, "tags.floor=3", "tags.building = '43' AND tags.floor = 3"),
            (SCOPE, "a OR b", "tags.building = '43' AND (a OR b)"),
            ("a OR b", "c OR d", "(a OR b) AND (c OR d)"),
            ("a OR b", "*", "a OR b"),
            ("a AND b", "c", "(a AND b) AND c"),
            (SCOPE, "NOT a", "tags.building = '43' AND NOT a"),
            (SCOPE, "FROM devices WHERE a /* OR true */", "tags.building = '43' AND a"),
            (SCOPE, "a = ') OR (1 = 1'", "tags.building = '43' AND a = ') OR (1 = 1'"),
            (SCOPE, "tags.[[x) OR (y]] = 1", "tags.building = '43' AND tags.[[x) OR (y]] = 1"),
        ] {
            assert_eq!(narrow(scope, condition).as_deref(), Ok(expected), "{scope} | {condition}");
        }
    }

    #[test]
    fn a_condition_that_was_narrowed_stays_as_it_is() {
        for condition in ["*", "tags.floor = 3", "a OR b", "a AND b"] {
            let once = narrow(SCOPE, condition).unwrap();
            assert_eq!(narrow(SCOPE, &once).unwrap(), once);
        }
        // Only what AND joins counts.
        let or = "tags.building = '43' OR a";
        assert_eq!(narrow(SCOPE, or).unwrap(), format!("{SCOPE} AND ({or})"));
    }

    #[test]
    fn nothing_leaves_its_parentheses() {
        for condition in [
            "x = 1) OR (1 = 1",
            "x = 1) OR (true",
            ") OR (",
            "1 = 1) --",
            "1 = 1 /*",
            "x = 'a' OR 'b",
            "x = 1 GROUP BY x",
            "SELECT * FROM devices",
            "* OR true",
            "x = 1; y = 2",
            "",
        ] {
            let refused = narrow(SCOPE, condition);
            assert!(matches!(refused, Err(NarrowError::Condition(_))), "{condition}: {refused:?}");
        }
        let modules = "FROM devices.modules WHERE moduleId = 'm'";
        assert_eq!(narrow(SCOPE, modules), Err(NarrowError::Modules));
        assert!(matches!(narrow("a = ", "b"), Err(NarrowError::Scope(_))));
    }

    #[test]
    fn what_would_not_be_read_again_is_refused() {
        let long = format!("tags.a = '{}'", "x".repeat(8170));
        assert_eq!(narrow(SCOPE, &long), Err(NarrowError::TooLarge));
        let deep = |levels: usize| format!("{}a{}", "NOT (b OR ".repeat(levels), ")".repeat(levels));
        let deepest = (1..64).map(deep).rfind(|text| parse_condition(text).is_ok()).unwrap();
        assert_eq!(narrow(SCOPE, &deepest), Err(NarrowError::TooLarge));
    }
}

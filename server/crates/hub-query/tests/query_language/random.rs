//! Chance finds what tables forget: random text, random trees, random documents.

use hub_query::ast::ExprKind;
use hub_query::{NarrowError, narrow, parse_condition, parse_query};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use crate::documents::{Device, Table};
use crate::evaluator;
use crate::generators::{almost_query, blank, condition, devices, expr, query};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_agrees_with_the_rules(conditions in vec(condition(), 4), devices in devices()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut table = runtime.block_on(Table::new(&devices));
        let mut documents: Vec<Value> = devices.iter().map(Device::document).collect();
        documents.sort_by_key(|document| document["deviceId"].to_string());
        for condition in conditions {
            let passing = documents.iter().filter(|document| evaluator::passes(&condition, document));
            let expected: Vec<Value> = passing.map(|document| document["deviceId"].clone()).collect();
            let query = query(condition);
            let found = runtime.block_on(table.answer(&query)).map_err(TestCaseError::fail)?;
            prop_assert_eq!(found, expected, "{}", query);
        }
    }

    #[test]
    fn what_is_printed_reads_as_the_same_tree(condition in condition()) {
        let query = query(condition);
        let printed = query.to_string();
        let read = parse_query(&printed);
        prop_assert_eq!(read.as_ref(), Ok(&query), "{}", printed);
        let condition = query.condition.as_ref().unwrap().to_string();
        prop_assert_eq!(parse_condition(&condition), Ok(query), "{}", condition);
    }

    #[test]
    fn a_narrowed_condition_is_the_and_of_both(scope in condition(), condition in condition()) {
        let (scope_text, text) = (scope.to_string(), condition.to_string());
        match narrow(&scope_text, &text) {
            Ok(narrowed) => {
                let read = parse_condition(&narrowed).map(|query| query.condition);
                let is_held = condition == scope
                    || matches!(&condition.kind, ExprKind::And(operands) if operands.contains(&scope));
                let expected = if is_held { condition } else { expr(ExprKind::And(vec![scope, condition])) };
                prop_assert_eq!(read, Ok(Some(expected)), "{} | {} | {}", scope_text, text, narrowed);
            }
            Err(error) => prop_assert_eq!(error, NarrowError::TooLarge),
        }
    }

    #[test]
    fn whatever_is_typed_stays_within_the_scope(scope in condition(), text in prop_oneof![any::<String>(), almost_query()]) {
        let scope_text = scope.to_string();
        if let Ok(narrowed) = narrow(&scope_text, &text) {
            let read = parse_condition(&narrowed).map(|query| query.condition);
            let is_within = matches!(
                &read,
                Ok(Some(read)) if *read == scope
                    || matches!(&read.kind, ExprKind::And(operands) if operands.contains(&scope))
            );
            prop_assert!(is_within, "{} | {} | {}", scope_text, text, narrowed);
        }
    }

    #[test]
    fn a_comment_is_a_space(condition in condition(), blanks in vec(blank(), 40)) {
        let query = query(condition);
        // Spaces inside of strings and of names stay.
        let printed = query.to_string();
        let (mut text, mut blanks, mut is_inside) = (String::new(), blanks.into_iter().cycle(), false);
        let mut chars = printed.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' if is_inside => {
                    text.push(c);
                    text.extend(chars.next());
                    continue;
                }
                '\'' => is_inside = !is_inside,
                ' ' if !is_inside && !text.ends_with("[[odd") => {
                    text.push_str(&blanks.next().unwrap_or_default());
                    continue;
                }
                _ => {}
            }
            text.push(c);
        }
        prop_assert_eq!(parse_query(&text), Ok(query), "{}", text);
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in prop_oneof![any::<String>(), almost_query()]) {
        for outcome in [parse_query(&text), parse_condition(&text)] {
            match outcome {
                Ok(query) => {
                    let printed = query.to_string();
                    prop_assert_eq!(parse_query(&printed), Ok(query), "{}", printed);
                }
                Err(error) => {
                    let line = text.split('\n').nth(error.line as usize - 1).unwrap_or_default();
                    prop_assert!(error.column as usize <= line.chars().count() + 1, "{error}");
                    prop_assert!(!error.message.is_empty());
                }
            }
        }
    }
}

//! The examples of `docs/schedules.md`.

use schedule::{Occurrence, Plan, Rule, Zones, sentence};

use crate::support::{at, plan, spec};

const PAGE: &str = include_str!("../../../../../docs/schedules.md");

/// A run as the page shows it.
fn line(run: &Occurrence) -> String {
    let change = run.clock_change.as_ref().map(|change| format!(", {change}")).unwrap_or_default();
    format!("{} = {} UTC{change}", run.local.strftime("%a %-d %b %Y %H:%M"), run.due.strftime("%H:%M"))
}

#[test]
fn each_example_has_these_words_and_runs() {
    let mut examples = 0;
    for block in PAGE.split("```json\n").skip(1) {
        let (json, rest) = block.split_once("```\n").unwrap();
        let text = rest.trim_start().strip_prefix("```text\n").expect("a result after each schedule");
        let (expected, _) = text.split_once("\n```").unwrap();
        let spec = spec(json);
        let plan = plan(&spec);
        let after = expected.lines().find_map(|line| line.strip_prefix("after ")).unwrap();
        let mut lines = vec![sentence(&plan, &spec), format!("after {after}")];
        let count = expected.lines().count() - lines.len();
        lines.extend(plan.occurrences_after(at(after)).take(count).map(|run| line(&run)));
        assert_eq!(lines, expected.lines().collect::<Vec<_>>(), "{json}");
        examples += 1;
    }
    assert!(examples >= 6, "{examples}");
}

#[test]
fn each_expression_of_the_table_is_refused_like_that() {
    let table = PAGE.split("| Expression | Answer |\n|---|---|\n").nth(1).unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let mut refused = 0;
    for row in rows {
        let (expression, answer) = row.trim_matches(['|', ' ']).split_once(" | ").unwrap();
        let mut schedule = spec(r#"{"rule":{"type":"cron","expression":"* * * * *"}}"#);
        schedule.rule = Rule::Cron { expression: expression.trim_matches('`').into() };
        let faults = Plan::new("s1", &schedule, &Zones::bundled()).expect_err(expression);
        assert_eq!(format!("{}; {}", faults[0].what, faults[0].what_to_do), answer, "{expression}");
        refused += 1;
    }
    assert!(refused >= 8, "{refused}");
}

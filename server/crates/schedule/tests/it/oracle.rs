//! Cron expressions beside `croner`, away from clock changes: in UTC.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use croner::parser::CronParser;
use jiff::Timestamp;
use proptest::{collection::vec, prelude::*};
use schedule::{Plan, Rule, Zones};

use crate::support::{cases, spec};

/// One field: a star, or a list of values, ranges and steps. `names` are those of the values, from the lowest.
fn field(low: u8, high: u8, names: &'static [&'static str]) -> impl Strategy<Value = String> {
    let word = move |value: u8, by_name: bool| match names.get(usize::from(value - low)) {
        Some(name) if by_name => (*name).to_owned(),
        _ => value.to_string(),
    };
    let value = (low..=high, any::<bool>()).prop_map(move |(value, by_name)| word(value, by_name));
    let range = (low..=high, low..=high, any::<bool>(), prop::option::of(1..=7_u8)).prop_map(
        move |(one, other, by_name, step)| {
            // croner takes SUN-SUN for the whole week, Vixie cron for Sunday.
            let (from, to) = if one == other { (low, high) } else { (one.min(other), one.max(other)) };
            let mut text = format!("{}-{}", word(from, by_name), word(to, by_name));
            if let Some(step) = step.filter(|step| *step <= high - low) {
                write!(text, "/{step}").unwrap();
            }
            text
        },
    );
    let list = vec(prop_oneof![3 => value, 2 => range], 1..4).prop_map(|items| items.join(","));
    prop_oneof![3 => Just("*".to_owned()), 4 => list]
}

fn expression() -> impl Strategy<Value = String> {
    let stepped = |field: BoxedStrategy<String>| prop_oneof![4 => field, 1 => (2..=7_u8).prop_map(|step| format!("*/{step}"))];
    let months = &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    let weekdays = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    (
        stepped(field(0, 59, &[]).boxed()),
        stepped(field(0, 23, &[]).boxed()),
        field(1, 31, &[]),
        stepped(field(1, 12, months).boxed()),
        field(0, 6, weekdays),
    )
        .prop_map(|(minute, hour, day, month, weekday)| format!("{minute} {hour} {day} {month} {weekday}"))
}

fn instants() -> impl Strategy<Value = i64> {
    // 2024 to 2044, with six leap years.
    1_704_067_200_i64..2_335_219_200
}

fn by_croner(expression: &str, after: i64, count: usize) -> Vec<i64> {
    let cron = CronParser::new().parse(expression).unwrap();
    let after = DateTime::<Utc>::from_timestamp(after, 0).unwrap();
    cron.iter_after(after).take(count).map(|next| next.timestamp()).collect()
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn croner_finds_the_same_runs(expression in expression(), after in instants()) {
        let mut schedule = spec(r#"{"rule":{"type":"cron","expression":"* * * * *"}}"#);
        schedule.rule = Rule::Cron { expression: expression.clone() };
        match Plan::new("s1", &schedule, &Zones::bundled()) {
            Ok(plan) => {
                let runs = plan.occurrences_after(Timestamp::from_second(after).unwrap());
                let ours: Vec<_> = runs.take(20).map(|run| run.due.as_second()).collect();
                prop_assert_eq!(ours, by_croner(&expression, after, 20), "{}", expression);
            }
            // A date that does not exist, such as 31 February.
            Err(faults) => {
                prop_assert!(faults[0].what.contains("no month of the rule"), "{:?}", faults);
                prop_assert_eq!(by_croner(&expression, after, 1), Vec::<i64>::new(), "{}", expression);
            }
        }
    }
}

proptest! {
    #![proptest_config(cases())]

    /// Texts of the letters that cron knows, and of any others.
    #[test]
    fn any_text_is_read_or_refused_with_a_place_inside_it(
        text in prop_oneof!["[0-9*/,\\- LW#?@A-Za-z]{0,40}", "([0-9*/,\\-]{1,4} ){4}[0-9*/,\\-]{1,4}", any::<String>()],
    ) {
        let mut schedule = spec(r#"{"rule":{"type":"cron","expression":"* * * * *"}}"#);
        schedule.rule = Rule::Cron { expression: text.clone() };
        if let Err(faults) = Plan::new("s1", &schedule, &Zones::bundled()) {
            let length = u32::try_from(text.chars().count()).unwrap();
            for fault in faults {
                prop_assert!(fault.column.is_none_or(|column| (1..=length + 1).contains(&column)), "{:?}", fault);
                prop_assert!(!fault.what.is_empty() && !fault.what_to_do.is_empty());
            }
        }
    }
}

/// That the comparison compares: these have runs, and not all the same.
#[test]
fn the_oracle_itself_is_right() {
    let first_of_december_2026 = 1_796_083_200;
    let on = |day: i64| first_of_december_2026 + (day - 1) * 86_400;
    assert_eq!(by_croner("0 12 * * *", on(1), 2), [on(1) + 12 * 3600, on(2) + 12 * 3600]);
    assert_eq!(by_croner("0 0 13 * FRI", on(1), 3), [on(4), on(11), on(13)]);
}

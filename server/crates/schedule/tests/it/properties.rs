//! What holds for every schedule, and a plain search minute by minute beside ours.

use std::collections::BTreeSet;

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use proptest::{collection::vec, prelude::*, sample::select};
use schedule::{
    ClockChange, ClockPolicy, DayRule, Exclusion, Occurrence, Plan, RepeatedTime, Rule, RunPolicy,
    ScheduleSpec, SkippedTime, TimeOfDay, Weekday, Zones,
};

use crate::support::{at, cases};

const ZONES: [&str; 9] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Santiago",
    "Africa/Casablanca",
    "Pacific/Chatham",
    "Asia/Kolkata",
];

/// When clocks change in 2027 in these zones.
const CHANGES: [&str; 13] = [
    "2027-02-07T02:00:00Z",
    "2027-03-14T02:00:00Z",
    "2027-03-14T07:00:00Z",
    "2027-03-28T01:00:00Z",
    "2027-04-03T14:00:00Z",
    "2027-04-04T03:00:00Z",
    "2027-04-29T22:00:00Z",
    "2027-09-05T04:00:00Z",
    "2027-09-25T14:00:00Z",
    "2027-10-02T15:30:00Z",
    "2027-10-28T21:00:00Z",
    "2027-10-31T01:00:00Z",
    "2027-11-07T06:00:00Z",
];

fn weekday() -> impl Strategy<Value = Weekday> {
    select(&Weekday::ALL[..])
}

fn day_rule() -> impl Strategy<Value = DayRule> {
    prop_oneof![
        3 => Just(DayRule::EveryDay {}),
        2 => vec(weekday(), 1..5).prop_map(|weekdays| DayRule::Weekdays { weekdays }),
        1 => vec(1..=31_u8, 1..5).prop_map(|days| DayRule::DaysOfMonth { days }),
        1 => (1..=5_u8, weekday()).prop_map(|(nth, weekday)| DayRule::NthWeekday { nth, weekday }),
        1 => weekday().prop_map(|weekday| DayRule::LastWeekday { weekday }),
        1 => Just(DayRule::LastDay {}),
        1 => Just(DayRule::LastWorkday {}),
    ]
}

fn time() -> impl Strategy<Value = TimeOfDay> {
    // Clocks change in the first four hours of the day and in the last, so most times are there.
    let hour = prop_oneof![4 => 0..4_u8, 1 => 4..23_u8, 2 => Just(23_u8)];
    (hour, 0..60_u8).prop_filter_map("a time of day", |(hour, minute)| TimeOfDay::new(hour, minute))
}

fn calendar() -> impl Strategy<Value = Rule> {
    let months = prop_oneof![2 => Just(vec![]), 1 => vec(1..=12_u8, 1..5)];
    let every_hour = vec(0..60_u8, 1..4).prop_map(|minutes| {
        let hours = (0..24).flat_map(|hour| minutes.iter().map(move |minute| (hour, *minute)));
        hours.filter_map(|(hour, minute)| TimeOfDay::new(hour, minute)).collect()
    });
    let times = prop_oneof![4 => vec(time(), 1..8), 1 => every_hour];
    (vec(day_rule(), 1..4), months, times).prop_map(|(days, months, times)| Rule::Calendar {
        days,
        months,
        times,
    })
}

fn clock_policy() -> impl Strategy<Value = ClockPolicy> {
    let skipped = select(&[SkippedTime::RunAfter, SkippedTime::LeaveOut][..]);
    let repeated = select(&[RepeatedTime::First, RepeatedTime::Second, RepeatedTime::Both][..]);
    (skipped, repeated).prop_map(|(skipped_time, repeated_time)| ClockPolicy { skipped_time, repeated_time })
}

/// An instant of 2027, often near a change of a clock.
fn instant() -> impl Strategy<Value = Timestamp> {
    let near = (select(&CHANGES[..]), -100_000..100_000_i64)
        .prop_map(|(change, seconds)| at(change) + SignedDuration::from_secs(seconds));
    let any_time = (0..365 * 86_400_i64)
        .prop_map(|second| at("2027-01-01T00:00:00Z") + SignedDuration::from_secs(second));
    prop_oneof![3 => near, 1 => any_time]
}

fn exclusions() -> impl Strategy<Value = Vec<Exclusion>> {
    let range = (0..365_i64, prop::option::of(0..20_i64)).prop_map(|(day, more)| {
        let from = Date::constant(2027, 1, 1) + SignedDuration::from_hours(24 * day);
        Exclusion { from, to: more.map(|more| from + SignedDuration::from_hours(24 * more)) }
    });
    vec(range, 0..6)
}

fn rule() -> impl Strategy<Value = Rule> {
    let interval =
        (1..3000_u32, instant()).prop_map(|(every_minutes, from)| Rule::Interval { every_minutes, from });
    prop_oneof![4 => calendar(), 1 => interval]
}

fn schedule() -> impl Strategy<Value = ScheduleSpec> {
    let bounds = (prop::option::of(instant()), prop::option::of(instant()));
    (rule(), select(&ZONES[..]), clock_policy(), exclusions(), bounds, 0..=1800_u32).prop_map(
        |(rule, zone, clock_changes, exclusions, (start, end), jitter_seconds)| ScheduleSpec {
            rule,
            zone: zone.into(),
            clock_changes,
            exclusions,
            start,
            end,
            jitter_seconds,
            runs: RunPolicy::default(),
        },
    )
}

/// Whether a rule of the calendar names a local time, said another way than in the crate: by jiff's own calendar.
fn names(rule: &Rule, local: DateTime) -> bool {
    let Rule::Calendar { days, months, times } = rule else { panic!("{rule:?}") };
    let (date, weekday) = (local.date(), Weekday::from(local.date().weekday()));
    let is_named_day = |rule: &DayRule| match rule {
        DayRule::EveryDay {} => true,
        DayRule::Weekdays { weekdays } => weekdays.contains(&weekday),
        DayRule::DaysOfMonth { days } => days.contains(&date.day().unsigned_abs()),
        DayRule::NthWeekday { nth, weekday: named } => {
            weekday == *named
                && date.nth_weekday_of_month(nth.cast_signed(), date.weekday()).is_ok_and(|day| day == date)
        }
        DayRule::LastWeekday { weekday: named } => {
            weekday == *named && date.nth_weekday_of_month(-1, date.weekday()).unwrap() == date
        }
        DayRule::LastDay {} => date == date.last_of_month(),
        DayRule::LastWorkday {} => {
            let mut day = date.last_of_month();
            while !Weekday::from(day.weekday()).is_workday() {
                day = day.yesterday().unwrap();
            }
            day == date
        }
    };
    (months.is_empty() || months.contains(&date.month().unsigned_abs()))
        && times.contains(&TimeOfDay::from(local))
        && days.iter().any(is_named_day)
}

fn is_excluded(exclusions: &[Exclusion], date: Date) -> bool {
    exclusions.iter().any(|range| range.from <= date && date <= range.to.unwrap_or(range.from))
}

/// The runs in a stretch of time, found by looking at every minute of it and at what the clock shows.
fn minute_by_minute(
    spec: &ScheduleSpec,
    zone: &TimeZone,
    after: Timestamp,
    before: Timestamp,
) -> BTreeSet<Timestamp> {
    let Rule::Calendar { times, .. } = &spec.rule else { panic!("{:?}", spec.rule) };
    let minutes_at = |hour| {
        times.iter().filter(|time| time.hour() == hour).map(|time| time.minute()).collect::<BTreeSet<_>>()
    };
    let is_every_hour = (0..24).all(|hour| minutes_at(hour) == minutes_at(0));
    let is_named = |local: DateTime| names(&spec.rule, local) && !is_excluded(&spec.exclusions, local.date());
    let minute = SignedDuration::from_mins(1);
    let mut runs = BTreeSet::new();
    // From a day before, so that the first of two equal times is known.
    let mut now = Timestamp::from_second(after.as_second().div_euclid(60) * 60).unwrap()
        - SignedDuration::from_hours(24);
    let mut shown: Vec<(DateTime, Timestamp)> = Vec::new();
    while now < before + SignedDuration::from_hours(24) {
        let local = zone.to_datetime(now);
        if let Some((last, _)) = shown.last() {
            let mut skipped = *last + minute;
            while skipped < local {
                if is_named(skipped)
                    && !is_every_hour
                    && spec.clock_changes.skipped_time == SkippedTime::RunAfter
                {
                    runs.insert(now);
                }
                skipped += minute;
            }
        }
        shown.push((local, now));
        now += minute;
    }
    for (local, now) in &shown {
        if !is_named(*local) {
            continue;
        }
        let is_shown =
            |offset: SignedDuration| shown.iter().any(|(other, at)| other == local && *at == *now + offset);
        // Every change of 2027 is by an hour or by half an hour.
        let has_earlier =
            is_shown(SignedDuration::from_mins(-60)) || is_shown(SignedDuration::from_mins(-30));
        let has_later = is_shown(SignedDuration::from_mins(60)) || is_shown(SignedDuration::from_mins(30));
        let runs_now = is_every_hour
            || match spec.clock_changes.repeated_time {
                RepeatedTime::First => !has_earlier,
                RepeatedTime::Second => !has_later,
                RepeatedTime::Both => true,
            };
        if runs_now {
            runs.insert(*now);
        }
    }
    runs.into_iter().filter(|run| after < *run && *run < before).collect()
}

fn zone_of(spec: &ScheduleSpec) -> TimeZone {
    Zones::bundled().find(&spec.zone).unwrap()
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn occurrences_are_in_order_within_bounds_and_not_excluded(spec in schedule(), after in instant()) {
        let Ok(plan) = Plan::new("night-clean", &spec, &Zones::bundled()) else { return Ok(()) };
        let occurrences: Vec<Occurrence> = plan.occurrences_after(after).take(60).collect();
        for pair in occurrences.windows(2) {
            prop_assert!(pair[0].due < pair[1].due, "{:?}", pair);
            prop_assert!(pair[0].start < pair[1].due, "a run starts before the next is due: {:?}", pair);
        }
        for occurrence in &occurrences {
            prop_assert!(occurrence.due > after);
            prop_assert!(spec.start.is_none_or(|start| start <= occurrence.due), "{:?}", occurrence);
            prop_assert!(spec.end.is_none_or(|end| occurrence.due < end), "{:?}", occurrence);
            prop_assert_eq!(plan.zone().to_datetime(occurrence.due), occurrence.local);
            let delay = occurrence.start.duration_since(occurrence.due);
            let limit = SignedDuration::from_secs(spec.jitter_seconds.into());
            prop_assert!(delay == SignedDuration::ZERO || delay.is_positive() && delay < limit, "{:?}", delay);
            match &occurrence.clock_change {
                Some(ClockChange::Skipped { times, .. }) => {
                    for time in times {
                        prop_assert!(names(&spec.rule, *time) && !is_excluded(&spec.exclusions, time.date()));
                    }
                }
                _ => prop_assert!(!is_excluded(&spec.exclusions, occurrence.local.date()), "{:?}", occurrence),
            }
        }
    }

    #[test]
    fn a_restart_between_two_runs_changes_nothing(spec in schedule(), after in instant(), seconds in 0..400_000_i64) {
        let Ok(plan) = Plan::new("night-clean", &spec, &Zones::bundled()) else { return Ok(()) };
        let again = Plan::new("night-clean", &spec, &Zones::bundled()).unwrap();
        let restart = after + SignedDuration::from_secs(seconds);
        let later: Vec<_> = plan.occurrences_after(after).skip_while(|run| run.due <= restart).take(20).collect();
        prop_assert_eq!(&later, &again.occurrences_after(restart).take(20).collect::<Vec<_>>());
        for pair in later.windows(2) {
            let next = again.occurrences_after(pair[0].due).next();
            prop_assert_eq!(next.as_ref(), Some(&pair[1]));
        }
    }

    #[test]
    fn a_search_minute_by_minute_finds_the_same_runs(
        rule in calendar(),
        zone in select(&ZONES[..]),
        clock_changes in clock_policy(),
        exclusions in exclusions(),
        after in instant(),
    ) {
        let spec = ScheduleSpec {
            rule, zone: zone.into(), clock_changes, exclusions, start: None, end: None, jitter_seconds: 0,
            runs: RunPolicy::default(),
        };
        let Ok(plan) = Plan::new("night-clean", &spec, &Zones::bundled()) else { return Ok(()) };
        let before = after + SignedDuration::from_hours(48);
        let within = plan.occurrences_after(after).take_while(|run| run.due < before);
        let ours: BTreeSet<Timestamp> = within.filter(|run| run.runs).map(|run| run.due).collect();
        prop_assert_eq!(ours, minute_by_minute(&spec, &zone_of(&spec), after, before));
    }
}

//! A schedule over days of simulated time: looked at on time, late, or after a downtime, while runs end and people pause it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proptest::{collection::vec, prelude::*, sample::select};
use schedule::{
    Downtime, Overlap, Pause, PauseReason, Plan, Row, RowState, RunPolicy, ScheduleSpec, ScheduleState,
    Situation, Why, tick,
};

use crate::support::{at, cases, plan, spec};

#[derive(Debug, Clone, Copy)]
enum Event {
    /// The console looks at the schedule when it said it would.
    LookOnTime,
    /// The console is down for some seconds, then looks.
    Downtime(u32),
    /// A run ends.
    RunEnds { failed: bool },
    /// A person pauses it.
    Pause,
    /// A person resumes it.
    Resume,
    /// The owner loses or regains the permission.
    OwnerMay(bool),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        8 => Just(Event::LookOnTime),
        2 => (1..40_000_u32).prop_map(Event::Downtime),
        5 => any::<bool>().prop_map(|failed| Event::RunEnds { failed }),
        1 => Just(Event::Pause),
        2 => Just(Event::Resume),
        1 => prop::bool::weighted(0.7).prop_map(Event::OwnerMay),
    ];
    vec(event, 1..60)
}

fn schedule() -> impl Strategy<Value = ScheduleSpec> {
    let rules = ["0 * * * *", "*/20 * * * *", "0,30 1-3 * * *", "15 2 * * *"];
    let changes = [r#""runAfter""#, r#""leaveOut""#];
    let overlaps = [Overlap::Skip, Overlap::BufferOne, Overlap::CancelOther, Overlap::Allow];
    let policy = (select(overlaps.to_vec()), 60..20_000_u32, prop::option::of(1..4_u32));
    (select(rules.to_vec()), select(changes.to_vec()), 0..1800_u32, policy).prop_map(
        |(rule, skipped, jitter, (overlap, catch_up_seconds, pause_after_failures))| ScheduleSpec {
            runs: RunPolicy { overlap, catch_up_seconds, pause_after_failures },
            ..spec(&format!(
                r#"{{"rule":{{"type":"cron","expression":"{rule}"}},"zone":"Europe/Berlin",
                    "clockChanges":{{"skippedTime":{skipped}}},"jitterSeconds":{jitter}}}"#
            ))
        },
    )
}

/// What the console keeps and sees.
struct Simulation<'a> {
    plan: &'a Plan,
    policy: RunPolicy,
    state: ScheduleState,
    now: Timestamp,
    running: u32,
    owner_may: bool,
    rows: Vec<Row>,
}

impl Simulation<'_> {
    fn look(&mut self, down: Option<Downtime>) -> Option<Timestamp> {
        // What is kept survives a restart at any time.
        let json = serde_json::to_string(&self.state).unwrap();
        self.state = serde_json::from_str(&json).unwrap();
        let missing_permission = (!self.owner_may).then_some("job:create");
        let situation = Situation { now: self.now, running: self.running, missing_permission, down };
        let looked = tick(self.plan, &self.policy, &self.state, &situation);
        assert_eq!(looked, tick(self.plan, &self.policy, &self.state, &situation), "the same answer again");
        assert!(self.state.pause.is_none() || looked.starts.is_empty(), "{looked:?}");
        for start in &looked.starts {
            assert!(self.owner_may, "{start:?}");
            assert!(start.cancel_running <= (self.policy.overlap == Overlap::CancelOther), "{start:?}");
            let waited = start.row.why.iter().any(|why| matches!(why, Why::Waited { .. }));
            let late = self.now.duration_since(start.row.due).as_secs();
            // Within the window, which begins when it starts: up to its share of the jitter after it is due.
            assert!(waited || late <= i64::from(self.policy.catch_up_seconds) + 1800, "{late}: {start:?}");
            self.running += 1;
            if matches!(self.policy.overlap, Overlap::Skip | Overlap::BufferOne) {
                assert_eq!(self.running, 1, "one run at a time");
            }
        }
        self.rows.extend(looked.rows);
        self.rows.extend(looked.starts.into_iter().map(|start| start.row));
        self.state = looked.state;
        assert!(looked.next.is_none_or(|next| next > self.now), "a next look in the past");
        looked.next
    }

    fn apply(&mut self, event: Event) {
        match event {
            Event::LookOnTime => {
                if let Some(next) = self.look(None) {
                    self.now = next;
                }
                self.look(None);
            }
            Event::Downtime(seconds) => {
                let from = self.now;
                self.now += SignedDuration::from_secs(seconds.into());
                self.look(Some(Downtime { from, to: self.now }));
            }
            Event::RunEnds { failed } if self.running > 0 => {
                self.running -= 1;
                self.rows.extend(self.state.run_ended(&self.policy, failed, self.now));
            }
            Event::RunEnds { .. } => {}
            Event::Pause => {
                let reason = PauseReason::Person { by: "Jonas Beck".into(), comment: "drill".into() };
                self.rows.extend(self.state.pause(Pause { since: self.now, reason }));
            }
            Event::Resume => self.state.resume(),
            Event::OwnerMay(may) => self.owner_may = may,
        }
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn every_occurrence_gets_one_row_with_a_reason(spec in schedule(), events in events()) {
        let plan = plan(&spec);
        // Two days before the clock is put forward.
        let begin = at("2027-03-26T00:00:00Z");
        let mut simulation = Simulation {
            plan: &plan,
            policy: spec.runs,
            state: ScheduleState::new(begin),
            now: begin,
            running: 0,
            owner_may: true,
            rows: Vec::new(),
        };
        for event in events {
            simulation.apply(event);
            if simulation.state.pause.is_some() {
                prop_assert_eq!(&simulation.state.waiting, &None, "a paused schedule keeps nothing waiting");
            }
        }
        let Simulation { state, rows, .. } = simulation;
        let due: Vec<_> = plan
            .occurrences_after(begin)
            .take_while(|occurrence| occurrence.due <= state.decided_until)
            .map(|occurrence| occurrence.due)
            .collect();
        let decided: u32 = rows.iter().chain(&state.waiting).map(|row| row.count).sum();
        prop_assert_eq!(usize::try_from(decided).unwrap(), due.len());
        let single = rows.iter().chain(&state.waiting).filter(|row| row.count == 1).map(|row| row.due);
        let single: Vec<_> = single.collect();
        let distinct: BTreeSet<_> = single.iter().copied().collect();
        prop_assert_eq!(distinct.len(), single.len(), "no occurrence has two rows");
        prop_assert!(distinct.iter().all(|one| due.binary_search(one).is_ok()));
        for row in &rows {
            prop_assert!(row.state == RowState::Ran || row.reason().is_some(), "{:?}", row);
        }
    }
}

//! Schedules on a clock that the test drives, and a hub that does what the test says.

mod world;

use console::ConsoleError;
use console_wire::{
    access::{Actor, Role},
    job::Origin,
    schedule::{Comment, NewSchedule, PauseCause, RunState, ScheduleFilter, ScheduleStatus},
};
use serde_json::json;

use self::world::{World, at, by, cron, every_hour, nightly, states_and_reasons};
use crate::{
    access::{join, set_up},
    support::{Creation, until},
};

#[tokio::test]
async fn a_night_runs_over_both_changes_of_the_clock() {
    let world = World::start("2027-03-27T00:00:00Z").await;
    let created = world.create(&cron("30 2 * * *", "Europe/Berlin")).await;
    assert_eq!(created.sentence, "Every day at 02:30 in Berlin");
    assert_eq!(created.next.unwrap().due, at("2027-03-27T01:30:00Z"));
    world.set("2027-03-27T01:30:00Z");
    let first = world.until_runs(1).await.remove(0);
    let job = first.job.unwrap();
    assert_eq!((job.job_id.as_str(), job.name.as_str()), ("night-20270327-013000", "Night"));
    let schedule = job.schedule.unwrap();
    assert_eq!((schedule.schedule_id.as_str(), schedule.name.as_str()), ("night", "Night"));
    world.finish("night-20270327-013000", 200).await;

    // The clock goes from 02:00 to 03:00.
    world.set("2027-03-28T00:59:59Z");
    assert_eq!(world.runs().await.len(), 1);
    world.set("2027-03-28T01:00:00Z");
    let shifted = world.until_runs(2).await.remove(0);
    assert_eq!(shifted.state, RunState::Shifted);
    assert_eq!(shifted.reason.as_deref(), Some("02:30 is skipped, runs at 03:00"));
    world.finish("night-20270328-010000", 200).await;

    // Late in the year the console looks again: what was due meanwhile is missed, and it goes on by the clock.
    world.set("2027-10-31T00:29:00Z");
    let rows = world.until_runs(102 + 1).await;
    assert!(rows.iter().all(|run| run.state != RunState::Ran || run.job.is_some()));
    assert_eq!(rows.iter().filter(|run| run.state == RunState::Missed).count(), 101);
    world.set("2027-10-31T00:30:00Z");
    let repeated = world.until_runs(104).await.remove(0);
    assert_eq!(repeated.reason.as_deref(), Some("02:30 occurs twice, runs at the first"));
    assert_eq!(world.schedule().await.next.unwrap().due, at("2027-11-01T01:30:00Z"));
    world.console.stop().await;
}

#[tokio::test]
async fn after_a_downtime_only_the_latest_run_that_is_not_too_late_starts() {
    let mut world = World::start("2026-12-01T00:00:00Z").await;
    world.create(&every_hour(&json!({}))).await;
    world.set("2026-12-01T00:50:00Z");
    world.console.stop().await;
    world.set("2026-12-01T03:10:00Z");
    world.restart().await;
    let runs = world.until_runs(3).await;
    let rows = states_and_reasons(&runs);
    assert_eq!(
        rows.iter().map(|(state, _)| *state).collect::<Vec<_>>(),
        [RunState::Missed, RunState::Missed, RunState::Ran]
    );
    assert!(rows[0].1.ends_with("2 h 10 min late, limit 1 h"), "{rows:?}");
    assert!(rows[1].1.ends_with("1 h 10 min late, limit 1 h"), "{rows:?}");
    assert!(rows[2].1.ends_with("10 min late"), "{rows:?}");
    assert!(rows.iter().all(|(_, reason)| reason.starts_with("the console was down from")), "{rows:?}");
    assert_eq!(runs[0].job_id.as_deref(), Some("night-20261201-030000"));
    world.console.stop().await;
}

#[tokio::test]
async fn each_policy_for_a_run_that_still_goes_on() {
    for (overlap, states) in [
        ("skip", vec![RunState::Ran, RunState::Skipped]),
        ("bufferOne", vec![RunState::Ran]),
        ("cancelOther", vec![RunState::Ran, RunState::Ran]),
        ("allow", vec![RunState::Ran, RunState::Ran]),
    ] {
        let world = World::start("2026-12-01T00:30:00Z").await;
        world.create(&every_hour(&json!({"overlap": overlap}))).await;
        world.set("2026-12-01T01:00:00Z");
        world.until_runs(1).await;
        world.set("2026-12-01T02:00:00Z");
        if overlap == "bufferOne" {
            until("it waits", async || world.schedule().await.waiting_since.is_some()).await;
        }
        let runs = world.until_runs(states.len()).await;
        assert_eq!(
            states_and_reasons(&runs).iter().map(|(state, _)| *state).collect::<Vec<_>>(),
            states,
            "{overlap}"
        );
        match overlap {
            "skip" => assert_eq!(runs[0].reason.as_deref(), Some("the run before still went on")),
            "bufferOne" => {
                world.finish("night-20261201-010000", 200).await;
                let runs = world.until_runs(2).await;
                assert_eq!(runs[0].job_id.as_deref(), Some("night-20261201-020000"));
                assert!(runs[0].reason.as_deref().unwrap().starts_with("waited"), "{runs:?}");
            }
            "cancelOther" => {
                let other = world.console.job("night-20261201-010000").await.unwrap();
                assert!(other.status.is_terminal(), "{other:?}");
                assert_eq!(
                    other.cancel_reason.as_deref(),
                    Some("The next run of the schedule Night was due.")
                );
            }
            _ => assert!(
                !world.console.job("night-20261201-010000").await.unwrap().status.is_terminal(),
                "both run"
            ),
        }
        world.console.stop().await;
    }
}

#[tokio::test]
async fn failed_runs_in_a_row_pause_it_until_it_is_resumed() {
    let world = World::start("2026-12-01T00:30:00Z").await;
    world.create(&every_hour(&json!({"pauseAfterFailures": 2}))).await;
    for (hour, status) in [(1, 500), (2, 200), (3, 500), (4, 500)] {
        world.set(&format!("2026-12-01T{hour:02}:00:00Z"));
        world.until_runs(hour).await;
        world.finish(&format!("night-20261201-{hour:02}0000"), status).await;
        let failures = if status == 200 { 0 } else { usize::from(hour > 3) + 1 };
        until("the failure is counted", async || {
            world.schedule().await.failures_in_a_row == u32::try_from(failures).unwrap()
        })
        .await;
    }
    let paused = world.schedule().await;
    assert_eq!(paused.status, ScheduleStatus::Paused);
    let pause = paused.pause.unwrap();
    assert_eq!((pause.cause, pause.reason.as_str()), (PauseCause::Failures, "2 runs in a row failed"));
    world.set("2026-12-01T05:00:00Z");
    let skipped = world.until_runs(5).await.remove(0);
    assert_eq!(skipped.reason.as_deref(), Some("the schedule is paused: 2 runs in a row failed"));
    let resumed = world.console.resume_schedule("night", &Actor::LocalOperator).await.unwrap();
    assert_eq!((resumed.status, resumed.failures_in_a_row), (ScheduleStatus::Active, 0));
    world.set("2026-12-01T06:00:00Z");
    assert_eq!(world.until_runs(6).await[0].state, RunState::Ran);
    world.console.stop().await;
}

#[tokio::test]
async fn a_person_pauses_with_a_comment_and_runs_it_now() {
    let world = World::start("2026-12-01T00:30:00Z").await;
    world.create(&every_hour(&json!({}))).await;
    let me = Actor::LocalOperator;
    let comment = |text: &str| Comment { comment: text.to_owned() };
    let refused = world.console.pause_schedule("night", &comment(" "), &me).await.unwrap_err();
    assert!(matches!(&refused, ConsoleError::Invalid(faults) if faults[0].field == "comment"), "{refused}");
    let paused =
        world.console.pause_schedule("night", &comment("Until the drill plan is signed"), &me).await.unwrap();
    assert_eq!(
        paused.pause.unwrap().reason,
        "\u{201c}Until the drill plan is signed\u{201d}, the local operator"
    );
    let run = world.console.run_schedule_now("night", &comment("after the move"), &me).await.unwrap();
    assert!(run.is_run_now);
    assert_eq!(run.reason.as_deref(), Some("run now by the local operator, \u{201c}after the move\u{201d}"));
    let refused = world.console.run_schedule_now("night", &comment(""), &me).await.unwrap_err();
    assert!(refused.to_string().contains("the run before still went on"), "{refused}");
    world.finish(run.job_id.as_deref().unwrap(), 200).await;
    world.set("2026-12-01T00:31:00Z");
    world.run_once_free().await;
    world.console.resume_schedule("night", &me).await.unwrap();
    let again = world.console.resume_schedule("night", &me).await.unwrap_err();
    assert!(matches!(again, ConsoleError::Conflict { .. }), "{again}");
    let deleted = world.console.delete_schedule("night", &me).await.unwrap();
    assert_eq!(deleted.name, "Night");
    assert!(world.console.schedule("night").await.is_err());
    world.console.stop().await;
}

#[tokio::test]
async fn an_owner_who_may_no_longer_create_jobs_pauses_it() {
    let world = World::start("2026-12-01T00:30:00Z").await;
    let priya = Actor::Person(set_up(&world.console).await.person);
    let mara = join(&world.console, &priya, "mara", Role::Operator).await.person;
    let owner = Actor::Person(mara.clone());
    world.console.create_schedule(nightly(&every_hour(&json!({}))), by(&owner)).await.unwrap();
    world.set("2026-12-01T01:00:00Z");
    let run = world.until_runs(1).await.remove(0);
    assert_eq!(run.job.unwrap().created_by.unwrap().user_id, mara.user_id);
    world.finish("night-20261201-010000", 200).await;
    world.console.change_role(&priya, &mara.user_id, Role::Viewer).await.unwrap();
    world.set("2026-12-01T02:00:00Z");
    let runs = world.until_runs(2).await;
    assert_eq!(
        (runs[0].state, runs[0].reason.as_deref()),
        (RunState::Skipped, Some("the schedule is paused: its owner no longer has job:create"))
    );
    assert_eq!(world.schedule().await.pause.unwrap().cause, PauseCause::OwnerLacksPermission);
    // Whoever changes it becomes its owner, and it runs again.
    let changed =
        world.console.change_schedule("night", nightly(&every_hour(&json!({}))), by(&priya)).await.unwrap();
    assert_eq!(changed.owner, priya.person());
    world.console.resume_schedule("night", &priya).await.unwrap();
    world.set("2026-12-01T03:00:00Z");
    let run = world.until_runs(3).await.remove(0);
    assert_eq!(run.job.unwrap().created_by, priya.person());
    world.console.stop().await;
}

#[tokio::test]
async fn another_persons_schedule_is_outside_of_a_scope() {
    let world = World::start("2026-12-01T00:30:00Z").await;
    let priya = Actor::Person(set_up(&world.console).await.person);
    let mut mara = join(&world.console, &priya, "mara", Role::Operator).await.person;
    mara.scope = Some("tags.building = 'a'".into());
    let mara = Actor::Person(mara);
    world.console.create_schedule(nightly(&every_hour(&json!({}))), by(&priya)).await.unwrap();
    let comment = Comment { comment: "mine".into() };
    for refused in [
        world.console.pause_schedule("night", &comment, &mara).await.map(drop),
        world.console.resume_schedule("night", &mara).await.map(drop),
        world.console.run_schedule_now("night", &comment, &mara).await.map(drop),
        world.console.delete_schedule("night", &mara).await.map(drop),
        world.console.change_schedule("night", nightly(&every_hour(&json!({}))), by(&mara)).await.map(drop),
    ] {
        assert!(matches!(refused, Err(ConsoleError::OutsideScope { .. })), "{refused:?}");
    }
    world.console.stop().await;
}

#[tokio::test]
async fn a_restart_between_the_decision_and_the_hubs_answer_starts_nothing_twice() {
    let mut world = World::start("2026-12-01T00:30:00Z").await;
    world.create(&every_hour(&json!({}))).await;
    {
        let mut hub = world.hub.inside();
        hub.creation = Creation::TakesAndFails;
        hub.fails_reading = true;
    }
    world.set("2026-12-01T01:00:00Z");
    until("the hub was asked", async || !world.hub.inside().jobs.is_empty()).await;
    {
        let mut hub = world.hub.inside();
        hub.creation = Creation::Normal;
        hub.fails_reading = false;
    }
    world.restart().await;
    world.until_runs(1).await;
    world.restart().await;
    let runs = world.until_runs(1).await;
    assert_eq!(runs[0].job_id.as_deref(), Some("night-20261201-010000"));
    assert_eq!(world.hub.inside().jobs.len(), 1);
    world.console.stop().await;
}

#[tokio::test]
async fn schedules_are_listed_by_status_and_words() {
    let world = World::start("2026-12-01T00:30:00Z").await;
    for (name, expression) in [("Later", "0 5 * * *"), ("Sooner", "0 3 * * *"), ("Paused", "0 1 * * *")] {
        let new = NewSchedule { name: name.into(), ..nightly(&cron(expression, "UTC")) };
        world.console.create_schedule(new, Origin::Console).await.unwrap();
    }
    let taken = world
        .console
        .create_schedule(
            NewSchedule { name: "LATER".into(), ..nightly(&cron("0 5 * * *", "UTC")) },
            Origin::Api,
        )
        .await
        .unwrap_err();
    assert!(matches!(&taken, ConsoleError::Invalid(faults) if faults[0].field == "name"), "{taken}");
    let comment = Comment { comment: "x".into() };
    world.console.pause_schedule("paused", &comment, &Actor::LocalOperator).await.unwrap();
    let names = async |filter: ScheduleFilter| {
        let page = world.console.schedules(&filter).await.unwrap();
        (page.items.into_iter().map(|one| one.schedule_id).collect::<Vec<_>>(), page.next_cursor)
    };
    let all = ScheduleFilter::default();
    assert_eq!(names(all.clone()).await, (vec!["sooner".into(), "later".into(), "paused".into()], None));
    let (first, cursor) = names(ScheduleFilter { limit: Some(2), ..all.clone() }).await;
    assert_eq!(first, ["sooner", "later"]);
    assert_eq!(names(ScheduleFilter { cursor, ..all.clone() }).await.0, ["paused"]);
    let words = ScheduleFilter { q: Some("lockdoor LAT".into()), ..all.clone() };
    assert_eq!(names(words).await.0, ["later"]);
    let paused = ScheduleFilter { status: Some(ScheduleStatus::Paused), ..all };
    assert_eq!(names(paused).await.0, ["paused"]);
    let counts = world.console.schedules(&ScheduleFilter::default()).await.unwrap().counts;
    assert_eq!((counts.active, counts.paused, counts.ended), (2, 1, 0));
    world.console.stop().await;
}

#[tokio::test]
async fn a_bad_schedule_is_refused_with_every_field() {
    let world = World::start("2026-12-01T00:30:00Z").await;
    let mut new = nightly(&cron("0 5 * *", "Europe/Berln"));
    new.name = " ".into();
    new.job.cloud_to_device_method = None;
    let refused = world.console.create_schedule(new, Origin::Api).await.unwrap_err();
    let ConsoleError::Invalid(faults) = refused else { panic!("{refused}") };
    let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
    for field in ["name", "spec.rule.expression", "spec.zone", "job.cloudToDeviceMethod"] {
        assert!(fields.contains(&field), "{field}: {fields:?}");
    }
    let mut over = cron("0 5 * * *", "UTC");
    over["end"] = "2026-12-01T00:00:00Z".into();
    let refused = world.console.create_schedule(nightly(&over), Origin::Api).await.unwrap_err();
    assert!(matches!(&refused, ConsoleError::Invalid(faults) if faults[0].field == "spec.end"), "{refused}");
    let next = world.console.preview_schedule(&nightly(&cron("0 5 * * *", "UTC")).spec, Some(3)).unwrap();
    assert_eq!((next.items.len(), next.sentence.as_str()), (3, "Every day at 05:00 UTC"));
    world.console.stop().await;
}

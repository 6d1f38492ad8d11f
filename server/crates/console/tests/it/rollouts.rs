//! Jobs in waves on a real embedded hub with simulated devices: what stops them, what goes on, and that no device is called twice.

use console_wire::{
    access::Actor,
    job::{JobFilter, JobSummary, ResultFilter},
    outcome::Outcome,
    rollout::{Decision, PauseReason, Phase, Resume, Rollout, Stage, StopReason},
};
use device_pool::{Latency, SettingsPatch};
use futures::TryStreamExt;
use hub_wire::job::JobStatus;
use serde_json::{Value, json};

use crate::{
    embedded_hub::{DEVICES, World, ended, job, open},
    support::{until, wait_for},
};

/// A job that locks every door, in waves.
fn lock(rollout: &Value) -> Value {
    json!({"jobId": "rollout", "type": "scheduleDeviceMethod", "queryCondition": "*",
        "cloudToDeviceMethod": {"methodName": "lockDoor", "payload": {}}, "rollout": rollout})
}

fn phase(job: &JobSummary) -> Phase {
    job.rollout.as_ref().unwrap().phase
}

/// Waves and job have the same counts.
async fn assert_waves_sum(world: &World) -> Rollout {
    let rollout = world.console.rollout("rollout").await.unwrap();
    let job = world.console.job("rollout").await.unwrap();
    for outcome in Outcome::ALL {
        let of_waves: u64 = rollout.waves.iter().map(|wave| wave.outcomes.get(outcome)).sum();
        assert_eq!(of_waves, job.outcomes.get(outcome), "{outcome:?} of {job:#?}");
    }
    rollout
}

/// How many calls the devices got, none of them more than one.
fn calls(world: &World) -> u64 {
    let calls = world.pool.calls();
    assert!(calls.values().all(|calls| *calls <= 1), "{calls:?}");
    calls.values().sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_wave_that_fails_is_paused_and_nothing_begins_after_that() -> anyhow::Result<()> {
    let world = World::start().await?;
    let console = &world.console;
    let settings = json!({
        "waves": [{"size": {"devices": 10}, "gate": {"succeededPercent": 100, "then": "askPerson"}}],
        "rate": {"perMinute": 600},
        "stopRules": [{"outcome": "failed", "percent": 10, "atLeast": 12}],
    });
    console.create_job(job(&lock(&settings))).await?;
    let waits = wait_for(console, "rollout", |job| {
        job.rollout.as_ref().is_some_and(|rollout| rollout.stage == Stage::AwaitsPerson)
    })
    .await;
    assert_eq!((waits.status, waits.outcomes.succeeded), (JobStatus::Running, 10), "{waits:#?}");
    assert_eq!(waits.outcomes.queued, DEVICES as u64 - 10);
    world.pool.apply(SettingsPatch { error_share: Some(1.0), ..SettingsPatch::default() }).await?;
    let actor = Actor::LocalOperator;
    console.start_next_wave("rollout", Some("looks good".into()), &actor).await?;
    let paused = wait_for(console, "rollout", |job| {
        matches!(phase(job), Phase::Paused(_)) && job.outcomes.in_flight == 0
    })
    .await;
    assert_eq!(phase(&paused), Phase::Paused(PauseReason::StopRule(0)), "{paused:#?}");
    assert!(paused.outcomes.queued > 0, "{paused:#?}");
    // Nothing was called after the rule fired: all that was called has answered.
    let called = calls(&world);
    assert_eq!(called, paused.outcomes.finished());
    let rollout = assert_waves_sum(&world).await;
    assert_eq!((rollout.notified, rollout.waves.len()), (called, 2));
    let reading = rollout.stop_rules[0].reading;
    assert_eq!((reading.counted, reading.ended), (paused.outcomes.failed, paused.outcomes.finished()));
    let fired = rollout.history.iter().find_map(|line| match line.decision {
        Decision::StopRuleFired { counted, ended, .. } => Some((counted, ended)),
        _ => None,
    });
    let (counted, of) = fired.expect("the rule has fired");
    assert!(counted * 10 >= of && of >= 12, "{counted} of {of}");
    let skipped = rollout.history.iter().find(|line| line.decision == Decision::WaitSkipped { wave: 0 });
    assert_eq!(skipped.unwrap().comment.as_deref(), Some("looks good"));
    let snapshot = console.snapshot("rollout", None).await?;
    assert_eq!(snapshot.rollout.as_deref().map(|rollout| &rollout.waves), Some(&rollout.waves));
    assert!(snapshot.causes[0].count > 0, "{:?}", snapshot.causes);

    let refused = console.pause_job("rollout", None, &actor).await.unwrap_err();
    assert!(refused.to_string().contains("is paused"), "{refused}");
    world.pool.apply(SettingsPatch { error_share: Some(0.0), ..SettingsPatch::default() }).await?;
    console.resume_job("rollout", Resume::default(), &actor).await?;
    let job = ended(console, "rollout").await;
    assert_eq!((job.status, phase(&job)), (JobStatus::Completed, Phase::Ended(StopReason::Completed)));
    assert_eq!(job.outcomes.succeeded + job.outcomes.failed, DEVICES as u64, "{job:#?}");
    assert_eq!(calls(&world), DEVICES as u64);
    assert_waves_sum(&world).await;
    let page = console.results("rollout", &ResultFilter::default()).await?;
    assert_eq!(page.items.len(), DEVICES);
    assert!(page.items.iter().all(|result| result.response.is_some()), "{page:#?}");
    world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_calls_no_device_twice() -> anyhow::Result<()> {
    let mut world = World::start().await?;
    let slow = SettingsPatch { latency_ms: Some(Latency::Constant(300.0)), ..SettingsPatch::default() };
    world.pool.apply(slow).await?;
    world.console.create_job(job(&lock(&json!({"rate": {"perMinute": 600}})))).await?;
    wait_for(&world.console, "rollout", |job| job.outcomes.succeeded > 2 && job.outcomes.in_flight > 0).await;
    world.console.stop().await;
    world.console = open(&world.folder, &world.client).await?;
    let job = ended(&world.console, "rollout").await;
    assert_eq!(job.status, JobStatus::Completed, "{job:#?}");
    assert!(job.outcomes.interrupted > 0, "{job:#?}");
    assert_eq!(job.outcomes.succeeded + job.outcomes.interrupted, DEVICES as u64, "{job:#?}");
    // A call that the stop interrupted may not have reached its device.
    assert!(calls(&world) >= job.outcomes.succeeded, "{job:#?}");
    assert_waves_sum(&world).await;
    world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_on_the_hub_call_the_devices_of_a_wave() -> anyhow::Result<()> {
    let world = World::start().await?;
    let console = &world.console;
    let settings = json!({
        "engine": "hubJobs",
        "waves": [{"size": {"devices": 10}, "gate": {"succeededPercent": 100}}],
    });
    console.create_job(job(&lock(&settings))).await?;
    let job = ended(console, "rollout").await;
    assert_eq!((job.status, job.outcomes.succeeded), (JobStatus::Completed, DEVICES as u64), "{job:#?}");
    assert_eq!(calls(&world), DEVICES as u64);
    let rollout = assert_waves_sum(&world).await;
    let on_hub: Vec<_> = world.client.jobs(hub_client::JobFilter::default()).try_collect().await?;
    let of_rollout = on_hub.iter().filter(|job| job.job_id.starts_with("rollout-part-")).count() as u64;
    assert!(of_rollout >= 2, "one for each wave at least: {on_hub:#?}");
    let counts = rollout.hub_jobs.unwrap();
    assert_eq!((counts.waiting, counts.running, counts.ended), (0, 0, of_rollout));
    let page = console.results("rollout", &ResultFilter::default()).await?;
    assert!(page.items.iter().all(|result| result.response.is_some()), "{page:#?}");
    let listed = console.jobs(&JobFilter::default()).await?;
    assert_eq!(listed.items.len(), 1, "the jobs on the hub are not jobs of their own: {listed:#?}");
    world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_with_the_jobs_on_the_hub() -> anyhow::Result<()> {
    let mut world = World::start().await?;
    let slow = SettingsPatch { latency_ms: Some(Latency::Constant(1_500.0)), ..SettingsPatch::default() };
    world.pool.apply(slow).await?;
    world.console.create_job(job(&lock(&json!({"engine": "hubJobs", "rate": {"perMinute": 1_200}})))).await?;
    wait_for(&world.console, "rollout", |job| job.outcomes.in_flight > 0).await;
    world.console.stop().await;
    world.console = open(&world.folder, &world.client).await?;
    let job = ended(&world.console, "rollout").await;
    assert_eq!((job.status, job.outcomes.succeeded), (JobStatus::Completed, DEVICES as u64), "{job:#?}");
    assert_eq!(calls(&world), DEVICES as u64);
    assert_waves_sum(&world).await;
    world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_that_were_not_online_are_called_when_they_connect() -> anyhow::Result<()> {
    let world = World::start().await?;
    let offline = |share| SettingsPatch { offline_share: Some(share), ..SettingsPatch::default() };
    world.pool.apply(offline(0.2)).await?;
    world.pool.wait_connected().await;
    world.console.create_job(job(&lock(&json!({"offline": {"waitMinutes": 60}})))).await?;
    let some = DEVICES as u64 / 2;
    wait_for(&world.console, "rollout", |job| {
        job.outcomes.in_flight == 0 && job.outcomes.queued > 0 && job.outcomes.succeeded > some
    })
    .await;
    let rollout = assert_waves_sum(&world).await;
    assert!(rollout.waves[0].waiting_to_connect > 0, "{rollout:#?}");
    // A device is called again 30 s after a call at the earliest; a person does not wait for that.
    let cancelled = world.console.cancel_job("rollout").await?;
    assert_eq!(cancelled.status, JobStatus::Cancelled, "{cancelled:#?}");
    assert_eq!(cancelled.outcomes.not_online, rollout.waves[0].waiting_to_connect, "{cancelled:#?}");
    let refused = world.console.cancel_job("rollout").await.unwrap_err();
    assert!(refused.to_string().contains("has ended"), "{refused}");
    world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_withdrawn_before_its_start_and_a_gate_that_is_not_met_cancels() -> anyhow::Result<()> {
    let world = World::start().await?;
    let console = &world.console;
    let tomorrow =
        hub_wire::Timestamp::from(std::time::SystemTime::now() + std::time::Duration::from_hours(24));
    let mut later = lock(&json!({"waves": [{"size": {"percent": 10}}], "startTime": tomorrow}));
    later["queryCondition"] = json!("");
    later["deviceIds"] = json!(["door-0001", "door-0002", "door-0001"]);
    later["jobId"] = json!("later");
    let created = console.create_job(job(&later)).await?;
    assert_eq!(
        (created.status, created.target_devices, created.outcomes.queued),
        (JobStatus::Scheduled, Some(2), 2)
    );
    let withdrawn = console.cancel_job("later").await?;
    assert_eq!((withdrawn.status, withdrawn.outcomes.cancelled), (JobStatus::Cancelled, 2), "{withdrawn:#?}");
    assert_eq!(calls(&world), 0);

    world.pool.apply(SettingsPatch { error_share: Some(1.0), ..SettingsPatch::default() }).await?;
    let settings = json!({"waves": [{"size": {"devices": 5}, "gate": {"succeededPercent": 1}}], "ifGateNotMet": "cancel"});
    console.create_job(job(&lock(&settings))).await?;
    let job = ended(console, "rollout").await;
    assert_eq!(phase(&job), Phase::Ended(StopReason::GateNotMet(0)), "{job:#?}");
    assert_eq!((job.outcomes.failed, job.outcomes.cancelled), (5, DEVICES as u64 - 5));
    assert!(job.cancel_reason.as_deref().is_some_and(|reason| reason.contains("0 of 5")), "{job:#?}");
    until("all calls are counted", async || calls(&world) == 5).await;
    world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_calls_are_repeated_and_counted_apart() -> anyhow::Result<()> {
    let world = World::start().await?;
    world.pool.apply(SettingsPatch { error_share: Some(1.0), ..SettingsPatch::default() }).await?;
    let settings = json!({"retry": {"atMost": 10, "firstWaitSeconds": 1, "deviceStatuses": [500]}});
    world.console.create_job(job(&lock(&settings))).await?;
    until("each device has failed once", async || {
        world.console.rollout("rollout").await.is_ok_and(|rollout| rollout.calls.failed >= DEVICES as u64)
    })
    .await;
    world.pool.apply(SettingsPatch { error_share: Some(0.0), ..SettingsPatch::default() }).await?;
    let job = ended(&world.console, "rollout").await;
    assert_eq!(job.outcomes.succeeded, DEVICES as u64, "{job:#?}");
    let rollout = assert_waves_sum(&world).await;
    assert_eq!((rollout.calls.succeeded, rollout.notified), (DEVICES as u64, DEVICES as u64));
    let called: u64 = world.pool.calls().values().sum();
    assert_eq!(called, rollout.calls.succeeded + rollout.calls.failed, "{rollout:#?}");
    let result = world.console.result("rollout", &"door-0001".parse()?).await?;
    assert!(!result.earlier_calls.is_empty(), "{result:#?}");
    for (call, attempt) in result.earlier_calls.iter().zip(1..) {
        let status = call.response.as_ref().map(|response| response.status);
        assert_eq!(
            (call.attempt, call.outcome, status),
            (attempt, Outcome::Failed, Some(500)),
            "{result:#?}"
        );
    }
    assert_eq!(result.outcome, Outcome::Succeeded);
    world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_that_come_to_match_join_the_last_wave() -> anyhow::Result<()> {
    let world = World::start().await?;
    let in_an_hour =
        hub_wire::Timestamp::from(std::time::SystemTime::now() + std::time::Duration::from_hours(1));
    let settings = json!({
        "targets": "growing", "end": {"at": in_an_hour}, "waves": [{"size": {"devices": 5}}],
        "windows": {
            "windows": [{"start": "00:00", "minutes": 1430}, {"start": "12:00", "minutes": 1430}],
            "zone": {"name": "Europe/Berlin"},
        },
    });
    world.console.create_job(job(&lock(&settings))).await?;
    wait_for(&world.console, "rollout", |job| job.outcomes.succeeded == DEVICES as u64).await;
    world.pool.apply(SettingsPatch { count: Some(DEVICES + 3), ..SettingsPatch::default() }).await?;
    world.pool.wait_connected().await;
    let grown = DEVICES as u64 + 3;
    let job = wait_for(&world.console, "rollout", |job| {
        job.outcomes.total() == grown && job.outcomes.queued + job.outcomes.in_flight == 0
    })
    .await;
    assert_eq!(job.status, JobStatus::Running, "it goes on until its end: {job:#?}");
    let rollout = assert_waves_sum(&world).await;
    assert_eq!(rollout.waves[1].outcomes.total(), grown - 5);
    assert!(rollout.history.iter().any(|line| matches!(line.decision, Decision::Joined { .. })));
    assert_eq!(world.console.cancel_job("rollout").await?.status, JobStatus::Cancelled);
    world.stop().await;
    Ok(())
}

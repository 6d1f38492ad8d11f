//! Settings and devices of a run, drawn from its seed.

use hub_wire::Timestamp;
use rand::{RngExt, rngs::StdRng};
use rollout::{
    Settings,
    approval::{ApprovalPolicy, Request, RequestHash},
    decimal::{Factor, Percent},
    order::Target,
    settings::{
        AfterEach, Day, End, EndBehaviour, Engine, Gate, Offline, Order, Ramp, Rate, Retry, StopAction,
        StopOutcome, StopRule, TagValues, Targets, Then, TimeOfDay, WaveSetting, WaveSize, Window, Windows,
        Zone, ZoneTag,
    },
};
use serde_json::json;

/// When every run begins, in ticks: 2026-12-01T12:00:00Z. No zone below changes its clock within the next three months.
pub(crate) const BEGIN: &str = "2026-12-01T12:00:00Z";
/// Who asks for the rollout.
pub(crate) const ASKED_BY: &str = "jonas";

const ZONES: [&str; 4] = ["UTC", "Asia/Kolkata", "America/New_York", "Asia/Tokyo"];
const DAYS: [Day; 7] =
    [Day::Monday, Day::Tuesday, Day::Wednesday, Day::Thursday, Day::Friday, Day::Saturday, Day::Sunday];

/// How often calls end in which way, in percent. The rest succeeds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Faults {
    pub(crate) offline_at_first: u32,
    pub(crate) not_subscribed: u32,
    pub(crate) refused_by_hub: u32,
    pub(crate) failed: u32,
    pub(crate) timed_out: u32,
    pub(crate) unknown: u32,
    /// Of hub jobs: they are taken back before the hub has room for them.
    pub(crate) not_sent: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) settings: Settings,
    pub(crate) policy: ApprovalPolicy,
    pub(crate) request: Request,
    pub(crate) targets: Vec<Target>,
    pub(crate) hub_per_minute: u32,
    pub(crate) faults: Faults,
}

pub(crate) fn begin() -> Timestamp {
    Timestamp::parse(BEGIN).expect("a time")
}

pub(crate) fn pick<T: Copy>(rng: &mut StdRng, from: &[T]) -> T {
    from[rng.random_range(0..from.len())]
}

pub(crate) fn chance(rng: &mut StdRng, percent: u32) -> bool {
    rng.random_range(0..100) < percent
}

pub(crate) fn draw(rng: &mut StdRng) -> Scenario {
    let devices = rng.random_range(0..=40_usize);
    let targets = draw_targets(rng, 0, devices);
    let settings = draw_settings(rng);
    let counted = (devices as u64 * rng.random_range(80..=100) / 100).max(1);
    Scenario {
        request: request(&settings, counted),
        policy: ApprovalPolicy {
            above_devices: chance(rng, 30).then(|| rng.random_range(0..40)),
            actions: if chance(rng, 5) { vec!["lock".to_owned()] } else { Vec::new() },
        },
        settings,
        targets,
        hub_per_minute: pick(rng, &[30, 600, 2_400, 60_000]),
        faults: Faults {
            offline_at_first: pick(rng, &[0, 10, 50]),
            not_subscribed: pick(rng, &[0, 3]),
            refused_by_hub: pick(rng, &[0, 5, 30]),
            failed: pick(rng, &[0, 5, 40]),
            timed_out: pick(rng, &[0, 5, 20]),
            unknown: pick(rng, &[0, 2]),
            not_sent: pick(rng, &[0, 20]),
        },
    }
}

pub(crate) fn request(settings: &Settings, devices: u64) -> Request {
    let hash = RequestHash::new(&json!({"methodName": "lock"}), &json!("*"), settings);
    Request { asked_by: ASKED_BY.to_owned(), action: "lock".to_owned(), hash, devices }
}

pub(crate) fn draw_targets(rng: &mut StdRng, first: usize, count: usize) -> Vec<Target> {
    (first..first + count)
        .map(|n| Target {
            device_id: format!("door-{n}"),
            order_value: chance(rng, 90).then(|| rng.random_range(0..4).to_string()),
            wave_value: chance(rng, 90).then(|| rng.random_range(0..4).to_string()),
            zone: chance(rng, 90)
                .then(|| pick(rng, &["UTC", "Asia/Kolkata", "America/New_York", "nowhere"]).to_owned()),
        })
        .collect()
}

pub(crate) fn draw_settings(rng: &mut StdRng) -> Settings {
    let start_time = chance(rng, 20).then(|| minutes_from_begin(rng, 1..600));
    let targets = if chance(rng, 15) { Targets::Growing } else { Targets::Frozen };
    let until_end = chance(rng, 15);
    let has_end = targets == Targets::Growing || until_end || chance(rng, 30);
    let behaviour = if chance(rng, 50) { EndBehaviour::Stop } else { EndBehaviour::Cancel };
    let settings = Settings {
        engine: if chance(rng, 20) { Engine::HubJobs } else { Engine::DirectCalls },
        targets,
        order: if chance(rng, 20) { Order::Tag(tag(&["2", "0"])) } else { Order::Sample },
        waves: draw_waves(rng),
        if_gate_not_met: action(rng),
        rate: chance(rng, 70).then(|| draw_rate(rng)),
        stop_rules: draw_stop_rules(rng),
        retry: Retry {
            at_most: rng.random_range(0..=4),
            first_wait_seconds: rng.random_range(1..=60),
            safe_to_repeat: chance(rng, 30),
            device_statuses: if chance(rng, 30) { vec![409] } else { Vec::new() },
        },
        offline: if until_end { Offline::UntilEnd } else { Offline::WaitMinutes(pick(rng, &[0, 5, 30])) },
        response_timeout_in_seconds: rng.random_range(5..=60),
        windows: chance(rng, 25).then(|| draw_windows(rng)),
        start_time,
        end: has_end.then(|| End { at: minutes_from_begin(rng, 601..5_000), behaviour }),
    };
    settings.check(begin(), rollout::window::is_zone).expect("the drawn settings are valid");
    settings
}

fn minutes_from_begin(rng: &mut StdRng, minutes: std::ops::Range<u64>) -> Timestamp {
    begin().plus(std::time::Duration::from_mins(rng.random_range(minutes)))
}

fn action(rng: &mut StdRng) -> StopAction {
    if chance(rng, 70) { StopAction::Pause } else { StopAction::Cancel }
}

fn tag(values: &[&str]) -> TagValues {
    TagValues {
        tag: "tags.floor".to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

fn percent(rng: &mut StdRng, range: std::ops::RangeInclusive<u16>) -> Percent {
    Percent::from_hundredths(rng.random_range(range)).expect("at most 100 %")
}

fn draw_waves(rng: &mut StdRng) -> Vec<WaveSetting> {
    let count = rng.random_range(0..=3);
    let kind = rng.random_range(0..3);
    (0..count)
        .map(|wave: usize| WaveSetting {
            size: match kind {
                0 => WaveSize::Percent(percent(rng, 1..=3_300)),
                1 => WaveSize::Devices(rng.random_range(1..=15)),
                _ => WaveSize::Tag(tag(&[["0", "1", "2"][wave]])),
            },
            gate: Gate {
                succeeded_percent: chance(rng, 60).then(|| percent(rng, 0..=10_000)),
                soak_minutes: pick(rng, &[0, 0, 1, 30]),
                then: pick(rng, &[Then::Continue, Then::Continue, Then::AskPerson, Then::AskWebhook]),
            },
        })
        .collect()
}

fn draw_rate(rng: &mut StdRng) -> Rate {
    let per_minute = pick(rng, &[1, 2, 7, 60, 600, 6_000]);
    let ramp = chance(rng, 50).then(|| Ramp {
        factor: Factor::from_tenths(rng.random_range(11..=50)).expect("1.1 to 5"),
        after_each: if chance(rng, 50) {
            AfterEach::Notified(rng.random_range(1..=10))
        } else {
            AfterEach::Succeeded(rng.random_range(1..=10))
        },
        up_to_per_minute: per_minute * rng.random_range(1..=10),
    });
    Rate { per_minute, ramp }
}

fn draw_stop_rules(rng: &mut StdRng) -> Vec<StopRule> {
    let outcomes = [StopOutcome::Failed, StopOutcome::TimedOut, StopOutcome::NotOnline, StopOutcome::Any];
    let mut rules = Vec::new();
    for outcome in outcomes {
        if chance(rng, 30) {
            let percent = percent(rng, 0..=5_000);
            rules.push(StopRule {
                outcome,
                percent,
                at_least: rng.random_range(1..=10),
                action: action(rng),
            });
        }
    }
    rules
}

fn draw_windows(rng: &mut StdRng) -> Windows {
    let windows = (0..rng.random_range(1..=2))
        .map(|_| Window {
            days: DAYS.into_iter().filter(|_| chance(rng, 20)).collect(),
            start: TimeOfDay::new(rng.random_range(0..24), rng.random_range(0..60)).expect("a time of day"),
            minutes: rng.random_range(5..=1_430),
        })
        .collect();
    let zone = if chance(rng, 50) {
        Zone::Name(pick(rng, &ZONES).to_owned())
    } else {
        Zone::Tag(ZoneTag { tag: "tags.zone".to_owned(), otherwise: pick(rng, &ZONES).to_owned() })
    };
    Windows { windows, zone }
}

//! The overview as text and geometry. Its parts: `chart` (connected devices), `upcoming` (the next 24 hours), `matrix` (two tags,
//! `tag_lines` their values).

pub(crate) mod chart;
pub(crate) mod matrix;
mod tag_lines;
pub(crate) mod upcoming;

use console_wire::{
    outcome::{Outcome, Outcomes},
    overview::{Activity, ActivityKind, Attention, AttentionKind, CauseSum, Overview, OverviewHub},
};
use hub_wire::Timestamp;

use super::{
    cause,
    number::{count_noun, devices, grouped, share},
    outcome, time,
};
use crate::paths;

/// The facts below the title.
pub(crate) fn lead(overview: &Overview) -> Vec<String> {
    let running = match overview.jobs.running {
        0 => "No job runs".to_owned(),
        running => count_noun(running, "job runs", "jobs run"),
    };
    let attention = match overview.attention_count {
        0 => "nothing needs attention".to_owned(),
        1 => "1 thing needs attention".to_owned(),
        count => format!("{} things need attention", grouped(count)),
    };
    let planned = (overview.upcoming_count > 0)
        .then(|| format!("{} in the next 24 hours", count_noun(overview.upcoming_count, "event", "events")));
    [Some(hub_name(&overview.hub)), Some(running), Some(attention), planned].into_iter().flatten().collect()
}

/// `plant-north, IoT Hub S1 with 2 units`; a tier that is not known is left out.
fn hub_name(hub: &OverviewHub) -> String {
    let (name, kind) = (super::hub::short_name(&hub.host_name), super::hub::kind(hub.kind));
    match (&hub.tier, hub.units) {
        (Some(tier), Some(units)) => {
            format!("{name}, {kind} {tier} with {}", count_noun(units.into(), "unit", "units"))
        }
        _ => format!("{name}, {kind}"),
    }
}

/// Device jobs that ended by themselves.
pub(crate) fn ended(outcomes: &Outcomes) -> u64 {
    outcomes.succeeded + outcomes.problems()
}

/// How many devices of running jobs have not ended.
pub(crate) fn to_go(running: u64, devices_to_go: u64) -> String {
    match running {
        0 => "nothing is sent".to_owned(),
        _ => format!("{} to go", devices(devices_to_go)),
    }
}

/// The share that succeeded as a number without its sign: `98.4`; a hyphen of nothing.
pub(crate) fn succeeded_share(outcomes: &Outcomes) -> String {
    let text = share(outcomes.succeeded, ended(outcomes));
    text.strip_suffix(" %").unwrap_or(&text).to_owned()
}

/// `35 min` after `in`, for what is due next; `now` when it is due.
pub(crate) fn due_in(at: Timestamp, now: Timestamp) -> String {
    time::relative(at.max(now), now)
}

/// Something that needs attention, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AttentionText {
    /// An icon.
    pub(crate) icon: &'static str,
    /// Value of `data-status`.
    pub(crate) status: &'static str,
    /// The text of the link.
    pub(crate) what: String,
    /// Where it leads.
    pub(crate) href: String,
    /// The rest of the sentence.
    pub(crate) rest: &'static str,
    /// Why, or how many.
    pub(crate) why: String,
}

/// Something that needs attention, in words.
pub(crate) fn attention(entry: &Attention) -> AttentionText {
    let (what, href) = match &entry.subject {
        Some(subject) => {
            let href = match entry.kind {
                AttentionKind::ApprovalWaiting => paths::approval(&subject.id),
                AttentionKind::SchedulePaused => paths::schedule(&subject.id),
                _ => paths::job(&subject.id),
            };
            (subject.name.clone(), href)
        }
        None if entry.kind == AttentionKind::DevicesRefused => {
            (devices(entry.count), paths::devices_refused_lately())
        }
        None => ("The hub".to_owned(), paths::DEVICES.to_owned()),
    };
    let (icon, status, rest) = match entry.kind {
        AttentionKind::HubUnreachable => ("unplug", "drift", "cannot be reached"),
        AttentionKind::HubThrottled => ("clock-alert", "drift", "refuses calls"),
        AttentionKind::DevicesRefused if entry.count == 1 => {
            ("unplug", "drift", "was refused in the last hour")
        }
        AttentionKind::DevicesRefused => ("unplug", "drift", "were refused in the last hour"),
        AttentionKind::JobFailed => ("circle-x", "failed", "did not run"),
        AttentionKind::JobWithProblems => ("circle-alert", "failed", "ended with failures"),
        AttentionKind::ApprovalWaiting => ("user-check", "awaiting", "waits for approval"),
        AttentionKind::RolloutPaused => ("circle-pause", "drift", "is paused"),
        AttentionKind::WaveWaiting => ("hand", "awaiting", "waits for a person to start its next wave"),
        AttentionKind::SchedulePaused => ("circle-pause", "drift", "is paused and does not run"),
    };
    let why = match (entry.kind, &entry.message) {
        (_, Some(message)) => message.clone(),
        (AttentionKind::HubThrottled, None) => {
            format!("{} since the start: too many at once.", count_noun(entry.count, "call", "calls"))
        }
        _ => {
            let most = entry
                .cause
                .as_ref()
                .map(|sum| format!(" Most: {}, {}.", cause_words(sum), devices(sum.devices)));
            format!("{} of {}.{}", grouped(entry.count), devices(entry.of), most.unwrap_or_default())
        }
    };
    AttentionText { icon, status, what, href, rest, why }
}

/// A cause with its code: `500 BOLT_JAMMED`; of a state that speaks for itself only that.
pub(crate) fn cause_words(sum: &CauseSum) -> String {
    match sum.outcome {
        Outcome::NotOnline => "not online".to_owned(),
        Outcome::TimedOut => "no answer in time".to_owned(),
        _ => format!("{} {}", cause::code(&sum.key), cause::name(&sum.key, sum.outcome)),
    }
}

/// How long something has been so: `46 min`, `13 h`.
pub(crate) fn age(since: Timestamp, now: Timestamp) -> String {
    let text = time::relative(since.min(now), now);
    text.strip_suffix(" ago").unwrap_or(&text).to_owned()
}

/// Who did something, the verb, and what follows the job's name.
pub(crate) fn activity(entry: &Activity) -> (String, &'static str, String) {
    let who = entry.person.as_ref().map(|person| person.name.clone());
    let verb = match entry.kind {
        ActivityKind::Started => "started",
        ActivityKind::Planned => "planned",
        ActivityKind::Ended => "ended",
        ActivityKind::Cancelled => "cancelled",
        ActivityKind::Approved => "approved",
        ActivityKind::Paused => "paused",
        ActivityKind::Resumed => "resumed",
        ActivityKind::Continued => "continued",
        ActivityKind::Edited => "edited",
    };
    let problems = entry.outcomes.problems();
    let counted = match (entry.kind, entry.outcomes.total()) {
        (_, 0) => entry.note.clone().unwrap_or_default(),
        (ActivityKind::Ended, total) if problems > 0 => {
            format!("{} of {} failed", grouped(problems), devices(total))
        }
        (ActivityKind::Ended, total) => format!("{} succeeded", grouped(entry.outcomes.succeeded.min(total))),
        (_, total) => devices(total),
    };
    (who.unwrap_or_default(), verb, counted)
}

/// The outcomes of a day, for a reader who does not see its bar.
pub(crate) fn day_words(begin: Timestamp, outcomes: &Outcomes) -> String {
    let day = time::day_name(begin);
    match outcomes.total() {
        0 => format!("{day}: no device job ended"),
        _ => format!("{day}: {}", outcome::summary(outcomes)),
    }
}

/// The percentage of a day's device jobs that failed: `2.9`, and from ten on, where there is no room, `84`; `None` where none
/// ended.
pub(crate) fn problem_share(outcomes: &Outcomes) -> Option<String> {
    let (problems, ended) = (outcomes.problems(), ended(outcomes));
    if is_high(outcomes) {
        return (problems * 100 + ended / 2).checked_div(ended).map(|percent| percent.to_string());
    }
    (ended > 0).then(|| {
        let text = share(problems, ended);
        text.strip_suffix(" %").unwrap_or(&text).to_owned()
    })
}

/// Whether more than a tenth of them failed.
pub(crate) fn is_high(outcomes: &Outcomes) -> bool {
    outcomes.problems() * 10 > ended(outcomes)
}

#[cfg(test)]
mod tests {
    use console_wire::{access::PersonRef, cause::CauseKey, overview::Subject};

    use super::*;

    fn subject() -> Subject {
        Subject { id: "lock-1".into(), name: "Lock Building 43".into() }
    }

    #[test]
    fn the_hub_is_named() {
        use console_wire::hub::HubKind;

        for (host_name, kind, tier, expected) in [
            ("localhost", HubKind::Embedded, None, "local, embedded hub"),
            ("plant-north.azure-devices.net", HubKind::Remote, None, "plant-north, IoT Hub"),
            (
                "plant-north.azure-devices.net",
                HubKind::Remote,
                Some(("S1", 2)),
                "plant-north, IoT Hub S1 with 2 units",
            ),
        ] {
            let (tier, units) = tier.map(|(tier, units): (&str, u32)| (tier.to_owned(), units)).unzip();
            let hub = OverviewHub { host_name: host_name.to_owned(), kind, tier, units };
            assert_eq!(hub_name(&hub), expected);
        }
    }

    #[test]
    fn what_needs_attention_in_words() {
        let cause = CauseSum {
            key: CauseKey { code: "500".into(), message: "BOLT_JAMMED".into() },
            outcome: Outcome::Failed,
            devices: 29,
            jobs: 1,
            newest_job: subject(),
        };
        let entry = |kind, count, of, cause, message: Option<&str>| Attention {
            kind,
            since: Timestamp::from_unix_millis(0),
            subject: (!matches!(kind, AttentionKind::HubThrottled | AttentionKind::DevicesRefused))
                .then(subject),
            count,
            of,
            cause,
            message: message.map(str::to_owned),
        };
        for (entry, what, rest, why) in [
            (
                entry(AttentionKind::JobWithProblems, 86, 1204, Some(cause), None),
                "Lock Building 43",
                "ended with failures",
                "86 of 1,204 devices. Most: 500 BOLT_JAMMED, 29 devices.",
            ),
            (
                entry(AttentionKind::JobFailed, 0, 0, None, Some("The condition was refused.")),
                "Lock Building 43",
                "did not run",
                "The condition was refused.",
            ),
            (
                entry(AttentionKind::HubThrottled, 1, 0, None, None),
                "The hub",
                "refuses calls",
                "1 call since the start: too many at once.",
            ),
            (
                entry(AttentionKind::DevicesRefused, 1, 0, None, Some("Most frequent cause: Wrong key.")),
                "1 device",
                "was refused in the last hour",
                "Most frequent cause: Wrong key.",
            ),
            (
                entry(AttentionKind::SchedulePaused, 0, 0, None, Some("paused by Ada")),
                "Lock Building 43",
                "is paused and does not run",
                "paused by Ada",
            ),
        ] {
            let text = attention(&entry);
            assert_eq!((text.what.as_str(), text.rest, text.why.as_str()), (what, rest, why));
        }
    }

    #[test]
    fn shares_and_days() {
        let outcomes =
            Outcomes { succeeded: 97, failed: 1, not_online: 2, cancelled: 50, ..Outcomes::default() };
        assert_eq!((ended(&outcomes), succeeded_share(&outcomes).as_str()), (100, "97.0"));
        assert_eq!(problem_share(&outcomes).as_deref(), Some("3.0"));
        let many = Outcomes { failed: 84, succeeded: 16, ..Outcomes::default() };
        assert_eq!(problem_share(&many).as_deref(), Some("84"));
        assert!(!is_high(&outcomes) && is_high(&Outcomes { failed: 1, succeeded: 8, ..Outcomes::default() }));
        assert_eq!(
            (succeeded_share(&Outcomes::default()), problem_share(&Outcomes::default())),
            ("-".into(), None)
        );
        let day = Timestamp::parse("2026-10-24T00:00:00Z").unwrap();
        assert_eq!(day_words(day, &Outcomes::default()), "Sat 24 Oct: no device job ended");
        assert!(day_words(day, &outcomes).starts_with("Sat 24 Oct: 97 succeeded, 1 failed"));
    }

    #[test]
    fn what_happened_in_words() {
        let mara = PersonRef { user_id: "u".into(), name: "Mara".into() };
        let outcomes = Outcomes { succeeded: 1200, failed: 4, ..Outcomes::default() };
        let of = |kind, person: Option<&PersonRef>, outcomes| {
            activity(&Activity {
                time: Timestamp::from_unix_millis(0),
                kind,
                person: person.cloned(),
                subject: subject(),
                outcomes,
                note: (kind == ActivityKind::Continued).then(|| "to wave 3".to_owned()),
            })
        };
        for (found, expected) in [
            (of(ActivityKind::Started, Some(&mara), outcomes), ("Mara", "started", "1,204 devices")),
            (of(ActivityKind::Ended, None, outcomes), ("", "ended", "4 of 1,204 devices failed")),
            (of(ActivityKind::Planned, Some(&mara), Outcomes::default()), ("Mara", "planned", "")),
            (
                of(ActivityKind::Continued, Some(&mara), Outcomes::default()),
                ("Mara", "continued", "to wave 3"),
            ),
        ] {
            assert_eq!((found.0.as_str(), found.1, found.2.as_str()), expected);
        }
        let at = Timestamp::from_unix_millis;
        assert_eq!((age(at(0), at(46 * 60_000)), age(at(9), at(5))), ("46 min".into(), "now".into()));
        assert_eq!(due_in(at(35 * 60_000), at(0)), "in 35 min");
    }
}

//! The settings of a rollout as text, a sentence for each part. Without settings the sentences say what happens then.

pub(crate) mod approval;
pub(crate) mod run;
pub(crate) mod waves;

use console_wire::rollout::settings::{
    AfterEach, Day, End, EndBehaviour, Engine, Offline, Order, Rate, Retry, Settings, StopAction,
    StopOutcome, StopRule, Targets, Window, Windows, Zone,
};

use super::{
    number::{devices, grouped, trimmed},
    sentence::capitalised,
    time,
};

/// Name and sentence of each part that was chosen, for a job's page. `count` is how many devices the job has.
pub(crate) fn facts(settings: &Settings, count: Option<u64>) -> Vec<(&'static str, String)> {
    let order = match &settings.order {
        Order::Sample => None,
        Order::Tag(of) => Some(("Order", format!("by {}: {}", of.tag, of.values.join(", ")))),
    };
    let mut facts = vec![("Waves", waves::sentence(&settings.waves, count))];
    facts.extend(order);
    facts.extend([
        ("Rate", rate(settings.rate.as_ref())),
        ("Stop rules", stop_rules(&settings.stop_rules)),
        ("Retry", retry(&settings.retry)),
        ("Offline devices", offline(settings.offline)),
        ("Window", windows(settings.windows.as_ref())),
        ("Engine", engine(settings.engine).to_owned()),
        ("Job ends", end(settings.end, settings.targets)),
    ]);
    facts
}

/// `240 a minute, rising to 1,200`.
pub(crate) fn rate(rate: Option<&Rate>) -> String {
    let Some(rate) = rate else { return "At the hub's pace".into() };
    let per_minute = grouped(rate.per_minute.into());
    match &rate.ramp {
        None => format!("{per_minute} a minute"),
        Some(ramp) => {
            let (each, of) = match ramp.after_each {
                AfterEach::Notified(each) => (each, "called"),
                AfterEach::Succeeded(each) => (each, "succeeded"),
            };
            format!(
                "{per_minute} a minute, × {} after each {} {of}, up to {}",
                trimmed(f64::from(ramp.factor.tenths()) / 10.0, 1),
                grouped(each.into()),
                grouped(ramp.up_to_per_minute.into())
            )
        }
    }
}

/// `Pauses at 5 % failed of at least 200, cancels at 20 % problems of at least 50`.
pub(crate) fn stop_rules(rules: &[StopRule]) -> String {
    if rules.is_empty() {
        return "None".into();
    }
    capitalised(&rules.iter().copied().map(stop_rule).collect::<Vec<_>>().join(", "))
}

/// `pauses at 5 % failed of at least 200`.
pub(crate) fn stop_rule(rule: StopRule) -> String {
    let verb = match rule.action {
        StopAction::Pause => "pauses",
        StopAction::Cancel => "cancels",
    };
    let (percent, counted) = (rule.percent, counted(rule.outcome));
    format!("{verb} at {percent} {counted} of at least {}", grouped(rule.at_least.into()))
}

/// What a stop rule counts, as in `5 % failed`.
pub(crate) const fn counted(outcome: StopOutcome) -> &'static str {
    match outcome {
        StopOutcome::Failed => "failed",
        StopOutcome::TimedOut => "timed out",
        StopOutcome::NotOnline => "not online",
        StopOutcome::Any => "problems",
    }
}

/// `Up to 3 times after errors of the hub`.
pub(crate) fn retry(retry: &Retry) -> String {
    let mut after = vec!["errors of the hub".to_owned()];
    if retry.safe_to_repeat {
        after.push("calls without an answer".into());
    }
    if !retry.device_statuses.is_empty() {
        let statuses: Vec<_> = retry.device_statuses.iter().map(ToString::to_string).collect();
        after.push(format!("answers of {}", statuses.join(", ")));
    }
    match retry.at_most {
        0 => "Never".into(),
        1 => format!("Once after {}", listed(&after)),
        times => format!("Up to {times} times after {}", listed(&after)),
    }
}

/// `30 min to connect, then not online`.
pub(crate) fn offline(offline: Offline) -> String {
    match offline {
        Offline::WaitMinutes(0) => "Not online ends at once".into(),
        Offline::WaitMinutes(minutes) => format!("{} to connect, then not online", span(minutes)),
        Offline::UntilEnd => "May connect until the job ends".into(),
    }
}

/// `Mon, Fri from 22:00 for 6 h, in Europe/Berlin`.
pub(crate) fn windows(windows: Option<&Windows>) -> String {
    let Some(windows) = windows else { return "Any time".into() };
    let each: Vec<_> = windows.windows.iter().map(window).collect();
    let zone = match &windows.zone {
        Zone::Name(name) => name.clone(),
        Zone::Tag(zone) => format!("each device's zone ({}, else {})", zone.tag, zone.otherwise),
    };
    format!("{}, in {zone}", listed(&each))
}

fn window(window: &Window) -> String {
    let days = match window.days.as_slice() {
        [] => "Every day".to_owned(),
        days => days.iter().map(|day| capitalised(short_day(*day))).collect::<Vec<_>>().join(", "),
    };
    format!("{days} from {} for {}", String::from(window.start), span(window.minutes))
}

/// `mon`.
pub(crate) const fn short_day(day: Day) -> &'static str {
    match day {
        Day::Monday => "mon",
        Day::Tuesday => "tue",
        Day::Wednesday => "wed",
        Day::Thursday => "thu",
        Day::Friday => "fri",
        Day::Saturday => "sat",
        Day::Sunday => "sun",
    }
}

/// `17 Sep 2026, 18:00:00 UTC, unsent devices are cancelled`.
pub(crate) fn end(end: Option<End>, targets: Targets) -> String {
    let joins =
        if targets == Targets::Growing { "; devices that come to match join the last wave" } else { "" };
    match end {
        None => format!("When every device has ended{joins}"),
        Some(end) => {
            let then = match end.behaviour {
                EndBehaviour::Cancel => "what has not begun is cancelled",
                EndBehaviour::Stop => "nothing new begins, repeats go on",
            };
            format!("{}, {then}{joins}", time::absolute(end.at, 0))
        }
    }
}

/// How devices are reached.
pub(crate) const fn engine(engine: Engine) -> &'static str {
    match engine {
        Engine::DirectCalls => "Direct calls by the console",
        Engine::HubJobs => "Hub jobs, one for each minute's share",
    }
}

/// `30 min`, `6 h`.
pub(super) fn span(minutes: u32) -> String {
    time::duration(u64::from(minutes) * 60_000)
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The whole plan in a sentence or two, for the review: `In 3 waves: first 243, the last 12,155 only when a person agrees.
/// It pauses at 5 % failed of at least 200.`
pub(crate) fn plan(settings: &Settings, count: Option<u64>) -> String {
    let mut text = waves::plan(&settings.waves, count);
    let mut add = |sentence: String| {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&sentence);
    };
    if let Some(rate) = &settings.rate {
        add(format!("At most {} start a minute.", devices(rate.per_minute.into())));
    }
    if !settings.stop_rules.is_empty() {
        let rules: Vec<_> = settings.stop_rules.iter().copied().map(stop_rule).collect();
        add(format!("It {}.", listed(&rules)));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn settings(value: Value) -> Settings {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn untouched_settings_are_calm() {
        let words: Vec<_> = facts(&settings(json!({"retry": {"atMost": 0}})), Some(40))
            .into_iter()
            .map(|fact| fact.1)
            .collect();
        assert_eq!(
            words,
            [
                "All at once",
                "At the hub's pace",
                "None",
                "Never",
                "Not online ends at once",
                "Any time",
                "Direct calls by the console",
                "When every device has ended"
            ]
        );
    }

    #[test]
    fn each_setting_has_its_sentence() {
        let chosen = settings(json!({
            "engine": "hubJobs",
            "order": {"tag": {"tag": "tags.floor", "values": ["0", "1"]}},
            "rate": {"perMinute": 240, "ramp": {"factor": 1.5, "afterEach": {"succeeded": 2000}, "upToPerMinute": 1200}},
            "stopRules": [
                {"outcome": "failed", "percent": 3, "atLeast": 200},
                {"outcome": "any", "percent": 20.5, "atLeast": 50, "action": "cancel"}
            ],
            "retry": {"atMost": 1, "safeToRepeat": true, "deviceStatuses": [409]},
            "offline": {"waitMinutes": 30},
            "windows": {"windows": [{"days": ["monday", "friday"], "start": "22:00", "minutes": 360}], "zone": {"name": "Europe/Berlin"}},
            "targets": "growing",
            "end": {"at": "2027-06-30T18:00:00Z"}
        }));
        let words: Vec<_> = facts(&chosen, None).into_iter().map(|fact| fact.1).collect();
        assert_eq!(
            words,
            [
                "All at once",
                "by tags.floor: 0, 1",
                "240 a minute, × 1.5 after each 2,000 succeeded, up to 1,200",
                "Pauses at 3 % failed of at least 200, cancels at 20.5 % problems of at least 50",
                "Once after errors of the hub, calls without an answer and answers of 409",
                "30 min to connect, then not online",
                "Mon, Fri from 22:00 for 6 h, in Europe/Berlin",
                "Hub jobs, one for each minute's share",
                "30 Jun 2027, 18:00:00 UTC, what has not begun is cancelled; devices that come to match join the last wave"
            ]
        );
        assert_eq!(
            plan(&chosen, Some(10)),
            "At most 240 devices start a minute. It pauses at 3 % failed of at least 200 and cancels at 20.5 % problems of at \
             least 50."
        );
    }
}

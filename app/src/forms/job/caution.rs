//! Jobs whose number of devices has to be typed before they are sent.

use console_wire::target::Preview;

use super::{ActionKind, JobForm, TargetKind};
use crate::format::{
    job::is_every_device,
    number::{grouped, share},
};

/// More devices than this are confirmed by their number.
const MANY: u64 = 1000;
/// Up to as many devices a person sees one by one which are offline.
const FEW: u64 = 10;

/// The previewed target of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TargetCount {
    /// Devices that it addresses.
    pub(crate) targets: u64,
    /// Devices that were looked up.
    pub(crate) found: u64,
    /// Those of them that are connected.
    pub(crate) connected: u64,
}

impl From<&Preview> for TargetCount {
    fn from(preview: &Preview) -> Self {
        Self { targets: preview.targets(), found: preview.count, connected: preview.connected_count }
    }
}

impl TargetCount {
    /// Those that are not connected.
    pub(crate) const fn offline(self) -> u64 {
        self.found.saturating_sub(self.connected)
    }

    /// Whether most of them are offline.
    pub(crate) const fn is_mostly_offline(self) -> bool {
        self.offline() * 2 > self.found
    }
}

/// What to know before the job is sent, each a sentence; none for a job that is sent at once.
pub(crate) fn cautions(form: &JobForm, counted: TargetCount) -> Vec<String> {
    let mut cautions = Vec::new();
    let is_every = match form.target_kind() {
        TargetKind::All => true,
        TargetKind::Query => is_every_device(&form.condition()),
        TargetKind::List | TargetKind::One | TargetKind::Group => false,
    };
    if counted.targets == 0 {
        return cautions;
    }
    if is_every {
        cautions.push("This is every device of the hub.".to_owned());
    }
    if counted.targets > MANY {
        cautions.push(format!("These are more than {} devices.", grouped(MANY)));
    }
    if counted.targets > FEW && counted.is_mostly_offline() {
        cautions.extend(offline(form, counted));
    }
    cautions
}

/// What becomes of the devices that are offline, as a sentence; `None` when all are connected, and for a job that does
/// not need them.
pub(crate) fn offline(form: &JobForm, counted: TargetCount) -> Option<String> {
    let offline = counted.offline();
    if offline == 0 {
        return None;
    }
    let who = if form.when == "later" { "Devices that are offline at the start" } else { "Offline devices" };
    let fate = match form.action() {
        ActionKind::Tags => return None,
        ActionKind::Desired => "Offline devices get the properties when they connect.".to_owned(),
        ActionKind::Method => match form.connect.trim() {
            "0" | "" => format!("{who} fail at once."),
            seconds => format!("{who} fail unless they connect within {seconds} s."),
        },
    };
    let (whole, percent) = (grouped(counted.found), share(offline, counted.found));
    let are = if offline == 1 { "is" } else { "are" };
    Some(format!("{} of {whole} ({percent}) {are} offline now. {fate}", grouped(offline)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn counted(targets: u64, connected: u64) -> TargetCount {
        TargetCount { targets, found: targets, connected }
    }

    #[test]
    fn jobs_that_need_a_number() {
        for (target, query, kind, counted, words) in [
            ("query", "tags.a = 1", "method", counted(1000, 1000), vec![]),
            ("query", "tags.a = 1", "method", counted(1001, 1001), vec!["more than 1,000"]),
            ("query", " * ", "method", counted(3, 3), vec!["every device"]),
            ("all", "", "tags", counted(3, 0), vec!["every device"]),
            (
                "all",
                "",
                "method",
                counted(2000, 40),
                vec!["every device", "more than 1,000", "(98.0 %) are offline"],
            ),
            (
                "query",
                "tags.a = 1",
                "method",
                counted(11, 5),
                vec!["6 of 11 (54.5 %) are offline now. Offline devices fail at once."],
            ),
            ("query", "tags.a = 1", "desired", counted(11, 5), vec!["get the properties when they connect."]),
            ("query", "tags.a = 1", "tags", counted(11, 5), vec![]),
            ("query", "tags.a = 1", "method", counted(12, 6), vec![]),
            ("list", "", "method", counted(10, 0), vec![]),
            ("all", "", "method", counted(0, 0), vec![]),
        ] {
            let form = JobForm {
                target: target.into(),
                query: query.into(),
                kind: kind.into(),
                ..JobForm::default()
            };
            let cautions = cautions(&form, counted);
            assert_eq!(cautions.len(), words.len(), "{target} {query} {counted:?}: {cautions:?}");
            for (caution, word) in cautions.iter().zip(words) {
                assert!(caution.contains(word), "{caution}");
            }
        }
    }

    #[test]
    fn what_becomes_of_offline_devices() {
        let form = |connect: &str, when: &str| JobForm {
            connect: connect.into(),
            when: when.into(),
            ..JobForm::default()
        };
        for (form, connected, expected) in [
            (form("0", "now"), 4, None),
            (form("0", "now"), 3, Some("1 of 4 (25.0 %) is offline now. Offline devices fail at once.")),
            (
                form("20", "now"),
                2,
                Some(
                    "2 of 4 (50.0 %) are offline now. Offline devices fail unless they connect within 20 s.",
                ),
            ),
            (
                form("0", "later"),
                2,
                Some("2 of 4 (50.0 %) are offline now. Devices that are offline at the start fail at once."),
            ),
        ] {
            assert_eq!(offline(&form, counted(4, connected)).as_deref(), expected);
        }
    }
}

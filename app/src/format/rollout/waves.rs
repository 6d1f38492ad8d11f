//! Waves as text: how many devices each has, and what has to be true before the next one.

use console_wire::rollout::settings::{Gate, Then, WaveSetting, WaveSize};

use super::{listed, span};
use crate::format::number::{devices, grouped};

/// How many devices each wave has, the last one included; `None` where the values of a tag decide. As the server divides them.
pub(crate) fn sizes(waves: &[WaveSetting], count: u64) -> Option<Vec<u64>> {
    let mut rest = count;
    let mut sizes = Vec::with_capacity(waves.len() + 1);
    for wave in waves {
        let wanted = match &wave.size {
            WaveSize::Devices(devices) => u64::from(*devices),
            WaveSize::Percent(share) => share.of(count).max(1),
            WaveSize::Tag(_) => return None,
        };
        let size = wanted.min(rest);
        rest -= size;
        sizes.push(size);
    }
    sizes.push(rest);
    Some(sizes)
}

/// A size as it was chosen: `1 %`, `200 devices`, `41, 43`.
pub(crate) fn size(size: &WaveSize) -> String {
    match size {
        WaveSize::Devices(count) => devices(u64::from(*count)),
        WaveSize::Percent(share) => share.to_string(),
        WaveSize::Tag(of) => of.values.join(", "),
    }
}

/// `4 waves: 243, 2,188, 9,724, then 12,155. Asks a person before wave 4`.
pub(crate) fn sentence(waves: &[WaveSetting], count: Option<u64>) -> String {
    if waves.is_empty() {
        return "All at once".into();
    }
    let counted = count.filter(|count| *count > 0).and_then(|count| sizes(waves, count));
    let parts: Vec<String> = match &counted {
        Some(sizes) => sizes.iter().take(waves.len()).map(|size| grouped(*size)).collect(),
        None => waves.iter().map(|wave| size(&wave.size)).collect(),
    };
    let last = counted.and_then(|sizes| sizes.last().copied()).map_or_else(|| "the rest".to_owned(), grouped);
    let asks = [(Then::AskPerson, "person"), (Then::AskWebhook, "webhook")]
        .into_iter()
        .filter_map(|(then, who)| Some(format!(". Asks a {who} before wave {}", question(waves, then)?)));
    format!("{} waves: {}, then {last}{}", waves.len() + 1, parts.join(", "), asks.collect::<String>())
}

/// `In 4 waves: first 243, the last 12,155 only when a person agrees.`; empty for one wave.
pub(super) fn plan(waves: &[WaveSetting], count: Option<u64>) -> String {
    if waves.is_empty() {
        return String::new();
    }
    let counted = count.filter(|count| *count > 0).and_then(|count| sizes(waves, count));
    let first = counted.as_ref().and_then(|sizes| sizes.first().copied()).map(grouped);
    let first = first.or_else(|| waves.first().map(|wave| size(&wave.size))).unwrap_or_default();
    let last = counted.and_then(|sizes| sizes.last().copied()).map(grouped);
    let last = last.map_or_else(|| "the rest last".to_owned(), |last| format!("the last {last}"));
    let agrees = match waves.last().map(|wave| wave.gate.then) {
        Some(Then::AskPerson) => " only when a person agrees",
        Some(Then::AskWebhook) => " only when a webhook agrees",
        _ => "",
    };
    format!("In {} waves: first {first}, {last}{agrees}.", waves.len() + 1)
}

/// The first wave that waits for an answer, counted from 1.
fn question(waves: &[WaveSetting], then: Then) -> Option<usize> {
    waves.iter().position(|wave| wave.gate.then == then).map(|index| index + 2)
}

/// What a gate needs: `98 % succeeded, 30 min pass and a person agrees`; empty for a gate that is always met.
pub(crate) fn needs(gate: &Gate) -> String {
    let mut parts = Vec::new();
    if let Some(percent) = gate.succeeded_percent {
        parts.push(format!("{percent} have succeeded"));
    }
    if gate.soak_minutes > 0 {
        parts.push(format!("{} have passed", span(gate.soak_minutes)));
    }
    match gate.then {
        Then::Continue => {}
        Then::AskPerson => parts.push("a person agrees".into()),
        Then::AskWebhook => parts.push("a webhook agrees".into()),
    }
    listed(&parts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn waves(value: serde_json::Value) -> Vec<WaveSetting> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn sizes_sum_to_the_devices() {
        let percent =
            waves(json!([{"size": {"percent": 1}}, {"size": {"percent": 9}}, {"size": {"percent": 40}}]));
        for (count, expected) in
            [(24_310, vec![243, 2_188, 9_724, 12_155]), (3, vec![1, 1, 1, 0]), (0, vec![0, 0, 0, 0])]
        {
            assert_eq!(sizes(&percent, count), Some(expected.clone()));
            assert_eq!(expected.iter().sum::<u64>(), count);
        }
        let devices = waves(json!([{"size": {"devices": 20}}]));
        assert_eq!(sizes(&devices, 12), Some(vec![12, 0]));
        let by_tag = waves(json!([{"size": {"tag": {"tag": "tags.a", "values": ["41", "43"]}}}]));
        assert_eq!(sizes(&by_tag, 12), None);
        assert_eq!(sentence(&by_tag, Some(12)), "2 waves: 41, 43, then the rest");
    }

    #[test]
    fn sentences() {
        let asks = waves(json!([
            {"size": {"percent": 1}, "gate": {"succeededPercent": 98, "soakMinutes": 30}},
            {"size": {"percent": 40}, "gate": {"then": "askPerson"}}
        ]));
        assert_eq!(sentence(&asks, Some(1_000)), "3 waves: 10, 400, then 590. Asks a person before wave 3");
        assert_eq!(sentence(&asks, None), "3 waves: 1 %, 40 %, then the rest. Asks a person before wave 3");
        assert_eq!(plan(&asks, Some(1_000)), "In 3 waves: first 10, the last 590 only when a person agrees.");
        assert_eq!(plan(&asks, None), "In 3 waves: first 1 %, the rest last only when a person agrees.");
        assert_eq!(needs(&asks[0].gate), "98 % have succeeded and 30 min have passed");
        assert_eq!(needs(&asks[1].gate), "a person agrees");
        assert_eq!((sentence(&[], Some(3)), plan(&[], None)), ("All at once".to_owned(), String::new()));
    }
}

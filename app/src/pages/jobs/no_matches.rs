//! Why the list is empty: the filters as a sentence, the nearest match, and links that remove filters.

use console_wire::job::{JobSummary, JobTab};
use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    format::job,
    jobs_query::{JobsQuery, span_label, token},
    paths,
};

/// Why nothing is shown.
#[component]
pub(super) fn NothingMatches(
    /// The view that shows nothing.
    shown: JobsQuery,
    /// The longest job, where none took as long as the filter wants.
    longest: Option<JobSummary>,
    /// When the list was read.
    as_of: Timestamp,
) -> impl IntoView {
    let fact = longest.map(|longest| {
        let took = job::elapsed(&longest, as_of);
        view! {
            <p class="field__hint">
                "The longest was " <a class="link" href=paths::job(&longest.job_id)>{longest.name.clone()}</a>
                {format!(" with {}.", if took.is_empty() { "no time at all".to_owned() } else { took })}
            </p>
        }
    });
    let tab = shown.job_tab();
    let mut ways: Vec<(String, String)> = shown
        .tokens()
        .into_iter()
        .filter(|(key, _)| *key != "tab")
        .map(|(key, value)| (shown.without(key).address(), format!("Remove {}", token(key, &value))))
        .collect();
    if !shown.q.is_empty() {
        ways.push((shown.without_text().address(), format!("Remove \u{201c}{}\u{201d}", shown.q)));
    }
    if ways.len() > 1 {
        ways.push((JobsQuery::default().on_tab(tab).address(), "Clear all filters".into()));
    }
    if tab != JobTab::All {
        ways.push((shown.on_tab(JobTab::All).address(), "Look in all jobs".into()));
    }
    if ways.is_empty() {
        ways.push((paths::JOBS.into(), "Show all jobs".into()));
    }
    let ways: Vec<_> = ways
        .into_iter()
        .map(|(href, words)| view! { <a class="button button--small" href=href>{words}</a> })
        .collect();
    view! {
        <section class="empty-state" aria-labelledby="none-title">
            <h2 id="none-title">{sentence(&shown)}</h2>
            {fact}
            <div class="cluster">{ways}</div>
        </section>
    }
    .into_any()
}

/// Filters that the sentence has words for; it names others by key and value.
const NAMED: [&str; 7] = ["tab", "since", "status", "action", "target", "device", "longer"];

/// The filters as a sentence that nothing matches them.
fn sentence(view: &JobsQuery) -> String {
    if !view.after.is_empty() {
        return "No more jobs here.".into();
    }
    let tab = view.job_tab();
    if !view.is_filtered() && tab != JobTab::All {
        let text = match tab {
            JobTab::Running => "No job is running now.",
            JobTab::Scheduled => "No job is scheduled.",
            _ => "No job has finished yet.",
        };
        return text.into();
    }
    let quoted =
        |before: &str, text: &str| (!text.is_empty()).then(|| format!("{before} \u{201c}{text}\u{201d}"));
    // Each part says exactly what its filter holds, so that the sentence is true beside jobs that another filter holds.
    let kind = match tab {
        JobTab::All => "No job".to_owned(),
        tab => format!("No {} job", tab.as_str()),
    };
    let kind = match view.value("status") {
        "" => kind,
        "failed" => format!("{kind} with failures"),
        "with-failures" => format!("{kind} that finished with failures"),
        "completed" => format!("{kind} that completed without failures"),
        status if tab == JobTab::All => format!("No {status} job"),
        status if status == tab.as_str() => kind,
        status => format!("{kind} that is {status}"),
    };
    let span =
        |before: &str, text: &str| (!text.is_empty()).then(|| format!("{before} {}", span_label(text)));
    let since = span("in the last", view.value("since"));
    let device = Some(view.value("device")).filter(|id| !id.is_empty()).map(|id| format!("addressed {id}"));
    let longer = span(
        if device.is_some() { "and took longer than" } else { "took longer than" },
        view.value("longer"),
    );
    let words = quoted(if device.is_some() || longer.is_some() { "and matches" } else { "matches" }, &view.q);
    let parts = [
        Some(kind),
        quoted("that does", view.value("action")),
        quoted("on a target like", view.value("target")),
        since,
        device,
        longer,
        words,
    ];
    let others = view.tokens().into_iter().filter(|(key, _)| !NAMED.contains(key));
    let others = others.map(|(key, value)| format!("with {key}={value}"));
    format!("{}.", parts.into_iter().flatten().chain(others).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use leptos_router::params::ParamsMap;

    use super::*;

    #[test]
    fn sentences() {
        for (given, text) in [
            (&[("tab", "running")][..], "No job is running now."),
            (&[("tab", "finished")], "No job has finished yet."),
            (&[("q", "door 4")], "No job matches \u{201c}door 4\u{201d}."),
            (&[("since", "30d"), ("longer", "2h")], "No job in the last 30 days took longer than 2 h."),
            (&[("status", "failed"), ("since", "1d")], "No job with failures in the last 1 day."),
            (&[("status", "failed"), ("tab", "running")], "No running job with failures."),
            (&[("status", "completed")], "No job that completed without failures."),
            (&[("status", "cancelled")], "No cancelled job."),
            (&[("status", "cancelled"), ("tab", "finished")], "No finished job that is cancelled."),
            (&[("status", "scheduled"), ("tab", "scheduled")], "No scheduled job."),
            (&[("device", "door-1")], "No job addressed door-1."),
            (
                &[("device", "door-1"), ("since", "7d"), ("longer", "2h"), ("q", "x")],
                "No job in the last 7 days addressed door-1 and took longer than 2 h and matches \u{201c}x\u{201d}.",
            ),
            (&[("tab", "running"), ("action", "lock")], "No running job that does \u{201c}lock\u{201d}."),
            (
                &[("status", "with-failures"), ("q", "x")],
                "No job that finished with failures matches \u{201c}x\u{201d}.",
            ),
            (&[("after", "x")], "No more jobs here."),
        ] {
            let params: ParamsMap =
                given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            assert_eq!(sentence(&JobsQuery::from_params(&params).0), text);
        }
    }
}

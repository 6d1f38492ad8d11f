//! The list is empty, and why: what was asked for in a sentence, the nearest fact, and the way out.

use console_wire::job::{JobSummary, JobTab};
use hub_wire::Timestamp;
use leptos::prelude::*;

use crate::{
    jobs_query::{JobsQuery, span_words, token},
    paths,
    present::job,
};

/// Why nothing is shown.
#[component]
pub(super) fn NothingMatches(
    /// The view that shows nothing.
    shown: JobsQuery,
    /// The job that took longest, when none took as long as was asked for.
    longest: Option<JobSummary>,
    /// When the list was read.
    as_of: Timestamp,
) -> impl IntoView {
    let fact = longest.map(|longest| {
        let took = job::elapsed(&longest, as_of);
        view! {
            <p class="field__hint">
                "The longest was " <a class="link" href=paths::job(&longest.job_id)>{longest.job_id.clone()}</a>
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
        ways.push((shown.without_words().address(), format!("Remove \u{201c}{}\u{201d}", shown.q)));
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

/// What was asked for, as the sentence that it is not there.
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
    let kind = match (view.status.as_str(), tab) {
        ("with-failures", _) => "No job with failures".to_owned(),
        ("", JobTab::All) => "No job".to_owned(),
        ("", tab) => format!("No {} job", tab.as_str()),
        (status, _) => format!("No {status} job"),
    };
    let since = (!view.since.is_empty()).then(|| format!("in the last {}", span_words(&view.since)));
    let longer = (!view.longer.is_empty()).then(|| format!("took longer than {}", span_words(&view.longer)));
    let words = quoted(if longer.is_some() { "and matches" } else { "matches" }, &view.q);
    let parts = [
        Some(kind),
        quoted("that does", &view.action),
        quoted("on a target like", &view.target),
        since,
        longer,
        words,
    ];
    format!("{}.", parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
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
            (&[("status", "failed"), ("since", "1d")], "No failed job in the last 1 day."),
            (&[("tab", "running"), ("action", "lock")], "No running job that does \u{201c}lock\u{201d}."),
            (&[("status", "with-failures"), ("q", "x")], "No job with failures matches \u{201c}x\u{201d}."),
            (&[("after", "x")], "No more jobs here."),
        ] {
            let params: ParamsMap =
                given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            assert_eq!(sentence(&JobsQuery::from_params(&params).0), text);
        }
    }
}

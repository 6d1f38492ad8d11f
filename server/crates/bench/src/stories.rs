//! The stories, one bullet of the design's budgets each. A story starts what it needs, measures, and takes it down.

mod connections;
mod console;
mod lifecycle;
mod methods;
mod overview;
mod pages;
mod queries;
mod registry;
mod rollout_rules;
mod rollouts;
mod schedules;
mod twins;
mod watchers;

use futures::future::BoxFuture;

use crate::figure::{Figure, count};

/// A story by name.
pub(crate) struct Story {
    pub(crate) name: &'static str,
    pub(crate) run: fn(Scale) -> BoxFuture<'static, anyhow::Result<Vec<Figure>>>,
}

/// All of them, in the order of the document.
pub(crate) const ALL: [Story; 13] = [
    Story { name: "methods", run: |scale| Box::pin(methods::run(scale)) },
    Story { name: "twins", run: |scale| Box::pin(twins::run(scale)) },
    Story { name: "queries", run: |scale| Box::pin(queries::run(scale)) },
    Story { name: "registry", run: |scale| Box::pin(registry::run(scale)) },
    Story { name: "connections", run: |scale| Box::pin(connections::run(scale)) },
    Story { name: "console", run: |scale| Box::pin(console::run(scale)) },
    Story { name: "watchers", run: |scale| Box::pin(watchers::run(scale)) },
    Story { name: "rollouts", run: |scale| Box::pin(rollouts::run(scale)) },
    Story { name: "rules", run: |scale| Box::pin(rollout_rules::run(scale)) },
    Story { name: "schedules", run: |scale| Box::pin(schedules::run(scale)) },
    Story { name: "pages", run: |scale| Box::pin(pages::run(scale)) },
    Story { name: "overview", run: |scale| Box::pin(overview::run(scale)) },
    Story { name: "lifecycle", run: |scale| Box::pin(lifecycle::run(scale)) },
];

/// How large the stories are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// What the full size is divided by: 1, or more for a quick run.
    pub(crate) divisor: usize,
}

impl Scale {
    /// A hundredth, a tenth and all of a full size.
    pub(crate) fn sizes(self, full: usize) -> [usize; 3] {
        let full = (full / self.divisor).max(100);
        [full / 100, full / 10, full]
    }

    /// Whether a size is the largest of [`Scale::sizes`], which the budgets are for.
    pub(crate) fn is_full(self, size: usize, full: usize) -> bool {
        size == self.sizes(full)[2]
    }
}

/// A rate.
pub(crate) fn per_second(things: usize, seconds: f64) -> f64 {
    count(things) / seconds
}

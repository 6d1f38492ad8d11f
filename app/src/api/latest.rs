//! What a view shows of data that is read again and again.

use leptos::prelude::*;

/// What was read last; waits only for the first time. For a view inside of `Suspend`, which follows the resource by it.
///
/// A view is made anew when a read ends. If it waited then, because the next one is already under way, the old view would
/// stand meanwhile without what it is made of, and the next thing that it follows would end the program.
pub(crate) async fn latest<T: Clone + Send + Sync + 'static>(resource: Resource<T>) -> T {
    resource.track();
    match resource.try_get_untracked().flatten() {
        Some(read) => read,
        None => resource.await,
    }
}

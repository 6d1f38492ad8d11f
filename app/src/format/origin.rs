//! Where a job was created, in words.

use console_wire::job::Origin;

/// For a row of a list.
pub(crate) const fn short(origin: Origin) -> &'static str {
    match origin {
        Origin::Console => "console page",
        Origin::Api => "API",
        Origin::Hub => "another client",
    }
}

/// For a sentence: "started 18:00:00 …".
pub(crate) const fn phrase(origin: Origin) -> &'static str {
    match origin {
        Origin::Console => "from a console page",
        Origin::Api => "through the API",
        Origin::Hub => "by another client of the hub",
    }
}

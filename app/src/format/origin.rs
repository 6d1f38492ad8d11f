//! Where a job was created, and by whom, in words.

use console_wire::{access::PersonRef, job::Origin};

/// For a row of a list.
pub(crate) fn short(origin: Origin, person: Option<&PersonRef>) -> String {
    let place = match origin {
        Origin::Console => "console page",
        Origin::Api => "API",
        Origin::Hub => "another client",
    };
    match person {
        // Most jobs come from a page.
        Some(person) if origin == Origin::Console => person.name.clone(),
        Some(person) => format!("{}, {place}", person.name),
        None => place.to_owned(),
    }
}

/// For a sentence: "started 18:00:00 …".
pub(crate) fn phrase(origin: Origin, person: Option<&PersonRef>) -> String {
    let place = match origin {
        Origin::Console => "from a console page",
        Origin::Api => "through the API",
        Origin::Hub => "by another client of the hub",
    };
    match person {
        Some(person) => format!("by {} {place}", person.name),
        None => place.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_created_a_job_and_where() {
        let mara = PersonRef { user_id: "u1".into(), name: "Mara Lindqvist".into() };
        for (origin, person, row, sentence) in [
            (Origin::Console, None, "console page", "from a console page"),
            (Origin::Console, Some(&mara), "Mara Lindqvist", "by Mara Lindqvist from a console page"),
            (Origin::Api, Some(&mara), "Mara Lindqvist, API", "by Mara Lindqvist through the API"),
            (Origin::Hub, None, "another client", "by another client of the hub"),
        ] {
            assert_eq!((short(origin, person), phrase(origin, person)), (row.into(), sentence.into()));
        }
    }
}

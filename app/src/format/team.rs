//! People and their sessions in words.

use console_wire::access::AccountState;

use super::Badge;

/// When sessions end by themselves.
pub(crate) const SESSION_END: &str =
    "A session ends 12 h after its last use, 7 days after the sign-in at the latest.";

/// Whether a person can sign in.
pub(crate) const fn state(state: AccountState) -> Badge {
    match state {
        AccountState::Active => Badge { status: "succeeded", icon: "circle-check", label: "Active" },
        AccountState::Invited => Badge { status: "queued", icon: "clock", label: "Invited" },
        AccountState::Deactivated => {
            Badge { status: "cancelled", icon: "circle-slash", label: "Deactivated" }
        }
    }
}

/// The first letters of the first and the last name.
pub(crate) fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// The host of an issuer's address.
pub(crate) fn host(issuer: &str) -> &str {
    let rest = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// The browser of a session, by what it calls itself. Only a hint: a client calls itself what it likes.
pub(crate) fn browser(user_agent: &str) -> &'static str {
    const KNOWN: [(&str, &str); 5] = [
        ("Edg/", "Edge"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    KNOWN.into_iter().find(|(part, _)| user_agent.contains(part)).map_or("another client", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_two_letters() {
        for (name, expected) in
            [("Mara Lindqvist", "ML"), ("priya van der nair", "PN"), ("Ílse", "Í"), ("  ", "")]
        {
            assert_eq!(initials(name), expected);
        }
    }

    #[test]
    fn hosts_of_issuers() {
        for (issuer, expected) in [
            ("https://login.example.com/tenant/v2.0", "login.example.com"),
            ("http://127.0.0.1:8080", "127.0.0.1:8080"),
            ("no address", "no address"),
        ] {
            assert_eq!(host(issuer), expected);
        }
    }

    #[test]
    fn browsers_are_told_apart() {
        for (agent, expected) in [
            ("Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36", "Chrome"),
            ("Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge"),
            ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1 Version/18.0 Safari/605.1", "Safari"),
            ("Mozilla/5.0 (X11; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox"),
            ("", "another client"),
        ] {
            assert_eq!(browser(agent), expected, "{agent}");
        }
    }
}

//! The hub by a short name.

use console_wire::hub::HubKind;

/// The first label of its host name; `local` for an address.
pub(crate) fn short_name(host_name: &str) -> &str {
    let label = host_name.split(['.', ':']).next().unwrap_or_default();
    if label.chars().all(|c| c.is_ascii_digit()) || label == "localhost" { "local" } else { label }
}

/// Which kind of hub.
pub(crate) const fn kind(kind: HubKind) -> &'static str {
    match kind {
        HubKind::Embedded => "embedded hub",
        HubKind::Remote => "IoT Hub",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (host_name, expected) in [
            ("plant-north.azure-devices.net", "plant-north"),
            ("localhost", "local"),
            ("127.0.0.1:8080", "local"),
            ("", "local"),
        ] {
            assert_eq!(short_name(host_name), expected, "{host_name}");
        }
    }
}

//! Shared access policies: names, and what each may do.
//!
//! Source: `iot-hub-dev-guide-azure-ad-rbac.md` and its page on shared access signatures: five policies are built in.

/// What a policy's token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four independent permissions, as the contract has them")]
pub struct Permissions {
    /// Read identities.
    pub registry_read: bool,
    /// Write identities.
    pub registry_write: bool,
    /// Twins, queries, methods, jobs.
    pub service_connect: bool,
    /// Act as any device.
    pub device_connect: bool,
}

impl Permissions {
    /// As the store keeps them: the contract's words joined by a comma.
    pub fn to_text(self) -> String {
        self.names()
            .into_iter()
            .filter_map(|(word, granted)| granted.then_some(word))
            .collect::<Vec<_>>()
            .join(",")
    }

    /// Reads [`Permissions::to_text`]; words that are not known grant nothing.
    pub fn parse(words: &str) -> Self {
        let has = |word| words.split(',').any(|it| it.trim() == word);
        Self {
            registry_read: has("RegistryRead"),
            registry_write: has("RegistryWrite"),
            service_connect: has("ServiceConnect"),
            device_connect: has("DeviceConnect"),
        }
    }

    fn names(self) -> [(&'static str, bool); 4] {
        [
            ("RegistryRead", self.registry_read),
            ("RegistryWrite", self.registry_write),
            ("ServiceConnect", self.service_connect),
            ("DeviceConnect", self.device_connect),
        ]
    }
}

/// The policies every new hub has: name, permissions.
pub const BUILT_IN: [(&str, Permissions); 5] = [
    (
        "iothubowner",
        Permissions {
            registry_read: true,
            registry_write: true,
            service_connect: true,
            device_connect: true,
        },
    ),
    ("service", Permissions { service_connect: true, ..NOTHING }),
    ("device", Permissions { device_connect: true, ..NOTHING }),
    ("registryRead", Permissions { registry_read: true, ..NOTHING }),
    ("registryReadWrite", Permissions { registry_read: true, registry_write: true, ..NOTHING }),
];

const NOTHING: Permissions = Permissions {
    registry_read: false,
    registry_write: false,
    service_connect: false,
    device_connect: false,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_round_trip() {
        for (name, permissions) in BUILT_IN {
            assert_eq!(Permissions::parse(&permissions.to_text()), permissions, "{name}");
        }
        assert_eq!(Permissions::parse("Everything"), Permissions::default());
        assert_eq!(BUILT_IN[4].1.to_text(), "RegistryRead,RegistryWrite");
    }
}

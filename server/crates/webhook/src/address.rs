//! Which addresses messages may be sent to. Pure.
//!
//! Whoever may create a webhook chooses where the server sends requests. Without a rule that would reach what only this server
//! can reach: services of its own machine and network, and the cloud's metadata address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which addresses are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AddressRule {
    /// Those of the public internet.
    #[default]
    PublicOnly,
    /// Also this machine and private networks. Link-local addresses stay refused: the cloud's metadata is there.
    PrivateToo,
}

impl AddressRule {
    /// Whether messages may be sent to an address.
    pub fn allows(self, address: IpAddr) -> bool {
        match self {
            Self::PublicOnly => is_public(address),
            Self::PrivateToo => {
                // An IPv4 address in the form of IPv6 reaches the same machine.
                let address = address.to_canonical();
                is_public(address) || is_private(address)
            }
        }
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Everything but the special-purpose blocks of the IANA registry.
fn is_public_v4(address: Ipv4Addr) -> bool {
    const SPECIAL: [([u8; 4], u32); 16] = [
        ([0, 0, 0, 0], 8),
        ([10, 0, 0, 0], 8),
        // Carrier-grade NAT.
        ([100, 64, 0, 0], 10),
        ([127, 0, 0, 0], 8),
        // Link-local, with the metadata address of clouds.
        ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12),
        ([192, 0, 0, 0], 24),
        // Documentation.
        ([192, 0, 2, 0], 24),
        // 6to4 relays.
        ([192, 88, 99, 0], 24),
        ([192, 168, 0, 0], 16),
        // Benchmarks.
        ([198, 18, 0, 0], 15),
        ([198, 51, 100, 0], 24),
        ([203, 0, 113, 0], 24),
        // Multicast.
        ([224, 0, 0, 0], 4),
        // Reserved, with the broadcast address.
        ([240, 0, 0, 0], 4),
        // Azure's virtual address for platform services, reachable from virtual machines only.
        ([168, 63, 129, 16], 32),
    ];
    let bits = u32::from(address);
    !SPECIAL.iter().any(|(block, prefix)| {
        let mask = u32::MAX << (32 - prefix);
        bits & mask == u32::from(Ipv4Addr::from(*block))
    })
}

/// Global unicast (`2000::/3`) without the blocks that lead to an IPv4 address or have a special purpose. So loopback, unique
/// local, link-local, multicast and mapped addresses are none.
fn is_public_v6(address: Ipv6Addr) -> bool {
    const SPECIAL: [(u128, u32); 4] = [
        // IETF protocol assignments, with Teredo.
        (0x2001 << 112, 23),
        // Documentation.
        (0x2001_0db8 << 96, 32),
        // 6to4.
        (0x2002 << 112, 16),
        // Documentation.
        (0x3fff << 112, 20),
    ];
    let bits = u128::from(address);
    let is_in = |block: u128, prefix: u32| bits & (u128::MAX << (128 - prefix)) == block;
    is_in(0x2000 << 112, 3) && !SPECIAL.iter().any(|(block, prefix)| is_in(*block, *prefix))
}

/// This machine and private networks.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let is_shared = u32::from(address) & 0xffc0_0000 == u32::from(Ipv4Addr::new(100, 64, 0, 0));
            address.is_loopback() || address.is_private() || is_shared
        }
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_addresses_are_allowed() {
        for (address, is_public, is_private_allowed) in [
            ("8.8.8.8", true, true),
            ("1.1.1.1", true, true),
            ("100.63.255.255", true, true),
            ("100.128.0.0", true, true),
            ("172.15.255.255", true, true),
            ("172.32.0.0", true, true),
            ("192.0.3.1", true, true),
            ("198.17.255.255", true, true),
            ("198.20.0.0", true, true),
            ("223.255.255.255", true, true),
            ("2606:4700:4700::1111", true, true),
            ("2001:4860:4860::8888", true, true),
            ("2001:200::1", true, true),
            // Loopback, private, carrier-grade NAT, unique local.
            ("127.0.0.1", false, true),
            ("127.255.255.254", false, true),
            ("10.0.0.1", false, true),
            ("172.16.0.1", false, true),
            ("172.31.255.255", false, true),
            ("192.168.1.1", false, true),
            ("100.64.0.1", false, true),
            ("100.127.255.255", false, true),
            ("::1", false, true),
            ("fc00::1", false, true),
            ("fd12:3456:789a::1", false, true),
            // Mapped: the IPv4 address decides where private ones are allowed.
            ("::ffff:127.0.0.1", false, true),
            ("::ffff:10.0.0.1", false, true),
            ("::ffff:8.8.8.8", false, true),
            ("::ffff:169.254.169.254", false, false),
            // Never.
            ("169.254.169.254", false, false),
            ("168.63.129.16", false, false),
            ("fe80::1", false, false),
            ("fec0::1", false, false),
            ("0.0.0.0", false, false),
            ("0.1.2.3", false, false),
            ("::", false, false),
            ("255.255.255.255", false, false),
            ("224.0.0.1", false, false),
            ("239.255.255.255", false, false),
            ("ff02::1", false, false),
            ("240.0.0.1", false, false),
            ("192.0.0.1", false, false),
            ("192.0.2.1", false, false),
            ("198.18.0.1", false, false),
            ("198.51.100.1", false, false),
            ("203.0.113.1", false, false),
            ("192.88.99.1", false, false),
            ("2001:db8::1", false, false),
            ("2001::1", false, false),
            ("2002:7f00:1::", false, false),
            ("3fff::1", false, false),
            ("64:ff9b::7f00:1", false, false),
            ("64:ff9b:1::1", false, false),
            ("::127.0.0.1", false, false),
            ("100::1", false, false),
        ] {
            let parsed: IpAddr = address.parse().unwrap();
            assert_eq!(AddressRule::PublicOnly.allows(parsed), is_public, "{address}");
            assert_eq!(AddressRule::PrivateToo.allows(parsed), is_private_allowed, "{address}");
        }
    }
}

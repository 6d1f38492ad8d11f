//! Bytes to packets and back: rumqttc's packet types, with the checks that a server needs and a client library leaves out.
//!
//! ```text
//!          7                          3                          0
//! byte 1   | packet type              | flags, fixed but PUBLISH's |
//! byte 2…  | length of what follows, 1 to 4 bytes                  |
//! ```

use bytes::BytesMut;
use rumqttc::mqttbytes::v4::Packet;

use super::disconnect::Violation;

const CONNECT: u8 = 1;
const PUBLISH: u8 = 3;
const PUBREL: u8 = 6;
const SUBSCRIBE: u8 = 8;
const UNSUBSCRIBE: u8 = 10;
const DISCONNECT: u8 = 14;

/// Takes the next packet out of the buffer; none when it is not all there yet. A packet that is longer than `max`
/// (without its fixed header) is refused before it is read.
pub(super) fn decode(buffer: &mut BytesMut, max: usize) -> Result<Option<Packet>, Violation> {
    let Some((header_len, remaining)) = fixed_header(buffer)? else { return Ok(None) };
    if remaining > max {
        return Err(Violation::PacketTooLarge(remaining));
    }
    let Some(body) = buffer.get(header_len..header_len + remaining) else { return Ok(None) };
    if buffer[0] >> 4 == CONNECT {
        check_connect(body)?;
    }
    let packet = Packet::read(buffer, max).map_err(|_| Violation::Malformed)?;
    let is_whole = match &packet {
        Packet::Subscribe(subscribe) => subscribe.pkid != 0,
        Packet::Unsubscribe(unsubscribe) => unsubscribe.pkid != 0 && !unsubscribe.topics.is_empty(),
        _ => true,
    };
    if is_whole { Ok(Some(packet)) } else { Err(Violation::Malformed) }
}

/// Checks type and flags, and reads the length: that of the header and that of what follows.
fn fixed_header(buffer: &[u8]) -> Result<Option<(usize, usize)>, Violation> {
    let Some((first, rest)) = buffer.split_first() else { return Ok(None) };
    let (packet_type, flags) = (first >> 4, first & 0x0f);
    let are_flags_right = match packet_type {
        PUBLISH => flags & 0b0110 != 0b0110,
        PUBREL | SUBSCRIBE | UNSUBSCRIBE => flags == 0b0010,
        CONNECT..=DISCONNECT => flags == 0,
        _ => false,
    };
    if !are_flags_right {
        return Err(Violation::Malformed);
    }
    let mut remaining = 0;
    for (at, byte) in rest.iter().take(4).enumerate() {
        remaining |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok(Some((at + 2, remaining)));
        }
    }
    if rest.len() < 4 { Ok(None) } else { Err(Violation::Malformed) }
}

/// The protocol's name and level, and the flags that have to agree. Levels 3 (`MQIsdp`) and 5 are
/// distinguished from garbage because they get an answer.
fn check_connect(body: &[u8]) -> Result<(), Violation> {
    let (name, rest) = match body {
        [0, 4, b'M', b'Q', b'T', b'T', rest @ ..] => (4, rest),
        [0, 6, b'M', b'Q', b'I', b's', b'd', b'p', rest @ ..] => (6, rest),
        _ => return Err(Violation::Malformed),
    };
    let [level, flags, ..] = rest else { return Err(Violation::Malformed) };
    if name != 4 || *level != 4 {
        return Err(Violation::ProtocolLevel(*level));
    }
    let (reserved, user_name, password) = (flags & 1 != 0, flags & 0x80 != 0, flags & 0x40 != 0);
    if reserved || (password && !user_name) { Err(Violation::Malformed) } else { Ok(()) }
}

/// Appends a packet of the hub's.
pub(super) fn encode(packet: &Packet, buffer: &mut BytesMut) -> std::io::Result<()> {
    packet.write(buffer, usize::MAX).map(|_| ()).map_err(std::io::Error::other)
}

#[cfg(test)]
mod tests {
    use rumqttc::mqttbytes::v4::{Connect, PubAck, Subscribe};

    use super::*;

    fn read(bytes: &[u8]) -> Result<Option<Packet>, Violation> {
        decode(&mut BytesMut::from(bytes), 1000)
    }

    fn written(packet: &Packet) -> BytesMut {
        let mut buffer = BytesMut::new();
        encode(packet, &mut buffer).unwrap();
        buffer
    }

    fn connect() -> BytesMut {
        let mut connect = Connect::new("d1");
        connect.set_login("h/d1/", "token");
        written(&Packet::Connect(connect))
    }

    #[test]
    fn nothing_is_taken_before_a_packet_is_whole() {
        let whole = connect();
        for len in 0..whole.len() {
            assert_eq!(read(&whole[..len]), Ok(None), "{len}");
        }
        assert!(matches!(read(&whole), Ok(Some(Packet::Connect(_)))));
        let mut two = BytesMut::from(&[0xc0, 0, 0x40, 2, 0, 7][..]);
        assert_eq!(decode(&mut two, 1000), Ok(Some(Packet::PingReq)));
        assert_eq!(decode(&mut two, 1000), Ok(Some(Packet::PubAck(PubAck::new(7)))));
        assert_eq!(decode(&mut two, 1000), Ok(None));
    }

    #[test]
    fn connects() {
        for (at, byte, expected) in [
            (8, 3, Violation::ProtocolLevel(3)),
            (8, 5, Violation::ProtocolLevel(5)),
            (8, 0x84, Violation::ProtocolLevel(0x84)),
            (9, 0xc3, Violation::Malformed),
            (9, 0x42, Violation::Malformed),
            (4, b'X', Violation::Malformed),
        ] {
            let mut bytes = connect();
            bytes[at] = byte;
            assert_eq!(read(&bytes), Err(expected), "{at} {byte}");
        }
        let old = [0x10, 13, 0, 6, b'M', b'Q', b'I', b's', b'd', b'p', 3, 2, 0, 60, 0];
        assert_eq!(read(&old), Err(Violation::ProtocolLevel(3)));
    }

    #[test]
    fn malformed() {
        for bytes in [
            &[0x00, 0][..],
            &[0xf0, 0],
            &[0x36, 5, 0, 1, b'a', 0, 1],
            &[0x32, 5, 0, 1, b'a', 0, 0],
            &[0x30, 2, 0, 9],
            &[0x30, 3, 0, 1, 0xff],
            &[0x80, 6, 0, 1, 0, 1, b'a', 0],
            &[0x82, 2, 0, 1],
            &[0x82, 6, 0, 0, 0, 1, b'a', 0],
            &[0x82, 6, 0, 1, 0, 1, b'a', 3],
            &[0xa2, 2, 0, 1],
            &[0xa2, 1, 0],
            &[0xc1, 0],
            &[0xe2, 0],
            &[0x40, 0],
            &[0x40, 1, 0],
            &[0x10, 0],
            &[0x30, 0xff, 0xff, 0xff, 0xff],
        ] {
            assert_eq!(read(bytes), Err(Violation::Malformed), "{bytes:x?}");
        }
        assert_eq!(read(&[0x30, 0xe9, 0x07]), Err(Violation::PacketTooLarge(1001)));
        assert_eq!(read(&[0x30, 0xe8, 0x07]), Ok(None));
    }

    proptest::proptest! {
        #[test]
        fn random_bytes_end_in_a_packet_a_wait_or_a_refusal(bytes in proptest::collection::vec(0_u8.., 0..200)) {
            let mut buffer = BytesMut::from(&bytes[..]);
            let mut before = buffer.len() + 1;
            while let Ok(Some(_)) = decode(&mut buffer, 1000) {
                proptest::prop_assert!(buffer.len() < before, "no progress");
                before = buffer.len();
            }
        }

        #[test]
        fn damaged_packets_do_not_panic(at in 0_usize..40, byte in 0_u8..) {
            let subscribe = Packet::Subscribe(Subscribe { pkid: 1, ..Subscribe::new("$iothub/methods/POST/#", rumqttc::mqttbytes::QoS::AtMostOnce) });
            for mut bytes in [connect(), written(&subscribe)] {
                let at = at % bytes.len();
                bytes[at] = byte;
                let _ = decode(&mut bytes, 1000);
            }
        }
    }
}

//! Cloud-to-device messages of one connection that were sent at QoS 1 and not acknowledged yet.

/// Most unacknowledged messages; with 64 KB each, it also bounds the memory that one device can occupy.
const WINDOW: usize = 8;

/// The messages whose PUBACK is outstanding.
#[derive(Debug, Default)]
pub(super) struct PendingC2d {
    /// Packet id and number of the message. A handful, so a list is the smallest map.
    unacknowledged: Vec<(u16, i64)>,
    last_packet_id: u16,
    is_fetching: bool,
    /// Messages were fetched, so some may have to be released.
    pub(super) is_owner: bool,
}

impl PendingC2d {
    /// Starts a fetch when the window has room; returns how many messages may be fetched.
    pub(super) fn begin_fetch(&mut self) -> Option<u32> {
        let room = WINDOW - self.unacknowledged.len().min(WINDOW);
        if self.is_fetching || room == 0 {
            return None;
        }
        self.is_fetching = true;
        self.is_owner = true;
        u32::try_from(room).ok()
    }

    /// The fetch has ended.
    pub(super) fn end_fetch(&mut self) {
        self.is_fetching = false;
    }

    /// The packet id for a message. One that is sent again, because its lock expired, gets a new id.
    pub(super) fn send(&mut self, message: i64) -> u16 {
        self.unacknowledged.retain(|(_, other)| *other != message);
        loop {
            self.last_packet_id = self.last_packet_id.wrapping_add(1).max(1);
            if self.unacknowledged.iter().all(|(taken, _)| *taken != self.last_packet_id) {
                self.unacknowledged.push((self.last_packet_id, message));
                return self.last_packet_id;
            }
        }
    }

    /// The message of a PUBACK; none when the packet id is unknown.
    pub(super) fn acknowledged(&mut self, packet_id: u16) -> Option<i64> {
        let at = self.unacknowledged.iter().position(|(waiting, _)| *waiting == packet_id)?;
        Some(self.unacknowledged.remove(at).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packet_ids_are_never_zero_and_never_reused_while_pending() {
        let mut pending_c2d = PendingC2d { last_packet_id: u16::MAX - 1, ..PendingC2d::default() };
        assert_eq!(pending_c2d.send(10), u16::MAX);
        assert_eq!(pending_c2d.send(11), 1);
        pending_c2d.last_packet_id = u16::MAX - 1;
        assert_eq!(pending_c2d.send(12), 2);
        assert_eq!(pending_c2d.acknowledged(1), Some(11));
        assert_eq!(pending_c2d.acknowledged(1), None);
        assert_eq!(pending_c2d.send(10), 3);
        assert_eq!(pending_c2d.acknowledged(u16::MAX), None, "its message went out again");
        assert_eq!(pending_c2d.acknowledged(3), Some(10));
    }

    #[test]
    fn the_window_bounds_fetches() {
        let mut pending_c2d = PendingC2d::default();
        assert_eq!(pending_c2d.begin_fetch(), Some(8));
        assert_eq!(pending_c2d.begin_fetch(), None, "one at a time");
        pending_c2d.end_fetch();
        for message in 0..8 {
            pending_c2d.send(message);
        }
        assert_eq!(pending_c2d.begin_fetch(), None);
        pending_c2d.acknowledged(1);
        assert_eq!(pending_c2d.begin_fetch(), Some(1));
    }
}

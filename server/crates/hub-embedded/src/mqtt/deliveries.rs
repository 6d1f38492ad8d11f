//! Cloud-to-device messages on their way to one device: sent at QoS 1, not yet acknowledged.

/// Most messages sent and not acknowledged; with 64 KB each, also what one device can make the hub hold.
const WINDOW: usize = 8;

/// The messages of one connection that the device owes a PUBACK.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    /// Packet id and number of the message. A handful, so a list is the smallest map.
    unacknowledged: Vec<(u16, i64)>,
    last_packet_id: u16,
    is_fetching: bool,
    /// Something was fetched, so something may have to be given back.
    pub(super) is_owner: bool,
}

impl Deliveries {
    /// Begins to fetch messages when there is room for some: how many may be fetched.
    pub(super) fn begin_fetch(&mut self) -> Option<u32> {
        let room = WINDOW - self.unacknowledged.len().min(WINDOW);
        if self.is_fetching || room == 0 {
            return None;
        }
        self.is_fetching = true;
        self.is_owner = true;
        u32::try_from(room).ok()
    }

    /// What was asked for has come.
    pub(super) fn end_fetch(&mut self) {
        self.is_fetching = false;
    }

    /// A packet id for a message. One that is sent again, its lock having run out, is waited for by its new id.
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

    /// The message of a PUBACK; none when the hub is not waiting for it.
    pub(super) fn acknowledged(&mut self, packet_id: u16) -> Option<i64> {
        let at = self.unacknowledged.iter().position(|(waiting, _)| *waiting == packet_id)?;
        Some(self.unacknowledged.remove(at).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packet_ids_are_never_zero_and_never_taken_twice() {
        let mut deliveries = Deliveries { last_packet_id: u16::MAX - 1, ..Deliveries::default() };
        assert_eq!(deliveries.send(10), u16::MAX);
        assert_eq!(deliveries.send(11), 1);
        deliveries.last_packet_id = u16::MAX - 1;
        assert_eq!(deliveries.send(12), 2);
        assert_eq!(deliveries.acknowledged(1), Some(11));
        assert_eq!(deliveries.acknowledged(1), None);
        assert_eq!(deliveries.send(10), 3);
        assert_eq!(deliveries.acknowledged(u16::MAX), None, "its message went out again");
        assert_eq!(deliveries.acknowledged(3), Some(10));
    }

    #[test]
    fn the_window_bounds_what_is_fetched() {
        let mut deliveries = Deliveries::default();
        assert_eq!(deliveries.begin_fetch(), Some(8));
        assert_eq!(deliveries.begin_fetch(), None, "one at a time");
        deliveries.end_fetch();
        for message in 0..8 {
            deliveries.send(message);
        }
        assert_eq!(deliveries.begin_fetch(), None);
        deliveries.acknowledged(1);
        assert_eq!(deliveries.begin_fetch(), Some(1));
    }
}

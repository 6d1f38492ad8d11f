//! Rows on the page are reused: as the window moves on, the rows that it leaves become those that it reaches. A row that
//! is made anew costs a hundred times what other words in it do. Pure: ranges in, row numbers out.

use std::ops::Range;

/// The table's rows, each with a place of its own among them that it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ring {
    /// Another one means other rows.
    pub(super) generation: u32,
    /// The place of the row that stands first in the table.
    pub(super) head: u64,
    /// How many there are.
    len: u64,
    /// The number of the first.
    start: u64,
}

impl Ring {
    /// The rows for a range of numbers, as far as possible those that there are. A step moves the rows that it leaves;
    /// a jump leaves every one of them, so they may as well stay where they stand.
    pub(super) const fn follow(before: Option<&Self>, range: &Range<u64>) -> Self {
        let (start, len) = (range.start, range.end.saturating_sub(range.start));
        match before {
            None => Self { generation: 0, head: 0, len, start },
            // In the order of their places rows come and go at the end.
            Some(ring) if ring.head == 0 && ring.len != len => Self { len, start, ..*ring },
            Some(ring) if ring.len == len => {
                let head = if ring.start.abs_diff(start) < len {
                    (ring.head + start + len - ring.start) % len
                } else {
                    ring.head
                };
                Self { head, start, ..*ring }
            }
            Some(ring) => Self { generation: ring.generation.wrapping_add(1), head: 0, len, start },
        }
    }

    /// The places in the order of the rows that this generation began with, and which generation that is.
    pub(super) fn places(self) -> Vec<(u32, u64)> {
        (0..self.len).map(|place| (self.generation, place)).collect()
    }

    /// The number of the row at a place.
    pub(super) const fn number(self, place: u64) -> u64 {
        if self.len == 0 {
            return self.start;
        }
        self.start + (place + self.len - self.head) % self.len
    }

    /// How many rows go from the top of the table to its end when another place comes to its head; negative for the
    /// other way.
    pub(super) fn turn(self, from: u64) -> i64 {
        if self.len == 0 {
            return 0;
        }
        let ahead = (self.head + self.len - from) % self.len;
        let signed = |count: u64| i64::try_from(count).unwrap_or_default();
        if ahead <= self.len / 2 { signed(ahead) } else { -signed(self.len - ahead) }
    }

    /// Whether every row is another device's than it was before.
    pub(super) const fn has_jumped(self, from: &Self) -> bool {
        self.generation != from.generation || self.start.abs_diff(from.start) >= self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of a table as they stand, by their places.
    struct Table {
        ring: Ring,
        order: Vec<u64>,
    }

    impl Table {
        fn new(range: &Range<u64>) -> Self {
            let ring = Ring::follow(None, range);
            Self { ring, order: ring.places().into_iter().map(|(_, place)| place).collect() }
        }

        /// Goes to another range of as many rows; how many rows were moved for it.
        fn go_to(&mut self, start: u64) -> i64 {
            let len = u64::try_from(self.order.len()).unwrap();
            let before = self.ring;
            self.ring = Ring::follow(Some(&before), &(start..start + len));
            assert_eq!(self.ring.generation, before.generation);
            let turn = self.ring.turn(before.head);
            match turn {
                ahead @ 0.. => self.order.rotate_left(usize::try_from(ahead).unwrap()),
                back => self.order.rotate_right(usize::try_from(-back).unwrap()),
            }
            assert_eq!(self.shown(), (start..start + len).collect::<Vec<_>>(), "{start}");
            turn
        }

        fn shown(&self) -> Vec<u64> {
            self.order.iter().map(|place| self.ring.number(*place)).collect()
        }
    }

    #[test]
    fn rows_turn_with_the_range() {
        let mut table = Table::new(&(50..60));
        assert_eq!(table.shown(), (50..60).collect::<Vec<_>>());
        let turns = [50, 53, 58, 51, 40, 0, 99_990, 99_981, 7].map(|start| table.go_to(start));
        assert_eq!(turns, [0, 3, 5, 3, 0, 0, 0, 1, 0], "a jump moves none, a step the fewer ones");
    }

    #[test]
    fn a_small_step_moves_few_rows_and_keeps_the_others() {
        let mut table = Table::new(&(0..73));
        let before = table.shown();
        assert_eq!((table.go_to(8), table.go_to(0), table.shown()), (8, -8, before));
        table.go_to(8);
        let kept = (0..73).filter(|place| table.ring.number(*place) == *place).count();
        assert_eq!(kept, 65);
    }

    #[test]
    fn a_jump_is_told_from_a_step() {
        let ring = |start: u64| Ring::follow(Some(&Ring::follow(None, &(50..60))), &(start..start + 10));
        for (start, has_jumped) in [(50, false), (59, false), (41, false), (60, true), (40, true)] {
            assert_eq!(ring(start).has_jumped(&ring(50)), has_jumped, "{start}");
        }
    }

    #[test]
    fn rows_come_and_go_at_the_end_while_they_stand_in_order() {
        let first = Ring::follow(None, &(0..50));
        let more = Ring::follow(Some(&first), &(0..73));
        assert_eq!((more.generation, more.places().len()), (0, 73));
        let turned = Ring::follow(Some(&more), &(8..81));
        let back = Ring::follow(Some(&turned), &(0..73));
        assert_eq!(Ring::follow(Some(&back), &(0..12)).generation, 0);
        let fewer = Ring::follow(Some(&turned), &(8..20));
        assert_eq!(
            (fewer.generation, fewer.places().len()),
            (1, 12),
            "their order on the page is another one"
        );
        assert!(Ring::follow(Some(&fewer), &(0..0)).places().is_empty());
    }
}

//! Rows on the page are reused: as the window moves on, the rows that it leaves become those that it reaches. A row that
//! is made anew costs a hundred times what other words in it do. Pure: ranges in, row numbers out.

use std::ops::Range;

/// The table's rows, each with a place of its own among them that it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ring {
    /// Another one means other rows.
    pub(super) generation: u32,
    /// How many there are.
    pub(super) len: u64,
    /// The number that the first row on the page had when this generation was made.
    pub(super) first: u64,
    /// Whether rows have been moved since, or may have been.
    is_turned: bool,
}

impl Ring {
    /// The rows for a range of numbers, as far as possible those that there are.
    pub(super) const fn follow(before: Option<&Self>, range: &Range<u64>) -> Self {
        let (start, len) = (range.start, range.end.saturating_sub(range.start));
        match before {
            None => Self { generation: 0, len, first: start, is_turned: false },
            Some(ring) if ring.len == len => {
                Self { is_turned: ring.is_turned || start != ring.first, ..*ring }
            }
            // A row's number is its place: rows come and go at the end.
            Some(ring) if !ring.is_turned && ring.first == 0 && start == 0 => Self { len, ..*ring },
            Some(ring) => {
                Self { generation: ring.generation.wrapping_add(1), len, first: start, is_turned: false }
            }
        }
    }

    /// The places in the order of the rows that this generation began with, and which generation that is.
    pub(super) fn places(self) -> impl Iterator<Item = (u32, u64)> {
        (self.first..self.first + self.len).map(move |number| (self.generation, number % self.len))
    }

    /// The number of the row at a place, when the range begins at `start`.
    pub(super) const fn number(self, place: u64, start: u64) -> u64 {
        if self.len == 0 {
            return start;
        }
        start + (place + self.len - start % self.len) % self.len
    }

    /// How many rows go from the head of the table to its end when the range moves; negative for the other way.
    pub(super) fn turn(self, from: u64, to: u64) -> i64 {
        if self.len == 0 {
            return 0;
        }
        let ahead = (to % self.len + self.len - from % self.len) % self.len;
        let signed = |count: u64| i64::try_from(count).unwrap_or_default();
        if ahead <= self.len / 2 { signed(ahead) } else { -signed(self.len - ahead) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(ring: Ring, order: &[u64], start: u64) -> Vec<u64> {
        order.iter().map(|place| ring.number(*place, start)).collect()
    }

    #[test]
    fn rows_turn_with_the_range() {
        let mut ring = Ring::follow(None, &(50..60));
        let mut order: Vec<u64> = ring.places().map(|(_, place)| place).collect();
        let mut at = 50;
        for start in [50, 53, 58, 51, 40, 0, 99_990, 99_981, 7] {
            ring = Ring::follow(Some(&ring), &(start..start + 10));
            match ring.turn(at, start) {
                ahead @ 0.. => order.rotate_left(usize::try_from(ahead).unwrap()),
                back => order.rotate_right(usize::try_from(-back).unwrap()),
            }
            at = start;
            assert_eq!(shown(ring, &order, start), (start..start + 10).collect::<Vec<_>>(), "{start}");
            assert_eq!(ring.generation, 0);
        }
    }

    #[test]
    fn a_small_step_moves_few_rows_and_keeps_the_others() {
        let ring = Ring::follow(None, &(0..73));
        assert_eq!((ring.turn(0, 8), ring.turn(8, 0), ring.turn(80, 88)), (8, -8, 8));
        let kept = (0..73).filter(|place| ring.number(*place, 0) == ring.number(*place, 8)).count();
        assert_eq!(kept, 65);
    }

    #[test]
    fn rows_come_and_go_at_the_end_until_they_turn() {
        let first = Ring::follow(None, &(0..50));
        let more = Ring::follow(Some(&first), &(0..73));
        assert_eq!((more.generation, more.len), (0, 73));
        let turned = Ring::follow(Some(&more), &(8..81));
        assert_eq!(turned.generation, 0);
        let back = Ring::follow(Some(&turned), &(0..73));
        let fewer = Ring::follow(Some(&back), &(0..12));
        assert_eq!((fewer.generation, fewer.len), (1, 12), "their order on the page is another one");
        assert_eq!(Ring::follow(Some(&fewer), &(0..0)).places().count(), 0);
    }
}

//! Reuses the table's rows while scrolling: the rows that leave the viewport become those that enter it. Creating a row
//! costs a hundred times as much as changing its text. Pure.

use std::ops::Range;

/// The table's rows. Each has a slot that it keeps; scrolling changes which numbers the slots show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pages::job_detail) struct RowRecycler {
    /// The rows are created again when it changes.
    pub(in crate::pages::job_detail) generation: u32,
    /// The slot of the first row in the table.
    pub(in crate::pages::job_detail) head: u64,
    /// How many there are.
    len: u64,
    /// The number of the first row.
    start: u64,
}

impl RowRecycler {
    /// The rows for a range of numbers, reused where possible. A step moves the rows that leave the range; a jump changes
    /// all of them, so it moves none.
    pub(in crate::pages::job_detail) const fn follow(before: Option<&Self>, range: &Range<u64>) -> Self {
        let (start, len) = (range.start, range.end.saturating_sub(range.start));
        match before {
            None => Self { generation: 0, head: 0, len, start },
            // In the order of their slots rows are added and removed at the end.
            Some(rows) if rows.head == 0 && rows.len != len => Self { len, start, ..*rows },
            Some(rows) if rows.len == len => {
                let head = if rows.start.abs_diff(start) < len {
                    (rows.head + start + len - rows.start) % len
                } else {
                    rows.head
                };
                Self { head, start, ..*rows }
            }
            Some(rows) => Self { generation: rows.generation.wrapping_add(1), head: 0, len, start },
        }
    }

    /// Generation and slot of each row, in the order in which this generation was created.
    pub(in crate::pages::job_detail) fn slots(self) -> Vec<(u32, u64)> {
        (0..self.len).map(|slot| (self.generation, slot)).collect()
    }

    /// The number of the row in a slot.
    pub(in crate::pages::job_detail) const fn number(self, slot: u64) -> u64 {
        if self.len == 0 {
            return self.start;
        }
        self.start + (slot + self.len - self.head) % self.len
    }

    /// How many rows move from the top of the table to its end when the head was `from`; negative from end to top.
    pub(in crate::pages::job_detail) fn turn(self, from: u64) -> i64 {
        if self.len == 0 {
            return 0;
        }
        let ahead = (self.head + self.len - from) % self.len;
        let signed = |count: u64| i64::try_from(count).unwrap_or_default();
        if ahead <= self.len / 2 { signed(ahead) } else { -signed(self.len - ahead) }
    }

    /// Whether every row shows another device than before.
    pub(in crate::pages::job_detail) const fn has_jumped(self, from: &Self) -> bool {
        self.generation != from.generation || self.start.abs_diff(from.start) >= self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order of a table's rows, by their slots.
    struct Table {
        rows: RowRecycler,
        order: Vec<u64>,
    }

    impl Table {
        fn new(range: &Range<u64>) -> Self {
            let rows = RowRecycler::follow(None, range);
            Self { rows, order: rows.slots().into_iter().map(|(_, slot)| slot).collect() }
        }

        /// Goes to another range of as many rows; how many rows were moved for it.
        fn go_to(&mut self, start: u64) -> i64 {
            let len = u64::try_from(self.order.len()).unwrap();
            let before = self.rows;
            self.rows = RowRecycler::follow(Some(&before), &(start..start + len));
            assert_eq!(self.rows.generation, before.generation);
            let turn = self.rows.turn(before.head);
            match turn {
                ahead @ 0.. => self.order.rotate_left(usize::try_from(ahead).unwrap()),
                back => self.order.rotate_right(usize::try_from(-back).unwrap()),
            }
            assert_eq!(self.shown(), (start..start + len).collect::<Vec<_>>(), "{start}");
            turn
        }

        fn shown(&self) -> Vec<u64> {
            self.order.iter().map(|slot| self.rows.number(*slot)).collect()
        }
    }

    #[test]
    fn rows_move_with_the_range() {
        let mut table = Table::new(&(50..60));
        assert_eq!(table.shown(), (50..60).collect::<Vec<_>>());
        let turns = [50, 53, 58, 51, 40, 0, 99_990, 99_981, 7].map(|start| table.go_to(start));
        assert_eq!(turns, [0, 3, 5, 3, 0, 0, 0, 1, 0], "a jump moves none, a step those that leave");
    }

    #[test]
    fn a_small_step_moves_few_rows_and_keeps_the_others() {
        let mut table = Table::new(&(0..73));
        let before = table.shown();
        assert_eq!((table.go_to(8), table.go_to(0), table.shown()), (8, -8, before));
        table.go_to(8);
        let kept = (0..73).filter(|slot| table.rows.number(*slot) == *slot).count();
        assert_eq!(kept, 65);
    }

    #[test]
    fn a_jump_changes_every_row() {
        let rows = |start: u64| {
            RowRecycler::follow(Some(&RowRecycler::follow(None, &(50..60))), &(start..start + 10))
        };
        for (start, has_jumped) in [(50, false), (59, false), (41, false), (60, true), (40, true)] {
            assert_eq!(rows(start).has_jumped(&rows(50)), has_jumped, "{start}");
        }
    }

    #[test]
    fn rows_are_added_at_the_end_while_in_order() {
        let first = RowRecycler::follow(None, &(0..50));
        let more = RowRecycler::follow(Some(&first), &(0..73));
        assert_eq!((more.generation, more.slots().len()), (0, 73));
        let turned = RowRecycler::follow(Some(&more), &(8..81));
        let back = RowRecycler::follow(Some(&turned), &(0..73));
        assert_eq!(RowRecycler::follow(Some(&back), &(0..12)).generation, 0);
        let fewer = RowRecycler::follow(Some(&turned), &(8..20));
        assert_eq!((fewer.generation, fewer.slots().len()), (1, 12), "their order on the page differs");
        assert!(RowRecycler::follow(Some(&fewer), &(0..0)).slots().is_empty());
    }
}

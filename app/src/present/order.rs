//! The order of what stands in lists.

/// Orders a list by what comes before what; equals stay as they came. For lists that somebody looks at, short and mostly
/// in order: Rust's own sort, quick with any number, is 3 kB of a page for every kind of list.
pub(crate) fn order_by<T>(list: &mut [T], is_before: impl Fn(&T, &T) -> bool) {
    for end in 1..list.len() {
        let mut at = end;
        while at > 0 && is_before(&list[at], &list[at - 1]) {
            list.swap(at, at - 1);
            at -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_rust_orders() {
        for list in [vec![], vec![(1, 'a')], vec![(3, 'a'), (1, 'b'), (2, 'c'), (1, 'd'), (3, 'e'), (0, 'f')]]
        {
            let (mut ours, mut expected) = (list.clone(), list);
            order_by(&mut ours, |a, b| a.0 < b.0);
            expected.sort_by_key(|item| item.0);
            assert_eq!(ours, expected);
        }
    }
}

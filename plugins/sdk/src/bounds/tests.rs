use super::*;

#[test]
fn the_heaviest_are_kept_and_of_equal_ones_the_first() {
    let mut items: Vec<(usize, u8)> = (0..MAX_ITEMS + 2).map(|index| (index, 1)).collect();
    items[MAX_ITEMS + 1].1 = 2;
    items[0].1 = 0;
    let gone = cut(&mut items, |item| item.1, |_| 1);
    assert_eq!(gone, [(0, 0), (MAX_ITEMS, 1)]);
    assert_eq!(items[0], (1, 1));
    assert_eq!(items.last(), Some(&(MAX_ITEMS + 1, 2)));
}

#[test]
fn bytes_count_together() {
    let mut items = vec![(1, MAX_TEXT_BYTES - 1), (3, 1), (2, 1), (3, 0)];
    assert_eq!(
        cut(&mut items, |item| item.0, |item| item.1),
        [(1, MAX_TEXT_BYTES - 1)]
    );
    assert_eq!(items.len(), 3);
}

#[test]
fn nothing_is_lost_within_the_bounds() {
    let mut items = vec![0; MAX_ITEMS];
    assert!(cut(&mut items, |item| *item, |_| 1).is_empty());
    assert_eq!(items.len(), MAX_ITEMS);
}

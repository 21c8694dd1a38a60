use super::*;

fn budget(memory_bytes: u64) -> Budget {
    Budget::new(&Limits {
        memory_bytes,
        ..Limits::DEFAULT
    })
}

#[test]
fn memories_and_tables_share_one_budget() {
    let mut budget = budget(16 << 20);
    let left = usize::try_from(budget.left).unwrap();
    assert!(budget.memory_growing(0, left / 2, None).unwrap());
    assert!(budget.memory_growing(0, left / 4, None).unwrap());
    assert!(
        budget.table_growing(0, left / 8, None).is_err(),
        "elements are counted as 8 bytes"
    );
    assert!(budget.memory_growing(0, left / 2, None).is_err());
    assert_eq!(budget.peak(), left as u64 / 2 + left as u64 / 4);
}

#[test]
fn growth_past_the_guests_own_maximum_takes_nothing() {
    let mut budget = budget(16 << 20);
    assert!(!budget.memory_growing(0, 2 << 20, Some(1 << 20)).unwrap());
    assert_eq!(budget.used, 0);
}

#[test]
fn growth_that_failed_is_given_back() {
    let mut budget = budget(16 << 20);
    let left = budget.left;
    assert!(budget.memory_growing(0, 1 << 20, None).unwrap());
    budget.memory_grow_failed(wasmtime::Error::msg("no")).unwrap();
    assert_eq!(budget.left, left);
}

#[test]
fn what_the_host_may_hold_is_taken_off_beforehand() {
    let budget = budget(16 << 20);
    assert!(budget.reserved >= Limits::DEFAULT.log_bytes + copy_bytes(&Limits::DEFAULT).min(4 << 20));
    assert_eq!(budget.left, (16 << 20) - budget.reserved);
}

use std::sync::atomic::{AtomicUsize, Ordering};

use assay_domain::ClientId;
use tokio::task::yield_now;
use uuid::Uuid;

use super::*;

fn client(number: u128) -> ClientId {
    ClientId(Uuid::from_u128(number))
}

#[tokio::test]
async fn an_owner_with_many_keeps_another_one_waiting_for_one() {
    let (rounds, seen) = (Rounds::new(1), Arc::<Mutex<Vec<u128>>>::default());
    let held = rounds.slot(None, 1).await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in [1; 20].into_iter().chain([2; 3]) {
        let (rounds, seen) = (Arc::clone(&rounds), Arc::clone(&seen));
        tasks.spawn(async move {
            let _slot = rounds.slot(Some(client(number)), 1).await;
            seen.lock().unwrap().push(number);
        });
    }
    // All of them wait by now.
    yield_now().await;
    drop(held);
    while tasks.join_next().await.is_some() {}
    let seen = seen.lock().unwrap();
    assert_eq!(seen[..6], [1, 2, 1, 2, 1, 2]);
    assert_eq!(seen.len(), 23);
}

#[tokio::test]
async fn nobody_holds_more_than_it_may_and_who_leaves_the_line_leaves_no_trace() {
    let rounds = Rounds::new(2);
    let first = rounds.slot(Some(client(1)), 1).await;
    let second = tokio::time::timeout(
        std::time::Duration::from_millis(20),
        rounds.slot(Some(client(1)), 1),
    )
    .await;
    assert!(second.is_err(), "one is what it may have");
    let other = rounds.slot(Some(client(2)), 1).await;
    drop(first);
    let again = rounds.slot(Some(client(1)), 1).await;
    drop((again, other));
    let state = rounds.state();
    assert_eq!((state.free, state.lines.len(), state.round.len()), (2, 0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn there_are_never_more_than_there_are_slots() {
    let (rounds, now, most) = (
        Rounds::new(3),
        Arc::<AtomicUsize>::default(),
        Arc::<AtomicUsize>::default(),
    );
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..200 {
        let (rounds, now, most) = (Arc::clone(&rounds), Arc::clone(&now), Arc::clone(&most));
        tasks.spawn(async move {
            for step in 0..20 {
                let wait = rounds.slot(Some(client(number % 7)), 2);
                let Ok(slot) =
                    tokio::time::timeout(std::time::Duration::from_micros(50 * (step % 4)), wait).await
                else {
                    continue;
                };
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                yield_now().await;
                now.fetch_sub(1, Ordering::SeqCst);
                drop(slot);
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    assert!((1..=3).contains(&most.load(Ordering::SeqCst)));
    // Who left the line is forgotten when its turn comes.
    drop(rounds.slot(None, 1).await);
    let state = rounds.state();
    assert_eq!((state.free, state.round.len()), (3, 0));
}

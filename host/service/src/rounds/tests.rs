use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use assay_domain::ClientId;
use tokio::task::yield_now;
use uuid::Uuid;

use super::*;

fn client(number: u128) -> ClientId {
    ClientId(Uuid::from_u128(number))
}

/// Gives way as a guest does: awake at once, and behind whoever is awake already.
async fn give_way() {
    let mut gave = false;
    poll_fn(|context| {
        if std::mem::replace(&mut gave, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A future that gives way so many times, and notes at each step whose it is.
async fn steps(who: usize, count: usize, seen: Arc<Mutex<Vec<usize>>>) {
    for _ in 0..count {
        seen.lock().unwrap().push(who);
        give_way().await;
    }
}

#[tokio::test]
async fn a_client_with_many_keeps_another_one_waiting_for_one_step() {
    let (rounds, seen) = (Rounds::new(1), Arc::<Mutex<Vec<usize>>>::default());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (rounds, seen) = (Arc::clone(&rounds), Arc::clone(&seen));
        tasks.spawn(async move { rounds.run(Some(client(1)), || 1, steps(1, 50, seen)).await });
    }
    yield_now().await;
    let (rounds, quiet) = (Arc::clone(&rounds), Arc::clone(&seen));
    tasks.spawn(async move { rounds.run(Some(client(2)), || 1, steps(2, 10, quiet)).await });
    while tasks.join_next().await.is_some() {}
    let seen = seen.lock().unwrap();
    let places: Vec<usize> = (0..seen.len()).filter(|&at| seen[at] == 2).collect();
    assert_eq!((places.len(), seen.len()), (10, 1_010));
    let most = places.windows(2).map(|pair| pair[1] - pair[0]).max();
    assert!(most.is_some_and(|most| most <= 3), "{places:?}");
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

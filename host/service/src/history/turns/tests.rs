use std::time::Duration;

use assay_domain::{ClientId, Observation, Question};
use assay_store::history::HistoryLocks;
use tokio::time::timeout;
use uuid::Uuid;

use super::Turns;

fn part(value: &str) -> HistoryLocks {
    let mut locks = HistoryLocks::new(ClientId(Uuid::from_u128(1)));
    locks.observe(&Observation::Exact {
        name: "content".to_owned(),
        value: value.to_owned(),
    });
    locks
}

fn whole() -> HistoryLocks {
    let mut locks = HistoryLocks::new(ClientId(Uuid::from_u128(1)));
    locks.ask(&Question::FindNear {
        name: "content".to_owned(),
        bits: 0,
        max_distance: 16,
    });
    locks
}

async fn waits(turns: &Turns, locks: &HistoryLocks) -> bool {
    timeout(Duration::from_millis(50), turns.wait(locks))
        .await
        .is_err()
}

#[tokio::test]
async fn a_whole_history_and_its_parts_take_turns() {
    let turns = Turns::new(4);
    let (a, b) = (turns.wait(&part("a")).await, turns.wait(&part("b")).await);
    assert!(waits(&turns, &part("a")).await);
    assert!(waits(&turns, &whole()).await);
    drop((a, b));
    let all = turns.wait(&whole()).await;
    assert!(waits(&turns, &part("c")).await);
    assert!(waits(&turns, &whole()).await);
    drop(all);
    assert!(!waits(&turns, &part("c")).await);
}

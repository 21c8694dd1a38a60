use assay_domain::{ClientId, Observation, Question};
use uuid::Uuid;

use super::HistoryLocks;

fn client(number: u128) -> ClientId {
    ClientId(Uuid::from_u128(number))
}

fn asked(question: &Question) -> HistoryLocks {
    let mut locks = HistoryLocks::new(client(1));
    locks.ask(question);
    locks
}

fn observed(client: ClientId, observation: &Observation) -> HistoryLocks {
    let mut locks = HistoryLocks::new(client);
    locks.observe(observation);
    locks
}

fn collide(one: &HistoryLocks, two: &HistoryLocks) -> bool {
    let same = one.client == two.client && (one.whole || two.whole);
    same || one.parts.intersection(&two.parts).next().is_some()
}

fn near(bits: u64) -> Observation {
    Observation::Near {
        name: "content".to_owned(),
        bits,
    }
}

fn find_near(max_distance: u8) -> Question {
    Question::FindNear {
        name: "content".to_owned(),
        bits: 0,
        max_distance,
    }
}

#[test]
fn what_could_answer_a_question_collides_with_it() {
    let exact = Question::FindExact {
        name: "content".to_owned(),
        value: "a".to_owned(),
    };
    let value = |value: &str| Observation::Exact {
        name: "content".to_owned(),
        value: value.to_owned(),
    };
    assert!(collide(&asked(&exact), &observed(client(1), &value("a"))));
    assert!(!collide(&asked(&exact), &observed(client(1), &value("b"))));
    assert!(!collide(&asked(&exact), &observed(client(2), &value("a"))));

    let known = Question::KnownValues {
        subject: "supplier:1".to_owned(),
        field: "iban".to_owned(),
    };
    let account = Observation::Value {
        subject: "supplier:1".to_owned(),
        field: "iban".to_owned(),
        value: "any".to_owned(),
    };
    assert!(collide(&asked(&known), &observed(client(1), &account)));
}

#[test]
fn near_fingerprints_collide_up_to_the_distance_that_is_asked_for() {
    // 7 bits in 7 different bytes.
    let far = near(0x0001_0101_0101_0101);
    assert!(collide(&asked(&find_near(7)), &observed(client(1), &far)));
    // 8 bits in all 8 bytes: only who asks that far has to see it.
    let further = near(0x0101_0101_0101_0101);
    assert!(!collide(&asked(&find_near(7)), &observed(client(1), &further)));
    assert!(collide(&asked(&find_near(8)), &observed(client(1), &further)));
}

#[test]
fn many_locks_become_one() {
    let mut locks = HistoryLocks::new(client(1));
    assert!(locks.is_empty());
    for number in 0..48 {
        let value = number.to_string();
        let name = "content".to_owned();
        locks.observe(&Observation::Exact { name, value });
    }
    assert!(!locks.is_whole());
    locks.observe(&near(1));
    assert!(locks.is_whole());
}

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;
use std::time::Duration;

use assay_domain::ClientId;
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

use super::line::Line;
use super::state::State;
use super::{OverloadReason, Place, Queue, QueueLimits};

const LIMITS: QueueLimits = QueueLimits {
    places: 4,
    beside: 3,
    waiting: 8,
    wait: Duration::from_millis(50),
    guest_time: Duration::from_millis(100),
    guest_time_burst: Duration::from_secs(1),
};

const MS: Duration = Duration::from_millis(1);

fn client(number: u128) -> ClientId {
    ClientId(Uuid::from_u128(number))
}

/// The queue's state in a time of the test's: who has a place keeps it for as long as the client's submissions take.
struct World {
    state: State,
    now: Instant,
    takes: BTreeMap<ClientId, Duration>,
    /// When each place is given back, by whom, and since when it is held.
    held: BinaryHeap<Reverse<(Instant, ClientId, Instant)>>,
    /// Kept, so that those who wait don't count as gone.
    turns: Vec<oneshot::Receiver<Place>>,
    done: BTreeMap<ClientId, u32>,
}

impl World {
    fn new(takes: &[(u128, Duration)]) -> Self {
        Self {
            state: State::default(),
            now: Instant::now(),
            takes: takes
                .iter()
                .map(|(number, takes)| (client(*number), *takes))
                .collect(),
            held: BinaryHeap::new(),
            turns: Vec::new(),
            done: BTreeMap::new(),
        }
    }

    fn start(&mut self, client: ClientId) {
        self.state.start(client);
        let until = self.now + self.takes[&client];
        self.held.push(Reverse((until, client, self.now)));
    }

    /// One more submission; whether it got a place at once.
    fn send(&mut self, client: ClientId) -> bool {
        self.state.arrive(client, self.now, &LIMITS);
        if self.state.waiting(client) == 0 && self.state.may_run(client, self.now, &LIMITS) {
            self.start(client);
            return true;
        }
        let (turn, when) = oneshot::channel();
        self.state.change(client, |line| line.wait(turn));
        self.turns.push(when);
        false
    }

    /// The next place that is given back, if it is by then; who had it sends the next submission if it floods.
    fn step(&mut self, by: Instant, floods: &[ClientId]) -> bool {
        let Some(Reverse((at, client, since))) =
            self.held.peek().copied().filter(|Reverse((at, ..))| *at <= by)
        else {
            self.now = by;
            return false;
        };
        self.held.pop();
        self.now = at;
        *self.done.entry(client).or_default() += 1;
        self.state.finish(client, at - since, at);
        if floods.contains(&client) {
            self.send(client);
        }
        while let Some(next) = self.state.next(self.now, &LIMITS) {
            self.state.change(next, Line::first);
            self.start(next);
        }
        true
    }

    fn done(&self, number: u128) -> f64 {
        f64::from(self.done[&client(number)])
    }
}

/// Clients that each have ten submissions under way, always, for 20 seconds.
fn flood(takes: &[(u128, Duration)], weights: &[(u128, u32)]) -> World {
    let mut world = World::new(takes);
    let floods: Vec<_> = takes.iter().map(|(number, _)| client(*number)).collect();
    for (number, weight) in weights {
        world.state.change(client(*number), |line| line.weight = *weight);
    }
    for _ in 0..10 {
        for client in &floods {
            world.send(*client);
        }
    }
    let end = world.now + 20_000 * MS;
    while world.step(end, &floods) {}
    world
}

#[test]
fn the_places_are_shared_by_weight() {
    let world = flood(&[(1, 10 * MS), (2, 10 * MS), (3, 10 * MS)], &[(2, 2), (3, 3)]);
    let (one, two, three) = (world.done(1), world.done(2), world.done(3));
    assert!(
        one + two + three > 7_900.0,
        "no place stays empty: {one} {two} {three}"
    );
    assert!((1.9..2.1).contains(&(two / one)), "{one} {two} {three}");
    assert!((2.8..3.2).contains(&(three / one)), "{one} {two} {three}");
}

#[test]
fn who_needs_longer_gets_no_more_time() {
    let world = flood(&[(1, 40 * MS), (2, 10 * MS)], &[]);
    let ratio = world.done(2) / world.done(1);
    assert!((3.6..4.4).contains(&ratio), "{ratio}");
}

#[test]
fn one_who_comes_now_and_then_does_not_wait_for_one_who_floods() {
    let mut world = World::new(&[(1, 10 * MS), (2, 10 * MS)]);
    for _ in 0..40 {
        world.send(client(1));
    }
    let start = world.now;
    for round in 0..200 {
        while world.step(start + round * 97 * MS, &[client(1)]) {}
        let at_once = world.send(client(2));
        // The first one comes when nobody knew of it.
        assert!(at_once || round == 0, "{round}");
    }
    assert_eq!(world.done[&client(2)], 199);
    // Three of four places for 19 seconds, and the fourth until the other one came.
    assert!(world.done(1) > 5_700.0, "{}", world.done(1));
}

#[test]
fn who_was_away_has_saved_nothing_up() {
    let mut world = World::new(&[(1, 10 * MS), (2, 10 * MS)]);
    for _ in 0..10 {
        world.send(client(1));
    }
    let start = world.now;
    while world.step(start + 10_000 * MS, &[client(1)]) {}
    let before = world.done(1);
    for _ in 0..10 {
        world.send(client(2));
    }
    while world.step(start + 11_000 * MS, &[client(1), client(2)]) {}
    let (one, two) = (world.done(1) - before, world.done(2));
    assert!((0.9..1.1).contains(&(one / two)), "{one} {two}");
}

#[tokio::test]
async fn a_line_is_bounded_and_says_when_to_come_back() {
    let queue = Queue::new(QueueLimits {
        wait: Duration::from_mins(1),
        ..LIMITS
    });
    let mut places = Vec::new();
    for _ in 0..4 {
        places.push(queue.place(client(1)).await.unwrap());
    }
    let waiting: Vec<_> = (0..8)
        .map(|_| {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move { queue.place(client(1)).await.map(drop) })
        })
        .collect();
    tokio::task::yield_now().await;
    let refused = queue.place(client(1)).await.unwrap_err();
    assert_eq!(refused.reason, OverloadReason::Waiting);
    // Nine of 20 ms each over four places.
    assert_eq!(refused.retry_after, 45 * MS);
    assert!(refused.to_string().ends_with("try again in 1 s"), "{refused}");
    // The next one, who asks before sending anything, is told the turn after that, and nobody else is.
    let next = queue.turns_away(client(1)).map(|refused| refused.retry_after);
    assert!(
        next.is_some_and(|next| next > 45 * MS && next <= 50 * MS),
        "{next:?}"
    );
    assert_eq!(queue.turns_away(client(2)), None);
    // Another client does not wait behind them.
    let other = Arc::clone(&queue);
    let other = tokio::spawn(async move { other.place(client(2)).await });
    tokio::task::yield_now().await;
    drop(places.pop());
    drop(other.await.unwrap().unwrap());
    drop(places);
    for task in waiting {
        task.await.unwrap().unwrap();
    }
    assert_eq!(queue.turns_away(client(1)), None);
    drop(queue.place(client(1)).await.unwrap());
}

#[tokio::test]
async fn nobody_waits_for_ever_and_who_leaves_leaves_nothing() {
    let queue = Queue::new(LIMITS);
    let mut places = Vec::new();
    for _ in 0..4 {
        places.push(queue.place(client(1)).await.unwrap());
    }
    let refused = queue.place(client(1)).await.unwrap_err();
    assert_eq!(refused.reason, OverloadReason::Waited);
    // Who hangs up while waiting is not served, and its place goes to the next.
    for _ in 0..20 {
        let gone = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.place(client(1)).await.map(drop) }
        });
        tokio::task::yield_now().await;
        gone.abort();
        gone.await.unwrap_err();
        // Nothing is kept free for who left.
        assert_eq!(queue.state().waiting(client(1)), 0);
    }
    drop(places);
    let mut places = Vec::new();
    for _ in 0..4 {
        places.push(queue.place(client(1)).await.unwrap());
    }
    assert_eq!(queue.state().running, 4);
    drop(places);
    assert_eq!(queue.state().running, 0);
}

#[test]
fn time_in_plugins_is_on_a_budget() {
    let mut state = State::default();
    let start = Instant::now();
    let mut over = |number, at: Instant| state.overspent(client(number), at, &LIMITS);
    assert_eq!(over(1, start), None);
    assert_eq!(over(2, start), None);
    state.change(client(1), |line| line.spend(1_000 * MS));
    let mut over = |number, at: Instant| state.overspent(client(number), at, &LIMITS);
    assert_eq!(over(1, start), None);
    state.change(client(1), |line| line.spend(250 * MS));
    let mut over = |number, at: Instant| state.overspent(client(number), at, &LIMITS);
    assert_eq!(over(1, start), Some(2_500 * MS));
    assert_eq!(over(2, start), None);
    assert_eq!(over(1, start + 2_000 * MS), Some(500 * MS));
    assert_eq!(over(1, start + 2_501 * MS), None);
    // Twice as much with twice the weight.
    state.change(client(2), |line| line.weight = 2);
    state.change(client(2), |line| line.spend(2_200 * MS));
    assert_eq!(state.overspent(client(2), start, &LIMITS), Some(1_000 * MS));
}

#[tokio::test]
async fn who_overran_the_budget_is_told_when_to_come_back() {
    let queue = Queue::new(LIMITS);
    drop(queue.place(client(1)).await.unwrap());
    queue.spend(client(1), Duration::from_mins(1));
    let refused = queue.place(client(1)).await.unwrap_err();
    assert_eq!(refused.reason, OverloadReason::GuestTime);
    assert!(refused.retry_after > Duration::from_secs(580), "{refused}");
    let early = queue.turns_away(client(1)).map(|refused| refused.reason);
    assert_eq!(early, Some(OverloadReason::GuestTime));
    drop(queue.place(client(2)).await.unwrap());
}

#[test]
fn clients_that_are_gone_are_forgotten() {
    let mut world = World::new(&[]);
    for number in 0..10_000 {
        world.state.arrive(client(number), world.now, &LIMITS);
        if number % 1_000 == 0 {
            world.now += Duration::from_secs(3);
        }
    }
    let lines = world.state.lines();
    assert!(lines <= super::state::MANY, "{lines}");
}

/// Handing places over takes no longer the more clients wait.
#[test]
fn many_clients_that_wait_hold_up_no_handover() {
    const CLIENTS: u128 = 20_000;
    let takes: Vec<_> = (0..CLIENTS).map(|number| (number, MS)).collect();
    let mut world = World::new(&takes);
    let start = std::time::Instant::now();
    for number in 0..CLIENTS {
        world.send(client(number));
    }
    let end = world.now + Duration::from_mins(1);
    while world.step(end, &[]) {}
    assert_eq!(world.done.len(), takes.len());
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

use std::task::Waker;

use super::*;

fn waking(clock: &VirtualClock, until: u64) -> Waking<'_> {
    Waking {
        clock,
        until,
        announced: false,
    }
}

fn poll(waking: &mut Waking<'_>) -> Poll<()> {
    Pin::new(waking).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_sleep_moves_the_clock_and_does_not_wait() {
    let clock = VirtualClock::default();
    let until = START + 3_600_000_000_000;
    let mut sleep = waking(&clock, until);
    assert!(poll(&mut sleep).is_pending());
    assert!(poll(&mut sleep).is_ready());
    assert_eq!(clock.now.load(Ordering::Relaxed), until);
}

#[test]
fn of_two_sleeps_the_earlier_ends_first() {
    let clock = VirtualClock::default();
    let (mut long, mut short) = (waking(&clock, START + 1_000_000), waking(&clock, START + 500_000));
    assert!(poll(&mut long).is_pending());
    assert!(poll(&mut short).is_pending());
    assert!(poll(&mut long).is_pending());
    assert!(poll(&mut short).is_ready());
    assert_eq!(clock.now.load(Ordering::Relaxed), START + 500_000);
}

#[test]
fn asking_whether_a_sleep_is_over_does_not_end_it_but_takes_time() {
    let clock = VirtualClock::default();
    let until = START + 10 * LOOK;
    let looks = (0..100)
        .take_while(|_| poll(&mut waking(&clock, until)).is_pending())
        .count();
    assert_eq!(looks, 9);
}

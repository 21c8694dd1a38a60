//! Fuel is counted in an engine made for it, and nowhere else.

use assay_domain::{ErrorCode, Phase};
use assay_engine::EngineOptions;

use super::guest::{Host, assert_failed, done, failure};

fn metering(fuel: u64) -> Host {
    Host::with(EngineOptions {
        concurrent_calls: 2,
        fuel: Some(fuel),
        ..EngineOptions::default()
    })
}

#[tokio::test]
async fn an_endless_loop_burns_all_of_it_in_the_phase_that_it_is_in() {
    for (guest, phase) in [
        ("loop_in_start", Phase::Instantiate),
        ("loop_in_realloc", Phase::Prepare),
        ("loop_in_validate", Phase::Call),
        ("spin_on_log", Phase::Call),
    ] {
        let host = metering(100_000);
        let call = host.call(guest, "{}").await;
        assert_eq!(call.usage.fuel, Some(100_000), "{guest}");
        assert!(call.is_replayable());
        assert_failed(&failure(call), ErrorCode::Fuel, phase);
        host.is_fine().await;
    }
}

#[tokio::test]
async fn the_same_call_burns_the_same_on_every_engine() {
    let mut burnt = Vec::new();
    for data in ["{}", "{}", "{\"a\":1}"] {
        let call = metering(1 << 30).call("echo", data).await;
        burnt.push(call.usage.fuel.unwrap());
        done(call);
    }
    assert!(burnt[0] > 0 && burnt[0] == burnt[1], "{burnt:?}");
    assert_eq!(Host::new().call("echo", "{}").await.usage.fuel, None);
}

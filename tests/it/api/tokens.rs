//! Whose requests are answered.

use std::time::Duration;

use assay_api::auth::{SigningKey, issue};
use assay_domain::{Actor, ClientId, FixedClock, Role};
use assay_store::clients::ClientStatus;
use reqwest::Method;

use super::host::Host;

async fn list(host: &Host, authorization: Option<String>) -> super::host::Answer {
    let request = host.request(Method::GET, "/v1/processes");
    host.send(match authorization {
        Some(text) => request.header("authorization", text),
        None => request,
    })
    .await
}

#[tokio::test]
async fn a_request_without_a_good_token_is_not_answered() {
    let host = Host::empty().await;
    let none = list(&host, None).await;
    none.problem(401, "token-missing");
    assert!(none.header("www-authenticate").starts_with("Bearer"));
    list(&host, Some("Basic YTpi".to_owned()))
        .await
        .problem(401, "token-missing");
    list(&host, Some("Bearer nonsense".to_owned()))
        .await
        .problem(401, "token-invalid");

    let actor = Actor {
        client: Some(host.acme),
        role: Role::Viewer,
        subject: "test".to_owned(),
    };
    let foreign = SigningKey::from_secret(&[2; 32]);
    let clock = assay_domain::SystemClock;
    let foreign = issue(&foreign, &actor, Duration::from_mins(1), &clock).unwrap();
    list(&host, Some(format!("Bearer {foreign}")))
        .await
        .problem(401, "token-invalid");

    let yesterday = FixedClock(assay_domain::Clock::now(&clock) - chrono::TimeDelta::days(1));
    let old = issue(
        &SigningKey::from_secret(&[1; 32]),
        &actor,
        Duration::from_mins(1),
        &yesterday,
    )
    .unwrap();
    let expired = list(&host, Some(format!("Bearer {old}"))).await;
    expired.problem(401, "token-expired");
    assert!(expired.header("www-authenticate").contains("expired"));

    let good = host.token(host.acme, Role::Viewer);
    assert_eq!(list(&host, Some(format!("Bearer {good}"))).await.status, 200);
}

#[tokio::test]
async fn a_suspended_client_is_told_so_and_comes_back() {
    let host = Host::new().await;
    let mut tx = host.database.store.begin_platform().await.unwrap();
    assert!(
        tx.set_client_status(host.acme, ClientStatus::Suspended)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let before = host.written().await;
    host.submit("payroll_v1", &super::host::payslip())
        .await
        .problem(403, "client-suspended");
    for path in ["/v1/processes", "/v1/configurations/payroll_v1", "/v1/plugins"] {
        host.get(path).await.problem(403, "client-suspended");
    }
    assert_eq!(host.written().await, before);
    let mut tx = host.database.store.begin_platform().await.unwrap();
    tx.set_client_status(host.acme, ClientStatus::Active)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    host.is_fine().await;
}

#[tokio::test]
async fn a_client_that_does_not_exist() {
    let host = Host::empty().await;
    let nobody = host.token(ClientId(uuid::Uuid::now_v7()), Role::Viewer);
    list(&host, Some(format!("Bearer {nobody}")))
        .await
        .problem(403, "client-inactive");
}

//! A process from acceptance to verdict, as rows.

use assay_domain::{
    Digest, DocumentId, DocumentStatus, IngestionSource, Outcome, ProcessId, ProcessStatus, Stage, Verdict,
    World,
};
use assay_store::documents::FinishedDocument;
use assay_store::processes::{FinishedProcess, NewProcess, ProcessFilter};
use assay_store::{PageRequest, StoreError};
use serde_json::json;
use uuid::Uuid;

use super::sample::{at, configure, document, invocation, payroll, platform, process};
use crate::support::database::Database;

fn finished(id: ProcessId, expected: ProcessStatus) -> FinishedProcess<'static> {
    FinishedProcess {
        id,
        expected,
        status: ProcessStatus::Completed,
        stage: Stage::Output,
        verdict: Some(Verdict::Accepted),
        requires_review: false,
        overall_confidence: Some("0.970".parse().unwrap()),
        extraction_result: None,
        validation_result: None,
        final_output: None,
        error: None,
        at: at(60),
    }
}

#[tokio::test]
async fn from_acceptance_to_verdict() {
    let database = Database::new().await;
    let release = platform(&database.store).await;
    let client = database.client("a").await;
    let mut tx = database.store.begin(client).await.unwrap();
    configure(&mut tx, "shared").await;
    let content = b"{ \"net\": 1.10 }";
    let (id, document_id) = process(&mut tx, 0, release.id, content).await;
    tx.commit().await.unwrap();

    let mut tx = database.store.begin(client).await.unwrap();
    assert_eq!(
        tx.content(Digest::of(content)).await.unwrap().as_deref(),
        Some(&content[..])
    );
    let text = r#"{"findings":[{"actual":1.10,"expected":12345678901234567890.12,"rule":"net"}]}"#;
    let findings: serde_json::Value = serde_json::from_str(text).unwrap();
    let mut call = invocation(id, document_id, release.id);
    tx.insert_invocation(&call).await.unwrap();
    let failed = call.clone();
    call.id = assay_domain::InvocationId::new(at(2));
    call.outcome = Outcome::Done(b"{\"a\": 1}".to_vec());
    call.replayable = false;
    tx.insert_invocation(&call).await.unwrap();
    let mut declined = call.clone();
    declined.id = assay_domain::InvocationId::new(at(3));
    declined.outcome = Outcome::Declined {
        case: "malformed".into(),
        message: "not what it says".into(),
    };
    tx.insert_invocation(&declined).await.unwrap();
    let data: serde_json::Value = serde_json::from_str(r#"{"net": 1.10, "exact": 0.1000}"#).unwrap();
    let flags = json!([{"name": "round", "weight": 0.25}]);
    let document_done = FinishedDocument {
        id: document_id,
        status: DocumentStatus::Completed,
        extracted_data: Some(&data),
        extraction_confidence: Some("0.97".parse().unwrap()),
        fraud_score: Some("0.25".parse().unwrap()),
        fraud_flags: Some(&flags),
    };
    assert!(tx.finish_document(&document_done).await.unwrap());
    let done = FinishedProcess {
        validation_result: Some(&findings),
        ..finished(id, ProcessStatus::Pending)
    };
    assert!(tx.finish_process(&done).await.unwrap());
    tx.commit().await.unwrap();

    let mut tx = database.store.begin(client).await.unwrap();
    assert!(
        !tx.finish_process(&done).await.unwrap(),
        "somebody else finished it"
    );
    let stored = tx.process(id).await.unwrap().unwrap();
    assert_eq!(stored.summary.verdict, Some(Verdict::Accepted));
    assert_eq!(stored.summary.received_at, at(0));
    assert_eq!(stored.summary.completed_at, Some(at(60)));
    assert_eq!(
        stored.summary.overall_confidence.unwrap().to_string(),
        "0.970",
        "as it was written"
    );
    assert_eq!(stored.releases, [(World::Validator, release.id)]);
    assert_eq!(
        stored.validation_result.unwrap().to_string(),
        text,
        "numbers as they were written"
    );
    let documents = tx.documents(id).await.unwrap();
    let found = documents.first().unwrap();
    assert_eq!(found.storage_url, format!("sha256:{}", Digest::of(content)));
    assert_eq!(
        found.extracted_data.as_ref().unwrap().to_string(),
        data.to_string()
    );
    assert_eq!(found.fraud_flags, Some(flags));
    assert_eq!(found.fraud_score.unwrap().to_string(), "0.25");
    assert_eq!(
        tx.invocations(id).await.unwrap(),
        [failed, call.clone(), declined]
    );
    assert_eq!(tx.invocation(call.id).await.unwrap(), Some(call));
}

#[tokio::test]
async fn a_status_and_what_belongs_to_it_go_together() {
    let database = Database::new().await;
    let release = platform(&database.store).await;
    let client = database.client("a").await;
    let mut tx = database.store.begin(client).await.unwrap();
    configure(&mut tx, "shared").await;
    let (id, _) = process(&mut tx, 0, release.id, b"1").await;
    tx.commit().await.unwrap();
    let base = finished(id, ProcessStatus::Pending);
    for (wrong, constraint) in [
        (
            FinishedProcess {
                verdict: None,
                ..base
            },
            "processes_decided_check",
        ),
        (
            FinishedProcess {
                status: ProcessStatus::Failed,
                verdict: None,
                ..base
            },
            "processes_error_check",
        ),
        (
            FinishedProcess {
                overall_confidence: Some("1.1".parse().unwrap()),
                ..base
            },
            "processes_overall_confidence_check",
        ),
    ] {
        let mut tx = database.store.begin(client).await.unwrap();
        let error = tx.finish_process(&wrong).await.unwrap_err();
        assert_eq!(error.constraint(), Some(constraint), "{error:?}");
    }
}

#[tokio::test]
async fn pages_go_on_where_they_ended() {
    let database = Database::new().await;
    let release = platform(&database.store).await;
    let client = database.client("a").await;
    let mut tx = database.store.begin(client).await.unwrap();
    configure(&mut tx, "shared").await;
    let mut ids = Vec::new();
    for n in 0..5 {
        // Two at the same moment: the id decides.
        ids.push(process(&mut tx, n / 2, release.id, b"1").await.0);
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = tx
            .processes(&ProcessFilter::default(), &PageRequest::new(2, after))
            .await
            .unwrap();
        assert!(page.items.len() <= 2);
        seen.extend(page.items.iter().map(|item| item.id));
        // Newer ones don't shift what comes.
        process(&mut tx, 100, release.id, b"1").await;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    ids.sort_unstable();
    ids.reverse();
    assert_eq!(seen, ids, "each once, newest first");
    let with = |status| ProcessFilter {
        status: Some(status),
        ..ProcessFilter::default()
    };
    let pending = tx
        .processes(&with(ProcessStatus::Pending), &PageRequest::new(200, None))
        .await
        .unwrap();
    assert_eq!(pending.items.len(), 8);
    let none = tx
        .processes(&with(ProcessStatus::Failed), &PageRequest::new(2, None))
        .await
        .unwrap();
    assert!(none.items.is_empty() && none.next.is_none());
}

/// Bytes are kept once per client, and a transaction that breaks off leaves nothing.
#[tokio::test]
async fn documents_share_content_and_nothing_is_half_written() {
    let database = Database::new().await;
    let release = platform(&database.store).await;
    let client = database.client("a").await;
    let mut tx = database.store.begin(client).await.unwrap();
    configure(&mut tx, "shared").await;
    tx.commit().await.unwrap();
    let ids: Vec<_> = (0..3).map(|n| DocumentId::new(at(n))).collect();
    let submit = async |positions: [i32; 3]| -> Result<(), StoreError> {
        let documents: Vec<_> = ids
            .iter()
            .zip(positions)
            .map(|(id, position)| document(*id, position, if position == 1 { b"one" } else { b"two" }))
            .collect();
        let mut tx = database.store.begin(client).await?;
        tx.insert_process(&NewProcess {
            id: ProcessId::new(at(0)),
            process_type: &payroll(),
            config_version: 1,
            source: IngestionSource::Web,
            correlation_id: Uuid::new_v4(),
            host: Uuid::new_v4(),
            received_event: None,
            submitted_by: "ann",
            received_at: at(0),
            input: None,
            releases: &[(World::Validator, release.id)],
            documents: &documents,
        })
        .await?;
        tx.commit().await
    };
    let error = submit([0, 1, 1]).await.unwrap_err();
    assert_eq!(error.constraint(), Some("documents_position_key"), "{error:?}");
    let mut admin = database.admin().await;
    let count = "SELECT (SELECT count(*) FROM processes) + (SELECT count(*) FROM documents)
                 + (SELECT count(*) FROM document_contents)";
    let rows: i64 = sqlx::query_scalar(count).fetch_one(&mut admin).await.unwrap();
    assert_eq!(rows, 0);
    submit([0, 1, 2]).await.unwrap();
    let rows: i64 = sqlx::query_scalar(count).fetch_one(&mut admin).await.unwrap();
    assert_eq!(rows, 1 + 3 + 2);
}

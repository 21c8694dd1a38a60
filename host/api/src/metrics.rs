//! Prometheus metrics.
//!
//! The host's crates count with the `metrics` facade under names that begin with `assay_`; durations are histograms
//! in seconds whose name ends in `_duration_seconds`. A fresh plugin call takes tens of microseconds, so the buckets
//! begin there.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::problem::{Code, Problem};
use crate::state::Api;

/// Upper bounds of the buckets of every duration, in seconds: 10 µs to 30 s, in steps of about 2.
const BUCKETS: &[f64] = &[
    0.000_01, 0.000_02, 0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2,
    0.5, 1.0, 2.0, 5.0, 10.0, 30.0,
];

/// Where this process's metrics are read. There is one recorder per process.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

/// Makes this process count.
///
/// # Errors
/// A recorder is installed already.
pub fn install() -> Result<Metrics, BuildError> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_duration_seconds".to_owned()), BUCKETS)?;
    let handle = builder.install_recorder()?;
    metrics::describe_histogram!(
        "assay_http_request_duration_seconds",
        "Requests, by method, route and status."
    );
    metrics::describe_histogram!(
        "assay_invocation_duration_seconds",
        "Plugin calls, by world and outcome."
    );
    for (name, says) in [
        (
            "assay_site_snapshot_duration_seconds",
            "Snapshots of sites that the host makes by itself.",
        ),
        (
            "assay_site_archive_duration_seconds",
            "Batches of old entries of sites' logs that move to the archive.",
        ),
        (
            "assay_site_log_duration_seconds",
            "Pages of sites' logs that are read.",
        ),
    ] {
        metrics::describe_histogram!(name, says);
    }
    for (name, says) in [
        (
            "assay_site_log_archived_total",
            "Entries of sites' logs that moved to the archive.",
        ),
        (
            "assay_site_resolutions_total",
            "Questions to the resolver about sites as they stand.",
        ),
        (
            "assay_site_dependency_reads_total",
            "Answers about dependencies, by where they came from.",
        ),
        (
            "assay_site_revalidations_total",
            "Sites that were looked at again, by whether they were touched.",
        ),
    ] {
        metrics::describe_counter!(name, says);
    }
    metrics::describe_gauge!(
        "assay_site_table_rows",
        "Rows of the tables that grow with sites, estimated."
    );
    metrics::describe_gauge!(
        "assay_site_table_bytes",
        "Bytes of the tables that grow with sites."
    );
    Ok(Metrics(handle))
}

/// The metrics in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses(
    (status = 200, description = "The metrics of this process.", body = String, content_type = "text/plain; version=0.0.4")
))]
pub(crate) async fn serve(State(api): State<Api>) -> Result<Response, Problem> {
    let Some(metrics) = &api.options.metrics else {
        return Err(Problem::new(Code::NotFound, "this process collects no metrics"));
    };
    metrics.0.run_upkeep();
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.0.render()).into_response())
}

//! How the host ends: it says that it is not ready, finishes what it accepted, and stops what it started.

use std::time::Duration;

use assay_api::{Draining, Router};
use assay_service::Services;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// How long requests and accepted work may take after a signal.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long the head of a request may take to arrive.
const HEAD: Duration = Duration::from_secs(30);

/// Resolves at the first SIGINT or SIGTERM.
pub(crate) async fn stopped() -> std::io::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Waits until all accepted work is done, at most [`PATIENCE`].
pub(crate) async fn finish(services: &Services) {
    if tokio::time::timeout(PATIENCE, services.drain()).await.is_err() {
        tracing::warn!("not everything was finished in time; the next start takes it over");
    }
}

/// Serves until a signal, then until what is under way is done, at most [`PATIENCE`].
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    services: &Services,
    draining: Draining,
) -> anyhow::Result<()> {
    let (tell, told) = tokio::sync::oneshot::channel::<()>();
    let mut serving = tokio::spawn(assay_api::serve(listener, router, HEAD, async move {
        // Told, or dropped: either way it is time.
        let _ = told.await;
    }));
    tokio::select! {
        ended = &mut serving => ended?,
        signal = stopped() => {
            signal?;
            tracing::info!("stopping: finishing what was accepted");
            draining.begin();
            drop(tell);
            let finishing = async {
                let ended = serving.await;
                services.drain().await;
                ended
            };
            tokio::select! {
                ended = tokio::time::timeout(PATIENCE, finishing) => {
                    if let Ok(ended) = ended {
                        ended?;
                    } else {
                        tracing::warn!("not everything was finished in time; the next start takes it over");
                    }
                }
                again = stopped() => {
                    again?;
                    tracing::warn!("stopped at once; the next start takes over what was not finished");
                }
            }
        }
    }
    Ok(())
}

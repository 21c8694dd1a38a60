//! What every handler can reach.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use assay_service::Services;

use crate::auth::Auth;
use crate::metrics::Metrics;

/// Whether the host is about to stop: then it says that it is not ready, while requests that come are still served.
#[derive(Clone, Debug, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// From now on the host is not ready.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is about to stop.
    pub fn begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Bounds and switches of the interface.
#[derive(Clone, Debug)]
pub struct ApiOptions {
    /// Most bytes of the body of a submission: a document of the largest size as base64, and what stands around it.
    pub submission_bytes: usize,
    /// Most bytes of a component.
    pub component_bytes: usize,
    /// Most bytes of a configuration.
    pub configuration_bytes: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// What `/metrics` shows; without it the route says that there is nothing.
    pub metrics: Option<Metrics>,
    /// Set when the host is about to stop.
    pub draining: Draining,
}

impl Default for ApiOptions {
    fn default() -> Self {
        Self {
            submission_bytes: 16 << 20,
            component_bytes: 32 << 20,
            configuration_bytes: 1 << 20,
            body_timeout: Duration::from_mins(1),
            metrics: None,
            draining: Draining::default(),
        }
    }
}

/// What every handler can reach; cheap to clone.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) services: Services,
    pub(crate) auth: Arc<Auth>,
    pub(crate) options: Arc<ApiOptions>,
}

impl Api {
    pub(crate) fn new(services: Services, auth: Auth, options: ApiOptions) -> Self {
        Self {
            services,
            auth: Arc::new(auth),
            options: Arc::new(options),
        }
    }
}

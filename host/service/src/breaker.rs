//! Releases that fail one call after the other are left alone for a while.
//!
//! Invariant: what one client's documents do to a release is that client's alone, under one version of a configuration:
//! each has its own count, so that nobody can switch a shared plugin off for others, and what is mended works at once. A refused submission is not stored. Deliberately absent: other
//! hosts, which count for themselves.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use assay_domain::{ClientId, ConfigId, ErrorCode, Failure, Outcome, PluginName, ReleaseId};
use lru::LruCache;

use crate::queue::whole_seconds;

/// So many failures in a row are no coincidence.
const FAILURES: u32 = 10;

/// How long a release is left alone at first; then twice as long each time.
const PAUSE: Duration = Duration::from_secs(5);

/// And at most.
const LONGEST: Duration = Duration::from_mins(5);

/// How many releases that failed lately are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(10_000).expect("a constant above zero");

/// A release fails whatever it is given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the plugin `{name}` {version} failed {failures} times in a row, last with `{code}`; it is tried again in {} s",
    whole_seconds(.retry_after)
)]
pub struct Failing {
    /// The plugin.
    pub name: PluginName,
    /// The release.
    pub version: semver::Version,
    /// How often.
    pub failures: u32,
    /// How it failed last.
    pub code: ErrorCode,
    /// When a submission is let through to see.
    pub retry_after: Duration,
}

/// What is called for whom, as it is configured: settings, rules and limits that are mended begin anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Called {
    pub(crate) client: ClientId,
    pub(crate) release: ReleaseId,
    pub(crate) configuration: ConfigId,
}

#[derive(Debug)]
struct Broken {
    failures: u32,
    code: ErrorCode,
    /// Nobody is let through before; then one is, and the next after another pause.
    until: Instant,
    pause: Duration,
    /// Whether one was let through to see, and has not ended.
    probing: bool,
}

/// Which releases fail for whom.
#[derive(Debug)]
pub(crate) struct Breaker(Mutex<LruCache<Called, Broken>>);

impl Default for Breaker {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(REMEMBERED)))
    }
}

impl Breaker {
    fn broken(&self) -> MutexGuard<'_, LruCache<Called, Broken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a client's submission may have this release called.
    pub(crate) fn allows(
        &self,
        called: Called,
        name: &PluginName,
        version: &semver::Version,
        now: Instant,
    ) -> Result<(), Failing> {
        let mut all = self.broken();
        let Some(broken) = all.get_mut(&called) else {
            return Ok(());
        };
        if broken.failures < FAILURES {
            return Ok(());
        }
        if now >= broken.until {
            // This one is let through to see; those after it wait for what it finds, or for the pause.
            broken.until = now + broken.pause;
            broken.probing = true;
            return Ok(());
        }
        Err(Failing {
            name: name.clone(),
            version: version.clone(),
            failures: broken.failures,
            code: broken.code,
            retry_after: broken.until - now,
        })
    }

    /// Notes how a call went.
    pub(crate) fn note<T>(&self, called: Called, outcome: &Outcome<T>, now: Instant) {
        let mut all = self.broken();
        let Some(failure) = fault(outcome) else {
            // A call that came to an end shows that it works, unless the host ended it.
            if !matches!(outcome, Outcome::Failed(_)) {
                all.pop(&called);
            }
            return;
        };
        let broken = all.get_or_insert_mut(called, || Broken {
            failures: 0,
            code: failure.code,
            until: now,
            pause: PAUSE,
            probing: false,
        });
        broken.failures = broken.failures.saturating_add(1);
        broken.code = failure.code;
        if broken.failures == FAILURES {
            broken.until = now + broken.pause;
        } else if std::mem::take(&mut broken.probing) {
            // Those that were under way when it was found out don't count: only who was sent to see.
            broken.pause = (broken.pause * 2).min(LONGEST);
            broken.until = now + broken.pause;
        }
    }
}

/// What the guest did wrong; none of what the host could not.
fn fault<T>(outcome: &Outcome<T>) -> Option<&Failure> {
    match outcome {
        Outcome::Failed(failure) if failure.code != ErrorCode::Unavailable => Some(failure),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

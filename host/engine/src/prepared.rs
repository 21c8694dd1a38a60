//! A plugin together with what it is told: what is called.
//!
//! Invariant: settings and rules never change, so that a snapshot of the memory that `prepare` left serves every call.
//! Deliberately absent: how a snapshot is made, and what is done with one call.

use std::sync::Arc;

use assay_domain::{Digest, World};
use tokio::sync::OnceCell;

use crate::load::Plugin;
use crate::snapshot::NoSnapshot;

/// Raise it when a snapshot of the same component would come out differently: the rewriting crate's version belongs to it.
const FORMAT: &str = "assay snapshot 2, wizer 48";

/// A plugin that is told its settings and rules, for one of its worlds.
pub struct Prepared {
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) world: World,
    settings: String,
    rules: String,
    settings_digest: Digest,
    rules_digest: Digest,
    pub(crate) snapshot: OnceCell<Result<Arc<Plugin>, NoSnapshot>>,
}

impl Prepared {
    /// Binds a plugin to settings and rules, both JSON; extractors do not get the rules.
    pub fn new(
        plugin: Arc<Plugin>,
        world: World,
        settings: impl Into<String>,
        rules: impl Into<String>,
    ) -> Self {
        let (settings, rules) = (settings.into(), rules.into());
        Self {
            settings_digest: Digest::of(settings.as_bytes()),
            rules_digest: Digest::of(rules.as_bytes()),
            snapshot: OnceCell::new(),
            plugin,
            world,
            settings,
            rules,
        }
    }

    /// The settings, JSON.
    pub fn settings(&self) -> &str {
        &self.settings
    }

    /// The rules, JSON.
    pub fn rules(&self) -> &str {
        &self.rules
    }

    /// SHA-256 of the settings' bytes.
    pub fn settings_digest(&self) -> Digest {
        self.settings_digest
    }

    /// SHA-256 of the rules' bytes.
    pub fn rules_digest(&self) -> Digest {
        self.rules_digest
    }

    /// Whether calls start from a snapshot, or why not; none when nobody has tried yet.
    pub fn snapshot(&self) -> Option<Result<(), &NoSnapshot>> {
        self.snapshot.get().map(|made| made.as_ref().map(|_| ()))
    }

    /// Names the snapshot: equal for the same component that is told the same.
    pub(crate) fn key(&self) -> Digest {
        let parts = [
            FORMAT,
            &self.plugin.digest.to_string(),
            self.world.as_str(),
            &self.settings_digest.to_string(),
            &self.rules_digest.to_string(),
        ];
        Digest::of(parts.join("\0").as_bytes())
    }

    /// The plugin whose instances a call starts from, and whether they still have to be told.
    pub(crate) fn start(&self) -> (&Plugin, bool) {
        match self.snapshot.get() {
            Some(Ok(snapshot)) => (snapshot, false),
            _ => (&self.plugin, true),
        }
    }
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Settings and rules are a tenant's own and stay out of logs.
        f.debug_struct("Prepared")
            .field("plugin", &self.plugin)
            .field("world", &self.world)
            .finish_non_exhaustive()
    }
}

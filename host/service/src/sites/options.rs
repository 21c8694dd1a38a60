//! How a host keeps its sites.

use chrono::TimeDelta;

use crate::vault::Vault;

/// How a host keeps its sites.
#[derive(Clone, Debug)]
pub struct SiteOptions {
    /// What encrypts and opens secret settings.
    pub vault: Vault,
    /// How often a site that changed is kept by itself, where the site says nothing else; none for never.
    pub snapshot_every: Option<TimeDelta>,
    /// How many of the snapshots that the host made by itself are kept per site, where the site says nothing else.
    pub snapshots_kept: i32,
    /// How old an entry of a site's log is when it moves to the archive; none for never.
    pub archive_after: Option<TimeDelta>,
}

impl Default for SiteOptions {
    fn default() -> Self {
        Self {
            vault: Vault::default(),
            snapshot_every: Some(TimeDelta::days(1)),
            snapshots_kept: 200,
            archive_after: Some(TimeDelta::days(400)),
        }
    }
}

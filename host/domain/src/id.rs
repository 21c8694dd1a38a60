//! Ids: one type per thing, so that one can't be passed for another. All are UUIDs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl $name {
            /// A new id: UUIDv7 of the given time (RFC 9562), so that ids sort by creation, with random bits.
            pub fn new(now: chrono::DateTime<chrono::Utc>) -> Self {
                let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
                let time = uuid::Timestamp::from_unix(uuid::NoContext, seconds, now.timestamp_subsec_nanos());
                Self(Uuid::new_v7(time))
            }
        }
    )+};
}

ids! {
    /// A client: a tenant, the unit of isolation.
    ClientId,
    /// A user of a client's portal.
    UserId,
    /// One version of a configuration.
    ConfigId,
    /// One job of one or more documents.
    ProcessId,
    /// One document of a process.
    DocumentId,
    /// One call of one release.
    InvocationId,
    /// One row of the audit log.
    AuditId,
    /// One outgoing event.
    EventId,
    /// One notification.
    NotificationId,
    /// One output action.
    ActionId,
    /// A plugin.
    PluginId,
    /// A release of a plugin.
    ReleaseId,
    /// What became of one upload of a plugin.
    RegistrationId,
    /// A site of a client.
    SiteId,
    /// One version of an extension's configuration at a site.
    VersionId,
    /// One signature under a version.
    SignoffId,
    /// One snapshot of a site.
    SnapshotId,
}

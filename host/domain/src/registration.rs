//! Registrations of plugins: how far one is, or how it ended.

use crate::process::named;

named! {
    /// `plugin_registrations.status`.
    RegistrationStatus {
        /// Accepted; others are worked on.
        Queued = "queued",
        /// Looked at without compiling anything.
        Checking = "checking",
        /// Waiting for the compiler, or compiled.
        Compiling = "compiling",
        /// Held against what it must import and export.
        Testing = "testing",
        /// It is a release.
        Registered = "registered",
        /// It can't be one, and why.
        Refused = "refused",
        /// The host could not finish it.
        Failed = "failed",
    }
}

impl RegistrationStatus {
    /// Whether it is not at its end.
    pub const fn is_under_way(self) -> bool {
        matches!(
            self,
            Self::Queued | Self::Checking | Self::Compiling | Self::Testing
        )
    }
}

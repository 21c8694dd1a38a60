//! Why nothing was done at a site, or nothing shown.

use assay_domain::{Aspect, ExtensionId, Problem, SiteId, SiteRole, SnapshotId};
use assay_store::{CursorError, StoreError};

use crate::access::{ClientRefused, NotAllowed};
use crate::processes::ReadError;

/// Why nothing was done at a site, or nothing shown.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The role does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The client is not served.
    #[error(transparent)]
    Client(#[from] ClientRefused),
    /// The caller is nothing at this site.
    #[error("you are no member of this site; its client's `admin` can make you one")]
    NotAMember,
    /// There is no such site.
    #[error("there is no site `{0}`")]
    NotFound(SiteId),
    /// It is not in use.
    #[error("the site `{0}` is inactive, so that nothing is changed there")]
    Inactive(SiteId),
    /// It can't be called so.
    #[error("a site's name has 1 to 256 characters")]
    Name,
    /// Another one is called so.
    #[error("there is a site `{0}` already; choose another name")]
    NameTaken(String),
    /// The client has no such user.
    #[error("the client has no user `{0}`; make the user first")]
    NoUser(String),
    /// It is not enabled there.
    #[error("`{0}` is not enabled at this site")]
    NotEnabled(ExtensionId),
    /// There is no such version of its configuration.
    #[error("`{extension}` has no version {version} at this site")]
    NoVersion {
        /// The extension.
        extension: ExtensionId,
        /// The number.
        version: i32,
    },
    /// There is no such snapshot of the site.
    #[error("the site has no snapshot `{0}`")]
    NoSnapshot(SnapshotId),
    /// A snapshot holds what this host can't read.
    #[error("the snapshot can't be read; was it made by a newer host? {0}")]
    Snapshot(String),
    /// There is no such conflict that is open.
    #[error("the site has no open conflict `{0}`")]
    NoConflict(String),
    /// What was asked can't be read; pointers lead into it.
    #[error("what was asked has {} problem(s)", .0.len())]
    Invalid(Vec<Problem>),
    /// It needs a reason.
    #[error("{0} needs a reason; say why")]
    NoReason(&'static str),
    /// A plugin could not check its configuration.
    #[error("the configuration can't be checked: {0}")]
    Check(String),
    /// The plugin that is to resolve the site is not there.
    #[error("the site's resolver `{resolver}` can't be used: {why}")]
    NoResolver {
        /// The plugin.
        resolver: String,
        /// Why not.
        why: String,
    },
    /// The resolver did not answer, or answered what does not hold.
    #[error("{0}; nothing was written")]
    Resolver(String),
    /// The client has more to do than is done at one time.
    #[error(transparent)]
    Overloaded(#[from] crate::queue::Overloaded),
    /// The site is not at the revision from which the caller decided.
    #[error("the site is at revision {current} and not at {given}; look at it and decide anew")]
    Moved {
        /// The one that was named.
        given: i64,
        /// The one that is there.
        current: i64,
    },
    /// Others changed the site again and again meanwhile.
    #[error("the site was changed by others {0} times while this was decided; look at it and try again")]
    Contended(u32),
    /// The caller's token names no user, and only users sign.
    #[error("`{0}` is no user of the client, and only a user can sign")]
    NotAUser(String),
    /// It is the signer's own.
    #[error("you made this version yourself; somebody else has to sign it")]
    OwnVersion,
    /// The extension wants nothing of the kind signed.
    #[error("`{extension}` has no aspect `{aspect}` to sign; it has {known}")]
    NoAspect {
        /// The extension.
        extension: ExtensionId,
        /// What was to be signed.
        aspect: Aspect,
        /// What there is.
        known: String,
    },
    /// Somebody else signs that.
    #[error("`{aspect}` is signed by the role `{needs}` at this site, which you do not have")]
    SiteRole {
        /// What was to be signed.
        aspect: Aspect,
        /// Who signs it.
        needs: SiteRole,
    },
    /// It is not what is configured any more.
    #[error("version {given} is not the current one, which is {current}; look at it before you sign")]
    StaleVersion {
        /// What was to be signed.
        given: i32,
        /// What is current.
        current: i32,
    },
    /// The signer signed it before.
    #[error("you have signed this already")]
    SignedAlready,
    /// Something secret can't be kept or opened.
    #[error(transparent)]
    Secret(#[from] crate::vault::SecretError),
    /// Another run of an import did it at this moment.
    #[error("another import did this entry at this moment")]
    ImportedMeanwhile,
    /// `after` is no place in this list.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// The database could not.
    #[error("the site could not be read or changed")]
    Store(#[from] StoreError),
}

impl From<ReadError> for SiteError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotAllowed(error) => Self::NotAllowed(error),
            ReadError::Client(error) => Self::Client(error),
            ReadError::Store(error) => Self::Store(error),
        }
    }
}

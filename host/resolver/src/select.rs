//! Chooses releases: which one of a plugin's releases a range selects, and why none when there is none.
//!
//! Invariant: pure; the answer depends on the set of releases and not on their order, and every sentence of an
//! explanation is a fact about that set. Absent: dependencies and conflicts between extensions, which the solver knows.

use semver::{Version, VersionReq};

/// One release that could be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its version.
    pub version: Version,
    /// Whether it was withdrawn: it stays where it is pinned and is chosen no more.
    pub yanked: bool,
    /// Whether it is in use: one that is not was published, or went back out of use.
    pub active: bool,
}

/// Why no release was chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// There are no releases.
    #[error("it has no releases; register one")]
    NoReleases,
    /// Some are in the range, all of them yanked.
    #[error("`{range}` selects only yanked releases ({versions}); publish a new one or widen the range")]
    Yanked {
        /// The range.
        range: VersionReq,
        /// The yanked ones that it selects.
        versions: String,
    },
    /// Some are in the range, none of them in use.
    #[error("`{range}` selects only releases that are not in use ({versions}); activate one")]
    Inactive {
        /// The range.
        range: VersionReq,
        /// The ones that it selects.
        versions: String,
    },
    /// Only pre-releases would be in the range.
    #[error(
        "`{range}` does not ask for pre-releases, and only these would fit: {versions}; name one in the range"
    )]
    PreReleaseOnly {
        /// The range.
        range: VersionReq,
        /// The pre-releases.
        versions: String,
    },
    /// None is in the range.
    #[error("`{range}` selects none of {versions}; change the range")]
    OutOfRange {
        /// The range.
        range: VersionReq,
        /// The releases there are, newest first, at most 16.
        versions: String,
    },
}

/// The newest release in a range that is in use and not yanked. As in Cargo, a pre-release is chosen only by a range that names
/// a pre-release of the same version.
///
/// # Errors
/// Why there is none.
pub fn select<'a>(range: &VersionReq, candidates: &'a [Candidate]) -> Result<&'a Version, SelectError> {
    let newest = |keep: &dyn Fn(&Candidate) -> bool| {
        let mut kept: Vec<_> = candidates
            .iter()
            .filter(|candidate| keep(candidate))
            .map(|c| &c.version)
            .collect();
        kept.sort_unstable_by(|a, b| b.cmp(a));
        kept
    };
    if let Some(version) = newest(&|c| c.active && !c.yanked && range.matches(&c.version)).first() {
        return Ok(version);
    }
    if candidates.is_empty() {
        return Err(SelectError::NoReleases);
    }
    let range = range.clone();
    let inactive = newest(&|c| !c.yanked && range.matches(&c.version));
    if !inactive.is_empty() {
        return Err(SelectError::Inactive {
            versions: list(&inactive),
            range,
        });
    }
    let yanked = newest(&|c| range.matches(&c.version));
    if !yanked.is_empty() {
        return Err(SelectError::Yanked {
            versions: list(&yanked),
            range,
        });
    }
    let pre = newest(&|c| !c.yanked && !c.version.pre.is_empty() && range.matches(&release_of(&c.version)));
    if !pre.is_empty() {
        return Err(SelectError::PreReleaseOnly {
            versions: list(&pre),
            range,
        });
    }
    Err(SelectError::OutOfRange {
        versions: list(&newest(&|_| true)),
        range,
    })
}

/// The releases in use that ranges would take for a newer form of `version`, as Cargo's caret does: those that stand in
/// the way when one goes back to it.
pub fn later_and_compatible<'a>(
    version: &Version,
    candidates: &'a [Candidate],
) -> impl Iterator<Item = &'a Version> {
    let line = |v: &Version| match (v.major, v.minor) {
        (0, 0) => (0, 0, v.patch),
        (0, minor) => (0, minor, 0),
        (major, _) => (major, 0, 0),
    };
    let (own, after) = (line(version), version.clone());
    let in_use = candidates.iter().filter(|candidate| candidate.active);
    in_use
        .map(|candidate| &candidate.version)
        .filter(move |other| line(other) == own && **other > after)
}

fn release_of(version: &Version) -> Version {
    Version::new(version.major, version.minor, version.patch)
}

fn list(versions: &[&Version]) -> String {
    let shown: Vec<_> = versions.iter().take(16).map(ToString::to_string).collect();
    let more = versions.len().saturating_sub(shown.len());
    if more == 0 {
        shown.join(", ")
    } else {
        format!("{} and {more} older", shown.join(", "))
    }
}

#[cfg(test)]
mod tests;

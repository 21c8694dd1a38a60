//! A stand-in.
#![expect(missing_docs, reason = "stand-in")]
use semver::{Version, VersionReq};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Cargo,
    Node,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    text: String,
    req: VersionReq,
}

#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct RangeError(String);

impl Range {
    pub fn parse(text: &str, _dialect: Dialect) -> Result<Self, RangeError> {
        let req = text.parse().map_err(|e: semver::Error| RangeError(e.to_string()))?;
        let text = text.to_owned();
        Ok(Self { text, req })
    }
    pub fn any(_dialect: Dialect) -> Self {
        Self {
            text: "*".to_owned(),
            req: VersionReq::STAR,
        }
    }
    pub fn matches(&self, version: &Version) -> bool {
        self.req.matches(version)
    }
    pub fn is_empty(&self) -> bool {
        false
    }
    pub fn text(&self) -> &str {
        &self.text
    }
    pub fn would_match_if_pre_releases_were_asked(&self, version: &Version) -> bool {
        !version.pre.is_empty()
            && !self.matches(version)
            && self.matches(&Version::new(version.major, version.minor, version.patch))
    }
    pub fn min_version(&self) -> Option<Version> {
        None
    }
}

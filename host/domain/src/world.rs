//! What a plugin can export.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A world of the WIT packages `assay:plugin@1.0.0` and `assay:resolver@1.0.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum World {
    /// Turns documents into data.
    Extractor,
    /// Judges data.
    Validator,
    /// Scores data for fraud.
    Scorer,
    /// Decides which extensions run together.
    Resolver,
}

impl World {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Extractor, Self::Validator, Self::Scorer, Self::Resolver];

    /// The name in WIT and in a manifest.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Extractor => "extractor",
            Self::Validator => "validator",
            Self::Scorer => "scorer",
            Self::Resolver => "resolver",
        }
    }

    /// The interface that a component of this world exports.
    pub const fn interface(self) -> &'static str {
        match self {
            Self::Extractor => "assay:plugin/extraction",
            Self::Validator => "assay:plugin/validation",
            Self::Scorer => "assay:plugin/scoring",
            Self::Resolver => "assay:resolver/resolution",
        }
    }
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for World {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|world| world.as_str() == text);
        known.ok_or_else(|| {
            format!(
                "unknown world `{}`: use extractor, validator, scorer or resolver",
                text.escape_default()
            )
        })
    }
}

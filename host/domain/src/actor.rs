//! Who asks.

use serde::{Deserialize, Serialize};

use crate::ClientId;

/// What a caller may do. `platform` is the host owner; the others are a client's users (docflow-ai.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The host owner: registers plugins for all clients.
    Platform,
    /// Configures a client.
    Admin,
    /// Submits and reviews.
    Operator,
    /// Reads.
    Viewer,
}

impl Role {
    /// The name in tokens and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::Viewer => "viewer",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Platform, Self::Admin, Self::Operator, Self::Viewer]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| {
                format!(
                    "unknown role `{}`: use platform, admin, operator or viewer",
                    text.escape_default()
                )
            })
    }
}

/// A caller, as the token says. `client` is none only for the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The client for whom the caller acts.
    pub client: Option<ClientId>,
    /// What the caller may do.
    pub role: Role,
    /// The token's subject, for the audit log.
    pub subject: String,
}

//! Who may do what, and whose turn it is not: roles and the state of the client.
//!
//! Absent: which rows are seen; row-level security decides that.

use assay_domain::{Actor, ClientId, Role};

/// The caller's role does not allow it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the role `{}` may not do this; it needs {needs}", .role.as_str())]
pub struct NotAllowed {
    /// The caller's.
    pub role: Role,
    /// What would do.
    pub needs: &'static str,
}

/// Why a client is not served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientRefused {
    /// Suspended: the data is kept, nothing is served.
    #[error("the client is suspended; its data is kept, and the host owner can lift it")]
    Suspended,
    /// Inactive.
    #[error("the client is inactive; its data is kept, and the host owner can activate it")]
    Inactive,
    /// There is no such client any more.
    #[error("the client of this token does not exist")]
    Unknown,
}

/// What an action needs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Need {
    Read,
    Submit,
    Configure,
    Register,
}

/// The client for whom a caller acts, if the role allows the action.
pub(crate) fn client(actor: &Actor, need: Need) -> Result<ClientId, NotAllowed> {
    let (allowed, needs): (&[Role], _) = match need {
        Need::Read => (&[Role::Admin, Role::Operator, Role::Viewer], "a role of a client"),
        Need::Submit => (&[Role::Admin, Role::Operator], "the role `operator` or `admin`"),
        Need::Configure | Need::Register => (&[Role::Admin], "the role `admin`"),
    };
    match actor.client {
        Some(client) if allowed.contains(&actor.role) => Ok(client),
        _ => Err(NotAllowed {
            role: actor.role,
            needs,
        }),
    }
}

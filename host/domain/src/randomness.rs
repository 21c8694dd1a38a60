//! Chance is passed in, as time is.

/// There are no random bytes now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random bytes")]
pub struct NoRandomness;

/// Where random bytes come from that nobody can guess.
pub trait Randomness: Send + Sync + std::fmt::Debug {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// There are none.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness>;
}

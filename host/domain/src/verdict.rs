//! From what plugins said to a verdict: the table of the design, in its order.

use rust_decimal::Decimal;

use crate::process::named;
use crate::{Finding, ProcessStatus, Severity};

named! {
    /// What became of a process's documents.
    Verdict {
        /// Nothing speaks against them.
        Accepted = "accepted",
        /// A finding of severity error does.
        Rejected = "rejected",
        /// A person has to decide.
        Review = "review",
    }
}

named! {
    /// `audit_logs.result`.
    AuditResult {
        /// Done, without errors in the document.
        Success = "SUCCESS",
        /// Something broke.
        Failed = "FAILED",
        /// Done, with errors in the document.
        Errors = "ERRORS",
    }
}

/// What a configuration says about deciding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Less confidence than this asks for review; 0 to 1.
    pub confidence: Decimal,
    /// This score or more asks for review; 0 to 1.
    pub fraud: Decimal,
    /// Whether the client has people who review.
    pub hitl: bool,
}

/// What a finished process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The verdict.
    pub verdict: Verdict,
    /// The process's status.
    pub status: ProcessStatus,
    /// Whether a person has to look.
    pub requires_review: bool,
    /// The audit row's result.
    pub audit: AuditResult,
}

/// Decides a process in which nothing broke.
///
/// `scores` are those of its documents, `confidence` the lowest extraction confidence (1 for submitted data).
pub fn decide<'a>(
    findings: impl IntoIterator<Item = &'a Finding>,
    scores: impl IntoIterator<Item = Decimal>,
    confidence: Decimal,
    thresholds: &Thresholds,
) -> Decision {
    let (mut error, mut review) = (false, confidence < thresholds.confidence);
    for finding in findings {
        error |= finding.severity == Severity::Error;
        review |= finding.review;
    }
    review |= scores.into_iter().any(|score| score >= thresholds.fraud);
    if error {
        return Decision {
            verdict: Verdict::Rejected,
            status: ProcessStatus::Completed,
            requires_review: false,
            audit: AuditResult::Errors,
        };
    }
    let (verdict, status) = match (review, thresholds.hitl) {
        (true, true) => (Verdict::Review, ProcessStatus::HitlReview),
        (true, false) => (Verdict::Review, ProcessStatus::Completed),
        (false, _) => (Verdict::Accepted, ProcessStatus::Completed),
    };
    Decision {
        verdict,
        status,
        requires_review: review,
        audit: AuditResult::Success,
    }
}

#[cfg(test)]
mod tests;

//! Every bound of the language in one place: what a set may hold when it is saved, and what one evaluation may do.
//!
//! Invariant: a set over a bound is refused by [`check`](crate::check); an evaluation that reaches one stops with a
//! finding that says so, never in silence.

/// Rules in one set.
pub const MAX_RULES: usize = 500;
/// Bytes of a path as written.
pub const MAX_PATH_BYTES: usize = 256;
/// Steps of a path: names, indexes and wildcards together.
pub const MAX_PATH_STEPS: usize = 32;
/// Wildcards in a path.
pub const MAX_WILDCARDS: usize = 4;
/// Bytes of a pattern as written.
pub const MAX_PATTERN_BYTES: usize = 512;
/// Bytes that a compiled pattern may take.
pub const MAX_PATTERN_SIZE: usize = 64 * 1024;
/// Bytes of a text that a pattern is tried on; a longer one is a finding.
pub const MAX_PATTERN_TEXT: usize = 16 * 1024;
/// Constants in the list of a membership rule.
pub const MAX_VALUES: usize = 1_000;
/// Bytes of a text constant.
pub const MAX_TEXT_BYTES: usize = 1_024;
/// Paths in one list of a sum.
pub const MAX_SUM_PATHS: usize = 32;
/// Paths and numbers in the product of one rule.
pub const MAX_FACTORS: usize = 8;
/// Places to which a product is rounded.
pub const MAX_PLACES: u64 = 10;
/// Paths beside the field that a value must be unique with.
pub const MAX_KEY_PATHS: usize = 8;
/// Days that `date_within_days` may name.
pub const MAX_DAYS: u64 = 366_000;
/// Levels of `all`, `any`, `not` and `where` in a condition.
pub const MAX_WHEN_DEPTH: usize = 8;
/// Conditions in one `when` or `where`, counted at all levels.
pub const MAX_CONDITIONS: usize = 32;
/// Bytes of a message template.
pub const MAX_MESSAGE_BYTES: usize = 512;
/// Bytes of a rule's `id`.
pub const MAX_ID_BYTES: usize = 128;
/// Problems reported for one set; one more says that there are others.
pub const MAX_PROBLEMS: usize = 100;
/// Findings of one evaluation; one more, [`FINDINGS_REACHED`], says that there may be others.
pub const MAX_FINDINGS: usize = 1_000;
/// Work of one evaluation, in steps: one per value looked at, more for long texts and for patterns on them. At the
/// end of it the evaluation stops with a finding [`WORK_REACHED`].
pub const MAX_WORK: u64 = 4_000_000;
/// Characters of a document's text that a finding repeats.
pub const MAX_SHOWN_CHARS: usize = 120;

/// `rule` of the finding that says that [`MAX_FINDINGS`] was reached. No rule can have an id that starts like it.
pub const FINDINGS_REACHED: &str = "limit:findings";
/// `rule` of the finding that says that [`MAX_WORK`] was reached.
pub const WORK_REACHED: &str = "limit:work";
/// The start of ids that no rule can have.
pub(crate) const RESERVED_ID: &str = "limit:";

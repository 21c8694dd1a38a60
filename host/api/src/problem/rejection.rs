//! What axum's extractors refuse, as problems.

use axum::extract::rejection::{PathRejection, QueryRejection};

use super::{Code, Problem};

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        match rejection {
            PathRejection::FailedToDeserializePathParams(error) => Self::new(
                Code::PathInvalid,
                format!("{}; see /openapi.json for its form", clip(&error.body_text())),
            ),
            other => Self::internal(other),
        }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        let detail = format!(
            "{}; see /openapi.json for the parameters",
            clip(&rejection.body_text())
        );
        Self::new(Code::QueryInvalid, detail)
    }
}

/// Parsers repeat what they were given; a caller does not need all of it back.
fn clip(text: &str) -> String {
    let clipped: String = text.chars().take(300).flat_map(visible).collect();
    clipped
}

fn visible(c: char) -> Vec<char> {
    if c.is_control() {
        c.escape_default().collect()
    } else {
        vec![c]
    }
}

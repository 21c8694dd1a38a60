//! `assay openapi`.

use crate::failure::Exit;
use crate::output::Output;

pub(crate) fn run(output: &Output) -> Exit {
    output.line(assay_api::openapi().trim_end());
    Exit::Done
}

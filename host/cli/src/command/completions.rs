//! `assay completions`.

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use crate::args::Arguments;
use crate::failure::Exit;

pub(crate) fn run(shell: Shell) -> Exit {
    generate(shell, &mut Arguments::command(), "assay", &mut std::io::stdout());
    Exit::Done
}

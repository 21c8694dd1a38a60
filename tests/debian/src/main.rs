//! The resolver against Debian 12: every package of main, and random sets of them, with dose-debcheck and libsolv's installcheck as
//! oracles. `cargo xtask debian` does all of it; `fetch.sh FOLDER` gets what it needs by apt.
//!
//! `debian convert FOLDER` writes `catalog.json`, in our catalog's format, next to the index in the folder. `debian compare FOLDER [PROBES [SEED]]` holds
//! our verdicts against both oracles' and our CPU time against installcheck's, and ends with 1 when something differs or a limit is missed.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]

mod compare;
mod control;
mod convert;
mod measure;
mod oracles;
mod probes;
mod version;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |at: usize, otherwise: u64| words.get(at).map_or(Ok(otherwise), |word| word.parse::<u64>());
    let done = match (
        words.first().copied(),
        words.get(1),
        number(2, 2000),
        number(3, 1),
    ) {
        (Some("convert"), Some(folder), ..) => convert(Path::new(folder)).map(|()| true),
        (Some("compare"), Some(folder), Ok(count), Ok(seed)) => compare::compare(
            Path::new(folder),
            usize::try_from(count).unwrap_or(usize::MAX),
            seed,
        ),
        _ => Err("say `convert FOLDER` or `compare FOLDER [PROBES [SEED]]`".to_owned()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

fn convert(folder: &Path) -> Result<(), String> {
    let file = folder.join("Packages");
    let index = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let (json, ids) = compare::converted(&control::packages(&index), convert::Shape::Major)?;
    std::fs::write(folder.join("catalog.json"), json).map_err(|error| error.to_string())?;
    println!("{} packages in catalog.json", ids.len());
    Ok(())
}

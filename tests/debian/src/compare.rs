//! The comparison: what we find broken against what both oracles do, and at what cost.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use assay_resolver::{Catalog, Solver, Verdict};

use crate::control::{Package, packages};
use crate::convert::{Shape, catalog};
use crate::measure::{own_cpu, peak};
use crate::{oracles, probes};

/// A package's name, and its extension's id.
pub(crate) type Name = (String, String);

/// What checking a whole catalog gave.
pub(crate) struct Checked {
    pub(crate) broken: BTreeSet<String>,
    /// Seconds of CPU time from the catalog's text to the model, and from there to the last verdict.
    pub(crate) parse: f64,
    pub(crate) check: f64,
}

/// Checks every package, in the order of the file.
///
/// # Errors
/// When the catalog is refused, or a verdict is unknown.
pub(crate) fn check(json: &[u8], ids: &[Name]) -> Result<Checked, String> {
    let start = own_cpu();
    let catalog = Catalog::parse(json).map_err(|errors| errors.to_string())?;
    let parsed = own_cpu();
    let mut solver = Solver::new(&catalog);
    let mut broken = BTreeSet::new();
    for (name, id) in ids {
        match solver.installable(id) {
            Verdict::Yes => {}
            Verdict::No => {
                broken.insert(name.clone());
            }
            Verdict::Unknown => return Err(format!("{name}: no verdict")),
        }
    }
    Ok(Checked {
        broken,
        parse: parsed - start,
        check: own_cpu() - parsed,
    })
}

/// A catalog as text, and names with their ids.
pub(crate) fn converted(packages: &[Package], shape: Shape) -> Result<(Vec<u8>, Vec<Name>), String> {
    let (catalog, ids) = catalog(packages, shape)?;
    let json = serde_json::to_vec(&catalog).map_err(|error| error.to_string())?;
    let names = packages.iter().map(|package| package.name.clone());
    Ok((json, names.zip(ids).collect()))
}

/// Runs all of it on what `fetch.sh` got. Prints what it finds; says whether all agree and the limits hold.
///
/// # Errors
/// When something can't be run.
pub(crate) fn compare(folder: &Path, count: usize, seed: u64) -> Result<bool, String> {
    let file = folder.join("Packages");
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let all = packages(&text);
    println!("{} packages", all.len());
    let mut good = true;

    // Ours first, so that the peak is that of parsing and checking and not of converting.
    let json = std::fs::read(folder.join("catalog.json"))
        .map_err(|error| format!("{error}; run `debian convert` first"))?;
    let ids: Vec<Name> = all
        .iter()
        .map(|p| (p.name.clone(), crate::convert::id(&p.name)))
        .collect();
    let start = Instant::now();
    let ours = check(&json, &ids)?;
    println!(
        "ours       {:>6} broken {:>7.2} s CPU (JSON {:.2}, checks {:.2}), {:.2} s in all, peak {:.0} MiB with {:.0} MiB of JSON and {:.0} MiB of index in it",
        ours.broken.len(),
        ours.parse + ours.check,
        ours.parse,
        ours.check,
        start.elapsed().as_secs_f64(),
        peak(),
        mib(json.len()),
        mib(text.len()),
    );
    drop(json);
    good &= limit("memory in MiB", peak(), 400.0);
    let libsolv = oracles::libsolv(folder, &file, &all)?;
    println!(
        "libsolv    {:>6} broken {:>7.2} s CPU",
        libsolv.broken.len(),
        libsolv.cpu
    );
    let ratio = (ours.parse + ours.check) / libsolv.cpu;
    good &= limit("CPU time to that of installcheck, reading included", ratio, 1.0);
    let dose = oracles::dose(folder, &file)?;
    println!(
        "dose       {:>6} broken {:>7.2} s CPU",
        dose.broken.len(),
        dose.cpu
    );
    good &= same("libsolv", &ours.broken, &libsolv.broken) & same("dose", &ours.broken, &dose.broken);
    for name in &ours.broken {
        println!("  {name}");
    }

    for shape in [Shape::Minor, Shape::Patch, Shape::Build] {
        let (json, ids) = converted(&all, shape)?;
        let turned = check(&json, &ids)?;
        good &= same(&format!("versions by {shape:?}"), &ours.broken, &turned.broken);
    }

    let probed = folder.join("probed");
    std::fs::create_dir_all(&probed).map_err(|error| error.to_string())?;
    let probed_file = probed.join("Packages");
    let probed_text = format!("{}\n{}", text.trim_end(), probes::stanzas(&all, count, seed));
    std::fs::write(&probed_file, &probed_text).map_err(|error| error.to_string())?;
    let all = packages(&probed_text);
    let (json, ids) = converted(&all, Shape::Major)?;
    let ours = check(&json, &ids)?;
    let libsolv = oracles::libsolv(folder, &probed_file, &all)?;
    let dose = oracles::dose(folder, &probed_file)?;
    println!(
        "{count} probes: ours {} broken in {:.2} s CPU, libsolv {} in {:.2}, dose {} in {:.2}",
        ours.broken.len(),
        ours.check,
        libsolv.broken.len(),
        libsolv.cpu,
        dose.broken.len(),
        dose.cpu
    );
    good &= same("libsolv", &ours.broken, &libsolv.broken) & same("dose", &ours.broken, &dose.broken);
    Ok(good)
}

#[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn limit(what: &str, is: f64, most: f64) -> bool {
    let good = is <= most;
    println!(
        "{what}: {is:.2}, at most {most}: {}",
        if good { "held" } else { "MISSED" }
    );
    good
}

fn same(whose: &str, ours: &BTreeSet<String>, theirs: &BTreeSet<String>) -> bool {
    for name in ours.difference(theirs) {
        println!("  {name} is broken for us and not for {whose}");
    }
    for name in theirs.difference(ours) {
        println!("  {name} is broken for {whose} and not for us");
    }
    println!(
        "{whose}: {}",
        if ours == theirs { "the same" } else { "DIFFERENT" }
    );
    ours == theirs
}

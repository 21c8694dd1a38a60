//! CPU time and memory as Linux counts them.

/// Seconds that ended children took.
pub(crate) fn children_cpu() -> f64 {
    ticks(13) + ticks(14)
}

/// Seconds that this process took.
pub(crate) fn own_cpu() -> f64 {
    ticks(11) + ticks(12)
}

/// A field of `/proc/self/stat` after the name, in hundredths of a second, which is what user space sees on every Linux.
fn ticks(field: usize) -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields
        .split_whitespace()
        .nth(field)
        .and_then(|ticks| ticks.parse::<f64>().ok());
    ticks.unwrap_or(f64::NAN) / 100.0
}

/// The most memory that this process has had resident, in MiB.
pub(crate) fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line
        .and_then(|line| line.split_whitespace().next())
        .and_then(|kib| kib.parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}

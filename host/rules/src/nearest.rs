//! The known name that a mistyped one probably means.

/// Longer names are not compared: the work is the product of the lengths.
const MAX_CHARS: usize = 64;

/// The name nearest to `name`, if one is near enough to be meant: at most a third of its letters differ.
pub(crate) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    if name.chars().count() > MAX_CHARS {
        return None;
    }
    let lower = name.to_lowercase();
    known
        .map(|candidate| (distance(&lower, candidate), candidate))
        .filter(|(distance, candidate)| distance * 3 <= candidate.chars().count().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `; did you mean less_than?`, or nothing.
pub(crate) fn suggestion<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    nearest(name, known)
        .map(|name| format!("; did you mean {name}?"))
        .unwrap_or_default()
}

/// Insertions, deletions and replacements between two texts (Levenshtein), one row at a time.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (line, left) in one.chars().enumerate() {
        let mut before = line + 1;
        let mut next = vec![before];
        for (right, pair) in other.chars().zip(row.windows(2)) {
            let [diagonal, above] = pair else { continue };
            before = (diagonal + usize::from(left != right))
                .min(above + 1)
                .min(before + 1);
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

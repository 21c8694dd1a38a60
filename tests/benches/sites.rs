//! Made-up sites to resolve, from a fixed seed. tests/peers gives the same ones to other solvers.
//!
//! Extensions with ten releases each, 1.0.0 to 2.4.0. A release requires up to three extensions with higher numbers, mostly by
//! a caret; every tenth extension requires a capability that two others provide. There is always a solution, and hardly
//! ever with the newest of everything.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// How many releases an extension has.
pub(crate) const RELEASES: u32 = 10;

/// Releases from the first to before the second, by place: 1.0.0 is 0 and 2.4.0 is 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Span(pub(crate) u32, pub(crate) u32);

impl Span {
    pub(crate) const ALL: Self = Self(0, RELEASES);

    pub(crate) fn text(self) -> &'static str {
        match self {
            Self(0, 5) => "^1",
            Self(5, RELEASES) => "^2",
            Self(2, 7) => ">=1.2.0, <2.2.0",
            _ => "*",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Release {
    pub(crate) requires: Vec<(u32, Span)>,
    /// One of two extensions in any version.
    pub(crate) either: Option<(u32, u32)>,
}

/// A catalog and what is requested of it.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// By extension, its releases from the oldest on.
    pub(crate) extensions: Vec<Vec<Release>>,
    pub(crate) requested: Vec<u32>,
}

/// Numbers from a seed: splitmix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        u32::try_from((z ^ (z >> 31)) % u64::from(bound)).expect("less than a u32")
    }
}

impl Site {
    /// A site with so many extensions to choose from, of which about so many are requested.
    pub(crate) fn new(extensions: u32, requested: u32) -> Self {
        let mut dice = Dice(0);
        let release = |dice: &mut Dice, id: u32, release: u32| {
            let mut requires = Vec::new();
            for _ in 0..dice.below(4) {
                if id + 1 < extensions {
                    let to = id + 1 + dice.below((extensions - id - 1).min(40));
                    let span = match dice.below(10) {
                        0 => Span(2, 7),
                        1 => Span::ALL,
                        n if release < 5 && n < 5 => Span(0, 5),
                        _ => Span(5, RELEASES),
                    };
                    requires.push((to, span));
                }
            }
            Release {
                requires,
                either: (id % 10 == 3).then_some((id / 10 * 10 + 8, id / 10 * 10 + 9)),
            }
        };
        let all = (0..extensions)
            .map(|id| (0..RELEASES).map(|at| release(&mut dice, id, at)).collect())
            .collect();
        let mut dice = Dice(0);
        let wanted: BTreeSet<u32> = (0..requested)
            .map(|at| (at * extensions / requested + dice.below(2)).min(extensions - 1))
            .collect();
        Self {
            extensions: all,
            requested: wanted.into_iter().collect(),
        }
    }

    pub(crate) fn releases(&self) -> impl Iterator<Item = (u32, u32, &Release)> {
        let numbered = (0..).zip(&self.extensions);
        numbered.flat_map(|(id, releases)| (0..).zip(releases).map(move |(at, release)| (id, at, release)))
    }

    /// The catalog and the request as Assay reads them.
    pub(crate) fn json(&self) -> (String, String) {
        let mut catalog = String::from("{\"extensions\":[");
        for (id, at, release) in self.releases() {
            let version = format!("{}.{}.0", 1 + at / 5, at % 5);
            let mut requires: Vec<String> = release
                .requires
                .iter()
                .map(|(to, span)| format!(r#"{{"extension":"e{to}","range":"{}"}}"#, span.text()))
                .collect();
            requires.extend(
                release
                    .either
                    .map(|_| format!(r#"{{"capability":"c{}"}}"#, id / 10)),
            );
            let provides = if id % 10 > 7 {
                format!(r#"{{"capability":"c{}","version":"{version}"}}"#, id / 10)
            } else {
                String::new()
            };
            let comma = if catalog.ends_with('[') { "" } else { "," };
            write!(
                catalog,
                r#"{comma}{{"id":"e{id}","version":"{version}","requires":[{}],"provides":[{provides}]}}"#,
                requires.join(",")
            )
            .expect("strings can be written to");
        }
        catalog.push_str("]}");
        let wanted: Vec<String> = self
            .requested
            .iter()
            .map(|id| format!(r#"{{"id":"e{id}"}}"#))
            .collect();
        (
            catalog,
            format!(r#"{{"site":"s","requested":[{}]}}"#, wanted.join(",")),
        )
    }
}

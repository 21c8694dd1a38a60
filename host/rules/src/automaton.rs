//! Patterns as deterministic automata that were finished when the rule was read.
//!
//! `regex-lite` matches with scratch memory that it makes and writes while it matches. In a plugin that starts from a
//! snapshot every page that is written costs, so the patterns that people write (letters, classes, groups, counts) are
//! made into tables here, which are only read afterwards. Whether the whole text matches is a yes or no, so captures,
//! greed and the order of alternatives do not matter.
//!
//! Invariant: an automaton accepts exactly the texts that `regex-lite` matches as a whole (held against it by a
//! property test); what is not surely understood, or too large, is left to `regex-lite`. The work of building one is
//! bounded, and a match takes one look-up per character.
//!
//! Deliberately absent: word boundaries, POSIX classes, hexadecimal escapes and flags other than a leading `(?i)`.

mod nfa;
mod syntax;

use std::collections::BTreeMap;

use nfa::{Nfa, State};

/// States of an automaton at most, the one that accepts nothing any more included: a state is a byte.
const MAX_STATES: usize = 255;
/// Entries of a table at most.
const MAX_CELLS: usize = 16 * 1024;
/// States of the non-deterministic automaton that are looked at while the table is made.
const MAX_STEPS: usize = 200_000;

/// No text that leads here is accepted, whatever follows.
const DEAD: u8 = 0;

/// A table of states by classes of characters.
pub(crate) struct Automaton {
    /// The class of each character of ASCII.
    ascii: [u8; 128],
    /// The first characters of the other classes' ranges, and the class of each.
    others: Box<[(char, u8)]>,
    classes: usize,
    /// The next state by state and class.
    table: Box<[u8]>,
    /// Whether the text may end in a state.
    accepts: Box<[bool]>,
    start: u8,
}

impl std::fmt::Debug for Automaton {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Automaton")
            .field("states", &self.accepts.len())
            .field("classes", &self.classes)
            .finish_non_exhaustive()
    }
}

impl Automaton {
    /// The automaton of a pattern that `regex-lite` takes; nothing if the pattern is left to it.
    pub(crate) fn of(pattern: &str) -> Option<Automaton> {
        let nfa = Nfa::of(&syntax::parse(pattern)?)?;
        Builder::new(&nfa)?.build()
    }

    /// Whether the pattern matches the whole text.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let mut state = self.start;
        for character in text.chars() {
            let cell = usize::from(state) * self.classes + usize::from(self.class(character));
            state = self.table.get(cell).copied().unwrap_or(DEAD);
            if state == DEAD {
                return false;
            }
        }
        self.accepts.get(usize::from(state)).copied().unwrap_or(false)
    }

    fn class(&self, character: char) -> u8 {
        if let Some(class) = self.ascii.get(character as usize) {
            return *class;
        }
        let after = self.others.partition_point(|(first, _)| *first <= character);
        let range = after.checked_sub(1).and_then(|at| self.others.get(at));
        range.map_or(0, |(_, class)| *class)
    }
}

/// The classes of characters that no set of a pattern tells apart.
struct Classes {
    /// For each class, whether each set has it, bit by bit.
    sets: Vec<u64>,
    ascii: [u8; 128],
    others: Vec<(char, u8)>,
}

impl Classes {
    /// Nothing if there are too many sets or classes.
    fn of(nfa: &Nfa) -> Option<Classes> {
        if nfa.sets.len() > 64 {
            return None;
        }
        let mut starts = vec!['\0', '\u{80}'];
        for set in &nfa.sets {
            starts.extend(set.starts());
        }
        starts.sort_unstable();
        starts.dedup();
        let mut classes = Classes {
            sets: Vec::new(),
            ascii: [0; 128],
            others: Vec::new(),
        };
        for (at, start) in starts.iter().enumerate() {
            let with = nfa
                .sets
                .iter()
                .enumerate()
                .fold(0_u64, |with, (bit, set)| with | u64::from(set.has(*start)) << bit);
            let known = classes.sets.iter().position(|other| *other == with);
            let class = u8::try_from(known.unwrap_or(classes.sets.len())).ok()?;
            if known.is_none() {
                classes.sets.push(with);
            }
            if start.is_ascii() {
                let end = starts.get(at + 1).map_or(128, |next| *next as usize);
                let range = *start as usize..end.min(128);
                classes.ascii.get_mut(range)?.fill(class);
            } else {
                classes.others.push((*start, class));
            }
        }
        Some(classes)
    }
}

/// Makes states of sets of states (the subset construction).
struct Builder<'n> {
    nfa: &'n Nfa,
    classes: Classes,
    /// The states made so far by what they are made of; whether the text has not begun counts with it.
    known: BTreeMap<(bool, Vec<u16>), u8>,
    /// What each state is made of, in the order of their numbers.
    members: Vec<Vec<u16>>,
    accepts: Vec<bool>,
    steps: usize,
    seen: Vec<bool>,
}

impl Builder<'_> {
    fn new(nfa: &Nfa) -> Option<Builder<'_>> {
        Some(Builder {
            nfa,
            classes: Classes::of(nfa)?,
            known: BTreeMap::new(),
            members: Vec::new(),
            accepts: Vec::new(),
            steps: 0,
            seen: vec![false; nfa.states.len()],
        })
    }

    fn build(mut self) -> Option<Automaton> {
        self.state(false, &[])?;
        let first = self.nfa.start;
        let start = self.state(true, &[first])?;
        let classes = self.classes.sets.len();
        let mut table: Vec<u8> = Vec::new();
        let mut at = 0;
        while let Some(members) = self.members.get(at).cloned() {
            for class in 0..classes {
                let has = self.classes.sets.get(class).copied().unwrap_or_default();
                let next: Vec<u16> = members
                    .iter()
                    .filter_map(|member| match self.nfa.states.get(usize::from(*member)) {
                        Some(State::Set { set, next }) if has >> set & 1 == 1 => Some(*next),
                        _ => None,
                    })
                    .collect();
                self.spend(members.len())?;
                table.push(self.state(false, &next)?);
            }
            if table.len() > MAX_CELLS {
                return None;
            }
            at += 1;
        }
        Some(Automaton {
            ascii: self.classes.ascii,
            others: self.classes.others.into_boxed_slice(),
            classes,
            table: table.into_boxed_slice(),
            accepts: self.accepts.into_boxed_slice(),
            start,
        })
    }

    fn spend(&mut self, steps: usize) -> Option<()> {
        self.steps += steps + 1;
        (self.steps <= MAX_STEPS).then_some(())
    }

    /// The number of the state that is made of what `from` leads to without a character.
    fn state(&mut self, at_start: bool, from: &[u16]) -> Option<u8> {
        let members = self.closure(from, at_start, false)?;
        if let Some(known) = self.known.get(&(at_start, members.clone())) {
            return Some(*known);
        }
        let number = u8::try_from(self.members.len())
            .ok()
            .filter(|number| usize::from(*number) < MAX_STATES)?;
        let at_end = self.closure(from, at_start, true)?;
        let is_match = |member: &u16| matches!(self.nfa.states.get(usize::from(*member)), Some(State::Match));
        self.accepts.push(at_end.iter().any(is_match));
        self.members.push(members.clone());
        self.known.insert((at_start, members), number);
        Some(number)
    }

    /// Everything that is reached without a character, in order.
    fn closure(&mut self, from: &[u16], at_start: bool, at_end: bool) -> Option<Vec<u16>> {
        let mut reached: Vec<u16> = Vec::new();
        let mut waiting = from.to_vec();
        while let Some(number) = waiting.pop() {
            let seen = self.seen.get_mut(usize::from(number))?;
            if *seen {
                continue;
            }
            *seen = true;
            reached.push(number);
            match self.nfa.states.get(usize::from(number))? {
                State::Either(one, other) => waiting.extend([*one, *other]),
                State::Start(next) if at_start => waiting.push(*next),
                State::End(next) if at_end => waiting.push(*next),
                State::Start(_) | State::End(_) | State::Set { .. } | State::Match => {}
            }
        }
        for number in &reached {
            if let Some(seen) = self.seen.get_mut(usize::from(*number)) {
                *seen = false;
            }
        }
        self.spend(reached.len())?;
        reached.sort_unstable();
        Some(reached)
    }
}

#[cfg(test)]
mod tests;

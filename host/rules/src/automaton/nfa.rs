//! From a pattern's tree to states (Thompson's construction), built from the end.

use super::syntax::{Node, Set};

/// States at most.
const MAX_STATES: usize = 2_000;

#[derive(Debug)]
pub(super) enum State {
    /// A character of the set with this number leads on.
    Set { set: usize, next: u16 },
    /// Either leads on without a character.
    Either(u16, u16),
    /// Leads on at the start of the text.
    Start(u16),
    /// Leads on at the end of the text.
    End(u16),
    /// The pattern is at its end.
    Match,
}

/// A non-deterministic automaton.
#[derive(Debug)]
pub(super) struct Nfa {
    pub(super) states: Vec<State>,
    pub(super) sets: Vec<Set>,
    pub(super) start: u16,
}

impl Nfa {
    /// Nothing if the pattern has too many states.
    pub(super) fn of(node: &Node) -> Option<Nfa> {
        let mut nfa = Nfa {
            states: vec![State::Match],
            sets: Vec::new(),
            start: 0,
        };
        nfa.start = nfa.node(node, 0)?;
        Some(nfa)
    }

    fn push(&mut self, state: State) -> Option<u16> {
        if self.states.len() >= MAX_STATES {
            return None;
        }
        self.states.push(state);
        u16::try_from(self.states.len() - 1).ok()
    }

    /// The state from which `node` leads to `next`.
    fn node(&mut self, node: &Node, next: u16) -> Option<u16> {
        match node {
            Node::Start => self.push(State::Start(next)),
            Node::End => self.push(State::End(next)),
            Node::Set(set) => {
                let known = self.sets.iter().position(|other| other == set);
                let number = known.unwrap_or(self.sets.len());
                if known.is_none() {
                    self.sets.push(set.clone());
                }
                self.push(State::Set { set: number, next })
            }
            Node::Concat(parts) => {
                let mut parts = parts.iter().rev();
                parts.try_fold(next, |next, part| self.node(part, next))
            }
            Node::Either(parts) => {
                let mut parts = parts.iter().rev();
                let last = self.node(parts.next()?, next)?;
                parts.try_fold(last, |other, part| {
                    let one = self.node(part, next)?;
                    self.push(State::Either(one, other))
                })
            }
            Node::Repeat { node, min, max } => {
                let mut from = next;
                if let Some(max) = max {
                    for _ in *min..*max {
                        let once = self.node(node, from)?;
                        from = self.push(State::Either(once, next))?;
                    }
                } else {
                    // The way back is known only after what is repeated.
                    let again = self.push(State::Either(next, next))?;
                    let once = self.node(node, again)?;
                    if let Some(State::Either(one, _)) = self.states.get_mut(usize::from(again)) {
                        *one = once;
                    }
                    from = again;
                }
                for _ in 0..*min {
                    from = self.node(node, from)?;
                }
                Some(from)
            }
        }
    }
}

//! Walking a path through data, and pairing two paths element by element.
//!
//! Invariant: the recursion is as deep as the path has wildcards, never as deep as the data; nothing is allocated.

use std::ops::ControlFlow;

use serde_json::Value;

use super::{Path, Step};
use crate::limits::MAX_WILDCARDS;

/// The elements that the wildcards of a path stand for in one match.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Indices {
    at: [usize; MAX_WILDCARDS],
    len: usize,
}

impl Indices {
    /// The element of the wildcard with this number, from 0.
    pub(crate) fn get(&self, wildcard: usize) -> Option<usize> {
        self.at.get(wildcard).copied().filter(|_| wildcard < self.len)
    }

    /// These and one more.
    pub(crate) fn with(mut self, index: usize) -> Indices {
        if let Some(place) = self.at.get_mut(self.len) {
            *place = index;
            self.len += 1;
        }
        self
    }
}

/// What a step needs the value before it to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Object,
    List,
}

/// What stands at the end of a path.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Found<'d> {
    /// A value, possibly `null`.
    Value(&'d Value),
    /// Nothing, though all before it is there or missing too.
    Missing,
    /// A list without elements at a wildcard.
    NoElements,
    /// A value on the way that has no members or elements, being of another type.
    Misshapen(&'d Value, Shape),
}

/// One place that a path leads to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Match<'d> {
    pub(crate) found: Found<'d>,
    pub(crate) indices: Indices,
    /// How many steps lead to the place: all of them, except to a misshapen value or an empty list.
    pub(crate) steps: usize,
}

impl Path {
    /// Calls `visit` for every place that the path leads to, in the order of the document. The first `fixed`
    /// wildcards stand for the elements in `indices`; the others for every element. A wildcard over a missing list
    /// leads nowhere.
    pub(crate) fn walk<'d>(
        &self,
        data: &'d Value,
        indices: &Indices,
        fixed: usize,
        visit: &mut dyn FnMut(Match<'d>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let walk = Walk {
            path: self,
            given: indices,
            fixed,
        };
        walk.descend(0, data, Indices::default(), visit)
    }
}

struct Walk<'p> {
    path: &'p Path,
    given: &'p Indices,
    fixed: usize,
}

impl Walk<'_> {
    fn descend<'d>(
        &self,
        from: usize,
        start: &'d Value,
        mut indices: Indices,
        visit: &mut dyn FnMut(Match<'d>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut value = start;
        for (at, step) in self.path.steps.iter().enumerate().skip(from) {
            let fixed = if *step == Step::Each && indices.len < self.fixed {
                self.given.get(indices.len)
            } else {
                None
            };
            if let Some(index) = fixed {
                indices = indices.with(index);
            }
            let next = match (step, value) {
                (_, Value::Null) => None,
                (Step::Name(name), Value::Object(members)) => members.get(name),
                (Step::Index(index), Value::Array(elements)) => elements.get(*index),
                (Step::Each, Value::Array(elements)) => match fixed {
                    Some(index) => elements.get(index),
                    None if elements.is_empty() => {
                        return visit(Match {
                            found: Found::NoElements,
                            indices,
                            steps: at,
                        });
                    }
                    None => {
                        for (index, element) in elements.iter().enumerate() {
                            self.descend(at + 1, element, indices.with(index), visit)?;
                        }
                        return ControlFlow::Continue(());
                    }
                },
                (step, other) => {
                    let shape = if matches!(step, Step::Name(_)) {
                        Shape::Object
                    } else {
                        Shape::List
                    };
                    return visit(Match {
                        found: Found::Misshapen(other, shape),
                        indices,
                        steps: at,
                    });
                }
            };
            match next {
                Some(next) => value = next,
                None => return self.missing(indices, visit),
            }
        }
        visit(Match {
            found: Found::Value(value),
            indices,
            steps: self.path.steps.len(),
        })
    }

    /// Reports the place as missing where it can be named: the wildcards still to come must stand for given elements.
    fn missing<'d>(
        &self,
        mut indices: Indices,
        visit: &mut dyn FnMut(Match<'d>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        while indices.len < self.path.wildcards {
            let given = if indices.len < self.fixed {
                self.given.get(indices.len)
            } else {
                None
            };
            match given {
                Some(index) => indices = indices.with(index),
                None => return ControlFlow::Continue(()),
            }
        }
        visit(Match {
            found: Found::Missing,
            indices,
            steps: self.path.steps.len(),
        })
    }
}

/// A path beside a rule's field: where both go through the same lists, it stays with the field's elements.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    path: Path,
    /// How many of the path's wildcards stand for the field's elements.
    shared: usize,
}

impl Bound {
    /// Pairs `path` with `field`.
    pub(crate) fn new(path: Path, field: &Path) -> Bound {
        let same = path
            .steps
            .iter()
            .zip(&field.steps)
            .take_while(|(one, other)| one == other);
        let shared = same.filter(|(step, _)| **step == Step::Each).count();
        Bound { path, shared }
    }

    /// The path itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the path leads to one place for each of the field's places.
    pub(crate) fn is_single(&self) -> bool {
        self.shared == self.path.wildcards
    }

    /// How many of the path's wildcards stand for the field's elements.
    pub(crate) fn shared(&self) -> usize {
        self.shared
    }

    /// The one place that a [single](Self::is_single) path leads to.
    pub(crate) fn one<'d>(&self, data: &'d Value, field: &Indices) -> Option<Match<'d>> {
        let mut one = None;
        let _ = self.walk(data, field, &mut |found| {
            one = Some(found);
            ControlFlow::Break(())
        });
        one
    }

    /// Walks the path for one place of the field.
    pub(crate) fn walk<'d>(
        &self,
        data: &'d Value,
        field: &Indices,
        visit: &mut dyn FnMut(Match<'d>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.path.walk(data, field, self.shared, visit)
    }
}

//! What the host is to a plugin that runs natively: history, clock and log.
//!
//! Invariant: one host per thread, so that tests that run side by side do not see each other's. Without one, `history`
//! is unavailable, the clock is the machine's and log lines go nowhere.

use std::cell::RefCell;
use std::rc::Rc;

use super::memory::Memory;
use crate::history::HistoryError;
use crate::log::Level;
use crate::{NaiveDate, Observation};

thread_local! {
    static INSTALLED: RefCell<Option<Rc<RefCell<Inner>>>> = const { RefCell::new(None) };
}

/// A host in memory for the thread that made it, until it is dropped.
#[derive(Debug)]
pub struct Host {
    inner: Rc<RefCell<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    memory: Memory,
    /// Questions that are answered before `then` is; all if there is no `then`.
    answered: usize,
    then: Option<HistoryError>,
    today: Option<NaiveDate>,
    log: Vec<(Level, String)>,
}

impl Host {
    /// A host that remembers nothing yet, in the place of any other of this thread.
    #[expect(
        clippy::new_without_default,
        reason = "it is installed, which a default would hide"
    )]
    pub fn new() -> Self {
        let inner = Rc::new(RefCell::new(Inner::default()));
        INSTALLED.set(Some(Rc::clone(&inner)));
        Self { inner }
    }

    /// The day when documents are received from now on.
    pub fn set_today(&self, today: NaiveDate) {
        self.inner.borrow_mut().today = Some(today);
    }

    /// Answers so many more questions of `history`, and every one after them with an error.
    pub fn fail_after(&self, answered: usize, error: HistoryError) {
        let mut inner = self.inner.borrow_mut();
        inner.answered = answered;
        inner.then = Some(error);
    }

    /// Remembers what was observed of a document, as a host does once it is judged. `seen_at` is RFC 3339, UTC.
    pub fn remember(&self, document: &str, seen_at: &str, observations: &[Observation]) {
        self.inner
            .borrow_mut()
            .memory
            .remember(document, seen_at, observations);
    }

    /// What was logged so far.
    pub fn logged(&self) -> Vec<(Level, String)> {
        self.inner.borrow().log.clone()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        INSTALLED.with_borrow_mut(|installed| {
            if installed
                .as_ref()
                .is_some_and(|other| Rc::ptr_eq(other, &self.inner))
            {
                *installed = None;
            }
        });
    }
}

/// Puts a question to the thread's host.
pub(crate) fn ask<T>(question: impl FnOnce(&Memory) -> Result<T, HistoryError>) -> Result<T, HistoryError> {
    INSTALLED.with_borrow(|installed| {
        let Some(inner) = installed else {
            let why = "there is no host outside of the sandbox".to_owned();
            return Err(HistoryError::Unavailable(why));
        };
        let mut inner = inner.borrow_mut();
        if let Some(error) = inner.then.clone() {
            if inner.answered == 0 {
                return Err(error);
            }
            inner.answered -= 1;
        }
        question(&inner.memory)
    })
}

/// The day that the thread's host says it is.
pub(crate) fn today() -> Option<NaiveDate> {
    INSTALLED.with_borrow(|installed| installed.as_ref()?.borrow().today)
}

/// A line for the thread's host.
pub(crate) fn log(level: Level, message: &str) {
    INSTALLED.with_borrow(|installed| {
        if let Some(inner) = installed {
            inner.borrow_mut().log.push((level, message.to_owned()));
        }
    });
}

#[cfg(test)]
mod tests;

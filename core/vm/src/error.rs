//! Errors on their way up: a raised exception, or the end of a budget.
#![forbid(unsafe_code)]

use crate::heap::Payload;
use crate::object::Ref;

/// What may raise.
pub type PyResult<T = Ref> = Result<T, Exc>;

/// A raised exception, an instance of `BaseException` - or a budget's end, which
/// no handler catches.
#[must_use = "an exception that is dropped is swallowed"]
#[derive(Debug)]
pub struct Exc(Ref);

/// Which budget ended. The payload of an object that unwinds past every handler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// `--fuel`: that many steps.
    Fuel,
    /// `--timeout`
    Timeout,
    /// `--memory`, past its reserve.
    Memory,
    /// Every thread waits for another.
    Deadlock,
    /// The embedder gave up.
    Cancelled,
}

impl Payload for Stop {
    const ATOMIC: bool = true;
}

impl Exc {
    /// Raises an instance of an exception class, as calling the class made it.
    pub fn new(exception: Ref) -> Self {
        Self(exception)
    }

    /// The exception instance.
    pub fn value(&self) -> &Ref {
        &self.0
    }

    /// The exception instance, owned.
    pub fn into_value(self) -> Ref {
        self.0
    }

    /// The budget that ended, if this is no exception.
    pub fn stop(&self) -> Option<Stop> {
        self.0.downcast::<Stop>().copied()
    }
}

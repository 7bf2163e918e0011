//! Formatting without objects: the specification mini-language, `%` formats,
//! and the fields of `str.format`. Errors are CPython's messages.
#![forbid(unsafe_code)]

pub(crate) mod fields;
pub(crate) mod number;
pub(crate) mod percent;
pub(crate) mod spec;

/// Which exception a message belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ErrorKind {
    Value,
    Overflow,
}

/// A formatting error: the exception's type and text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct FormatError {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
}

impl FormatError {
    pub(crate) fn value(message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Value,
            message: message.into(),
        }
    }

    pub(crate) fn overflow(message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Overflow,
            message: message.into(),
        }
    }
}

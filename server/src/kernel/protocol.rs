//! What server and kernel say to each other: one JSON object a line.
//!
//! Requests go to the kernel's standard input, replies come from its standard
//! output. `interrupt` and `ping` are read by a thread of their own, so they
//! work while code runs. Each `execute` is answered by any number of `stream`,
//! `value`, `result` and `error` replies and then exactly one `finished`.

use serde::{Deserialize, Serialize};

/// To the kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Request {
    /// Run code in the session's namespace.
    Execute(Execute),
    /// Stop what runs, and drop what waits, up to a run: an interrupt that
    /// arrives late must not hit what was given out after it.
    Interrupt {
        /// The last run that is meant; all if absent.
        #[serde(default)]
        up_to: Option<u64>,
    },
    /// Answered at once by `pong`, also while code runs.
    Ping {
        /// Comes back in the answer.
        id: u64,
    },
    /// End the process when what runs has ended.
    Shutdown,
}

/// Code to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execute {
    /// Names the run in its replies.
    pub id: u64,
    /// The text, whole lines.
    pub code: String,
    /// The name of the file it comes from, for tracebacks.
    pub filename: String,
    /// The line of the file on which `code` begins, from 1.
    pub first_line: u32,
    /// What was asked to run.
    pub mode: Mode,
    /// When to stop it.
    #[serde(default)]
    pub limits: Limits,
}

/// How much of a file runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// A `# %%` cell: in the session's namespace; the last expression's value is the result.
    Cell,
    /// Selected lines, dedented: like a cell.
    Selection,
    /// A whole file, as a script in a fresh `__main__`.
    File,
}

/// A run's budget; absent means unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Instructions.
    pub fuel: Option<u64>,
    /// Bytes of live objects.
    pub memory: Option<u64>,
    /// Milliseconds on the clock.
    pub timeout_ms: Option<u64>,
    /// Bytes written to standard output and standard error.
    pub output: Option<u64>,
}

/// From the kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Reply {
    /// The process is up.
    Ready {
        /// Of `vitrine`.
        version: String,
    },
    /// A run began.
    Started {
        /// The run.
        id: u64,
    },
    /// Output of a run.
    Stream {
        /// The run.
        id: u64,
        /// Which stream.
        name: Stream,
        /// What was written since the last such reply.
        text: String,
    },
    /// A value seen on a line: of an assignment, a loop, an expression.
    Value {
        /// The run.
        id: u64,
        /// The line of the file, from 1.
        line: u32,
        /// A short `repr`.
        text: String,
    },
    /// The value of the last expression.
    Result {
        /// The run.
        id: u64,
        /// The line of the file on which the expression ends, from 1.
        line: u32,
        /// Its `repr`, shortened if very long.
        text: String,
    },
    /// An exception that nothing caught.
    Error {
        /// The run.
        id: u64,
        /// The exception's class.
        class: String,
        /// Its message.
        message: String,
        /// The line of the file where it was raised, from 1.
        line: Option<u32>,
        /// As CPython prints it.
        traceback: String,
    },
    /// What a run left in its namespace; follows every run that came to an end by itself.
    Names {
        /// The run.
        id: u64,
        /// The names, in the order in which they were bound first.
        names: Vec<Name>,
        /// The types of those values, with the attributes they give.
        types: Vec<Type>,
    },
    /// A run ended; the last reply with its id.
    Finished {
        /// The run.
        id: u64,
        /// How.
        outcome: Outcome,
        /// How long it took.
        millis: u64,
    },
    /// The answer to `ping`.
    Pong {
        /// The `ping`'s.
        id: u64,
    },
    /// A request that could not be read.
    Malformed {
        /// Why.
        message: String,
    },
}

impl Reply {
    /// The run that it is of.
    pub fn run(&self) -> Option<u64> {
        match self {
            Self::Started { id }
            | Self::Stream { id, .. }
            | Self::Value { id, .. }
            | Self::Result { id, .. }
            | Self::Error { id, .. }
            | Self::Names { id, .. }
            | Self::Finished { id, .. } => Some(*id),
            Self::Ready { .. } | Self::Pong { .. } | Self::Malformed { .. } => None,
        }
    }
}

/// A name of the session's namespace, and its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// The name.
    pub name: String,
    /// Its type's name, as in [`Type::name`].
    pub class: String,
    /// A short `repr`; addresses left out.
    pub text: String,
    /// `id()` of it.
    pub identity: u64,
    /// `sys.getsizeof()` of it, if it has a size.
    pub size: Option<u64>,
    /// How many references there are to it.
    pub references: u64,
    /// Attributes of its own, besides its type's.
    pub members: Vec<String>,
}

/// A type of a live value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Type {
    /// Its qualified name.
    pub name: String,
    /// The attributes of its instances.
    pub members: Vec<String>,
}

/// A standard stream of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// By itself.
    Ok,
    /// By an exception.
    Error,
    /// By an interrupt, or it waited when one came.
    Interrupted,
    /// The fuel was used up.
    Fuel,
    /// The memory budget was used up.
    Memory,
    /// The time was up.
    Timeout,
    /// Every thread waited for another.
    Deadlock,
    /// Too much output.
    Output,
    /// The kernel died or was replaced; said by the server, never by a kernel.
    Died,
}

impl Outcome {
    /// In words, for the user; `None` where nothing needs saying.
    pub fn message(self) -> Option<&'static str> {
        match self {
            Self::Ok | Self::Error => None,
            Self::Interrupted => Some("interrupted"),
            Self::Deadlock => Some("stopped: every thread waits for another"),
            Self::Fuel => Some("stopped: the instruction budget is used up"),
            Self::Memory => Some("stopped: the memory budget is used up"),
            Self::Timeout => Some("stopped: the time budget is used up"),
            Self::Output => Some("stopped: too much output"),
            Self::Died => Some("the kernel ended before the run did"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_readable_lines() {
        let execute = Request::Execute(Execute {
            id: 1,
            code: "1/0\n".into(),
            filename: "a.py".into(),
            first_line: 3,
            mode: Mode::Cell,
            limits: Limits {
                timeout_ms: Some(1000),
                ..Limits::default()
            },
        });
        let line = serde_json::to_string(&execute).expect("serializes");
        assert_eq!(
            line,
            r#"{"type":"execute","id":1,"code":"1/0\n","filename":"a.py","first_line":3,"mode":"cell","limits":{"fuel":null,"memory":null,"timeout_ms":1000,"output":null}}"#
        );
        assert_eq!(
            serde_json::from_str::<Request>(&line).expect("parses"),
            execute
        );
        let finished = Reply::Finished {
            id: 1,
            outcome: Outcome::Timeout,
            millis: 1000,
        };
        let line = serde_json::to_string(&finished).expect("serializes");
        assert_eq!(
            line,
            r#"{"type":"finished","id":1,"outcome":"timeout","millis":1000}"#
        );
    }
}

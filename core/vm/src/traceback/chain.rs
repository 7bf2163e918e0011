//! An exception with those that caused it, and groups within groups.

use std::fmt::Write as _;

use super::{ExceptionSummary, frames, syntax};

const CAUSE: &str = "\nThe above exception was the direct cause of the following exception:\n\n";
const CONTEXT: &str = "\nDuring handling of the above exception, another exception occurred:\n\n";
/// Exceptions shown of a group, and groups shown within each other.
const WIDEST: usize = 15;
const DEEPEST: usize = 10;

/// What CPython prints of an exception, its last newline included.
pub fn render(exception: &ExceptionSummary) -> String {
    let mut printer = Printer::default();
    printer.chain(exception);
    printer.out
}

#[derive(Default)]
struct Printer {
    out: String,
    depth: usize,
    /// The innermost group still wants its closing line.
    need_close: bool,
}

impl Printer {
    fn chain(&mut self, exception: &ExceptionSummary) {
        let mut chain = vec![("", exception)];
        let mut current = exception;
        loop {
            let (link, earlier) = match (&current.cause, &current.context) {
                (Some(cause), _) => (CAUSE, cause),
                (None, Some(context)) => (CONTEXT, context),
                (None, None) => break,
            };
            if let Some(last) = chain.last_mut() {
                last.0 = link;
            }
            chain.push(("", earlier));
            current = earlier;
        }
        for (link, exception) in chain.into_iter().rev() {
            self.emit(link, '|');
            match &exception.group {
                None => {
                    let mut text = String::new();
                    traceback(&mut text, "Traceback (most recent call last):\n", exception);
                    only(&mut text, exception);
                    self.emit(&text, '|');
                }
                Some(_) if self.depth > DEEPEST => {
                    self.emit(&format!("... (max_group_depth is {DEEPEST})\n"), '|');
                }
                Some(members) => self.group(exception, members),
            }
        }
    }

    fn group(&mut self, exception: &ExceptionSummary, members: &[ExceptionSummary]) {
        let top = self.depth == 0;
        if top {
            self.depth = 1;
        }
        if !exception.frames.is_empty() {
            let heading = "Exception Group Traceback (most recent call last):\n";
            self.emit(heading, if top { '+' } else { '|' });
            let mut text = String::new();
            frames::render(&mut text, &exception.frames);
            self.emit(&text, '|');
        }
        let mut text = String::new();
        only(&mut text, exception);
        self.emit(&text, '|');
        let shown = if members.len() <= WIDEST {
            members.len()
        } else {
            WIDEST + 1
        };
        self.need_close = false;
        for index in 0..shown {
            let last = index + 1 == shown;
            // An inner group may print the closing line of this one.
            self.need_close |= last;
            let indent = self.indent();
            let corner = if index == 0 { "+-" } else { "  " };
            let title = if index < WIDEST {
                (index + 1).to_string()
            } else {
                "...".to_owned()
            };
            let _ = writeln!(
                self.out,
                "{indent}{corner}+---------------- {title} ----------------"
            );
            self.depth += 1;
            match members.get(index).filter(|_| index < WIDEST) {
                Some(member) => self.chain(member),
                None => {
                    let remaining = members.len() - WIDEST;
                    let s = if remaining > 1 { "s" } else { "" };
                    self.emit(&format!("and {remaining} more exception{s}\n"), '|');
                }
            }
            if last && self.need_close {
                let _ = writeln!(
                    self.out,
                    "{}+------------------------------------",
                    self.indent()
                );
                self.need_close = false;
            }
            self.depth -= 1;
        }
        if top {
            self.depth = 0;
        }
    }

    fn indent(&self) -> String {
        " ".repeat(2 * self.depth)
    }

    /// Appends text, in a group with a margin before each line.
    fn emit(&mut self, text: &str, margin: char) {
        if self.depth == 0 {
            self.out.push_str(text);
            return;
        }
        let indent = self.indent();
        for line in text.split_inclusive('\n') {
            let _ = write!(self.out, "{indent}{margin} {line}");
        }
    }
}

fn traceback(out: &mut String, heading: &str, exception: &ExceptionSummary) {
    if !exception.frames.is_empty() {
        out.push_str(heading);
        frames::render(out, &exception.frames);
    }
}

/// Class, message and notes.
fn only(out: &mut String, exception: &ExceptionSummary) {
    match (&exception.syntax, &exception.message) {
        (Some(details), _) => syntax::render(out, exception, details),
        (None, None) => {
            let _ = writeln!(out, "{}: <exception str() failed>", exception.class);
        }
        (None, Some(message)) if message.is_empty() => {
            let _ = writeln!(out, "{}", exception.class);
        }
        (None, Some(message)) => {
            let _ = writeln!(out, "{}: {message}", exception.class);
        }
    }
    for note in &exception.notes {
        for line in note.split('\n') {
            let _ = writeln!(out, "{line}");
        }
    }
}

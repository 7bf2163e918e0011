//! Indentation: the white space that begins a logical line.
//!
//! CPython measures it twice, with tabs to eight columns and to one, and refuses
//! lines whose order depends on the choice.

use super::{Lexer, newline_len, range};
use crate::error::ErrorKind;
use crate::lexer::Mode;
use crate::segment;
use crate::token::TokenKind;
use crate::word;

/// `MAXINDENT`, the outermost level included.
const MAX_INDENT: usize = 100;

/// How far a line is indented.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Indentation {
    /// With tabs to multiples of eight.
    pub(crate) column: u32,
    /// With tabs as wide as spaces.
    pub(super) alternate: u32,
}

/// The white space at a line's start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    pub(crate) indentation: Indentation,
    /// The first byte that is not of it, perhaps on a later line, after backslashes.
    pub(crate) end: usize,
    /// Whether a backslash stands there that continues into nothing or into text.
    pub(crate) broken_continuation: bool,
}

/// Measures the indentation of the line that starts at `start`.
#[inline]
pub(crate) fn measure(bytes: &[u8], start: usize) -> Measured {
    let mut end = start;
    loop {
        let spaces = word::before(word::not_space(word::load(bytes, end)));
        end += spaces;
        if spaces < 8 {
            break;
        }
    }
    if let Some(b'\t' | b'\x0c' | b'\\') = bytes.get(end) {
        return measure_unusual(bytes, start);
    }
    let column = (end - start) as u32;
    Measured {
        indentation: Indentation {
            column,
            alternate: column,
        },
        end,
        broken_continuation: false,
    }
}

/// The same where not all is spaces.
#[cold]
fn measure_unusual(bytes: &[u8], start: usize) -> Measured {
    let mut at = start;
    let mut indentation = Indentation::default();
    // The first backslash decides, unless it stands in column 0.
    let mut continued = 0;
    let mut broken_continuation = false;
    loop {
        match bytes.get(at) {
            Some(b' ') => {
                indentation.column += 1;
                indentation.alternate += 1;
            }
            Some(b'\t') => {
                indentation.column = (indentation.column / 8 + 1) * 8;
                indentation.alternate += 1;
            }
            Some(b'\x0c') => indentation = Indentation::default(),
            Some(b'\\') => {
                if continued == 0 {
                    continued = indentation.column;
                }
                let newline = newline_len(bytes, at + 1);
                if newline == 0 || at + 1 + newline >= bytes.len() {
                    broken_continuation = true;
                    break;
                }
                at += newline;
            }
            _ => break,
        }
        at += 1;
    }
    if continued != 0 {
        indentation = Indentation {
            column: continued,
            alternate: continued,
        };
    }
    Measured {
        indentation,
        end: at,
        broken_continuation,
    }
}

impl Lexer<'_> {
    /// Reads white space, comments and blank lines up to the first token of a
    /// logical line, adds the `Indent` or the `Dedent`s before it, and gives
    /// its place.
    #[inline]
    pub(super) fn line_start(&mut self, from: usize) -> usize {
        let mut at = from;
        loop {
            let line = at;
            let measured = measure(self.bytes, line);
            at = measured.end;
            match self.bytes.get(at) {
                Some(b'#') => at = self.comment(at),
                Some(b'\n' | b'\r') => {}
                None => {
                    if self.by_segment && !self.lexed.tokens.is_empty() {
                        self.end_segment(from, at);
                    }
                    return at;
                }
                Some(_) => {
                    if self.by_segment && self.ends_segment(&measured) {
                        self.end_segment(from, line);
                    } else if !measured.broken_continuation {
                        self.indentation(measured.indentation, at);
                    }
                    return at;
                }
            }
            at += newline_len(self.bytes, at);
        }
    }

    /// Whether the line that begins so is the first of another segment.
    fn ends_segment(&mut self, line: &Measured) -> bool {
        let top_level = line.indentation.column == 0;
        let decorator = top_level && self.bytes[line.end] == b'@';
        let after_decorator = std::mem::replace(&mut self.decorator, decorator);
        top_level
            && !after_decorator
            && !self.lexed.tokens.is_empty()
            && !segment::is_clause(self.bytes, line.end)
    }

    /// Ends the segment whose last logical line ended at `from`, before the line
    /// at `to`.
    fn end_segment(&mut self, from: usize, to: usize) {
        self.pos = segment::end_of_comments(self.bytes, from, to);
        let end = self.pos as u32;
        let kept = { &self.lexed.comments }.partition_point(|comment| comment.start < end);
        self.lexed.comments.truncate(kept);
        self.end();
        self.is_done = true;
    }

    #[inline]
    fn indentation(&mut self, new: Indentation, at: usize) {
        let current = self.indents.last().copied().unwrap_or_default();
        if new != current {
            self.pos = at;
            self.change_indentation(current, new);
        }
        let current = self.indents.last().copied().unwrap_or_default();
        let is_plain = current.column == current.alternate;
        self.column = if is_plain {
            current.column as usize
        } else {
            usize::MAX
        };
    }

    /// Takes the indentation of a line whose first token, at `at`, has nothing
    /// but spaces before it.
    #[inline(never)]
    pub(super) fn indent_plainly(&mut self, column: usize, at: usize) {
        let (column, alternate) = (column as u32, column as u32);
        self.decorator = false;
        self.indentation(Indentation { column, alternate }, at);
    }

    fn change_indentation(&mut self, current: Indentation, new: Indentation) {
        if new.column > current.column {
            if new.alternate <= current.alternate {
                self.tab_error();
            }
            if self.indents.len() + 1 >= MAX_INDENT && !self.reported.indents {
                self.reported.indents = true;
                let line = self.line_begin();
                self.indentation_error(
                    ErrorKind::Indentation,
                    "too many levels of indentation",
                    line,
                );
            }
            self.indents.push(new);
            self.push(TokenKind::Indent, 0);
            return;
        }
        let depth = self.indents.len();
        while self
            .indents
            .last()
            .is_some_and(|top| top.column > new.column)
        {
            self.indents.pop();
        }
        let mut popped = depth - self.indents.len();
        let top = self.indents.last().copied().unwrap_or_default();
        if top.column != new.column {
            // What follows is read as a part of the block it fits in best.
            let line_end = self.line_end();
            self.indentation_error(
                ErrorKind::Indentation,
                "unindent does not match any outer indentation level",
                line_end,
            );
            self.indents.push(new);
            popped -= 1;
        } else if top.alternate != new.alternate {
            self.tab_error();
        }
        for _ in 0..popped {
            self.push(TokenKind::Dedent, 0);
        }
    }

    fn tab_error(&mut self) {
        let line = self.line_begin();
        self.indentation_error(
            ErrorKind::Tab,
            "inconsistent use of tabs and spaces in indentation",
            line,
        );
    }

    /// The start of the physical line at `pos`, in its indentation.
    pub(super) fn line_begin(&self) -> usize {
        let before = &self.bytes[..self.pos];
        memchr::memrchr2(b'\n', b'\r', before).map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        let rest = &self.bytes[self.pos..];
        self.pos + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())
    }

    /// Whether the `tokenize` module's rules hold.
    pub(super) fn lenient(&self) -> bool {
        self.mode == Mode::Tokenize
    }

    /// An empty range, for errors that CPython shows at one place.
    pub(super) fn at(place: usize) -> crate::position::TextRange {
        range(place, place)
    }
}

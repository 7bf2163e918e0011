//! The characters below a line: which part of it ran, and which operator,
//! brackets or subscript was at work.

use unicode_width::UnicodeWidthChar as _;
use vitrine_syntax::module::{ParsedSegment, parse_segment};
use vitrine_syntax::tree::{Expr, ExprId, Stmt};

/// A place in some lines: line and character, from 0.
type Place = (usize, usize);

/// The part of an expression that is marked more strongly.
#[derive(Clone, Copy, Debug)]
struct Anchors {
    left: Place,
    right: Place,
}

/// The lines of an instruction, without common indentation, and where in them
/// it starts and ends, in characters.
pub(super) struct Excerpt<'a> {
    pub(super) lines: Vec<&'a str>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A caret line may be longer than anybody reads; CPython parses any length.
const LONGEST_PARSED: usize = 1 << 16;

impl Excerpt<'_> {
    /// The lines with carets below, those in the middle of a long one left out.
    pub(super) fn render(&self) -> String {
        let last = self.lines.len() - 1;
        let anchors = self.anchors();
        let shown = self.shows_carets(anchors);
        let mut significant = vec![0, last];
        if let Some(Anchors { left, right }) = anchors {
            for line in [left.0, right.0] {
                significant.extend(line.saturating_sub(1)..=line + 1);
            }
        }
        significant.retain(|&line| line <= last);
        significant.sort_unstable();
        significant.dedup();

        let mut out = String::new();
        let mut previous = None;
        for line in significant {
            match previous.map_or(1, |previous| line - previous) {
                0 | 1 => {}
                2 => self.line(&mut out, line - 1, anchors, shown),
                more => out.push_str(&format!("...<{} lines>...\n", more - 1)),
            }
            self.line(&mut out, line, anchors, shown);
            previous = Some(line);
        }
        out
    }

    /// One line and its carets.
    fn line(&self, out: &mut String, number: usize, anchors: Option<Anchors>, shown: bool) {
        let text = self.lines[number];
        out.push_str(text);
        out.push('\n');
        if !shown {
            return;
        }
        let last = number == self.lines.len() - 1;
        let width = if last {
            width(text, self.end)
        } else {
            width(text, usize::MAX)
        };
        let indent = text.chars().take_while(|c| c.is_whitespace()).count();
        let start = if number == 0 {
            self::width(text, self.start)
        } else {
            0
        };
        // Anchors in display columns of their own lines.
        let anchors = anchors.map(|Anchors { left, right }| {
            let column = |(line, column): Place| {
                let from_start = if line == 0 { self.start } else { 0 };
                (line, self::width(self.lines[line], column + from_start))
            };
            (column(left), column(right))
        });
        for column in 0..width {
            let here = (number, column);
            out.push(match anchors {
                _ if column < indent || column < start => ' ',
                Some((left, right)) if here >= left && here < right => '^',
                Some(_) => '~',
                None => '^',
            });
        }
        out.push('\n');
    }

    /// Carets below a whole line say nothing; without anchors they are left out there.
    fn shows_carets(&self, anchors: Option<Anchors>) -> bool {
        if self.is_plain_call() {
            return false;
        }
        let before = self.lines[0]
            .chars()
            .take(self.start)
            .any(|c| !c.is_whitespace());
        let after = self
            .lines
            .last()
            .is_some_and(|line| line.chars().skip(self.end).any(|c| !c.is_whitespace()));
        anchors.is_some() || before || after
    }

    /// `return f(...)` and `x = f(...)` of which all of the call ran.
    fn is_plain_call(&self) -> bool {
        let text = self.lines.join("\n");
        let Some(parsed) = parse(&text) else {
            return false;
        };
        let tree = &parsed.tree;
        let Some(statement) = tree.list(tree.body()).next() else {
            return true;
        };
        let is_name = |id: ExprId| matches!(tree[id], Expr::Name { .. });
        let value = match tree[statement] {
            Stmt::Return { value: Some(value) } => match tree[value] {
                Expr::Call { func, .. } if is_name(func) => value,
                _ => return false,
            },
            Stmt::Assign { targets, value } => {
                let one_name = tree.len(targets) == 1 && tree.list(targets).all(is_name);
                match tree[value] {
                    Expr::Call { .. } if one_name => value,
                    _ => return false,
                }
            }
            _ => return false,
        };
        let range = tree.range(value);
        let (from, to) = (
            parsed.lines.line_column(range.start),
            parsed.lines.line_column(range.end),
        );
        from.line == 0
            && to.line as usize == self.lines.len() - 1
            && from.column as usize == self.start
            && to.column as usize == self.end
    }

    /// The operator, brackets or subscript of the expression that ran.
    fn anchors(&self) -> Option<Anchors> {
        let mut lines: Vec<String> = self.lines.iter().map(|&line| line.to_owned()).collect();
        let last = lines.len() - 1;
        lines[last] = lines[last].chars().take(self.end).collect();
        lines[0] = lines[0].chars().skip(self.start).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        // In brackets, what spans lines is an expression still.
        let parsed = parse(&format!("(\n{}\n)", lines.join("\n")))?;
        let tree = &parsed.tree;
        let mut body = tree.list(tree.body());
        let (Some(statement), None) = (body.next(), body.next()) else {
            return None;
        };
        let Stmt::Expr { value } = tree[statement] else {
            return None;
        };
        let segment = Segment {
            lines: &lines,
            parsed: &parsed,
        };
        match tree[value] {
            Expr::BinOp { left, right, .. } => {
                let operator =
                    segment.find(segment.end_of(left), |c| !c.is_whitespace() && c != ')')?;
                let (line, column) = operator;
                let second = lines[line].chars().nth(column + 1);
                let (right_line, right_column) = segment.start_of(right);
                let before_right = right_line > line || column + 1 < right_column;
                let long = before_right
                    && second.is_some_and(|c| !c.is_whitespace() && c != '\\' && c != '#');
                Some(Anchors {
                    left: operator,
                    right: (line, column + 1 + usize::from(long)),
                })
            }
            Expr::Subscript { value: base, .. } => {
                let left = segment.find(segment.end_of(base), |c| c == '[')?;
                Some(Anchors {
                    left,
                    right: segment.end_of(value),
                })
            }
            Expr::Call { func, .. } => {
                let left = segment.find(segment.end_of(func), |c| c == '(')?;
                Some(Anchors {
                    left,
                    right: segment.end_of(value),
                })
            }
            _ => None,
        }
    }
}

/// The tree of a text that has no errors.
fn parse(text: &str) -> Option<ParsedSegment> {
    if text.len() > LONGEST_PARSED {
        return None;
    }
    let parsed = parse_segment(text);
    parsed.errors.is_empty().then_some(parsed)
}

/// The lines of an expression, and its tree, parsed with one line before it.
struct Segment<'a> {
    lines: &'a [&'a str],
    parsed: &'a ParsedSegment,
}

impl Segment<'_> {
    fn place(&self, offset: u32) -> Place {
        let at = self.parsed.lines.line_column(offset);
        let line = (at.line as usize).saturating_sub(1);
        let text = self.lines.get(line).copied().unwrap_or_default();
        (line, characters(text, at.column))
    }

    fn start_of(&self, id: ExprId) -> Place {
        self.place(self.parsed.tree.range(id).start)
    }

    fn end_of(&self, id: ExprId) -> Place {
        self.place(self.parsed.tree.range(id).end)
    }

    /// The first character from a place on that is wanted; comments and
    /// continuations are skipped.
    fn find(&self, (first, column): Place, wanted: impl Fn(char) -> bool) -> Option<Place> {
        let mut skip = column;
        for (line, text) in self.lines.iter().enumerate().skip(first) {
            for (column, c) in text.chars().enumerate().skip(skip) {
                match c {
                    '\\' | '#' => break,
                    c if wanted(c) => return Some((line, column)),
                    _ => {}
                }
            }
            skip = 0;
        }
        None
    }
}

/// How many characters stand before a byte of a line.
pub(super) fn characters(line: &str, byte: u32) -> usize {
    let byte = line.floor_char_boundary(byte as usize);
    line[..byte].chars().count()
}

/// Columns that the first characters of a line take on a terminal.
fn width(line: &str, count: usize) -> usize {
    if line.is_ascii() {
        return if count == usize::MAX {
            line.len()
        } else {
            count
        };
    }
    line.chars()
        .take(count)
        .map(|c| if c.width() == Some(2) { 2 } else { 1 })
        .sum()
}

//! The replacement fields of `str.format`: `{0.a[b]!r:>{w}}`.

use super::FormatError;
use crate::text::{Text, unicode};

type Range = (usize, usize);

/// A piece of a format string.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Piece {
    /// Text as it is; an escaped brace ends its piece and is part of it once.
    Literal(usize, usize),
    Field(Field),
}

/// A replacement field, as ranges of the format string.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Field {
    pub(crate) name: Range,
    pub(crate) conversion: Option<u32>,
    pub(crate) spec: Range,
    /// Whether the specification contains fields itself.
    pub(crate) nested: bool,
}

/// The pieces of a format string, parsed as they are used: errors come late.
pub(crate) struct Pieces<'a> {
    text: Text<'a>,
    pos: usize,
    end: usize,
}

const OPEN: u32 = 0x7B;
const CLOSE: u32 = 0x7D;

impl<'a> Pieces<'a> {
    pub(crate) fn new(text: Text<'a>, (pos, end): Range) -> Self {
        Self { text, pos, end }
    }

    fn at(&self, pos: usize) -> u32 {
        self.text.at(pos)
    }

    fn field(&mut self) -> Result<Field, FormatError> {
        let start = self.pos;
        let mut c = 0;
        let mut bracket = false;
        while self.pos < self.end {
            c = self.at(self.pos);
            self.pos += 1;
            match c {
                OPEN if !bracket => return Err(FormatError::value("unexpected '{' in field name")),
                0x5B => bracket = true,
                0x5D => bracket = false,
                CLOSE | 0x3A | 0x21 if !bracket => break,
                _ => continue,
            }
        }
        let name = (start, self.pos - 1);
        if !matches!(c, 0x21 | 0x3A) {
            if c != CLOSE || bracket || self.pos == start {
                return Err(FormatError::value("expected '}' before end of string"));
            }
            return Ok(Field {
                name,
                conversion: None,
                spec: (self.pos, self.pos),
                nested: false,
            });
        }
        let mut conversion = None;
        if c == 0x21 {
            if self.pos >= self.end {
                return Err(FormatError::value(
                    "end of string while looking for conversion specifier",
                ));
            }
            conversion = Some(self.at(self.pos));
            self.pos += 1;
            if self.pos < self.end {
                let next = self.at(self.pos);
                self.pos += 1;
                if next == CLOSE {
                    return Ok(Field {
                        name,
                        conversion,
                        spec: (self.pos, self.pos),
                        nested: false,
                    });
                }
                if next != 0x3A {
                    return Err(FormatError::value(
                        "expected ':' after conversion specifier",
                    ));
                }
            }
        }
        let spec = self.pos;
        let mut depth = 1;
        let mut nested = false;
        while self.pos < self.end {
            match self.at(self.pos) {
                OPEN => {
                    nested = true;
                    depth += 1;
                }
                CLOSE => {
                    depth -= 1;
                    if depth == 0 {
                        self.pos += 1;
                        return Ok(Field {
                            name,
                            conversion,
                            spec: (spec, self.pos - 1),
                            nested,
                        });
                    }
                }
                _ => {}
            }
            self.pos += 1;
        }
        Err(FormatError::value("unmatched '{' in format spec"))
    }
}

impl Iterator for Pieces<'_> {
    type Item = Result<Piece, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.pos;
        if start >= self.end {
            return None;
        }
        while self.pos < self.end {
            let c = self.at(self.pos);
            if !matches!(c, OPEN | CLOSE) {
                self.pos += 1;
                continue;
            }
            let doubled = self.pos + 1 < self.end && self.at(self.pos + 1) == c;
            if doubled {
                let end = self.pos + 1;
                self.pos += 2;
                return Some(Ok(Piece::Literal(start, end)));
            }
            if self.pos > start {
                return Some(Ok(Piece::Literal(start, self.pos)));
            }
            if c == CLOSE {
                self.pos = self.end;
                return Some(Err(FormatError::value(
                    "Single '}' encountered in format string",
                )));
            }
            self.pos += 1;
            if self.pos >= self.end {
                return Some(Err(FormatError::value(
                    "Single '{' encountered in format string",
                )));
            }
            return Some(self.field().map(Piece::Field));
        }
        Some(Ok(Piece::Literal(start, self.end)))
    }
}

/// What a field name starts with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum First {
    /// Nothing: the next argument.
    Auto,
    Index(usize),
    Name(usize, usize),
}

/// A step from there: `.name`, `[3]` or `[key]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Attribute(usize, usize),
    Index(usize),
    Key(usize, usize),
}

fn index(text: Text<'_>, (start, end): Range) -> Result<Option<usize>, FormatError> {
    if start == end {
        return Ok(None);
    }
    let mut value = 0_usize;
    for pos in start..end {
        let Some(digit) = unicode::decimal(text.at(pos)) else {
            return Ok(None);
        };
        value = value
            .checked_mul(10)
            .and_then(|value| value.checked_add(digit.into()))
            .filter(|&value| value <= isize::MAX as usize)
            .ok_or_else(|| FormatError::value("Too many decimal digits in format string"))?;
    }
    Ok(Some(value))
}

/// Splits a field name into its start and the position its steps begin at.
pub(crate) fn split_name(
    text: Text<'_>,
    (start, end): Range,
) -> Result<(First, usize), FormatError> {
    let stop = (start..end)
        .find(|&pos| matches!(text.at(pos), 0x2E | 0x5B))
        .unwrap_or(end);
    let first = if stop == start {
        First::Auto
    } else {
        match index(text, (start, stop))? {
            Some(index) => First::Index(index),
            None => First::Name(start, stop),
        }
    };
    Ok((first, stop))
}

/// The step at `pos`, and where the next begins.
pub(crate) fn next_step(
    text: Text<'_>,
    pos: usize,
    end: usize,
) -> Result<Option<(Step, usize)>, FormatError> {
    if pos >= end {
        return Ok(None);
    }
    match text.at(pos) {
        0x2E => {
            let stop = (pos + 1..end)
                .find(|&at| matches!(text.at(at), 0x2E | 0x5B))
                .unwrap_or(end);
            if stop == pos + 1 {
                return Err(FormatError::value("Empty attribute in format string"));
            }
            Ok(Some((Step::Attribute(pos + 1, stop), stop)))
        }
        0x5B => {
            let Some(stop) = (pos + 1..end).find(|&at| text.at(at) == 0x5D) else {
                return Err(FormatError::value("Missing ']' in format string"));
            };
            if stop == pos + 1 {
                return Err(FormatError::value("Empty attribute in format string"));
            }
            let step = match index(text, (pos + 1, stop))? {
                Some(index) => Step::Index(index),
                None => Step::Key(pos + 1, stop),
            };
            Ok(Some((step, stop + 1)))
        }
        _ => Err(FormatError::value(
            "Only '.' or '[' may follow ']' in format field specifier",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextBuf;

    fn pieces(text: &str) -> Result<Vec<Piece>, String> {
        let text = TextBuf::from(text);
        let range = (0, text.len());
        Pieces::new(text.as_text(), range)
            .map(|piece| piece.map_err(|error| error.message))
            .collect()
    }

    #[test]
    fn fields() {
        let field = |name, conversion, spec, nested| {
            Piece::Field(Field {
                name,
                conversion,
                spec,
                nested,
            })
        };
        assert_eq!(
            pieces("a{0}b"),
            Ok(vec![
                Piece::Literal(0, 1),
                field((2, 3), None, (4, 4), false),
                Piece::Literal(4, 5)
            ])
        );
        assert_eq!(
            pieces("{!r:>{w}}"),
            Ok(vec![field((1, 1), Some(0x72), (4, 8), true)])
        );
        assert_eq!(
            pieces("{{}}"),
            Ok(vec![Piece::Literal(0, 1), Piece::Literal(2, 3)])
        );
        for (text, error) in [
            ("{", "Single '{' encountered in format string"),
            ("}", "Single '}' encountered in format string"),
            ("{a", "expected '}' before end of string"),
            ("{!}", "unmatched '{' in format spec"),
            ("{!r", "unmatched '{' in format spec"),
            ("{!rx}", "expected ':' after conversion specifier"),
            (
                "{0!",
                "end of string while looking for conversion specifier",
            ),
            ("{0[}", "expected '}' before end of string"),
            ("{0:{}", "unmatched '{' in format spec"),
        ] {
            assert_eq!(pieces(text), Err(error.into()), "{text}");
        }
    }

    #[test]
    fn names() {
        let text = TextBuf::from("0.ab[3][x]");
        let text = text.as_text();
        assert_eq!(split_name(text, (0, 10)), Ok((First::Index(0), 1)));
        assert_eq!(next_step(text, 1, 10), Ok(Some((Step::Attribute(2, 4), 4))));
        assert_eq!(next_step(text, 4, 10), Ok(Some((Step::Index(3), 7))));
        assert_eq!(next_step(text, 7, 10), Ok(Some((Step::Key(8, 9), 10))));
        assert_eq!(next_step(text, 10, 10), Ok(None));
    }
}

//! Line ends: which ones end a line, and what they become in reading and writing.

use vitrine_vm::object::Ref;
use vitrine_vm::text::{StrBuilder, Text, TextBuf};
use vitrine_vm::{PyResult, Vm};

/// What the `newline` argument asks for.
#[derive(Clone, Copy, Default)]
pub(super) struct Newlines {
    /// `\r\n` and `\r` end lines too.
    pub(super) universal: bool,
    /// All line ends are read as `\n`.
    pub(super) translate: bool,
    /// The argument, unless it is `None`.
    pub(super) given: Option<&'static str>,
    /// Which ends were read: 1 is `\r`, 2 `\n`, 4 `\r\n`.
    pub(super) seen: u8,
}

impl Newlines {
    /// Judges the argument.
    pub(super) fn from_argument(vm: &mut Vm, value: Option<&Ref>) -> PyResult<Self> {
        let Some(value) = value.filter(|value| !value.is_none()) else {
            return Ok(Self {
                universal: true,
                translate: true,
                ..Self::default()
            });
        };
        if value.as_str().is_none() {
            let ty = vm.type_of(value).name();
            return Err(vm.type_error(format!("newline must be str or None, not {ty}")));
        }
        let given = match &*vm.text_of(value) {
            "" => "",
            "\n" => "\n",
            "\r" => "\r",
            "\r\n" => "\r\n",
            _ => {
                let shown = vm.repr_string(value)?;
                return Err(vm.value_error(format!("illegal newline value: {shown}")));
            }
        };
        Ok(Self {
            universal: given.is_empty(),
            translate: false,
            given: Some(given),
            seen: 0,
        })
    }

    /// What `\n` is written as, if not as itself.
    pub(super) fn written(&self) -> Option<&'static str> {
        self.given.filter(|given| given.starts_with('\r'))
    }

    /// `newlines`: what was seen, as Python shows it.
    pub(super) fn seen_value(seen: u8, vm: &mut Vm) -> Ref {
        let names: Vec<Ref> = [(1, "\r"), (2, "\n"), (4, "\r\n")]
            .iter()
            .filter(|(bit, _)| seen & bit != 0)
            .map(|(_, name)| vm.new_str(name))
            .collect();
        match names.len() {
            0 => Ref::none(),
            1 => names[0].clone(),
            _ => vm.new_tuple(names),
        }
    }

    /// Where the first line from `start` on ends, its end included.
    pub(super) fn line_end(&self, text: Text<'_>, start: usize) -> Option<usize> {
        if self.universal && !self.translate {
            let mut points = text.code_points().skip(start).enumerate().peekable();
            while let Some((at, point)) = points.next() {
                match point {
                    0x0A => return Some(start + at + 1),
                    0x0D => {
                        let pair = points.peek().is_some_and(|&(_, next)| next == 0x0A);
                        return Some(start + at + 1 + usize::from(pair));
                    }
                    _ => {}
                }
            }
            return None;
        }
        let end = match self.given {
            Some(given) if !given.is_empty() => given,
            _ => "\n",
        };
        text.find(Text::Ascii(end), start, text.len())
            .map(|at| at + end.len())
    }
}

/// Notes the line ends of a text, and makes them all `\n` if asked to.
pub(super) fn read(text: TextBuf, translate: bool, seen: &mut u8) -> TextBuf {
    let view = text.as_text();
    let len = view.len();
    if view.find(Text::Ascii("\r"), 0, len).is_none() {
        if *seen & 2 == 0 && view.find(Text::Ascii("\n"), 0, len).is_some() {
            *seen |= 2;
        }
        return text;
    }
    let mut out = StrBuilder::with_capacity(len);
    let mut points = view.code_points().peekable();
    while let Some(point) = points.next() {
        match point {
            0x0D if points.peek() == Some(&0x0A) => {
                points.next();
                *seen |= 4;
                if !translate {
                    out.push(0x0D);
                }
                out.push(0x0A);
            }
            0x0D => {
                *seen |= 1;
                out.push(if translate { 0x0A } else { 0x0D });
            }
            _ => {
                *seen |= if point == 0x0A { 2 } else { 0 };
                out.push(point);
            }
        }
    }
    out.finish()
}

/// Replaces `\n` in what is written.
pub(super) fn write(text: Text<'_>, newline: &str) -> Option<TextBuf> {
    text.replace(Text::Ascii("\n"), Text::Ascii(newline), usize::MAX)
}

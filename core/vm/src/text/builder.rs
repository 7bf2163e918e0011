//! Builds a string from pieces, widening its buffer only when a piece needs it.

use super::{Text, TextBuf, Units, each_width};

enum Buffer {
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
}

/// A growing string. Invariant: `bits` is the bitwise or of all code points
/// pushed, so it tells whether the buffer is as narrow as the text allows.
pub struct StrBuilder {
    buffer: Buffer,
    bits: u32,
}

impl Default for StrBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl StrBuilder {
    /// An empty one.
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// An empty one with room for `capacity` narrow code points.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            buffer: Buffer::U8(Vec::with_capacity(capacity)),
            bits: 0,
        }
    }

    /// The number of code points so far.
    pub fn len(&self) -> usize {
        match &self.buffer {
            Buffer::U8(units) => units.len(),
            Buffer::U16(units) => units.len(),
            Buffer::U32(units) => units.len(),
        }
    }

    /// Whether nothing was pushed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends one code point.
    pub fn push(&mut self, code_point: u32) {
        self.bits |= code_point;
        self.widen(code_point);
        match &mut self.buffer {
            Buffer::U8(units) => units.push(code_point as u8),
            Buffer::U16(units) => units.push(code_point as u16),
            Buffer::U32(units) => units.push(code_point),
        }
    }

    /// Appends one code point `count` times.
    pub fn push_many(&mut self, code_point: u32, count: usize) {
        if count == 0 {
            return;
        }
        self.bits |= code_point;
        self.widen(code_point);
        match &mut self.buffer {
            Buffer::U8(units) => units.resize(units.len() + count, code_point as u8),
            Buffer::U16(units) => units.resize(units.len() + count, code_point as u16),
            Buffer::U32(units) => units.resize(units.len() + count, code_point),
        }
    }

    /// Appends Rust text.
    pub fn push_text(&mut self, text: &str) {
        if text.is_ascii() {
            self.push_units(Units::U8(text.as_bytes()), 0x7F);
        } else {
            text.chars().for_each(|c| self.push(c.into()));
        }
    }

    /// Appends a string.
    pub fn push_str<'a>(&mut self, text: impl Into<Text<'a>>) {
        let text = text.into();
        let top = if text.is_ascii() {
            0x7F
        } else {
            [0, 0xFF, 0xFFFF, 0, 0x1F_FFFF][text.kind()]
        };
        self.push_units(text.units(), top);
    }

    /// Appends the code points `start..end` of a string.
    pub fn push_range(&mut self, text: Text<'_>, start: usize, end: usize) {
        each_width!(text.units(), units => self.push_slice(&units[start..end]));
    }

    /// Appends units of any width.
    pub(crate) fn push_slice<U: super::Unit>(&mut self, units: &[U]) {
        let top = units.iter().fold(0, |bits, &unit| bits | unit.into());
        self.push_units(U::units(units), top);
    }

    fn push_units(&mut self, units: Units<'_>, top: u32) {
        if matches!(units, Units::U8([]) | Units::U16([]) | Units::U32([])) {
            return;
        }
        self.bits |= top;
        self.widen(top);
        match (&mut self.buffer, units) {
            (Buffer::U8(out), Units::U8(units)) => out.extend_from_slice(units),
            (Buffer::U16(out), Units::U16(units)) => out.extend_from_slice(units),
            (Buffer::U32(out), Units::U32(units)) => out.extend_from_slice(units),
            (Buffer::U8(out), units) => {
                each_width!(units, s => out.extend(s.iter().map(|&u| u32::from(u) as u8)));
            }
            (Buffer::U16(out), units) => {
                each_width!(units, s => out.extend(s.iter().map(|&u| u32::from(u) as u16)));
            }
            (Buffer::U32(out), units) => {
                each_width!(units, s => out.extend(s.iter().map(|&u| u32::from(u))));
            }
        }
    }

    fn widen(&mut self, code_point: u32) {
        match &self.buffer {
            Buffer::U8(units) if code_point > 0xFFFF => {
                self.buffer = Buffer::U32(units.iter().map(|&unit| unit.into()).collect());
            }
            Buffer::U8(units) if code_point > 0xFF => {
                self.buffer = Buffer::U16(units.iter().map(|&unit| unit.into()).collect());
            }
            Buffer::U16(units) if code_point > 0xFFFF => {
                self.buffer = Buffer::U32(units.iter().map(|&unit| unit.into()).collect());
            }
            _ => {}
        }
    }

    /// The string.
    pub fn finish(self) -> TextBuf {
        match self.buffer {
            Buffer::U8(units) => TextBuf::from_u8s(units),
            // Pushing a wide string whose slice is narrow may have widened in vain.
            Buffer::U16(units) if self.bits <= 0xFF => TextBuf::from_units(&units),
            Buffer::U32(units) if self.bits <= 0xFFFF => TextBuf::from_units(&units),
            Buffer::U16(units) => TextBuf::Ucs2(units),
            Buffer::U32(units) => TextBuf::Ucs4(units),
        }
    }
}

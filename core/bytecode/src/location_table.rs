//! `co_linetable`: where in the source each instruction comes from
//! (`InternalDocs/code_objects.md` of CPython).
//!
//! Each entry is a byte `1 kkkk lll` - a form and a length in code units, less
//! one - and what the form says: lines relative to the entry before, columns.

use crate::instruction::Location;

/// The forms of entries.
mod form {
    /// 0 to 9: the same line, the column's group of eight in the form.
    pub(super) const SHORT0: u8 = 0;
    /// 10 to 12: so many lines on, both columns a byte.
    pub(super) const ONE_LINE0: u8 = 10;
    pub(super) const ONE_LINE2: u8 = 12;
    pub(super) const NO_COLUMNS: u8 = 13;
    pub(super) const LONG: u8 = 14;
    pub(super) const NONE: u8 = 15;
}

/// Writes the table for instructions given by their place and end, in code units.
pub(crate) fn encode(
    firstlineno: i32,
    instructions: impl Iterator<Item = (Location, u32)>,
    table: &mut Vec<u8>,
) {
    table.clear();
    let mut encoder = Encoder {
        bytes: table,
        line: firstlineno,
    };
    // Where the entry begins, and where the last instruction with its place ends.
    let (mut loc, mut start, mut end) = (Location::NONE, 0, 0);
    for (next, next_end) in instructions {
        if !next.is_same(&loc) {
            encoder.entries(loc, end - start);
            (loc, start) = (next, end);
        }
        end = next_end;
    }
    encoder.entries(loc, end - start);
}

struct Encoder<'a> {
    bytes: &'a mut Vec<u8>,
    /// The line of the last entry.
    line: i32,
}

/// The most code units of an entry.
const MAX_UNITS: u32 = 8;

/// The byte an entry begins with.
#[inline]
fn first_byte(form: u8, length: u32) -> u8 {
    0x80 | form << 3 | (length - 1) as u8
}

impl Encoder<'_> {
    #[inline]
    fn entries(&mut self, loc: Location, mut units: u32) {
        while units > MAX_UNITS {
            self.entry(loc, MAX_UNITS);
            units -= MAX_UNITS;
        }
        if units > 0 {
            self.entry(loc, units);
        }
    }

    fn start(&mut self, form: u8, length: u32) {
        self.bytes.push(first_byte(form, length));
    }

    #[inline]
    fn entry(&mut self, loc: Location, length: u32) {
        let delta = loc.line.wrapping_sub(self.line);
        let (column, end_column) = (loc.column, loc.end_column);
        // Most are on one line, this or one of the next two, and columns small.
        let is_near = (0..3).contains(&delta) & (loc.end_line == loc.line);
        if !(is_near & (0..128).contains(&(column | end_column)) & (loc.line >= 0)) {
            return self.longer_entry(loc, length);
        }
        self.line = loc.line;
        // The short form has one byte less; both are written without a branch.
        let width = end_column.wrapping_sub(column);
        let is_short = (delta == 0) & (column < 80) & (0..16).contains(&width);
        let (form, columns) = match is_short {
            true => (
                form::SHORT0 + (column >> 3) as u8,
                (column & 7) << 4 | width,
            ),
            false => (form::ONE_LINE0 + delta as u8, column),
        };
        let entry = [first_byte(form, length), columns as u8, end_column as u8];
        self.bytes.extend_from_slice(&entry);
        self.bytes
            .truncate(self.bytes.len() - usize::from(is_short));
    }

    #[inline(never)]
    fn longer_entry(&mut self, loc: Location, length: u32) {
        if loc.line < 0 {
            return self.start(form::NONE, length);
        }
        let delta = loc.line - self.line;
        self.line = loc.line;
        if (loc.column < 0 || loc.end_column < 0)
            && (loc.end_line == loc.line || loc.end_line == -1)
        {
            self.start(form::NO_COLUMNS, length);
            return self.signed_varint(delta);
        }
        self.start(form::LONG, length);
        self.signed_varint(delta);
        self.varint(loc.end_line.wrapping_sub(loc.line) as u32);
        self.varint((loc.column + 1) as u32);
        self.varint((loc.end_column + 1) as u32);
    }

    fn varint(&mut self, mut value: u32) {
        while value >= 64 {
            self.bytes.push(0x40 | (value & 63) as u8);
            value >>= 6;
        }
        self.bytes.push(value as u8);
    }

    fn signed_varint(&mut self, value: i32) {
        self.varint(value.unsigned_abs().wrapping_shl(1) | u32::from(value < 0));
    }
}

/// A stretch of code units with one place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LocationEntry {
    /// First code unit.
    pub start: u32,
    /// Behind the last code unit.
    pub end: u32,
    /// Where it comes from; [`Location::NONE`] if nowhere.
    pub loc: Location,
}

/// The entries of a table. What follows a broken entry is left out.
pub fn decode(firstlineno: u32, table: &[u8]) -> impl Iterator<Item = LocationEntry> + '_ {
    let mut bytes = table.iter().copied();
    let mut line = i64::from(firstlineno);
    let mut start = 0_u32;
    std::iter::from_fn(move || {
        let first = bytes.next()?;
        let mut byte = || bytes.next().map(i64::from);
        let form = first >> 3 & 15;
        let (mut end_delta, column, end_column) = (0, -1, -1);
        let (mut column, mut end_column): (i64, i64) = (column, end_column);
        match form {
            form::NONE => {}
            form::LONG => {
                line += signed_varint(&mut byte)?;
                end_delta = varint(&mut byte)?;
                column = varint(&mut byte)? - 1;
                end_column = varint(&mut byte)? - 1;
            }
            form::NO_COLUMNS => line += signed_varint(&mut byte)?,
            form::ONE_LINE0..=form::ONE_LINE2 => {
                line += i64::from(form - form::ONE_LINE0);
                column = byte()?;
                end_column = byte()?;
            }
            short => {
                let packed = byte()?;
                column = i64::from(short) << 3 | packed >> 4;
                end_column = column + (packed & 15);
            }
        }
        let end = start.checked_add(u32::from(first & 7) + 1)?;
        let int = |value: i64| i32::try_from(value).ok();
        let loc = if form == form::NONE {
            Location::NONE
        } else {
            Location::new(
                int(line)?,
                int(line + end_delta)?,
                int(column)?,
                int(end_column)?,
            )
        };
        let entry = LocationEntry { start, end, loc };
        start = end;
        Some(entry)
    })
}

fn varint(byte: &mut impl FnMut() -> Option<i64>) -> Option<i64> {
    let (mut value, mut shift) = (0, 0);
    loop {
        let part = byte()?;
        value |= (part & 63) << shift;
        if part & 64 == 0 {
            return Some(value);
        }
        shift += 6;
        if shift > 30 {
            return None;
        }
    }
}

fn signed_varint(byte: &mut impl FnMut() -> Option<i64>) -> Option<i64> {
    let value = varint(byte)?;
    Some(if value & 1 != 0 {
        -(value >> 1)
    } else {
        value >> 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        let at = Location::new;
        let places = [
            (at(0, 0, 0, 0), 2),
            (Location::NONE, 1),
            (at(1, 1, 79, 94), 9),
            (at(1, 1, 80, 95), 1),
            (at(3, 3, 127, 127), 1),
            (at(3, 9, 0, 1), 1),
            (at(100_000, 100_000, 200, 70_000), 20),
            (Location::line(5), 3),
        ];
        let mut table = Vec::new();
        let mut end = 0;
        let ends = places.map(|(loc, units)| {
            end += units;
            (loc, end)
        });
        encode(1, ends.into_iter(), &mut table);
        let mut start = 0;
        let mut entries = decode(1, &table).peekable();
        for (loc, units) in places {
            let end = start + units;
            while let Some(entry) = entries.next_if(|entry| entry.end <= end) {
                assert_eq!(entry.loc, loc);
            }
            start = end;
        }
        assert_eq!(entries.next(), None);
    }

    #[test]
    fn broken_tables_end() {
        assert_eq!(decode(1, &[0x80 | 14 << 3, 0x40]).count(), 0);
        assert_eq!(
            decode(1, &[0xF0, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F]).count(),
            0
        );
        assert_eq!(decode(u32::MAX, &[0x80, 0]).count(), 0);
    }
}

//! `co_linetable`: where in the source each instruction comes from
//! (`InternalDocs/code_objects.md` of CPython).
//!
//! Each entry is a byte `1 kkkk lll` - a form and a length in code units, less
//! one - and what the form says: lines relative to the entry before, columns.

use std::hint::select_unpredictable;

use crate::instruction::Location;

/// The forms of entries; 0 to 9 are of the same line, and of columns of which the first is in
/// the group of eight with that number.
mod form {
    /// 10 to 12: so many lines on, both columns a byte.
    pub(super) const ONE_LINE0: u8 = 10;
    pub(super) const ONE_LINE2: u8 = 12;
    pub(super) const NO_COLUMNS: u8 = 13;
    pub(super) const LONG: u8 = 14;
    pub(super) const NONE: u8 = 15;
}

/// A stretch of instructions that come from one place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    pub(crate) loc: Location,
    /// The code unit behind it.
    pub(crate) end: u32,
}

/// Makes the table, in memory for it.
pub(crate) fn encode<'a>(
    firstlineno: i32,
    stretches: &[Stretch],
    memory: &'a mut Vec<u8>,
) -> &'a [u8] {
    // As much as entries can need, so that none of them has to ask.
    let long_ones = stretches.last().map_or(0, |last| last.end / MAX_UNITS) as usize;
    let bound = MAX_BYTES * (stretches.len() + long_ones);
    if memory.len() < bound {
        memory.resize(bound, 0);
    }
    // The line of the last entry, and where the next one begins in the code and in the table.
    let (mut line, mut start, mut at) = (firstlineno, 0, 0);
    let mut stretch = 0;
    while let Some(Stretch { loc, end }) = stretches.get(stretch)
        && let Some(room) = memory[at..].first_chunk_mut()
    {
        let units = (end - start).min(MAX_UNITS);
        let first = 0x80 | (units as u8 - 1);
        at += match near_entry(loc, line, first) {
            Some((entry, count)) => {
                room[..4].copy_from_slice(&entry.to_le_bytes());
                count
            }
            None => other_entry(loc, line, first, room),
        };
        // What has no place changes no line.
        line = if loc.line < 0 { line } else { loc.line };
        start += units;
        // A long stretch takes several entries; that is no branch.
        stretch += usize::from(start == *end);
    }
    &memory[..at]
}

/// The most code units of an entry.
const MAX_UNITS: u32 = 8;

/// More bytes than any entry has.
const MAX_BYTES: usize = 32;

/// An entry, and how many of the bytes count, if it is of a short form: most are on one line,
/// the last one or one of the next two, and their columns are small. `first` is the byte it
/// begins with, but for the form.
#[inline]
fn near_entry(loc: &Location, last_line: i32, first: u8) -> Option<(u32, usize)> {
    let (column, end_column) = (loc.column as u32, loc.end_column as u32);
    let delta = loc.line.wrapping_sub(last_line) as u32;
    let is_near = (delta < 3) & (loc.end_line == loc.line) & (loc.line >= 0);
    if !is_near || column | end_column >= 128 {
        return None;
    }
    // The shorter form has one byte less: it is for the same line, a column below 80 and a
    // width below 16. Which one it is no processor foresees, so it is no branch.
    let width = end_column.wrapping_sub(column);
    let is_short = delta | (column + 48) >> 7 | width >> 4 == 0;
    let short = column & !7 | ((column & 7) << 4 | width) << 8;
    let one_line = (u32::from(form::ONE_LINE0) + delta) << 3 | column << 8 | end_column << 16;
    let entry = select_unpredictable(is_short, short, one_line);
    Some((entry | u32::from(first), 3 - usize::from(is_short)))
}

/// Writes an entry of another form; how many bytes it has.
#[cold]
fn other_entry(loc: &Location, last_line: i32, first: u8, room: &mut [u8; MAX_BYTES]) -> usize {
    let has_columns = loc.column >= 0 && loc.end_column >= 0;
    let is_one_line = loc.end_line == loc.line || loc.end_line == -1;
    let form = match loc.line < 0 {
        true => form::NONE,
        false if !has_columns && is_one_line => form::NO_COLUMNS,
        false => form::LONG,
    };
    room[0] = first | form << 3;
    if form == form::NONE {
        return 1;
    }
    let delta = loc.line.wrapping_sub(last_line);
    let signed = delta.unsigned_abs().wrapping_shl(1) | u32::from(delta < 0);
    let mut len = varint_at(room, 1, signed);
    if form == form::LONG {
        len = varint_at(room, len, loc.end_line.wrapping_sub(loc.line) as u32);
        len = varint_at(room, len, loc.column.wrapping_add(1) as u32);
        len = varint_at(room, len, loc.end_column.wrapping_add(1) as u32);
    }
    len
}

/// Writes a number; where it ends.
#[inline]
fn varint_at(room: &mut [u8; MAX_BYTES], mut at: usize, mut value: u32) -> usize {
    while value >= 64 {
        room[at] = 0x40 | (value & 63) as u8;
        value >>= 6;
        at += 1;
    }
    room[at] = value as u8;
    at + 1
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
            (at(1, 1, 80, 79), 1),
            (at(3, 3, 127, 127), 1),
            (at(3, 9, 0, 1), 1),
            (at(100_000, 100_000, 200, 70_000), 20),
            (Location::line(5), 3),
        ];
        let mut end = 0;
        let stretches = places.map(|(loc, units)| {
            end += units;
            Stretch { loc, end }
        });
        let mut memory = Vec::new();
        let table = encode(1, &stretches, &mut memory);
        let mut entries = decode(1, table).peekable();
        for Stretch { loc, end } in stretches {
            while let Some(entry) = entries.next_if(|entry| entry.end <= end) {
                assert_eq!(entry.loc, loc);
            }
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

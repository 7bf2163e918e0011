//! `co_linetable`: where in the source each instruction comes from
//! (`InternalDocs/code_objects.md` of CPython).
//!
//! Each entry is a byte `1 kkkk lll` - a form and a length in code units, less
//! one - and what the form says: lines relative to the entry before, columns.

use crate::instruction::{Instruction, Location};

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

/// Makes the table, in memory for it, of instructions and of the code units at which they and
/// the code's end stand.
pub(crate) fn encode<'a>(
    firstlineno: i32,
    instructions: &[Instruction],
    offsets: &[u32],
    memory: &'a mut Vec<u8>,
) -> &'a [u8] {
    // As much as entries can need, so that none of them has to ask.
    let units = offsets.last().map_or(0, |&end| end / MAX_UNITS) as usize;
    let bound = MAX_BYTES * (instructions.len() + units);
    if memory.len() < bound {
        memory.resize(bound, 0);
    }
    let mut room = &mut memory[..bound];
    // The line of the last entry, and where the next one begins.
    let (mut line, mut start) = (firstlineno, 0);
    let mut left = instructions;
    for &end in &offsets[1..] {
        let Some((Instruction { loc, .. }, behind)) = left.split_first() else {
            break;
        };
        left = behind;
        if behind.first().is_some_and(|next| next.loc.is_same(loc)) {
            continue;
        }
        while end - start > MAX_UNITS {
            let count = any_entry(loc, &mut line, MAX_UNITS, room);
            room = &mut room[count..];
            start += MAX_UNITS;
        }
        let units = end - start;
        start = end;
        let count = match (near_entry(loc, line, units), room.first_chunk_mut()) {
            (Some((entry, count)), Some(place)) => {
                *place = entry;
                line = loc.line;
                count
            }
            _ => any_entry(loc, &mut line, units, room),
        };
        room = &mut room[count..];
    }
    let len = bound - room.len();
    &memory[..len]
}

/// The most code units of an entry.
const MAX_UNITS: u32 = 8;

/// More bytes than any entry has.
const MAX_BYTES: usize = 32;

/// The byte an entry begins with.
#[inline]
fn first_byte(form: u8, length: u32) -> u8 {
    0x80 | form << 3 | (length - 1) as u8
}

/// An entry, and how many of the bytes count, if it is of a short form: most are on one line,
/// the last one or one of the next two, and their columns are small.
#[inline]
fn near_entry(loc: &Location, line: i32, length: u32) -> Option<([u8; 4], usize)> {
    let delta = loc.line.wrapping_sub(line);
    let (column, end_column) = (loc.column, loc.end_column);
    let is_near = (0..3).contains(&delta) & (loc.end_line == loc.line) & (loc.line >= 0);
    if !(is_near & (0..128).contains(&(column | end_column))) {
        return None;
    }
    // The shorter form has one byte less. Which one it is no processor foresees, so it is
    // no branch.
    let width = end_column.wrapping_sub(column);
    let is_short = (delta == 0) & (column < 80) & (0..16).contains(&width);
    let either = |short: i32, long: i32| long ^ (short ^ long) & -i32::from(is_short);
    let form = either(
        i32::from(form::SHORT0) + (column >> 3),
        i32::from(form::ONE_LINE0) + delta,
    );
    let columns = either((column & 7) << 4 | width, column);
    let first = first_byte(form as u8, length);
    let entry = [first, columns as u8, end_column as u8, 0];
    Some((entry, 3 - usize::from(is_short)))
}

/// Writes an entry of whatever form; how many bytes it has.
#[inline(never)]
fn any_entry(loc: &Location, line: &mut i32, length: u32, room: &mut [u8]) -> usize {
    let last_line = *line;
    if loc.line < 0 {
        // What has no place changes no line.
        room[0] = first_byte(form::NONE, length);
        return 1;
    }
    *line = loc.line;
    if let Some((entry, count)) = near_entry(loc, last_line, length) {
        room[..entry.len()].copy_from_slice(&entry);
        return count;
    }
    let has_columns = loc.column >= 0 && loc.end_column >= 0;
    let is_one_line = loc.end_line == loc.line || loc.end_line == -1;
    let form = match !has_columns && is_one_line {
        true => form::NO_COLUMNS,
        false => form::LONG,
    };
    room[0] = first_byte(form, length);
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
fn varint_at(room: &mut [u8], mut at: usize, mut value: u32) -> usize {
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
    use crate::opcode::Opcode;

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
        let instructions = places.map(|(loc, _)| Instruction::new(Opcode::NOP, 0, loc));
        let mut offsets = vec![0];
        for (at, (_, units)) in places.iter().enumerate() {
            offsets.push(offsets[at] + units);
        }
        let table = encode(1, &instructions, &offsets, &mut table);
        let mut start = 0;
        let mut entries = decode(1, table).peekable();
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

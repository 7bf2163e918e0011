//! Where in the source an instruction comes from (`Objects/locations.md`).
#![forbid(unsafe_code)]

use crate::interp::code::Code;

/// A stretch of source; columns in bytes from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: Option<u32>,
    pub(crate) end_line: Option<u32>,
    pub(crate) column: Option<u32>,
    pub(crate) end_column: Option<u32>,
}

fn varint(bytes: &mut impl Iterator<Item = u8>) -> u32 {
    let (mut value, mut shift) = (0u32, 0);
    for byte in bytes.by_ref() {
        value |= u32::from(byte & 63) << shift;
        shift += 6;
        if byte & 64 == 0 || shift > 24 {
            break;
        }
    }
    value
}

fn signed(value: u32) -> i32 {
    if value & 1 != 0 {
        -((value >> 1) as i32)
    } else {
        (value >> 1) as i32
    }
}

impl Code {
    /// Calls `found` with every range of code units and its position until it answers true.
    pub(crate) fn each_position(&self, mut found: impl FnMut(u32, u32, Position) -> bool) {
        let mut bytes = self.data.linetable.iter().copied();
        let mut line = self.data.firstlineno as i32;
        let mut unit = 0;
        while let Some(first) = bytes.next() {
            let length = u32::from(first & 7) + 1;
            let kind = (first >> 3) & 15;
            let mut position = Position {
                line: None,
                end_line: None,
                column: None,
                end_column: None,
            };
            match kind {
                15 => {}
                14 => {
                    line += signed(varint(&mut bytes));
                    let end_line = line + varint(&mut bytes) as i32;
                    position.line = u32::try_from(line).ok();
                    position.end_line = u32::try_from(end_line).ok();
                    position.column = varint(&mut bytes).checked_sub(1);
                    position.end_column = varint(&mut bytes).checked_sub(1);
                }
                13 => {
                    line += signed(varint(&mut bytes));
                    position.line = u32::try_from(line).ok();
                    position.end_line = position.line;
                }
                10..=12 => {
                    line += i32::from(kind) - 10;
                    position.line = u32::try_from(line).ok();
                    position.end_line = position.line;
                    position.column = bytes.next().map(u32::from);
                    position.end_column = bytes.next().map(u32::from);
                }
                _ => {
                    let second = bytes.next().unwrap_or(0);
                    let column = u32::from(kind) << 3 | u32::from(second >> 4 & 7);
                    position.line = u32::try_from(line).ok();
                    position.end_line = position.line;
                    position.column = Some(column);
                    position.end_column = Some(column + u32::from(second & 15));
                }
            }
            if found(unit, unit + length, position) {
                return;
            }
            unit += length;
        }
    }

    /// The position of a code unit.
    pub(crate) fn position_at(&self, unit: u32) -> Position {
        let mut result = Position {
            line: None,
            end_line: None,
            column: None,
            end_column: None,
        };
        self.each_position(|start, end, position| {
            let here = (start..end).contains(&unit);
            if here {
                result = position;
            }
            here
        });
        result
    }

    /// The line of a code unit.
    pub(crate) fn line_at(&self, unit: u32) -> Option<u32> {
        self.position_at(unit).line
    }
}

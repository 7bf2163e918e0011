//! `co_exceptiontable`: which handler catches the exceptions of which instructions
//! (`InternalDocs/exception_handling.md` of CPython).
//!
//! Entries do not overlap and stand in the order of the code. Numbers are big-endian
//! in groups of six bits; bit 6 says that more follow, bit 7 that an entry starts.

/// One stretch of code and its handler, in code units.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExceptionEntry {
    /// First code unit covered.
    pub start: u32,
    /// Behind the last one.
    pub end: u32,
    /// The handler.
    pub target: u32,
    /// The stack is cut to this depth before the handler runs.
    pub depth: u32,
    /// Whether the raising instruction's offset is pushed before the exception.
    pub lasti: bool,
}

const START: u8 = 0x80;
const MORE: u8 = 0x40;

pub(crate) fn encode(entries: &[ExceptionEntry]) -> Box<[u8]> {
    let mut bytes = Vec::with_capacity(entries.len() * 6);
    for entry in entries {
        let depth_lasti = entry.depth << 1 | u32::from(entry.lasti);
        let first = bytes.len();
        for value in [
            entry.start,
            entry.end - entry.start,
            entry.target,
            depth_lasti,
        ] {
            for shift in [24, 18, 12, 6] {
                if value >> shift != 0 {
                    bytes.push((value >> shift & 63) as u8 | MORE);
                }
            }
            bytes.push((value & 63) as u8);
        }
        bytes[first] |= START;
    }
    bytes.into()
}

/// The entries of a table. What follows a broken entry is left out.
pub fn decode(table: &[u8]) -> impl Iterator<Item = ExceptionEntry> + '_ {
    let mut bytes = table.iter().copied();
    let mut number = move || {
        let mut byte = bytes.next()?;
        let mut value = u32::from(byte & 63);
        while byte & MORE != 0 {
            byte = bytes.next()?;
            value = value.checked_mul(64)? | u32::from(byte & 63);
        }
        Some(value)
    };
    std::iter::from_fn(move || {
        let (start, size, target, depth_lasti) = (number()?, number()?, number()?, number()?);
        Some(ExceptionEntry {
            start,
            end: start.checked_add(size)?,
            target,
            depth: depth_lasti >> 1,
            lasti: depth_lasti & 1 != 0,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        let entries = [
            (3, 4, 63, 0, false),
            (64, 4096, 262_144, 7, true),
            (5000, 1 << 25, 1 << 26, 100, false),
        ]
        .map(|(start, end, target, depth, lasti)| ExceptionEntry {
            start,
            end,
            target,
            depth,
            lasti,
        });
        let table = encode(&entries);
        assert_eq!(decode(&table).collect::<Vec<_>>(), entries);
        assert_eq!(decode(&table[..table.len() - 1]).count(), 2);
        assert_eq!(decode(&[0xFF; 64]).count(), 0);
    }
}

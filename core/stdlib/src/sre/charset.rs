//! Sets of characters and categories.

use vitrine_vm::text::unicode;

use super::code::op;
use super::engine::Stop;

/// Whether a character belongs to a category (`CHCODES`).
pub(super) fn in_category(category: u32, c: u32) -> bool {
    // Each category is followed by its complement.
    let belongs = match category & !1 {
        0 => is_digit(c),
        2 => is_space(c),
        // The locale is always "C": its words are ASCII's.
        4 | 8 => is_word(c),
        6 => c == u32::from(b'\n'),
        10 => unicode::decimal(c).is_some(),
        12 => unicode::is_space(c),
        14 => is_unicode_word(c),
        16 => unicode::is_line_break(c),
        _ => return false,
    };
    belongs == (category & 1 == 0)
}

fn is_digit(c: u32) -> bool {
    (u32::from(b'0')..=u32::from(b'9')).contains(&c)
}

fn is_space(c: u32) -> bool {
    matches!(c, 0x20 | 0x09..=0x0D)
}

/// ASCII letters, digits and the underscore.
pub(super) fn is_word(c: u32) -> bool {
    u8::try_from(c).is_ok_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// `str.isalnum` and the underscore.
pub(super) fn is_unicode_word(c: u32) -> bool {
    if c < 0x80 {
        is_word(c)
    } else {
        unicode::is_alnum(c)
    }
}

/// ASCII lower case; the rest stays.
pub(super) fn lower_ascii(c: u32) -> u32 {
    u8::try_from(c).map_or(c, |byte| u32::from(byte.to_ascii_lowercase()))
}

/// Simple lower case.
pub(super) fn lower_unicode(c: u32) -> u32 {
    if c < 0x80 {
        lower_ascii(c)
    } else {
        unicode::simple_lower(c)
    }
}

/// Whether a character is in the set whose codes begin `set`.
pub(super) fn contains(set: &[u32], c: u32) -> Result<bool, Stop> {
    let mut rest = set;
    let mut found = true;
    loop {
        let &[opcode, ref tail @ ..] = rest else {
            return Err(Stop::InvalidCode);
        };
        rest = match (opcode, tail) {
            (op::FAILURE, _) => return Ok(!found),
            (op::NEGATE, tail) => {
                found = !found;
                tail
            }
            (op::LITERAL, &[literal, ref tail @ ..]) => {
                if c == literal {
                    return Ok(found);
                }
                tail
            }
            (op::CATEGORY, &[category, ref tail @ ..]) => {
                if in_category(category, c) {
                    return Ok(found);
                }
                tail
            }
            (op::RANGE, &[low, high, ref tail @ ..]) => {
                if (low..=high).contains(&c) {
                    return Ok(found);
                }
                tail
            }
            (op::RANGE_UNI_IGNORE, &[low, high, ref tail @ ..]) => {
                let range = low..=high;
                if range.contains(&c) || range.contains(&unicode::simple_upper(c)) {
                    return Ok(found);
                }
                tail
            }
            (op::CHARSET, tail) => {
                // 256 bits.
                let (bits, tail) = tail.split_at_checked(8).ok_or(Stop::InvalidCode)?;
                if c < 256 && bits[c as usize / 32] >> (c % 32) & 1 == 1 {
                    return Ok(found);
                }
                tail
            }
            (op::BIGCHARSET, &[blocks, ref tail @ ..]) => {
                // 256 bytes say which block of 256 bits each high byte has.
                let (indices, tail) = tail.split_at_checked(64).ok_or(Stop::InvalidCode)?;
                let (bits, tail) = tail
                    .split_at_checked(blocks as usize * 8)
                    .ok_or(Stop::InvalidCode)?;
                if c < 0x10000 {
                    let high = c as usize >> 8;
                    let block = indices[high / 4].to_le_bytes()[high % 4] as usize;
                    let word = bits
                        .get(block * 8 + (c as usize & 0xFF) / 32)
                        .ok_or(Stop::InvalidCode)?;
                    if word >> (c % 32) & 1 == 1 {
                        return Ok(found);
                    }
                }
                tail
            }
            _ => return Err(Stop::InvalidCode),
        };
    }
}

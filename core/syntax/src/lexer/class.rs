//! Classes of bytes and characters.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Bytes that may stand in an identifier, all of non-ASCII among them.
static IDENTIFIER: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80;
        byte += 1;
    }
    table
};

/// Whether an identifier may hold this byte.
#[inline]
pub(crate) fn is_identifier_byte(byte: u8) -> bool {
    IDENTIFIER[byte as usize]
}

/// `str.isprintable` for one character.
pub(crate) fn is_printable(c: char) -> bool {
    use GeneralCategory as G;
    c == ' '
        || !matches!(
            c.general_category(),
            G::Control
                | G::Format
                | G::Surrogate
                | G::PrivateUse
                | G::Unassigned
                | G::LineSeparator
                | G::ParagraphSeparator
                | G::SpaceSeparator
        )
}

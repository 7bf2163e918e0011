//! What `bytes` and `bytearray` do beyond the algorithms they share with `str`:
//! ASCII-only case and predicates, `hex` and `fromhex`.

/// White space to `bytes.split` and `bytes.strip`.
pub(crate) fn is_space(byte: u32) -> bool {
    matches!(byte, 9..=13 | 32)
}

/// Ends a line to `bytes.splitlines`.
pub(crate) fn is_line_break(byte: u32) -> bool {
    matches!(byte, 0x0A | 0x0D)
}

/// `bytes.islower()`.
pub(crate) fn is_lower(bytes: &[u8]) -> bool {
    bytes.iter().any(u8::is_ascii_lowercase) && !bytes.iter().any(u8::is_ascii_uppercase)
}

/// `bytes.isupper()`.
pub(crate) fn is_upper(bytes: &[u8]) -> bool {
    bytes.iter().any(u8::is_ascii_uppercase) && !bytes.iter().any(u8::is_ascii_lowercase)
}

/// `bytes.istitle()`.
pub(crate) fn is_title(bytes: &[u8]) -> bool {
    let (mut in_word, mut any) = (false, false);
    for byte in bytes {
        if byte.is_ascii_uppercase() {
            if in_word {
                return false;
            }
        } else if byte.is_ascii_lowercase() {
            if !in_word {
                return false;
            }
        } else {
            in_word = false;
            continue;
        }
        (in_word, any) = (true, true);
    }
    any
}

/// `bytes.title()`.
pub(crate) fn title(bytes: &[u8]) -> Vec<u8> {
    let mut in_word = false;
    let map = |byte: &u8| {
        let mapped = if in_word {
            byte.to_ascii_lowercase()
        } else {
            byte.to_ascii_uppercase()
        };
        in_word = byte.is_ascii_alphabetic();
        mapped
    };
    bytes.iter().map(map).collect()
}

/// `bytes.capitalize()`.
pub(crate) fn capitalize(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_ascii_lowercase();
    if let Some(first) = out.first_mut() {
        first.make_ascii_uppercase();
    }
    out
}

/// `bytes.swapcase()`.
pub(crate) fn swapcase(bytes: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .map(|byte| {
            if byte.is_ascii_alphabetic() {
                byte ^ 0x20
            } else {
                *byte
            }
        })
        .collect()
}

/// `bytes.hex(separator, group)`; a negative group counts from the left.
pub(crate) fn hex(bytes: &[u8], separator: Option<u8>, group: i64) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let size = usize::try_from(group.unsigned_abs()).unwrap_or(usize::MAX);
    let mut out = String::with_capacity(bytes.len() * 3);
    for (index, byte) in bytes.iter().enumerate() {
        if let Some(separator) = separator.filter(|_| index > 0 && size > 0) {
            let boundary = if group < 0 {
                index.is_multiple_of(size)
            } else {
                (bytes.len() - index).is_multiple_of(size)
            };
            if boundary {
                out.push(separator.into());
            }
        }
        out.push(DIGITS[usize::from(byte >> 4)].into());
        out.push(DIGITS[usize::from(byte & 15)].into());
    }
    out
}

/// Why `fromhex` failed.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum HexError {
    /// Not a hexadecimal digit, at this position.
    Digit(usize),
    /// A digit has no partner.
    Odd,
}

/// `bytes.fromhex(text)`: pairs of digits, white space between pairs.
pub(crate) fn from_hex(code_points: impl Iterator<Item = u32>) -> Result<Vec<u8>, HexError> {
    let mut out = Vec::new();
    let mut high: Option<u8> = None;
    for (at, c) in code_points.enumerate() {
        let digit = char::from_u32(c)
            .and_then(|c| c.to_digit(16))
            .map(|digit| digit as u8);
        match (digit, high) {
            (Some(digit), None) => high = Some(digit),
            (Some(digit), Some(first)) => {
                out.push(first << 4 | digit);
                high = None;
            }
            (None, None) if is_space(c) => {}
            (None, _) => return Err(HexError::Digit(at)),
        }
    }
    if high.is_some() {
        Err(HexError::Odd)
    } else {
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal() {
        assert_eq!(hex(b"\x01\xab\xff", None, 1), "01abff");
        assert_eq!(hex(b"\x01\xab\xff", Some(b':'), 1), "01:ab:ff");
        assert_eq!(hex(b"\x01\xab\xff", Some(b':'), 2), "01:abff");
        assert_eq!(hex(b"\x01\xab\xff", Some(b':'), -2), "01ab:ff");
        let from = |text: &str| from_hex(text.chars().map(u32::from));
        assert_eq!(from(" 01 aB\nff "), Ok(b"\x01\xab\xff".to_vec()));
        assert_eq!(from("01 a"), Err(HexError::Odd));
        assert_eq!(from("0 1"), Err(HexError::Digit(1)));
        assert_eq!(from("0x"), Err(HexError::Digit(1)));
    }

    #[test]
    fn case() {
        assert_eq!(title(b"they're X1y"), b"They'Re X1Y");
        assert_eq!(capitalize(b"aBC"), b"Abc");
        assert_eq!(swapcase(b"aB1"), b"Ab1");
        assert!(
            is_title(b"Ab Cd")
                && !is_title(b"AB")
                && !is_title(b"")
                && is_lower(b"a1")
                && is_upper(b"A1")
        );
    }
}

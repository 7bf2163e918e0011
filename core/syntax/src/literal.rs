//! Values of number, string and f-string tokens.

use num_bigint::BigUint;

use crate::tree::Constant;
use crate::wtf8::{self, Wtf8Box};

/// The literal has no value: the lexer or the parser says why.
#[derive(Clone, Copy, Debug)]
pub struct NoValue;

/// The value of a `Number` token.
pub fn number(text: &str) -> Result<Constant, NoValue> {
    let clean;
    let text = if text.contains('_') {
        clean = text.replace('_', "");
        clean.as_str()
    } else {
        text
    };
    let radix = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 10,
    };
    if radix != 10 {
        return BigUint::parse_bytes(&text.as_bytes()[2..], radix).map(Constant::Int).ok_or(NoValue);
    }
    if let Some(imaginary) = text.strip_suffix(['j', 'J']) {
        let value: f64 = imaginary.parse().map_err(|_| NoValue)?;
        return Ok(Constant::Complex(value.to_bits()));
    }
    if text.contains(['.', 'e', 'E']) {
        let value: f64 = text.parse().map_err(|_| NoValue)?;
        return Ok(Constant::Float(value.to_bits()));
    }
    match text.parse::<u64>() {
        Ok(value) => Ok(Constant::Int(value.into())),
        Err(_) => BigUint::parse_bytes(text.as_bytes(), 10).map(Constant::Int).ok_or(NoValue),
    }
}

/// The value of a `String` token, prefix and quotes included.
pub fn string(text: &str) -> Result<Constant, NoValue> {
    let quote = text.find(['"', '\'']).ok_or(NoValue)?;
    let (prefix, rest) = text.split_at(quote);
    let len = if rest.len() >= 6 && (rest.starts_with("\"\"\"") || rest.starts_with("'''")) { 3 } else { 1 };
    let body = rest.get(len..rest.len().saturating_sub(len)).ok_or(NoValue)?;
    let has = |letter: u8| prefix.bytes().any(|byte| byte.eq_ignore_ascii_case(&letter));
    let decoded = decode(body, has(b'r'), has(b'b'))?;
    if has(b'b') { Ok(Constant::Bytes(decoded.into())) } else { text_of(&decoded).map(Constant::Str) }
}

/// The value of the text in an f-string.
pub fn fstring_part(text: &str, raw: bool) -> Result<Wtf8Box, NoValue> {
    let text = text.replace("{{", "{").replace("}}", "}");
    text_of(&decode(&text, raw, false)?)
}

fn text_of(bytes: &[u8]) -> Result<Wtf8Box, NoValue> {
    Wtf8Box::from_bytes(bytes).ok_or(NoValue)
}

fn decode(body: &str, raw: bool, bytes: bool) -> Result<Vec<u8>, NoValue> {
    let body = body.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body.as_str();
    while let Some(at) = rest.find('\\').filter(|_| !raw) {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let escape = rest[at + 1..].chars().next().ok_or(NoValue)?;
        rest = &rest[at + 1 + escape.len_utf8()..];
        let mut push = |code_point: u32| {
            if bytes {
                out.push(code_point as u8);
            } else {
                wtf8::push(&mut out, code_point);
            }
        };
        let mut hex = |digits: usize| {
            let value = rest.get(..digits).and_then(|text| u32::from_str_radix(text, 16).ok()).ok_or(NoValue);
            rest = rest.get(digits..).unwrap_or("");
            value
        };
        match escape {
            '\n' => {}
            '\\' | '\'' | '"' => push(escape as u32),
            'a' => push(7),
            'b' => push(8),
            'f' => push(12),
            'n' => push(10),
            'r' => push(13),
            't' => push(9),
            'v' => push(11),
            '0'..='7' => {
                let mut value = escape as u32 - '0' as u32;
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = rest.bytes().next() else { break };
                    value = value * 8 + u32::from(digit - b'0');
                    rest = &rest[1..];
                }
                push(value);
            }
            'x' => push(hex(2)?),
            'u' if !bytes => push(hex(4)?),
            'U' if !bytes => push(Some(hex(8)?).filter(|value| *value < 0x11_0000).ok_or(NoValue)?),
            _ => {
                out.push(b'\\');
                out.extend_from_slice(escape.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}

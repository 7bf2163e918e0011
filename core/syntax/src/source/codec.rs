//! The encodings of source files, by CPython's names.
//!
//! UTF-8, Latin-1 and ASCII are decoded here. The others come from
//! `encoding_rs`, where the web's table equals Python's but for bytes that
//! Python leaves undefined and the web maps to control characters.

use encoding_rs::Encoding;

/// An encoding.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Codec {
    Utf8,
    Latin1,
    Ascii,
    /// ISO 8859-9, which the web takes for a superset of it.
    Latin5,
    Other {
        encoding: &'static Encoding,
        /// CPython's name in errors.
        name: &'static str,
    },
}

/// What a name stands for.
pub(crate) enum Found {
    Codec(Codec),
    /// A codec of Python's that does not turn bytes to text.
    NotText,
    Nothing,
}

/// The first bytes that an encoding does not have.
pub(super) struct Wrong {
    pub(super) offset: usize,
    pub(super) reason: &'static str,
}

impl Codec {
    /// Finds an encoding by name or alias, however spelled.
    pub(crate) fn find(name: &str) -> Found {
        let normal: String = name
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '.' {
                    c.to_ascii_lowercase()
                } else {
                    '_'
                }
            })
            .collect();
        let other = |encoding: &'static Encoding, name: &'static str| {
            Found::Codec(Self::Other { encoding, name })
        };
        // Python's table encodings report errors as `charmap`.
        let table = |encoding: &'static Encoding| other(encoding, "charmap");
        match normal.as_str() {
            "utf_8" | "utf8" | "u8" | "utf" | "cp65001" | "utf8_ucs2" | "utf8_ucs4"
            | "utf_8_sig" => Found::Codec(Self::Utf8),
            "latin_1" | "iso_8859_1" | "iso8859_1" | "8859" | "cp819" | "iso8859" | "l1"
            | "latin" | "latin1" | "csisolatin1" | "ibm819" | "iso_8859_1_1987" | "iso_ir_100" => {
                Found::Codec(Self::Latin1)
            }
            "ascii" | "646" | "ansi_x3.4_1968" | "ansi_x3.4_1986" | "ansi_x3_4_1968" | "cp367"
            | "csascii" | "ibm367" | "iso646_us" | "iso_646.irv_1991" | "iso_ir_6" | "us"
            | "us_ascii" => Found::Codec(Self::Ascii),
            "iso8859_9" | "iso_8859_9" | "latin5" | "l5" => Found::Codec(Self::Latin5),
            "iso8859_2" | "iso_8859_2" | "latin2" | "l2" => table(encoding_rs::ISO_8859_2),
            "iso8859_3" | "iso_8859_3" | "latin3" | "l3" => table(encoding_rs::ISO_8859_3),
            "iso8859_4" | "iso_8859_4" | "latin4" | "l4" => table(encoding_rs::ISO_8859_4),
            "iso8859_5" | "iso_8859_5" | "cyrillic" => table(encoding_rs::ISO_8859_5),
            "iso8859_6" | "iso_8859_6" | "arabic" => table(encoding_rs::ISO_8859_6),
            "iso8859_7" | "iso_8859_7" | "greek" | "greek8" => table(encoding_rs::ISO_8859_7),
            "iso8859_8" | "iso_8859_8" | "hebrew" => table(encoding_rs::ISO_8859_8),
            "iso8859_10" | "iso_8859_10" | "latin6" | "l6" => table(encoding_rs::ISO_8859_10),
            "iso8859_13" | "iso_8859_13" | "latin7" | "l7" => table(encoding_rs::ISO_8859_13),
            "iso8859_14" | "iso_8859_14" | "latin8" | "l8" => table(encoding_rs::ISO_8859_14),
            "iso8859_15" | "iso_8859_15" | "latin9" | "l9" => table(encoding_rs::ISO_8859_15),
            "iso8859_16" | "iso_8859_16" | "latin10" | "l10" => table(encoding_rs::ISO_8859_16),
            "cp1250" | "1250" | "windows_1250" => table(encoding_rs::WINDOWS_1250),
            "cp1251" | "1251" | "windows_1251" => table(encoding_rs::WINDOWS_1251),
            "cp1252" | "1252" | "windows_1252" => table(encoding_rs::WINDOWS_1252),
            "cp1253" | "1253" | "windows_1253" => table(encoding_rs::WINDOWS_1253),
            "cp1254" | "1254" | "windows_1254" => table(encoding_rs::WINDOWS_1254),
            "cp1255" | "1255" | "windows_1255" => table(encoding_rs::WINDOWS_1255),
            "cp1256" | "1256" | "windows_1256" => table(encoding_rs::WINDOWS_1256),
            "cp1257" | "1257" | "windows_1257" => table(encoding_rs::WINDOWS_1257),
            "cp1258" | "1258" | "windows_1258" => table(encoding_rs::WINDOWS_1258),
            "cp866" | "866" | "ibm866" | "csibm866" => table(encoding_rs::IBM866),
            "cp874" => table(encoding_rs::WINDOWS_874),
            "koi8_r" | "cskoi8r" => table(encoding_rs::KOI8_R),
            "koi8_u" => table(encoding_rs::KOI8_U),
            "mac_roman" | "macroman" | "macintosh" => table(encoding_rs::MACINTOSH),
            "mac_cyrillic" | "maccyrillic" => table(encoding_rs::X_MAC_CYRILLIC),
            "big5" | "big5_tw" | "csbig5" => other(encoding_rs::BIG5, "big5"),
            "big5hkscs" | "big5_hkscs" | "hkscs" => other(encoding_rs::BIG5, "big5hkscs"),
            "euc_jp" | "eucjp" | "ujis" | "u_jis" => other(encoding_rs::EUC_JP, "euc_jp"),
            "shift_jis" | "shiftjis" | "sjis" | "s_jis" | "csshiftjis" => {
                other(encoding_rs::SHIFT_JIS, "shift_jis")
            }
            "cp932" | "932" | "ms932" | "mskanji" | "ms_kanji" | "windows_31j" => {
                other(encoding_rs::SHIFT_JIS, "cp932")
            }
            "iso2022_jp" | "iso_2022_jp" | "iso2022jp" | "csiso2022jp" => {
                other(encoding_rs::ISO_2022_JP, "iso2022_jp")
            }
            "euc_kr" | "euckr" | "korean" | "ksc5601" | "ks_c_5601" | "ks_c_5601_1987"
            | "ksx1001" | "ks_x_1001" => other(encoding_rs::EUC_KR, "euc_kr"),
            "cp949" | "949" | "ms949" | "uhc" => other(encoding_rs::EUC_KR, "cp949"),
            "gb2312" | "chinese" | "csiso58gb231280" | "euc_cn" | "euccn" | "eucgb2312_cn"
            | "gb2312_1980" | "gb2312_80" | "iso_ir_58" => other(encoding_rs::GBK, "gb2312"),
            "gbk" | "936" | "cp936" | "ms936" => other(encoding_rs::GBK, "gbk"),
            "gb18030" | "gb18030_2000" => other(encoding_rs::GB18030, "gb18030"),
            "base64" | "base64_codec" | "base_64" | "bz2" | "bz2_codec" | "hex" | "hex_codec"
            | "quopri" | "quopri_codec" | "quoted_printable" | "quotedprintable" | "rot13"
            | "rot_13" | "uu" | "uu_codec" | "zip" | "zlib" | "zlib_codec" => Found::NotText,
            _ => Found::Nothing,
        }
    }

    /// CPython's name of the codec in errors.
    pub(super) fn error_name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Latin1 => "latin-1",
            Self::Ascii => "ascii",
            Self::Latin5 => "charmap",
            Self::Other { name, .. } => name,
        }
    }

    /// The text, U+FFFD for what is not of this encoding, and the first of that.
    pub(super) fn decode(self, bytes: &[u8]) -> (String, Option<Wrong>) {
        match self {
            Self::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => (text.to_owned(), None),
                Err(error) => {
                    let offset = error.valid_up_to();
                    let starts = matches!(bytes[offset], 0xC2..=0xF4);
                    let reason = match error.error_len() {
                        None => "unexpected end of data",
                        Some(_) if starts => "invalid continuation byte",
                        Some(_) => "invalid start byte",
                    };
                    (
                        String::from_utf8_lossy(bytes).into_owned(),
                        Some(Wrong { offset, reason }),
                    )
                }
            },
            Self::Latin1 => (bytes.iter().map(|&byte| byte as char).collect(), None),
            Self::Latin5 => (bytes.iter().map(|&byte| latin5(byte)).collect(), None),
            Self::Ascii => {
                let text = { bytes.iter() }
                    .map(|&byte| {
                        if byte.is_ascii() {
                            byte as char
                        } else {
                            char::REPLACEMENT_CHARACTER
                        }
                    })
                    .collect();
                let wrong = bytes.iter().position(|byte| !byte.is_ascii());
                let reason = "ordinal not in range(128)";
                (text, wrong.map(|offset| Wrong { offset, reason }))
            }
            Self::Other {
                encoding,
                name: "charmap",
            } => decode_table(encoding, bytes),
            Self::Other { encoding, .. } => {
                let (text, wrong) = encoding.decode_without_bom_handling(bytes);
                let reason = "illegal multibyte sequence";
                let wrong = wrong.then(|| Wrong {
                    offset: first_wrong(encoding, bytes),
                    reason,
                });
                (text.into_owned(), wrong)
            }
        }
    }
}

/// Decodes an encoding of one byte a character.
fn decode_table(encoding: &'static Encoding, bytes: &[u8]) -> (String, Option<Wrong>) {
    let mut wrong = None;
    // A table of what each byte above ASCII means; the web's stand-ins for
    // undefined bytes are control characters of the same number, which only
    // the ISO encodings really have.
    let iso = encoding.name().starts_with("ISO");
    let table: Vec<char> = (0x80..=0xFF_u8)
        .map(|byte| {
            let (text, bad) = encoding.decode_without_bom_handling(std::slice::from_ref(&byte));
            let c = text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER);
            let undefined = bad || (!iso && c as u32 == u32::from(byte) && byte < 0xA0);
            if undefined {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect();
    let mut text = String::with_capacity(bytes.len());
    for (offset, &byte) in bytes.iter().enumerate() {
        let c = if byte.is_ascii() {
            byte as char
        } else {
            table[usize::from(byte) - 0x80]
        };
        if c == char::REPLACEMENT_CHARACTER && wrong.is_none() {
            wrong = Some(Wrong {
                offset,
                reason: "character maps to <undefined>",
            });
        }
        text.push(c);
    }
    (text, wrong)
}

/// The offset of the first bytes that make the decoder stop.
fn first_wrong(encoding: &'static Encoding, bytes: &[u8]) -> usize {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(0));
    let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    match result {
        encoding_rs::DecoderResult::Malformed(len, after) => {
            read.saturating_sub(usize::from(len) + usize::from(after))
        }
        _ => 0,
    }
}

fn latin5(byte: u8) -> char {
    match byte {
        0xD0 => 'Ğ',
        0xDD => 'İ',
        0xDE => 'Ş',
        0xF0 => 'ğ',
        0xFD => 'ı',
        0xFE => 'ş',
        _ => byte as char,
    }
}

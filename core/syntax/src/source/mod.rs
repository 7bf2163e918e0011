//! A file's bytes to text: byte order mark, coding cookie, decoding.
//!
//! Decoding never fails: what is wrong is one error beside a text in which
//! U+FFFD stands for what could not be read. Newlines stay as they are.

mod codec;

use memchr::memchr;

pub(crate) use codec::Codec;

/// A decoded file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// The text, without a byte order mark.
    pub text: String,
    /// The encoding as CPython names it: `utf-8` and `iso-8859-1` in these
    /// spellings, others as the cookie does.
    pub encoding: String,
    /// The first thing that was wrong.
    pub error: Option<SourceError>,
}

/// Why CPython refuses a file's bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SourceError {
    /// The cookie names no encoding we know.
    UnknownEncoding {
        /// The name.
        name: String,
    },
    /// The cookie contradicts the byte order mark.
    EncodingProblem {
        /// The cookie's encoding.
        name: String,
    },
    /// The cookie names a codec that is not between bytes and text.
    NotTextEncoding {
        /// The codec.
        name: String,
    },
    /// Bytes that are not UTF-8, where no encoding is declared.
    NotUtf8 {
        /// The first of them.
        byte: u8,
        /// The 1-based line it is on.
        line: u32,
        /// The 1-based line CPython says when it reads a file: of the second
        /// line it says the first, unless the first is blank or a comment.
        said_line: u32,
        /// How many characters stand before it on its line.
        column: u32,
    },
    /// Bytes that the declared encoding does not have.
    Undecodable {
        /// CPython's name of the codec.
        codec: &'static str,
        /// The first of them.
        byte: u8,
        /// Its offset among all bytes.
        offset: usize,
        /// Its offset from the end of the cookie's line.
        file_offset: usize,
        /// Why.
        reason: &'static str,
    },
    /// A byte 0.
    NullByte {
        /// The 1-based line it is on.
        line: u32,
    },
}

impl SourceError {
    /// What CPython says on running the file of this name.
    pub fn message(&self, filename: &str) -> String {
        match self {
            Self::UnknownEncoding { name } => format!("unknown encoding: {name}"),
            Self::EncodingProblem { name } => format!("encoding problem: {name} with BOM"),
            Self::NotTextEncoding { name } => format!("'{name}' is not a text encoding"),
            Self::NotUtf8 {
                byte, said_line, ..
            } => format!(
                "Non-UTF-8 code starting with '\\x{byte:02x}' in file {filename} on line {said_line}, but \
                 no encoding declared; see https://peps.python.org/pep-0263/ for details"
            ),
            Self::Undecodable { file_offset, .. } => self.undecodable(*file_offset),
            Self::NullByte { .. } => "source code cannot contain null bytes".to_owned(),
        }
    }

    /// The 1-based line it is on, and how many characters stand before it there.
    pub fn place(&self) -> (u32, u32) {
        match *self {
            Self::NotUtf8 { line, column, .. } => (line, column),
            Self::NullByte { line } => (line, 0),
            _ => (1, 0),
        }
    }

    /// Where CPython's `compile` finds it; `None` for what it refuses without a look.
    pub fn compile_position(&self) -> Option<(u32, u32)> {
        match self {
            Self::NotUtf8 { line, column, .. } => Some((*line, column + 1)),
            Self::NullByte { .. } => None,
            _ => Some(self.position()),
        }
    }

    /// What CPython's `compile` says of the same bytes.
    pub fn compile_message(&self) -> String {
        match self {
            Self::NotTextEncoding { name } => format!(
                "'{name}' is not a text encoding; use codecs.decode() to handle arbitrary codecs"
            ),
            Self::NotUtf8 { byte, line, .. } => format!(
                "Non-UTF-8 code starting with '\\x{byte:02x}' on line {line}, but \
                 no encoding declared; see https://peps.python.org/pep-0263/ for details"
            ),
            Self::Undecodable { offset, .. } => self.undecodable(*offset),
            Self::NullByte { .. } => "source code string cannot contain null bytes".to_owned(),
            Self::UnknownEncoding { .. } | Self::EncodingProblem { .. } => self.message(""),
        }
    }

    fn undecodable(&self, offset: usize) -> String {
        match self {
            Self::Undecodable {
                codec,
                byte,
                reason,
                ..
            } => {
                format!(
                    "'{codec}' codec can't decode byte 0x{byte:02x} in position {offset}: {reason}"
                )
            }
            _ => String::new(),
        }
    }

    /// The 1-based line and column that CPython reports on running a file; 0
    /// where it has none.
    pub fn position(&self) -> (u32, u32) {
        match self {
            Self::NotUtf8 {
                said_line, column, ..
            } => (*said_line, column + 1),
            Self::NullByte { line } => (*line, 0),
            Self::EncodingProblem { .. } => (1, 0),
            _ => (0, 0),
        }
    }
}

/// Decodes what `compile` is given, which refuses a byte 0 before it looks at anything else.
pub fn decode_for_compile(bytes: &[u8]) -> Source {
    let mut source = decode(bytes);
    // As UTF-8 a file is decoded by a codec, what is given to `compile` by the tokenizer.
    if source.encoding == "utf-8" && matches!(source.error, Some(SourceError::Undecodable { .. })) {
        source.error = decode_utf8(bytes).error;
    }
    if let Some(at) = memchr(0, bytes) {
        let line = 1 + count_newlines(&bytes[..at]);
        source.error = Some(SourceError::NullByte { line });
    }
    source
}

/// Decodes a file.
pub fn decode(bytes: &[u8]) -> Source {
    let (bytes, has_bom) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let cookie = Cookie::find(bytes);
    let mut source = match &cookie {
        None => decode_utf8(bytes),
        Some(cookie) if has_bom && cookie.name != "utf-8" => {
            let error = SourceError::EncodingProblem {
                name: cookie.name.clone(),
            };
            Source {
                error: Some(error),
                ..decode_utf8(bytes)
            }
        }
        Some(cookie) => decode_declared(bytes, cookie),
    };
    if let Some(at) = memchr(0, source.text.as_bytes())
        && matches!(source.error, None | Some(SourceError::NotUtf8 { .. }))
    {
        let line = 1 + count_newlines(&source.text.as_bytes()[..at]);
        let earlier = match source.error {
            Some(SourceError::NotUtf8 { line: wrong, .. }) => wrong <= line,
            _ => false,
        };
        if !earlier {
            source.error = Some(SourceError::NullByte { line });
        }
    }
    source
}

fn decode_utf8(bytes: &[u8]) -> Source {
    let encoding = "utf-8".to_owned();
    match std::str::from_utf8(bytes) {
        Ok(text) => Source {
            text: text.to_owned(),
            encoding,
            error: None,
        },
        Err(error) => {
            let at = error.valid_up_to();
            let line = 1 + count_newlines(&bytes[..at]);
            let line_start =
                memchr::memrchr2(b'\n', b'\r', &bytes[..at]).map_or(0, |newline| newline + 1);
            let column = String::from_utf8_lossy(&bytes[line_start..at])
                .chars()
                .count() as u32;
            let said_line = if line == 2 && !Cookie::may_follow(first_line(bytes)) {
                1
            } else {
                line
            };
            let error = SourceError::NotUtf8 {
                byte: bytes[at],
                line,
                said_line,
                column,
            };
            Source {
                text: String::from_utf8_lossy(bytes).into_owned(),
                encoding,
                error: Some(error),
            }
        }
    }
}

fn decode_declared(bytes: &[u8], cookie: &Cookie) -> Source {
    let encoding = cookie.name.clone();
    let lossy = |error: SourceError| Source {
        text: String::from_utf8_lossy(bytes).into_owned(),
        encoding: encoding.clone(),
        error: Some(error),
    };
    let name = cookie.name.clone();
    let codec = match Codec::find(&cookie.name) {
        codec::Found::Codec(codec) => codec,
        codec::Found::NotText => return lossy(SourceError::NotTextEncoding { name }),
        codec::Found::Nothing => return lossy(SourceError::UnknownEncoding { name }),
    };
    let (text, wrong) = codec.decode(bytes);
    let error = wrong.map(|wrong| SourceError::Undecodable {
        codec: codec.error_name(),
        byte: bytes[wrong.offset],
        offset: wrong.offset,
        file_offset: wrong.offset.saturating_sub(cookie.line_end),
        reason: wrong.reason,
    });
    Source {
        text,
        encoding,
        error,
    }
}

/// An encoding declared in a comment on one of the first two lines.
struct Cookie {
    /// Normalized as CPython does.
    name: String,
    /// The offset at which its line ends.
    line_end: usize,
}

impl Cookie {
    fn find(bytes: &[u8]) -> Option<Self> {
        let first = first_line(bytes);
        if let Some(name) = Self::in_line(first) {
            return Some(Self {
                name,
                line_end: first.len(),
            });
        }
        if !Self::may_follow(first) {
            return None;
        }
        let second = first.len() + crate::lexer::newline_len(bytes, first.len());
        let line = first_line(&bytes[second..]);
        Self::in_line(line).map(|name| Self {
            name,
            line_end: second + line.len(),
        })
    }

    /// Whether a line is blank or a comment, so that the next may have a cookie.
    fn may_follow(line: &[u8]) -> bool {
        matches!(line.trim_ascii_start().first(), None | Some(b'#'))
    }

    /// The name in `# ... coding: name` or `# ... coding=name`.
    fn in_line(line: &[u8]) -> Option<String> {
        let start = line
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\t' | b'\x0c'))?;
        let comment = line[start..].strip_prefix(b"#")?;
        memchr::memmem::find_iter(comment, b"coding").find_map(|at| {
            let rest = &comment[at + 6..];
            let rest = rest
                .strip_prefix(b":")
                .or_else(|| rest.strip_prefix(b"="))?;
            let name = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t'))?;
            let is_name =
                |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
            let name: Vec<u8> = rest[name..].iter().take_while(is_name).copied().collect();
            (!name.is_empty()).then(|| normal_name(&String::from_utf8_lossy(&name)))
        })
    }
}

/// A cookie's name as CPython goes on with it.
fn normal_name(name: &str) -> String {
    let start: String = name
        .chars()
        .take(12)
        .collect::<String>()
        .to_ascii_lowercase()
        .replace('_', "-");
    let is = |known: &str| start == known || start.starts_with(&format!("{known}-"));
    if is("utf-8") {
        "utf-8".to_owned()
    } else if is("latin-1") || is("iso-8859-1") || is("iso-latin-1") {
        "iso-8859-1".to_owned()
    } else {
        name.to_owned()
    }
}

fn first_line(bytes: &[u8]) -> &[u8] {
    let end = memchr::memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
    &bytes[..end]
}

fn count_newlines(bytes: &[u8]) -> u32 {
    let newlines = memchr::memchr2_iter(b'\n', b'\r', bytes);
    newlines
        .filter(|&at| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'))
        .count() as u32
}

#[cfg(test)]
mod tests;

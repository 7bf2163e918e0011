//! Bytes as CPython 3.14 writes them, and bytes that nobody should.

use super::*;
use crate::code::Const;

fn int(text: &str) -> Const {
    Const::Int(text.parse().expect("a number"))
}

#[test]
fn values_as_cpython_writes_them() {
    let check = |bytes: &[u8], expected: Const| {
        assert_eq!(load_const(bytes), Ok(expected.clone()));
        assert_eq!(load_const(&dump_const(&expected)), Ok(expected));
    };
    check(b"N", Const::None);
    check(b"\xe9\xd6\xff\xff\xff", int("-42"));
    check(
        b"l\x03\x00\x00\x00\x00\x00\x00\x00\x04\x00",
        int("4294967296"),
    );
    check(
        b"l\xfd\xff\xff\xff\x00\x00\x00\x00\x04\x00",
        int("-4294967296"),
    );
    check(
        b"l\x05\x00\x00\x00\xff\x7f\xff\x7f\xff\x7f\xff\x7f\xff\x7f",
        int("37778931862957161709567"),
    );
    check(b"\xe7\x00\x00\x00\x00\x00\x00\xf8\xbf", Const::Float(-1.5));
    check(b"\xda\x03abc", Const::Str("abc".into()));
    check(
        b"u\x03\x00\x00\x00\xed\xa0\x80",
        Const::Str([0xD800].into_iter().collect()),
    );
    check(
        b"\xa9\x02\xda\x01xr\x01\x00\x00\x00",
        Const::Tuple([Const::Str("x".into()), Const::Str("x".into())].into()),
    );
    check(
        b"\xba\xe9\x01\x00\x00\x00NN",
        Const::Slice(Box::new([int("1"), Const::None, Const::None])),
    );
}

#[test]
fn bad_bytes_are_refused() {
    let check = |bytes: &[u8], offset: usize, kind: MarshalErrorKind| {
        assert_eq!(
            load_const(bytes),
            Err(MarshalError { offset, kind }),
            "{bytes:?}"
        );
    };
    check(b"", 0, MarshalErrorKind::TooShort);
    check(b"i\x00\x00", 1, MarshalErrorKind::TooShort);
    check(b"(\xff\xff\xff\x7f", 5, MarshalErrorKind::TooShort);
    check(
        b"s\xff\xff\xff\xff",
        5,
        MarshalErrorKind::BadData("negative length"),
    );
    check(b"l\x00\x00\x00\x80", 5, MarshalErrorKind::TooShort);
    check(
        b"l\x01\x00\x00\x00\x00\x80",
        7,
        MarshalErrorKind::BadData("digit out of range in long"),
    );
    check(b"?", 1, MarshalErrorKind::UnknownType(b'?'));
    check(b"r\x00\x00\x00\x00", 5, MarshalErrorKind::BadReference);
    // A tuple that holds itself.
    check(
        b"\xa9\x01r\x00\x00\x00\x00",
        7,
        MarshalErrorKind::BadReference,
    );
    check(
        b"u\x01\x00\x00\x00\xff",
        6,
        MarshalErrorKind::BadData("invalid text"),
    );
    check(
        &[b')', 1].repeat(5000),
        2 * MAX_DEPTH + 1,
        MarshalErrorKind::TooComplex,
    );
    assert!(load_code(b"N").is_err());
}

#[test]
fn references_cannot_multiply_without_end() {
    // Each tuple holds the one before it ten times: 10^60 values in 4 kB.
    let mut bytes = vec![b')', 60, b')' | 0x80, 0];
    for level in 0_u8..59 {
        bytes.extend_from_slice(&[b')' | 0x80, 10]);
        bytes.extend_from_slice(&[b'r', level, 0, 0, 0].repeat(10));
    }
    assert_eq!(
        load_const(&bytes).map_err(|e| e.kind),
        Err(MarshalErrorKind::TooComplex)
    );
}

#[test]
fn pyc_headers() {
    use pyc::{MAGIC, PycError, Validation};
    let header = |magic: u16, flags: u8| {
        let mut bytes = [magic.to_le_bytes(), *b"\r\n"].concat();
        bytes.extend_from_slice(&[flags, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]);
        bytes
    };
    let check = |bytes: &[u8], expected: &str| {
        let error = pyc::read(bytes).expect_err(expected);
        assert_eq!(error.to_string(), expected);
    };
    check(b"", "reached EOF while reading the pyc header");
    check(
        &header(MAGIC, 0)[..15],
        "reached EOF while reading the pyc header",
    );
    check(&[0; 16], "not a .pyc file: no magic number in front");
    check(
        &header(3571, 0),
        "bad magic number 3571: Python 3.13 made this file, not 3.14",
    );
    check(
        &header(3394, 0),
        "bad magic number 3394: Python 3.7 made this file, not 3.14",
    );
    check(
        &header(62211, 0),
        "bad magic number 62211: Python 2.7 made this file, not 3.14",
    );
    check(
        &header(9, 0),
        "bad magic number 9: an unknown Python made this file, not 3.14",
    );
    check(&header(MAGIC, 2), "invalid flags 0x2 in the pyc header");
    check(&header(MAGIC, 0), "marshal data too short at byte 16");
    assert_eq!(
        pyc::read_header(&header(MAGIC, 0)),
        Ok(Validation::Timestamp { mtime: 1, size: 2 })
    );
    let hash = [1, 0, 0, 0, 2, 0, 0, 0];
    for (flags, checked) in [(1, false), (3, true)] {
        let validation = Validation::Hash { hash, checked };
        assert_eq!(pyc::read_header(&header(MAGIC, flags)), Ok(validation));
        assert_eq!(pyc::write_header(validation)[..], header(MAGIC, flags));
    }
    assert_eq!(pyc::read_header(&header(MAGIC, 4)), Err(PycError::Flags(4)));
}

/// As `_imp.source_hash` of CPython 3.14 gives it.
#[test]
fn source_hashes() {
    let check = |source: &[u8], expected: &str| {
        let hash: String = pyc::source_hash(source)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(hash, expected, "{source:?}");
    };
    check(b"", "61f5b7cb653a6aa4");
    check(b"x = 1\n", "1db2b6325ca282a7");
    check(b"print('hello, world')\n", "b4a282b7af3ffed7");
}

#[test]
fn damage_does_no_harm() {
    let source = "def f(a, *b, c=1):\n    try:\n        return [x for x in a if x > 0.5]\n    except (A, B) as e:\n        \
                  async def g():\n            await e\n        return 'text', b'\\0', 1 << 70, {1, 2, 3}, a[1:2], -1j\n";
    let compiled =
        crate::compile::compile_source(source, &crate::compile::CompileOptions::default())
            .expect("valid");
    let whole = dump_code(&compiled.code);
    assert_eq!(load_code(&whole), Ok(compiled.code));
    let mut state = 12345_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut read = 0;
    for _ in 0..4000 {
        let mut bytes = whole.clone();
        for _ in 0..=random(3) {
            let at = random(bytes.len());
            bytes[at] = random(256) as u8;
        }
        if random(8) == 0 {
            bytes.truncate(random(bytes.len()));
        }
        read += u32::from(crate::fuzz::marshalled_code(&bytes));
    }
    assert!(read > 100, "{read}");
}

//! Texts and messages, each as CPython 3.14 gives it.

use super::*;

#[track_caller]
fn check(bytes: &[u8], text: &str, encoding: &str) {
    let source = decode(bytes);
    assert_eq!(
        (
            source.text.as_str(),
            source.encoding.as_str(),
            &source.error
        ),
        (text, encoding, &None)
    );
}

#[track_caller]
fn check_error(bytes: &[u8], message: &str, position: (u32, u32)) {
    let error = decode(bytes).error.expect(message);
    assert_eq!(
        (error.message("f.py").as_str(), error.position()),
        (message, position)
    );
}

#[test]
fn encodings() {
    check(b"x", "x", "utf-8");
    check(b"", "", "utf-8");
    check(b"\xEF\xBB\xBFx", "x", "utf-8");
    check(
        b"\xEF\xBB\xBF# coding: utf-8-x\n#\n# coding: foo",
        "# coding: utf-8-x\n#\n# coding: foo",
        "utf-8",
    );
    check(
        b"# coding: latin-1\n\xE9",
        "# coding: latin-1\né",
        "iso-8859-1",
    );
    check(
        b"#!/x\r\n# -*- coding: UTF_8-unix -*-\n",
        "#!/x\r\n# -*- coding: UTF_8-unix -*-\n",
        "utf-8",
    );
    check(
        b"\x0c\n# vim: set fileencoding=koi8-r :\n\xC1",
        "\x0c\n# vim: set fileencoding=koi8-r :\nа",
        "koi8-r",
    );
    check(
        b"# coding: iso-8859-15\n\xA4",
        "# coding: iso-8859-15\n€",
        "iso-8859-15",
    );
    check(b"# coding: cp1252\n\x80", "# coding: cp1252\n€", "cp1252");
    check(
        b"# coding: shift_jis\n\x82\xA0",
        "# coding: shift_jis\nあ",
        "shift_jis",
    );
    check(b"x=1\n# coding: foo\n", "x=1\n# coding: foo\n", "utf-8");
    check(
        b"# encoding is not coding here\n",
        "# encoding is not coding here\n",
        "utf-8",
    );
}

#[test]
fn errors() {
    check_error(b"# coding: foo\n", "unknown encoding: foo", (0, 0));
    check_error(b"\n# coding: foo\n", "unknown encoding: foo", (0, 0));
    check_error(
        b"# coding: rot13\n",
        "'rot13' is not a text encoding",
        (0, 0),
    );
    check_error(
        b"\xEF\xBB\xBF# coding: latin-1\n",
        "encoding problem: iso-8859-1 with BOM",
        (1, 0),
    );
    let ascii = "'ascii' codec can't decode byte 0xe9 in position 4: ordinal not in range(128)";
    check_error(b"# coding: ascii\nx='\xE9'\n", ascii, (0, 0));
    let utf8 = "'utf-8' codec can't decode byte 0xff in position 4: invalid start byte";
    check_error(b"# coding: utf8\nx='\xFF'", utf8, (0, 0));
    let charmap =
        "'charmap' codec can't decode byte 0x81 in position 4: character maps to <undefined>";
    check_error(b"#!/usr\n# coding: cp1252\nx='\x81'", charmap, (0, 0));
    let not_utf8 = |byte: &str, line: u32| {
        format!(
            "Non-UTF-8 code starting with '\\x{byte}' in file f.py on line {line}, but no encoding \
             declared; see https://peps.python.org/pep-0263/ for details"
        )
    };
    check_error(b"x='\xFF'\n", &not_utf8("ff", 1), (1, 4));
    check_error(b"\nx='\xFF'\n", &not_utf8("ff", 2), (2, 4));
    check_error(b"x=1\ny='\xE9\xE9'\n", &not_utf8("e9", 1), (1, 4));
    check_error(b"x=1\n\ny='\xED\xA0\x80'\n", &not_utf8("ed", 3), (3, 4));
    check_error(
        b"x=1\ny='\0'\n",
        "source code cannot contain null bytes",
        (2, 0),
    );
}

//! Literals and what is folded from them.

use super::Writer;

impl Writer {
    pub(super) fn number(&mut self) {
        const NUMBERS: &[&str] = &[
            "0",
            "1",
            "2",
            "3",
            "5",
            "255",
            "256",
            "257",
            "0x7fffffff",
            "2147483648",
            "0xFFFF_FFFF",
            "9223372036854775807",
            "18446744073709551616",
            "123456789012345678901234567890",
            "0b101",
            "0o17",
            "0.0",
            "1.0",
            "0.5",
            "1e400",
            "1e-320",
            "5e-324",
            "3.141592653589793",
            "1e22",
            "1_0.0_1",
            "0j",
            "1j",
            "1e400j",
            "2.5J",
            "00",
            "1.",
            ".5",
        ];
        let number = self.random.pick(NUMBERS);
        self.put(number);
    }

    pub(super) fn string(&mut self) {
        const STRINGS: &[&str] = &[
            "''",
            "'a'",
            "\"b\"",
            "'abc'",
            "'é'",
            "'\\ud800'",
            "'\\x00'",
            "'\\n\\t'",
            "r'\\d'",
            "'''multi\nline'''",
            "'a' 'b'",
            "'a' \"b\" r'\\c'",
            "u'u'",
            "b''",
            "b'abc'",
            "b'\\xff\\0'",
            "rb'\\n'",
            "b'a' b'b'",
            "'\\N{BULLET}'",
            "'\\\n'",
            "'名前'",
            "'%s'",
            "'__p'",
            "'a b'",
            "'😀'",
        ];
        let string = self.random.pick(STRINGS);
        self.put(string);
    }

    pub(super) fn constant(&mut self) {
        match self.random.below(10) {
            0..=4 => self.number(),
            5..=7 => self.string(),
            _ => {
                let word = self
                    .random
                    .pick(&["None", "True", "False", "...", "__debug__"]);
                self.put(word);
            }
        }
    }

    /// An operation that CPython may do while it compiles.
    pub(super) fn folded(&mut self, depth: usize) {
        if depth == 0 {
            return self.constant();
        }
        match self.random.below(12) {
            0..=5 => self.within("(", ")", |this| {
                this.folded(depth - 1);
                let operator = this.random.pick(&[
                    "+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^", "@",
                ]);
                this.put(operator);
                this.may_break();
                this.folded(depth - 1);
            }),
            6..=8 => {
                let operator = self.random.pick(&["-", "+", "~", "not ", "- -", "-+"]);
                self.put("(");
                self.put(operator);
                self.folded(depth - 1);
                self.put(")");
            }
            9 => self.within("(", ",)", |this| {
                for at in 0..this.random.below(4) + 1 {
                    if at > 0 {
                        this.comma();
                    }
                    this.folded(depth - 1);
                }
            }),
            10 => {
                self.within("(", ")", |this| this.folded(depth - 1));
                self.put("[");
                self.folded(depth - 1);
                if self.random.one_in(3) {
                    self.put(":");
                    self.folded(depth - 1);
                }
                self.put("]");
            }
            _ => self.folded(depth - 1),
        }
    }

    /// A container of constants, as `in` tests and loops like it.
    pub(super) fn constant_container(&mut self) {
        let (open, close) = *self.random.pick(&[&("[", "]"), &("{", "}"), &("(", ",)")]);
        self.within(open, close, |this| {
            for at in 0..this.random.below(5) + 1 {
                if at > 0 {
                    this.comma();
                }
                let depth = usize::from(this.random.one_in(6));
                this.folded(depth);
            }
        });
    }

    pub(super) fn formatted_string(&mut self) {
        let template = self.random.one_in(4);
        let parts = 1 + usize::from(self.random.one_in(4));
        for part in 0..parts {
            let prefix = match (template, self.random.one_in(4)) {
                (true, true) => "rt",
                (true, false) => "t",
                (false, true) => "rf",
                (false, false) => "f",
            };
            if part > 0 {
                self.put(" ");
            }
            self.put(prefix);
            let quote = self.random.pick(&["'", "\"", "'''", "\"\"\""]);
            self.put(quote);
            for _ in 0..self.random.below(4) {
                if self.random.one_in(2) {
                    let text = self.random.pick(&["a", " ", "{{", "}}", "é", "%", "text "]);
                    self.put(text);
                } else {
                    self.replacement_field(2);
                }
            }
            if self.random.one_in(40) {
                for _ in 0..18 {
                    self.put("{x}-");
                }
            }
            self.put(quote);
        }
        if !template && self.random.one_in(6) {
            self.put(" 'plain'");
        }
    }

    fn replacement_field(&mut self, depth: usize) {
        self.put("{");
        // A line may not end within a string in one line, so nothing is broken here.
        let brackets = std::mem::take(&mut self.brackets);
        if self.random.one_in(2) {
            let name = self.name();
            self.put(name);
        } else {
            self.put("(");
            self.plain_expression();
            self.put(")");
        }
        self.brackets = brackets;
        // Two fields further in CPython 3.14 refuses it with an internal error.
        if depth > 0 && self.random.one_in(6) {
            let equals = self.random.pick(&["=", " = "]);
            self.put(equals);
        }
        if self.random.one_in(5) {
            let conversion = self.random.pick(&["!r", "!s", "!a"]);
            self.put(conversion);
        }
        if self.random.one_in(4) {
            self.put(":");
            let spec = self.random.pick(&["", ">10", "x", ".3f"]);
            self.put(spec);
            if depth > 0 && self.random.one_in(3) {
                self.replacement_field(depth - 1);
            }
        }
        self.put("}");
    }
}

//! `match` statements and their patterns.

use super::Writer;

impl Writer {
    pub(super) fn match_statement(&mut self) {
        self.put("match ");
        if self.random.one_in(5) {
            self.put("a, *b");
        } else {
            self.expression();
        }
        self.put(":");
        self.indent += 1;
        for _ in 0..1 + self.random.below(4) {
            self.line();
            self.put("case ");
            let mut captures = 0;
            self.pattern(2, &mut captures);
            if self.random.one_in(3) {
                self.put(" if ");
                self.condition();
            }
            self.put(":");
            self.block();
        }
        if self.random.one_in(2) {
            self.line();
            let last =
                self.random
                    .pick(&["case _:", "case other:", "case (_ as x):", "case (1 | _):"]);
            self.put(last);
            self.block();
        }
        self.indent -= 1;
    }

    /// A pattern that does not match everything; captured names are counted, so
    /// that each is another.
    fn pattern(&mut self, depth: usize, captures: &mut usize) {
        self.budget -= 1;
        let kinds = if depth == 0 || self.budget < 0 { 3 } else { 10 };
        match self.random.below(kinds) {
            0 => {
                let value = self.random.pick(&[
                    "1", "-1", "0", "-0.0", "1.5", "1+2j", "-1-2j", "'a'", "'a' 'b'", "b'x'",
                    "None", "True", "False",
                ]);
                self.put(value);
            }
            1 => {
                let value = self.random.pick(&["a.b", "x.y.z", "self.__p"]);
                self.put(value);
            }
            2 => self.put("str()"),
            3 | 4 => {
                let (open, close) = *self.random.pick(&[&("[", "]"), &("(", ",)")]);
                self.put(open);
                let count = 1 + self.random.below(4);
                let star = self.random.below(2 * count);
                for at in 0..count {
                    if at > 0 {
                        self.put(", ");
                    }
                    if at == star {
                        self.put("*");
                        self.capture_or_wildcard(captures);
                    } else {
                        self.sub_pattern(depth - 1, captures);
                    }
                }
                self.put(close);
            }
            5 | 6 => {
                self.put("{");
                let count = self.random.below(4);
                for at in 0..count {
                    if at > 0 {
                        self.put(", ");
                    }
                    let key = ["'k'", "1", "a.b", "-2.5", "None"][at];
                    self.put(key);
                    self.put(": ");
                    self.sub_pattern(depth - 1, captures);
                }
                if self.random.one_in(3) {
                    if count > 0 {
                        self.put(", ");
                    }
                    self.put("**");
                    self.capture(captures);
                }
                self.put("}");
            }
            7 => {
                let class = self.random.pick(&["int", "a.C", "Point"]);
                self.put(class);
                self.put("(");
                let count = self.random.below(4);
                for at in 0..count {
                    if at > 0 {
                        self.put(", ");
                    }
                    if at >= 2 || count == 1 {
                        self.put(&format!("k{at}="));
                    }
                    self.sub_pattern(depth - 1, captures);
                }
                self.put(")");
            }
            8 => {
                self.put("(");
                let before = *captures;
                for at in 0..2 + self.random.below(2) {
                    if at > 0 {
                        self.put(" | ");
                    }
                    // The alternatives bind the same names.
                    *captures = before;
                    if self.random.one_in(3) {
                        self.put("[_]");
                    } else {
                        let value = self
                            .random
                            .pick(&["1", "'a'", "None", "a.b", "{}", "int()"]);
                        self.put(value);
                    }
                }
                self.put(")");
            }
            _ => {
                self.put("(");
                self.pattern(depth - 1, captures);
                self.put(" as ");
                self.capture(captures);
                self.put(")");
            }
        }
    }

    fn sub_pattern(&mut self, depth: usize, captures: &mut usize) {
        if self.random.one_in(3) {
            self.capture_or_wildcard(captures);
        } else {
            self.pattern(depth, captures);
        }
    }

    fn capture_or_wildcard(&mut self, captures: &mut usize) {
        if self.random.one_in(3) {
            self.put("_");
        } else {
            self.capture(captures);
        }
    }

    fn capture(&mut self, captures: &mut usize) {
        self.put(&format!("m{captures}"));
        *captures += 1;
    }
}

//! Statements and definitions.

use super::{Place, Scope, Writer};

impl Writer {
    pub(super) fn module(&mut self) {
        if self.random.one_in(6) {
            let docstring = self.random.pick(&[
                "'doc'",
                "\"\"\"doc\n  lines\n\n    more\"\"\"",
                "'a' 'b'",
                "f'no'",
                "b'no'",
            ]);
            self.put(docstring);
            if docstring.ends_with("no'") {
                // Nothing may come before a future import but a docstring.
                self.put("\npass");
            }
        }
        if !self.text.ends_with("pass") && self.random.one_in(10) {
            self.line();
            let future =
                self.random
                    .pick(&["annotations", "division", "annotations, generator_stop"]);
            self.put("from __future__ import ");
            self.put(future);
        }
        while self.budget > 0 {
            self.line();
            self.statement();
        }
        let end = self
            .random
            .pick(&["\n", "\n", "", "\n\n", "\n# end", "\n    \n"]);
        self.put(end);
    }

    /// Begins a line of the block at hand.
    pub(super) fn line(&mut self) {
        if !self.text.is_empty() {
            self.put("\n");
        }
        if self.random.one_in(15) {
            let between =
                self.random
                    .pick(&["\n", "# comment\n", "    # indented comment\n", "\n\n"]);
            self.put(between);
        }
        self.text.extend(std::iter::repeat_n(' ', 2 * self.indent));
    }

    /// An indented block, or simple statements in the same line.
    pub(super) fn block(&mut self) {
        if self.random.one_in(5) {
            self.put(" ");
            self.simple();
            if self.random.one_in(3) {
                self.put("; ");
                self.simple();
            }
            return;
        }
        self.indent += 1;
        for _ in 0..1 + self.random.below(3) {
            self.line();
            self.statement();
        }
        self.indent -= 1;
    }

    pub(super) fn statement(&mut self) {
        self.budget -= 2;
        if self.budget < 0 || self.indent > 16 {
            return self.simple();
        }
        match self.random.below(30) {
            0..=9 => self.simple(),
            10..=12 => self.if_statement(),
            13 | 14 => self.for_statement(),
            15 | 16 => self.while_statement(),
            17..=20 => self.try_statement(),
            21 | 22 => self.with_statement(),
            23..=25 => self.function(),
            26 | 27 => self.class(),
            28 => self.match_statement(),
            _ => self.special(),
        }
    }

    pub(super) fn simple(&mut self) {
        self.budget -= 1;
        match self.random.below(22) {
            0..=3 => self.expression(),
            4..=8 => {
                for _ in 0..1 + usize::from(self.random.one_in(6)) {
                    self.target(2);
                    self.put(" = ");
                }
                self.value();
            }
            9 => {
                let target = self.random.pick(&[
                    "a", "a.b", "x[0]", "x[a:b]", "x[a:b:c]", "self.__p", "é", "(a)",
                ]);
                self.put(target);
                let operator = self.random.pick(&[
                    " += ", "-=", "*=", "/=", "//=", "%=", "**=", "<<=", ">>=", "&=", "|=", "^=",
                    "@=",
                ]);
                self.put(operator);
                self.value();
            }
            10 => {
                let target = self.random.pick(&["n", "m", "n.a", "n[0]", "(n)", "__n"]);
                self.put(target);
                self.put(": ");
                self.annotation();
                if self.random.one_in(2) {
                    self.put(" = ");
                    self.value();
                }
            }
            11 if self.place.function && !self.place.in_group => {
                self.put("return");
                if self.place.returns && !self.random.one_in(3) {
                    self.put(" ");
                    self.value();
                }
            }
            12 | 13 if self.place.in_loop => {
                let word = self.random.pick(&["break", "continue"]);
                self.put(word);
            }
            14 => {
                self.put("raise");
                if !self.random.one_in(4) {
                    self.put(" ");
                    self.expression();
                    if self.random.one_in(3) {
                        self.put(" from ");
                        self.expression();
                    }
                }
            }
            15 => {
                self.put("assert ");
                self.condition();
                if self.random.one_in(2) {
                    self.put(", ");
                    self.expression();
                }
            }
            16 => {
                let deleted =
                    self.random
                        .pick(&["a", "a, b", "x.y", "x[0], y", "(a, [b, c])", "x[1:2]"]);
                self.put("del ");
                self.put(deleted);
            }
            17 => {
                let import = self.random.pick(&[
                    "import os",
                    "import os.path",
                    "import os.path as p",
                    "import a, b.c as d",
                    "from os import path",
                    "from . import x",
                    "from ..a import (b, c as d,)",
                    "from a.b import c",
                    "from .a import *",
                ]);
                if import.ends_with('*') && !self.place.module {
                    return self.put("import a.b.c");
                }
                self.put(import);
            }
            18 => {
                self.put("type ");
                self.target_name_only();
                if self.random.one_in(3) {
                    self.type_parameters();
                }
                self.put(" = ");
                self.annotation();
            }
            19 => self.constant(),
            20 if self.place.yields => {
                self.put("yield");
                if self.random.one_in(2) {
                    self.put(" ");
                    self.value();
                }
            }
            21 if self.place.awaits => {
                self.put("await ");
                self.within("(", ")", Self::expression);
            }
            _ => self.put("pass"),
        }
    }

    /// What is assigned or returned: also a tuple without brackets.
    fn value(&mut self) {
        self.expression();
        if self.random.one_in(8) {
            self.put(", ");
            if self.random.one_in(3) {
                self.put("*a, ");
            }
            self.expression();
        }
    }

    fn if_statement(&mut self) {
        self.put("if ");
        self.test();
        self.put(":");
        self.block();
        for _ in 0..self.random.below(4).saturating_sub(1) {
            self.line();
            self.put("elif ");
            self.test();
            self.put(":");
            self.block();
        }
        self.else_block(2);
    }

    fn test(&mut self) {
        match self.random.below(6) {
            0 => self.constant(),
            1 => self.expression(),
            _ => self.condition(),
        }
    }

    fn else_block(&mut self, one_in: usize) {
        if self.random.one_in(one_in) {
            self.line();
            self.put("else:");
            self.block();
        }
    }

    fn loop_body(&mut self) {
        let place = Place {
            in_loop: true,
            ..self.place
        };
        self.at(place, Self::block);
    }

    fn for_statement(&mut self) {
        if self.place.asynchronous && self.random.one_in(3) {
            self.put("async ");
        }
        self.put("for ");
        self.target(1);
        self.put(" in ");
        if self.random.one_in(4) {
            self.constant_container();
        } else {
            self.value();
        }
        self.put(":");
        self.loop_body();
        self.else_block(4);
    }

    fn while_statement(&mut self) {
        self.put("while ");
        self.test();
        self.put(":");
        self.loop_body();
        self.else_block(4);
    }

    fn try_statement(&mut self) {
        self.put("try:");
        self.block();
        let handlers = self.random.below(4);
        let star = self.random.one_in(6);
        let inner = if star {
            Place {
                in_loop: false,
                in_group: true,
                ..self.place
            }
        } else {
            self.place
        };
        for at in 0..handlers {
            self.line();
            if !star && at + 1 == handlers && self.random.one_in(3) {
                self.put("except:");
            } else {
                self.put(if star { "except* " } else { "except " });
                let class = self.random.pick(&["A", "a.B", "(A, B)", "A, B"]);
                self.put(class);
                if class != "A, B" && self.random.one_in(2) {
                    self.put(" as ");
                    self.target_name_only();
                }
                self.put(":");
            }
            self.at(inner, Self::block);
        }
        if handlers > 0 {
            self.else_block(4);
        }
        if handlers == 0 || self.random.one_in(3) {
            self.line();
            self.put("finally:");
            self.block();
        }
    }

    fn with_statement(&mut self) {
        if self.place.asynchronous && self.random.one_in(3) {
            self.put("async ");
        }
        self.put("with ");
        let brackets = self.random.one_in(3);
        if brackets {
            self.put("(");
            self.brackets += 1;
        }
        for at in 0..1 + usize::from(self.random.one_in(3)) {
            if at > 0 {
                self.comma();
            }
            let name = self.name();
            self.put(name);
            if self.random.one_in(2) {
                self.arguments();
            }
            if self.random.one_in(2) {
                self.put(" as ");
                let target = self.random.pick(&["a", "(a, b)", "x.y", "x[0]", "[a, *b]"]);
                self.put(target);
            }
        }
        if brackets {
            self.brackets -= 1;
            self.put(")");
        }
        self.put(":");
        self.block();
    }

    fn decorators(&mut self) {
        for _ in 0..self.random.below(4).saturating_sub(2) {
            self.put("@");
            self.expression();
            self.line();
        }
    }

    fn type_parameters(&mut self) {
        self.put("[");
        let mut defaults = false;
        for at in 0..1 + self.random.below(3) {
            if at > 0 {
                self.put(", ");
            }
            let kind = self.random.pick(&["", "", "*", "**"]);
            self.put(kind);
            self.put(&format!("T{at}"));
            if kind.is_empty() && self.random.one_in(3) {
                self.put(": ");
                if self.random.one_in(3) {
                    self.put("(int, str)");
                } else {
                    self.annotation();
                }
            }
            if defaults || self.random.one_in(6) {
                defaults = true;
                self.put(" = ");
                self.annotation();
            }
        }
        self.put("]");
    }

    fn function(&mut self) {
        self.decorators();
        let asynchronous = self.random.one_in(4);
        if asynchronous {
            self.put("async ");
        }
        self.put("def ");
        let name = self.random.pick(&["f", "g", "__p", "__init__", "é"]);
        self.put(name);
        if self.random.one_in(8) {
            // What is nested in type parameters may bind, yield and await nothing.
            self.type_parameters();
            let place = Place {
                walrus: false,
                yields: false,
                yields_from: false,
                awaits: false,
                ..self.place
            };
            return self.at(place, |this| this.function_rest(asynchronous));
        }
        self.function_rest(asynchronous);
    }

    fn function_rest(&mut self, asynchronous: bool) {
        self.put("(");
        let bound = self.parameters(true);
        self.put(")");
        if self.random.one_in(5) {
            self.put(" -> ");
            self.annotation();
        }
        self.put(":");
        let generator = self.random.one_in(3);
        let place = Place {
            function: true,
            returns: !(asynchronous && generator),
            yields: generator,
            yields_from: generator && !asynchronous,
            awaits: asynchronous,
            asynchronous,
            walrus: true,
            ..Place::default()
        };
        let comprehensions = std::mem::take(&mut self.comprehensions);
        self.at(place, |this| this.function_body(bound));
        self.comprehensions = comprehensions;
    }

    fn function_body(&mut self, mut bound: Vec<String>) {
        self.indent += 1;
        if self.random.one_in(5) {
            self.line();
            let docstring = self.random.pick(&[
                "'doc'",
                "\"\"\"doc\n\n\tlines\n    \"\"\"",
                "'a' 'b'; 'c'",
                "'''d'''",
            ]);
            self.put(docstring);
        }
        if self.random.one_in(5) {
            let names = ["u", "v"];
            self.line();
            self.put("global ");
            self.put(&names.join(", "));
        }
        let outer = self
            .scopes
            .iter()
            .rev()
            .find(|scope| !scope.bound.is_empty());
        let captured: Option<String> = outer.and_then(|scope| {
            let free = scope.bound.iter().find(|name| !bound.contains(name));
            free.cloned()
        });
        if let Some(name) = captured.filter(|_| self.random.one_in(2)) {
            self.line();
            self.put("nonlocal ");
            self.put(&name);
            self.put("; ");
            self.put(&name);
            self.put(" = 1");
        }
        // The names after a `nonlocal` are not this function's to give on.
        bound.retain(|name| name != "u" && name != "v");
        self.scopes.push(Scope { bound });
        if self.random.one_in(40) {
            self.big_body();
        }
        for _ in 0..1 + self.random.below(4) {
            self.line();
            self.statement();
        }
        self.scopes.pop();
        self.indent -= 1;
    }

    fn class(&mut self) {
        self.decorators();
        self.put("class ");
        let name = self.random.pick(&["C", "_D", "__E", "é"]);
        self.put(name);
        if self.random.one_in(6) {
            self.type_parameters();
            let place = Place {
                walrus: false,
                yields: false,
                yields_from: false,
                awaits: false,
                ..self.place
            };
            self.at(place, |this| {
                if this.random.one_in(2) {
                    this.arguments();
                }
            });
        } else if self.random.one_in(2) {
            self.arguments();
        }
        self.put(":");
        let place = Place {
            class: true,
            walrus: true,
            ..Place::default()
        };
        let comprehensions = std::mem::take(&mut self.comprehensions);
        self.at(place, |this| {
            this.indent += 1;
            if this.random.one_in(4) {
                this.line();
                this.put("'doc'");
            }
            for _ in 0..1 + this.random.below(4) {
                this.line();
                this.statement();
            }
            this.indent -= 1;
        });
        self.comprehensions = comprehensions;
    }

    /// What is rare and long.
    fn special(&mut self) {
        match self.random.below(12) {
            // Jumps beyond what one byte holds.
            0 => {
                self.put("while a:");
                self.indent += 1;
                for _ in 0..20 + self.random.below(40) {
                    self.line();
                    self.put("x.y.z[a](b, c).d = e.f(a.b)");
                }
                self.line();
                self.put("if b: continue");
                self.indent -= 1;
            }
            // Blocks as deep as they may be, or one deeper.
            1 => {
                let depth = 5 + self.random.below(14);
                let before = self.indent;
                for _ in 0..depth {
                    let head = self.random.pick(&[
                        "if a:",
                        "while b:",
                        "for x in y:",
                        "with c:",
                        "try:",
                        "for x in (1, 2):",
                        "while True:",
                    ]);
                    self.put(head);
                    if head == "try:" {
                        self.indent += 1;
                        self.line();
                        self.put("a.b()");
                        self.indent -= 1;
                        self.line();
                        let rest = self.random.pick(&["finally:", "except A as e:", "except:"]);
                        self.put(rest);
                    }
                    self.indent += 1;
                    self.line();
                }
                self.put("pass");
                self.indent = before;
            }
            2 => {
                let count = 260 + self.random.below(20);
                self.put("x = (");
                for at in 0..count {
                    self.put(&format!("a + {at}.5, "));
                }
                self.put(")");
            }
            3 => {
                const NESTED: &[(&str, &str)] = &[
                    ("-(", ")"),
                    ("(a, ", ")"),
                    ("f(", ")"),
                    ("a[", "]"),
                    ("(not (", "))"),
                    ("[0, ", "]"),
                    ("(b := (", "))"),
                ];
                self.put("x = ");
                let nested: Vec<_> = (0..2 + self.random.below(30))
                    .map(|_| NESTED[self.random.below(NESTED.len())])
                    .collect();
                for (open, _) in &nested {
                    self.put(open);
                }
                self.put("0");
                for (_, close) in nested.iter().rev() {
                    self.put(close);
                }
            }
            _ => self.simple(),
        }
    }

    /// More variables and constants than a byte can number.
    fn big_body(&mut self) {
        let count = 250 + self.random.below(20);
        for at in 0..count {
            self.line();
            self.put(&format!("v{at} = {at}.25"));
        }
        self.line();
        self.put(&format!("x = v0 + v{} + v{}", count - 1, count / 2));
    }
}

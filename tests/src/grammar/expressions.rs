//! Expressions, comprehensions, calls, parameters, targets.

use super::{Place, Scope, Writer};

impl Writer {
    /// An expression that is complete in itself wherever one may stand.
    pub(super) fn expression(&mut self) {
        self.budget -= 1;
        if self.budget < 0 {
            return self.leaf();
        }
        match self.random.below(34) {
            0..=4 => self.leaf(),
            5 => {
                let depth = 1 + self.random.below(3);
                self.folded(depth);
            }
            6..=8 => self.within("(", ")", |this| {
                this.expression();
                let operator = this.random.pick(&[
                    " + ", "-", "*", "/", "//", " % ", "**", "<<", ">>", "&", "|", "^", "@",
                ]);
                this.put(operator);
                this.may_break();
                this.expression();
            }),
            9 => {
                let operator = self.random.pick(&["-", "+", "~", "not "]);
                self.put("(");
                self.put(operator);
                self.expression();
                self.put(")");
            }
            10..=12 => self.condition(),
            13 => self.within("(", ")", |this| {
                this.expression();
                this.put(" if ");
                this.condition();
                this.put(" else ");
                this.may_break();
                this.expression();
            }),
            14..=16 => self.call(),
            17 | 18 => {
                self.primary();
                self.put(".");
                self.may_break();
                let attribute = self.attribute();
                self.put(attribute);
            }
            19 | 20 => self.subscript(),
            21 => self.container(),
            22 | 23 => self.comprehension(),
            24 => self.lambda(),
            25 | 26 => self.formatted_string(),
            27 => self.within("(", ")", |this| {
                if this.place.walrus {
                    let name = if this.comprehensions > 0 {
                        "w"
                    } else {
                        this.target_name()
                    };
                    this.put(name);
                    this.put(" := ");
                }
                this.expression();
            }),
            28 if self.place.yields => self.within("(", ")", |this| {
                if this.place.yields_from && this.random.one_in(3) {
                    this.put("yield from ");
                    this.expression();
                } else {
                    this.put("yield ");
                    if this.random.one_in(2) {
                        this.expression();
                    }
                }
            }),
            29 if self.place.awaits => self.within("(", ")", |this| {
                this.put("await ");
                this.expression();
            }),
            30 => self.within("('%s %r %-5a%%' % (", "))", |this| {
                for at in 0..3 {
                    if at > 0 {
                        this.comma();
                    }
                    this.expression();
                }
            }),
            31 => {
                self.put("super().");
                let attribute = self.attribute();
                self.put(attribute);
                if self.random.one_in(2) {
                    self.arguments();
                }
            }
            32 => self.many_items(),
            _ => self.constant_container(),
        }
    }

    fn leaf(&mut self) {
        if self.random.one_in(3) {
            self.constant();
        } else {
            let name = self.name();
            self.put(name);
        }
    }

    /// An expression in one line without strings in strings.
    pub(super) fn plain_expression(&mut self) {
        let name = self.name();
        self.put(name);
        match self.random.below(5) {
            0 => self.put(" + 1"),
            1 => self.put(".real"),
            2 => self.put("[0]"),
            3 => self.put(" if a else b"),
            _ => {}
        }
    }

    /// What may stand before a dot, a call or a subscript.
    fn primary(&mut self) {
        if self.random.one_in(3) {
            self.within("(", ")", Self::expression);
        } else {
            let name = self.name();
            self.put(name);
        }
    }

    pub(super) fn condition(&mut self) {
        self.within("(", ")", |this| match this.random.below(8) {
            0 | 1 => {
                let operator = this.random.pick(&[" and ", " or "]);
                for at in 0..this.random.below(3) + 2 {
                    if at > 0 {
                        this.put(operator);
                        this.may_break();
                    }
                    this.expression();
                }
            }
            2 => {
                this.put("not ");
                this.condition();
            }
            3 => {
                this.expression();
                let operator = this.random.pick(&[" in ", " not in "]);
                this.put(operator);
                this.constant_container();
            }
            4 => {
                this.expression();
                let test = this.random.pick(&[" is None", " is not None"]);
                this.put(test);
            }
            _ => {
                this.expression();
                for _ in 0..this.random.below(3) + 1 {
                    let operator = this.random.pick(&[
                        " < ", "<=", " == ", "!=", ">", " >= ", " in ", " not in ", " is ",
                        " is not ",
                    ]);
                    this.put(operator);
                    this.may_break();
                    this.expression();
                }
            }
        });
    }

    fn call(&mut self) {
        match self.random.below(6) {
            0 => {
                let function = self.random.pick(&["all", "any", "tuple", "list", "sum"]);
                self.put(function);
                self.generator();
                return;
            }
            1 | 2 => {
                self.primary();
                self.put(".");
                let attribute = self.attribute();
                self.put(attribute);
            }
            _ => self.primary(),
        }
        self.arguments();
    }

    pub(super) fn arguments(&mut self) {
        self.within("(", ")", |this| {
            let mut first = true;
            let mut next = |this: &mut Self| {
                if !std::mem::take(&mut first) {
                    this.comma();
                }
            };
            let many = this.random.one_in(60);
            let positional = if many { 28 } else { 0 } + this.random.below(4);
            for _ in 0..positional {
                next(this);
                if this.random.one_in(10) {
                    this.put("*");
                }
                if many {
                    this.leaf();
                } else {
                    this.expression();
                }
            }
            let keywords = if this.random.one_in(50) {
                18
            } else {
                this.random.below(6).saturating_sub(3)
            };
            for at in 0..keywords {
                next(this);
                if this.random.one_in(8) {
                    this.put("**");
                } else {
                    this.put(&format!("k{at}="));
                }
                if keywords > 5 {
                    this.leaf();
                } else {
                    this.expression();
                }
            }
        });
    }

    fn subscript(&mut self) {
        self.primary();
        self.within("[", "]", |this| {
            let parts = if this.random.one_in(5) { 2 } else { 1 };
            for at in 0..parts {
                if at > 0 {
                    this.comma();
                }
                match this.random.below(8) {
                    0..=3 => this.expression(),
                    4 if parts > 1 => {
                        this.put("*");
                        this.primary();
                    }
                    _ => this.slice(),
                }
            }
        });
    }

    fn slice(&mut self) {
        let constants = self.random.one_in(3);
        for at in 0..2 + self.random.below(2) {
            if at > 0 {
                self.put(":");
            }
            match (constants, self.random.below(3)) {
                (_, 0) => {}
                (true, _) => self.number(),
                (false, _) => self.expression(),
            }
        }
    }

    fn items(&mut self, starred: bool) {
        for at in 0..self.random.below(4) + 1 {
            if at > 0 {
                self.comma();
            }
            if starred && self.random.one_in(6) {
                self.put("*");
                self.primary();
            } else {
                self.expression();
            }
        }
    }

    fn container(&mut self) {
        match self.random.below(6) {
            0 => self.within("[", "]", |this| this.items(true)),
            1 => self.within("{", "}", |this| this.items(true)),
            2 => self.within("(", ",)", |this| this.items(true)),
            3 => {
                let empty = self.random.pick(&["()", "[]", "{}"]);
                self.put(empty);
            }
            _ => self.within("{", "}", |this| {
                let items = if this.random.one_in(40) {
                    20
                } else {
                    1 + this.random.below(3)
                };
                for at in 0..items {
                    if at > 0 {
                        this.comma();
                    }
                    if this.random.one_in(6) {
                        this.put("**");
                        this.primary();
                    } else if items > 5 {
                        this.put(&format!("'k{at}': a"));
                    } else {
                        this.expression();
                        this.put(": ");
                        this.expression();
                    }
                }
            }),
        }
    }

    /// More items than are built on the stack.
    fn many_items(&mut self) {
        if !self.random.one_in(3) {
            return self.leaf();
        }
        let constants = self.random.one_in(2);
        let (open, close) = *self.random.pick(&[&("[", "]"), &("{", "}"), &("(", ")")]);
        self.within(open, close, |this| {
            for at in 0..29 + this.random.below(5) {
                if at > 0 {
                    this.comma();
                }
                if constants {
                    this.constant();
                } else {
                    this.leaf();
                }
            }
        });
    }

    fn comprehension(&mut self) {
        match self.random.below(4) {
            0 => self.within("[", "]", |this| this.comprehended(false)),
            1 => self.within("{", "}", |this| this.comprehended(false)),
            2 => self.within("{", "}", |this| this.comprehended(true)),
            _ => self.generator(),
        }
    }

    fn generator(&mut self) {
        self.within("(", ")", |this| this.comprehended(false));
    }

    fn comprehended(&mut self, is_dict: bool) {
        // Neither in a class body nor in what is iterated over may a name be bound.
        let inner = Place {
            yields: false,
            yields_from: false,
            walrus: self.place.walrus && !self.place.class,
            class: false,
            ..self.place
        };
        let iterated = Place {
            walrus: false,
            yields: false,
            yields_from: false,
            ..self.place
        };
        self.comprehensions += 1;
        self.at(inner, |this| {
            this.expression();
            if is_dict {
                this.put(": ");
                this.expression();
            }
        });
        for at in 0..1 + usize::from(self.random.one_in(4)) {
            let keyword = if self.place.awaits && self.random.one_in(4) {
                " async for "
            } else {
                " for "
            };
            self.put(keyword);
            self.may_break();
            let target =
                self.random
                    .pick(&["i", "j", "i, j", "i, *j", "(i, (j, k))", "i.a", "i[0]"]);
            self.put(target);
            self.put(" in ");
            if self.random.one_in(6) {
                self.within("[", "]", |this| this.at(iterated, Self::expression));
            } else {
                // The first is evaluated outside.
                let place = if at == 0 {
                    iterated
                } else {
                    Place {
                        class: false,
                        ..iterated
                    }
                };
                self.within("(", ")", |this| this.at(place, Self::expression));
            }
            for _ in 0..self.random.below(4).saturating_sub(1) {
                self.put(" if ");
                self.may_break();
                self.at(inner, Self::condition);
            }
        }
        self.comprehensions -= 1;
    }

    fn lambda(&mut self) {
        self.within("(", ")", |this| {
            this.put("lambda ");
            let bound = this.parameters(false);
            this.put(": ");
            let place = Place {
                function: true,
                yields: this.place.walrus,
                yields_from: this.place.walrus,
                walrus: this.place.walrus,
                ..Place::default()
            };
            let comprehensions = std::mem::take(&mut this.comprehensions);
            this.scopes.push(Scope { bound });
            this.at(place, Self::expression);
            this.scopes.pop();
            this.comprehensions = comprehensions;
        });
    }

    /// Parameters, whose names it gives.
    pub(super) fn parameters(&mut self, annotated: bool) -> Vec<String> {
        const NAMES: &[&str] = &["a", "b", "x", "self", "é", "__p", "c"];
        let count = self.random.below(5);
        let start = self.random.below(NAMES.len());
        let names: Vec<&str> = (0..count)
            .map(|at| NAMES[(start + at) % NAMES.len()])
            .collect();
        let slash = self.random.below(8);
        let star = self.random.below(8);
        let mut defaults = false;
        let mut bound = Vec::new();
        for (at, name) in names.iter().enumerate() {
            if at > 0 {
                self.put(", ");
            }
            if at == slash && at > 0 && star > slash {
                self.put("/, ");
            }
            if at == star {
                let marker = self.random.pick(&["*, ", "*args, "]);
                if marker == "*args, " {
                    bound.push("args".to_owned());
                }
                self.put(marker);
            }
            self.put(name);
            bound.push((*name).to_owned());
            if annotated && self.random.one_in(4) {
                self.put(": ");
                self.annotation();
            }
            if at >= star {
                defaults = false;
            }
            if (defaults && at < star) || self.random.one_in(4) {
                defaults = true;
                self.put("=");
                self.expression();
            }
        }
        if self.random.one_in(6) {
            if count > 0 {
                self.put(", ");
            }
            self.put("**kwargs");
            bound.push("kwargs".to_owned());
        }
        bound
    }

    /// An annotation, in which nothing may be bound, yielded or awaited.
    pub(super) fn annotation(&mut self) {
        let place = Place {
            walrus: false,
            yields: false,
            yields_from: false,
            awaits: false,
            ..self.place
        };
        self.at(place, |this| {
            this.budget -= 1;
            match this.random.below(6) {
                0 | 1 => this.put("int"),
                2 => this.put("'str'"),
                3 => this.put("list[a | None]"),
                _ => this.expression(),
            }
        });
    }

    /// What an assignment binds.
    pub(super) fn target(&mut self, depth: usize) {
        match self.random.below(if depth > 0 { 9 } else { 6 }) {
            0..=2 => {
                let name = self.target_name();
                self.put(name);
            }
            3 => {
                let object = self.random.pick(&["self", "a", "x"]);
                self.put(object);
                self.put(".");
                let attribute = self.attribute();
                self.put(attribute);
            }
            4 => self.subscript(),
            5 => self.put("a, b"),
            6 => self.within("[", "]", |this| {
                this.target_name_only();
                this.comma();
                this.put("*");
                this.target_name_only();
            }),
            _ => self.within("(", ",)", |this| {
                for at in 0..1 + this.random.below(4) {
                    if at > 0 {
                        this.comma();
                    }
                    this.target(depth - 1);
                }
            }),
        }
    }

    pub(super) fn target_name_only(&mut self) {
        let name = self.target_name();
        self.put(name);
    }
}

//! Parameters of functions and lambdas, and type parameters.

use super::{Failed, Parsed, Parser};
use crate::token::TokenKind::{self, *};
use crate::tree::{Arg, Arguments, Id, List, OptList, TypeParam};

impl Parser<'_> {
    /// Parameters up to, not including, `close`; annotations only in `def`.
    pub(super) fn parameters(
        &mut self,
        close: TokenKind,
        annotated: bool,
    ) -> Parsed<Id<Arguments>> {
        let start = self.start();
        let mut arguments = Arguments {
            posonlyargs: List::default(),
            args: List::default(),
            vararg: Option::None,
            kwonlyargs: List::default(),
            kw_defaults: OptList::default(),
            kwarg: Option::None,
            defaults: List::default(),
        };
        let (mut mark, defaults_mark) = (self.mark(), self.second.len());
        // Before `*`: positional parameters, then those with defaults.
        while self.at(Name) || self.at(Slash) {
            if self.eat(Slash) {
                if self.scratch.len() == mark || !arguments.posonlyargs.is_empty() {
                    return Err(Failed);
                }
                arguments.posonlyargs = self.finish(mark);
                mark = self.mark();
            } else {
                let arg = self.parameter(annotated, false)?;
                self.push(arg);
                if self.eat(Equal) {
                    let default = self.expression()?;
                    self.second.push(default.raw());
                } else if self.second.len() > defaults_mark {
                    return Err(Failed);
                }
            }
            if !self.eat(Comma) {
                break;
            }
        }
        arguments.args = self.finish(mark);
        arguments.defaults = self.finish_second(defaults_mark);
        if self.at(Star) && self.follows_separator(start) {
            self.bump();
            self.keyword_only(&mut arguments, annotated)?;
        }
        if self.at(DoubleStar) && self.follows_separator(start) {
            self.bump();
            arguments.kwarg = Some(self.parameter(annotated, false)?);
            self.eat(Comma);
        }
        if !self.at(close) {
            return Err(Failed);
        }
        Ok(self.add(arguments, start))
    }

    /// Whether the parameters begin here or the last token was a comma.
    fn follows_separator(&self, start: u32) -> bool {
        self.start() == start || self.pos > 0 && self.tokens[self.pos - 1].kind == Comma
    }

    /// What follows `*`: its name, and keyword-only parameters.
    fn keyword_only(&mut self, arguments: &mut Arguments, annotated: bool) -> Parsed<()> {
        let bare = !self.at(Name);
        if !bare {
            arguments.vararg = Some(self.parameter(annotated, true)?);
        }
        let (mark, defaults_mark) = (self.mark(), self.second.len());
        if self.eat(Comma) {
            while self.at(Name) {
                let arg = self.parameter(annotated, false)?;
                self.push(arg);
                let default = if self.eat(Equal) {
                    self.expression()?.raw()
                } else {
                    0
                };
                self.second.push(default);
                if !self.eat(Comma) {
                    break;
                }
            }
        }
        if bare && self.scratch.len() == mark {
            return Err(Failed);
        }
        arguments.kwonlyargs = self.finish(mark);
        arguments.kw_defaults = self.finish_second(defaults_mark).into();
        Ok(())
    }

    /// One parameter with its annotation, which may be starred after `*`.
    fn parameter(&mut self, annotated: bool, starred: bool) -> Parsed<Id<Arg>> {
        let start = self.start();
        let arg = self.name()?;
        let annotation = if annotated && self.eat(Colon) {
            Some(if starred {
                self.star_expression()?
            } else {
                self.expression()?
            })
        } else {
            Option::None
        };
        Ok(self.add(Arg { arg, annotation }, start))
    }

    /// `[T: bound = default, *Ts, **P]`, if there is one.
    pub(super) fn type_params(&mut self) -> Parsed<List<TypeParam>> {
        if !self.eat(LSqb) {
            return Ok(List::default());
        }
        let mark = self.mark();
        loop {
            let start = self.start();
            let param = match self.kind {
                Star => {
                    self.bump();
                    let name = self.name()?;
                    let default_value = if self.eat(Equal) {
                        Some(self.star_expression()?)
                    } else {
                        Option::None
                    };
                    TypeParam::TypeVarTuple {
                        name,
                        default_value,
                    }
                }
                DoubleStar => {
                    self.bump();
                    let name = self.name()?;
                    let default_value = if self.eat(Equal) {
                        Some(self.expression()?)
                    } else {
                        Option::None
                    };
                    TypeParam::ParamSpec {
                        name,
                        default_value,
                    }
                }
                _ => {
                    let name = self.name()?;
                    let bound = if self.eat(Colon) {
                        Some(self.expression()?)
                    } else {
                        Option::None
                    };
                    let default_value = if self.eat(Equal) {
                        Some(self.expression()?)
                    } else {
                        Option::None
                    };
                    TypeParam::TypeVar {
                        name,
                        bound,
                        default_value,
                    }
                }
            };
            let param = self.add(param, start);
            self.push(param);
            if !self.eat(Comma) || self.at(RSqb) {
                break;
            }
        }
        self.expect(RSqb)?;
        Ok(self.finish(mark))
    }
}

//! Signatures of native functions: parsed from text, and calls bound to them.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::object::{Args, Ref};
use crate::vm::Vm;

/// How a parameter is passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum ParamKind {
    PositionalOnly,
    PositionalOrKeyword,
    KeywordOnly,
}

/// One parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// The name, without `$`.
    pub name: &'static str,
    /// How it is passed.
    pub kind: ParamKind,
    /// May be left out.
    pub optional: bool,
}

/// A native function's parameters, `*args` and `**kwargs` apart.
#[derive(Clone, Debug, Default)]
pub struct Signature {
    /// Positional ones, then keyword-only ones.
    pub params: Vec<Param>,
    /// How many can be passed by position.
    pub positional: usize,
    /// How many positional ones must be passed.
    pub required: usize,
    /// How many are positional-only.
    pub positional_only: usize,
    /// There is a `*args`.
    pub varargs: bool,
    /// There is a `**kwargs`.
    pub varkw: bool,
    /// The first parameter is `$self`, `$type` or `$module`.
    pub has_self: bool,
    /// No keyword can be passed: slices of arguments are used as they are.
    pub plain: bool,
}

impl Signature {
    /// Reads `"($self, a, b=None, /, *, key=None)"`.
    pub fn parse(text: &'static str) -> Self {
        let mut sig = Self::default();
        let inner = text.trim().trim_start_matches('(').trim_end_matches(')');
        let mut keyword_only = false;
        for part in split(inner) {
            let part = part.trim();
            match part {
                "" => {}
                "/" => {
                    for p in &mut sig.params {
                        p.kind = ParamKind::PositionalOnly;
                    }
                    sig.positional_only = sig.params.len();
                }
                "*" => keyword_only = true,
                _ if part.starts_with("**") => sig.varkw = true,
                _ if part.starts_with('*') => {
                    sig.varargs = true;
                    keyword_only = true;
                }
                _ => {
                    let (name, optional) = match part.split_once('=') {
                        Some((name, _)) => (name.trim(), true),
                        None => (part, false),
                    };
                    if let Some(name) = name.strip_prefix('$') {
                        sig.has_self = true;
                        sig.positional_only = 1;
                        let kind = ParamKind::PositionalOnly;
                        sig.params.push(Param {
                            name,
                            kind,
                            optional: false,
                        });
                        continue;
                    }
                    let kind = if keyword_only {
                        ParamKind::KeywordOnly
                    } else {
                        ParamKind::PositionalOrKeyword
                    };
                    sig.params.push(Param {
                        name,
                        kind,
                        optional,
                    });
                }
            }
        }
        sig.positional = sig
            .params
            .iter()
            .filter(|p| p.kind != ParamKind::KeywordOnly)
            .count();
        sig.required = sig.params[..sig.positional]
            .iter()
            .filter(|p| !p.optional)
            .count();
        sig.plain = sig
            .params
            .iter()
            .all(|p| p.kind == ParamKind::PositionalOnly)
            && !sig.varargs
            && !sig.varkw;
        sig
    }

    /// Number of slots a bound call has.
    pub fn slots(&self) -> usize {
        self.params.len() + usize::from(self.varargs) + usize::from(self.varkw)
    }

    /// Whether a call by position with `count` arguments needs no binding.
    #[inline(always)]
    pub fn fits(&self, count: usize) -> bool {
        count >= self.required
            && count <= self.positional
            && !self.varargs
            && !self.varkw
            && (self.plain || self.params[self.positional..].iter().all(|p| p.optional))
    }

    /// Binds a call. `name` is the function's name for messages.
    pub fn bind(&self, vm: &mut Vm, name: &str, args: Args<'_>) -> PyResult<Vec<Option<Ref>>> {
        let given = args.positional();
        // Argument Clinic names the method alone, unless no keyword is possible.
        let name = if self.plain {
            name
        } else {
            name.rsplit('.').next().unwrap_or(name)
        };
        let mut slots: Vec<Option<Ref>> = Vec::with_capacity(self.slots());
        slots.resize_with(self.params.len(), || None);
        let shift = usize::from(self.has_self);
        if given.len() > self.positional && !self.varargs {
            return Err(self.wrong_count(vm, name, given.len(), args.kwnames().len()));
        }
        if self.plain && !args.kwnames().is_empty() {
            return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
        }
        for (slot, value) in slots.iter_mut().zip(given).take(self.positional) {
            *slot = Some(value.clone());
        }
        let mut extra = Vec::new();
        for (key, value) in args.keywords() {
            let text = key.as_str().map(ToString::to_string).unwrap_or_default();
            let at = self.params.iter().position(|p| p.name == text);
            match at {
                Some(at) if self.params[at].kind != ParamKind::PositionalOnly => {
                    if slots[at].is_some() {
                        let place = at + 1 - shift;
                        return Err(vm.type_error(format!(
                            "argument for {name}() given by name ('{text}') and position ({place})"
                        )));
                    }
                    slots[at] = Some(value.clone());
                }
                Some(at) if !self.varkw && at >= shift => {
                    return Err(vm.type_error(format!(
                        "{name}() got some positional-only arguments passed as keyword arguments: \
                         '{text}'"
                    )));
                }
                _ if self.varkw => extra.push((key.clone(), value.clone())),
                _ => {
                    let hint = crate::suggest::closest(
                        &text,
                        self.params[shift..]
                            .iter()
                            .filter(|p| p.kind != ParamKind::PositionalOnly)
                            .map(|p| p.name),
                    );
                    let hint = hint.map_or(String::new(), |h| format!(". Did you mean '{h}'?"));
                    return Err(vm.type_error(format!(
                        "{name}() got an unexpected keyword argument '{text}'{hint}"
                    )));
                }
            }
        }
        for (at, param) in self.params.iter().enumerate() {
            if slots[at].is_none() && !param.optional {
                return Err(if param.kind == ParamKind::PositionalOnly {
                    self.wrong_count(vm, name, given.len(), 0)
                } else {
                    let place = at + 1 - shift;
                    vm.type_error(format!(
                        "{name}() missing required argument '{}' (pos {place})",
                        param.name
                    ))
                });
            }
        }
        if self.varargs {
            let rest = given.get(self.positional..).unwrap_or_default().to_vec();
            slots.push(Some(vm.new_tuple(rest)));
        }
        if self.varkw {
            let dict = vm.new_dict();
            for (key, value) in extra {
                vm.dict_set(&dict, &key, value)?;
            }
            slots.push(Some(dict));
        }
        Ok(slots)
    }

    fn wrong_count(
        &self,
        vm: &mut Vm,
        name: &str,
        given: usize,
        keywords: usize,
    ) -> crate::error::Exc {
        let shift = usize::from(self.has_self);
        let (min, max) = (
            self.required - shift.min(self.required),
            self.positional - shift,
        );
        let given = given.saturating_sub(shift);
        let s = |n: usize| if n == 1 { "" } else { "s" };
        vm.type_error(if self.plain {
            // METH_NOARGS, METH_O and argument clinic's positional-only functions.
            if max == 0 {
                format!("{name}() takes no arguments ({given} given)")
            } else if min == max && max == 1 {
                format!("{name}() takes exactly one argument ({given} given)")
            } else {
                let (how, n) = if min == max {
                    ("", min)
                } else if given < min {
                    ("at least ", min)
                } else {
                    ("at most ", max)
                };
                let short = name.rsplit('.').next().unwrap_or(name);
                format!("{short} expected {how}{n} argument{}, got {given}", s(n))
            }
        } else if max == 0 {
            format!("{name}() takes no positional arguments")
        } else if given + keywords > self.params.len() - shift {
            let n = self.params.len() - shift;
            let how = if min == n { "exactly" } else { "at most" };
            format!(
                "{name}() takes {how} {n} argument{} ({} given)",
                s(n),
                given + keywords
            )
        } else if given < min {
            format!(
                "{name}() takes at least {min} positional argument{} ({given} given)",
                s(min)
            )
        } else {
            let how = if min == max { "exactly" } else { "at most" };
            format!(
                "{name}() takes {how} {max} positional argument{} ({given} given)",
                s(max)
            )
        })
    }
}

/// Splits at commas outside brackets and quotes.
fn split(text: &'static str) -> impl Iterator<Item = &'static str> {
    let (mut parts, mut depth, mut quoted, mut start) = (Vec::new(), 0, false, 0);
    for (i, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if depth == 0 && !quoted => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.into_iter()
}

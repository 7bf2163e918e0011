//! `match` patterns, `except*`, `super()`, intrinsics.
#![forbid(unsafe_code)]

use crate::error::{Exc, PyResult};
use crate::object::{Dict, Exception, Ref, Slot, type_flags};
use crate::vm::Vm;

fn top(slot: &Slot) -> Ref {
    slot.get().expect("a live stack slot")
}

impl Vm {
    /// The values of a mapping pattern's keys, if it has them all.
    pub(super) fn match_keys(&mut self, subject: &Ref, keys: &Ref) -> PyResult<Option<Ref>> {
        let keys = keys.as_tuple().map_or_else(Vec::new, |t| t.to_vec());
        let seen = self.new_dict();
        let get = self.intern("get");
        let missing = self.new_instance(self.types.object);
        let mut values = Vec::with_capacity(keys.len());
        for key in &keys {
            if self.dict_get(&seen, key)?.is_some() {
                let text = self.repr_string(key)?;
                return Err(
                    self.value_error(format!("mapping pattern checks duplicate key ({text})"))
                );
            }
            self.dict_set(&seen, key, Ref::none())?;
            let value = if self.is_exact(subject, self.types.dict) {
                subject.payload::<Dict>().get(self, key)?
            } else {
                let get = self.get_attr(subject, &get)?;
                let value = self.call(&get, &[key.clone(), missing.clone()])?;
                (!value.is(&missing)).then_some(value)
            };
            match value {
                Some(value) => values.push(value),
                None => return Ok(None),
            }
        }
        Ok(Some(self.new_tuple(values)))
    }

    /// The attributes of a class pattern, if the subject is of the class and has them all.
    pub(super) fn match_class(
        &mut self,
        subject: &Ref,
        class: &Ref,
        positional: usize,
        names: &Ref,
    ) -> PyResult<Option<Ref>> {
        let Some(ty) = class.as_type() else {
            return Err(self.type_error("called match pattern must be a class"));
        };
        if !self.is_instance(subject, class)? {
            return Ok(None);
        }
        let mut attributes: Vec<Ref> = Vec::new();
        let mut seen: Vec<Ref> = Vec::new();
        if positional > 0 {
            let key = self.names.__match_args__.clone();
            let match_args = self.lookup_attr(class, &key)?;
            let (names, whole) = match &match_args {
                Some(args) => match args.as_tuple() {
                    Some(tuple) => (tuple.to_vec(), false),
                    None => {
                        let (class, given) = (ty.name(), self.type_of(args).name());
                        return Err(self.type_error(format!(
                            "{class}.__match_args__ must be a tuple (got {given})"
                        )));
                    }
                },
                None => (Vec::new(), ty.has(type_flags::MATCH_SELF)),
            };
            let allowed = if whole { 1 } else { names.len() };
            if allowed < positional {
                let s = if allowed == 1 { "" } else { "s" };
                return Err(self.type_error(format!(
                    "{}() accepts {allowed} positional sub-pattern{s} ({positional} given)",
                    ty.name()
                )));
            }
            if whole {
                attributes.push(subject.clone());
            } else {
                for name in names.iter().take(positional) {
                    if name.as_str().is_none() {
                        let given = self.type_of(name).name();
                        return Err(self.type_error(format!(
                            "__match_args__ elements must be strings (got {given})"
                        )));
                    }
                    match self.pattern_attr(subject, ty.name(), name, &mut seen)? {
                        Some(value) => attributes.push(value),
                        None => return Ok(None),
                    }
                }
            }
        }
        for name in names.as_tuple().map_or_else(Vec::new, |t| t.to_vec()) {
            match self.pattern_attr(subject, ty.name(), &name, &mut seen)? {
                Some(value) => attributes.push(value),
                None => return Ok(None),
            }
        }
        Ok(Some(self.new_tuple(attributes)))
    }

    fn pattern_attr(
        &mut self,
        subject: &Ref,
        class: String,
        name: &Ref,
        seen: &mut Vec<Ref>,
    ) -> PyResult<Option<Ref>> {
        let name = self.intern_ref(name);
        if seen.iter().any(|s| s.is(&name)) {
            let text = self.repr_string(&name)?;
            return Err(self.type_error(format!(
                "{class}() got multiple sub-patterns for attribute {text}"
            )));
        }
        seen.push(name.clone());
        self.lookup_attr(subject, &name)
    }

    /// `except* class`: splits the exception on the stack.
    pub(super) fn check_group_match(&mut self, s: &[Slot]) -> PyResult<()> {
        let (exc, class) = (top(&s[0]), top(&s[1]));
        let group = self.exc.BaseExceptionGroup;
        let classes = class
            .as_tuple()
            .map_or_else(|| vec![class.clone()], |t| t.to_vec());
        for c in &classes {
            let Some(c) = c.as_type().filter(|c| c.is_subtype(self.exc.BaseException)) else {
                return Err(self.type_error(
                    "catching classes that do not inherit from BaseException is not allowed",
                ));
            };
            if c.is_subtype(group) {
                return Err(self.type_error(
                    "catching ExceptionGroup with except* is not allowed. Use except instead.",
                ));
            }
        }
        if exc.is_none() {
            s[1].set(Some(Ref::none()));
            return Ok(());
        }
        let (rest, matched) = if self.exception_matches(&exc, &class)? {
            let matched = if self.is_instance_of(&exc, group) {
                exc
            } else {
                let empty = self.new_str("");
                let list = self.new_list(vec![exc.clone()]);
                let ty = self.exc.ExceptionGroup.to_ref();
                let made = self.call(&ty, &[empty, list])?;
                let tb = exc.payload::<Exception>().traceback.get();
                made.payload::<Exception>().traceback.set(tb);
                made
            };
            (Ref::none(), matched)
        } else if self.is_instance_of(&exc, group) {
            let pair = self.call_method(&exc, "split", &[class])?;
            let Some([matched, rest]) = pair.as_tuple().and_then(|t| t.get(..2)) else {
                let ty = self.type_of(&exc).name();
                return Err(self.type_error(format!(
                    "{ty}.split must return a tuple, not {}",
                    self.type_of(&pair).name()
                )));
            };
            (rest.clone(), matched.clone())
        } else {
            (exc, Ref::none())
        };
        if !matched.is_none() {
            self.exec.handled = Some(matched.clone());
        }
        s[0].set(Some(rest));
        s[1].set(Some(matched));
        Ok(())
    }

    /// `CALL_INTRINSIC_1`
    pub(super) fn intrinsic_1(&mut self, number: u32, value: &Ref) -> PyResult<Ref> {
        match number {
            1 => {
                let name = self.intern("displayhook");
                let sys = self.import("sys")?;
                match self.lookup_attr(&sys, &name)? {
                    Some(hook) => self.call(&hook, std::slice::from_ref(value)),
                    None => Err(self.runtime_error("lost sys.displayhook")),
                }
            }
            2 => {
                let locals = self.exec.frames.last().and_then(|f| f.locals.clone());
                let Some(locals) = locals else {
                    return Err(self.system_error("no locals found during 'import *'"));
                };
                self.import_star(value, &locals)?;
                Ok(Ref::none())
            }
            3 => Ok(self.stop_iteration_error(value)),
            4 => Ok(crate::types::machine::wrap_async_value(self, value)),
            5 => self.unary('+', value),
            6 => {
                let items = self.collect(value)?;
                Ok(self.new_tuple(items))
            }
            7..=9 => {
                let name =
                    ["_make_typevar", "_make_paramspec", "_make_typevartuple"][number as usize - 7];
                self.typing_call(name, std::slice::from_ref(value))
            }
            10 => self.typing_call("_generic_subscript", std::slice::from_ref(value)),
            11 => self.typing_call("_make_alias", std::slice::from_ref(value)),
            _ => Err(self.system_error("invalid intrinsic")),
        }
    }

    /// `CALL_INTRINSIC_2`
    pub(super) fn intrinsic_2(&mut self, number: u32, a: &Ref, b: &Ref) -> PyResult<Ref> {
        match number {
            1 => self.prepare_reraise_star(a, b),
            2 => self.typing_call("_typevar_bound", &[a.clone(), b.clone()]),
            3 => self.typing_call("_typevar_constraints", &[a.clone(), b.clone()]),
            4 => {
                let name = self.names.__type_params__.clone();
                self.set_attr(a, &name, b)?;
                Ok(a.clone())
            }
            5 => self.typing_call("_typevar_default", &[a.clone(), b.clone()]),
            _ => Err(self.system_error("invalid intrinsic")),
        }
    }

    fn typing_call(&mut self, name: &str, args: &[Ref]) -> PyResult<Ref> {
        let module = self.import("_typing")?;
        self.call_method(&module, name, args)
    }

    /// A `StopIteration` leaving a generator becomes a `RuntimeError`.
    fn stop_iteration_error(&mut self, exc: &Ref) -> Ref {
        let handled = Exc::new(exc.clone());
        let frame = self.exec.frames.last().expect("a frame");
        use vitrine_bytecode::code::CodeFlags as F;
        let (is_async, is_coroutine) = (
            frame.code().has(F::ASYNC_GENERATOR),
            frame.code().has(F::COROUTINE),
        );
        let message = if self.exc_is(&handled, self.exc.StopIteration) {
            if is_async {
                "async generator raised StopIteration"
            } else if is_coroutine {
                "coroutine raised StopIteration"
            } else {
                "generator raised StopIteration"
            }
        } else if is_async && self.exc_is(&handled, self.exc.StopAsyncIteration) {
            "async generator raised StopAsyncIteration"
        } else {
            return handled.into_value();
        };
        let new = self.runtime_error(message).into_value();
        let payload: &Exception = new.payload();
        payload.cause.set(Some(exc.clone()));
        payload.context.set(Some(exc.clone()));
        payload.suppress_context.set(true);
        new
    }

    /// What is raised at the end of `except*` clauses.
    fn prepare_reraise_star(&mut self, original: &Ref, raised: &Ref) -> PyResult<Ref> {
        let raised = self.collect(raised)?;
        let raised: Vec<Ref> = raised.into_iter().filter(|e| !e.is_none()).collect();
        if raised.is_empty() {
            return Ok(Ref::none());
        }
        if !self.is_instance_of(original, self.exc.BaseExceptionGroup) {
            return Ok(raised[0].clone());
        }
        let tb = |e: &Ref| {
            e.downcast::<Exception>()
                .and_then(|p| p.traceback.get())
                .map(|t| t.id())
        };
        let (same, new): (Vec<Ref>, Vec<Ref>) = raised.into_iter().partition(|e| {
            self.is_instance_of(e, self.exc.BaseExceptionGroup) && tb(e) == tb(original)
        });
        let mut parts = new;
        if !same.is_empty() {
            let leaves: Vec<Ref> = self.leaves(&same)?;
            let projected = self.project(original, &leaves)?;
            if parts.is_empty() {
                return Ok(projected);
            }
            parts.push(projected);
        }
        if let [one] = parts.as_slice() {
            return Ok(one.clone());
        }
        let (empty, list) = (self.new_str(""), self.new_list(parts));
        let ty = self.exc.ExceptionGroup.to_ref();
        self.call(&ty, &[empty, list])
    }

    fn leaves(&mut self, groups: &[Ref]) -> PyResult<Vec<Ref>> {
        let mut leaves = Vec::new();
        let mut work: Vec<Ref> = groups.to_vec();
        while let Some(exc) = work.pop() {
            if self.is_instance_of(&exc, self.exc.BaseExceptionGroup) {
                let inner = exc
                    .payload::<Exception>()
                    .field(self, 1)
                    .unwrap_or_else(Ref::none);
                work.extend(self.collect(&inner)?);
            } else {
                leaves.push(exc);
            }
        }
        Ok(leaves)
    }

    /// The part of a group with these leaves, in its shape.
    fn project(&mut self, group: &Ref, leaves: &[Ref]) -> PyResult<Ref> {
        self.check_depth("")?;
        let inner = group
            .payload::<Exception>()
            .field(self, 1)
            .unwrap_or_else(Ref::none);
        let mut kept = Vec::new();
        for exc in self.collect(&inner)? {
            if self.is_instance_of(&exc, self.exc.BaseExceptionGroup) {
                let part = self.project(&exc, leaves)?;
                if !part.is_none() {
                    kept.push(part);
                }
            } else if leaves.iter().any(|l| l.is(&exc)) {
                kept.push(exc);
            }
        }
        if kept.is_empty() {
            return Ok(Ref::none());
        }
        let list = self.new_list(kept);
        let made = self.call_method(group, "derive", &[list])?;
        let (from, to) = (group.payload::<Exception>(), made.payload::<Exception>());
        to.traceback.set(from.traceback.get());
        to.context.set(from.context.get());
        to.cause.set(from.cause.get());
        to.notes.set(from.notes.get());
        Ok(made)
    }

    /// `LOAD_SUPER_ATTR`
    pub(super) fn load_super_attr(&mut self, arg: u32, s: &[Slot]) -> PyResult<()> {
        let name = {
            let frame = self.exec.frames.last().expect("a frame");
            frame.code().names[(arg >> 2) as usize].clone()
        };
        let (super_, class, this) = (top(&s[0]), top(&s[1]), top(&s[2]));
        let method = arg & 1 != 0;
        let mut found = None;
        if super_.as_type().is_some_and(|t| t.is(self.types.super_))
            && let Some(start) = class.as_type()
            && self.type_of(&this).is_subtype(start)
        {
            let ty = self.type_of(&this);
            found = crate::types::machine::super_lookup(self, ty, start, &name);
            if let Some(f) = &found {
                let kind = self.type_of(f);
                if method && kind.has(type_flags::METHOD_DESCRIPTOR) {
                    s[0].set(Some(f.clone()));
                    s[1].set(Some(this));
                    s[2].take();
                    return Ok(());
                }
                if let Some(get) = kind.slot(|t| t.descr_get) {
                    found = Some(get(self, f, Some(&this), ty)?);
                }
            }
        }
        let value = match found {
            Some(value) => value,
            None => {
                let object = if arg & 2 != 0 {
                    self.call(&super_, &[class, this])?
                } else {
                    self.call(&super_, &[])?
                };
                self.get_attr(&object, &name)?
            }
        };
        s[0].set(Some(value));
        s[1].take();
        s[2].take();
        Ok(())
    }
}

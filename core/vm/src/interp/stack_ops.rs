//! The instructions that are not worth a form of their own: they find their
//! operands on the stack, from the first slot on, and leave their results there.

use vitrine_bytecode::opcode::Opcode;

use crate::error::{Exc, PyResult};
use crate::heap::Kind;
use crate::interp::code::Function;
use crate::interp::generator::{Generator, State};
use crate::interp::insn::Insn;
use crate::object::{CellVar, Dict, Exception, List, Ref, Slot, type_flags};
use crate::value::Value;
use crate::vm::Vm;

/// Takes a live word out of a slot.
pub(super) unsafe fn take(slot: *mut Value) -> Ref {
    // SAFETY: the caller passes a live slot, which is empty from now on.
    unsafe {
        let value = *slot;
        *slot = Value::NULL;
        Ref::from_owned(value)
    }
}

fn pop(slot: &Slot) -> Ref {
    slot.take().expect("a live stack slot")
}

fn top(slot: &Slot) -> Ref {
    slot.get().expect("a live stack slot")
}

impl Vm {
    fn frame_name(&self, index: u32) -> Ref {
        self.exec.frames.last().expect("a frame").code().names[index as usize].clone()
    }

    fn frame_globals(&self) -> Ref {
        self.exec
            .frames
            .last()
            .expect("a frame")
            .function()
            .globals
            .clone()
    }

    fn frame_builtins(&self) -> Ref {
        self.exec
            .frames
            .last()
            .expect("a frame")
            .function()
            .builtins
            .clone()
    }

    fn frame_locals(&mut self) -> PyResult<Ref> {
        match &self.exec.frames.last().expect("a frame").locals {
            Some(locals) => Ok(locals.clone()),
            None => Err(self.system_error("no locals")),
        }
    }

    /// A cell among the running frame's fast locals.
    fn frame_cell(&self, index: u32) -> Ref {
        let frame = self.exec.frames.last().expect("a frame");
        frame
            .local(index as usize)
            .expect("cells are made at the start")
    }

    /// A name in globals or builtins.
    fn global_or_builtin(&mut self, name: &Ref) -> PyResult<Ref> {
        let globals = self.frame_globals();
        if let Some(value) = self.namespace_get(&globals, name)? {
            return Ok(value);
        }
        let builtins = self.frame_builtins();
        if let Some(value) = builtins.payload::<Dict>().get(self, name)? {
            return Ok(value);
        }
        let message = format!("name '{}' is not defined", self.text_of(name));
        Err(self.name_error(self.exc.NameError, name, message))
    }

    fn undefined_name(&mut self, name: &Ref) -> Exc {
        let message = format!("name '{}' is not defined", self.text_of(name));
        self.name_error(self.exc.NameError, name, message)
    }

    /// An item of a namespace that may be any mapping.
    fn namespace_get(&mut self, namespace: &Ref, name: &Ref) -> PyResult<Option<Ref>> {
        if self.is_exact(namespace, self.types.dict) {
            return namespace.payload::<Dict>().get(self, name);
        }
        match self.get_item(namespace, name) {
            Ok(value) => Ok(Some(value)),
            Err(exc) if self.exc_is(&exc, self.exc.KeyError) => Ok(None),
            Err(exc) => Err(exc),
        }
    }

    /// Runs one of these instructions.
    #[allow(clippy::too_many_lines)]
    pub(super) fn stack_op(&mut self, x: Insn, s: &[Slot]) -> PyResult<()> {
        use Opcode as O;
        let Some(op) = O::from_number(u32::from(x.c)) else {
            return Err(self.system_error("unknown opcode"));
        };
        let arg = x.d;
        match op {
            O::LOAD_NAME => {
                let name = self.frame_name(arg);
                let locals = self.frame_locals()?;
                let value = match self.namespace_get(&locals, &name)? {
                    Some(value) => value,
                    None => self.global_or_builtin(&name)?,
                };
                s[0].set(Some(value));
            }
            O::STORE_NAME => {
                let (name, locals) = (self.frame_name(arg), self.frame_locals()?);
                let value = pop(&s[0]);
                if self.is_exact(&locals, self.types.dict) {
                    self.dict_set(&locals, &name, value)?;
                } else {
                    self.set_item(&locals, &name, &value)?;
                }
            }
            O::DELETE_NAME => {
                let (name, locals) = (self.frame_name(arg), self.frame_locals()?);
                match self.del_item(&locals, &name) {
                    Err(exc) if self.exc_is(&exc, self.exc.KeyError) => {
                        return Err(self.undefined_name(&name));
                    }
                    other => other?,
                }
            }
            O::STORE_GLOBAL => {
                let (name, globals) = (self.frame_name(arg), self.frame_globals());
                let value = pop(&s[0]);
                self.dict_set(&globals, &name, value)?;
            }
            O::DELETE_GLOBAL => {
                let (name, globals) = (self.frame_name(arg), self.frame_globals());
                if globals.payload::<Dict>().remove(self, &name)?.is_none() {
                    return Err(self.undefined_name(&name));
                }
            }
            O::LOAD_LOCALS => {
                let locals = self.frame_locals()?;
                s[0].set(Some(locals));
            }
            O::LOAD_FROM_DICT_OR_GLOBALS => {
                let (name, namespace) = (self.frame_name(arg), pop(&s[0]));
                let value = match self.namespace_get(&namespace, &name)? {
                    Some(value) => value,
                    None => self.global_or_builtin(&name)?,
                };
                s[0].set(Some(value));
            }
            O::LOAD_FROM_DICT_OR_DEREF => {
                let frame = self.exec.frames.last().expect("a frame");
                let name = frame.code().varnames[arg as usize].clone();
                let namespace = pop(&s[0]);
                let value = match self.namespace_get(&namespace, &name)? {
                    Some(value) => Some(value),
                    None => self.frame_cell(arg).payload::<CellVar>().value.get(),
                };
                match value {
                    Some(value) => s[0].set(Some(value)),
                    None => return Err(self.unbound_free(arg as usize)),
                }
            }
            O::DELETE_DEREF => {
                if self
                    .frame_cell(arg)
                    .payload::<CellVar>()
                    .value
                    .take()
                    .is_none()
                {
                    return Err(self.unbound_free(arg as usize));
                }
            }
            O::MAKE_CELL => {
                let frame = self.exec.frames.last().expect("a frame");
                let value = frame.local(arg as usize);
                // SAFETY: the local's slot belongs to the running frame.
                let slot = unsafe { frame.fp.add(arg as usize) };
                let cell = self.new_cell(value);
                // SAFETY: as above.
                unsafe { super::words::put(self, slot, cell.into_value()) };
            }
            O::COPY_FREE_VARS => {
                let frame = self.exec.frames.last().expect("a frame");
                let closure = frame.function().closure.get();
                let (first, fp) = (frame.code().nlocals() - arg as usize, frame.fp);
                let closure = closure
                    .as_ref()
                    .and_then(Ref::as_tuple)
                    .map_or(&[][..], |t| t);
                let cells = |cell: &Ref| cell.kind() == Some(Kind::Cell);
                if closure.len() != arg as usize || !closure.iter().all(cells) {
                    return Err(self.system_error("a closure that does not fit the code"));
                }
                for (i, cell) in closure.iter().enumerate() {
                    // SAFETY: free variables are the last locals of the running frame.
                    unsafe {
                        super::words::put(self, fp.add(first + i), cell.clone().into_value());
                    };
                }
            }
            O::LOAD_BUILD_CLASS => {
                let builtins = self.frame_builtins();
                let name = self.names.__build_class__.clone();
                match builtins.payload::<Dict>().get(self, &name)? {
                    Some(value) => s[0].set(Some(value)),
                    None => {
                        return Err(self.new_exc(self.exc.NameError, "__build_class__ not found"));
                    }
                }
            }
            O::LOAD_COMMON_CONSTANT => {
                let value = match arg {
                    0 => self.exc.AssertionError.to_ref(),
                    1 => self.exc.NotImplementedError.to_ref(),
                    2 => self.types.tuple.to_ref(),
                    n => {
                        let name = if n == 3 { "all" } else { "any" };
                        let builtins = self.builtins.clone();
                        let name = self.intern(name);
                        self.dict_get(&builtins, &name)?.unwrap_or_else(Ref::none)
                    }
                };
                s[0].set(Some(value));
            }
            O::MAKE_FUNCTION => {
                let code = pop(&s[0]);
                let globals = self.frame_globals();
                let function = self.new_python_function(&code, &globals);
                s[0].set(Some(function));
            }
            O::SET_FUNCTION_ATTRIBUTE => {
                let function = pop(&s[1]);
                let value = pop(&s[0]);
                let f: &Function = function.payload();
                match arg {
                    1 if value.as_tuple().is_none() => {
                        return Err(self.system_error("defaults that are no tuple"));
                    }
                    2 if value.kind() != Some(Kind::Dict) => {
                        return Err(self.system_error("keyword defaults that are no dict"));
                    }
                    1 => f.defaults.set(Some(value)),
                    2 => f.kwdefaults.set(Some(value)),
                    4 => f.annotations.set(Some(value)),
                    8 => f.closure.set(Some(value)),
                    _ => f.annotate.set(Some(value)),
                }
                s[0].set(Some(function));
            }
            O::BUILD_MAP => {
                let dict = self.new_dict();
                for i in 0..arg as usize {
                    let value = pop(&s[2 * i + 1]);
                    let key = pop(&s[2 * i]);
                    self.dict_set(&dict, &key, value)?;
                }
                s[0].set(Some(dict));
            }
            O::BUILD_SET => {
                let items = (0..arg as usize).map(|i| pop(&s[i])).collect::<Vec<_>>();
                let set = crate::types::set::empty(self);
                for item in &items {
                    crate::types::set::add(self, &set, item)?;
                }
                s[0].set(Some(set));
            }
            O::BUILD_SLICE => {
                let step = if arg == 3 { pop(&s[2]) } else { Ref::none() };
                let stop = pop(&s[1]);
                let start = pop(&s[0]);
                let slice = self.new_slice(start, stop, step);
                s[0].set(Some(slice));
            }
            O::BUILD_STRING => {
                let parts = &s[..arg as usize];
                let text = self.join_slots(parts)?;
                for slot in parts {
                    slot.take();
                }
                s[0].set(Some(text));
            }
            O::BUILD_INTERPOLATION => {
                let spec = if arg & 1 == 1 {
                    pop(&s[2])
                } else {
                    self.new_str("")
                };
                let (expression, value) = (pop(&s[1]), pop(&s[0]));
                let conversion = match arg >> 2 {
                    1 => self.new_str("s"),
                    2 => self.new_str("r"),
                    3 => self.new_str("a"),
                    _ => Ref::none(),
                };
                let interpolation = crate::types::template::new_interpolation(
                    self, value, expression, conversion, spec,
                );
                s[0].set(Some(interpolation));
            }
            O::BUILD_TEMPLATE => {
                let (interpolations, strings) = (pop(&s[1]), pop(&s[0]));
                let template = crate::types::template::new_template(self, strings, interpolations);
                s[0].set(Some(template));
            }
            O::BINARY_SLICE => {
                let slice = self.new_slice(top(&s[1]), top(&s[2]), Ref::none());
                let value = self.get_item(&top(&s[0]), &slice)?;
                s[2].take();
                s[1].take();
                s[0].set(Some(value));
            }
            O::STORE_SLICE => {
                let slice = self.new_slice(top(&s[2]), top(&s[3]), Ref::none());
                self.set_item(&top(&s[1]), &slice, &top(&s[0]))?;
                for slot in &s[..4] {
                    slot.take();
                }
            }
            O::DELETE_SUBSCR => {
                self.del_item(&top(&s[0]), &top(&s[1]))?;
                s[1].take();
                s[0].take();
            }
            O::DELETE_ATTR => {
                let name = self.frame_name(arg);
                self.del_attr(&top(&s[0]), &name)?;
                s[0].take();
            }
            O::CONTAINS_OP => {
                let found = self.contains(&top(&s[1]), &top(&s[0]))?;
                s[1].take();
                s[0].set(Some(Ref::bool(found == (arg == 0))));
            }
            O::UNARY_NEGATIVE => {
                let value = self.unary('-', &top(&s[0]))?;
                s[0].set(Some(value));
            }
            O::UNARY_INVERT => {
                let value = self.unary('~', &top(&s[0]))?;
                s[0].set(Some(value));
            }
            O::CONVERT_VALUE => {
                let value = top(&s[0]);
                let text = match arg {
                    1 => self.str(&value)?,
                    2 => self.repr(&value)?,
                    _ => self.ascii(&value)?,
                };
                s[0].set(Some(text));
            }
            O::FORMAT_SIMPLE => {
                let value = top(&s[0]);
                if !self.is_exact(&value, self.types.str) {
                    let spec = self.empty_str.clone();
                    let text = self.format(&value, &spec)?;
                    s[0].set(Some(text));
                }
            }
            O::FORMAT_WITH_SPEC => {
                let text = self.format(&top(&s[0]), &top(&s[1]))?;
                s[1].take();
                s[0].set(Some(text));
            }
            O::LIST_EXTEND => {
                let n = arg as usize;
                let iterable = top(&s[n]);
                let items = match self.collect(&iterable) {
                    Ok(items) => items,
                    Err(exc) => {
                        let ty = self.type_of(&iterable);
                        if self.exc_is(&exc, self.exc.TypeError)
                            && ty.slot(|t| t.iter.is_none() && t.subscript.is_none())
                        {
                            return Err(self.type_error(format!(
                                "Value after * must be an iterable, not {}",
                                ty.name()
                            )));
                        }
                        return Err(exc);
                    }
                };
                let list = top(&s[0]);
                list.payload::<List>().items_mut(self).extend(items);
                s[n].take();
            }
            O::SET_ADD => {
                let n = arg as usize;
                let value = pop(&s[n]);
                let set = top(&s[0]);
                // A program may have put something else into `__conditional_annotations__`.
                if !self.is_exact(&set, self.types.set) {
                    return Err(self.system_error("bad argument to internal function"));
                }
                crate::types::set::add(self, &set, &value)?;
            }
            O::SET_UPDATE => {
                let n = arg as usize;
                let iterable = pop(&s[n]);
                let set = top(&s[0]);
                self.for_each(&iterable, |vm, item| {
                    crate::types::set::add(vm, &set, &item).map(drop)
                })?;
            }
            O::MAP_ADD => {
                let n = arg as usize;
                let value = pop(&s[n + 1]);
                let key = pop(&s[n]);
                self.dict_set(&top(&s[0]), &key, value)?;
            }
            O::DICT_UPDATE => {
                let n = arg as usize;
                let update = pop(&s[n]);
                self.dict_update(&top(&s[0]), &update, None)?;
            }
            O::DICT_MERGE => {
                let n = arg as usize;
                let update = pop(&s[n]);
                // SAFETY: three slots below the dict are the callable's, NULL's and arguments'.
                let callable = unsafe { (*s.as_ptr().sub(3)).get() };
                self.dict_update(&top(&s[0]), &update, callable.as_ref())?;
            }
            O::UNPACK_EX => {
                let (before, after) = ((arg & 0xFF) as usize, (arg >> 8) as usize);
                let sequence = pop(&s[0]);
                let items = self.collect_unpack(&sequence)?;
                if items.len() < before + after {
                    let wanted = before + after;
                    return Err(self.value_error(format!(
                        "not enough values to unpack (expected at least {wanted}, got {})",
                        items.len()
                    )));
                }
                let rest = items.len() - before - after;
                let total = before + 1 + after;
                let mut items = items.into_iter();
                for i in 0..before {
                    s[total - 1 - i].set(items.next());
                }
                let middle: Vec<Ref> = items.by_ref().take(rest).collect();
                let middle = self.new_list(middle);
                s[after].set(Some(middle));
                for i in 0..after {
                    s[after - 1 - i].set(items.next());
                }
            }
            O::CALL_FUNCTION_EX => {
                let kwargs = s[3].get();
                let args = top(&s[2]);
                let args = if args.as_tuple().is_some() {
                    args
                } else {
                    match self.collect(&args) {
                        Ok(items) => self.new_tuple(items),
                        Err(exc) => return Err(self.star_args_error(&top(&s[0]), &args, exc)),
                    }
                };
                let f = top(&s[0]);
                let items = args.as_tuple().expect("made above").to_vec();
                let value = self.call_dict(&f, &items, kwargs.as_ref())?;
                for slot in &s[1..4] {
                    slot.take();
                }
                s[0].set(Some(value));
            }
            O::CALL_INTRINSIC_1 => {
                let value = self.intrinsic_1(arg, &top(&s[0]))?;
                s[0].set(Some(value));
            }
            O::CALL_INTRINSIC_2 => {
                let value = self.intrinsic_2(arg, &top(&s[0]), &top(&s[1]))?;
                s[1].take();
                s[0].set(Some(value));
            }
            O::LOAD_SUPER_ATTR => self.load_super_attr(arg, s)?,
            O::LOAD_SPECIAL => {
                let name = match arg {
                    0 => self.names.__enter__.clone(),
                    1 => self.names.__exit__.clone(),
                    2 => self.names.__aenter__.clone(),
                    _ => self.names.__aexit__.clone(),
                };
                let owner = pop(&s[0]);
                let ty = self.type_of(&owner);
                let Some(found) = self.lookup_in_type(ty, &name) else {
                    return Err(self.no_context_manager(&owner, arg));
                };
                if self.type_of(&found).has(type_flags::METHOD_DESCRIPTOR) {
                    s[0].set(Some(found));
                    s[1].set(Some(owner));
                } else {
                    let bound = match self.type_of(&found).slot(|t| t.descr_get) {
                        Some(get) => get(self, &found, Some(&owner), ty)?,
                        None => found,
                    };
                    s[0].set(Some(bound));
                    s[1].set(None);
                }
            }
            O::WITH_EXCEPT_START => {
                let exc = top(&s[4]);
                let ty = self.type_of(&exc).to_ref();
                let tb = exc
                    .downcast::<Exception>()
                    .and_then(|exc| exc.traceback.get())
                    .unwrap_or_else(Ref::none);
                let mut args = Vec::with_capacity(4);
                args.extend(s[1].get());
                args.extend([ty, exc, tb]);
                let value = self.call(&top(&s[0]), &args)?;
                s[5].set(Some(value));
            }
            O::PUSH_EXC_INFO => {
                let exc = pop(&s[0]);
                let previous = self.exec.handled.replace(exc.clone());
                s[0].set(Some(previous.unwrap_or_else(Ref::none)));
                s[1].set(Some(exc));
            }
            O::POP_EXCEPT => {
                let previous = pop(&s[0]);
                let old = std::mem::replace(
                    &mut self.exec.handled,
                    (!previous.is_none()).then_some(previous),
                );
                drop(old);
                if self.heap.pending {
                    self.pending_now();
                }
            }
            O::CHECK_EXC_MATCH => {
                let class = pop(&s[1]);
                let matched = self.exception_matches(&top(&s[0]), &class)?;
                s[1].set(Some(Ref::bool(matched)));
            }
            O::CHECK_EG_MATCH => self.check_group_match(s)?,
            O::GET_YIELD_FROM_ITER => {
                let iterable = top(&s[0]);
                let ty = self.type_of(&iterable);
                if ty.is(self.types.coroutine) {
                    let code = self.exec.frames.last().expect("a frame").code();
                    use vitrine_bytecode::code::CodeFlags as F;
                    if !code.has(F::COROUTINE | F::ITERABLE_COROUTINE) {
                        return Err(self.type_error(
                            "cannot 'yield from' a coroutine object in a non-coroutine generator",
                        ));
                    }
                } else if !ty.is(self.types.generator) {
                    let iterator = self.iter(&iterable)?;
                    s[0].set(Some(iterator));
                }
            }
            O::END_SEND => {
                let value = pop(&s[1]);
                s[0].set(Some(value));
            }
            O::CLEANUP_THROW => {
                let exc = pop(&s[2]);
                let exc = Exc::new(exc);
                if !self.exc_is(&exc, self.exc.StopIteration) {
                    self.exec.reraising = true;
                    return Err(exc);
                }
                let value = self.stop_value(&exc);
                s[1].set(Some(value));
                s[0].set(Some(Ref::none()));
            }
            O::GET_AWAITABLE => {
                let value = self.awaitable(&top(&s[0]), arg)?;
                s[0].set(Some(value));
            }
            O::GET_AITER => {
                let object = top(&s[0]);
                let ty = self.type_of(&object);
                let Some(aiter) = ty.slot(|t| t.aiter) else {
                    return Err(self.type_error(format!(
                        "'async for' requires an object with __aiter__ method, got {}",
                        ty.name()
                    )));
                };
                let iterator = aiter(self, &object)?;
                let ty = self.type_of(&iterator);
                if ty.slot(|t| t.anext.is_none()) {
                    return Err(self.type_error(format!(
                        "'async for' received an object from __aiter__ that does not implement \
                         __anext__: {}",
                        ty.name()
                    )));
                }
                s[0].set(Some(iterator));
            }
            O::GET_ANEXT => {
                let iterator = top(&s[0]);
                let ty = self.type_of(&iterator);
                let Some(anext) = ty.slot(|t| t.anext) else {
                    return Err(self.type_error(format!(
                        "'async for' requires an iterator with __anext__ method, got {}",
                        ty.name()
                    )));
                };
                let next = anext(self, &iterator)?;
                let awaitable = self.awaitable(&next, 0).map_err(|exc| {
                    let name = self.type_of(&next).name();
                    let new = self.type_error(format!(
                        "'async for' received an invalid object from __anext__: {name}"
                    ));
                    new.value()
                        .payload::<Exception>()
                        .cause
                        .set(Some(exc.into_value()));
                    new
                })?;
                s[1].set(Some(awaitable));
            }
            O::END_ASYNC_FOR => {
                let exc = Exc::new(pop(&s[1]));
                if !self.exc_is(&exc, self.exc.StopAsyncIteration) {
                    self.exec.reraising = true;
                    return Err(exc);
                }
                s[0].take();
            }
            O::GET_LEN => {
                let n = self.len(&top(&s[0]))?;
                let n = self.new_usize(n);
                s[1].set(Some(n));
            }
            O::MATCH_MAPPING => {
                let is = self.type_of(&top(&s[0])).has(type_flags::MAPPING);
                s[1].set(Some(Ref::bool(is)));
            }
            O::MATCH_SEQUENCE => {
                let is = self.type_of(&top(&s[0])).has(type_flags::SEQUENCE);
                s[1].set(Some(Ref::bool(is)));
            }
            O::MATCH_KEYS => {
                let values = self.match_keys(&top(&s[0]), &top(&s[1]))?;
                s[2].set(Some(values.unwrap_or_else(Ref::none)));
            }
            O::MATCH_CLASS => {
                let names = pop(&s[2]);
                let (subject, class) = (top(&s[0]), top(&s[1]));
                let values = self.match_class(&subject, &class, arg as usize, &names)?;
                s[1].take();
                s[0].set(Some(values.unwrap_or_else(Ref::none)));
            }
            O::IMPORT_NAME => {
                let name = self.frame_name(arg);
                let (level, from) = (top(&s[0]), top(&s[1]));
                let module = self.import_name(&name, &from, &level)?;
                s[1].take();
                s[0].set(Some(module));
            }
            O::IMPORT_FROM => {
                let name = self.frame_name(arg);
                let value = self.import_from(&top(&s[0]), &name)?;
                s[1].set(Some(value));
            }
            O::SETUP_ANNOTATIONS => {
                let locals = self.frame_locals()?;
                let name = self.names.__annotations__.clone();
                if self.namespace_get(&locals, &name)?.is_none() {
                    let dict = self.new_dict();
                    self.set_item(&locals, &name, &dict)?;
                }
            }
            _ => return Err(self.system_error(format!("opcode {op} is not supported"))),
        }
        Ok(())
    }

    fn star_args_error(&mut self, f: &Ref, args: &Ref, exc: Exc) -> Exc {
        let ty = self.type_of(args);
        if !self.exc_is(&exc, self.exc.TypeError)
            || ty.slot(|t| t.iter.is_some() || t.subscript.is_some())
        {
            return exc;
        }
        let name = self.function_text(f);
        self.type_error(format!(
            "{name} argument after * must be an iterable, not {}",
            ty.name()
        ))
    }

    /// `module.name()` of a callable, for messages.
    pub(crate) fn function_text(&mut self, f: &Ref) -> String {
        let names = self.names.clone();
        let qualname = self.lookup_attr(f, &names.__qualname__).ok().flatten();
        let Some(qualname) = qualname.filter(|q| q.as_str().is_some()) else {
            return self.str_string(f).unwrap_or_default();
        };
        let module = self.lookup_attr(f, &names.__module__).ok().flatten();
        let qualname = self.text_of(&qualname);
        match module
            .filter(|m| m.as_str().is_some())
            .map(|m| self.text_of(&m))
        {
            Some(module) if module != "builtins" => format!("{module}.{qualname}()"),
            _ => format!("{qualname}()"),
        }
    }

    fn no_context_manager(&mut self, owner: &Ref, arg: u32) -> Exc {
        let name = self.type_of(owner).name();
        let (kind, method) = match arg {
            0 => ("context manager", "__enter__"),
            1 => ("context manager", "__exit__"),
            2 => ("asynchronous context manager", "__aenter__"),
            _ => ("asynchronous context manager", "__aexit__"),
        };
        let other = if arg < 2 {
            self.names.__aenter__.clone()
        } else {
            self.names.__enter__.clone()
        };
        let ty = self.type_of(owner);
        let hint = if self.lookup_in_type(ty, &other).is_some() {
            if arg < 2 {
                " but it supports the asynchronous context manager protocol. Did you mean to use 'async with'?"
            } else {
                " but it supports the context manager protocol. Did you mean to use 'with'?"
            }
        } else {
            ""
        };
        let what = if hint.is_empty() {
            format!(" (missed {method} method)")
        } else {
            format!(" (missed {method} method){hint}")
        };
        self.type_error(format!(
            "'{name}' object does not support the {kind} protocol{what}"
        ))
    }

    /// Updates a dict for `{**x}` (no callable) or `f(**x)`.
    fn dict_update(&mut self, dict: &Ref, update: &Ref, callable: Option<&Ref>) -> PyResult<()> {
        let pairs = if update.kind() == Some(Kind::Dict) && self.is_exact(update, self.types.dict) {
            update.payload::<Dict>().items(self)
        } else {
            let name = self.names.keys.clone();
            let Some(keys) = self.lookup_attr(update, &name)? else {
                let ty = self.type_of(update).name();
                return Err(match callable {
                    Some(f) => {
                        let f = self.function_text(f);
                        self.type_error(format!(
                            "{f} argument after ** must be a mapping, not {ty}"
                        ))
                    }
                    None => self.type_error(format!("'{ty}' object is not a mapping")),
                });
            };
            let keys = self.call(&keys, &[])?;
            let mut pairs = Vec::new();
            for key in self.collect(&keys)? {
                let value = self.get_item(update, &key)?;
                pairs.push((key, value));
            }
            pairs
        };
        for (key, value) in pairs {
            if let Some(f) = callable {
                if key.as_str().is_none() {
                    return Err(self.type_error("keywords must be strings"));
                }
                if self.dict_get(dict, &key)?.is_some() {
                    let (f, key) = (self.function_text(f), self.text_of(&key));
                    return Err(self.type_error(format!(
                        "{f} got multiple values for keyword argument '{key}'"
                    )));
                }
            }
            self.dict_set(dict, &key, value)?;
        }
        Ok(())
    }

    /// The items of something being unpacked.
    fn collect_unpack(&mut self, sequence: &Ref) -> PyResult<Vec<Ref>> {
        match self.collect(sequence) {
            Ok(items) => Ok(items),
            Err(exc) => Err(self.unpack_error(sequence, exc)),
        }
    }

    fn unpack_error(&mut self, sequence: &Ref, exc: Exc) -> Exc {
        let ty = self.type_of(sequence);
        if self.exc_is(&exc, self.exc.TypeError)
            && ty.slot(|t| t.iter.is_none() && t.subscript.is_none() && t.item.is_none())
        {
            return self.type_error(format!("cannot unpack non-iterable {} object", ty.name()));
        }
        exc
    }

    /// Exactly `n` items.
    pub(super) fn unpack(&mut self, sequence: &Ref, n: usize) -> PyResult<Vec<Ref>> {
        let known = self.is_exact(sequence, self.types.list)
            || self.is_exact(sequence, self.types.tuple)
            || self.is_exact(sequence, self.types.dict);
        let iterator = match self.iter(sequence) {
            Ok(iterator) => iterator,
            Err(exc) => return Err(self.unpack_error(sequence, exc)),
        };
        let mut items = Vec::with_capacity(n.min(1 << 12));
        while items.len() < n {
            match self.next(&iterator)? {
                Some(item) => items.push(item),
                None => {
                    return Err(self.value_error(format!(
                        "not enough values to unpack (expected {n}, got {})",
                        items.len()
                    )));
                }
            }
        }
        if self.next(&iterator)?.is_some() {
            let message = if known {
                let got = self.len(sequence)?;
                format!("too many values to unpack (expected {n}, got {got})")
            } else {
                format!("too many values to unpack (expected {n})")
            };
            return Err(self.value_error(message));
        }
        Ok(items)
    }

    /// Whether `except class:` takes an exception.
    pub(crate) fn exception_matches(&mut self, exc: &Ref, class: &Ref) -> PyResult<bool> {
        const MESSAGE: &str =
            "catching classes that do not inherit from BaseException is not allowed";
        let ty = self.type_of(exc);
        if let Some(classes) = class.as_tuple() {
            for class in classes.iter() {
                if !class
                    .as_type()
                    .is_some_and(|c| c.is_subtype(self.exc.BaseException))
                {
                    return Err(self.type_error(MESSAGE));
                }
            }
            return Ok(classes
                .iter()
                .any(|c| c.as_type().is_some_and(|c| ty.is_subtype(c))));
        }
        match class.as_type() {
            Some(c) if c.is_subtype(self.exc.BaseException) => Ok(ty.is_subtype(c)),
            _ => Err(self.type_error(MESSAGE)),
        }
    }

    /// What `await` iterates over.
    pub(crate) fn awaitable(&mut self, object: &Ref, arg: u32) -> PyResult<Ref> {
        let ty = self.type_of(object);
        if ty.is(self.types.coroutine) {
            let payload: &Generator = object.payload();
            if payload.state.get() != State::Created && self.generator_delegate(object).is_some() {
                return Err(self.runtime_error("coroutine is being awaited already"));
            }
            return Ok(object.clone());
        }
        if ty.is(self.types.generator) {
            let code: &super::code::Code = object.payload::<Generator>().code.payload();
            if code.has(vitrine_bytecode::code::CodeFlags::ITERABLE_COROUTINE) {
                return Ok(object.clone());
            }
        }
        let Some(f) = ty.slot(|t| t.await_) else {
            let name = ty.name();
            return Err(self.type_error(match arg {
                1 => format!("'async with' received an object from __aenter__ that does not implement __await__: {name}"),
                2 => format!("'async with' received an object from __aexit__ that does not implement __await__: {name}"),
                _ => format!("'{name}' object can't be awaited"),
            }));
        };
        let iterator = f(self, object)?;
        let ty = self.type_of(&iterator);
        if ty.is(self.types.coroutine) {
            return Err(self.type_error("__await__() returned a coroutine"));
        }
        if ty.slot(|t| t.iternext.is_none()) {
            return Err(self.type_error(format!(
                "__await__() returned non-iterator of type '{}'",
                ty.name()
            )));
        }
        Ok(iterator)
    }
}

//! Calls and returns.

use crate::error::PyResult;
use crate::heap::Kind;
use crate::interp::code::Function;
use crate::interp::frame::Mode;
use crate::interp::insn::Insn;
use crate::interp::run::{Flow, Next};
use crate::interp::stack_ops::take;
use crate::interp::words::put;
use crate::object::{Args, BoundMethod, Ref, Ty, type_flags};
use crate::value::Value;
use crate::vm::Vm;

/// So many parameters are bound without an allocation.
const FEW: usize = 12;

type New = fn(&mut Vm, Ty, Args<'_>) -> PyResult<Ref>;

impl Vm {
    /// A call whose callable and arguments are in slots.
    pub(super) unsafe fn call_slots(
        &mut self,
        fp: *mut Value,
        x: Insn,
        kwnames: Option<Ref>,
    ) -> PyResult<Next> {
        // SAFETY: the slots are the running frame's; each word is taken out once.
        unsafe {
            let base = fp.add(usize::from(x.b));
            loop {
                let callable = &*base.cast::<Ref>();
                let this = usize::from(!(*base.add(1)).is_null());
                let start = base.add(2 - this);
                let count = usize::from(x.c) + this;
                match callable.kind() {
                    Some(Kind::BoundMethod) if this == 0 => {
                        let method = callable.clone();
                        let method: &BoundMethod = method.payload();
                        put(self, base.add(1), method.this.clone().into_value());
                        put(self, base, method.func.clone().into_value());
                        continue;
                    }
                    Some(Kind::Function) => {
                        let func = take(base);
                        self.enter(func, start, count, kwnames.as_ref(), Mode::Call, x.a)?;
                        return Ok(Next::Enter);
                    }
                    Some(Kind::Type) if this == 0 => {
                        let ty = Ty::from_ref(callable);
                        if let Some(init) = self.plain_init(ty) {
                            let object = self.new_instance(ty);
                            put(self, base, object.clone().into_value());
                            *base.add(1) = object.into_value();
                            self.enter(
                                init,
                                base.add(1),
                                count + 1,
                                kwnames.as_ref(),
                                Mode::Init,
                                x.a,
                            )?;
                            return Ok(Next::Enter);
                        }
                    }
                    _ => {}
                }
                let names = kwnames
                    .as_ref()
                    .and_then(Ref::as_tuple)
                    .map_or(&[][..], |t| t);
                let args = std::slice::from_raw_parts(start.cast::<Option<Ref>>(), count);
                let value = self.call_args(callable, Args::new(args, names))?;
                for i in 0..usize::from(x.c) + 2 {
                    put(self, base.add(i), Value::NULL);
                }
                put(self, fp.add(usize::from(x.a)), value.into_value());
                if self.heap.pending {
                    self.pending_now();
                }
                return Ok(Next::Step);
            }
        }
    }

    /// `__init__` as a Python function, for classes that are made the usual way.
    fn plain_init(&mut self, ty: Ty) -> Option<Ref> {
        if ty.has(type_flags::ABSTRACT)
            || !ty.has(type_flags::HEAPTYPE)
            || ty.base_kind.get() != Kind::Instance
            || !self.type_of(&ty.to_ref()).is(self.types.type_)
        {
            return None;
        }
        let new = ty.slot(|s| s.new)?;
        if !std::ptr::fn_addr_eq(new, crate::types::machine::object::new as New) {
            return None;
        }
        let name = self.names.__init__.clone();
        self.lookup_in_type(ty, &name)
            .filter(|f| f.kind() == Some(Kind::Function))
    }

    /// Pushes a frame for a function whose arguments are in slots from `start` on.
    unsafe fn enter(
        &mut self,
        func: Ref,
        start: *mut Value,
        count: usize,
        kwnames: Option<&Ref>,
        mode: Mode,
        dst: u16,
    ) -> PyResult<()> {
        // SAFETY: as in `call_slots`; the callee's slots overlap only what the call consumes.
        unsafe {
            let f: &Function = func.payload();
            let code = f.code();
            if !self.exec.fits(start, code.frame_size + 16) {
                return Err(self.recursion_error("maximum recursion depth exceeded"));
            }
            let mut given = count;
            if f.simple.get() != count || kwnames.is_some() {
                let args = std::slice::from_raw_parts_mut(start.cast::<Option<Ref>>(), count);
                let names = kwnames.and_then(Ref::as_tuple).map_or(&[][..], |t| t);
                let (mut few, mut many) = ([const { None }; FEW], Vec::new());
                let slots = match code.parameters {
                    n @ ..=FEW => &mut few[..n],
                    n => {
                        many.resize_with(n, || None);
                        &mut many[..]
                    }
                };
                self.bind_slots(&func, args, names, slots)?;
                given = slots.len();
                for (i, value) in slots.iter_mut().enumerate() {
                    let value = value.take().map_or(Value::NULL, Ref::into_value);
                    start.add(i).write(value);
                }
            }
            for i in given..code.nlocals() {
                *start.add(i) = Value::NULL;
            }
            if let Err(exc) = self.push_frame(func, start, None, mode, dst) {
                for i in 0..given {
                    put(self, start.add(i), Value::NULL);
                }
                return Err(exc);
            }
            Ok(())
        }
    }

    /// Ends the top frame with a value.
    pub(super) fn return_value(&mut self, value: Ref) -> PyResult<Next> {
        let frame = self.exec.frames.last().expect("a frame");
        let (mode, dst) = (frame.mode, frame.dst);
        if let Some(generator) = frame.generator.clone() {
            let frame = self.pop_frame();
            self.finish_generator(&generator, frame.handled);
            return Ok(self.deliver(mode, dst, value, true));
        }
        let frame = self.pop_frame();
        drop(frame);
        if self.heap.pending {
            self.pending_now();
        }
        if mode == Mode::Init {
            if !value.is_none() {
                let name = self.type_of(&value).name();
                return Err(self.type_error(format!("__init__() should return None, not '{name}'")));
            }
            let caller = self.exec.frames.last_mut().expect("its caller");
            // SAFETY: the caller's instruction is the call; the instance waits in its base slot.
            unsafe {
                let object = take(caller.fp.add(usize::from((*caller.pc).b)));
                let slot = caller.fp.add(usize::from(dst));
                caller.pc = caller.pc.add(1);
                put(self, slot, object.into_value());
            }
            return Ok(Next::Enter);
        }
        Ok(self.deliver(mode, dst, value, true))
    }

    /// Hands a frame's result to whoever waits for it; the frame is popped already.
    pub(super) fn deliver(&mut self, mode: Mode, dst: u16, value: Ref, done: bool) -> Next {
        if mode == Mode::Native {
            return Next::Leave(if done {
                Flow::Return(value)
            } else {
                Flow::Yield(value)
            });
        }
        let caller = self.exec.frames.last_mut().expect("its caller");
        // SAFETY: the caller's saved instruction is the one that resumed or called, and its slots
        // are live.
        unsafe {
            let x = *caller.pc;
            let fp = caller.fp;
            match (mode, done) {
                (Mode::Call, _) => {
                    caller.pc = caller.pc.add(1);
                    put(self, fp.add(usize::from(dst)), value.into_value());
                }
                (Mode::For, true) => caller.pc = caller.pc.offset(x.d as i32 as isize),
                (Mode::For, false) => {
                    caller.pc = caller.pc.add(1);
                    put(self, fp.add(usize::from(x.a)), value.into_value());
                }
                (_, true) => {
                    caller.pc = caller.pc.offset(x.d as i32 as isize);
                    put(self, fp.add(usize::from(x.b) + 1), value.into_value());
                }
                (_, false) => {
                    caller.pc = caller.pc.add(1);
                    put(self, fp.add(usize::from(x.b) + 1), value.into_value());
                }
            }
        }
        Next::Enter
    }

    /// Calls a Python function from native code.
    pub(crate) fn call_function(
        &mut self,
        func: &Ref,
        args: Vec<Ref>,
        kwnames: &[Ref],
    ) -> PyResult<Ref> {
        self.call_with_locals(func, args, kwnames, None)
    }

    /// The same for module and class code, with its namespace.
    pub(crate) fn call_with_locals(
        &mut self,
        func: &Ref,
        args: Vec<Ref>,
        kwnames: &[Ref],
        locals: Option<Ref>,
    ) -> PyResult<Ref> {
        self.check_depth("")?;
        let f: &Function = func.payload();
        let bound = if f.simple.get() == args.len() && kwnames.is_empty() {
            args
        } else {
            self.bind(func, args, kwnames)?
        };
        let fp = self.exec.top();
        if !self.exec.fits(fp, f.code().frame_size + 16) {
            return Err(self.recursion_error("maximum recursion depth exceeded"));
        }
        let given = bound.len();
        // SAFETY: the slots above the top frame are unused and fit.
        unsafe {
            for (i, value) in bound.into_iter().enumerate() {
                fp.add(i).write(value.into_value());
            }
            for i in given..f.code().nlocals() {
                *fp.add(i) = Value::NULL;
            }
            if let Err(exc) = self.push_frame(func.clone(), fp, locals, Mode::Native, 0) {
                for i in 0..given {
                    put(self, fp.add(i), Value::NULL);
                }
                return Err(exc);
            }
        }
        match self.run()? {
            Flow::Return(value) | Flow::Yield(value) => Ok(value),
        }
    }
}

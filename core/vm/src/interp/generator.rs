//! Generators, coroutines, asynchronous generators.
//!
//! A suspended generator owns its slots; resuming copies them onto the value
//! stack and yielding copies the live ones back, so that running code has one
//! kind of frame.

use std::cell::Cell;

use vitrine_bytecode::code::CodeFlags;

use crate::error::{Exc, PyResult};
use crate::heap::{Kind, Payload, Visitor, flags};
use crate::interp::frame::{Frame, FrameObject, Mode};
use crate::interp::insn::{Insn, Op};
use crate::interp::run::{Flow, Next};
use crate::interp::words::put;
use crate::object::{Exception, Guarded, Ref, Slot};
use crate::value::Value;
use crate::vm::Vm;

/// Where a generator is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    Created,
    Suspended,
    Running,
    Finished,
}

/// What a suspended generator keeps.
pub(crate) struct Suspended {
    slots: Vec<Option<Ref>>,
    pc: *mut Insn,
    first: *mut Insn,
    func: Ref,
    locals: Option<Ref>,
    object: Option<Ref>,
    /// Where the value sent in goes.
    sent: u16,
}

/// The payload of generators, coroutines and asynchronous generators.
pub(crate) struct Generator {
    pub(crate) frame: Guarded<Option<Suspended>>,
    pub(crate) state: Cell<State>,
    pub(crate) code: Ref,
    pub(crate) name: Slot,
    pub(crate) qualname: Slot,
    handled: Slot,
    /// Asynchronous generators: an `asend` or so is running; closed; hooks were called.
    pub(crate) running_async: Cell<bool>,
    pub(crate) closed: Cell<bool>,
    pub(crate) hooks: Cell<bool>,
    pub(crate) finalizer: Slot,
}

impl Default for Guarded<Option<Suspended>> {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Payload for Generator {
    const KIND: Kind = Kind::Generator;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        if let Some(frame) = self.frame.visit(visitor) {
            for slot in frame.slots.iter().flatten() {
                (visitor.visit)(slot.value());
            }
            let func = Some(&frame.func);
            let others = [func, frame.locals.as_ref(), frame.object.as_ref()];
            for other in others.into_iter().flatten() {
                (visitor.visit)(other.value());
            }
        }
        visitor.visit(&self.code);
        for slot in [&self.name, &self.qualname, &self.handled, &self.finalizer] {
            slot.visit(visitor);
        }
    }

    fn clear(&self) {
        drop(self.frame.take_for_clear());
        self.state.set(State::Finished);
        self.handled.take();
    }
}

impl Vm {
    /// `RETURN_GENERATOR`: moves the top frame into a new generator and returns that.
    pub(super) fn return_generator(&mut self) -> PyResult<Next> {
        let frame = self.exec.frames.last().expect("a frame");
        let code = frame.code();
        let ty = if code.has(CodeFlags::COROUTINE) {
            self.types.coroutine
        } else if code.has(CodeFlags::ASYNC_GENERATOR) {
            self.types.async_generator
        } else {
            self.types.generator
        };
        let nlocals = code.nlocals();
        let f = frame.function();
        let payload = Generator {
            frame: Guarded::new(None),
            state: Cell::new(State::Created),
            code: f.code.get().expect("functions have code"),
            name: Slot::empty(),
            qualname: Slot::empty(),
            handled: Slot::empty(),
            running_async: Cell::new(false),
            closed: Cell::new(false),
            hooks: Cell::new(false),
            finalizer: Slot::empty(),
        };
        payload.name.set(f.name.get());
        payload.qualname.set(f.qualname.get());
        let generator = self.new_object(ty, payload);
        let frame = self.exec.frames.pop().expect("a frame");
        let (mode, dst) = (frame.mode, frame.dst);
        self.suspend(&generator, frame, nlocals);
        Ok(self.deliver(mode, dst, generator, true))
    }

    /// Moves a popped frame's slots below `sent` into its generator.
    fn suspend(&mut self, generator: &Ref, frame: Frame, sent: usize) {
        let payload: &Generator = generator.payload();
        // SAFETY: the words move from the stack into the generator.
        let slots = (0..sent)
            .map(|i| unsafe {
                let slot = frame.fp.add(i);
                let value = *slot;
                *slot = Value::NULL;
                Ref::from_nullable(value)
            })
            .collect();
        if let Some(object) = &frame.object {
            object.payload::<FrameObject>().depth.set(usize::MAX);
            object.payload::<FrameObject>().lasti.set(frame.unit());
        }
        let suspended = Suspended {
            slots,
            pc: frame.pc,
            first: frame.first,
            func: frame.func,
            locals: frame.locals,
            object: frame.object,
            sent: sent as u16,
        };
        payload.frame.replace(self, Some(suspended));
    }

    /// Puts a generator's frame on top, ready to run.
    fn resume(&mut self, generator: &Ref, value: Option<Ref>, mode: Mode) -> PyResult<()> {
        let payload: &Generator = generator.payload();
        let fp = self.exec.top();
        let size = payload.code.payload::<super::code::Code>().frame_size;
        if self.exec.frames.len() >= self.budget.recursion_limit || !self.exec.fits(fp, size + 16) {
            return Err(self.recursion_error("maximum recursion depth exceeded"));
        }
        let frame = payload
            .frame
            .replace(self, None)
            .expect("a suspended generator");
        payload.state.set(State::Running);
        let nlocals = payload.code.payload::<super::code::Code>().nlocals();
        debug_assert!(frame.slots.len() >= nlocals);
        // SAFETY: the slots above the top frame are unused and fit; the words move there.
        unsafe {
            for (i, slot) in frame.slots.into_iter().enumerate() {
                fp.add(i).write(slot.map_or(Value::NULL, Ref::into_value));
            }
            let sent = value.map_or(Value::NONE, Ref::into_value);
            fp.add(usize::from(frame.sent)).write(sent);
        }
        if let Some(object) = &frame.object {
            let object: &FrameObject = object.payload();
            object.thread.set(self.threads.current());
            object.depth.set(self.exec.frames.len());
        }
        let handled = std::mem::replace(&mut self.exec.handled, payload.handled.take());
        let code: *const super::code::Code = payload.code.payload::<super::code::Code>();
        self.exec.frames.push(Frame {
            pc: frame.pc,
            fp,
            code,
            first: frame.first,
            func: frame.func,
            locals: frame.locals,
            generator: Some(generator.clone()),
            object: frame.object,
            handled,
            dst: 0,
            mode,
        });
        Ok(())
    }

    /// Resumes a generator inside the loop; false if it is finished.
    pub(super) fn resume_inline(
        &mut self,
        generator: &Ref,
        value: Option<Ref>,
        mode: Mode,
    ) -> PyResult<bool> {
        if !self.check_resumable(generator)? {
            return Ok(false);
        }
        self.resume(generator, value, mode)?;
        Ok(true)
    }

    fn check_resumable(&mut self, generator: &Ref) -> PyResult<bool> {
        let payload: &Generator = generator.payload();
        match payload.state.get() {
            State::Finished => Ok(false),
            State::Running => {
                let what = self.generator_word(generator);
                Err(self.value_error(format!("{what} already executing")))
            }
            _ => Ok(true),
        }
    }

    /// "generator", "coroutine", "async generator".
    pub(crate) fn generator_word(&self, generator: &Ref) -> &'static str {
        let ty = self.type_of(generator);
        if ty.is(self.types.coroutine) {
            "coroutine"
        } else if ty.is(self.types.async_generator) {
            "async generator"
        } else {
            "generator"
        }
    }

    /// Marks a generator finished after its frame was popped.
    pub(super) fn finish_generator(&mut self, generator: &Ref, handled: Option<Ref>) {
        let payload: &Generator = generator.payload();
        payload.state.set(State::Finished);
        generator.clear_flags(flags::FINALIZER);
        let old = std::mem::replace(&mut self.exec.handled, handled);
        drop(old);
    }

    /// `Yield`: the top frame, a generator's, gives a value; `sent` gets what is sent in next.
    pub(super) fn yield_value(&mut self, value: Ref, sent: u16) -> PyResult<Next> {
        let mut frame = self.exec.frames.pop().expect("a frame");
        let generator = frame.generator.take().expect("only generators yield");
        let handled = frame.handled.take();
        let (mode, dst) = (frame.mode, frame.dst);
        self.suspend(&generator, frame, usize::from(sent));
        let payload: &Generator = generator.payload();
        payload.state.set(State::Suspended);
        let own = std::mem::replace(&mut self.exec.handled, handled);
        payload.handled.set(own);
        Ok(self.deliver(mode, dst, value, false))
    }

    /// `Send`: `Some(true)` when the receiver is done, `Some(false)` when it yielded, `None`
    /// when its frame has been pushed.
    pub(super) unsafe fn send_slots(&mut self, fp: *mut Value, x: Insn) -> PyResult<Option<bool>> {
        // SAFETY: receiver and value are slots of the running frame.
        unsafe {
            let receiver = (*fp.add(usize::from(x.b)).cast::<Ref>()).clone();
            let place = fp.add(usize::from(x.b) + 1);
            let value = (*place.cast::<Ref>()).clone();
            let ty = self.type_of(&receiver);
            if ty.is(self.types.generator) || ty.is(self.types.coroutine) {
                let payload: &Generator = receiver.payload();
                let sent = if payload.state.get() == State::Created {
                    None
                } else {
                    Some(value)
                };
                if payload.state.get() == State::Finished && ty.is(self.types.coroutine) {
                    return Err(self.runtime_error("cannot reuse already awaited coroutine"));
                }
                if self.resume_inline(&receiver, sent, Mode::Send)? {
                    return Ok(None);
                }
                put(self, place, Value::NONE);
                return Ok(Some(true));
            }
            let result = if value.is_none() && ty.slot(|s| s.iternext.is_some()) {
                match ty.slot(|s| s.iternext).expect("checked")(self, &receiver) {
                    Ok(Some(value)) => Ok(value),
                    Ok(None) => Err(self.stop_iteration(None)),
                    Err(exc) => Err(exc),
                }
            } else {
                self.call_method(&receiver, "send", &[value])
            };
            match result {
                Ok(value) => {
                    put(self, place, value.into_value());
                    Ok(Some(false))
                }
                Err(exc) if self.exc_is(&exc, self.exc.StopIteration) => {
                    let value = self.stop_value(&exc);
                    put(self, place, value.into_value());
                    Ok(Some(true))
                }
                Err(exc) => Err(exc),
            }
        }
    }

    /// The value of a `StopIteration`.
    pub(crate) fn stop_value(&mut self, exc: &Exc) -> Ref {
        let payload = exc.value().downcast::<Exception>();
        payload
            .and_then(|p| p.field(self, 0))
            .unwrap_or_else(Ref::none)
    }

    /// Runs a generator until it yields or ends; `None` if it had ended before.
    pub(crate) fn generator_send(
        &mut self,
        generator: &Ref,
        value: Option<Ref>,
    ) -> PyResult<Option<Flow>> {
        if !self.check_resumable(generator)? {
            return Ok(None);
        }
        self.check_depth("")?;
        self.resume(generator, value, Mode::Native)?;
        self.run().map(Some)
    }

    /// What the generator is waiting for in `yield from` or `await`.
    pub(crate) fn generator_delegate(&self, generator: &Ref) -> Option<Ref> {
        let payload: &Generator = generator.payload();
        let frame = payload.frame.get(self).as_ref()?;
        if payload.state.get() != State::Suspended {
            return None;
        }
        // SAFETY: the saved instruction is in the code the generator keeps alive; it follows
        // the `Yield`.
        let next = unsafe { *frame.pc };
        (next.op == Op::Resume && matches!(next.d & 3, 2 | 3))
            .then(|| frame.slots.last().cloned().flatten())
            .flatten()
    }

    /// Raises an exception inside a generator.
    pub(crate) fn generator_throw(&mut self, generator: &Ref, exc: Exc) -> PyResult<Flow> {
        let payload: &Generator = generator.payload();
        match payload.state.get() {
            State::Finished => return Err(exc),
            State::Created => {
                // Nothing has run: the generator ends where it was made.
                self.check_depth("")?;
                self.resume(generator, None, Mode::Native)?;
                return self.run_throwing(exc);
            }
            State::Running => {
                let what = self.generator_word(generator);
                return Err(self.value_error(format!("{what} already executing")));
            }
            State::Suspended => {}
        }
        if let Some(delegate) = self.generator_delegate(generator) {
            return self.throw_through(generator, &delegate, exc);
        }
        self.check_depth("")?;
        self.resume(generator, None, Mode::Native)?;
        // The instruction that yielded is where it is raised.
        let frame = self.exec.frames.last_mut().expect("just pushed");
        // SAFETY: a `Yield` is in front of where the generator goes on.
        frame.pc = unsafe { frame.pc.sub(1) };
        self.run_throwing(exc)
    }

    /// Throws into what a generator delegates to.
    fn throw_through(&mut self, generator: &Ref, delegate: &Ref, exc: Exc) -> PyResult<Flow> {
        let payload: &Generator = generator.payload();
        let exit = self.exc_is(&exc, self.exc.GeneratorExit);
        payload.state.set(State::Running);
        let result = if exit {
            self.close_iterator(delegate).and(Err(exc))
        } else {
            let inner = delegate.downcast::<Generator>().is_some()
                && !self.is_exact(delegate, self.types.async_generator);
            if inner {
                match self.generator_throw(delegate, exc) {
                    Ok(Flow::Yield(value)) => Ok(value),
                    Ok(Flow::Return(value)) => Err(self.stop_iteration(Some(value))),
                    Err(exc) => Err(exc),
                }
            } else {
                let name = self.names.throw.clone();
                match self.lookup_attr(delegate, &name) {
                    Ok(Some(throw)) => self.call(&throw, &[exc.into_value()]),
                    Ok(None) => Err(exc),
                    Err(exc) => Err(exc),
                }
            }
        };
        payload.state.set(State::Suspended);
        match result {
            Ok(value) => Ok(Flow::Yield(value)),
            Err(exc) => {
                self.resume(generator, None, Mode::Native)?;
                let frame = self.exec.frames.last_mut().expect("just pushed");
                // SAFETY: as in `generator_throw`.
                frame.pc = unsafe { frame.pc.sub(1) };
                self.run_throwing(exc)
            }
        }
    }

    /// `close()` of what a generator delegates to.
    fn close_iterator(&mut self, iterator: &Ref) -> PyResult<()> {
        if iterator.downcast::<Generator>().is_some()
            && !self.is_exact(iterator, self.types.async_generator)
        {
            return self.generator_close(iterator).map(drop);
        }
        let name = self.names.close.clone();
        match self.lookup_attr(iterator, &name)? {
            Some(close) => self.call(&close, &[]).map(drop),
            None => Ok(()),
        }
    }

    /// `generator.close()`
    pub(crate) fn generator_close(&mut self, generator: &Ref) -> PyResult<Ref> {
        let payload: &Generator = generator.payload();
        match payload.state.get() {
            State::Created => {
                payload.state.set(State::Finished);
                generator.clear_flags(flags::FINALIZER);
                let frame = payload.frame.replace(self, None);
                drop(frame);
                return Ok(Ref::none());
            }
            State::Finished => return Ok(Ref::none()),
            _ => {}
        }
        let exit = self.new_exc_args(self.exc.GeneratorExit, Vec::new());
        match self.generator_throw(generator, exit) {
            Ok(Flow::Yield(_)) => {
                let what = self.generator_word(generator);
                Err(self.runtime_error(format!("{what} ignored GeneratorExit")))
            }
            Ok(Flow::Return(value)) => Ok(value),
            Err(exc)
                if self.exc_is(&exc, self.exc.GeneratorExit)
                    || self.exc_is(&exc, self.exc.StopIteration) =>
            {
                Ok(Ref::none())
            }
            Err(exc) => Err(exc),
        }
    }

    /// `gi_frame`: the frame of a generator that has not ended.
    pub(crate) fn generator_frame(&mut self, generator: &Ref) -> Ref {
        let payload: &Generator = generator.payload();
        if payload.state.get() == State::Running {
            let at = self
                .exec
                .frames
                .iter()
                .position(|f| f.generator.as_ref().is_some_and(|g| g.is(generator)));
            return at
                .and_then(|at| self.frame_object(at))
                .unwrap_or_else(Ref::none);
        }
        let Some(frame) = payload.frame.get(self) else {
            return Ref::none();
        };
        let code: &super::code::Code = payload.code.payload();
        // SAFETY: both point into the code the generator keeps alive.
        let at = unsafe { frame.pc.offset_from(frame.first) }.max(0) as usize;
        let at = if payload.state.get() == State::Suspended {
            at.saturating_sub(1)
        } else {
            at
        };
        let unit = code
            .translated
            .get()
            .and_then(|t| t.offsets.get(at).copied())
            .unwrap_or(0);
        let (func, locals) = (frame.func.clone(), frame.slots.clone());
        let object = match &frame.object {
            Some(object) => object.clone(),
            None => {
                let made = FrameObject {
                    code: payload.code.clone(),
                    func,
                    locals: Guarded::new(Vec::new()),
                    namespace: Slot::empty(),
                    thread: Cell::new(self.threads.current()),
                    depth: Cell::new(usize::MAX),
                    lasti: Cell::new(0),
                    back: Slot::empty(),
                };
                let made = self.new_object(self.types.frame, made);
                if let Some(frame) = payload.frame.get_mut(self) {
                    frame.object = Some(made.clone());
                }
                made
            }
        };
        let payload: &FrameObject = object.payload();
        payload.lasti.set(unit);
        drop(payload.locals.replace(self, locals));
        object
    }
}

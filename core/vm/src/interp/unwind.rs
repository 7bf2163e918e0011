//! Exceptions on their way through frames.

use std::cell::Cell;

use crate::error::{Exc, PyResult};
use crate::interp::frame::{Mode, Traceback};
use crate::interp::words::put;
use crate::object::{Exception, Ref, Slot};
use crate::value::Value;
use crate::vm::Vm;

impl Vm {
    /// Finds a handler for an exception at the top frame's current instruction, leaving frames
    /// that have none. Fails with the exception where the interpreter loop was entered.
    pub(super) fn unwind(&mut self, exc: Exc) -> PyResult<()> {
        let stopping = exc.stop().is_some();
        let mut fresh = !std::mem::take(&mut self.exec.reraising);
        if !stopping && fresh {
            self.add_context(&exc);
        }
        loop {
            let index = self.exec.frames.len() - 1;
            let unit = self.exec.frames[index].unit();
            if !stopping {
                if fresh {
                    self.add_traceback(&exc, index, unit);
                }
                let frame = &self.exec.frames[index];
                let translated = frame.code().translated.get().expect("it runs");
                let handler = translated
                    .handlers
                    .iter()
                    .find(|h| (h.start..h.end).contains(&unit))
                    .copied();
                if let Some(handler) = handler {
                    let (fp, first) = (frame.fp, frame.first);
                    let base = frame.code().nlocals() + handler.depth as usize;
                    let size = frame.code().frame_size;
                    // SAFETY: the slots are the frame's; those above the handler's depth are
                    // given up.
                    unsafe {
                        for i in base..size {
                            put(self, fp.add(i), Value::NULL);
                        }
                        let mut at = base;
                        if handler.lasti {
                            fp.add(at).write(Value::small_int(i64::from(unit)));
                            at += 1;
                        }
                        fp.add(at).write(exc.into_value().into_value());
                        let frame = self.exec.frames.last_mut().expect("a frame");
                        frame.pc = first.add(handler.target as usize);
                    }
                    return Ok(());
                }
            }
            let frame = self.pop_frame();
            if let Some(generator) = &frame.generator {
                self.finish_generator(generator, frame.handled.clone());
            }
            if frame.mode == Mode::Native {
                return Err(exc);
            }
            fresh = true;
        }
    }

    /// The exception being handled where code runs now.
    pub(crate) fn handled_exception(&self) -> Option<Ref> {
        self.exec.handled_exception()
    }

    /// Sets `__context__` of an exception just raised.
    fn add_context(&mut self, exc: &Exc) {
        let Some(payload) = exc.value().downcast::<Exception>() else {
            return;
        };
        if payload.traceback.get().is_some() || payload.context.get().is_some() {
            return;
        }
        self.set_context(exc.value());
    }

    fn set_context(&mut self, exc: &Ref) {
        let Some(handled) = self.handled_exception() else {
            return;
        };
        if handled.is(exc) {
            return;
        }
        let Some(payload) = exc.downcast::<Exception>() else {
            return;
        };
        // The new exception may be in the chain already: cut it out.
        let mut at = handled.clone();
        for _ in 0..10_000 {
            let Some(next) = at.downcast::<Exception>().and_then(|e| e.context.get()) else {
                break;
            };
            if next.is(exc) {
                at.payload::<Exception>().context.take();
                break;
            }
            at = next;
        }
        payload.context.set(Some(handled));
    }

    fn add_traceback(&mut self, exc: &Exc, index: usize, unit: u32) {
        let Some(payload) = exc.value().downcast::<Exception>() else {
            return;
        };
        let Some(frame) = self.frame_object(index) else {
            return;
        };
        let lineno = self.exec.frames[index].code().line_at(unit);
        let entry = Traceback {
            next: Slot::empty(),
            frame,
            lasti: unit,
            lineno: Cell::new(lineno.map_or(-1, i64::from)),
        };
        entry.next.set(payload.traceback.get());
        let entry = self.new_object(self.types.traceback, entry);
        payload.traceback.set(Some(entry));
    }

    /// `raise exc from cause`
    pub(super) fn raise(&mut self, exc: Option<Ref>, cause: Option<Ref>) -> Exc {
        let Some(exc) = exc else {
            let Some(handled) = self.handled_exception() else {
                return self.runtime_error("No active exception to reraise");
            };
            self.exec.reraising = true;
            return Exc::new(handled);
        };
        let exc = match self.make_exception(&exc, "exceptions must derive from BaseException") {
            Ok(exc) => exc,
            Err(exc) => return exc,
        };
        let payload: &Exception = exc.payload();
        if let Some(cause) = cause {
            let cause = if cause.is_none() {
                None
            } else {
                match self.make_exception(&cause, "exception causes must derive from BaseException")
                {
                    Ok(cause) => Some(cause),
                    Err(exc) => return exc,
                }
            };
            payload.cause.set(cause);
            payload.suppress_context.set(true);
        }
        self.set_context(&exc);
        Exc::new(exc)
    }

    /// What `RERAISE` raises: with code from elsewhere it may be no exception at all.
    pub(super) fn reraised(&mut self, value: Ref) -> Exc {
        if value.downcast::<Exception>().is_some() {
            Exc::new(value)
        } else {
            self.system_error("RERAISE of no exception")
        }
    }

    /// An exception from a class or an instance.
    pub(crate) fn make_exception(&mut self, exc: &Ref, message: &str) -> PyResult<Ref> {
        if exc.downcast::<Exception>().is_some() {
            return Ok(exc.clone());
        }
        if let Some(ty) = exc.as_type()
            && ty.is_subtype(self.exc.BaseException)
        {
            let made = self.call(exc, &[])?;
            if made.downcast::<Exception>().is_some() {
                return Ok(made);
            }
            let (name, given) = (self.repr_string(exc)?, self.type_of(&made).name());
            return Err(self.type_error(format!(
                "calling {name} should have returned an instance of BaseException, not <class '{given}'>"
            )));
        }
        Err(self.type_error(message))
    }

    /// An unbound local.
    pub(super) fn unbound_local(&mut self, local: usize) -> Exc {
        let name = self.exec.frames.last().expect("a frame").code().varnames[local].clone();
        let message = format!(
            "cannot access local variable '{}' where it is not associated with a value",
            self.text_of(&name)
        );
        self.name_error(self.exc.UnboundLocalError, &name, message)
    }

    /// An unbound cell: a local's or a free variable's.
    pub(super) fn unbound_free(&mut self, local: usize) -> Exc {
        let code = self.exec.frames.last().expect("a frame").code();
        let name = code.varnames[local].clone();
        let kind = code.data.localspluskinds[local];
        if kind & vitrine_bytecode::code::LocalKind::FREE == 0 {
            return self.unbound_local(local);
        }
        let message = format!(
            "cannot access free variable '{}' where it is not associated with a value in \
             enclosing scope",
            self.text_of(&name)
        );
        self.name_error(self.exc.NameError, &name, message)
    }
}

//! The two stacks code runs on: values, and frames.
//!
//! A frame's slots lie on the value stack; a callee's begin at its arguments in
//! the caller's slots. Slots that are not live hold no object.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::collections::HashSet;
use std::rc::{Rc, Weak};

use crate::error::PyResult;
use crate::heap::{Kind, Payload, Visitor};
use crate::interp::code::{Code, Function};
use crate::interp::insn::Insn;
use crate::interp::translate::translate;
use crate::object::{Guarded, Ref, Slot};
use crate::value::Value;
use crate::vm::Vm;
use crate::vm::threads::ThreadId;

/// What to do with a frame's result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// Leave the interpreter loop with it.
    Native,
    /// Put it in the caller's slot.
    Call,
    /// `__init__`: must be None; the instance is the result.
    Init,
    /// A generator resumed by `ForIter`.
    For,
    /// A generator resumed by `Send`.
    Send,
}

/// A running function.
pub(crate) struct Frame {
    /// The instruction being executed, up to date while something else runs.
    pub(crate) pc: *mut Insn,
    pub(crate) fp: *mut Value,
    pub(crate) code: *const Code,
    pub(crate) first: *mut Insn,
    pub(crate) func: Ref,
    /// The namespace of a module's or class's code.
    pub(crate) locals: Option<Ref>,
    /// The generator whose frame this is.
    pub(crate) generator: Option<Ref>,
    /// The frame object, if someone asked for it.
    pub(crate) object: Option<Ref>,
    /// The exception handled where a generator was resumed.
    pub(crate) handled: Option<Ref>,
    /// The caller's slot for the result.
    pub(crate) dst: u16,
    pub(crate) mode: Mode,
}

impl Frame {
    pub(crate) fn code(&self) -> &Code {
        // SAFETY: `func` keeps the code alive; a changed `__code__` is kept by the frame's user.
        unsafe { &*self.code }
    }

    pub(crate) fn function(&self) -> &Function {
        self.func.payload()
    }

    /// The code unit being executed.
    pub(crate) fn unit(&self) -> u32 {
        let Some(translated) = self.code().translated.get() else {
            return 0;
        };
        // SAFETY: both point into the same code.
        let at = unsafe { self.pc.offset_from(self.first) }.max(0) as usize;
        translated.offsets.get(at).copied().unwrap_or(0)
    }

    /// A local by number, NULL being none.
    pub(crate) fn local(&self, index: usize) -> Option<Ref> {
        // SAFETY: the frame is running, so its slots are on the stack.
        Ref::from_nullable_borrowed(unsafe { *self.fp.add(index) })
    }
}

/// The stacks of a thread, and what else is a thread's own.
pub(crate) struct Exec {
    stack: *mut Value,
    layout: Layout,
    limit: *mut Value,
    pub(crate) frames: Vec<Frame>,
    /// The exception being handled.
    pub(crate) handled: Option<Ref>,
    pub(crate) in_safe_point: bool,
    /// The exception on its way is raised again: no traceback entry for this frame.
    pub(crate) reraising: bool,
    /// `sys.set_asyncgen_hooks`: first iteration, finalizer.
    pub(crate) async_hooks: (Option<Ref>, Option<Ref>),
    /// Objects whose `repr` is being made, against endless recursion.
    pub(crate) repr_stack: Vec<u64>,
    pub(crate) repr_ids: HashSet<u64>,
    /// Lowest address the native stack may reach.
    pub(crate) stack_floor: usize,
    /// The current `contextvars.Context`, once one is needed.
    pub(crate) context: Option<Ref>,
    /// `_thread.set_name`
    pub(crate) name: Option<Ref>,
    /// Weak references to the `_thread._local`s that keep something for this thread.
    pub(crate) locals: Vec<Ref>,
}

impl Exec {
    pub(crate) fn new(slots: usize) -> Self {
        let layout = Layout::array::<Value>(slots).expect("a reasonable size");
        // SAFETY: the size is not zero; zero is `Value::NULL`.
        let stack = unsafe { alloc_zeroed(layout) }.cast::<Value>();
        assert!(!stack.is_null(), "no memory for the value stack");
        Self {
            stack,
            layout,
            // SAFETY: within the allocation.
            limit: unsafe { stack.add(slots) },
            frames: Vec::with_capacity(64),
            handled: None,
            in_safe_point: false,
            reraising: false,
            async_hooks: (None, None),
            repr_stack: Vec::new(),
            repr_ids: HashSet::new(),
            stack_floor: 0,
            context: None,
            name: None,
            locals: Vec::new(),
        }
    }

    /// The first slot no frame uses.
    pub(crate) fn top(&self) -> *mut Value {
        match self.frames.last() {
            // SAFETY: frames were checked against the limit when pushed.
            Some(frame) => unsafe { frame.fp.add(frame.code().frame_size) },
            None => self.stack,
        }
    }

    /// The exception being handled where this thread's code runs.
    pub(crate) fn handled_exception(&self) -> Option<Ref> {
        if let Some(handled) = &self.handled {
            return Some(handled.clone());
        }
        let frames = self.frames.iter().rev();
        frames
            .filter(|f| f.generator.is_some())
            .find_map(|f| f.handled.clone())
    }

    /// Visits every reference the stacks own.
    #[cfg(feature = "checked")]
    pub(crate) fn visit(&self, visit: &mut dyn FnMut(Value)) {
        let mut slot = self.stack;
        while slot < self.top() {
            // SAFETY: below the top, so within the allocation; slots are always initialised.
            unsafe {
                visit(*slot);
                slot = slot.add(1);
            }
        }
        for frame in &self.frames {
            visit(frame.func.value());
            let refs = [
                &frame.locals,
                &frame.generator,
                &frame.object,
                &frame.handled,
            ];
            for reference in refs.into_iter().flatten() {
                visit(reference.value());
            }
        }
        for reference in [&self.handled, &self.context, &self.name]
            .into_iter()
            .flatten()
        {
            visit(reference.value());
        }
    }

    pub(crate) fn fits(&self, fp: *mut Value, size: usize) -> bool {
        (self.limit.addr() - fp.addr()) / size_of::<Value>() > size
    }
}

impl Drop for Exec {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with this layout.
        unsafe { dealloc(self.stack.cast(), self.layout) };
    }
}

impl Code {
    /// The register code, translated at first use.
    pub(crate) fn first_insn(&self, vm: &mut Vm) -> PyResult<*mut Insn> {
        let translated = match self.translated.get() {
            Some(translated) => translated,
            None => {
                let Some(made) = translate(self) else {
                    return Err(vm.system_error("unknown or unsupported bytecode"));
                };
                let made = Rc::new(made);
                if vm.codes.len() % 1024 == 1023 {
                    vm.codes.retain(|c| c.strong_count() > 0);
                }
                vm.codes.push(Rc::downgrade(&made));
                self.translated.get_or_init(|| made)
            }
        };
        Ok(translated.insns.as_ptr().cast::<Insn>().cast_mut())
    }
}

impl Vm {
    /// Forgets every inline cache that embeds a class attribute.
    pub(crate) fn flush_inline_caches(&mut self) {
        for translated in self.codes.iter().filter_map(Weak::upgrade) {
            for insn in &translated.insns {
                // SAFETY: instructions are plain data, written between instructions only.
                unsafe { super::attr::forget(insn.get()) };
            }
        }
        for ty in self.all_types() {
            ty.cached_names.set(0);
        }
    }

    /// Pushes a frame whose arguments are in its first slots and whose other locals are NULL.
    pub(crate) fn push_frame(
        &mut self,
        func: Ref,
        fp: *mut Value,
        locals: Option<Ref>,
        mode: Mode,
        dst: u16,
    ) -> PyResult<*mut Insn> {
        let code: *const Code = func.payload::<Function>().code();
        // SAFETY: `func` keeps the code alive.
        let payload = unsafe { &*code };
        if self.exec.frames.len() >= self.budget.recursion_limit
            || !self.exec.fits(fp, payload.frame_size + 16)
        {
            return Err(self.recursion_error("maximum recursion depth exceeded"));
        }
        let first = payload.first_insn(self)?;
        self.exec.frames.push(Frame {
            pc: first,
            fp,
            code,
            first,
            func,
            locals,
            generator: None,
            object: None,
            handled: None,
            dst,
            mode,
        });
        Ok(first)
    }

    /// Pops the top frame and releases what its slots hold.
    pub(crate) fn pop_frame(&mut self) -> Frame {
        let frame = self.exec.frames.pop().expect("a running frame");
        let size = frame.code().frame_size;
        if let Some(object) = &frame.object {
            self.detach_frame(object, &frame);
        }
        // SAFETY: the frame's slots are its own; each is emptied as it is released.
        unsafe {
            for i in 0..size {
                let slot = frame.fp.add(i);
                let value = *slot;
                if value.is_obj() {
                    *slot = Value::NULL;
                    drop(Ref::from_owned(value));
                }
            }
        }
        frame
    }

    /// Moves a dying frame's locals into its frame object.
    fn detach_frame(&mut self, object: &Ref, frame: &Frame) {
        let payload: &FrameObject = object.payload();
        payload.lasti.set(frame.unit());
        payload.depth.set(usize::MAX);
        let mut locals = Vec::with_capacity(frame.code().nlocals());
        for i in 0..frame.code().nlocals() {
            // SAFETY: the words are moved out, so nothing is released twice.
            unsafe {
                let slot = frame.fp.add(i);
                locals.push(Ref::from_nullable(*slot));
                *slot = Value::NULL;
            }
        }
        payload.locals.replace(self, locals);
        if let Some(caller) = self.exec.frames.last()
            && let Some(back) = &caller.object
        {
            payload.back.set(Some(back.clone()));
        }
    }

    /// The frame object of the running frame with this number, from 0 at the bottom.
    pub(crate) fn frame_object(&mut self, index: usize) -> Option<Ref> {
        self.frame_object_in(self.threads.current(), index)
    }

    /// The same in any thread.
    pub(crate) fn frame_object_in(&mut self, thread: ThreadId, index: usize) -> Option<Ref> {
        let frame = self.exec_of(thread)?.frames.get(index)?;
        if let Some(object) = &frame.object {
            return Some(object.clone());
        }
        let payload = FrameObject {
            code: frame.function().code.get()?,
            func: frame.func.clone(),
            locals: Guarded::new(Vec::new()),
            namespace: Slot::empty(),
            thread: std::cell::Cell::new(thread),
            depth: std::cell::Cell::new(index),
            lasti: std::cell::Cell::new(0),
            back: Slot::empty(),
        };
        payload.namespace.set(frame.locals.clone());
        let object = self.new_object(self.types.frame, payload);
        self.exec_of_mut(thread)?.frames[index].object = Some(object.clone());
        Some(object)
    }

    /// The frame of a frame object, while it runs.
    pub(crate) fn running_frame(&self, object: &FrameObject) -> Option<&Frame> {
        let exec = self.exec_of(object.thread.get())?;
        exec.frames.get(object.depth.get())
    }
}

/// The payload of a `frame` object.
pub(crate) struct FrameObject {
    pub(crate) code: Ref,
    pub(crate) func: Ref,
    /// The locals, once the frame is gone.
    pub(crate) locals: Guarded<Vec<Option<Ref>>>,
    /// The namespace of a module's or class's code.
    pub(crate) namespace: Slot,
    /// The thread it runs in.
    pub(crate) thread: std::cell::Cell<ThreadId>,
    /// Number of the running frame there, `usize::MAX` when it is gone.
    pub(crate) depth: std::cell::Cell<usize>,
    pub(crate) lasti: std::cell::Cell<u32>,
    pub(crate) back: Slot,
}

impl Payload for FrameObject {
    const KIND: Kind = Kind::Frame;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.code);
        visitor.visit(&self.func);
        for local in self.locals.visit(visitor).iter().flatten() {
            (visitor.visit)(local.value());
        }
        self.namespace.visit(visitor);
        self.back.visit(visitor);
    }

    fn clear(&self) {
        drop(self.locals.take_for_clear());
        self.back.take();
    }
}

impl Default for Guarded<Vec<Option<Ref>>> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

/// The payload of a `traceback` object.
pub(crate) struct Traceback {
    pub(crate) next: Slot,
    pub(crate) frame: Ref,
    /// The code unit.
    pub(crate) lasti: u32,
    pub(crate) lineno: std::cell::Cell<i64>,
}

impl Payload for Traceback {
    const KIND: Kind = Kind::Traceback;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.next.visit(visitor);
        visitor.visit(&self.frame);
    }

    fn clear(&self) {
        self.next.take();
    }
}

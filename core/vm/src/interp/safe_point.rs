//! What happens between instructions: finalizers, weak-reference callbacks, garbage.

use crate::error::{Exc, PyResult};
use crate::object::{CompareOp, Kind, Ref};
use crate::vm::Vm;

impl Vm {
    /// Runs what the heap has queued. Nothing is raised: errors are reported.
    #[cold]
    #[inline(never)]
    pub(crate) fn pending_now(&mut self) {
        if self.exec.in_safe_point {
            return;
        }
        self.exec.in_safe_point = true;
        // Finalizers may queue more; a bound keeps a self-reviving object from staying here.
        for _ in 0..100_000 {
            self.heap.pending = false;
            if let Some(object) = self.heap.finalizers.pop() {
                let ty = self.type_of(&object);
                if let Some(finalize) = ty.slot(|s| s.finalize) {
                    let reraising = std::mem::take(&mut self.exec.reraising);
                    if let Err(exc) = finalize(self, &object) {
                        let method = self.intern("__del__");
                        let method = self.lookup_in_type(ty, &method);
                        self.unraisable(
                            "while calling deallocator",
                            &exc,
                            Some(method.as_ref().unwrap_or(&object)),
                        );
                    }
                    self.exec.reraising = reraising;
                }
                drop(object);
            } else if !self.heap.callbacks.is_empty() {
                let (weak, callback) = self.heap.callbacks.remove(0);
                if let Err(exc) = self.call(&callback, &[weak]) {
                    self.unraisable("while calling weakref callback", &exc, Some(&callback));
                }
            }
            if self.heap.finalizers.is_empty() && self.heap.callbacks.is_empty() {
                break;
            }
        }
        self.exec.in_safe_point = false;
    }

    /// The end of a slice: also a time to collect garbage.
    pub(crate) fn safe_point(&mut self) -> PyResult<()> {
        if self.heap.pending {
            self.pending_now();
        }
        if self.heap.collection_due() {
            self.collect_garbage();
        }
        Ok(())
    }

    /// Collects cyclic garbage; answers how many objects were in it.
    pub(crate) fn collect_garbage(&mut self) -> usize {
        let found = self.heap.collect();
        if self.heap.pending {
            self.pending_now();
        }
        found
    }

    /// Reports an exception that nobody can catch, through `sys.unraisablehook`.
    pub(crate) fn unraisable(&mut self, doing: &str, exc: &Exc, object: Option<&Ref>) {
        if exc.stop().is_some() {
            // The budget is still spent: the next step ends the run.
            self.budget.slice = -1;
            return;
        }
        let mut message = format!("Exception ignored {doing}");
        if let Some(object) = object {
            message.push(' ');
            message += self
                .repr_string(object)
                .as_deref()
                .unwrap_or("<object repr() failed>");
        }
        if crate::modules::call_unraisable_hook(self, &message, exc).is_err() {
            let trace = self.format_unraisable(exc.value());
            self.write_stderr(&format!("{message}:\n{trace}"));
        }
    }

    /// `a op b` as a truth value, strings compared without ado.
    #[inline]
    pub(super) fn compare_quick(&mut self, a: &Ref, b: &Ref, op: CompareOp) -> PyResult<bool> {
        if matches!(op, CompareOp::Eq | CompareOp::Ne)
            && a.kind() == Some(Kind::Str)
            && b.kind() == Some(Kind::Str)
            && let (Some(x), Some(y)) = (a.as_str(), b.as_str())
            && x.header.aux == 0
            && y.header.aux == 0
        {
            return Ok(x.same_text(y) == (op == CompareOp::Eq));
        }
        self.compare_bool(a, b, op)
    }
}

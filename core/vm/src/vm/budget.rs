//! Limits on steps, memory, time and depth.
//!
//! One counter is decremented at back edges and function entries, and by native
//! loops through [`Vm::charge`]. It runs in slices; the end of a slice looks at
//! everything else, so that the fast path is one subtraction.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::error::{Exc, PyResult, Stop};
use crate::vm::Vm;
use crate::vm::threads::MAIN;

/// What [`InterruptHandle`] asks for.
const INTERRUPT: u8 = 1;
const CANCEL: u8 = 2;

/// Steps between two looks at clock and flags.
const SLICE: i64 = 4096;

/// More native recursion than this is not useful: what recurses so deep (a `repr` of nested
/// lists, say) takes quadratic time.
const MAX_NATIVE_STACK: usize = if cfg!(debug_assertions) {
    48 << 20
} else {
    16 << 20
};

/// What a program may use; `None` means no limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Budgets {
    /// Steps: back edges, calls, and what native loops charge.
    pub fuel: Option<u64>,
    /// Bytes of objects.
    pub memory: Option<usize>,
    /// Nanoseconds of wall-clock time, by the host's clock.
    pub timeout: Option<u64>,
}

/// Budgets at work.
pub(crate) struct State {
    /// Steps left in this slice.
    pub(crate) slice: i64,
    /// Steps left after this slice.
    fuel: Option<u64>,
    pub(crate) memory: Option<usize>,
    deadline: Option<u64>,
    flag: Arc<AtomicU8>,
    spent: u64,
    pub(crate) recursion_limit: usize,
    /// Another thread's turn has come: the interpreter lets it run at the next chance.
    pub(crate) switch_due: bool,
    /// Steps of the slice that are kept back so that the interpreter sees that soon.
    held: i64,
    /// Steps since what objects own was counted.
    uncounted: usize,
}

/// Stops a machine from another thread.
#[derive(Clone, Debug)]
pub struct InterruptHandle(Arc<AtomicU8>);

impl InterruptHandle {
    /// Raises `KeyboardInterrupt` in the program soon.
    pub fn interrupt(&self) {
        // Being cancelled is stronger.
        let _ = self
            .0
            .compare_exchange(0, INTERRUPT, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Ends the program soon; it cannot catch that.
    pub fn cancel(&self) {
        self.0.store(CANCEL, Ordering::Relaxed);
    }

    /// Takes back what has not reached the program yet: it was meant for one that has ended.
    pub fn forget(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// The lowest address a native stack of this size may reach, seen from its beginning.
pub(crate) fn stack_floor(native_stack: usize) -> usize {
    let here = 0u8;
    (&raw const here)
        .addr()
        .saturating_sub(native_stack.min(MAX_NATIVE_STACK))
}

impl State {
    pub(crate) fn new(budgets: Budgets, now: u64) -> Self {
        let mut state = Self {
            slice: 0,
            fuel: budgets.fuel,
            memory: budgets.memory,
            deadline: budgets.timeout.map(|t| now.saturating_add(t)),
            flag: Arc::default(),
            spent: 0,
            recursion_limit: 1000,
            switch_due: false,
            held: 0,
            uncounted: 0,
        };
        state.refill();
        state
    }

    /// Whether an interrupt has come; it is the caller's now.
    pub(crate) fn take_interrupt(&self) -> bool {
        let taken = self
            .flag
            .compare_exchange(INTERRUPT, 0, Ordering::Relaxed, Ordering::Relaxed);
        taken.is_ok()
    }

    /// As if an interrupt had come.
    pub(crate) fn raise_interrupt(&mut self) {
        InterruptHandle(Arc::clone(&self.flag)).interrupt();
        self.end_slice();
    }

    /// Makes the next step look at everything.
    pub(crate) fn end_slice(&mut self) {
        self.held += std::mem::take(&mut self.slice);
    }

    fn refill(&mut self) -> bool {
        match &mut self.fuel {
            None => self.slice = SLICE,
            Some(0) => return false,
            Some(left) => {
                let next = (*left).min(SLICE as u64);
                *left -= next;
                self.slice = next as i64;
            }
        }
        self.spent += self.slice as u64;
        true
    }
}

impl Vm {
    /// A handle to stop this machine with, from any thread.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle(Arc::clone(&self.budget.flag))
    }

    /// Which budget has ended, of those that others than the program's steps use up.
    pub(crate) fn budget_ended(&mut self) -> Option<Stop> {
        if self.budget.flag.load(Ordering::Relaxed) == CANCEL {
            self.budget.flag.store(0, Ordering::Relaxed);
            return Some(Stop::Cancelled);
        }
        let deadline = self.budget.deadline?;
        (self.host.monotonic_ns() >= deadline).then_some(Stop::Timeout)
    }

    /// Sets new budgets, counting from now.
    pub fn set_budgets(&mut self, budgets: Budgets) {
        let now = self.host.monotonic_ns();
        if self.threads.started() > 0 && self.stopping().is_some() {
            // What ended the last run ended its threads too.
            self.end_threads();
        }
        let (flag, limit) = (Arc::clone(&self.budget.flag), self.budget.recursion_limit);
        self.budget = State::new(budgets, now);
        self.budget.flag = flag;
        self.budget.recursion_limit = limit;
    }

    /// Steps used so far.
    pub fn fuel_spent(&self) -> u64 {
        self.budget.spent - (self.budget.slice + self.budget.held).max(0) as u64
    }

    /// Pays for native work of `steps` steps; call it in loops whose length the program chooses.
    #[inline]
    pub fn charge(&mut self, steps: usize) -> PyResult<()> {
        self.budget.slice -= i64::try_from(steps).unwrap_or(i64::MAX);
        if self.budget.slice < 0 {
            self.slice_end()
        } else {
            Ok(())
        }
    }

    /// Pays in advance for `steps` of native work that cannot be interrupted, and stops at once
    /// where the time left cannot possibly do.
    pub fn charge_whole(&mut self, steps: usize) -> PyResult<()> {
        /// Nanoseconds of a step of such work on a fast machine.
        const FASTEST: u64 = 4;
        self.charge(steps)?;
        if steps > SLICE as usize
            && let Some(deadline) = self.budget.deadline
        {
            let needed = FASTEST.saturating_mul(steps as u64);
            if self.host.monotonic_ns().saturating_add(needed) >= deadline {
                return Err(self.stop(Stop::Timeout));
            }
        }
        Ok(())
    }

    /// The end of a slice, or what was made to look like one.
    #[cold]
    #[inline(never)]
    pub(crate) fn slice_end(&mut self) -> PyResult<()> {
        self.budget.slice += std::mem::take(&mut self.budget.held);
        let ended = self.budget.slice < 0;
        if ended {
            let steps = SLICE + self.budget.slice.unsigned_abs() as i64;
            self.budget.uncounted = self.budget.uncounted.saturating_add(steps as usize);
            #[cfg(feature = "checked")]
            self.recount();
        }
        while self.budget.slice < 0 {
            let debt = -self.budget.slice;
            if self.budget.fuel.is_none() {
                self.budget.slice = SLICE;
                break;
            }
            if !self.budget.refill() {
                self.budget.slice = 0;
                return Err(self.stop(Stop::Fuel));
            }
            self.budget.slice -= debt;
        }
        if let Some(stop) = self.stopping() {
            self.budget.slice = -1;
            return Err(self.stop(stop));
        }
        if self.budget.take_interrupt() {
            if self.threads.current() == MAIN {
                return Err(self.new_exc_args(self.exc.KeyboardInterrupt, Vec::new()));
            }
            self.pass_interrupt();
        }
        if let Some(stop) = self.budget_ended() {
            return Err(self.stop(stop));
        }
        if ended && self.threads.turn_is_over() {
            self.budget.switch_due = true;
        }
        if self.budget.switch_due {
            // Only the interpreter switches, between instructions: native code is one step, as
            // under CPython's lock. The rest of the slice waits so that it looks soon.
            self.budget.held = std::mem::take(&mut self.budget.slice);
        }
        if let Some(limit) = self.budget.memory {
            self.watch_memory(limit)?;
        }
        self.safe_point()
    }

    /// Holds the program to its memory budget.
    fn watch_memory(&mut self, limit: usize) -> PyResult<()> {
        /// A step makes a container grow by no more than this, doublings counted in.
        const GROWTH: usize = 32;
        let mut used = self.heap.bytes.saturating_add(self.heap.owned);
        // Counting looks at every object, so it waits until half of what is left may be gone.
        let grown = self.budget.uncounted.saturating_mul(GROWTH);
        if used <= limit && grown <= ((limit - used) / 2).max(limit / 64) {
            return Ok(());
        }
        self.budget.uncounted = 0;
        self.heap.count_owned();
        used = self.heap.bytes.saturating_add(self.heap.owned);
        if used > limit {
            self.collect_garbage();
            self.heap.count_owned();
            used = self.heap.bytes.saturating_add(self.heap.owned);
        }
        if used > limit {
            return Err(self.out_of_memory(used));
        }
        Ok(())
    }

    fn out_of_memory(&mut self, used: usize) -> Exc {
        // A quarter more lets handlers run; past that nothing is caught.
        match self.budget.memory {
            Some(limit) if used > limit.saturating_add(limit / 4) => self.stop(Stop::Memory),
            _ => self.new_exc_args(self.exc.MemoryError, Vec::new()),
        }
    }

    /// Asks whether `bytes` more may be allocated; call it before making large results.
    pub fn check_memory(&mut self, bytes: usize) -> PyResult<()> {
        const SANE: usize = 1 << 36;
        let limit = self.budget.memory.unwrap_or(SANE);
        if bytes > SANE {
            return Err(self.new_exc_args(self.exc.MemoryError, Vec::new()));
        }
        self.heap.promised = self.heap.promised.saturating_add(bytes);
        // Counting looks at every object, so it waits for a sixteenth of the limit.
        if self.heap.promised > limit / 16 {
            let used = |heap: &crate::heap::Heap| heap.bytes.saturating_add(heap.owned);
            if used(&self.heap).saturating_add(self.heap.promised) > limit {
                self.heap.count_owned();
                if used(&self.heap).saturating_add(bytes) > limit {
                    // Finalizers wait: callers do not expect Python code to run here.
                    self.heap.collect();
                    self.heap.count_owned();
                }
                if used(&self.heap).saturating_add(bytes) > limit {
                    return Err(self.new_exc_args(self.exc.MemoryError, Vec::new()));
                }
                self.heap.promised = bytes;
            }
        }
        Ok(())
    }

    /// Accounts for memory that objects own outside of their cells.
    pub fn account(&mut self, grown: isize) {
        self.heap.bytes = self.heap.bytes.saturating_add_signed(grown);
    }

    /// Guards native recursion: an error when the native stack is nearly used up.
    #[inline]
    pub fn check_depth(&mut self, doing: &str) -> PyResult<()> {
        let here = 0u8;
        if (&raw const here).addr() < self.exec.stack_floor {
            return Err(self.recursion_error(format!("maximum recursion depth exceeded{doing}")));
        }
        Ok(())
    }
}

//! The threads of a machine: who runs, who could, who waits for what.
//!
//! A Python thread is an OS thread, since native code and Python code call each other and what a
//! thread is in the middle of lies on a native stack. But the threads take turns: only the one
//! that owns the [`Vm`] runs ([`Baton`]). Whose turn it is, is decided here, by the thread that
//! gives up its own: when it waits, ends, or has had its steps while others are ready. Turns are counted
//! in steps and queues are first in, first out, so that a program that does not ask for the time runs in the
//! same order every time.
#![forbid(unsafe_code)]

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;

use crate::error::{PyResult, Stop};
use crate::interp::Exec;
use crate::object::Ref;
use crate::vm::Vm;
use crate::vm::baton::Baton;

/// Numbers a machine's threads, in the order in which they were started.
pub(crate) type ThreadId = u32;

/// The thread that the machine's owner calls it from.
pub(crate) const MAIN: ThreadId = 0;

/// More threads than this are refused.
const MAX_THREADS: usize = 1000;
/// Native stack of a thread unless `_thread.stack_size` asked for another,
const STACK: usize = if cfg!(debug_assertions) {
    64 << 20
} else {
    16 << 20
};
/// of which at least this much is there,
const MIN_STACK: usize = STACK / 16;
/// and this much stays free for what does not ask.
const STACK_RESERVE: usize = STACK / 32;
/// Slots of a thread's value stack.
const SLOTS: usize = 1 << 20;
/// How `sys.setswitchinterval` counts seconds in slices of steps: about what a machine does.
const SLICES_A_SECOND: f64 = 5000.0;
/// How long nobody runs before the flags are looked at.
const NAP: u64 = 20_000_000;

/// Why a thread that waited goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wake {
    /// What it waited for has come.
    Called,
    /// The time is over.
    TimedOut,
    /// Main only: an interrupt.
    Interrupted,
}

/// What a thread is doing when it does not run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// It runs, or is in the queue of those that may.
    Ready(Wake),
    /// It waits to be called, at most until a moment of the host's clock.
    Waiting(Option<u64>),
}

struct Thread {
    baton: Arc<Baton>,
    /// Its stacks, while it does not run.
    exec: Option<Exec>,
    state: State,
    /// What to call first.
    start: Option<Start>,
}

/// What a new thread calls.
pub(crate) struct Start {
    pub(crate) function: Ref,
    pub(crate) args: Vec<Ref>,
    pub(crate) names: Vec<Ref>,
    pub(crate) handle: Rc<Handle>,
}

/// What is known of a thread from outside, for as long as anyone asks.
#[derive(Default)]
pub(crate) struct Handle {
    /// Zero until it starts.
    pub(crate) ident: Cell<i64>,
    pub(crate) done: Cell<bool>,
    /// Those who join it.
    pub(crate) joining: Waiters,
}

/// Threads that wait for the same thing, in the order in which they came.
#[derive(Default)]
pub(crate) struct Waiters(RefCell<VecDeque<ThreadId>>);

impl Waiters {
    pub(crate) fn pop(&self) -> Option<ThreadId> {
        self.0.borrow_mut().pop_front()
    }

    pub(crate) fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}

/// All threads of a machine.
pub(crate) struct Threads {
    current: ThreadId,
    table: BTreeMap<ThreadId, Thread>,
    ready: VecDeque<ThreadId>,
    next: ThreadId,
    /// Slices that a thread runs while others are ready, and those it has had.
    turn: u32,
    had: u32,
    pub(crate) switch_interval: f64,
    /// `_thread.stack_size`
    pub(crate) stack_size: usize,
    /// The run is over, for all of them.
    stopping: Option<Stop>,
    /// A panic of a thread, on its way to main.
    panic: Option<Box<dyn Any + Send>>,
    /// Those that the end of the program waits for.
    pub(crate) awaited: Vec<Rc<Handle>>,
}

impl Default for Threads {
    fn default() -> Self {
        let main = Thread {
            baton: Arc::default(),
            exec: None,
            state: State::Ready(Wake::Called),
            start: None,
        };
        let mut threads = Self {
            current: MAIN,
            table: BTreeMap::from([(MAIN, main)]),
            ready: VecDeque::new(),
            next: MAIN + 1,
            turn: 0,
            had: 0,
            switch_interval: 0.0,
            stack_size: 0,
            stopping: None,
            panic: None,
            awaited: Vec::new(),
        };
        threads.set_switch_interval(0.005);
        threads
    }
}

impl Threads {
    /// The thread that runs.
    pub(crate) fn current(&self) -> ThreadId {
        self.current
    }

    /// Threads that were started and have not ended.
    pub(crate) fn started(&self) -> usize {
        self.table.len() - 1
    }

    pub(crate) fn set_switch_interval(&mut self, seconds: f64) {
        self.switch_interval = seconds;
        self.turn = (seconds * SLICES_A_SECOND).clamp(1.0, 1e9) as u32;
    }

    fn thread(&mut self, id: ThreadId) -> &mut Thread {
        self.table.get_mut(&id).expect("a living thread")
    }

    /// Whether the thread that runs has had its turn; called at the end of each slice.
    #[inline]
    pub(crate) fn turn_is_over(&mut self) -> bool {
        if self.table.len() == 1 {
            return false;
        }
        self.had += 1;
        self.had >= self.turn
    }

    /// Whether another thread could run, for all we know without asking the clock.
    fn is_awaited(&self) -> bool {
        !self.ready.is_empty()
            || self
                .table
                .values()
                .any(|thread| matches!(thread.state, State::Waiting(Some(_))))
    }

    fn make_ready(&mut self, id: ThreadId, wake: Wake) {
        if let Some(thread) = self.table.get_mut(&id)
            && matches!(thread.state, State::Waiting(_))
        {
            thread.state = State::Ready(wake);
            self.ready.push_back(id);
        }
    }

    /// The wait that is over first.
    fn earliest(&self) -> Option<(u64, ThreadId)> {
        let timed = self.table.iter().filter_map(|(id, thread)| {
            let State::Waiting(Some(until)) = thread.state else {
                return None;
            };
            Some((until, *id))
        });
        timed.min()
    }
}

/// The number Python knows a thread by.
pub(crate) fn ident_of(id: ThreadId) -> i64 {
    i64::from(id) + 1
}

impl Vm {
    /// Starts a thread, which runs when its turn comes; `None` if there are too many.
    pub(crate) fn start_thread(&mut self, start: Start) -> Option<ThreadId> {
        if self.threads.table.len() > MAX_THREADS || self.threads.stopping.is_some() {
            return None;
        }
        let id = self.threads.next;
        let size = match self.threads.stack_size {
            0 => STACK,
            size => size.max(MIN_STACK),
        };
        let baton = Arc::<Baton>::default();
        let waiting = Arc::clone(&baton);
        std::thread::Builder::new()
            .name(format!("python-{id}"))
            .stack_size(size)
            .spawn(move || {
                let mut vm = waiting.take();
                let ran = catch_unwind(AssertUnwindSafe(|| vm.thread_main(size)));
                vm.threads.panic = ran.err();
                let next = vm.end_thread();
                next.put(vm);
            })
            .ok()?;
        start.handle.ident.set(ident_of(id));
        let thread = Thread {
            baton,
            exec: Some(Exec::new(SLOTS)),
            state: State::Ready(Wake::Called),
            start: Some(start),
        };
        self.threads.next += 1;
        self.threads.table.insert(id, thread);
        self.threads.ready.push_back(id);
        Some(id)
    }

    /// What a thread does from beginning to end.
    fn thread_main(&mut self, stack: usize) {
        let here = 0u8;
        self.exec.stack_floor = (&raw const here)
            .addr()
            .saturating_sub(stack - STACK_RESERVE);
        let id = self.threads.current;
        let start = self.threads.thread(id).start.take().expect("started once");
        if self.threads.stopping.is_none() {
            let called = self.call_kw(&start.function, &start.args, &start.names);
            if let Err(exc) = called {
                if let Some(stop) = exc.stop() {
                    self.threads.stopping.get_or_insert(stop);
                } else if !self.exc_is(&exc, self.exc.SystemExit) {
                    self.unraisable("in thread started by", &exc, Some(&start.function));
                }
            }
        }
        let handle = Rc::clone(&start.handle);
        drop(start);
        crate::modules::forget_thread_locals(self);
        if self.heap.pending {
            self.pending_now();
        }
        self.mark_done(&handle);
    }

    /// Notes that a thread has ended, and wakes those who wait for that.
    pub(crate) fn mark_done(&mut self, handle: &Rc<Handle>) {
        handle.done.set(true);
        self.threads.awaited.retain(|h| !Rc::ptr_eq(h, handle));
        while let Some(id) = handle.joining.pop() {
            self.wake(id);
        }
    }

    /// Takes the running thread out; answers where the next one waits for the machine.
    fn end_thread(&mut self) -> Arc<Baton> {
        let ended = self.threads.current;
        self.threads.table.remove(&ended);
        let next = self.next_thread();
        let thread = self.threads.thread(next);
        let baton = Arc::clone(&thread.baton);
        self.exec = thread.exec.take().expect("it does not run");
        self.begin_turn(next);
        baton
    }

    fn begin_turn(&mut self, id: ThreadId) {
        self.threads.current = id;
        self.threads.had = 0;
        if self.threads.stopping.is_some() {
            self.budget.end_slice();
        }
    }

    /// Lets another thread run, and comes back when it is this one's turn again.
    fn hand_over(&mut self, to: ThreadId) {
        let from = self.threads.current;
        if to == from {
            self.threads.had = 0;
            return;
        }
        let next = self.threads.thread(to);
        let theirs = Arc::clone(&next.baton);
        let exec = next.exec.take().expect("it does not run");
        let own = Arc::clone(&self.threads.thread(from).baton);
        let mine = std::mem::replace(&mut self.exec, exec);
        self.threads.thread(from).exec = Some(mine);
        self.begin_turn(to);
        Baton::exchange(self, &theirs, &own);
        if self.threads.current == MAIN
            && let Some(panic) = self.threads.panic.take()
        {
            resume_unwind(panic);
        }
    }

    /// The thread whose turn it is, after waiting for one if need be.
    fn next_thread(&mut self) -> ThreadId {
        loop {
            if self.threads.stopping.is_some() || self.threads.panic.is_some() {
                // Main ends the run; the others end with `end_threads`.
                return MAIN;
            }
            self.wake_sleepers();
            if let Some(id) = self.threads.ready.pop_front() {
                return id;
            }
            if !self.flags_ask_main() {
                self.idle();
            }
        }
    }

    fn wake_sleepers(&mut self) {
        if self.threads.earliest().is_none() {
            return;
        }
        let now = self.host.monotonic_ns();
        while let Some((until, id)) = self.threads.earliest()
            && until <= now
        {
            self.threads.make_ready(id, Wake::TimedOut);
        }
    }

    /// Passes an interrupt or a budget's end to main, which may be waiting.
    fn flags_ask_main(&mut self) -> bool {
        if let Some(stop) = self.budget_ended() {
            self.threads.stopping = Some(stop);
        } else if self.budget.take_interrupt() {
            self.threads.make_ready(MAIN, Wake::Interrupted);
        } else {
            return false;
        }
        true
    }

    /// Nobody can run: waits for the first that will, or finds that none ever will.
    fn idle(&mut self) {
        let Some((until, id)) = self.threads.earliest() else {
            self.threads.stopping = Some(Stop::Deadlock);
            return;
        };
        let mut left = until.saturating_sub(self.host.monotonic_ns());
        while left > 0 {
            let part = left.min(NAP);
            if self.host.sleep_ns(part).is_err() {
                break;
            }
            left -= part;
            if self.flags_ask_main() {
                return;
            }
        }
        // It slept as long as was asked for, whatever the host's clock says.
        self.threads.make_ready(id, Wake::TimedOut);
    }

    /// Sets the running thread aside until another wakes it: true, or the time (in nanoseconds)
    /// is over: false.
    pub(crate) fn wait(&mut self, timeout: Option<u64>) -> PyResult<bool> {
        if let Some(stop) = self.threads.stopping {
            return Err(self.stop(stop));
        }
        let id = self.threads.current;
        let until = timeout.map(|t| self.host.monotonic_ns().saturating_add(t));
        self.threads.thread(id).state = State::Waiting(until);
        let next = self.next_thread();
        self.hand_over(next);
        let waited = std::mem::replace(
            &mut self.threads.thread(id).state,
            State::Ready(Wake::Called),
        );
        if let Some(stop) = self.threads.stopping {
            return Err(self.stop(stop));
        }
        match waited {
            State::Ready(Wake::Called) => Ok(true),
            State::Ready(Wake::TimedOut) => Ok(false),
            _ => Err(self.new_exc_args(self.exc.KeyboardInterrupt, Vec::new())),
        }
    }

    /// The same as one of `waiters`; does not stay among them when it is not woken.
    pub(crate) fn wait_among(&mut self, waiters: &Waiters, timeout: Option<u64>) -> PyResult<bool> {
        let id = self.threads.current;
        waiters.0.borrow_mut().push_back(id);
        let woken = self.wait(timeout);
        if !matches!(woken, Ok(true)) {
            waiters.0.borrow_mut().retain(|waiting| *waiting != id);
        }
        woken
    }

    /// Lets a thread that waits go on when its turn comes.
    pub(crate) fn wake(&mut self, id: ThreadId) {
        self.threads.make_ready(id, Wake::Called);
    }

    /// Lets `nanoseconds` go by while others run.
    pub fn sleep(&mut self, nanoseconds: u64) -> PyResult<()> {
        if nanoseconds == 0 {
            return self.yield_turn();
        }
        self.wait(Some(nanoseconds)).map(drop)
    }

    /// Between instructions, when a slice of steps is used up.
    #[cold]
    #[inline(never)]
    pub(crate) fn eval_breaker(&mut self) -> PyResult<()> {
        self.slice_end()?;
        if self.budget.switch_due {
            self.yield_turn()?;
        }
        Ok(())
    }

    /// Lets the others that are ready run first.
    fn yield_turn(&mut self) -> PyResult<()> {
        self.budget.switch_due = false;
        self.threads.had = 0;
        if self.threads.stopping.is_none() && self.threads.is_awaited() {
            self.wake_sleepers();
            if let Some(next) = self.threads.ready.pop_front() {
                self.threads.ready.push_back(self.threads.current);
                self.hand_over(next);
            }
        }
        match self.threads.stopping {
            Some(stop) => Err(self.stop(stop)),
            None => Ok(()),
        }
    }

    /// Why the run is over, if another thread has found that it is.
    #[inline]
    pub(crate) fn stopping(&self) -> Option<Stop> {
        self.threads.stopping
    }

    /// An interrupt that a thread saw which is not main: it is main's.
    pub(crate) fn pass_interrupt(&mut self) {
        if matches!(self.threads.thread(MAIN).state, State::Waiting(_)) {
            self.threads.make_ready(MAIN, Wake::Interrupted);
        } else {
            // Main looks at the flag when its turn comes.
            self.budget.raise_interrupt();
        }
        self.budget.switch_due = true;
    }

    /// Ends every thread but main where it stands: no handler runs, nothing more of it.
    pub fn end_threads(&mut self) {
        if self.threads.current != MAIN {
            return;
        }
        self.threads.stopping = Some(Stop::Cancelled);
        while let Some(&id) = self.threads.table.keys().find(|id| **id != MAIN) {
            self.hand_over(id);
        }
        self.threads.ready.clear();
        self.threads.awaited.clear();
        self.threads.stopping = None;
        self.budget.switch_due = false;
    }

    /// Waits for the threads that the program's end waits for.
    pub(crate) fn join_awaited(&mut self) -> PyResult<()> {
        let own = ident_of(self.threads.current);
        while let Some(handle) = self
            .threads
            .awaited
            .iter()
            .find(|handle| handle.ident.get() != own)
        {
            let handle = Rc::clone(handle);
            self.wait_among(&handle.joining, None)?;
        }
        Ok(())
    }

    /// The stacks of a thread, running or not.
    pub(crate) fn exec_of(&self, id: ThreadId) -> Option<&Exec> {
        if id == self.threads.current {
            return Some(&self.exec);
        }
        self.threads.table.get(&id)?.exec.as_ref()
    }

    /// The same, to be changed.
    pub(crate) fn exec_of_mut(&mut self, id: ThreadId) -> Option<&mut Exec> {
        if id == self.threads.current {
            return Some(&mut self.exec);
        }
        self.threads.table.get_mut(&id)?.exec.as_mut()
    }

    /// The threads there are.
    pub(crate) fn thread_ids(&self) -> Vec<ThreadId> {
        self.threads.table.keys().copied().collect()
    }
}

impl Drop for Vm {
    /// Ends the threads: each waits for the machine, and has handles on its stack.
    fn drop(&mut self) {
        self.end_threads();
    }
}

//! `lock` and `RLock`.
//!
//! A lock that is released is free, and the first who waits for it may find it taken again: that
//! spares a switch for each section. Who has waited in vain once gets it handed over next time,
//! so that nobody waits forever.

use std::cell::Cell;

use super::timeout_ns;
use crate::error::PyResult;
use crate::heap::Payload;
use crate::object::{Args, MethodDef, Ref, Slots, TypeDef, type_flags};
use crate::vm::Vm;
use crate::vm::threads::{ThreadId, Waiters, ident_of};

/// What a thread takes and others wait for.
#[derive(Default)]
struct Lock {
    held: Cell<bool>,
    /// Whom it was handed over to, while it is held for a thread that does not run yet.
    promised: Cell<Option<ThreadId>>,
    /// The first in the queue has waited in vain.
    starving: Cell<bool>,
    waiters: Waiters,
}

impl Payload for Lock {
    const ATOMIC: bool = true;
}

impl Lock {
    /// Takes the lock, waiting at most so many nanoseconds, or forever; answers whether it did.
    fn acquire(&self, vm: &mut Vm, timeout: Option<u64>) -> PyResult<bool> {
        if !self.held.replace(true) {
            return Ok(true);
        }
        if timeout == Some(0) {
            return Ok(false);
        }
        let me = vm.threads.current();
        let begun = vm.host.monotonic_ns();
        let mut left = timeout;
        loop {
            let waited = vm.wait_among(&self.waiters, left);
            if self.promised.get() == Some(me) {
                self.promised.set(None);
                if waited.is_err() {
                    self.release(vm);
                }
                return waited.map(|_| true);
            }
            if !waited? {
                return Ok(false);
            }
            if !self.held.replace(true) {
                return Ok(true);
            }
            self.starving.set(true);
            left = timeout.map(|t| {
                let spent = vm.host.monotonic_ns().saturating_sub(begun);
                t.saturating_sub(spent)
            });
        }
    }

    fn release(&self, vm: &mut Vm) {
        let next = self.waiters.pop();
        let starving = self.starving.replace(false);
        match next {
            Some(next) if starving => self.promised.set(Some(next)),
            _ => self.held.set(false),
        }
        if let Some(next) = next {
            vm.wake(next);
        }
    }

    fn reset(&self) {
        self.held.set(false);
        self.promised.set(None);
        self.waiters.clear();
    }
}

/// `acquire(blocking=True, timeout=-1)`: how long to wait.
fn timeout_of(vm: &mut Vm, args: Args<'_>) -> PyResult<Option<u64>> {
    let blocking = match args.get(1) {
        Some(blocking) => vm.is_true(blocking)?,
        None => true,
    };
    const UNSET: i64 = -1_000_000_000;
    let timeout = match args.get(2) {
        Some(timeout) => timeout_ns(vm, timeout)?,
        None => UNSET,
    };
    if !blocking && timeout != UNSET {
        return Err(vm.value_error("can't specify a timeout for a non-blocking call"));
    }
    if timeout < 0 && timeout != UNSET {
        return Err(vm.value_error("timeout value must be a non-negative number"));
    }
    Ok(match (blocking, timeout) {
        (false, _) => Some(0),
        (true, UNSET) => None,
        (true, timeout) => Some(timeout as u64),
    })
}

fn acquire(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let timeout = timeout_of(vm, args)?;
    args.this::<Lock>().acquire(vm, timeout).map(Ref::bool)
}

fn release(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let lock: &Lock = args.this();
    if !lock.held.get() {
        return Err(vm.runtime_error("release unlocked lock"));
    }
    lock.release(vm);
    Ok(Ref::none())
}

fn locked(_: &mut Vm, args: Args<'_>) -> PyResult {
    Ok(Ref::bool(args.this::<Lock>().held.get()))
}

const ACQUIRE: &str = "($self, /, blocking=True, timeout=-1)";

pub(super) const LOCK: TypeDef = TypeDef {
    name: "lock",
    module: "_thread",
    doc: "A lock object is a synchronization primitive.  To create a lock,\n\
          call threading.Lock().  Methods are:\n\n\
          acquire() -- lock the lock, possibly blocking until it can be obtained\n\
          release() -- unlock of the lock\n\
          locked() -- test whether the lock is currently locked\n\n\
          A lock is not owned by the thread that locked it; another thread may\n\
          unlock it.  A thread attempting to lock a lock that it has already locked\n\
          will block until another thread unlocks it.  Deadlocks may ensue.",
    flags: type_flags::HAS_WEAKREF,
    slots: Slots {
        new: Some(|vm, ty, args| {
            if !args.is_empty() {
                let n = args.len();
                return Err(vm.type_error(format!("lock expected 0 arguments, got {n}")));
            }
            Ok(vm.new_object(ty, Lock::default()))
        }),
        repr: Some(|vm, value| {
            let word = match value.payload::<Lock>().held.get() {
                true => "locked",
                false => "unlocked",
            };
            let text = format!("<{word} _thread.lock object at {:#x}>", value.id());
            Ok(vm.new_str(&text))
        }),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new("acquire_lock", ACQUIRE, "", acquire),
        MethodDef::new("acquire", ACQUIRE, "Lock the lock.", acquire),
        MethodDef::new("release_lock", "($self, /)", "", release),
        MethodDef::new("release", "($self, /)", "Release the lock.", release),
        MethodDef::new("locked_lock", "($self, /)", "", locked),
        MethodDef::new(
            "locked",
            "($self, /)",
            "Return whether the lock is in the locked state.",
            locked,
        ),
        MethodDef::new("__enter__", "($self, /)", "Lock the lock.", acquire),
        MethodDef::new(
            "__exit__",
            "($self, /, *exc_info)",
            "Release the lock.",
            release,
        ),
        MethodDef::new("_at_fork_reinit", "($self, /)", "", |_, args| {
            args.this::<Lock>().reset();
            Ok(Ref::none())
        }),
    ],
    ..TypeDef::EMPTY
};

/// A lock that its owner may take again.
#[derive(Default)]
struct RLock {
    lock: Lock,
    owner: Cell<Option<ThreadId>>,
    count: Cell<usize>,
}

impl Payload for RLock {
    const ATOMIC: bool = true;
}

impl RLock {
    fn is_owned(&self, vm: &Vm) -> bool {
        self.owner.get() == Some(vm.threads.current())
    }

    fn take(&self, vm: &mut Vm, timeout: Option<u64>, count: usize) -> PyResult<bool> {
        let taken = self.lock.acquire(vm, timeout)?;
        if taken {
            self.owner.set(Some(vm.threads.current()));
            self.count.set(count);
        }
        Ok(taken)
    }

    fn give_up(&self, vm: &mut Vm) {
        self.owner.set(None);
        self.count.set(0);
        self.lock.release(vm);
    }

    fn owner_ident(&self) -> i64 {
        self.owner.get().map_or(0, ident_of)
    }
}

fn acquire_again(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let timeout = timeout_of(vm, args)?;
    let lock: &RLock = args.this();
    if lock.is_owned(vm) {
        lock.count.set(lock.count.get() + 1);
        return Ok(Ref::bool(true));
    }
    lock.take(vm, timeout, 1).map(Ref::bool)
}

fn release_once(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let lock: &RLock = args.this();
    if !lock.is_owned(vm) {
        return Err(vm.runtime_error("cannot release un-acquired lock"));
    }
    match lock.count.get() {
        1 => lock.give_up(vm),
        count => lock.count.set(count - 1),
    }
    Ok(Ref::none())
}

/// For conditions: gives it up altogether, and says how to get it back.
fn release_save(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let lock: &RLock = args.this();
    if lock.count.get() == 0 {
        return Err(vm.runtime_error("cannot release un-acquired lock"));
    }
    let (count, owner) = (lock.count.get(), lock.owner_ident());
    lock.give_up(vm);
    let (count, owner) = (vm.new_usize(count), vm.new_int(owner));
    Ok(vm.new_pair(count, owner))
}

fn acquire_restore(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let saved = args[1].as_tuple().map(|items| &**items);
    let numbers = match saved {
        Some([count, owner]) => vm.int_i64(count).zip(vm.int_i64(owner)),
        _ => None,
    };
    let Some((count, owner)) = numbers else {
        return Err(vm.type_error("_acquire_restore() argument 1 must be a pair of ints"));
    };
    let lock: &RLock = args.this();
    lock.take(vm, None, count.max(0) as usize)?;
    let owner = u32::try_from(owner - 1).ok();
    lock.owner.set(owner.or(lock.owner.get()));
    Ok(Ref::none())
}

pub(super) const RLOCK: TypeDef = TypeDef {
    name: "RLock",
    module: "_thread",
    flags: type_flags::BASETYPE | type_flags::HAS_WEAKREF,
    slots: Slots {
        new: Some(|vm, ty, _| Ok(vm.new_object(ty, RLock::default()))),
        repr: Some(|vm, value| {
            let lock: &RLock = value.payload();
            let word = match lock.count.get() {
                0 => "unlocked",
                _ => "locked",
            };
            let (owner, count) = (lock.owner_ident(), lock.count.get());
            let ty = vm.type_of(value);
            let name = vm.qualified_name(ty);
            let text = format!(
                "<{word} {name} object owner={owner} count={count} at {:#x}>",
                value.id()
            );
            Ok(vm.new_str(&text))
        }),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new("acquire", ACQUIRE, "Lock the lock.", acquire_again),
        MethodDef::new("release", "($self, /)", "Release the lock.", release_once),
        MethodDef::new(
            "locked",
            "($self, /)",
            "Return a boolean indicating whether this object is locked right now.",
            |_, args| Ok(Ref::bool(args.this::<RLock>().count.get() > 0)),
        ),
        MethodDef::new(
            "_is_owned",
            "($self, /)",
            "For internal use by `threading.Condition`.",
            |vm, args| Ok(Ref::bool(args.this::<RLock>().is_owned(vm))),
        ),
        MethodDef::new(
            "_recursion_count",
            "($self, /)",
            "For internal use by reentrancy checks.",
            |vm, args| {
                let lock: &RLock = args.this();
                let owned = lock.is_owned(vm);
                Ok(vm.new_usize(if owned { lock.count.get() } else { 0 }))
            },
        ),
        MethodDef::new(
            "_release_save",
            "($self, /)",
            "For internal use by `threading.Condition`.",
            release_save,
        ),
        MethodDef::new(
            "_acquire_restore",
            "($self, state, /)",
            "For internal use by `threading.Condition`.",
            acquire_restore,
        ),
        MethodDef::new("__enter__", "($self, /)", "Lock the lock.", acquire_again),
        MethodDef::new(
            "__exit__",
            "($self, /, *exc_info)",
            "Release the lock.",
            release_once,
        ),
        MethodDef::new("_at_fork_reinit", "($self, /)", "", |_, args| {
            let lock: &RLock = args.this();
            lock.lock.reset();
            lock.owner.set(None);
            lock.count.set(0);
            Ok(Ref::none())
        }),
    ],
    ..TypeDef::EMPTY
};

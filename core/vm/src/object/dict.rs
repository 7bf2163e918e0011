//! `dict`: entries in insertion order, found through an open-addressed index.
//!
//! Keys whose type is exactly `str` compare without running Python code, so a
//! dict of such keys (every namespace) can be used with a shared machine.
#![forbid(unsafe_code)]

use std::cell::Cell;

use crate::error::PyResult;
use crate::heap::{Kind, Payload, Visitor};
use crate::object::{Guarded, Ref};
use crate::vm::Vm;

const EMPTY: u32 = u32::MAX;
const DELETED: u32 = u32::MAX - 1;
/// Up to this many entries are searched in order, without an index.
const LINEAR: usize = 8;

/// One key and its value; `key` is `None` once deleted.
pub(crate) struct Entry {
    pub(crate) hash: i64,
    pub(crate) key: Option<Ref>,
    pub(crate) value: Ref,
}

/// The table inside a dict.
#[derive(Default)]
pub struct DictTable {
    pub(crate) entries: Vec<Entry>,
    /// Positions of entries by hash; empty while the table is small. A power of two.
    index: Vec<u32>,
    /// Live entries.
    used: usize,
    /// Taken places of the index, deleted ones included.
    filled: usize,
}

/// What a probe found.
enum Probe {
    Found(usize),
    Absent,
    /// Equal hashes; only `==` can tell.
    Ask(usize),
}

impl DictTable {
    /// Number of live entries.
    pub fn len(&self) -> usize {
        self.used
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// The live entry at or after a position: its position, key and value.
    pub fn next_entry(&self, from: usize) -> Option<(usize, &Ref, &Ref)> {
        let rest = self.entries.get(from..)?;
        let at = rest.iter().position(|e| e.key.is_some())?;
        let entry = &rest[at];
        Some((from + at, entry.key.as_ref()?, &entry.value))
    }

    /// The last live entry before a position.
    pub fn previous_entry(&self, before: usize) -> Option<(usize, &Ref, &Ref)> {
        let at = self.entries[..before.min(self.entries.len())]
            .iter()
            .rposition(|e| e.key.is_some())?;
        let entry = &self.entries[at];
        Some((at, entry.key.as_ref()?, &entry.value))
    }

    /// Keys and values in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Ref, &Ref)> {
        self.entries
            .iter()
            .filter_map(|e| e.key.as_ref().map(|k| (k, &e.value)))
    }

    /// The position after the last entry, deleted ones included.
    pub fn end(&self) -> usize {
        self.entries.len()
    }

    /// Looks at candidates from probe state `state` on.
    fn probe(&self, key: &Ref, hash: i64, state: &mut ProbeState) -> Probe {
        if self.index.is_empty() {
            while state.slot < self.entries.len() {
                let at = state.slot;
                state.slot += 1;
                if let Some(answer) = self.judge(at, key, hash) {
                    return answer;
                }
            }
            return Probe::Absent;
        }
        let mask = self.index.len() - 1;
        loop {
            let place = self.index[state.slot & mask];
            if place == EMPTY {
                return Probe::Absent;
            }
            state.advance(mask);
            if place != DELETED
                && let Some(answer) = self.judge(place as usize, key, hash)
            {
                return answer;
            }
        }
    }

    #[inline]
    fn judge(&self, at: usize, key: &Ref, hash: i64) -> Option<Probe> {
        let entry = &self.entries[at];
        let there = entry.key.as_ref()?;
        if there.is(key) {
            return Some(Probe::Found(at));
        }
        if entry.hash != hash {
            return None;
        }
        match (there.as_str(), key.as_str()) {
            // A subclass of str may define `__eq__`; exact strings have no extra slots and
            // their type's layout.
            (Some(a), Some(b)) if a.header.layout == b.header.layout && a.header.aux == 0 => {
                a.same_text(b).then_some(Probe::Found(at))
            }
            _ => match (there.as_small_int(), key.as_small_int()) {
                (Some(_), Some(_)) => None,
                _ => Some(Probe::Ask(at)),
            },
        }
    }

    /// Finds a `str` key by pointer or characters.
    #[inline]
    pub(crate) fn find_str(&self, key: &Ref, hash: i64) -> Option<usize> {
        let mut state = ProbeState::new(hash);
        if self.index.is_empty() {
            state.slot = 0;
        }
        loop {
            match self.probe(key, hash, &mut state) {
                Probe::Found(at) => return Some(at),
                Probe::Absent => return None,
                Probe::Ask(_) => {}
            }
        }
    }

    fn rebuild(&mut self) {
        self.entries.retain(|e| e.key.is_some());
        self.used = self.entries.len();
        if self.used < LINEAR {
            self.index = Vec::new();
            self.filled = 0;
            return;
        }
        let size = (self.used * 3).next_power_of_two().max(32);
        self.index.clear();
        self.index.resize(size, EMPTY);
        for at in 0..self.entries.len() {
            let hash = self.entries[at].hash;
            self.link(hash, at);
        }
        self.filled = self.used;
    }

    fn link(&mut self, hash: i64, at: usize) {
        let mask = self.index.len() - 1;
        let mut state = ProbeState::new(hash);
        while self.index[state.slot & mask] != EMPTY {
            state.advance(mask);
        }
        self.index[state.slot & mask] = at as u32;
    }

    /// Appends a key that is known to be absent.
    pub(crate) fn push(&mut self, key: Ref, hash: i64, value: Ref) {
        if self.index.is_empty() {
            if self.entries.len() >= LINEAR {
                self.rebuild();
            }
        } else if (self.filled + 1) * 3 > self.index.len() * 2 {
            self.rebuild();
        }
        let at = self.entries.len();
        self.entries.push(Entry {
            hash,
            key: Some(key),
            value,
        });
        self.used += 1;
        if !self.index.is_empty() {
            self.link(hash, at);
            self.filled += 1;
        } else if self.entries.len() > LINEAR {
            self.rebuild();
        }
    }

    /// Removes the entry at a position.
    pub(crate) fn remove_at(&mut self, at: usize) -> (Ref, Ref) {
        if !self.index.is_empty() {
            let mask = self.index.len() - 1;
            let mut state = ProbeState::new(self.entries[at].hash);
            while self.index[state.slot & mask] != at as u32 {
                state.advance(mask);
            }
            self.index[state.slot & mask] = DELETED;
        }
        self.used -= 1;
        let entry = &mut self.entries[at];
        let key = entry.key.take().expect("a live entry");
        let value = std::mem::replace(&mut entry.value, Ref::none());
        if at + 1 == self.entries.len() {
            while self.entries.last().is_some_and(|e| e.key.is_none()) {
                self.entries.pop();
            }
        }
        (key, value)
    }
}

/// The hash of a key; what cannot be hashed is named as a key.
#[inline]
fn hash_key(vm: &mut Vm, key: &Ref) -> PyResult<i64> {
    match vm.hash(key) {
        Ok(hash) => Ok(hash),
        Err(exc) if vm.exc_is(&exc, vm.exc.TypeError) => Err(unhashable_key(vm, key, exc)),
        Err(exc) => Err(exc),
    }
}

#[cold]
fn unhashable_key(vm: &mut Vm, key: &Ref, exc: crate::error::Exc) -> crate::error::Exc {
    let Ok(reason) = vm.str_string(exc.value()) else {
        return exc;
    };
    let ty = vm.type_of(key).name();
    let new = vm.type_error(format!("cannot use '{ty}' as a dict key ({reason})"));
    if let Some(payload) = new.value().downcast::<crate::object::Exception>() {
        payload.cause.set(None);
    }
    new
}

/// CPython's probe sequence.
struct ProbeState {
    slot: usize,
    perturb: u64,
}

impl ProbeState {
    fn new(hash: i64) -> Self {
        Self {
            slot: hash as usize,
            perturb: hash as u64,
        }
    }

    fn advance(&mut self, mask: usize) {
        self.perturb >>= 5;
        let slot = self.slot & mask;
        self.slot = (slot * 5)
            .wrapping_add(self.perturb as usize)
            .wrapping_add(1)
            & mask;
    }
}

/// The payload of a `dict`.
#[derive(Default)]
pub struct Dict {
    pub(crate) table: Guarded<DictTable>,
    /// Changes whenever the set of keys or their positions do; inline caches compare it.
    pub(crate) version: Cell<u32>,
}

impl Default for Guarded<DictTable> {
    fn default() -> Self {
        Self::new(DictTable::default())
    }
}

impl Payload for Dict {
    const KIND: Kind = Kind::Dict;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        for entry in &self.table.visit(visitor).entries {
            if let Some(key) = &entry.key {
                (visitor.visit)(key.value());
                (visitor.visit)(entry.value.value());
            }
        }
    }

    fn clear(&self) {
        drop(self.table.take_for_clear());
        self.version.set(0);
    }

    fn owned_bytes(&self, visitor: &Visitor<'_>) -> usize {
        let table = self.table.visit(visitor);
        table.entries.capacity() * size_of::<Entry>() + table.index.capacity() * 4
    }
}

impl Dict {
    /// The table, while no Python code runs.
    pub fn table<'a>(&'a self, vm: &'a Vm) -> &'a DictTable {
        self.table.get(vm)
    }

    /// Number of items.
    pub fn len(&self, vm: &Vm) -> usize {
        self.table.get(vm).len()
    }

    /// Whether there is no item.
    pub fn is_empty(&self, vm: &Vm) -> bool {
        self.len(vm) == 0
    }

    fn changed(&self, vm: &mut Vm) {
        self.version.set(vm.next_dict_version());
    }

    /// The position of a key.
    fn find(&self, vm: &mut Vm, key: &Ref, hash: i64) -> PyResult<Option<usize>> {
        'again: loop {
            let version = self.version.get();
            let mut state = ProbeState::new(hash);
            if self.table.get(vm).index.is_empty() {
                state.slot = 0;
            }
            loop {
                match self.table.get(vm).probe(key, hash, &mut state) {
                    Probe::Found(at) => return Ok(Some(at)),
                    Probe::Absent => return Ok(None),
                    Probe::Ask(at) => {
                        let there = self.table.get(vm).entries[at].key.clone();
                        let there = there.expect("a live entry");
                        let equal = vm.eq(&there, key)?;
                        if self.version.get() != version {
                            continue 'again;
                        }
                        if equal {
                            return Ok(Some(at));
                        }
                    }
                }
            }
        }
    }

    /// The value of a key whose hash is known.
    pub fn get_hashed(&self, vm: &mut Vm, key: &Ref, hash: i64) -> PyResult<Option<Ref>> {
        let at = self.find(vm, key, hash)?;
        Ok(at.map(|at| self.table.get(vm).entries[at].value.clone()))
    }

    /// The value of a key.
    pub fn get(&self, vm: &mut Vm, key: &Ref) -> PyResult<Option<Ref>> {
        let hash = hash_key(vm, key)?;
        self.get_hashed(vm, key, hash)
    }

    /// The value of a `str` key. (A key with its own `__eq__` is not asked.)
    pub fn get_str(&self, vm: &Vm, key: &Ref) -> Option<Ref> {
        let hash = key.as_str()?.hash();
        let table = self.table.get(vm);
        table
            .find_str(key, hash)
            .map(|at| table.entries[at].value.clone())
    }

    /// Sets a key whose hash is known; answers the old value.
    pub fn insert_hashed(
        &self,
        vm: &mut Vm,
        key: &Ref,
        hash: i64,
        value: Ref,
    ) -> PyResult<Option<Ref>> {
        if let Some(at) = self.find(vm, key, hash)? {
            let old = std::mem::replace(&mut self.table.get_mut(vm).entries[at].value, value);
            return Ok(Some(old));
        }
        self.table.get_mut(vm).push(key.clone(), hash, value);
        self.changed(vm);
        Ok(None)
    }

    /// Sets a key.
    pub fn insert(&self, vm: &mut Vm, key: &Ref, value: Ref) -> PyResult<Option<Ref>> {
        let hash = hash_key(vm, key)?;
        self.insert_hashed(vm, key, hash, value)
    }

    /// Sets a `str` key in a dict of such keys.
    pub fn set_str(&self, vm: &mut Vm, key: &Ref, value: Ref) {
        let hash = key.as_str().expect("a str key").hash();
        let table = self.table.get_mut(vm);
        if let Some(at) = table.find_str(key, hash) {
            table.entries[at].value = value;
            return;
        }
        table.push(key.clone(), hash, value);
        self.changed(vm);
    }

    /// Removes a key whose hash is known.
    pub fn remove_hashed(&self, vm: &mut Vm, key: &Ref, hash: i64) -> PyResult<Option<(Ref, Ref)>> {
        let Some(at) = self.find(vm, key, hash)? else {
            return Ok(None);
        };
        Ok(Some(self.remove_at(vm, at)))
    }

    /// Removes a key.
    pub fn remove(&self, vm: &mut Vm, key: &Ref) -> PyResult<Option<(Ref, Ref)>> {
        let hash = hash_key(vm, key)?;
        self.remove_hashed(vm, key, hash)
    }

    /// Removes the live entry at a position.
    pub fn remove_at(&self, vm: &mut Vm, at: usize) -> (Ref, Ref) {
        let entry = self.table.get_mut(vm).remove_at(at);
        self.changed(vm);
        entry
    }

    /// Removes everything.
    pub fn clear_all(&self, vm: &mut Vm) {
        let old = self.table.replace(vm, DictTable::default());
        self.changed(vm);
        drop(old);
    }

    /// A copy of keys and values, to loop over while Python code runs.
    pub fn items(&self, vm: &Vm) -> Vec<(Ref, Ref)> {
        self.table
            .get(vm)
            .iter()
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect()
    }
}

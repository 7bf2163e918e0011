//! The hash table of `set` and `frozenset`: CPython's probing and growth, so that
//! iteration gives CPython's order.

use std::cell::Cell;

use crate::error::PyResult;
use crate::heap::{Kind, Payload};
use crate::object::{Guarded, Ref, Visitor};
use crate::vm::Vm;

const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;
const MIN_SIZE: usize = 8;

/// One place of the table.
#[derive(Clone, Default)]
enum Entry {
    #[default]
    Empty,
    /// Something was removed here: a probe goes on.
    Dummy,
    Item(i64, Ref),
}

/// The places. Invariant: the length is a power of two, and one place at least is empty.
pub(crate) struct Table {
    entries: Vec<Entry>,
    /// Items and dummies.
    fill: usize,
    used: usize,
    /// Where `pop` goes on looking.
    finger: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            entries: vec![Entry::Empty; MIN_SIZE],
            fill: 0,
            used: 0,
            finger: 0,
        }
    }
}

/// The payload of `set` and `frozenset`.
pub(crate) struct Set {
    pub(crate) table: Guarded<Table>,
    /// Changes with the table: a comparison may have run anything.
    version: Cell<u64>,
    /// A frozenset's hash once known.
    pub(crate) hash: Cell<Option<i64>>,
}

impl Default for Set {
    fn default() -> Self {
        Self {
            table: Guarded::new(Table::default()),
            version: Cell::new(0),
            hash: Cell::new(None),
        }
    }
}

impl Default for Guarded<Table> {
    fn default() -> Self {
        Self::new(Table::default())
    }
}

impl Payload for Set {
    const KIND: Kind = Kind::Set;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        for entry in &self.table.visit(visitor).entries {
            if let Entry::Item(_, item) = entry {
                (visitor.visit)(item.value());
            }
        }
    }

    fn clear(&self) {
        drop(self.table.take_for_clear());
    }

    fn owned_bytes(&self, visitor: &Visitor<'_>) -> usize {
        self.table.visit(visitor).entries.capacity() * size_of::<Entry>()
    }
}

/// The order in which places are tried for a hash.
struct Probe {
    mask: usize,
    place: usize,
    perturb: u64,
    left: usize,
    base: usize,
}

impl Probe {
    fn new(hash: i64, mask: usize) -> Self {
        let base = hash as usize & mask;
        Self {
            mask,
            place: base,
            perturb: hash as u64,
            left: Self::run(base, mask),
            base,
        }
    }

    fn run(base: usize, mask: usize) -> usize {
        if base + LINEAR_PROBES <= mask {
            LINEAR_PROBES
        } else {
            0
        }
    }

    fn advance(&mut self) {
        if self.left > 0 {
            self.left -= 1;
            self.place += 1;
            return;
        }
        self.perturb >>= PERTURB_SHIFT;
        self.base = self
            .base
            .wrapping_mul(5)
            .wrapping_add(1)
            .wrapping_add(self.perturb as usize)
            & self.mask;
        self.place = self.base;
        self.left = Self::run(self.base, self.mask);
    }
}

impl Table {
    pub(crate) fn len(&self) -> usize {
        self.used
    }

    fn mask(&self) -> usize {
        self.entries.len() - 1
    }

    /// The item at or after a position, and the position after it.
    pub(crate) fn next_item(&self, from: usize) -> Option<(usize, i64, &Ref)> {
        self.entries
            .get(from..)?
            .iter()
            .enumerate()
            .find_map(|(at, entry)| match entry {
                Entry::Item(hash, item) => Some((from + at + 1, *hash, item)),
                _ => None,
            })
    }

    fn insert_clean(&mut self, hash: i64, item: Ref) {
        let mut probe = Probe::new(hash, self.mask());
        while !matches!(self.entries[probe.place], Entry::Empty) {
            probe.advance();
        }
        self.entries[probe.place] = Entry::Item(hash, item);
    }

    fn resize(&mut self, min_used: usize) {
        let mut size = MIN_SIZE;
        while size <= min_used {
            size *= 2;
        }
        let old = std::mem::replace(&mut self.entries, vec![Entry::Empty; size]);
        for entry in old {
            if let Entry::Item(hash, item) = entry {
                self.insert_clean(hash, item);
            }
        }
        self.fill = self.used;
    }

    /// Makes room before many are added, as merging a set or dict does.
    pub(crate) fn reserve_merge(&mut self, count: usize) {
        if (self.fill + count) * 5 >= self.mask() * 3 {
            self.resize((self.used + count) * 2);
        }
    }

    fn put(&mut self, place: usize, hash: i64, item: Ref) {
        self.entries[place] = Entry::Item(hash, item);
        self.fill += 1;
        self.used += 1;
        if self.fill * 5 >= self.mask() * 3 {
            self.resize(if self.used > 50_000 {
                self.used * 2
            } else {
                self.used * 4
            });
        }
    }

    fn remove(&mut self, place: usize) -> Option<Ref> {
        match std::mem::replace(&mut self.entries[place], Entry::Dummy) {
            Entry::Item(_, item) => {
                self.used -= 1;
                Some(item)
            }
            _ => None,
        }
    }

    /// A copy with the same places.
    pub(crate) fn duplicate(&self) -> Self {
        Self {
            entries: self.entries.clone(),
            fill: self.fill,
            used: self.used,
            finger: 0,
        }
    }

    /// Whether there are no dummies, so that a copy may keep the places.
    pub(crate) fn is_clean(&self) -> bool {
        self.fill == self.used
    }

    pub(crate) fn same_size(&self, other: &Self) -> bool {
        self.entries.len() == other.entries.len()
    }
}

/// Whether two equal hashes mean the same item, where no Python code is needed to tell.
fn judge(there: &Ref, item: &Ref) -> Option<bool> {
    if there.is(item) {
        return Some(true);
    }
    if let (Some(a), Some(b)) = (there.as_str(), item.as_str())
        && a.header.layout == b.header.layout
        && a.header.aux == 0
    {
        return Some(a.same_text(b));
    }
    if there.as_small_int().is_some() && item.as_small_int().is_some() {
        Some(false)
    } else {
        None
    }
}

impl Set {
    fn changed(&self) {
        self.version.set(self.version.get() + 1);
    }

    /// The place of an item, or the empty place a probe for it ends at.
    fn find(&self, vm: &mut Vm, item: &Ref, hash: i64) -> PyResult<Result<usize, usize>> {
        'again: loop {
            let version = self.version.get();
            let mut probe = Probe::new(hash, self.table.get(vm).mask());
            loop {
                let there = match &self.table.get(vm).entries[probe.place] {
                    Entry::Empty => return Ok(Err(probe.place)),
                    Entry::Item(known, there) if *known == hash => there,
                    _ => {
                        probe.advance();
                        continue;
                    }
                };
                let same = match judge(there, item) {
                    Some(same) => same,
                    None => {
                        let there = there.clone();
                        let same = vm.eq(&there, item)?;
                        if self.version.get() != version {
                            continue 'again;
                        }
                        same
                    }
                };
                if same {
                    return Ok(Ok(probe.place));
                }
                probe.advance();
            }
        }
    }

    pub(crate) fn contains(&self, vm: &mut Vm, item: &Ref, hash: i64) -> PyResult<bool> {
        Ok(self.find(vm, item, hash)?.is_ok())
    }

    /// Adds an item; false if it was there.
    pub(crate) fn add(&self, vm: &mut Vm, item: &Ref, hash: i64) -> PyResult<bool> {
        match self.find(vm, item, hash)? {
            Ok(_) => Ok(false),
            Err(place) => {
                self.changed();
                self.table.get_mut(vm).put(place, hash, item.clone());
                Ok(true)
            }
        }
    }

    /// Removes an item; false if it was not there.
    pub(crate) fn discard(&self, vm: &mut Vm, item: &Ref, hash: i64) -> PyResult<bool> {
        match self.find(vm, item, hash)? {
            Ok(place) => {
                self.changed();
                let old = self.table.get_mut(vm).remove(place);
                drop(old);
                Ok(true)
            }
            Err(_) => Ok(false),
        }
    }

    pub(crate) fn pop(&self, vm: &mut Vm) -> Option<Ref> {
        self.changed();
        let table = self.table.get_mut(vm);
        if table.used == 0 {
            return None;
        }
        let mask = table.mask();
        let mut place = table.finger & mask;
        while !matches!(table.entries[place], Entry::Item(..)) {
            place = (place + 1) & mask;
        }
        table.finger = place + 1;
        table.remove(place)
    }

    /// Puts another table in and gives back the old.
    pub(crate) fn replace(&self, vm: &mut Vm, table: Table) -> Table {
        self.changed();
        self.table.replace(vm, table)
    }

    pub(crate) fn len(&self, vm: &Vm) -> usize {
        self.table.get(vm).len()
    }

    pub(crate) fn reserve_merge(&self, vm: &mut Vm, count: usize) {
        self.changed();
        self.table.get_mut(vm).reserve_merge(count);
    }

    /// Items with their hashes, copied to walk over while Python code runs.
    pub(crate) fn items(&self, vm: &Vm) -> Vec<(Ref, i64)> {
        let table = self.table.get(vm);
        let mut items = Vec::with_capacity(table.used);
        let mut position = 0;
        while let Some((next, hash, item)) = table.next_item(position) {
            items.push((item.clone(), hash));
            position = next;
        }
        items
    }
}

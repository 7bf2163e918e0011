//! The allocator and the deallocator.

use std::alloc::{
    Layout as AllocLayout, alloc, dealloc as sys_dealloc, handle_alloc_error, realloc,
};
use std::cell::Cell;
use std::collections::HashMap;
use std::ptr::null_mut;

use super::close::HeapBox;
use super::layout::{Layout, LayoutId};
use super::object::{Header, Kind, ObjBox, Payload, Str, Tuple, VTable, flags};
use crate::object::Ref;
use crate::text::Text;
use crate::value::Value;

/// Size and alignment of a block.
pub(super) const BLOCK: usize = 32 * 1024;
/// Blocks are asked from the system in chunks of this many.
const CHUNK: usize = 16;
/// Cells go up to this many bytes, in steps of 16; larger objects get blocks of their own.
const MAX_CELL: usize = 2048;
const CLASSES: usize = MAX_CELL / 16;
/// Strings and tuples with more element bytes than this keep them out of line.
const MAX_INLINE: usize = 512;

/// The head of a block; cells follow.
#[repr(C, align(64))]
pub(super) struct Block {
    pub(super) heap: *mut Heap,
    pub(super) cell: usize,
    pub(super) count: usize,
}

pub(super) const FIRST_CELL: usize = size_of::<Block>();

/// A free cell: `rc` and `kind` zero, then the next one.
#[repr(C, align(16))]
struct FreeCell {
    rc: u32,
    kind: u32,
    next: *mut FreeCell,
}

/// All objects of one machine.
pub(crate) struct Heap {
    /// Where it is, for the heads of blocks.
    pub(super) me: *mut Heap,
    free: [*mut FreeCell; CLASSES + 1],
    pub(super) blocks: Vec<*mut Block>,
    chunks: Vec<(*mut u8, AllocLayout)>,
    spare: Vec<*mut u8>,
    pub(crate) layouts: Vec<Layout>,
    dead: Vec<*mut Header>,
    deallocating: bool,
    /// Something below waits for the machine's next safe point.
    pub(crate) pending: bool,
    /// Objects whose finalizer is due.
    pub(crate) finalizers: Vec<Ref>,
    /// Weak references whose target died, with their callbacks.
    pub(crate) callbacks: Vec<(Ref, Ref)>,
    /// From a target to its weak references (uncounted).
    pub(super) weak: HashMap<usize, Vec<*mut Header>>,
    /// Objects that can be in cycles: allocated minus freed since the last collection.
    pub(crate) young: isize,
    pub(crate) threshold: isize,
    /// Bytes in blocks and in what objects own outside of them.
    pub(crate) bytes: usize,
    /// Bytes that lists, dicts and sets own outside of blocks, as last counted.
    pub(crate) owned: usize,
    /// Bytes asked for since, whether or not they are still in use.
    pub(crate) promised: usize,
    /// Objects allocated in all; the collector's clock in statistics.
    pub(crate) live: isize,
}

impl Heap {
    pub(crate) fn boxed() -> HeapBox {
        HeapBox::new(Self {
            me: null_mut(),
            free: [null_mut(); CLASSES + 1],
            blocks: Vec::new(),
            chunks: Vec::new(),
            spare: Vec::new(),
            layouts: Vec::new(),
            dead: Vec::new(),
            deallocating: false,
            pending: false,
            finalizers: Vec::new(),
            callbacks: Vec::new(),
            weak: HashMap::new(),
            young: 0,
            threshold: 10_000,
            bytes: 0,
            owned: 0,
            promised: 0,
            live: 0,
        })
    }

    pub(crate) fn add_layout(&mut self, layout: Layout) -> LayoutId {
        self.layouts.push(layout);
        (self.layouts.len() - 1) as LayoutId
    }

    #[inline(always)]
    fn alloc_cell(&mut self, size: usize) -> *mut u8 {
        let class = (size + 15) >> 4;
        if class <= CLASSES {
            let cell = self.free[class];
            if !cell.is_null() {
                // SAFETY: a cell on the free list is unused and holds its successor.
                self.free[class] = unsafe { (*cell).next };
                #[cfg(feature = "checked")]
                check_poison(cell, class);
                return cell.cast();
            }
        }
        self.alloc_slow(class)
    }

    #[cold]
    #[inline(never)]
    fn alloc_slow(&mut self, class: usize) -> *mut u8 {
        let cell = class * 16;
        if class > CLASSES {
            let size = FIRST_CELL + cell;
            let block = self.system(size);
            self.bytes += size;
            // SAFETY: `block` has room for a block head and one cell.
            unsafe {
                block.cast::<Block>().write(Block {
                    heap: self.me,
                    cell,
                    count: 1,
                });
                self.blocks.push(block.cast());
                return block.add(FIRST_CELL);
            }
        }
        let block = match self.spare.pop() {
            Some(block) => block,
            None => {
                let chunk = self.system(BLOCK * CHUNK);
                for i in (1..CHUNK).rev() {
                    // SAFETY: inside the chunk.
                    self.spare.push(unsafe { chunk.add(i * BLOCK) });
                }
                chunk
            }
        };
        self.bytes += BLOCK;
        let count = (BLOCK - FIRST_CELL) / cell;
        // SAFETY: the block is ours, aligned, and `count` cells fit behind its head.
        unsafe {
            block.cast::<Block>().write(Block {
                heap: self.me,
                cell,
                count,
            });
            self.blocks.push(block.cast());
            let mut next = null_mut();
            for i in (0..count).rev() {
                let free = block.add(FIRST_CELL + i * cell).cast::<FreeCell>();
                free.write(FreeCell {
                    rc: 0,
                    kind: 0,
                    next,
                });
                next = free;
                #[cfg(feature = "checked")]
                poison(free, class);
            }
            self.free[class] = (*next).next;
            next.cast()
        }
    }

    fn system(&mut self, size: usize) -> *mut u8 {
        let layout = AllocLayout::from_size_align(size, BLOCK).expect("a size below isize::MAX");
        // SAFETY: `size` is not zero.
        let chunk = unsafe { alloc(layout) };
        if chunk.is_null() {
            handle_alloc_error(layout);
        }
        self.chunks.push((chunk, layout));
        chunk
    }

    fn free_cell(&mut self, header: *mut Header) {
        let block = block_of(header);
        // SAFETY: `header` starts a cell of `block`, and its object is dead.
        unsafe {
            let class = (*block).cell >> 4;
            if class > CLASSES {
                self.free_large(block);
                return;
            }
            let cell = header.cast::<FreeCell>();
            cell.write(FreeCell {
                rc: 0,
                kind: 0,
                next: self.free[class],
            });
            #[cfg(feature = "checked")]
            poison(cell, class);
            self.free[class] = cell;
        }
    }

    #[cold]
    fn free_large(&mut self, block: *mut Block) {
        self.blocks.retain(|b| *b != block);
        let at = self
            .chunks
            .iter()
            .position(|(p, _)| *p == block.cast())
            .expect("a block of ours");
        let (chunk, layout) = self.chunks.swap_remove(at);
        self.bytes -= layout.size();
        // SAFETY: allocated in `system` with this layout, and its one object is dead.
        unsafe { sys_dealloc(chunk, layout) };
    }

    #[inline(always)]
    fn count_object(&mut self, atomic: bool) {
        self.live += 1;
        if !atomic {
            self.young += 1;
        }
    }

    /// Makes an object with payload `T` and `extra` NULL slots.
    #[inline]
    pub(crate) fn alloc<T: Payload>(
        &mut self,
        payload: T,
        layout: LayoutId,
        extra: u16,
        bits: u8,
    ) -> Ref {
        const { assert!(align_of::<T>() <= 16) };
        let vtable: &'static VTable = &ObjBox::<T>::VTABLE;
        let size = vtable.size + usize::from(extra) * 8;
        let p = self.alloc_cell(size).cast::<ObjBox<T>>();
        let atomic = T::ATOMIC && extra == 0;
        self.count_object(atomic);
        let header = Header {
            rc: 1,
            kind: T::KIND,
            flags: bits | if atomic { flags::ATOMIC } else { 0 },
            aux: extra,
            layout,
            aux2: 0,
        };
        // SAFETY: the cell is fresh and large enough for the box and its slots.
        unsafe {
            p.write(ObjBox {
                header,
                vtable,
                payload,
            });
            let slots = p.cast::<u8>().add(vtable.size).cast::<Value>();
            for i in 0..usize::from(extra) {
                slots.add(i).write(Value::NULL);
            }
            Ref::from_owned(Value::from_header(p.cast()))
        }
    }

    /// Makes a plain instance with `extra` NULL slots.
    #[inline]
    pub(crate) fn alloc_instance(&mut self, layout: LayoutId, extra: u16, bits: u8) -> Ref {
        let size = size_of::<Header>() + usize::from(extra) * 8;
        let p = self.alloc_cell(size).cast::<Header>();
        self.count_object(false);
        // SAFETY: the cell is fresh and large enough.
        unsafe {
            p.write(Header {
                rc: 1,
                kind: Kind::Instance,
                flags: bits,
                aux: extra,
                layout,
                aux2: 0,
            });
            let slots = p.add(1).cast::<Value>();
            for i in 0..usize::from(extra) {
                slots.add(i).write(Value::NULL);
            }
            Ref::from_owned(Value::from_header(p))
        }
    }

    /// Makes a string; `extra` slots only for subclasses of `str`.
    pub(crate) fn alloc_str(&mut self, text: Text<'_>, layout: LayoutId, extra: u16) -> Ref {
        let (data, width, ascii) = match text {
            Text::Ascii(s) => (s.as_bytes(), 1, true),
            Text::Latin1(s) => (s, 1, s.is_ascii()),
            Text::Ucs2(s) => (bytes_of(s), 2, false),
            Text::Ucs4(s) => (bytes_of(s), 4, false),
        };
        // SAFETY: all the data is written.
        unsafe {
            let (string, to) = self.alloc_str_raw(data.len(), width, ascii, layout, extra);
            std::ptr::copy_nonoverlapping(data.as_ptr(), to, data.len());
            string
        }
    }

    /// Joins strings whose characters have the same width; `None` if they differ.
    pub(crate) fn alloc_joined<'a>(
        &mut self,
        parts: impl Iterator<Item = &'a Str> + Clone,
        layout: LayoutId,
    ) -> Option<Ref> {
        let (mut size, mut width, mut ascii) = (0, 0, true);
        for part in parts.clone().filter(|part| part.len > 0) {
            if width != 0 && width != part.header.aux2 {
                return None;
            }
            width = part.header.aux2;
            ascii &= part.is_ascii();
            size += part.len * width as usize;
        }
        // SAFETY: the parts' sizes were summed up just now, and strings do not change.
        unsafe {
            let (string, mut to) = self.alloc_str_raw(size, width.max(1), ascii, layout, 0);
            for part in parts {
                let bytes = part.bytes();
                std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len());
                to = to.add(bytes.len());
            }
            Some(string)
        }
    }

    /// Makes a string whose `size` bytes of characters the caller writes, where is the answer too.
    #[inline]
    unsafe fn alloc_str_raw(
        &mut self,
        size: usize,
        width: u32,
        ascii: bool,
        layout: LayoutId,
        extra: u16,
    ) -> (Ref, *mut u8) {
        let inline = extra == 0 && size <= MAX_INLINE;
        let behind = match extra {
            0 if inline => size,
            0 => size_of::<usize>(),
            _ => usize::from(extra) * 8,
        };
        let p = self.alloc_cell(size_of::<Str>() + behind).cast::<Str>();
        self.count_object(extra == 0);
        let mut bits = if ascii { flags::ASCII } else { 0 };
        if extra == 0 {
            bits |= flags::ATOMIC;
        }
        if !inline {
            bits |= flags::OUT_OF_LINE;
        }
        // SAFETY: the cell is fresh and has room for the string's head and, inline, its data;
        // out-of-line data is freed by `free_data`.
        unsafe {
            let to: *mut u8 = if inline {
                p.add(1).cast()
            } else {
                self.bytes += size;
                alloc_bytes(size)
            };
            p.write(Str {
                header: Header {
                    rc: 1,
                    kind: Kind::Str,
                    flags: bits,
                    aux: extra,
                    layout,
                    aux2: width,
                },
                hash: Cell::new(0),
                len: size / width as usize,
                data: to,
            });
            if !inline && extra == 0 {
                *room_of(p) = size;
            }
            let slots = p.add(1).cast::<Value>();
            for i in 0..usize::from(extra) {
                slots.add(i).write(Value::NULL);
            }
            (Ref::from_owned(Value::from_header(p.cast())), to)
        }
    }

    /// Appends to a long string in place, as nobody but the caller can see it; false if it is not
    /// such a string. Its room grows by halves, so that a loop of appends is linear.
    ///
    /// # Safety
    /// `header` is a live `str`, and nothing is borrowed from it.
    pub(crate) unsafe fn append_str(&mut self, header: *mut Header, other: &Str) -> bool {
        // SAFETY: by contract; `other` is another object, as the count is 1.
        unsafe {
            let s = header.cast::<Str>();
            let long = (*header).flags & flags::OUT_OF_LINE != 0 && (*header).aux == 0;
            if !long
                || (*header).rc != 1
                || (*header).flags & flags::INTERNED != 0
                || (*header).aux2 != other.header.aux2
                || std::ptr::eq(s, other)
            {
                return false;
            }
            let width = (*header).aux2 as usize;
            let (old, added) = ((*s).len * width, other.bytes());
            let new = old + added.len();
            let room = room_of(s);
            if new > *room {
                let larger = new.max(*room + *room / 2);
                (*s).data = realloc_bytes((*s).data.cast_mut(), *room, larger);
                self.bytes += larger - *room;
                *room = larger;
            }
            let to = (*s).data.cast_mut().add(old);
            std::ptr::copy_nonoverlapping(added.as_ptr(), to, added.len());
            (*s).len += other.len;
            (*s).hash.set(0);
            if !other.is_ascii() {
                (*header).flags &= !flags::ASCII;
            }
            true
        }
    }

    /// Makes a tuple of the items an iterator gives; the iterator must give exactly `len`.
    #[inline]
    pub(crate) fn alloc_tuple(
        &mut self,
        len: usize,
        items: impl IntoIterator<Item = Ref>,
        layout: LayoutId,
        extra: u16,
    ) -> Ref {
        let inline = extra == 0 && len * 8 <= MAX_INLINE;
        let size = size_of::<Tuple>()
            + if inline {
                len * 8
            } else {
                usize::from(extra) * 8
            };
        let p = self.alloc_cell(size).cast::<Tuple>();
        self.count_object(false);
        // SAFETY: as in `alloc_str`; the items are moved in, one word each. Should the iterator
        // fall short the rest is None, should it run over the rest is dropped.
        unsafe {
            let to: *mut Value = if inline {
                p.add(1).cast()
            } else {
                self.bytes += len * 8;
                alloc_bytes(len * 8).cast()
            };
            let mut items = items.into_iter();
            for i in 0..len {
                to.add(i)
                    .write(items.next().map_or(Value::NONE, Ref::into_value));
            }
            let bits = if inline { 0 } else { flags::OUT_OF_LINE };
            p.write(Tuple {
                header: Header {
                    rc: 1,
                    kind: Kind::Tuple,
                    flags: bits,
                    aux: extra,
                    layout,
                    aux2: 0,
                },
                len,
                items: to,
                hash: Cell::new(0),
            });
            let slots = p.add(1).cast::<Value>();
            for i in 0..usize::from(extra) {
                slots.add(i).write(Value::NULL);
            }
            Ref::from_owned(Value::from_header(p.cast()))
        }
    }
}

/// Fills a free cell behind its head.
#[cfg(feature = "checked")]
unsafe fn poison(cell: *mut FreeCell, class: usize) {
    // SAFETY: the caller passes a free cell of this class.
    unsafe {
        cell.add(1)
            .cast::<u8>()
            .write_bytes(super::check::POISON, class * 16 - size_of::<FreeCell>());
    }
}

/// Nobody may have written to a free cell.
#[cfg(feature = "checked")]
fn check_poison(cell: *mut FreeCell, class: usize) {
    // SAFETY: a free cell of this class, filled when it became free.
    let rest = unsafe {
        std::slice::from_raw_parts(cell.add(1).cast::<u8>(), class * 16 - size_of::<FreeCell>())
    };
    assert!(
        rest.iter().all(|&byte| byte == super::check::POISON),
        "{cell:?} was written to while it was free"
    );
}

impl Drop for Heap {
    /// Gives the memory back, when no object is left in it.
    fn drop(&mut self) {
        for (chunk, layout) in self.chunks.drain(..) {
            // SAFETY: allocated in `system` with this layout; no handle is left.
            unsafe { sys_dealloc(chunk, layout) };
        }
    }
}

fn bytes_of<T>(slice: &[T]) -> &[u8] {
    // SAFETY: called with integers only; any byte of them is initialised.
    unsafe { std::slice::from_raw_parts(slice.as_ptr().cast(), size_of_val(slice)) }
}

fn alloc_bytes(len: usize) -> *mut u8 {
    let layout = AllocLayout::from_size_align(len.max(8), 8).expect("a size below isize::MAX");
    // SAFETY: the size is not zero.
    let p = unsafe { alloc(layout) };
    if p.is_null() {
        handle_alloc_error(layout);
    }
    p
}

/// How many bytes a long string has room for, which stands behind it; not in a subclass, whose
/// slots are there and which never grows.
unsafe fn room_of(s: *mut Str) -> *mut usize {
    // SAFETY: the caller passes a string that is out of line and has no slots.
    unsafe { s.add(1).cast() }
}

unsafe fn realloc_bytes(p: *mut u8, old: usize, new: usize) -> *mut u8 {
    let layout = AllocLayout::from_size_align(old.max(8), 8).expect("it was allocated so");
    // SAFETY: the caller passes what `alloc_bytes(old)` returned, and `new` is a size there is.
    let p = unsafe { realloc(p, layout, new.max(8)) };
    if p.is_null() {
        handle_alloc_error(layout);
    }
    p
}

unsafe fn free_bytes(p: *mut u8, len: usize) {
    let layout = AllocLayout::from_size_align(len.max(8), 8).expect("it was allocated so");
    // SAFETY: the caller passes what `alloc_bytes(len)` returned, once.
    unsafe { sys_dealloc(p, layout) };
}

#[inline(always)]
pub(super) fn block_of(header: *mut Header) -> *mut Block {
    header.map_addr(|a| a & !(BLOCK - 1)).cast()
}

/// The heap an object lives in.
#[inline(always)]
pub(crate) fn heap_of(header: *mut Header) -> *mut Heap {
    // SAFETY: every object is in a block, and a block's head names its heap.
    unsafe { (*block_of(header)).heap }
}

/// The first extra slot of an object.
#[inline(always)]
pub(crate) unsafe fn extra_slots(header: *mut Header) -> *mut Value {
    // SAFETY: the caller passes a live object; the slots follow its fixed part.
    unsafe {
        let offset = match (*header).kind {
            Kind::Instance => size_of::<Header>(),
            Kind::Str => size_of::<Str>(),
            Kind::Tuple => size_of::<Tuple>(),
            _ => (*header.cast::<ObjBox<()>>()).vtable.size,
        };
        header.cast::<u8>().add(offset).cast()
    }
}

/// Frees an object whose count has just reached zero, and all that dies with it.
#[cold]
#[inline(never)]
pub(crate) unsafe fn dealloc(header: *mut Header) {
    // SAFETY: the caller gave up the last reference, so nobody else reaches the object. The heap
    // is used through a raw pointer, as dropping a payload comes back here.
    unsafe {
        let heap = heap_of(header);
        if (*heap).deallocating {
            (*heap).dead.push(header);
            return;
        }
        (*heap).deallocating = true;
        let mut next = Some(header);
        while let Some(object) = next {
            free_object(heap, object);
            next = (*heap).dead.pop();
        }
        (*heap).deallocating = false;
    }
}

unsafe fn free_object(heap: *mut Heap, header: *mut Header) {
    // SAFETY: see `dealloc`; each owned word is dropped once, then the cell is reused.
    unsafe {
        let bits = (*header).flags;
        if bits & (flags::FINALIZER | flags::WEAKREF) != 0 {
            if bits & flags::FINALIZER != 0 && bits & flags::FINALIZED == 0 {
                (*header).rc = 1;
                (*header).flags |= flags::FINALIZED;
                let object = Ref::from_owned(Value::from_header(header));
                (*heap).finalizers.push(object);
                (*heap).pending = true;
                return;
            }
            if bits & flags::WEAKREF != 0 {
                super::weak::target_died(heap, header);
            }
        }
        (*heap).live -= 1;
        if bits & flags::ATOMIC == 0 {
            (*heap).young -= 1;
        }
        let extra = usize::from((*header).aux);
        let slots = if extra > 0 {
            extra_slots(header)
        } else {
            null_mut()
        };
        for i in 0..extra {
            drop(Ref::from_nullable(*slots.add(i)));
        }
        if (*header).kind == Kind::Tuple {
            let t = header.cast::<Tuple>();
            for i in 0..(*t).len {
                drop(Ref::from_owned(*(*t).items.add(i)));
            }
        }
        (*heap).bytes -= free_data(header);
        (*heap).free_cell(header);
    }
}

/// Drops an object's payload, its references among it, and frees elements that are out of line;
/// answers how many bytes those were.
pub(super) unsafe fn free_data(header: *mut Header) -> usize {
    // SAFETY: the caller passes an object that is not used again; a tuple's items are its.
    unsafe {
        let out_of_line = (*header).flags & flags::OUT_OF_LINE != 0;
        let (data, len) = match (*header).kind {
            Kind::Instance => return 0,
            Kind::Str => {
                let s = header.cast::<Str>();
                let len = match (*header).aux {
                    0 if out_of_line => *room_of(s),
                    _ => (*s).len * (*header).aux2 as usize,
                };
                ((*s).data.cast_mut(), len)
            }
            Kind::Tuple => {
                let t = header.cast::<Tuple>();
                ((*t).items.cast::<u8>(), (*t).len * 8)
            }
            Kind::Free => unreachable!("a free cell has no references"),
            _ => {
                ((*header.cast::<ObjBox<()>>()).vtable.drop)(header);
                return 0;
            }
        };
        if !out_of_line {
            return 0;
        }
        free_bytes(data, len);
        len
    }
}

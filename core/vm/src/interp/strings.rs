//! Strings made by the loop itself: `+` and f-strings, without the detour over slots and buffers.

use crate::error::PyResult;
use crate::heap::{Kind, Str};
use crate::object::{Ref, Slot};
use crate::value::Value;
use crate::vm::Vm;

/// The string in a word that is known to be one.
unsafe fn str_of<'a>(value: Value) -> &'a Str {
    // SAFETY: the caller checked the kind and keeps the object alive.
    unsafe { &*value.header().cast::<Str>() }
}

impl Vm {
    /// Whether a word is an exact `str`.
    #[inline(always)]
    pub(super) fn is_str(&self, value: Value) -> bool {
        if !value.is_obj() {
            return false;
        }
        // SAFETY: a word that is an object points at a live object's header.
        let header = unsafe { &*value.header() };
        header.kind == Kind::Str && header.layout == self.types.str.layout.get()
    }

    /// The sum of two exact strings in slots; `None` if the left one, which the result replaces
    /// when `grow` says so, has grown in place.
    #[inline(never)]
    pub(super) unsafe fn add_strings(
        &mut self,
        left: Value,
        right: Value,
        grow: bool,
    ) -> PyResult<Option<Ref>> {
        // SAFETY: the slots keep both alive, and nobody borrows from a string whose only
        // reference is the slot that is about to be written.
        unsafe {
            let (a, b) = (str_of(left), str_of(right));
            let widest = a.header.aux2.max(b.header.aux2) as usize;
            if grow && a.len() > b.len() && widest == a.header.aux2 as usize {
                self.check_memory(b.len() * widest)?;
                if self.heap.append_str(left.header(), str_of(right)) {
                    return Ok(None);
                }
            }
            self.charge((a.len() + b.len()) / 256)?;
            if a.is_empty() || b.is_empty() {
                let rest = if a.is_empty() { right } else { left };
                return Ok(Some(Ref::from_borrowed(rest)));
            }
            self.check_memory((a.len() + b.len()) * widest)?;
            let layout = self.types.str.layout.get();
            if let Some(joined) = self.heap.alloc_joined([a, b].into_iter(), layout) {
                return Ok(Some(joined));
            }
            let joined = a.text().concat(b.text());
            Ok(Some(self.new_text(joined)))
        }
    }

    /// The strings in slots, joined.
    pub(super) fn join_slots(&mut self, slots: &[Slot]) -> PyResult<Ref> {
        // SAFETY: a slot is one word; the slots keep what is in them alive, and nothing runs.
        let words =
            unsafe { std::slice::from_raw_parts(slots.as_ptr().cast::<Value>(), slots.len()) };
        // SAFETY: as above, and `parts` is used only if all are strings.
        let parts = words.iter().map(|word| unsafe { str_of(*word) });
        if words.iter().all(|word| self.is_str(*word)) {
            let size: usize = parts.clone().map(Str::len).sum();
            self.charge(size / 256)?;
            self.check_memory(size)?;
            let layout = self.types.str.layout.get();
            // The empty string and those of one character exist once.
            if size > 1
                && let Some(joined) = self.heap.alloc_joined(parts, layout)
            {
                return Ok(joined);
            }
        }
        let mut builder = crate::text::StrBuilder::new();
        for slot in slots {
            if let Some(part) = slot.get()
                && let Some(text) = part.as_str()
            {
                builder.push_str(text.text());
            }
        }
        Ok(self.new_text(builder.finish()))
    }
}

//! The intern table: one address for the characters of a name.
#![forbid(unsafe_code)]

use crate::heap::flags;
use crate::object::Ref;
use crate::text::{Text, TextBuf};
use crate::vm::Vm;

impl Vm {
    /// The interned string with this text.
    pub fn intern(&mut self, text: &str) -> Ref {
        self.intern_text(TextBuf::from(text))
    }

    fn intern_text(&mut self, text: TextBuf) -> Ref {
        if let Some(known) = self.interned.get(&text) {
            return known.clone();
        }
        let string = self.str_from_text(text.as_text());
        string.set_flags(flags::INTERNED);
        self.interned.insert(text, string.clone());
        string
    }

    /// The interned string equal to `string`, which is an exact `str`; others come back as they are.
    pub fn intern_ref(&mut self, string: &Ref) -> Ref {
        if string.is_interned() {
            return string.clone();
        }
        let Some(s) = string.as_str() else {
            return string.clone();
        };
        let owned = match s.text() {
            Text::Ascii(s) => TextBuf::Ascii(s.to_owned()),
            Text::Latin1(s) => TextBuf::Latin1(s.to_owned()),
            Text::Ucs2(s) => TextBuf::Ucs2(s.to_owned()),
            Text::Ucs4(s) => TextBuf::Ucs4(s.to_owned()),
        };
        if let Some(known) = self.interned.get(&owned) {
            return known.clone();
        }
        if s.header.aux != 0 || s.header.layout != self.types.str.layout.get() {
            return self.intern_text(owned);
        }
        string.set_flags(flags::INTERNED);
        self.interned.insert(owned, string.clone());
        string.clone()
    }
}

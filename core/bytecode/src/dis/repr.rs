//! Constants as `repr` writes them.

use std::collections::HashMap;
use std::fmt::Write as _;

use vitrine_syntax::repr;

use super::set_order;
use crate::code::{CodeObject, Const};

/// The addresses that code objects are shown with: CPython's are where they lie in
/// memory, these are handed out in the order of the asking.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    known: HashMap<*const CodeObject, u64>,
}

impl Addresses {
    fn of(&mut self, code: &CodeObject) -> u64 {
        let next = 0x7f00_0000_0000 + 0x100 * (self.known.len() as u64 + 1);
        *self.known.entry(std::ptr::from_ref(code)).or_insert(next)
    }

    /// Appends `<code object f at 0x7f..., file "f.py", line 1>`.
    pub(super) fn code(&mut self, out: &mut String, code: &CodeObject) {
        let address = self.of(code);
        let CodeObject {
            name,
            filename,
            firstlineno,
            ..
        } = code;
        // Line 0 is shown as none.
        let line = if *firstlineno == 0 {
            -1
        } else {
            i64::from(*firstlineno)
        };
        let _ = write!(
            out,
            "<code object {name} at {address:#x}, file \"{filename}\", line {line}>"
        );
    }

    /// Appends the `repr` of a constant.
    pub(crate) fn constant(&mut self, out: &mut String, value: &Const) {
        match value {
            Const::None => out.push_str("None"),
            Const::Bool(true) => out.push_str("True"),
            Const::Bool(false) => out.push_str("False"),
            Const::Ellipsis => out.push_str("Ellipsis"),
            Const::Int(value) => {
                let _ = write!(out, "{value}");
            }
            Const::Float(value) => repr::float(out, *value),
            Const::Complex(re, im) => complex(out, *re, *im),
            Const::Str(text) => repr::str(out, text),
            Const::Bytes(bytes) => repr::bytes(out, bytes),
            Const::Tuple(items) => {
                out.push('(');
                self.items(out, items);
                out.push_str(if items.len() == 1 { ",)" } else { ")" });
            }
            Const::FrozenSet(items) if items.is_empty() => out.push_str("frozenset()"),
            Const::FrozenSet(items) => {
                out.push_str("frozenset({");
                self.items(out, &set_order::iteration_order(items));
                out.push_str("})");
            }
            Const::Slice(parts) => {
                out.push_str("slice(");
                self.items(out, &parts[..]);
                out.push(')');
            }
            Const::Code(code) => self.code(out, code),
        }
    }

    fn items(&mut self, out: &mut String, items: &[Const]) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            self.constant(out, item);
        }
    }
}

fn complex(out: &mut String, re: f64, im: f64) {
    if re == 0.0 && re.is_sign_positive() {
        repr::shortest(out, im);
        out.push('j');
        return;
    }
    out.push('(');
    repr::shortest(out, re);
    if im.is_nan() || im.is_sign_positive() {
        out.push('+');
    }
    repr::shortest(out, im);
    out.push_str("j)");
}

//! `repr`, `str`, `format`.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::object::Ref;
use crate::vm::Vm;

impl Vm {
    /// `repr(x)`: a `str` object.
    pub fn repr(&mut self, value: &Ref) -> PyResult<Ref> {
        if let Some(i) = value.as_small_int() {
            return Ok(self.new_decimal(i));
        }
        // Each level copies its inner text: a bound on the stack alone would be far too late.
        const NESTED: usize = 10_000;
        if self.exec.repr_stack.len() >= NESTED {
            return Err(self.recursion_error("maximum recursion depth exceeded"));
        }
        self.check_depth(" while getting the repr of an object")?;
        let ty = self.type_of(value);
        let Some(repr) = ty.slot(|s| s.repr) else {
            return Ok(self.default_repr(value));
        };
        let text = repr(self, value)?;
        if text.as_str().is_some() {
            return Ok(text);
        }
        let name = self.type_of(&text).name();
        Err(self.type_error(format!("__repr__ returned non-string (type {name})")))
    }

    /// `str(x)`: a `str` object.
    pub fn str(&mut self, value: &Ref) -> PyResult<Ref> {
        let ty = self.type_of(value);
        if ty.is(self.types.str) {
            return Ok(value.clone());
        }
        if let Some(i) = value.as_small_int() {
            return Ok(self.new_decimal(i));
        }
        self.check_depth(" while getting the str of an object")?;
        let Some(str) = ty.slot(|s| s.str) else {
            return self.repr(value);
        };
        let text = str(self, value)?;
        if text.as_str().is_some() {
            return Ok(text);
        }
        let name = self.type_of(&text).name();
        Err(self.type_error(format!("__str__ returned non-string (type {name})")))
    }

    /// `repr(x)` as a Rust string, for messages; lone surrogates become U+FFFD.
    pub fn repr_string(&mut self, value: &Ref) -> PyResult<String> {
        let text = self.repr(value)?;
        Ok(self.text_of(&text))
    }

    /// `str(x)` as a Rust string, for messages.
    pub fn str_string(&mut self, value: &Ref) -> PyResult<String> {
        let text = self.str(value)?;
        Ok(self.text_of(&text))
    }

    /// The characters of a `str` object as a Rust string; empty for other types.
    pub fn text_of(&self, text: &Ref) -> String {
        text.as_str().map(ToString::to_string).unwrap_or_default()
    }

    /// `<x.y object at 0x...>`
    pub fn default_repr(&mut self, value: &Ref) -> Ref {
        let name = self.qualified_name(self.type_of(value));
        let text = format!("<{name} object at {:#x}>", value.id());
        self.new_str(&text)
    }

    /// `format(x, spec)`
    pub fn format(&mut self, value: &Ref, spec: &Ref) -> PyResult<Ref> {
        let empty = spec.as_str().is_some_and(crate::object::Str::is_empty);
        if empty && (self.is_exact(value, self.types.str) || value.as_small_int().is_some()) {
            return self.str(value);
        }
        if let Some(i) = value.as_small_int()
            && let Some(spec) = spec.as_str().and_then(crate::object::Str::as_ascii)
            && let Some(text) = self.format_plain_int(i, spec)
        {
            return Ok(text);
        }
        let name = self.names.__format__.clone();
        let Some(text) = self.call_special(value, &name, std::slice::from_ref(spec))? else {
            let ty = self.type_of(value).name();
            return Err(self.type_error(format!("Type {ty} doesn't define __format__")));
        };
        if text.as_str().is_some() {
            return Ok(text);
        }
        let ty = self.type_of(&text).name();
        Err(self.type_error(format!("__format__ must return a str, not {ty}")))
    }

    /// The digits of an int.
    fn new_decimal(&mut self, i: i64) -> Ref {
        let mut digits = [0; 20];
        let text = decimal(i, &mut digits);
        self.str_from_text(crate::text::Text::Ascii(text))
    }

    /// `format(i, spec)` for the specifications one writes most: an alignment, a width, `d`.
    fn format_plain_int(&mut self, i: i64, spec: &str) -> Option<Ref> {
        let (align, rest) = match spec.as_bytes().first()? {
            align @ (b'<' | b'>' | b'^') => (*align, &spec[1..]),
            _ => (b'>', spec),
        };
        let width = rest.strip_suffix('d').unwrap_or(rest);
        let plain = !width.starts_with('0') && width.bytes().all(|b| b.is_ascii_digit());
        if !plain || width.len() > 2 {
            return None;
        }
        let width = width.bytes().fold(0, |n, b| n * 10 + usize::from(b - b'0'));
        let mut digits = [0; 20];
        let text = decimal(i, &mut digits);
        let padding = width.saturating_sub(text.len());
        let left = match align {
            b'<' => 0,
            b'^' => padding / 2,
            _ => padding,
        };
        let mut padded = [b' '; 100];
        padded[left..left + text.len()].copy_from_slice(text.as_bytes());
        let padded = std::str::from_utf8(&padded[..text.len() + padding]).ok()?;
        Some(self.str_from_text(crate::text::Text::Ascii(padded)))
    }

    /// Begins the `repr` of a container; false if it is inside its own. End with `repr_leave`.
    pub fn repr_enter(&mut self, value: &Ref) -> bool {
        if !self.exec.repr_ids.insert(value.id()) {
            return false;
        }
        self.exec.repr_stack.push(value.id());
        true
    }

    /// Ends what `repr_enter` began.
    pub fn repr_leave(&mut self) {
        if let Some(id) = self.exec.repr_stack.pop() {
            self.exec.repr_ids.remove(&id);
        }
    }

    /// `module.qualname` of a type, without `builtins.`.
    pub fn qualified_name(&mut self, ty: crate::object::Ty) -> String {
        let qualname = ty
            .qualname
            .get()
            .map_or_else(|| ty.name(), |q| self.text_of(&q));
        let key = self.names.__module__.clone();
        let module = match ty.namespace().get_str(self, &key) {
            Some(module) if module.as_str().is_some() => self.text_of(&module),
            Some(_) => return qualname,
            None => ty.module.to_owned(),
        };
        if module == "builtins" {
            qualname
        } else {
            format!("{module}.{qualname}")
        }
    }
}

/// The digits of an int, written to the end of a buffer.
pub(crate) fn decimal(i: i64, digits: &mut [u8; 20]) -> &str {
    let mut at = digits.len();
    let mut left = i.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    if i < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    std::str::from_utf8(&digits[at..]).unwrap_or_default()
}

//! Comparing, hashing, truth.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::object::{CompareOp, Ref};
use crate::vm::Vm;

impl Vm {
    /// `a op b`, whatever object that gives.
    pub fn compare(&mut self, a: &Ref, b: &Ref, op: CompareOp) -> PyResult<Ref> {
        let (ta, tb) = (self.type_of(a), self.type_of(b));
        self.check_depth(" in comparison")?;
        let swapped_first = !ta.is(tb) && tb.is_subtype(ta);
        let fb = tb.slot(|s| s.richcompare);
        if let (true, Some(f)) = (swapped_first, fb) {
            let answer = f(self, b, a, op.swapped())?;
            if !answer.is_not_implemented() {
                return Ok(answer);
            }
        }
        if let Some(f) = ta.slot(|s| s.richcompare) {
            let answer = f(self, a, b, op)?;
            if !answer.is_not_implemented() {
                return Ok(answer);
            }
        }
        if let (false, Some(f)) = (swapped_first, fb) {
            let answer = f(self, b, a, op.swapped())?;
            if !answer.is_not_implemented() {
                return Ok(answer);
            }
        }
        match op {
            CompareOp::Eq => Ok(Ref::bool(a.is(b))),
            CompareOp::Ne => Ok(Ref::bool(!a.is(b))),
            _ => Err(self.type_error(format!(
                "'{}' not supported between instances of '{}' and '{}'",
                op.symbol(),
                ta.name(),
                tb.name()
            ))),
        }
    }

    /// `a op b` as a truth value.
    pub fn compare_bool(&mut self, a: &Ref, b: &Ref, op: CompareOp) -> PyResult<bool> {
        let answer = self.compare(a, b, op)?;
        self.is_true(&answer)
    }

    /// `a is b or a == b`, as containers compare.
    pub fn eq(&mut self, a: &Ref, b: &Ref) -> PyResult<bool> {
        if a.is(b) {
            return Ok(true);
        }
        if let (Some(a), Some(b)) = (a.as_small_int(), b.as_small_int()) {
            return Ok(a == b);
        }
        let answer = self.compare(a, b, CompareOp::Eq)?;
        self.is_true(&answer)
    }

    /// `a < b`, as sorting asks.
    pub fn lt(&mut self, a: &Ref, b: &Ref) -> PyResult<bool> {
        if let (Some(a), Some(b)) = (a.as_small_int(), b.as_small_int()) {
            return Ok(a < b);
        }
        self.compare_bool(a, b, CompareOp::Lt)
    }

    /// `hash(x)`
    pub fn hash(&mut self, value: &Ref) -> PyResult<i64> {
        let ty = self.type_of(value);
        if ty.is(self.types.str)
            && let Some(s) = value.as_str()
        {
            return Ok(s.hash());
        }
        match ty.slot(|s| s.hash) {
            Some(hash) => hash(self, value),
            None => Err(self.type_error(format!("unhashable type: '{}'", ty.name()))),
        }
    }

    /// `bool(x)`
    #[inline]
    pub fn is_true(&mut self, value: &Ref) -> PyResult<bool> {
        if let Some(b) = value.as_bool() {
            return Ok(b);
        }
        if let Some(i) = value.as_small_int() {
            return Ok(i != 0);
        }
        if value.is_none() {
            return Ok(false);
        }
        let (truth, length) = self.type_of(value).slot(|s| (s.bool, s.length));
        match (truth, length) {
            (Some(truth), _) => truth(self, value),
            (None, Some(length)) => Ok(length(self, value)? != 0),
            (None, None) => Ok(true),
        }
    }

    /// `isinstance(object, class)`; `class` may be a tuple or a union.
    pub fn is_instance(&mut self, object: &Ref, class: &Ref) -> PyResult<bool> {
        let ty = self.type_of(object);
        if class.as_type().is_some_and(|c| c.is(ty)) {
            return Ok(true);
        }
        if let Some(c) = class.as_type()
            && self.type_of(class).is(self.types.type_)
        {
            return self.is_instance_plain(object, c);
        }
        if let Some(classes) = class.as_tuple() {
            self.check_depth(" in __instancecheck__")?;
            for class in classes.iter() {
                if self.is_instance(object, class)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let names = self.names.clone();
        if let Some(answer) = self.call_special(
            class,
            &names.__instancecheck__,
            std::slice::from_ref(object),
        )? {
            return self.is_true(&answer);
        }
        match class.as_type() {
            Some(c) => self.is_instance_plain(object, c),
            None => {
                Err(self
                    .type_error("isinstance() arg 2 must be a type, a tuple of types, or a union"))
            }
        }
    }

    /// `type.__instancecheck__`: by type, then by `__class__`.
    pub(crate) fn is_instance_plain(
        &mut self,
        object: &Ref,
        class: crate::object::Ty,
    ) -> PyResult<bool> {
        let ty = self.type_of(object);
        if ty.is_subtype(class) {
            return Ok(true);
        }
        if !ty.has(crate::object::type_flags::HEAPTYPE) && !ty.is(self.types.weakproxy) {
            return Ok(false);
        }
        let name = self.names.__class__.clone();
        let claimed = self.lookup_attr(object, &name)?;
        Ok(claimed
            .and_then(|c| c.as_type())
            .is_some_and(|c| !c.is(ty) && c.is_subtype(class)))
    }

    /// `issubclass(class, base)`; `base` may be a tuple or a union.
    pub fn is_subclass(&mut self, class: &Ref, base: &Ref) -> PyResult<bool> {
        if let Some(b) = base.as_type()
            && self.type_of(base).is(self.types.type_)
        {
            if class.is(base) {
                return Ok(true);
            }
            return match class.as_type() {
                Some(c) => Ok(c.is_subtype(b)),
                None => Err(self.type_error("issubclass() arg 1 must be a class")),
            };
        }
        if let Some(bases) = base.as_tuple() {
            self.check_depth(" in __subclasscheck__")?;
            for base in bases.iter() {
                if self.is_subclass(class, base)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let names = self.names.clone();
        if let Some(answer) =
            self.call_special(base, &names.__subclasscheck__, std::slice::from_ref(class))?
        {
            return self.is_true(&answer);
        }
        match (class.as_type(), base.as_type()) {
            (Some(c), Some(b)) => Ok(c.is_subtype(b)),
            (None, _) => Err(self.type_error("issubclass() arg 1 must be a class")),
            _ => Err(self
                .type_error("issubclass() arg 2 must be a class, a tuple of classes, or a union")),
        }
    }
}

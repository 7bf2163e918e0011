//! Arithmetic: which operand's slot is asked, and in which order.
#![forbid(unsafe_code)]

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use crate::error::PyResult;
use crate::object::{BinaryOp, Float, Int, Ref};
use crate::vm::Vm;

impl Vm {
    /// `a op b`
    pub fn binary(&mut self, op: BinaryOp, a: &Ref, b: &Ref) -> PyResult<Ref> {
        if op == BinaryOp::Power {
            return self.power(a, b, &Ref::none());
        }
        if let Some(value) = self.binary_slots(op, a, b)? {
            return Ok(value);
        }
        self.sequence_binary(op, a, b, false)?
            .map_or_else(|| Err(self.unsupported(op.symbol(), a, b)), Ok)
    }

    /// Asks the number slots, the subclass first; `None` if nobody knows.
    fn binary_slots(&mut self, op: BinaryOp, a: &Ref, b: &Ref) -> PyResult<Option<Ref>> {
        let (ta, tb) = (self.type_of(a), self.type_of(b));
        let fa = ta.slot(|s| s.binary(op));
        let mut fb = tb.slot(|s| s.binary(op));
        if ta.is(tb) || fa.is_some_and(|fa| fb.is_some_and(|fb| std::ptr::fn_addr_eq(fa, fb))) {
            fb = None;
        }
        if let (Some(f), true) = (fb, fa.is_some() && tb.is_subtype(ta)) {
            let value = f(self, a, b)?;
            if !value.is_not_implemented() {
                return Ok(Some(value));
            }
            fb = None;
        }
        for f in [fa, fb].into_iter().flatten() {
            let value = f(self, a, b)?;
            if !value.is_not_implemented() {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    fn sequence_binary(
        &mut self,
        op: BinaryOp,
        a: &Ref,
        b: &Ref,
        inplace: bool,
    ) -> PyResult<Option<Ref>> {
        let (ta, tb) = (self.type_of(a), self.type_of(b));
        match op {
            BinaryOp::Add => {
                let concat = ta.slot(|s| {
                    if inplace {
                        s.inplace_concat.or(s.concat)
                    } else {
                        s.concat
                    }
                });
                match concat {
                    Some(concat) => concat(self, a, b).map(Some),
                    None => Ok(None),
                }
            }
            BinaryOp::Multiply => {
                let repeat = ta.slot(|s| {
                    if inplace {
                        s.inplace_repeat.or(s.repeat)
                    } else {
                        s.repeat
                    }
                });
                let (repeat, sequence, count) = match (repeat, tb.slot(|s| s.repeat)) {
                    (Some(repeat), _) => (repeat, a, b),
                    (None, Some(repeat)) => (repeat, b, a),
                    (None, None) => return Ok(None),
                };
                if self.type_of(count).slot(|s| s.index).is_none() {
                    let name = self.type_of(count).name();
                    return Err(self.type_error(format!(
                        "can't multiply sequence by non-int of type '{name}'"
                    )));
                }
                let count = self.index_isize(count, "count")?;
                repeat(self, sequence, count).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// `a op= b`
    pub fn inplace(&mut self, op: BinaryOp, a: &Ref, b: &Ref) -> PyResult<Ref> {
        if let Some(f) = self.type_of(a).slot(|s| s.inplace(op)) {
            let value = f(self, a, b)?;
            if !value.is_not_implemented() {
                return Ok(value);
            }
        }
        let symbol = match op {
            BinaryOp::Power => {
                return match self.power_slots(a, b, &Ref::none())? {
                    Some(value) => Ok(value),
                    None => Err(self.unsupported("**=", a, b)),
                };
            }
            _ => format!("{}=", op.symbol()),
        };
        if let Some(value) = self.binary_slots(op, a, b)? {
            return Ok(value);
        }
        match self.sequence_binary(op, a, b, true)? {
            Some(value) => Ok(value),
            None => Err(self.unsupported(&symbol, a, b)),
        }
    }

    fn unsupported(&mut self, symbol: &str, a: &Ref, b: &Ref) -> crate::error::Exc {
        let (ta, tb) = (self.type_of(a).name(), self.type_of(b).name());
        let mut message = format!("unsupported operand type(s) for {symbol}: '{ta}' and '{tb}'");
        if symbol == ">>" && ta == "builtin_function_or_method" && self.is_print(a) {
            message.push_str(". Did you mean \"print(<message>, file=<output_stream>)\"?");
        }
        self.type_error(message)
    }

    fn is_print(&self, f: &Ref) -> bool {
        f.downcast::<crate::object::Builtin>()
            .is_some_and(|b| b.def.name == "print")
    }

    fn power_slots(&mut self, a: &Ref, b: &Ref, c: &Ref) -> PyResult<Option<Ref>> {
        let (ta, tb) = (self.type_of(a), self.type_of(b));
        let fa = ta.slot(|s| s.power);
        let mut fb = tb.slot(|s| s.power);
        if ta.is(tb) || fa.is_some_and(|fa| fb.is_some_and(|fb| std::ptr::fn_addr_eq(fa, fb))) {
            fb = None;
        }
        let order = if fa.is_some() && fb.is_some() && tb.is_subtype(ta) {
            [fb, fa]
        } else {
            [fa, fb]
        };
        for f in order.into_iter().flatten() {
            let value = f(self, a, b, c)?;
            if !value.is_not_implemented() {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// `pow(a, b, c)`; `c` may be `None`.
    pub fn power(&mut self, a: &Ref, b: &Ref, c: &Ref) -> PyResult<Ref> {
        if let Some(value) = self.power_slots(a, b, c)? {
            return Ok(value);
        }
        if !c.is_none()
            && let Some(f) = self.type_of(c).slot(|s| s.power)
        {
            let value = f(self, a, b, c)?;
            if !value.is_not_implemented() {
                return Ok(value);
            }
        }
        if c.is_none() {
            return Err(self.unsupported("** or pow()", a, b));
        }
        let (ta, tb, tc) = (
            self.type_of(a).name(),
            self.type_of(b).name(),
            self.type_of(c).name(),
        );
        Err(self.type_error(format!(
            "unsupported operand type(s) for ** or pow(): '{ta}', '{tb}', '{tc}'"
        )))
    }

    /// `-a`, `+a`, `~a`
    pub fn unary(&mut self, symbol: char, a: &Ref) -> PyResult<Ref> {
        let ty = self.type_of(a);
        let f = ty.slot(|s| match symbol {
            '-' => s.negative,
            '+' => s.positive,
            _ => s.invert,
        });
        match f {
            Some(f) => f(self, a),
            None => Err(self.type_error(format!(
                "bad operand type for unary {symbol}: '{}'",
                ty.name()
            ))),
        }
    }

    /// `operator.index(x)`: an int.
    pub fn index(&mut self, value: &Ref) -> PyResult<Ref> {
        if value.as_small_int().is_some() || value.downcast::<Int>().is_some() {
            return Ok(value.clone());
        }
        let ty = self.type_of(value);
        let Some(index) = ty.slot(|s| s.index) else {
            return Err(self.type_error(format!(
                "'{}' object cannot be interpreted as an integer",
                ty.name()
            )));
        };
        let index = index(self, value)?;
        if self.is_instance_of(&index, self.types.int) {
            return Ok(index);
        }
        let name = self.type_of(&index).name();
        Err(self.type_error(format!("__index__ returned non-int (type {name})")))
    }

    /// The value of an int, bool or subclass of int; `None` for other types.
    pub fn int_value(&self, value: &Ref) -> Option<BigInt> {
        if let Some(i) = value.as_small_int() {
            return Some(BigInt::from(i));
        }
        if let Some(b) = value.as_bool() {
            return Some(BigInt::from(u8::from(b)));
        }
        value.downcast::<Int>().map(|i| i.0.clone())
    }

    /// The same if it fits an `i64`.
    pub fn int_i64(&self, value: &Ref) -> Option<i64> {
        if let Some(i) = value.as_small_int() {
            return Some(i);
        }
        if let Some(b) = value.as_bool() {
            return Some(i64::from(b));
        }
        value.downcast::<Int>().and_then(|i| i.0.to_i64())
    }

    /// The value of a float or subclass of it.
    #[inline]
    pub fn float_value(&self, value: &Ref) -> Option<f64> {
        value
            .as_immediate_float()
            .or_else(|| value.downcast::<Float>().map(|f| f.0))
    }

    /// An index argument; `OverflowError` when it does not fit.
    pub fn index_isize(&mut self, value: &Ref, what: &str) -> PyResult<isize> {
        let index = self.index(value)?;
        match self.int_i64(&index) {
            Some(i) => Ok(i as isize),
            None => {
                let _ = what;
                let name = self.type_of(value).name();
                let message = format!("cannot fit '{name}' into an index-sized integer");
                Err(self.index_overflow(message))
            }
        }
    }

    /// An index argument clamped to the range of `isize`, as slices take it.
    pub fn index_clamped(&mut self, value: &Ref) -> PyResult<isize> {
        let index = self.index(value)?;
        Ok(match self.int_i64(&index) {
            Some(i) => i as isize,
            None => {
                let big = self.int_value(&index).expect("an int");
                if big.sign() == num_bigint::Sign::Minus {
                    isize::MIN
                } else {
                    isize::MAX
                }
            }
        })
    }

    fn index_overflow(&mut self, message: String) -> crate::error::Exc {
        let ty = if message.starts_with("cannot fit") {
            self.exc.IndexError
        } else {
            self.exc.OverflowError
        };
        self.new_exc(ty, message)
    }
}

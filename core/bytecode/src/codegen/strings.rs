//! f-strings, t-strings, and `%` formatting that is compiled like them.

use vitrine_syntax::tree::{ConstantId, Conversion, Expr, ExprId, List, Operator};

use super::error::Result;
use super::preprocess::FormatPart;
use super::{Codegen, LoadAttr, STACK_USE_GUIDELINE};
use crate::code::Const;
use crate::instruction::Location;
use crate::opcode::Opcode;

/// Arguments of `CONVERT_VALUE` (`FVC_*`).
fn conversion_number(conversion: Conversion) -> Option<u32> {
    match conversion {
        Conversion::None => None,
        Conversion::Str => Some(1),
        Conversion::Repr => Some(2),
        Conversion::Ascii => Some(3),
    }
}

impl Codegen<'_> {
    pub(super) fn joined_str(&mut self, loc: Location, values: List<Expr>) -> Result {
        let values: Vec<_> = self.tree.list(values).collect();
        self.join(loc, values, Self::expr)
    }

    pub(super) fn joined_parts(&mut self, loc: Location, parts: Vec<FormatPart>) -> Result {
        self.join(loc, parts, |this, part| match part {
            FormatPart::Text(text) => {
                this.load_const(Location::NONE, Const::Str(text));
                Ok(())
            }
            FormatPart::Value {
                value,
                conversion,
                spec,
            } => {
                this.expr(value)?;
                let loc = this.place(value);
                this.convert(loc, conversion);
                match spec {
                    Some(spec) => {
                        this.load_str(Location::NONE, &spec);
                        this.op(loc, Opcode::FORMAT_WITH_SPEC);
                    }
                    None => this.op(loc, Opcode::FORMAT_SIMPLE),
                }
                Ok(())
            }
        })
    }

    fn join<T>(
        &mut self,
        loc: Location,
        values: Vec<T>,
        mut visit: impl FnMut(&mut Self, T) -> Result,
    ) -> Result {
        let count = values.len();
        if count > STACK_USE_GUIDELINE {
            self.load_str(loc, "");
            let join = self.unit.names.add("join");
            self.load_attr_at(loc, LoadAttr::Method, join);
            self.op_i(loc, Opcode::BUILD_LIST, 0);
            for value in values {
                visit(self, value)?;
                self.op_i(loc, Opcode::LIST_APPEND, 1);
            }
            self.op_i(loc, Opcode::CALL, 1);
            return Ok(());
        }
        for value in values {
            visit(self, value)?;
        }
        match count {
            0 => self.load_str(loc, ""),
            1 => {}
            _ => self.op_i(loc, Opcode::BUILD_STRING, count as u32),
        }
        Ok(())
    }

    fn convert(&mut self, loc: Location, conversion: Conversion) {
        if let Some(number) = conversion_number(conversion) {
            self.op_i(loc, Opcode::CONVERT_VALUE, number);
        }
    }

    pub(super) fn formatted_value(
        &mut self,
        loc: Location,
        value: ExprId,
        conversion: Conversion,
        format_spec: Option<ExprId>,
    ) -> Result {
        self.expr(value)?;
        self.convert(loc, conversion);
        match format_spec {
            Some(spec) => {
                self.expr(spec)?;
                self.op(loc, Opcode::FORMAT_WITH_SPEC);
            }
            None => self.op(loc, Opcode::FORMAT_SIMPLE),
        }
        Ok(())
    }

    pub(super) fn interpolation(
        &mut self,
        loc: Location,
        value: ExprId,
        text: ConstantId,
        conversion: Conversion,
        format_spec: Option<ExprId>,
    ) -> Result {
        self.expr(value)?;
        self.load_literal(loc, self.tree.constant(text));
        let mut arg = 2;
        if let Some(spec) = format_spec {
            arg += 1;
            self.expr(spec)?;
        }
        arg |= conversion_number(conversion).unwrap_or(0) << 2;
        self.op_i(loc, Opcode::BUILD_INTERPOLATION, arg);
        Ok(())
    }

    pub(super) fn template_str(&mut self, loc: Location, values: List<Expr>) -> Result {
        let tree = self.tree;
        let is_interpolation = |value: ExprId| matches!(tree[value], Expr::Interpolation { .. });
        // The strings: one before, between and behind the interpolations.
        let mut strings = 0;
        let mut after_interpolation = true;
        let mut after_string = false;
        for value in tree.list(values) {
            if is_interpolation(value) {
                if after_interpolation {
                    self.load_str(loc, "");
                    strings += 1;
                }
                after_interpolation = true;
                after_string = false;
            } else {
                self.expr(value)?;
                if after_string {
                    self.binary_op(loc, Operator::Add, true);
                } else {
                    strings += 1;
                }
                after_interpolation = false;
                after_string = true;
            }
        }
        if after_interpolation {
            self.load_str(loc, "");
            strings += 1;
        }
        self.op_i(loc, Opcode::BUILD_TUPLE, strings);

        let mut interpolations = 0;
        for value in tree.list(values).filter(|&value| is_interpolation(value)) {
            self.expr(value)?;
            interpolations += 1;
        }
        self.op_i(loc, Opcode::BUILD_TUPLE, interpolations);
        self.op(loc, Opcode::BUILD_TEMPLATE);
        Ok(())
    }
}

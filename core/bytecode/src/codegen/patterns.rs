//! `match`: structural pattern matching (PEP 634).
//!
//! Each routine consumes the subject on top of the stack and jumps on failure to
//! a label that first pops what is above the outer subject. Captured values wait
//! under the items in use until the whole pattern has matched.

use std::collections::HashSet;

use vitrine_syntax::repr;
use vitrine_syntax::tree::{
    CmpOp, Expr, ExprContext, ExprId, List, MatchCase, NameId, Operator, Pattern, PatternId,
    Singleton,
};

use super::Codegen;
use super::constants::{int, string};
use super::error::Result;
use crate::code::Const;
use crate::instruction::{Label, Location};
use crate::opcode::Opcode;

/// Where matching stands within a case.
#[derive(Default)]
struct Context {
    /// The names captured so far; their values wait on the stack in this order.
    stores: Vec<NameId>,
    /// Whether a pattern that always matches may stand here.
    allow_irrefutable: bool,
    /// Where to fail to: label `n` pops `n` values.
    fail_pop: Vec<Label>,
    /// How many values on top of the stack are in use: captures go under them.
    on_top: usize,
}

impl Codegen<'_> {
    pub(super) fn match_statement(&mut self, subject: ExprId, cases: List<MatchCase>) -> Result {
        self.expr(subject)?;
        let end = self.new_label();
        let cases: Vec<MatchCase> = self.tree.list(cases).map(|case| self.tree[case]).collect();
        let Some((last, others)) = cases.split_last() else {
            return Ok(());
        };
        let has_default = self.is_wildcard(last.pattern) && !others.is_empty();
        let tested = if has_default { others } else { &cases[..] };
        for (at, case) in tested.iter().enumerate() {
            let loc = self.loc(case.pattern);
            let is_last = at + 1 == tested.len();
            if !is_last {
                self.op_i(loc, Opcode::COPY, 1);
            }
            let mut context = Context {
                allow_irrefutable: case.guard.is_some() || at + 1 == cases.len(),
                ..Context::default()
            };
            self.pattern(case.pattern, &mut context)?;
            for &name in &context.stores {
                self.identifier(loc, name, ExprContext::Store);
            }
            if let Some(guard) = case.guard {
                self.ensure_fail_pop(&mut context, 0);
                self.jump_if(guard, context.fail_pop[0], false)?;
            }
            if !is_last {
                // Belongs to the body, for better places of branch events.
                let body = match self.switches.paths_are_unmarked {
                    true => loc,
                    false => Location::NEXT,
                };
                self.op(body, Opcode::POP_TOP);
            }
            self.statements(case.body)?;
            self.jump(Location::NONE, Opcode::JUMP, end);
            // A failure belongs to the pattern, not to the last line of the body.
            self.emit_fail_pop(loc, &mut context);
        }
        if has_default {
            let loc = self.loc(last.pattern);
            // `case _` makes no code, but its line is executed.
            self.op(loc, Opcode::NOP);
            if let Some(guard) = last.guard {
                self.jump_if(guard, end, false)?;
            }
            self.statements(last.body)?;
        }
        self.use_label(end);
        Ok(())
    }

    fn is_wildcard(&self, pattern: PatternId) -> bool {
        // With a pattern inside there is always a name.
        matches!(self.tree[pattern], Pattern::MatchAs { name: None, .. })
    }

    fn ensure_fail_pop(&mut self, context: &mut Context, pops: usize) {
        while context.fail_pop.len() <= pops {
            let label = self.new_label();
            context.fail_pop.push(label);
        }
    }

    fn jump_to_fail_pop(&mut self, loc: Location, context: &mut Context, opcode: Opcode) {
        let pops = context.on_top + context.stores.len();
        self.ensure_fail_pop(context, pops);
        self.jump(loc, opcode, context.fail_pop[pops]);
    }

    fn emit_fail_pop(&mut self, loc: Location, context: &mut Context) {
        let labels = std::mem::take(&mut context.fail_pop);
        for (pops, label) in labels.into_iter().enumerate().rev() {
            self.use_label(label);
            if pops > 0 {
                self.op(loc, Opcode::POP_TOP);
            }
        }
    }

    /// Brings the value on top under `count - 1` others.
    fn rotate(&mut self, loc: Location, count: usize) {
        for depth in (2..=count).rev() {
            self.op_i(loc, Opcode::SWAP, depth as u32);
        }
    }

    fn duplicate_store<T>(&self, loc: Location, name: NameId) -> Result<T> {
        let name = self.tree.name(name);
        self.error(
            loc,
            format!("multiple assignments to name '{name}' in pattern"),
        )
    }

    fn capture(&mut self, loc: Location, name: Option<NameId>, context: &mut Context) -> Result {
        let Some(name) = name else {
            self.op(loc, Opcode::POP_TOP);
            return Ok(());
        };
        if context.stores.contains(&name) {
            return self.duplicate_store(loc, name);
        }
        self.rotate(loc, context.on_top + context.stores.len() + 1);
        context.stores.push(name);
        Ok(())
    }

    fn pattern(&mut self, id: PatternId, context: &mut Context) -> Result {
        self.deeper(|this| this.visit_pattern(id, context))
    }

    fn visit_pattern(&mut self, id: PatternId, context: &mut Context) -> Result {
        let loc = self.loc(id);
        match self.tree[id] {
            Pattern::Invalid => self.system_error("a pattern that could not be read"),
            Pattern::MatchValue { value } => {
                if !self.pattern_value(value)? {
                    return self.error(
                        loc,
                        "patterns may only match literals and attribute lookups",
                    );
                }
                self.compare_op(loc, CmpOp::Eq);
                self.op(loc, Opcode::TO_BOOL);
                self.jump_to_fail_pop(loc, context, Opcode::POP_JUMP_IF_FALSE);
                Ok(())
            }
            Pattern::MatchSingleton { value } => {
                let value = match value {
                    Singleton::None => Const::None,
                    Singleton::True => Const::Bool(true),
                    Singleton::False => Const::Bool(false),
                };
                self.load_const(loc, value);
                self.compare_op(loc, CmpOp::Is);
                self.jump_to_fail_pop(loc, context, Opcode::POP_JUMP_IF_FALSE);
                Ok(())
            }
            Pattern::MatchSequence { patterns } => self.pattern_sequence(loc, patterns, context),
            Pattern::MatchMapping {
                keys,
                patterns,
                rest,
            } => self.pattern_mapping(loc, keys, patterns, rest, context),
            Pattern::MatchClass {
                cls,
                patterns,
                kwd_attrs,
                kwd_patterns,
            } => {
                let attrs: Vec<_> = self.tree.list(kwd_attrs).collect();
                self.pattern_class(loc, cls, patterns, &attrs, kwd_patterns, context)
            }
            Pattern::MatchStar { name } => self.capture(loc, name, context),
            Pattern::MatchAs { pattern, name } => self.pattern_as(loc, pattern, name, context),
            Pattern::MatchOr { patterns } => {
                let patterns: Vec<_> = self.tree.list(patterns).collect();
                self.pattern_or(loc, &patterns, context)
            }
        }
    }

    /// Loads what a value pattern compares with; false if it is no value.
    fn pattern_value(&mut self, value: ExprId) -> Result<bool> {
        if let Some(constant) = self.pattern_constant(value) {
            self.load_const(self.loc(value), constant);
            return Ok(true);
        }
        let is_value = matches!(self.tree[value], Expr::Attribute { .. });
        if is_value {
            self.expr(value)?;
        }
        Ok(is_value)
    }

    /// A pattern within another, where those that always match may stand.
    fn subpattern(&mut self, id: PatternId, context: &mut Context) -> Result {
        let allowed = std::mem::replace(&mut context.allow_irrefutable, true);
        self.pattern(id, context)?;
        context.allow_irrefutable = allowed;
        Ok(())
    }

    fn pattern_as(
        &mut self,
        loc: Location,
        pattern: Option<PatternId>,
        name: Option<NameId>,
        context: &mut Context,
    ) -> Result {
        let Some(pattern) = pattern else {
            if context.allow_irrefutable {
                return self.capture(loc, name, context);
            }
            let message = match name {
                Some(name) => {
                    let name = self.tree.name(name);
                    format!("name capture '{name}' makes remaining patterns unreachable").into()
                }
                None => std::borrow::Cow::Borrowed("wildcard makes remaining patterns unreachable"),
            };
            return self.error(loc, message);
        };
        // A copy to match, and the value to capture.
        context.on_top += 1;
        self.op_i(loc, Opcode::COPY, 1);
        self.pattern(pattern, context)?;
        context.on_top -= 1;
        self.capture(loc, name, context)
    }

    fn pattern_sequence(
        &mut self,
        loc: Location,
        patterns: List<Pattern>,
        context: &mut Context,
    ) -> Result {
        let patterns: Vec<PatternId> = self.tree.list(patterns).collect();
        let mut star = None;
        let mut only_wildcards = true;
        let mut star_is_wildcard = false;
        for (at, &pattern) in patterns.iter().enumerate() {
            match self.tree[pattern] {
                Pattern::MatchStar { name } => {
                    if star.is_some() {
                        return self.error(loc, "multiple starred names in sequence pattern");
                    }
                    star_is_wildcard = name.is_none();
                    only_wildcards &= star_is_wildcard;
                    star = Some(at);
                }
                _ => only_wildcards &= self.is_wildcard(pattern),
            }
        }
        // The subject stays on top during the checks.
        context.on_top += 1;
        self.op(loc, Opcode::MATCH_SEQUENCE);
        self.jump_to_fail_pop(loc, context, Opcode::POP_JUMP_IF_FALSE);
        let length_check = match star {
            None => Some((patterns.len(), CmpOp::Eq)),
            Some(_) => (patterns.len() > 1).then(|| (patterns.len() - 1, CmpOp::GtE)),
        };
        if let Some((len, op)) = length_check {
            self.op(loc, Opcode::GET_LEN);
            self.load_const(loc, int(len));
            self.compare_op(loc, op);
            self.jump_to_fail_pop(loc, context, Opcode::POP_JUMP_IF_FALSE);
        }
        context.on_top -= 1;
        match star {
            _ if only_wildcards => {
                self.op(loc, Opcode::POP_TOP);
                Ok(())
            }
            Some(star) if star_is_wildcard => {
                self.sequence_by_subscript(loc, &patterns, star, context)
            }
            _ => self.sequence_by_unpacking(loc, &patterns, context),
        }
    }

    fn sequence_by_unpacking(
        &mut self,
        loc: Location,
        patterns: &[PatternId],
        context: &mut Context,
    ) -> Result {
        let is_star = |&id: &PatternId| matches!(self.tree[id], Pattern::MatchStar { .. });
        let size = patterns.len();
        match patterns.iter().position(is_star) {
            Some(before) => {
                let after = size - before - 1;
                if before >= 1 << 8 || after >= i32::MAX as usize >> 8 {
                    return self.error(
                        loc,
                        "too many expressions in star-unpacking sequence pattern",
                    );
                }
                self.op_i(loc, Opcode::UNPACK_EX, (before + (after << 8)) as u32);
            }
            None => self.op_i(loc, Opcode::UNPACK_SEQUENCE, size as u32),
        }
        context.on_top += size;
        for &pattern in patterns {
            context.on_top -= 1;
            self.subpattern(pattern, context)?;
        }
        Ok(())
    }

    /// With a starred wildcard only the items that matter are taken, by index.
    fn sequence_by_subscript(
        &mut self,
        loc: Location,
        patterns: &[PatternId],
        star: usize,
        context: &mut Context,
    ) -> Result {
        context.on_top += 1;
        for (at, &pattern) in patterns.iter().enumerate() {
            if at == star || self.is_wildcard(pattern) {
                continue;
            }
            self.op_i(loc, Opcode::COPY, 1);
            if at < star {
                self.load_const(loc, int(at));
            } else {
                // The subject may not know negative indices.
                self.op(loc, Opcode::GET_LEN);
                self.load_const(loc, int(patterns.len() - at));
                self.binary_op(loc, Operator::Sub, false);
            }
            self.subscript_op(loc);
            self.subpattern(pattern, context)?;
        }
        context.on_top -= 1;
        self.op(loc, Opcode::POP_TOP);
        Ok(())
    }

    fn pattern_class(
        &mut self,
        loc: Location,
        cls: ExprId,
        patterns: List<Pattern>,
        attrs: &[NameId],
        kwd_patterns: List<Pattern>,
        context: &mut Context,
    ) -> Result {
        let tree = self.tree;
        let keyword_patterns: Vec<_> = tree.list(kwd_patterns).collect();
        for (at, attr) in attrs.iter().enumerate() {
            if let Some(again) = attrs.iter().skip(at + 1).position(|other| other == attr) {
                let loc = keyword_patterns
                    .get(at + 1 + again)
                    .map_or(loc, |&pattern| self.loc(pattern));
                let name = tree.name(*attr);
                return self.error(
                    loc,
                    format!("attribute name repeated in class pattern: {name}"),
                );
            }
        }
        self.expr(cls)?;
        let names = Const::Tuple(attrs.iter().map(|&attr| string(tree.name(attr))).collect());
        self.load_const(loc, names);
        let nargs = tree.len(patterns);
        self.op_i(loc, Opcode::MATCH_CLASS, nargs as u32);
        self.op_i(loc, Opcode::COPY, 1);
        self.load_const(loc, Const::None);
        self.op_i(loc, Opcode::IS_OP, 1);
        // On top is a tuple of all attributes, or None.
        context.on_top += 1;
        self.jump_to_fail_pop(loc, context, Opcode::POP_JUMP_IF_FALSE);
        let all: Vec<_> = tree.list(patterns).chain(keyword_patterns).collect();
        self.op_i(loc, Opcode::UNPACK_SEQUENCE, all.len() as u32);
        context.on_top += all.len();
        context.on_top -= 1;
        for pattern in all {
            context.on_top -= 1;
            if self.is_wildcard(pattern) {
                self.op(loc, Opcode::POP_TOP);
            } else {
                self.subpattern(pattern, context)?;
            }
        }
        Ok(())
    }

    fn pattern_mapping(
        &mut self,
        loc: Location,
        keys: List<Expr>,
        patterns: List<Pattern>,
        rest: Option<NameId>,
        context: &mut Context,
    ) -> Result {
        let size = self.tree.len(keys);
        context.on_top += 1;
        self.op(loc, Opcode::MATCH_MAPPING);
        self.jump_to_fail_pop(loc, context, Opcode::POP_JUMP_IF_FALSE);
        if size == 0 && rest.is_none() {
            context.on_top -= 1;
            self.op(loc, Opcode::POP_TOP);
            return Ok(());
        }
        if size > 0 {
            self.op(loc, Opcode::GET_LEN);
            self.load_const(loc, int(size));
            self.compare_op(loc, CmpOp::GtE);
            self.jump_to_fail_pop(loc, context, Opcode::POP_JUMP_IF_FALSE);
        }
        self.mapping_keys(loc, keys)?;
        self.op_i(loc, Opcode::BUILD_TUPLE, size as u32);
        self.op(loc, Opcode::MATCH_KEYS);
        // On top are the keys and the values, or None.
        context.on_top += 2;
        self.op_i(loc, Opcode::COPY, 1);
        self.load_const(loc, Const::None);
        self.op_i(loc, Opcode::IS_OP, 1);
        self.jump_to_fail_pop(loc, context, Opcode::POP_JUMP_IF_FALSE);
        self.op_i(loc, Opcode::UNPACK_SEQUENCE, size as u32);
        context.on_top += size;
        context.on_top -= 1;
        for pattern in self.tree.list(patterns) {
            context.on_top -= 1;
            self.subpattern(pattern, context)?;
        }
        // What follows consumes the keys and the subject.
        context.on_top -= 2;
        match rest {
            Some(rest) => {
                self.op_i(loc, Opcode::BUILD_MAP, 0);
                self.op_i(loc, Opcode::SWAP, 3);
                self.op_i(loc, Opcode::DICT_UPDATE, 2);
                self.op_i(loc, Opcode::UNPACK_SEQUENCE, size as u32);
                for left in (1..=size).rev() {
                    self.op_i(loc, Opcode::COPY, 1 + left as u32);
                    self.op_i(loc, Opcode::SWAP, 2);
                    self.op(loc, Opcode::DELETE_SUBSCR);
                }
                self.capture(loc, Some(rest), context)
            }
            None => {
                self.op(loc, Opcode::POP_TOP);
                self.op(loc, Opcode::POP_TOP);
                Ok(())
            }
        }
    }

    fn mapping_keys(&mut self, loc: Location, keys: List<Expr>) -> Result {
        let mut seen = HashSet::new();
        for key in self.tree.list(keys) {
            match self.pattern_constant(key) {
                Some(constant) => {
                    if !seen.insert(equality_key(&constant)) {
                        let key = key_repr(&constant);
                        return self
                            .error(loc, format!("mapping pattern checks duplicate key ({key})"));
                    }
                    self.load_const(self.loc(key), constant);
                }
                None if matches!(self.tree[key], Expr::Attribute { .. }) => self.expr(key)?,
                None => {
                    let message =
                        "mapping pattern keys may only match literals and attribute lookups";
                    return self.error(loc, message);
                }
            }
        }
        Ok(())
    }

    fn pattern_or(
        &mut self,
        loc: Location,
        alternatives: &[PatternId],
        context: &mut Context,
    ) -> Result {
        let end = self.new_label();
        // The names of the first alternative, which all others must bind too;
        // their values are brought into its order.
        let mut control: Option<Vec<NameId>> = None;
        for (at, &alternative) in alternatives.iter().enumerate() {
            let alt_loc = self.loc(alternative);
            let mut inner = Context {
                allow_irrefutable: at + 1 == alternatives.len() && context.allow_irrefutable,
                ..Context::default()
            };
            self.op_i(alt_loc, Opcode::COPY, 1);
            self.pattern(alternative, &mut inner)?;
            match &control {
                None => control = Some(inner.stores.clone()),
                Some(control) => {
                    let different = "alternative patterns bind different names";
                    if inner.stores.len() != control.len() {
                        return self.error(loc, different);
                    }
                    for wanted in (0..control.len()).rev() {
                        let Some(found) = inner
                            .stores
                            .iter()
                            .position(|name| *name == control[wanted])
                        else {
                            return self.error(loc, different);
                        };
                        if found == wanted {
                            continue;
                        }
                        let rotations = found + 1;
                        let rotated: Vec<_> = inner.stores.drain(..rotations).collect();
                        let to = wanted - found;
                        inner.stores.splice(to..to, rotated);
                        for _ in 0..rotations {
                            self.rotate(alt_loc, wanted + 1);
                        }
                    }
                }
            }
            self.jump(alt_loc, Opcode::JUMP, end);
            self.emit_fail_pop(alt_loc, &mut inner);
        }
        // No alternative matched: pop the last copy of the subject and fail.
        self.op(loc, Opcode::POP_TOP);
        self.jump_to_fail_pop(loc, context, Opcode::JUMP);

        self.use_label(end);
        let control = control.unwrap_or_default();
        // Between the captures and their place are the other captures, a copy of
        // the subject, what is in use, and the captures before.
        let rotations = control.len() + 1 + context.on_top + context.stores.len();
        for &name in &control {
            self.rotate(loc, rotations);
            if context.stores.contains(&name) {
                return self.duplicate_store(loc, name);
            }
            context.stores.push(name);
        }
        self.op(loc, Opcode::POP_TOP);
        Ok(())
    }
}

/// A key under which constants that are equal in Python are one: `1` and `1.0`.
fn equality_key(constant: &Const) -> String {
    let real = |value: f64| {
        if value == 0.0 {
            "0".to_string()
        } else if value.fract() == 0.0 && value.abs() < 1e18 {
            format!("{}", value as i64)
        } else {
            format!("{value:e}")
        }
    };
    match constant {
        Const::Int(value) => value.to_string(),
        Const::Bool(value) => u8::from(*value).to_string(),
        Const::Float(value) => real(*value),
        Const::Complex(re, im) if *im == 0.0 => real(*re),
        Const::Complex(re, im) => format!("{}+{}j", real(*re), real(*im)),
        other => format!("{other:?}"),
    }
}

/// `repr` of a mapping pattern's key.
fn key_repr(key: &Const) -> String {
    let mut text = String::new();
    match key {
        Const::Int(value) => text = value.to_string(),
        Const::Float(value) => repr::float(&mut text, *value),
        Const::Complex(real, imag) => {
            let pure = *real == 0.0 && real.is_sign_positive();
            if !pure {
                text.push('(');
                repr::shortest(&mut text, *real);
                if imag.is_sign_positive() {
                    text.push('+');
                }
            }
            repr::shortest(&mut text, *imag);
            text.push_str(if pure { "j" } else { "j)" });
        }
        Const::Str(value) => repr::str(&mut text, value),
        Const::Bytes(value) => repr::bytes(&mut text, value),
        Const::Bool(value) => text.push_str(if *value { "True" } else { "False" }),
        _ => text.push_str("None"),
    }
    text
}

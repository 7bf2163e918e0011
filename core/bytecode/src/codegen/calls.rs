//! Calls: of methods, of `super()`, of what gets a generator, and all others.

use vitrine_scope::Scope;
use vitrine_syntax::tree::{CmpOp, Expr, ExprContext, ExprId, Id, Keyword, List, NameId};

use super::constants::string;
use super::error::Result;
use super::expressions::TUPLE;
use super::{Codegen, LoadAttr, STACK_USE_GUIDELINE};
use crate::code::Const;
use crate::instruction::{Label, Location};
use crate::opcode::{Opcode, number};

/// A `super()` or `super(a, b)` whose attribute is loaded without making the object.
#[derive(Clone, Copy)]
pub(super) struct SuperCall {
    call: ExprId,
    func: ExprId,
    args: List<Expr>,
    pub(super) zero_args: bool,
}

impl Codegen<'_> {
    /// A call. A chain of them, `f(a)(b)(c)`, is walked in a loop: it may have
    /// thousands.
    pub(super) fn call(&mut self, id: ExprId) -> Result {
        let mark = self.spine.len();
        let mut innermost = id;
        while let Expr::Call {
            func,
            args,
            keywords,
        } = self.tree[innermost]
        {
            self.validate_keywords(keywords)?;
            if self.is_method_call(func, args, keywords) {
                break;
            }
            let end = self.new_label();
            self.check_caller(func);
            self.spine.push((innermost, end));
            innermost = func;
        }
        match self.tree[innermost] {
            Expr::Call {
                func,
                args,
                keywords,
            } => self.method_call(innermost, func, args, keywords)?,
            _ => self.expr(innermost)?,
        }
        while let Some((id, end)) = self.spine_above(mark) {
            if let Expr::Call {
                func,
                args,
                keywords,
            } = self.tree[id]
            {
                self.call_with_generator(func, args, keywords, end)?;
                self.op(self.place(func), Opcode::PUSH_NULL);
                self.call_arguments(self.loc(id), 0, args, None, keywords)?;
                self.use_label(end);
            }
        }
        Ok(())
    }

    #[inline]
    pub(super) fn validate_keywords(&self, keywords: List<Keyword>) -> Result {
        match keywords.is_empty() {
            true => Ok(()),
            false => self.find_repeated(keywords),
        }
    }

    fn find_repeated(&self, keywords: List<Keyword>) -> Result {
        let names = || {
            let keywords = self.tree.list(keywords);
            keywords.filter_map(|keyword| Some((keyword, self.tree[keyword].arg?)))
        };
        // Few are compared, many are looked up.
        let repeats = |(at, (_, name)): (usize, (_, NameId))| {
            names().take(at).any(|(_, known)| known == name)
        };
        if self.tree.len(keywords) <= 8 && !names().enumerate().any(repeats) {
            return Ok(());
        }
        // CPython looks for the first name that comes again, then for its next place.
        let mut seen = std::collections::HashMap::new();
        let mut repeated: Option<(usize, Id<Keyword>)> = None;
        for (at, (keyword, name)) in names().enumerate() {
            match seen.get(&name) {
                Some(&(first, false)) => {
                    seen.insert(name, (first, true));
                    if repeated.is_none_or(|(earliest, _)| first < earliest) {
                        repeated = Some((first, keyword));
                    }
                }
                Some(_) => {}
                None => {
                    seen.insert(name, (at, false));
                }
            }
        }
        match repeated {
            Some((_, keyword)) => {
                let name = self.tree[keyword]
                    .arg
                    .map_or("", |name| self.tree.name(name));
                self.error(
                    self.loc(keyword),
                    format!("keyword argument repeated: {name}"),
                )
            }
            None => Ok(()),
        }
    }

    // Methods.

    fn is_method_call(&mut self, func: ExprId, args: List<Expr>, keywords: List<Keyword>) -> bool {
        let Expr::Attribute {
            value,
            ctx: ExprContext::Load,
            ..
        } = self.tree[func]
        else {
            return false;
        };
        // What was imported is likely a module, which has functions, not methods.
        if let Expr::Name { id, .. } = self.tree[value]
            && self.is_imported(id)
        {
            return false;
        }
        let (args_len, keywords_len) = (self.tree.len(args), self.tree.len(keywords));
        args_len + keywords_len + usize::from(keywords_len != 0) < STACK_USE_GUIDELINE
            && !self.has_starred(args)
            && self
                .tree
                .list(keywords)
                .all(|keyword| self.tree[keyword].arg.is_some())
    }

    fn method_call(
        &mut self,
        id: ExprId,
        func: ExprId,
        args: List<Expr>,
        keywords: List<Keyword>,
    ) -> Result {
        let Expr::Attribute { value, attr, .. } = self.tree[func] else {
            return Ok(());
        };
        let loc = self.loc(func);
        let attr_loc = self.attribute_loc(loc, loc, attr);
        if let Some(super_call) = self.optimized_super(value, attr) {
            let how = if super_call.zero_args {
                LoadAttr::ZeroSuperMethod
            } else {
                LoadAttr::SuperMethod
            };
            self.load_super_args(super_call)?;
            self.load_attr(loc, how, attr);
            self.op(attr_loc, Opcode::NOP);
        } else {
            self.expr(value)?;
            self.load_attr(attr_loc, LoadAttr::Method, attr);
        }
        self.expressions(args)?;
        let count = self.tree.len(args) + self.tree.len(keywords);
        let call_loc = self.attribute_loc(self.loc(id), loc, attr);
        if keywords.is_empty() {
            self.op_i(call_loc, Opcode::CALL, count as u32);
        } else {
            self.keyword_values(keywords)?;
            self.keyword_names(attr_loc, keywords);
            self.op_i(call_loc, Opcode::CALL_KW, count as u32);
        }
        Ok(())
    }

    /// Whether `value` is a `super` call of which the attribute `attr` can be
    /// loaded by one instruction.
    pub(super) fn optimized_super(&self, value: ExprId, attr: NameId) -> Option<SuperCall> {
        let Expr::Call {
            func,
            args,
            keywords,
        } = self.tree[value]
        else {
            return None;
        };
        let Expr::Name { id, .. } = self.tree[func] else {
            return None;
        };
        if self.known.super_ != Some(id)
            || self.tree.name(attr) == "__class__"
            || !keywords.is_empty()
        {
            return None;
        }
        // Statically visible other meanings of `super`.
        if self.symbol("super").scope != Some(Scope::GlobalImplicit)
            || self.module_symbol("super").scope.is_some()
        {
            return None;
        }
        let zero_args = args.is_empty();
        let allowed = match self.tree.len(args) {
            2 => !self.has_starred(args),
            0 => {
                (self.unit.counts.args > 0 || self.unit.counts.posonly > 0)
                    && self.class_cell_is_free()
            }
            _ => false,
        };
        allowed.then_some(SuperCall {
            call: value,
            func,
            args,
            zero_args,
        })
    }

    fn class_cell_is_free(&self) -> bool {
        // In a class body `__class__` is the cell it makes for its methods.
        !self.unit.traits.class && self.symbol("__class__").scope == Some(Scope::Free)
    }

    pub(super) fn load_super_args(&mut self, super_call: SuperCall) -> Result {
        self.load_name(self.loc(super_call.func), "super")?;
        if !super_call.zero_args {
            return self.expressions(super_call.args);
        }
        let loc = self.loc(super_call.call);
        self.load_name(loc, "__class__")?;
        let Some(first) = self.unit.varnames.names.first().map(str::to_owned) else {
            return self.system_error("a function with arguments has names for them");
        };
        self.load_name(loc, &first)
    }

    // Calls that get a generator.

    /// `all`, `any` and `tuple` of a generator expression run it in place, if
    /// they are the built-ins. The function has been loaded.
    fn call_with_generator(
        &mut self,
        func: ExprId,
        args: List<Expr>,
        keywords: List<Keyword>,
        end: Label,
    ) -> Result {
        let Expr::Name { id, .. } = self.tree[func] else {
            return Ok(());
        };
        if self.switches.generators_are_passed {
            return Ok(());
        }
        let mut args = self.tree.list(args);
        let (Some(generator), None, true) = (args.next(), args.next(), keywords.is_empty()) else {
            return Ok(());
        };
        let is_async = |block| self.scopes[block].coroutine;
        if !matches!(self.tree[generator], Expr::GeneratorExp { .. })
            || self.scopes.comprehension(generator).is_some_and(is_async)
        {
            return Ok(());
        }
        let loc = self.loc(func);
        let skip = self.new_label();
        // What to call, and the result if no item decides.
        let (constant, initial) = match self.tree.name(id) {
            "all" => (number::CONSTANT_ALL, Some(true)),
            "any" => (number::CONSTANT_ANY, Some(false)),
            "tuple" => (number::CONSTANT_TUPLE, None),
            name @ ("list" | "set") if self.switches.lists_and_sets_are_loops => {
                match self.options.target.common_constant(name) {
                    Some(constant) => (constant, None),
                    None => return self.system_error("a common constant that is none"),
                }
            }
            _ => {
                self.use_label(skip);
                return Ok(());
            }
        };
        self.op_i(loc, Opcode::COPY, 1);
        self.op_i(loc, Opcode::LOAD_COMMON_CONSTANT, constant);
        self.compare_op(loc, CmpOp::Is);
        self.jump(loc, Opcode::POP_JUMP_IF_FALSE, skip);
        self.op(loc, Opcode::POP_TOP);
        let (build, append) = match self.tree.name(id) {
            "set" => (Opcode::BUILD_SET, Opcode::SET_ADD),
            _ => (Opcode::BUILD_LIST, Opcode::LIST_APPEND),
        };
        if initial.is_none() {
            self.op_i(loc, build, 0);
        }
        self.expr(generator)?;
        if self.switches.iterators_take_two_places {
            self.op(loc, Opcode::PUSH_NULL);
        }

        let loop_start = self.new_label();
        let cleanup = self.new_label();
        self.use_label(loop_start);
        self.jump(loc, Opcode::FOR_ITER, cleanup);
        match initial {
            None => {
                self.op_i(loc, append, 1 + self.iterator_places());
                self.jump(loc, Opcode::JUMP, loop_start);
            }
            Some(initial) => {
                self.op(loc, Opcode::TO_BOOL);
                let go_on = if initial {
                    Opcode::POP_JUMP_IF_TRUE
                } else {
                    Opcode::POP_JUMP_IF_FALSE
                };
                self.jump(loc, go_on, loop_start);
            }
        }
        self.op(Location::NONE, Opcode::POP_ITER);
        if let Some(initial) = initial {
            self.load_const(loc, Const::Bool(!initial));
        }
        self.jump(loc, Opcode::JUMP, end);

        self.use_label(cleanup);
        self.op(Location::NONE, Opcode::END_FOR);
        self.op(Location::NONE, Opcode::POP_ITER);
        match initial {
            None if constant == number::CONSTANT_TUPLE => self.op_i(
                loc,
                Opcode::CALL_INTRINSIC_1,
                number::INTRINSIC_LIST_TO_TUPLE,
            ),
            None => {}
            Some(initial) => self.load_const(loc, Const::Bool(initial)),
        }
        self.jump(loc, Opcode::JUMP, end);
        self.use_label(skip);
        Ok(())
    }

    // Arguments.

    fn keyword_values(&mut self, keywords: List<Keyword>) -> Result {
        for keyword in self.tree.list(keywords) {
            self.expr(self.tree[keyword].value)?;
        }
        Ok(())
    }

    /// The tuple of keyword names that CALL_KW takes.
    fn keyword_names(&mut self, loc: Location, keywords: List<Keyword>) {
        let names = self
            .tree
            .list(keywords)
            .filter_map(|keyword| self.tree[keyword].arg);
        let names = Const::Tuple(names.map(|name| string(self.tree.name(name))).collect());
        self.load_const(loc, names);
    }

    /// The arguments of a call or class, of which `pushed` are on the stack, and
    /// the call; no keyword is repeated. `injected` is a variable passed after `args`.
    pub(super) fn call_arguments(
        &mut self,
        loc: Location,
        pushed: u32,
        args: List<Expr>,
        injected: Option<&str>,
        keywords: List<Keyword>,
    ) -> Result {
        let (args_len, keywords_len) = (self.tree.len(args), self.tree.len(keywords));
        let simple = args_len + keywords_len * 2 <= STACK_USE_GUIDELINE
            && !self.has_starred(args)
            && self
                .tree
                .list(keywords)
                .all(|keyword| self.tree[keyword].arg.is_some());
        if !simple {
            return self.call_with_containers(loc, pushed, args, injected, keywords);
        }
        self.expressions(args)?;
        let mut count = pushed + args_len as u32;
        if let Some(name) = injected {
            self.load_name(loc, name)?;
            count += 1;
        }
        if keywords.is_empty() {
            self.op_i(loc, Opcode::CALL, count);
        } else {
            self.keyword_values(keywords)?;
            self.keyword_names(loc, keywords);
            self.op_i(loc, Opcode::CALL_KW, count + keywords_len as u32);
        }
        Ok(())
    }

    /// A call with a tuple and a dict: for `*` and `**`, or many arguments.
    fn call_with_containers(
        &mut self,
        loc: Location,
        pushed: u32,
        args: List<Expr>,
        injected: Option<&str>,
        keywords: List<Keyword>,
    ) -> Result {
        let mut items = self.tree.list(args);
        match (items.next().map(|only| self.tree[only]), items.next()) {
            (Some(Expr::Starred { value, .. }), None) if pushed == 0 => self.expr(value)?,
            _ => self.container(loc, args, injected, pushed, TUPLE)?,
        }
        let says_keywords = self.switches.calls_say_keywords;
        let flag = u32::from(says_keywords && !keywords.is_empty());
        if keywords.is_empty() {
            if !says_keywords {
                self.op(loc, Opcode::PUSH_NULL);
            }
        } else {
            let keywords: Vec<_> = self
                .tree
                .list(keywords)
                .map(|keyword| self.tree[keyword])
                .collect();
            let mut have_dict = false;
            let mut rest = &keywords[..];
            while !rest.is_empty() {
                let named = rest
                    .iter()
                    .position(|keyword| keyword.arg.is_none())
                    .unwrap_or(rest.len());
                if named > 0 {
                    self.keyword_dict(loc, &rest[..named])?;
                    if have_dict {
                        self.op_i(loc, Opcode::DICT_MERGE, 1);
                    }
                    have_dict = true;
                }
                rest = &rest[named..];
                if let Some((unpacked, others)) = rest.split_first() {
                    if !have_dict {
                        self.op_i(loc, Opcode::BUILD_MAP, 0);
                        have_dict = true;
                    }
                    self.expr(unpacked.value)?;
                    self.op_i(loc, Opcode::DICT_MERGE, 1);
                    rest = others;
                }
            }
        }
        self.op_i(loc, Opcode::CALL_FUNCTION_EX, flag);
        Ok(())
    }

    fn keyword_dict(&mut self, loc: Location, keywords: &[Keyword]) -> Result {
        let big = keywords.len() * 2 > STACK_USE_GUIDELINE;
        if self.switches.has_special_instructions && !big && keywords.len() > 1 {
            for keyword in keywords {
                self.expr(keyword.value)?;
            }
            let names = keywords.iter().filter_map(|keyword| keyword.arg);
            let names = names.map(|name| string(self.tree.name(name))).collect();
            self.const_keys(loc, names);
            return Ok(());
        }
        if big {
            self.op_i(Location::NONE, Opcode::BUILD_MAP, 0);
        }
        for keyword in keywords {
            if let Some(name) = keyword.arg {
                self.load_str(loc, self.tree.name(name));
            }
            self.expr(keyword.value)?;
            if big {
                self.op_i(Location::NONE, Opcode::MAP_ADD, 1);
            }
        }
        if !big {
            self.op_i(loc, Opcode::BUILD_MAP, keywords.len() as u32);
        }
        Ok(())
    }
}

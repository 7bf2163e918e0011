//! Where names stand in a segment, and the block in which each is looked up.
//!
//! The tree says what is read and bound, the symbol tables say in which block;
//! this walk puts the two together once, for hovers, highlights, renames and
//! semantic tokens. Depth is bounded by the parser's.

use vitrine_scope::{BlockId, SegmentScopes};
use vitrine_syntax::module::ParsedSegment;
use vitrine_syntax::position::TextRange;
use vitrine_syntax::stack;
use vitrine_syntax::tree::{
    Arguments, Comprehension, Expr, ExprContext, ExprId, Id, Keyword, List, Name, NameId, Pattern,
    PatternId, Stmt, StmtId, Tree, TypeParam,
};

/// What is done with a name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Use {
    /// Its value is read.
    Read,
    /// It is bound: assignment, loop target, `as`, `:=`, pattern.
    Bind,
    /// It is deleted.
    Delete,
    /// It is bound by `import`.
    Import,
    /// It names a parameter.
    Parameter,
    /// It names a function.
    Function,
    /// It names a class.
    Class,
    /// It names a type parameter.
    TypeParameter,
    /// It is declared `global` or `nonlocal`.
    Declare,
}

impl Use {
    /// Whether the name gets a value here.
    pub const fn binds(self) -> bool {
        !matches!(self, Self::Read | Self::Delete | Self::Declare)
    }
}

/// A name at a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Occurrence {
    /// Where, relative to the segment.
    pub range: TextRange,
    /// The name.
    pub name: NameId,
    /// The block that looks it up or binds it.
    pub block: BlockId,
    /// What is done with it.
    pub usage: Use,
}

/// All names of a segment that scopes decide about, in the order of the text.
pub(crate) fn collect(
    text: &str,
    parsed: &ParsedSegment,
    scopes: &SegmentScopes,
) -> Vec<Occurrence> {
    let tree = &parsed.tree;
    let mut walk = Walk {
        text,
        tree,
        scopes,
        block: BlockId::ROOT,
        found: Vec::new(),
    };
    walk.body(tree.body());
    walk.found.sort_by_key(|occurrence| occurrence.range);
    walk.found
}

struct Walk<'a> {
    text: &'a str,
    tree: &'a Tree,
    scopes: &'a SegmentScopes,
    block: BlockId,
    found: Vec<Occurrence>,
}

impl Walk<'_> {
    fn add(&mut self, range: TextRange, name: NameId, usage: Use) {
        self.found.push(Occurrence {
            range,
            name,
            block: self.block,
            usage,
        });
    }

    /// Runs `walk` within another block, if there is one.
    fn within(&mut self, block: Option<BlockId>, walk: impl FnOnce(&mut Self)) {
        let outer = self.block;
        self.block = block.unwrap_or(outer);
        walk(self);
        self.block = outer;
    }

    /// The identifier at or after an offset.
    fn identifier(&self, from: u32, end: u32) -> Option<TextRange> {
        let text = self.text.get(from as usize..end as usize)?;
        let start = text.find(|c: char| c.is_alphabetic() || c == '_')?;
        let len = text[start..]
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(text.len() - start);
        Some(TextRange::new(
            from + start as u32,
            from + (start + len) as u32,
        ))
    }

    /// The last identifier of a range.
    fn last_identifier(&self, range: TextRange) -> Option<TextRange> {
        let text = self.text.get(range.as_usize())?;
        let text = text.trim_end_matches(|c: char| !(c.is_alphanumeric() || c == '_'));
        let start = text.rfind(|c: char| !(c.is_alphanumeric() || c == '_'));
        let start = start.map_or(0, |at| {
            at + text[at..].chars().next().map_or(1, char::len_utf8)
        });
        (start < text.len())
            .then(|| TextRange::new(range.start + start as u32, range.start + text.len() as u32))
    }

    fn add_at(&mut self, range: Option<TextRange>, name: NameId, usage: Use) {
        if let Some(range) = range {
            self.add(range, name, usage);
        }
    }

    fn body(&mut self, body: List<Stmt>) {
        let tree = self.tree;
        for stmt in tree.list(body) {
            self.stmt(stmt);
        }
    }

    fn exprs(&mut self, exprs: List<Expr>) {
        let tree = self.tree;
        for expr in tree.list(exprs) {
            self.expr(expr);
        }
    }

    fn opt(&mut self, expr: Option<ExprId>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    fn keywords(&mut self, keywords: List<Keyword>) {
        let tree = self.tree;
        for keyword in tree.list(keywords) {
            self.expr(tree[keyword].value);
        }
    }

    fn annotation(&mut self, block: Option<BlockId>, annotation: Option<ExprId>) {
        self.within(block, |walk| walk.opt(annotation));
    }

    fn stmt(&mut self, id: StmtId) {
        stack::deeper(|| self.any_stmt(id));
    }

    fn any_stmt(&mut self, id: StmtId) {
        let (tree, scopes) = (self.tree, self.scopes);
        let range = tree.range(id);
        match tree[id] {
            Stmt::Invalid | Stmt::Pass | Stmt::Break | Stmt::Continue => {}
            Stmt::FunctionDef(function) => {
                let def = tree[function];
                self.exprs(def.decorator_list);
                self.defaults(def.args);
                self.add(def.name_range, def.name, Use::Function);
                self.within(scopes.function_type_params(function), |walk| {
                    walk.type_params(def.type_params);
                    let annotations = scopes.function_annotations(function);
                    walk.parameter_annotations(def.args, annotations);
                    walk.annotation(annotations, def.returns);
                    walk.within(scopes.function(function), |walk| {
                        walk.parameters(def.args);
                        walk.body(def.body);
                    });
                });
            }
            Stmt::ClassDef(class) => {
                let def = tree[class];
                self.exprs(def.decorator_list);
                self.add(def.name_range, def.name, Use::Class);
                self.within(scopes.class_type_params(class), |walk| {
                    walk.type_params(def.type_params);
                    walk.exprs(def.bases);
                    walk.keywords(def.keywords);
                    walk.within(scopes.class(class), |walk| walk.body(def.body));
                });
            }
            Stmt::Return { value } => self.opt(value),
            Stmt::Delete { targets } => self.exprs(targets),
            Stmt::Assign { targets, value } => {
                self.exprs(targets);
                self.expr(value);
            }
            Stmt::TypeAlias {
                name,
                type_params,
                value,
            } => {
                self.expr(name);
                self.within(scopes.alias_type_params(id), |walk| {
                    walk.type_params(type_params);
                    walk.within(scopes.alias(id), |walk| walk.expr(value));
                });
            }
            Stmt::AugAssign { target, value, .. } => {
                self.expr(target);
                self.expr(value);
            }
            Stmt::AnnAssign {
                target,
                annotation,
                value,
                ..
            } => {
                self.expr(target);
                self.annotation(scopes[self.block].annotation_block, Some(annotation));
                self.opt(value);
            }
            Stmt::For(id) => {
                let node = tree[id];
                self.expr(node.target);
                self.expr(node.iter);
                self.body(node.body);
                self.body(node.orelse);
            }
            Stmt::While { test, body, orelse } | Stmt::If { test, body, orelse } => {
                self.expr(test);
                self.body(body);
                self.body(orelse);
            }
            Stmt::With { items, body, .. } => {
                for item in tree.list(items) {
                    self.expr(tree[item].context_expr);
                    self.opt(tree[item].optional_vars);
                }
                self.body(body);
            }
            Stmt::Match { subject, cases } => {
                self.expr(subject);
                for case in tree.list(cases) {
                    self.pattern(tree[case].pattern);
                    self.opt(tree[case].guard);
                    self.body(tree[case].body);
                }
            }
            Stmt::Raise { exc, cause } => {
                self.opt(exc);
                self.opt(cause);
            }
            Stmt::Try(id) => {
                let node = tree[id];
                self.body(node.body);
                for handler in tree.list(node.handlers) {
                    let (range, handler) = (tree.range(handler), tree[handler]);
                    self.opt(handler.r#type);
                    if let (Some(name), Some(of)) = (handler.name, handler.r#type) {
                        // `except type as name`: the name is the second word behind the type.
                        let after = tree.range(of).end;
                        let skipped = self
                            .text
                            .get(after as usize..range.end as usize)
                            .and_then(|text| text.find("as"));
                        let from = after + skipped.map_or(0, |at| at as u32 + 2);
                        self.add_at(self.identifier(from, range.end), name, Use::Bind);
                    }
                    self.body(handler.body);
                }
                self.body(node.orelse);
                self.body(node.finalbody);
            }
            Stmt::Assert { test, msg } => {
                self.expr(test);
                self.opt(msg);
            }
            Stmt::Import { names } | Stmt::ImportFrom { names, .. } => {
                for alias in tree.list(names) {
                    let (range, alias) = (tree.range(alias), tree[alias]);
                    match alias.asname {
                        Some(name) => self.add_at(self.last_identifier(range), name, Use::Import),
                        None => {
                            // `import a.b` binds `a`, which may have no id of its own.
                            let place = self.identifier(range.start, range.end);
                            let text = place.and_then(|place| self.text.get(place.as_usize()));
                            let first = tree
                                .name(alias.name)
                                .split('.')
                                .next()
                                .and_then(|first| tree.find_name(first));
                            if let (Some(_), Some(name)) = (text, first) {
                                self.add_at(place, name, Use::Import);
                            }
                        }
                    }
                }
            }
            Stmt::Global { names } | Stmt::Nonlocal { names } => self.declared(range, names),
            Stmt::Expr { value } => self.expr(value),
        }
    }

    fn declared(&mut self, range: TextRange, names: List<Name>) {
        let tree = self.tree;
        let keyword = self.identifier(range.start, range.end);
        let mut from = keyword.map_or(range.start, |keyword| keyword.end);
        for name in tree.list(names) {
            let Some(place) = self.identifier(from, range.end) else {
                return;
            };
            self.add(place, name, Use::Declare);
            from = place.end;
        }
    }

    fn expr(&mut self, id: ExprId) {
        stack::deeper(|| self.any_expr(id));
    }

    fn any_expr(&mut self, id: ExprId) {
        let (tree, scopes) = (self.tree, self.scopes);
        match tree[id] {
            Expr::Invalid | Expr::Constant { .. } => {}
            Expr::BoolOp { values, .. }
            | Expr::JoinedStr { values }
            | Expr::TemplateStr { values } => self.exprs(values),
            Expr::NamedExpr { target, value } => {
                self.expr(target);
                self.expr(value);
            }
            Expr::BinOp { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            Expr::UnaryOp { operand: value, .. }
            | Expr::Await { value }
            | Expr::YieldFrom { value }
            | Expr::Attribute { value, .. }
            | Expr::Starred { value, .. } => self.expr(value),
            Expr::Lambda { args, body } => {
                self.defaults(args);
                self.within(scopes.lambda(id), |walk| {
                    walk.parameters(args);
                    walk.expr(body);
                });
            }
            Expr::IfExp { test, body, orelse } => {
                self.expr(test);
                self.expr(body);
                self.expr(orelse);
            }
            Expr::Dict { keys, values } => {
                for key in tree.opt_list(keys) {
                    self.opt(key);
                }
                self.exprs(values);
            }
            Expr::Set { elts } | Expr::List { elts, .. } | Expr::Tuple { elts, .. } => {
                self.exprs(elts);
            }
            Expr::ListComp { elt, generators }
            | Expr::SetComp { elt, generators }
            | Expr::GeneratorExp { elt, generators } => {
                self.comprehension(id, generators, [Some(elt), None]);
            }
            Expr::DictComp {
                key,
                value,
                generators,
            } => self.comprehension(id, generators, [Some(key), value]),
            Expr::Yield { value } => self.opt(value),
            Expr::Compare {
                left, comparators, ..
            } => {
                self.expr(left);
                self.exprs(comparators);
            }
            Expr::Call {
                func,
                args,
                keywords,
            } => {
                self.expr(func);
                self.exprs(args);
                self.keywords(keywords);
            }
            Expr::FormattedValue {
                value, format_spec, ..
            }
            | Expr::Interpolation {
                value, format_spec, ..
            } => {
                self.expr(value);
                self.opt(format_spec);
            }
            Expr::Subscript { value, slice, .. } => {
                self.expr(value);
                self.expr(slice);
            }
            Expr::Name { id: name, ctx } => {
                let usage = match ctx {
                    ExprContext::Load => Use::Read,
                    ExprContext::Store => Use::Bind,
                    ExprContext::Del => Use::Delete,
                };
                self.add(tree.range(id), name, usage);
            }
            Expr::Slice { lower, upper, step } => {
                self.opt(lower);
                self.opt(upper);
                self.opt(step);
            }
        }
    }

    fn comprehension(
        &mut self,
        id: ExprId,
        generators: List<Comprehension>,
        elements: [Option<ExprId>; 2],
    ) {
        let (tree, scopes) = (self.tree, self.scopes);
        // The first iterable is evaluated outside.
        if let Some(first) = tree.list(generators).next() {
            self.expr(tree[first].iter);
        }
        self.within(scopes.comprehension(id), |walk| {
            for (at, generator) in tree.list(generators).enumerate() {
                let generator = tree[generator];
                walk.expr(generator.target);
                if at > 0 {
                    walk.expr(generator.iter);
                }
                walk.exprs(generator.ifs);
            }
            for element in elements {
                walk.opt(element);
            }
        });
    }

    fn defaults(&mut self, args: Id<Arguments>) {
        let tree = self.tree;
        self.exprs(tree[args].defaults);
        for default in tree.opt_list(tree[args].kw_defaults) {
            self.opt(default);
        }
    }

    fn args(&self, args: Id<Arguments>) -> Vec<Id<vitrine_syntax::tree::Arg>> {
        let tree = self.tree;
        let Arguments {
            posonlyargs,
            args,
            vararg,
            kwonlyargs,
            kwarg,
            ..
        } = tree[args];
        tree.list(posonlyargs)
            .chain(tree.list(args))
            .chain(vararg)
            .chain(tree.list(kwonlyargs))
            .chain(kwarg)
            .collect()
    }

    fn parameters(&mut self, args: Id<Arguments>) {
        for arg in self.args(args) {
            let range = self.tree.range(arg);
            self.add_at(
                self.identifier(range.start, range.end),
                self.tree[arg].arg,
                Use::Parameter,
            );
        }
    }

    fn parameter_annotations(&mut self, args: Id<Arguments>, block: Option<BlockId>) {
        for arg in self.args(args) {
            self.annotation(block, self.tree[arg].annotation);
        }
    }

    fn type_params(&mut self, params: List<TypeParam>) {
        let (tree, scopes) = (self.tree, self.scopes);
        for id in tree.list(params) {
            let range = tree.range(id);
            let (name, bound, default) = match tree[id] {
                TypeParam::TypeVar {
                    name,
                    bound,
                    default_value,
                } => (name, bound, default_value),
                TypeParam::ParamSpec {
                    name,
                    default_value,
                }
                | TypeParam::TypeVarTuple {
                    name,
                    default_value,
                } => (name, None, default_value),
            };
            self.add_at(
                self.identifier(range.start, range.end),
                name,
                Use::TypeParameter,
            );
            self.within(scopes.type_param_bound(id), |walk| walk.opt(bound));
            self.within(scopes.type_param_default(id), |walk| walk.opt(default));
        }
    }

    fn pattern(&mut self, id: PatternId) {
        let tree = self.tree;
        let range = tree.range(id);
        match tree[id] {
            Pattern::Invalid | Pattern::MatchSingleton { .. } => {}
            Pattern::MatchValue { value } => self.expr(value),
            Pattern::MatchSequence { patterns } | Pattern::MatchOr { patterns } => {
                self.patterns(patterns);
            }
            Pattern::MatchMapping {
                keys,
                patterns,
                rest,
            } => {
                self.exprs(keys);
                self.patterns(patterns);
                if let Some(rest) = rest {
                    self.add_at(self.last_identifier(range), rest, Use::Bind);
                }
            }
            Pattern::MatchClass {
                cls,
                patterns,
                kwd_patterns,
                ..
            } => {
                self.expr(cls);
                self.patterns(patterns);
                self.patterns(kwd_patterns);
            }
            Pattern::MatchStar { name } => {
                if let Some(name) = name {
                    self.add_at(self.last_identifier(range), name, Use::Bind);
                }
            }
            Pattern::MatchAs { pattern, name } => {
                if let Some(pattern) = pattern {
                    self.pattern(pattern);
                }
                if let Some(name) = name {
                    self.add_at(self.last_identifier(range), name, Use::Bind);
                }
            }
        }
    }

    fn patterns(&mut self, patterns: List<Pattern>) {
        let tree = self.tree;
        for pattern in tree.list(patterns) {
            self.pattern(pattern);
        }
    }
}

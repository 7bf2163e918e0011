//! Annotations and type parameters: blocks that are evaluated when asked for.

use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::{Arg, Arguments, Expr, ExprId, Id, List, NameId, TypeParam};

use super::Builder;
use crate::block::{BlockId, BlockKind};
use crate::symbol::{Sym, flags};

/// What a block of type parameters belongs to.
#[derive(Clone, Copy)]
pub(super) struct Generic {
    pub(super) name: NameId,
    pub(super) is_class: bool,
    /// Of a function; CPython's `.defaults` is there even where there are none.
    pub(super) has_defaults: bool,
    pub(super) has_kwdefaults: bool,
    pub(super) range: TextRange,
}

impl Builder<'_> {
    /// Enters the block around something generic (`symtable_enter_type_param_block`).
    pub(super) fn enter_type_params(&mut self, of: Generic) -> BlockId {
        let in_class = self.cur().kind == BlockKind::Class;
        let name = Sym::of(of.name);
        let range = of.range;
        let block = self.enter(name, BlockKind::TypeParameters, range);
        if in_class {
            self.cur_mut().can_see_class_scope = true;
            self.use_classdict();
        }
        if of.is_class {
            for name in [".type_params", ".generic_base"] {
                self.add_text(name, flags::DEF_LOCAL, range);
                self.add_text(name, flags::USE, range);
            }
        }
        if of.has_defaults {
            self.add_text(".defaults", flags::DEF_PARAM, range);
        }
        if of.has_kwdefaults {
            self.add_text(".kwdefaults", flags::DEF_PARAM, range);
        }
        block
    }

    pub(super) fn type_params(&mut self, params: List<TypeParam>) {
        let tree = self.tree;
        for id in tree.list(params) {
            let range = tree.range(id);
            const BOUND: u16 = flags::DEF_TYPE_PARAM | flags::DEF_LOCAL;
            match tree[id] {
                TypeParam::TypeVar {
                    name,
                    bound,
                    default_value,
                } => {
                    self.add(name, BOUND, range);
                    let info = match bound.map(|bound| tree[bound]) {
                        Some(Expr::Tuple { .. }) => "a TypeVar constraint",
                        _ => "a TypeVar bound",
                    };
                    if let Some(block) = self.type_variable(bound, name, info, range) {
                        self.keys.bounds.push((id, block));
                    }
                    self.type_param_default(id, default_value, name, "a TypeVar default");
                }
                TypeParam::TypeVarTuple {
                    name,
                    default_value,
                } => {
                    self.add(name, BOUND, range);
                    self.type_param_default(id, default_value, name, "a TypeVarTuple default");
                }
                TypeParam::ParamSpec {
                    name,
                    default_value,
                } => {
                    self.add(name, BOUND, range);
                    self.type_param_default(id, default_value, name, "a ParamSpec default");
                }
            }
        }
    }

    fn type_param_default(
        &mut self,
        id: Id<TypeParam>,
        value: Option<ExprId>,
        name: NameId,
        info: &'static str,
    ) {
        let range = self.tree.range(id);
        if let Some(block) = self.type_variable(value, name, info, range) {
            self.keys.defaults.push((id, block));
        }
    }

    /// A bound or default, in a block of its own.
    fn type_variable(
        &mut self,
        expr: Option<ExprId>,
        name: NameId,
        info: &'static str,
        param: TextRange,
    ) -> Option<BlockId> {
        if self.tree.name(name) == "__classdict__" {
            self.error(
                "reserved name '__classdict__' cannot be used for type parameter",
                param,
            );
            return None;
        }
        let expr = expr?;
        let range = self.tree.range(expr);
        let in_class = self.cur().can_see_class_scope;
        let name = Sym::of(name);
        let block = self.enter(name, BlockKind::TypeVariable, range);
        if in_class {
            self.cur_mut().can_see_class_scope = true;
            self.use_classdict();
        }
        self.cur_mut().scope_info = info;
        self.expr(expr);
        self.exit();
        Some(block)
    }

    /// The annotation of a variable (`symtable_visit_annotation`).
    pub(super) fn annotation(&mut self, annotation: ExprId) {
        if self.evaluates_annotations() {
            return self.expr(annotation);
        }
        let range = self.tree.range(annotation);
        let owner = self.cur;
        let cur = self.cur();
        let unevaluated = cur.kind == BlockKind::Function;
        // A module may be seen half executed, so there all are conditional.
        let conditional = match cur.kind {
            _ if self.future.annotates_at_once => false,
            BlockKind::Module => true,
            BlockKind::Class => cur.in_conditional_block,
            _ => false,
        };
        if conditional && !cur.has_conditional_annotations {
            self.cur_mut().has_conditional_annotations = true;
            self.add_text("__conditional_annotations__", flags::USE, range);
        }
        match self.cur().annotation_block {
            Some(block) => self.enter_again(block),
            None => {
                let in_class = self.cur().kind == BlockKind::Class;
                let name = self.annotate();
                let block = self.enter(name, BlockKind::Annotation, range);
                self.blocks[owner.index()].annotation_block = Some(block);
                if in_class && !self.future.annotations() {
                    self.cur_mut().can_see_class_scope = true;
                    self.use_classdict();
                }
            }
        }
        self.cur_mut().in_unevaluated_annotation = unevaluated;
        self.expr(annotation);
        self.cur_mut().in_unevaluated_annotation = false;
        self.exit();
    }

    /// The annotations of a function (`symtable_visit_annotations`).
    pub(super) fn function_annotations(
        &mut self,
        args: Id<Arguments>,
        returns: Option<ExprId>,
        range: TextRange,
    ) -> Option<BlockId> {
        let tree = self.tree;
        if self.evaluates_annotations() {
            self.all_annotations(tree[args], returns);
            return None;
        }
        let in_class = self.cur().can_see_class_scope || self.cur().kind == BlockKind::Class;
        let name = self.annotate();
        let block = self.enter(name, BlockKind::Annotation, range);
        if in_class {
            self.cur_mut().can_see_class_scope = true;
            self.use_classdict();
        }
        self.all_annotations(tree[args], returns);
        self.exit();
        Some(block)
    }

    /// Whether annotations are expressions of the block they stand in.
    fn evaluates_annotations(&self) -> bool {
        self.future.annotates_at_once && !self.future.annotations()
    }

    fn all_annotations(&mut self, args: Arguments, returns: Option<ExprId>) {
        let tree = self.tree;
        self.arg_annotations(args.posonlyargs);
        self.arg_annotations(args.args);
        for arg in [args.vararg, args.kwarg].into_iter().flatten() {
            self.used_annotation(tree[arg].annotation);
        }
        self.arg_annotations(args.kwonlyargs);
        self.used_annotation(returns);
    }

    fn arg_annotations(&mut self, args: List<Arg>) {
        let tree = self.tree;
        for arg in tree.list(args) {
            self.used_annotation(tree[arg].annotation);
        }
    }

    fn used_annotation(&mut self, annotation: Option<ExprId>) {
        if let Some(annotation) = annotation {
            if self.cur().kind == BlockKind::Annotation {
                self.cur_mut().annotations_used = true;
            }
            self.expr(annotation);
        }
    }

    /// False, with an error, where `what` may not stand.
    pub(super) fn raise_if_annotation_block(&mut self, what: &str, range: TextRange) -> bool {
        let place = match self.cur().kind {
            BlockKind::Annotation => "an annotation",
            BlockKind::TypeVariable => self.cur().scope_info,
            BlockKind::TypeAlias => "a type alias",
            BlockKind::TypeParameters => "the definition of a generic",
            BlockKind::Function | BlockKind::Class | BlockKind::Module => return true,
        };
        self.error(format!("{what} cannot be used within {place}"), range);
        false
    }
}

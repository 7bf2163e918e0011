//! Comprehensions, and assignment expressions, which see through them.

use vitrine_syntax::tree::{self, Expr, ExprId, List, NameId};

use super::Builder;
use crate::block::{BlockId, BlockKind, Comprehension};
use crate::symbol::flags;

impl Builder<'_> {
    pub(super) fn comprehension(
        &mut self,
        expr: ExprId,
        kind: Comprehension,
        generators: List<tree::Comprehension>,
        elt: ExprId,
        value: Option<ExprId>,
    ) {
        let tree = self.tree;
        let range = tree.range(expr);
        let mut generators = tree.list(generators);
        // A tree of broken text may lack what the grammar demands.
        let Some(outermost) = generators.next().map(|id| tree[id]) else {
            return;
        };
        // The outermost iterable is evaluated in the block around.
        self.cur_mut().comp_iter_expr += 1;
        self.expr(outermost.iter);
        self.cur_mut().comp_iter_expr -= 1;

        let name = self.made_up(match kind {
            Comprehension::List => "listcomp",
            Comprehension::Set => "setcomp",
            Comprehension::Dict => "dictcomp",
            Comprehension::Generator | Comprehension::None => "genexpr",
        });
        let block = self.enter(name, BlockKind::Function, range);
        self.keys.exprs.push((expr, block));
        self.cur_mut().comprehension = kind;
        if outermost.is_async {
            self.cur_mut().coroutine = true;
        }
        self.add_text(".0", flags::DEF_PARAM, range);
        self.comp_target(outermost.target);
        self.exprs(outermost.ifs);
        for generator in generators {
            let generator = tree[generator];
            self.comp_target(generator.target);
            self.cur_mut().comp_iter_expr += 1;
            self.expr(generator.iter);
            self.cur_mut().comp_iter_expr -= 1;
            self.exprs(generator.ifs);
            if generator.is_async {
                self.cur_mut().coroutine = true;
            }
        }
        self.opt_expr(value);
        self.expr(elt);
        let is_generator = kind == Comprehension::Generator;
        self.cur_mut().generator = is_generator;
        let is_async = self.cur().coroutine && !is_generator;
        self.exit();
        if is_async {
            if !self.in_async_def() && self.cur().comprehension == Comprehension::None {
                self.error(
                    "asynchronous comprehension outside of an asynchronous function",
                    range,
                );
            } else {
                self.cur_mut().coroutine = true;
            }
        }
    }

    fn comp_target(&mut self, target: ExprId) {
        self.cur_mut().comp_iter_target = true;
        self.expr(target);
        self.cur_mut().comp_iter_target = false;
    }

    pub(super) fn named_expr(&mut self, expr: ExprId, target: ExprId, value: ExprId) {
        if self.cur().comp_iter_expr > 0 {
            let message =
                "assignment expression cannot be used in a comprehension iterable expression";
            self.error(message, self.tree.range(expr));
        } else if self.cur().comprehension != Comprehension::None
            && let Expr::Name { id, .. } = self.tree[target]
        {
            self.extend_namedexpr_scope(id, target);
        }
        self.expr(value);
        self.expr(target);
    }

    /// Binds the target of `:=` in the nearest block that is no comprehension.
    fn extend_namedexpr_scope(&mut self, name: NameId, target: ExprId) {
        let range = self.tree.range(target);
        for at in (0..self.stack.len()).rev() {
            let id = self.stack[at];
            let block = &self.blocks[id.index()];
            let kind = block.kind;
            if block.comprehension != Comprehension::None {
                let bits = flags::DEF_COMP_ITER | flags::DEF_LOCAL;
                if self.flags_in(id, name) & bits == bits {
                    let name = self.tree.name(name);
                    self.error(
                        format!("assignment expression cannot rebind comprehension iteration variable '{name}'"),
                        range,
                    );
                    return;
                }
                continue;
            }
            match kind {
                BlockKind::Function => {
                    return self.bind_named_expr(name, id, flags::DEF_NONLOCAL, target);
                }
                BlockKind::Module => {
                    return self.bind_named_expr(name, id, flags::DEF_GLOBAL, target);
                }
                BlockKind::Annotation => {}
                BlockKind::Class => {
                    return self.error(
                        "assignment expression within a comprehension cannot be used in a class body",
                        range,
                    );
                }
                BlockKind::TypeParameters => {
                    return self.error(
                        "assignment expression within a comprehension cannot be used within the definition of a generic",
                        range,
                    );
                }
                BlockKind::TypeAlias => {
                    return self.error(
                        "assignment expression within a comprehension cannot be used in a type alias",
                        range,
                    );
                }
                BlockKind::TypeVariable => {
                    return self.error(
                        "assignment expression within a comprehension cannot be used in a TypeVar bound",
                        range,
                    );
                }
            }
        }
    }

    fn bind_named_expr(&mut self, name: NameId, owner: BlockId, here: u16, target: ExprId) {
        let range = self.tree.range(target);
        let global = self.flags_in(owner, name) & flags::DEF_GLOBAL != 0;
        let here = if global { flags::DEF_GLOBAL } else { here };
        if self.add(name, here, range) {
            self.record_directive(name, range);
            let in_module = self.blocks[owner.index()].kind == BlockKind::Module;
            self.add_to(
                name,
                if in_module {
                    flags::DEF_GLOBAL
                } else {
                    flags::DEF_LOCAL
                },
                owner,
                range,
            );
        }
    }
}

//! Statements as plain data.

use super::convert::{Converter, Fields, push_some};
use super::value::Value;
use crate::tree::*;
use crate::version::Version;

impl Converter<'_> {
    fn stmts(&self, list: List<Stmt>) -> Value {
        self.list(list, |id| self.stmt(id))
    }

    pub(super) fn stmt(&self, id: StmtId) -> Value {
        let mut fields = Vec::new();
        let class = self.stmt_fields(id, &mut fields);
        self.located_block(class, fields, id)
    }

    /// Whether an import is lazy, where there are lazy ones.
    fn push_lazy(&self, fields: &mut Fields, import: StmtId) {
        if self.version >= Version::V3_15 {
            let is_lazy = self.tree.is_lazy(import);
            fields.push(("is_lazy", Value::Int(is_lazy.into())));
        }
    }

    fn stmt_fields(&self, id: StmtId, fields: &mut Fields) -> &'static str {
        let expr = |id| self.expr(id);
        match self.tree[id] {
            Stmt::Invalid => "Invalid",
            Stmt::FunctionDef(def) => self.function_def(id, def, fields),
            Stmt::ClassDef(def) => {
                let def = self.tree[def];
                fields.push(("name", self.text(def.name)));
                fields.push(("bases", self.exprs(def.bases)));
                fields.push(("keywords", self.keywords(def.keywords)));
                fields.push(("body", self.stmts(def.body)));
                fields.push(("decorator_list", self.exprs(def.decorator_list)));
                fields.push(("type_params", self.type_params(def.type_params)));
                "ClassDef"
            }
            Stmt::Return { value } => {
                push_some(fields, "value", value.map(expr));
                "Return"
            }
            Stmt::Delete { targets } => {
                fields.push(("targets", self.exprs(targets)));
                "Delete"
            }
            Stmt::Assign { targets, value } => {
                fields.push(("targets", self.exprs(targets)));
                fields.push(("value", expr(value)));
                self.push_type_comment(fields, id);
                "Assign"
            }
            Stmt::TypeAlias {
                name,
                type_params,
                value,
            } => {
                fields.push(("name", expr(name)));
                fields.push(("type_params", self.type_params(type_params)));
                fields.push(("value", expr(value)));
                "TypeAlias"
            }
            Stmt::AugAssign { target, op, value } => {
                fields.push(("target", expr(target)));
                fields.push(("op", super::expr::operator(op)));
                fields.push(("value", expr(value)));
                "AugAssign"
            }
            Stmt::AnnAssign {
                target,
                annotation,
                value,
                simple,
            } => {
                fields.push(("target", expr(target)));
                fields.push(("annotation", expr(annotation)));
                push_some(fields, "value", value.map(expr));
                fields.push(("simple", Value::Int(simple.into())));
                "AnnAssign"
            }
            Stmt::For(node) => {
                let For {
                    target,
                    iter,
                    body,
                    orelse,
                    is_async,
                } = self.tree[node];
                fields.push(("target", expr(target)));
                fields.push(("iter", expr(iter)));
                fields.push(("body", self.stmts(body)));
                fields.push(("orelse", self.stmts(orelse)));
                self.push_type_comment(fields, id);
                if is_async { "AsyncFor" } else { "For" }
            }
            Stmt::While { test, body, orelse } => {
                fields.push(("test", expr(test)));
                fields.push(("body", self.stmts(body)));
                fields.push(("orelse", self.stmts(orelse)));
                "While"
            }
            Stmt::If { test, body, orelse } => {
                fields.push(("test", expr(test)));
                fields.push(("body", self.stmts(body)));
                fields.push(("orelse", self.stmts(orelse)));
                "If"
            }
            Stmt::With {
                items,
                body,
                is_async,
            } => {
                let items = self.list(items, |id| {
                    let WithItem {
                        context_expr,
                        optional_vars,
                    } = self.tree[id];
                    let mut fields = vec![("context_expr", expr(context_expr))];
                    push_some(&mut fields, "optional_vars", optional_vars.map(expr));
                    Value::node("withitem", fields)
                });
                fields.push(("items", items));
                fields.push(("body", self.stmts(body)));
                self.push_type_comment(fields, id);
                if is_async { "AsyncWith" } else { "With" }
            }
            Stmt::Match { subject, cases } => {
                let cases = self.list(cases, |id| {
                    let MatchCase {
                        pattern,
                        guard,
                        body,
                    } = self.tree[id];
                    let mut fields = vec![("pattern", self.pattern(pattern))];
                    push_some(&mut fields, "guard", guard.map(expr));
                    fields.push(("body", self.stmts(body)));
                    Value::node("match_case", fields)
                });
                fields.push(("subject", expr(subject)));
                fields.push(("cases", cases));
                "Match"
            }
            Stmt::Raise { exc, cause } => {
                push_some(fields, "exc", exc.map(expr));
                push_some(fields, "cause", cause.map(expr));
                "Raise"
            }
            Stmt::Try(id) => {
                let Try {
                    body,
                    handlers,
                    orelse,
                    finalbody,
                    is_star,
                } = self.tree[id];
                fields.push(("body", self.stmts(body)));
                fields.push(("handlers", self.list(handlers, |id| self.handler(id))));
                fields.push(("orelse", self.stmts(orelse)));
                fields.push(("finalbody", self.stmts(finalbody)));
                if is_star { "TryStar" } else { "Try" }
            }
            Stmt::Assert { test, msg } => {
                fields.push(("test", expr(test)));
                push_some(fields, "msg", msg.map(expr));
                "Assert"
            }
            Stmt::Import { names } => {
                fields.push(("names", self.aliases(names)));
                self.push_lazy(fields, id);
                "Import"
            }
            Stmt::ImportFrom {
                module,
                names,
                level,
            } => {
                push_some(fields, "module", module.map(|name| self.text(name)));
                fields.push(("names", self.aliases(names)));
                fields.push(("level", Value::Int(level.into())));
                self.push_lazy(fields, id);
                "ImportFrom"
            }
            Stmt::Global { names } => {
                fields.push(("names", self.list(names, |name| self.text(name))));
                "Global"
            }
            Stmt::Nonlocal { names } => {
                fields.push(("names", self.list(names, |name| self.text(name))));
                "Nonlocal"
            }
            Stmt::Expr { value } => {
                fields.push(("value", expr(value)));
                "Expr"
            }
            Stmt::Pass => "Pass",
            Stmt::Break => "Break",
            Stmt::Continue => "Continue",
        }
    }

    fn function_def(&self, id: StmtId, def: Id<FunctionDef>, fields: &mut Fields) -> &'static str {
        let def = self.tree[def];
        fields.push(("name", self.text(def.name)));
        fields.push(("args", self.arguments(def.args)));
        fields.push(("body", self.stmts(def.body)));
        fields.push(("decorator_list", self.exprs(def.decorator_list)));
        push_some(fields, "returns", def.returns.map(|id| self.expr(id)));
        self.push_type_comment(fields, id);
        fields.push(("type_params", self.type_params(def.type_params)));
        if def.is_async {
            "AsyncFunctionDef"
        } else {
            "FunctionDef"
        }
    }

    fn handler(&self, id: Id<ExceptHandler>) -> Value {
        let ExceptHandler { r#type, name, body } = self.tree[id];
        let mut fields = Vec::new();
        push_some(&mut fields, "type", r#type.map(|id| self.expr(id)));
        push_some(&mut fields, "name", name.map(|name| self.text(name)));
        fields.push(("body", self.stmts(body)));
        self.located_block("ExceptHandler", fields, id)
    }

    fn aliases(&self, list: List<Alias>) -> Value {
        self.list(list, |id| {
            let Alias { name, asname } = self.tree[id];
            let mut fields = vec![("name", self.text(name))];
            push_some(&mut fields, "asname", asname.map(|name| self.text(name)));
            self.located("alias", fields, id)
        })
    }
}

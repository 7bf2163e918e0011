//! The abstract grammar of Python 3.14 as data: every node class with its fields.
//!
//! A row's fields are written as in ASDL: `type name`, with `?` for an optional
//! and `*` for a repeated field. Rows of one base stand together.

/// A node class.
pub(super) struct Class {
    /// The sum it belongs to; `AST` for a product.
    pub(super) base: &'static str,
    /// Its name.
    pub(super) name: &'static str,
    /// Its fields in ASDL.
    pub(super) fields: &'static str,
}

/// Which of a class's positions may be absent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Positions {
    /// It has none.
    Without,
    /// All four are required.
    Required,
    /// The end may be absent.
    OptionalEnd,
}

/// The positions that a sum or product declares; subclasses inherit them.
pub(super) fn positions(name: &str) -> Positions {
    match name {
        "stmt" | "expr" | "excepthandler" | "arg" | "keyword" | "alias" => Positions::OptionalEnd,
        "pattern" | "type_param" => Positions::Required,
        _ => Positions::Without,
    }
}

const fn class(base: &'static str, name: &'static str, fields: &'static str) -> Class {
    Class { base, name, fields }
}

/// All node classes but `AST` and the sums.
#[rustfmt::skip]
pub(super) const CLASSES: &[Class] = &[
    class("mod", "Module", "stmt* body, type_ignore* type_ignores"),
    class("mod", "Interactive", "stmt* body"),
    class("mod", "Expression", "expr body"),
    class("mod", "FunctionType", "expr* argtypes, expr returns"),
    class("stmt", "FunctionDef", "identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params"),
    class("stmt", "AsyncFunctionDef", "identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params"),
    class("stmt", "ClassDef", "identifier name, expr* bases, keyword* keywords, stmt* body, expr* decorator_list, type_param* type_params"),
    class("stmt", "Return", "expr? value"),
    class("stmt", "Delete", "expr* targets"),
    class("stmt", "Assign", "expr* targets, expr value, string? type_comment"),
    class("stmt", "TypeAlias", "expr name, type_param* type_params, expr value"),
    class("stmt", "AugAssign", "expr target, operator op, expr value"),
    class("stmt", "AnnAssign", "expr target, expr annotation, expr? value, int simple"),
    class("stmt", "For", "expr target, expr iter, stmt* body, stmt* orelse, string? type_comment"),
    class("stmt", "AsyncFor", "expr target, expr iter, stmt* body, stmt* orelse, string? type_comment"),
    class("stmt", "While", "expr test, stmt* body, stmt* orelse"),
    class("stmt", "If", "expr test, stmt* body, stmt* orelse"),
    class("stmt", "With", "withitem* items, stmt* body, string? type_comment"),
    class("stmt", "AsyncWith", "withitem* items, stmt* body, string? type_comment"),
    class("stmt", "Match", "expr subject, match_case* cases"),
    class("stmt", "Raise", "expr? exc, expr? cause"),
    class("stmt", "Try", "stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody"),
    class("stmt", "TryStar", "stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody"),
    class("stmt", "Assert", "expr test, expr? msg"),
    class("stmt", "Import", "alias* names"),
    class("stmt", "ImportFrom", "identifier? module, alias* names, int? level"),
    class("stmt", "Global", "identifier* names"),
    class("stmt", "Nonlocal", "identifier* names"),
    class("stmt", "Expr", "expr value"),
    class("stmt", "Pass", ""),
    class("stmt", "Break", ""),
    class("stmt", "Continue", ""),
    class("expr", "BoolOp", "boolop op, expr* values"),
    class("expr", "NamedExpr", "expr target, expr value"),
    class("expr", "BinOp", "expr left, operator op, expr right"),
    class("expr", "UnaryOp", "unaryop op, expr operand"),
    class("expr", "Lambda", "arguments args, expr body"),
    class("expr", "IfExp", "expr test, expr body, expr orelse"),
    class("expr", "Dict", "expr?* keys, expr* values"),
    class("expr", "Set", "expr* elts"),
    class("expr", "ListComp", "expr elt, comprehension* generators"),
    class("expr", "SetComp", "expr elt, comprehension* generators"),
    class("expr", "DictComp", "expr key, expr value, comprehension* generators"),
    class("expr", "GeneratorExp", "expr elt, comprehension* generators"),
    class("expr", "Await", "expr value"),
    class("expr", "Yield", "expr? value"),
    class("expr", "YieldFrom", "expr value"),
    class("expr", "Compare", "expr left, cmpop* ops, expr* comparators"),
    class("expr", "Call", "expr func, expr* args, keyword* keywords"),
    class("expr", "FormattedValue", "expr value, int conversion, expr? format_spec"),
    class("expr", "Interpolation", "expr value, constant str, int conversion, expr? format_spec"),
    class("expr", "JoinedStr", "expr* values"),
    class("expr", "TemplateStr", "expr* values"),
    class("expr", "Constant", "constant value, string? kind"),
    class("expr", "Attribute", "expr value, identifier attr, expr_context ctx"),
    class("expr", "Subscript", "expr value, expr slice, expr_context ctx"),
    class("expr", "Starred", "expr value, expr_context ctx"),
    class("expr", "Name", "identifier id, expr_context ctx"),
    class("expr", "List", "expr* elts, expr_context ctx"),
    class("expr", "Tuple", "expr* elts, expr_context ctx"),
    class("expr", "Slice", "expr? lower, expr? upper, expr? step"),
    class("expr_context", "Load", ""),
    class("expr_context", "Store", ""),
    class("expr_context", "Del", ""),
    class("boolop", "And", ""),
    class("boolop", "Or", ""),
    class("operator", "Add", ""),
    class("operator", "Sub", ""),
    class("operator", "Mult", ""),
    class("operator", "MatMult", ""),
    class("operator", "Div", ""),
    class("operator", "Mod", ""),
    class("operator", "Pow", ""),
    class("operator", "LShift", ""),
    class("operator", "RShift", ""),
    class("operator", "BitOr", ""),
    class("operator", "BitXor", ""),
    class("operator", "BitAnd", ""),
    class("operator", "FloorDiv", ""),
    class("unaryop", "Invert", ""),
    class("unaryop", "Not", ""),
    class("unaryop", "UAdd", ""),
    class("unaryop", "USub", ""),
    class("cmpop", "Eq", ""),
    class("cmpop", "NotEq", ""),
    class("cmpop", "Lt", ""),
    class("cmpop", "LtE", ""),
    class("cmpop", "Gt", ""),
    class("cmpop", "GtE", ""),
    class("cmpop", "Is", ""),
    class("cmpop", "IsNot", ""),
    class("cmpop", "In", ""),
    class("cmpop", "NotIn", ""),
    class("AST", "comprehension", "expr target, expr iter, expr* ifs, int is_async"),
    class("excepthandler", "ExceptHandler", "expr? type, identifier? name, stmt* body"),
    class("AST", "arguments", "arg* posonlyargs, arg* args, arg? vararg, arg* kwonlyargs, expr?* kw_defaults, arg? kwarg, expr* defaults"),
    class("AST", "arg", "identifier arg, expr? annotation, string? type_comment"),
    class("AST", "keyword", "identifier? arg, expr value"),
    class("AST", "alias", "identifier name, identifier? asname"),
    class("AST", "withitem", "expr context_expr, expr? optional_vars"),
    class("AST", "match_case", "pattern pattern, expr? guard, stmt* body"),
    class("pattern", "MatchValue", "expr value"),
    class("pattern", "MatchSingleton", "constant value"),
    class("pattern", "MatchSequence", "pattern* patterns"),
    class("pattern", "MatchMapping", "expr* keys, pattern* patterns, identifier? rest"),
    class("pattern", "MatchClass", "expr cls, pattern* patterns, identifier* kwd_attrs, pattern* kwd_patterns"),
    class("pattern", "MatchStar", "identifier? name"),
    class("pattern", "MatchAs", "pattern? pattern, identifier? name"),
    class("pattern", "MatchOr", "pattern* patterns"),
    class("type_ignore", "TypeIgnore", "int lineno, string tag"),
    class("type_param", "TypeVar", "identifier name, expr? bound, expr? default_value"),
    class("type_param", "ParamSpec", "identifier name, expr? default_value"),
    class("type_param", "TypeVarTuple", "identifier name, expr? default_value"),
];

//! The nodes of the tree: CPython's abstract grammar (`Parser/Python.asdl`),
//! names and field order included, plus `Invalid` where the text made no sense.
//!
//! Everything is `Copy`: children are ids into the tree's arenas. Fields are
//! documented where they differ from the grammar of the same name.
#![allow(missing_docs)]

use num_bigint::BigUint;

use super::arena::{Id, List};
use crate::position::TextRange;
use crate::wtf8::Wtf8;

/// Id of an expression.
pub type ExprId = Id<Expr>;
/// Id of a statement.
pub type StmtId = Id<Stmt>;
/// Id of a pattern.
pub type PatternId = Id<Pattern>;
/// Id of an interned identifier; NFKC-normalized, not mangled.
pub type NameId = Id<Name>;

/// Id of a literal's value, which is `Tree::constant`.
pub type ConstantId = Id<Literal>;

/// Marks the ids of literals' values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Literal {}

/// Marks the ids of interned identifiers; the text is `Tree::name`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Name {}

/// An expression.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expr {
    /// What could not be read.
    Invalid,
    /// `a and b and c`.
    BoolOp { op: BoolOp, values: List<Expr> },
    /// `target := value`.
    NamedExpr { target: ExprId, value: ExprId },
    /// `left op right`.
    BinOp {
        left: ExprId,
        op: Operator,
        right: ExprId,
    },
    /// `op operand`.
    UnaryOp { op: UnaryOp, operand: ExprId },
    /// `lambda args: body`.
    Lambda { args: Id<Arguments>, body: ExprId },
    /// `body if test else orelse`.
    IfExp {
        test: ExprId,
        body: ExprId,
        orelse: ExprId,
    },
    /// `{key: value, **value}`: a key is absent before `**`.
    Dict {
        keys: OptList<Expr>,
        values: List<Expr>,
    },
    /// `{a, b}`.
    Set { elts: List<Expr> },
    /// `[elt for ...]`.
    ListComp {
        elt: ExprId,
        generators: List<Comprehension>,
    },
    /// `{elt for ...}`.
    SetComp {
        elt: ExprId,
        generators: List<Comprehension>,
    },
    /// `{key: value for ...}`, or 3.15's `{**key for ...}`.
    DictComp {
        key: ExprId,
        value: Option<ExprId>,
        generators: List<Comprehension>,
    },
    /// `(elt for ...)`.
    GeneratorExp {
        elt: ExprId,
        generators: List<Comprehension>,
    },
    /// `await value`.
    Await { value: ExprId },
    /// `yield value`.
    Yield { value: Option<ExprId> },
    /// `yield from value`.
    YieldFrom { value: ExprId },
    /// `left op comparator op comparator ...`; as many operators as comparators.
    Compare {
        left: ExprId,
        ops: CmpOps,
        comparators: List<Expr>,
    },
    /// `func(args, keywords)`.
    Call {
        func: ExprId,
        args: List<Expr>,
        keywords: List<Keyword>,
    },
    /// `{value!conversion:format_spec}` in an f-string; `format_spec` is a `JoinedStr`.
    FormattedValue {
        value: ExprId,
        conversion: Conversion,
        format_spec: Option<ExprId>,
    },
    /// The same in a t-string; `text` is the expression's source.
    Interpolation {
        value: ExprId,
        text: ConstantId,
        conversion: Conversion,
        format_spec: Option<ExprId>,
    },
    /// An f-string: `Constant` and `FormattedValue` parts.
    JoinedStr { values: List<Expr> },
    /// A t-string: `Constant` and `Interpolation` parts.
    TemplateStr { values: List<Expr> },
    /// A literal; `unicode` if it is a string whose first part has the prefix `u`.
    Constant { value: ConstantId, unicode: bool },
    /// `value.attr`; the name ends where the expression ends.
    Attribute {
        value: ExprId,
        attr: NameId,
        ctx: ExprContext,
    },
    /// `value[slice]`.
    Subscript {
        value: ExprId,
        slice: ExprId,
        ctx: ExprContext,
    },
    /// `*value`.
    Starred { value: ExprId, ctx: ExprContext },
    /// A name.
    Name { id: NameId, ctx: ExprContext },
    /// `[a, b]`.
    List { elts: List<Expr>, ctx: ExprContext },
    /// `a, b`.
    Tuple { elts: List<Expr>, ctx: ExprContext },
    /// `lower:upper:step`.
    Slice {
        lower: Option<ExprId>,
        upper: Option<ExprId>,
        step: Option<ExprId>,
    },
}

/// A statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stmt {
    /// What could not be read.
    Invalid,
    /// `def` and `async def`.
    FunctionDef(Id<FunctionDef>),
    /// `class`.
    ClassDef(Id<ClassDef>),
    /// `return value`.
    Return { value: Option<ExprId> },
    /// `del targets`.
    Delete { targets: List<Expr> },
    /// `target = target = value`.
    Assign { targets: List<Expr>, value: ExprId },
    /// `type name[type_params] = value`; `name` is a `Name` expression.
    TypeAlias {
        name: ExprId,
        type_params: List<TypeParam>,
        value: ExprId,
    },
    /// `target op= value`.
    AugAssign {
        target: ExprId,
        op: Operator,
        value: ExprId,
    },
    /// `target: annotation = value`; `simple` for a bare name without parentheses.
    AnnAssign {
        target: ExprId,
        annotation: ExprId,
        value: Option<ExprId>,
        simple: bool,
    },
    /// `for` and `async for`.
    For(Id<For>),
    /// `while test: body else: orelse`.
    While {
        test: ExprId,
        body: List<Stmt>,
        orelse: List<Stmt>,
    },
    /// `if test: body else: orelse`; an `elif` is an `If` alone in `orelse`.
    If {
        test: ExprId,
        body: List<Stmt>,
        orelse: List<Stmt>,
    },
    /// `with` and `async with`.
    With {
        items: List<WithItem>,
        body: List<Stmt>,
        is_async: bool,
    },
    /// `match subject: cases`.
    Match {
        subject: ExprId,
        cases: List<MatchCase>,
    },
    /// `raise exc from cause`.
    Raise {
        exc: Option<ExprId>,
        cause: Option<ExprId>,
    },
    /// `try` with `except`; `is_star` for `except*`.
    Try(Id<Try>),
    /// `assert test, msg`.
    Assert { test: ExprId, msg: Option<ExprId> },
    /// `import names`.
    Import { names: List<Alias> },
    /// `from module import names`; `level` counts the leading dots.
    ImportFrom {
        module: Option<NameId>,
        names: List<Alias>,
        level: u32,
    },
    /// `global names`.
    Global { names: List<Name> },
    /// `nonlocal names`.
    Nonlocal { names: List<Name> },
    /// An expression for its effect.
    Expr { value: ExprId },
    /// `pass`.
    Pass,
    /// `break`.
    Break,
    /// `continue`.
    Continue,
}

/// The parts of `def` and `async def`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FunctionDef {
    pub name: NameId,
    /// Where the name stands.
    pub name_range: TextRange,
    pub args: Id<Arguments>,
    pub body: List<Stmt>,
    pub decorator_list: List<Expr>,
    pub returns: Option<ExprId>,
    pub type_params: List<TypeParam>,
    pub is_async: bool,
}

/// The parts of `class`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClassDef {
    pub name: NameId,
    /// Where the name stands.
    pub name_range: TextRange,
    pub bases: List<Expr>,
    pub keywords: List<Keyword>,
    pub body: List<Stmt>,
    pub decorator_list: List<Expr>,
    pub type_params: List<TypeParam>,
}

/// The parts of `for` and `async for`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct For {
    pub target: ExprId,
    pub iter: ExprId,
    pub body: List<Stmt>,
    pub orelse: List<Stmt>,
    pub is_async: bool,
}

/// The parts of `try`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Try {
    pub body: List<Stmt>,
    pub handlers: List<ExceptHandler>,
    pub orelse: List<Stmt>,
    pub finalbody: List<Stmt>,
    /// `except*`.
    pub is_star: bool,
}

/// `except type as name: body`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExceptHandler {
    pub r#type: Option<ExprId>,
    pub name: Option<NameId>,
    pub body: List<Stmt>,
}

/// `for target in iter if ... if ...` of a comprehension.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comprehension {
    pub target: ExprId,
    pub iter: ExprId,
    pub ifs: List<Expr>,
    pub is_async: bool,
}

/// The parameters of a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arguments {
    pub posonlyargs: List<Arg>,
    pub args: List<Arg>,
    pub vararg: Option<Id<Arg>>,
    pub kwonlyargs: List<Arg>,
    /// One an item of `kwonlyargs`, absent where there is no default.
    pub kw_defaults: OptList<Expr>,
    pub kwarg: Option<Id<Arg>>,
    /// Of the last positional parameters.
    pub defaults: List<Expr>,
}

/// One parameter; its range begins with the name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arg {
    pub arg: NameId,
    pub annotation: Option<ExprId>,
}

/// `arg=value` or `**value` in a call or class; begins with the name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Keyword {
    pub arg: Option<NameId>,
    pub value: ExprId,
}

/// `name as asname` of an import; `name` may be dotted, or `*`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Alias {
    pub name: NameId,
    pub asname: Option<NameId>,
}

/// `context_expr as optional_vars` of a `with`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WithItem {
    pub context_expr: ExprId,
    pub optional_vars: Option<ExprId>,
}

/// `case pattern if guard: body`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MatchCase {
    pub pattern: PatternId,
    pub guard: Option<ExprId>,
    pub body: List<Stmt>,
}

/// A pattern of `case`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pattern {
    /// What could not be read.
    Invalid,
    /// A number, string or dotted name.
    MatchValue { value: ExprId },
    /// `None`, `True` or `False`.
    MatchSingleton { value: Singleton },
    /// `[a, *rest]`.
    MatchSequence { patterns: List<Pattern> },
    /// `{key: pattern, **rest}`.
    MatchMapping {
        keys: List<Expr>,
        patterns: List<Pattern>,
        rest: Option<NameId>,
    },
    /// `cls(patterns, kwd_attrs=kwd_patterns)`.
    MatchClass {
        cls: ExprId,
        patterns: List<Pattern>,
        kwd_attrs: List<Name>,
        kwd_patterns: List<Pattern>,
    },
    /// `*name`, or `*_` without a name.
    MatchStar { name: Option<NameId> },
    /// `pattern as name`, a capture without `pattern`, `_` without either.
    MatchAs {
        pattern: Option<PatternId>,
        name: Option<NameId>,
    },
    /// `a | b`.
    MatchOr { patterns: List<Pattern> },
}

/// A type parameter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TypeParam {
    /// `T: bound = default_value`.
    TypeVar {
        name: NameId,
        bound: Option<ExprId>,
        default_value: Option<ExprId>,
    },
    /// `**P = default_value`.
    ParamSpec {
        name: NameId,
        default_value: Option<ExprId>,
    },
    /// `*Ts = default_value`.
    TypeVarTuple {
        name: NameId,
        default_value: Option<ExprId>,
    },
}

/// The value of a literal, as the tree shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Constant<'t> {
    None,
    True,
    False,
    Ellipsis,
    /// Never negative: `-1` is a `UnaryOp`.
    Int(u64),
    /// What is above `u64::MAX`.
    BigInt(&'t BigUint),
    /// The bits of an `f64`, so that equality is identity.
    Float(u64),
    /// The bits of the imaginary part; the real part is zero.
    Complex(u64),
    /// Adjacent literals joined, escapes decoded.
    Str(Wtf8<'t>),
    /// Adjacent literals joined, escapes decoded.
    Bytes(&'t [u8]),
}

/// The constants that a `case` matches by identity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Singleton {
    None,
    True,
    False,
}

/// Whether an expression is read, bound or deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExprContext {
    Load,
    Store,
    Del,
}

/// `and`, `or`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BoolOp {
    And,
    Or,
}

/// A binary arithmetic or bitwise operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operator {
    Add,
    Sub,
    Mult,
    MatMult,
    Div,
    Mod,
    Pow,
    LShift,
    RShift,
    BitOr,
    BitXor,
    BitAnd,
    FloorDiv,
}

/// A unary operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnaryOp {
    Invert,
    Not,
    UAdd,
    USub,
}

/// A comparison operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum CmpOp {
    Eq,
    NotEq,
    Lt,
    LtE,
    Gt,
    GtE,
    Is,
    IsNot,
    In,
    NotIn,
}

impl CmpOp {
    pub(super) const ALL: [Self; 10] = [
        Self::Eq,
        Self::NotEq,
        Self::Lt,
        Self::LtE,
        Self::Gt,
        Self::GtE,
        Self::Is,
        Self::IsNot,
        Self::In,
        Self::NotIn,
    ];
}

/// What a replacement field applies before formatting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conversion {
    None,
    /// `!s`
    Str,
    /// `!r`
    Repr,
    /// `!a`
    Ascii,
}

/// A list whose items may be absent; same length as the list it goes with.
#[derive(PartialEq, Eq, Debug)]
pub struct OptList<T>(pub(super) List<T>);

impl<T> Clone for OptList<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for OptList<T> {}
impl<T> From<List<T>> for OptList<T> {
    fn from(list: List<T>) -> Self {
        Self(list)
    }
}
impl<T> Default for OptList<T> {
    fn default() -> Self {
        Self(List::default())
    }
}

/// The operators of a `Compare`, in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CmpOps(pub(super) List<Name>);

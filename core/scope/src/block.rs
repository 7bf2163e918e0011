//! Blocks: the pieces of a program that have names of their own.

use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::NameId;

use crate::symbol::{Scope, Sym, Symbol, SymbolMap, flags};

/// The id of a block in its segment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BlockId(pub(crate) u32);

impl BlockId {
    /// The segment's share of the module block.
    pub const ROOT: Self = Self(0);

    /// Dense from 0 within a segment.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What kind of code a block is (`_Py_block_ty`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BlockKind {
    /// A function, lambda or comprehension.
    Function,
    /// A class body.
    Class,
    /// A module.
    Module,
    /// The deferred annotations of a function, class or module (PEP 649).
    Annotation,
    /// The bound, constraints or default of a type parameter.
    TypeVariable,
    /// The value of a `type` statement.
    TypeAlias,
    /// The type parameters around a generic function, class or alias.
    TypeParameters,
}

impl BlockKind {
    /// As `symtable` prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Class => "class",
            Self::Module => "module",
            Self::Annotation => "annotation",
            Self::TypeVariable => "type variable",
            Self::TypeAlias => "type alias",
            Self::TypeParameters => "type parameters",
        }
    }

    /// Whether names are resolved as in a function (`_PyST_IsFunctionLike`).
    pub const fn is_function_like(self) -> bool {
        !matches!(self, Self::Class | Self::Module)
    }
}

/// Which comprehension a function block is, if one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum Comprehension {
    None,
    List,
    Dict,
    Set,
    Generator,
}

/// One symbol table entry (`PySTEntryObject`), with CPython's field names
/// where they differ only by the prefix `ste_`.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(clippy::struct_excessive_bools)]
pub struct Block {
    /// What kind of code it is.
    pub kind: BlockKind,
    /// The function's or class's name, or CPython's word: `top`, `lambda`, `genexpr`, ...
    pub name: Sym,
    /// The block around it; of the root, the root.
    pub parent: BlockId,
    /// The blocks in it, in CPython's order, those of inlined comprehensions spliced in.
    pub children: Vec<BlockId>,
    /// Where it is.
    pub range: TextRange,
    /// Which comprehension it is.
    pub comprehension: Comprehension,
    /// Below a function.
    pub nested: bool,
    /// Has `yield`, or is a generator expression.
    pub generator: bool,
    /// Is `async`, or an asynchronous comprehension.
    pub coroutine: bool,
    /// Has `*args`.
    pub varargs: bool,
    /// Has `**kwargs`.
    pub varkeywords: bool,
    /// Has `return value`.
    pub returns_value: bool,
    /// A method needs the class's `__class__` cell.
    pub needs_class_closure: bool,
    /// A scope within needs the class's `__classdict__` cell.
    pub needs_classdict: bool,
    /// A comprehension that is compiled into the block around it (PEP 709).
    pub comp_inlined: bool,
    /// An annotation or type scope right within a class.
    pub can_see_class_scope: bool,
    /// A class or module with annotations under `if`, `for`, `try`, ...
    pub has_conditional_annotations: bool,
    /// Of an annotation block: there is an annotation in it.
    pub annotations_used: bool,
    /// The first statement is a string.
    pub has_docstring: bool,
    /// A function right within a class.
    pub method: bool,
    /// Of a class, module or function: the block of its variables' annotations.
    pub annotation_block: Option<BlockId>,
    /// How many parameters there are.
    pub(crate) parameters: u32,
    /// The class whose private names are mangled here.
    pub private: Option<NameId>,
    /// Restricts mangling to the names of this set (`ste_mangled_names`).
    pub(crate) mangled_names: Option<u32>,
    /// `global`, `nonlocal` and `:=` by name, for errors found later.
    pub(crate) directives: Vec<(Sym, TextRange)>,
    pub(crate) symbols: SymbolMap,
    pub(crate) in_conditional_block: bool,
    pub(crate) in_unevaluated_annotation: bool,
    pub(crate) comp_iter_target: bool,
    pub(crate) comp_iter_expr: u32,
    /// For errors in a type variable's scope: "a TypeVar bound", ...
    pub(crate) scope_info: &'static str,
}

impl Block {
    /// The symbols in CPython's order.
    pub fn symbols(&self) -> &[Symbol] {
        self.symbols.items()
    }

    /// The parameters in the order of the frame, in which they became symbols.
    pub fn parameters(&self) -> impl Iterator<Item = Symbol> {
        let parameters = { self.symbols().iter() }.filter(|it| it.flags & flags::DEF_PARAM != 0);
        parameters.copied().take(self.parameters as usize)
    }

    /// What the block does with a name, if anything.
    pub fn get(&self, name: Sym) -> Option<Symbol> {
        self.symbols.get(name)
    }

    /// Where the name's value lives, if the block knows the name (`_PyST_GetScope`).
    pub fn scope(&self, name: Sym) -> Option<Scope> {
        self.get(name).and_then(|symbol| symbol.scope)
    }

    /// The name's bits, 0 if the block does not know it.
    pub fn flags(&self, name: Sym) -> u16 {
        self.symbols.flags(name)
    }
}

//! The register code that CPython's bytecode is translated into.
//!
//! Operands are frame slots: fast locals first, then the stack's places at their
//! static depth. A slot that is not live holds no object, so writing any slot
//! releases what was there and nothing needs to know which slots are live.
#![forbid(unsafe_code)]

/// An instruction; inline caches are its own fields and an [`Op::Ext`] word behind it.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Insn {
    pub(crate) op: Op,
    pub(crate) a: u16,
    pub(crate) b: u16,
    pub(crate) c: u16,
    pub(crate) d: u32,
    pub(crate) e: u32,
}

/// Operand `b` is a stack slot and is released.
pub(crate) const TAKE_B: u32 = 1;
/// Operand `c` likewise.
pub(crate) const TAKE_C: u32 = 2;
/// Operand `a`, where it is an input.
pub(crate) const TAKE_A: u32 = 4;

/// What an instruction does. In comments: `x[i]` is slot `i`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub(crate) enum Op {
    /// Cache word of the instruction before.
    Ext,
    /// Count a step.
    Resume,
    /// `x[a] = x[b]`, counted.
    Copy,
    /// `x[a] = take x[b]`
    Move,
    /// `x[a] = consts[d]`
    LoadConst,
    /// `x[a] = d as i32`
    LoadInt,
    /// `x[a] = NULL`
    Clear,
    /// Exchange `x[a]` and `x[b]`.
    Swap,
    /// Release `x[a]`.
    Drop,
    /// Error if `x[b]` is NULL (unbound local); else `x[a] = x[b]`, counted.
    CopyCheck,
    /// Delete local `a`, error if unbound.
    DeleteFast,
    Add,
    Sub,
    Mul,
    /// `x[a] = x[b] + (c as i16)`
    AddInt,
    SubInt,
    /// Any binary operator: `d` is CPython's number.
    Binary,
    /// `x[a] = x[b][x[c]]`
    Subscript,
    /// `x[b][x[c]] = x[a]`
    StoreSubscript,
    /// `x[a] = x[b] <d> x[c]`; bit 8 of `d`: as a bool.
    Compare,
    /// Jump by `d` unless `x[b] <a> x[c]` is as bit 3 of `a` says.
    JumpCompare,
    /// The same with the int `c`.
    JumpCompareInt,
    /// Jump by `d` if the truth of `x[b]` is `a`.
    JumpTruth,
    /// Jump by `d` if `x[b] is None` is `a`.
    JumpNone,
    /// Jump by `d` if `x[b] is x[c]` is `a`.
    JumpIs,
    Jump,
    /// Jump backwards, counting a step.
    JumpBack,
    /// `x[a] = bool(x[b])`
    ToBool,
    /// `x[a] = not x[b]`
    Not,
    /// `x[a] = x[b] is x[c]`, inverted if `d`.
    Is,
    /// `x[a] = global b`; `c`: then NULL in the next slot.
    LoadGlobal,
    /// From the module's namespace at `e`, while its keys have version `d`.
    LoadGlobalModule,
    /// From builtins; their version and index are in the next word.
    LoadGlobalBuiltin,
    /// `x[a] = x[b].name`; `c`: take flags. Next word: `a` is the name.
    LoadAttr,
    /// From byte `e` of an object of layout `d`.
    LoadAttrSlot,
    /// The class attribute in the next word, for objects of layout `d`.
    LoadAttrClass,
    /// `x[a], x[a+1] = x[b].name, NULL or method, x[b]`
    LoadMethod,
    /// The method in the next word, for objects of layout `d`.
    LoadMethodClass,
    /// `x[b].name = x[a]`; `c`: take flags. Next word: `a` is the name.
    StoreAttr,
    StoreAttrSlot,
    /// Adds an attribute: layout becomes that in the next word's `d`.
    StoreAttrAdd,
    /// `x[a] = cell b`'s contents.
    LoadDeref,
    StoreDeref,
    /// `x[a] = x[b](...)` with `c` arguments from `x[b+2]`, `x[b+1]` first if not NULL.
    Call,
    /// The same with names `x[b+2+c]`.
    CallKw,
    /// Return `x[b]`.
    Return,
    /// `x[a] = iter(x[b])`
    GetIter,
    /// `x[a] = next(x[b])`, or jump by `d`.
    ForIter,
    /// `x[a] = [x[b], ...]`, `c` items
    BuildList,
    BuildTuple,
    ListAppend,
    /// Unpack `x[b]` into `c` slots, the first item into the highest, `x[a + c - 1]`.
    Unpack,
    /// Yield `x[b]`, receive `x[a]`.
    Yield,
    /// Send `x[b+1]` to `x[b]`; jump by `d` with the result in `x[b+1]`, or yield through.
    Send,
    /// Make a generator of this frame and return it.
    ReturnGenerator,
    /// Raise; `a` arguments from `x[b]`.
    Raise,
    /// Raise again what is in `x[b]`.
    Reraise,
    /// Everything else: CPython opcode `c` with argument `d` on the stack from slot `a`.
    Stack,
}

impl Insn {
    pub(crate) const fn new(op: Op, a: u16, b: u16, c: u16, d: u32, e: u32) -> Self {
        Self { op, a, b, c, d, e }
    }
}

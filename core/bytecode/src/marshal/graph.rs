//! Which values of a code object CPython would hold as one object, and how many
//! hold it: what its marshal flags and refers to (`w_ref` of `Python/marshal.c`).
//!
//! CPython writes a value that more than one object refers to, or an interned
//! string, with `FLAG_REF`, and a reference the next time. Who refers to what
//! after compiling follows from three rules of the compiler:
//!
//! - equal constants of a whole compilation are one object (the compiler's
//!   `const_cache`), and so are equal tuples of names, location and exception tables;
//!   but the parts of a slice and `co_localspluskinds` are each their own;
//! - names and strings of name characters are interned;
//! - small integers, the empty string, bytes and tuple, single Latin-1 characters and
//!   single bytes exist once for ever and count as shared.
//!
//! What the rules do not cover is in `docs/bytecode.md`.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use num_bigint::BigInt;
use num_traits::ToPrimitive;
use rustc_hash::{FxHashMap, FxHashSet};
use vitrine_syntax::hash;
use vitrine_syntax::index::Index;

use crate::code::{CodeFlags, CodeObject, Const};
use crate::names::Names;
use crate::opcode::Opcode;

/// The index of a value in [`Graph::nodes`].
pub(super) type NodeId = u32;

/// The integers that exist once for ever (`_PY_NSMALLNEGINTS`, `_PY_NSMALLPOSINTS`).
const SMALL_INTS: std::ops::RangeInclusive<i64> = -5..=256;

/// A value as CPython holds it.
pub(super) struct Node<'a> {
    pub(super) kind: Kind<'a>,
    /// Objects that refer to it.
    holders: u32,
    /// Flagged however many hold it: it is interned, or exists for ever.
    always_flagged: bool,
}

impl Node<'_> {
    /// Whether `w_ref` flags it, so that the next one is a reference.
    pub(super) fn is_flagged(&self) -> bool {
        self.always_flagged || self.holders > 1
    }
}

/// What a value is; what it contains, by index.
pub(super) enum Kind<'a> {
    None,
    Bool(bool),
    Ellipsis,
    Int(&'a BigInt),
    Float(f64),
    Complex(f64, f64),
    Str {
        text: &'a [u8],
        interned: bool,
    },
    Bytes(&'a [u8]),
    Tuple(Items),
    FrozenSet(Box<[NodeId]>),
    Slice([NodeId; 3]),
    /// The position of its objects in the graph.
    Code(u32),
}

/// Where the items of a tuple stand among those of all.
#[derive(Clone, Copy)]
pub(super) struct Items {
    start: u32,
    end: u32,
}

/// The objects of a code object, in the order they are written.
pub(super) struct CodeNode<'a> {
    pub(super) code: &'a CodeObject,
    /// `code`, `consts`, `names`, `localsplusnames`, `localspluskinds`, `filename`,
    /// `name`, `qualname`.
    pub(super) before_line: [NodeId; 8],
    /// `linetable`, `exceptiontable`.
    pub(super) after_line: [NodeId; 2],
}

/// What makes two values one (`_PyCode_ConstantKey`), of kinds that have no table of their own.
#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Int(&'a BigInt),
    Float(u64),
    Complex(u64, u64),
    /// The items sorted.
    FrozenSet(Box<[NodeId]>),
    Slice(&'a [Const; 3]),
    Code(*const CodeObject),
}

/// A text, and the strings that have it.
struct Text<'a> {
    text: &'a [u8],
    /// The one that is not interned, and the one that is.
    strings: [Option<NodeId>; 2],
    /// Which of the two stands for it among the constants.
    constant: Option<NodeId>,
}

/// Values of one kind, found by their hashes.
#[derive(Default)]
struct Table {
    index: Index,
    nodes: Vec<NodeId>,
}

impl Table {
    fn find(&self, hash: u32, same: impl Fn(NodeId) -> bool) -> Option<NodeId> {
        let at = self.index.find(hash, |at| same(self.nodes[at]))?;
        Some(self.nodes[at as usize])
    }

    fn push(&mut self, hash: u32, id: NodeId) {
        self.index.push(hash);
        self.nodes.push(id);
    }
}

/// All values of a code object.
#[derive(Default)]
pub(super) struct Graph<'a> {
    nodes: Vec<Node<'a>>,
    /// The items of all tuples.
    items: Vec<NodeId>,
    /// Those of tuples that are being collected, one on top of the other.
    collected: Vec<NodeId>,
    codes: Vec<CodeNode<'a>>,
    known: FxHashMap<Key<'a>, NodeId>,
    texts: Vec<Text<'a>>,
    text_index: Index,
    tuples: Table,
    bytes: Table,
    /// None, False, True and the ellipsis.
    singletons: [Option<NodeId>; 4],
    root: Option<&'a CodeObject>,
    /// All names of the code, once they are asked for.
    identifiers: Option<FxHashSet<&'a [u8]>>,
}

impl<'a> Graph<'a> {
    /// The values of a code object that its caller holds too.
    pub(super) fn of_code(code: &'a CodeObject) -> (Self, NodeId) {
        let mut graph = Self {
            root: Some(code),
            ..Self::default()
        };
        let root = graph.code(code);
        graph.nodes[root as usize].always_flagged = true;
        (graph, root)
    }

    /// The values of a constant that nothing else holds.
    pub(super) fn of_const(value: &'a Const) -> (Self, NodeId) {
        let mut graph = Self::default();
        let root = graph.constant(value);
        graph.hold(root);
        (graph, root)
    }

    pub(super) fn node(&self, id: NodeId) -> &Node<'a> {
        &self.nodes[id as usize]
    }

    pub(super) fn items(&self, of: Items) -> &[NodeId] {
        &self.items[of.start as usize..of.end as usize]
    }

    pub(super) fn code_node(&self, at: u32) -> &CodeNode<'a> {
        &self.codes[at as usize]
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// One more object refers to a value.
    fn hold(&mut self, id: NodeId) -> NodeId {
        self.nodes[id as usize].holders += 1;
        id
    }

    /// An object that is no other's equal.
    fn fresh(&mut self, kind: Kind<'a>, always_flagged: bool) -> NodeId {
        self.nodes.push(Node {
            kind,
            holders: 0,
            always_flagged,
        });
        (self.nodes.len() - 1) as NodeId
    }

    /// The one object with this value.
    fn shared(&mut self, key: Key<'a>, kind: Kind<'a>, always_flagged: bool) -> NodeId {
        let Self { known, nodes, .. } = self;
        match known.entry(key) {
            Entry::Occupied(found) => *found.get(),
            Entry::Vacant(place) => {
                nodes.push(Node {
                    kind,
                    holders: 0,
                    always_flagged,
                });
                *place.insert((nodes.len() - 1) as NodeId)
            }
        }
    }

    fn singleton(&mut self, which: usize, kind: Kind<'a>) -> NodeId {
        if let Some(id) = self.singletons[which] {
            return id;
        }
        let id = self.fresh(kind, true);
        self.singletons[which] = Some(id);
        id
    }

    fn constant(&mut self, value: &'a Const) -> NodeId {
        match value {
            Const::None => self.singleton(0, Kind::None),
            Const::Bool(value) => self.singleton(1 + usize::from(*value), Kind::Bool(*value)),
            Const::Ellipsis => self.singleton(3, Kind::Ellipsis),
            Const::Int(value) => self.shared(Key::Int(value), Kind::Int(value), is_small(value)),
            // Not a number equals nothing.
            Const::Float(value) if value.is_nan() => self.fresh(Kind::Float(*value), false),
            Const::Float(value) => {
                self.shared(Key::Float(value.to_bits()), Kind::Float(*value), false)
            }
            Const::Complex(re, im) if re.is_nan() || im.is_nan() => {
                self.fresh(Kind::Complex(*re, *im), false)
            }
            Const::Complex(re, im) => {
                let key = Key::Complex(re.to_bits(), im.to_bits());
                self.shared(key, Kind::Complex(*re, *im), false)
            }
            Const::Str(text) => self.constant_text(text.as_bytes()),
            Const::Bytes(bytes) => self.bytes(bytes),
            Const::Tuple(items) => self.tuple_of_constants(items),
            Const::FrozenSet(items) => {
                let items: Box<[NodeId]> = items.iter().map(|item| self.constant(item)).collect();
                let mut sorted = items.clone();
                sorted.sort_unstable();
                let key = Key::FrozenSet(sorted);
                if let Some(&id) = self.known.get(&key) {
                    return id;
                }
                self.hold_all(&items);
                if self.is_made_anew(&items) {
                    return self.fresh(Kind::FrozenSet(items), false);
                }
                self.shared(key, Kind::FrozenSet(items), false)
            }
            Const::Slice(parts) => {
                if let Some(&id) = self.known.get(&Key::Slice(parts)) {
                    return id;
                }
                let parts_ids = [0, 1, 2].map(|at| self.slice_part(&parts[at]));
                self.hold_all(&parts_ids);
                self.shared(Key::Slice(parts), Kind::Slice(parts_ids), false)
            }
            Const::Code(code) => {
                let key = Key::Code(Arc::as_ptr(code));
                if let Some(&id) = self.known.get(&key) {
                    return id;
                }
                let id = self.code(code);
                self.known.insert(key, id);
                id
            }
        }
    }

    /// Whether a set with these items is replaced by a copy in each code object that has it
    /// (`intern_constants`): so it is if one of its strings is already interned as another
    /// object, which the names of the file are.
    fn is_made_anew(&mut self, items: &[NodeId]) -> bool {
        let root = self.root;
        let identifiers = self.identifiers.get_or_insert_with(|| {
            let mut found = FxHashSet::default();
            if let Some(code) = root {
                identifiers(code, &mut found);
            }
            found
        });
        items
            .iter()
            .any(|&item| match self.nodes[item as usize].kind {
                Kind::Str { text, .. } => !exists_once(text) && identifiers.contains(text),
                _ => false,
            })
    }

    /// A part of a slice comes straight from the tree: no other constant is the
    /// same object, unless it exists once for ever.
    fn slice_part(&mut self, value: &'a Const) -> NodeId {
        match value {
            Const::Int(value) if !is_small(value) => self.fresh(Kind::Int(value), false),
            Const::Float(value) => self.fresh(Kind::Float(*value), false),
            Const::Complex(re, im) => self.fresh(Kind::Complex(*re, *im), false),
            Const::Str(text) if !exists_once(text.as_bytes()) => {
                let text = text.as_bytes();
                self.fresh(
                    Kind::Str {
                        text,
                        interned: false,
                    },
                    false,
                )
            }
            Const::Bytes(bytes) if bytes.len() > 1 => self.fresh(Kind::Bytes(bytes), false),
            other => self.constant(other),
        }
    }

    fn hold_all(&mut self, items: &[NodeId]) {
        for &item in items {
            self.hold(item);
        }
    }

    fn tuple_of_constants(&mut self, values: &'a [Const]) -> NodeId {
        let mark = self.collected.len();
        for value in values {
            let item = self.constant(value);
            self.collected.push(item);
        }
        self.tuple(mark)
    }

    /// The tuple of what was collected from `mark` on.
    fn tuple(&mut self, mark: usize) -> NodeId {
        let new = &self.collected[mark..];
        let is_nan = |&item: &NodeId| matches!(self.node(item).kind, Kind::Float(v) if v.is_nan());
        if new.iter().any(is_nan) {
            return self.fresh_tuple(mark, false);
        }
        let hash = hash_of_ids(new);
        let same =
            |id| matches!(self.node(id).kind, Kind::Tuple(known) if self.items(known) == new);
        if let Some(id) = self.tuples.find(hash, same) {
            self.collected.truncate(mark);
            return id;
        }
        let id = self.fresh_tuple(mark, new.is_empty());
        self.tuples.push(hash, id);
        id
    }

    /// The same, no other's equal.
    fn fresh_tuple(&mut self, mark: usize, always_flagged: bool) -> NodeId {
        let start = self.items.len() as u32;
        for item in self.collected.drain(mark..) {
            self.nodes[item as usize].holders += 1;
            self.items.push(item);
        }
        let end = self.items.len() as u32;
        self.fresh(Kind::Tuple(Items { start, end }), always_flagged)
    }

    /// Where a text stands in `texts`.
    fn text_at(&mut self, text: &'a [u8]) -> usize {
        let hash = hash::of_bytes(text) as u32;
        let texts = &self.texts;
        if let Some(at) = self.text_index.find(hash, |at| texts[at].text == text) {
            return at as usize;
        }
        self.texts.push(Text {
            text,
            strings: [None; 2],
            constant: None,
        });
        self.text_index.push(hash) as usize
    }

    fn text(&mut self, text: &'a [u8], interned: bool) -> NodeId {
        let at = self.text_at(text);
        self.string(at, interned)
    }

    fn string(&mut self, at: usize, interned: bool) -> NodeId {
        if let Some(id) = self.texts[at].strings[usize::from(interned)] {
            return id;
        }
        let text = self.texts[at].text;
        let id = self.fresh(Kind::Str { text, interned }, interned);
        self.texts[at].strings[usize::from(interned)] = Some(id);
        id
    }

    /// The first object with the text stays: a later equal one is replaced by it.
    fn constant_text(&mut self, text: &'a [u8]) -> NodeId {
        let at = self.text_at(text);
        match self.texts[at].constant {
            Some(id) => id,
            None => {
                let id = self.string(at, is_interned_constant(text));
                self.texts[at].constant = Some(id);
                id
            }
        }
    }

    fn bytes(&mut self, bytes: &'a [u8]) -> NodeId {
        let hash = hash::of_bytes(bytes) as u32;
        let nodes = &self.nodes;
        let same = |id| matches!(nodes[id as usize].kind, Kind::Bytes(known) if known == bytes);
        if let Some(id) = self.bytes.find(hash, same) {
            return id;
        }
        let id = self.fresh(Kind::Bytes(bytes), bytes.len() <= 1);
        self.bytes.push(hash, id);
        id
    }

    /// Collects names; where they begin.
    fn collect_names(&mut self, names: &'a Names) -> usize {
        let mark = self.collected.len();
        for name in names.iter() {
            let item = self.text(name.as_bytes(), true);
            self.collected.push(item);
        }
        mark
    }

    fn names(&mut self, names: &'a Names) -> NodeId {
        let mark = self.collect_names(names);
        self.tuple(mark)
    }

    fn local_names(&mut self, code: &'a CodeObject) -> NodeId {
        let mark = self.collect_names(&code.localsplusnames);
        if is_annotate_function(code) {
            self.fresh_tuple(mark, false)
        } else {
            self.tuple(mark)
        }
    }

    /// Constants that are the very strings of names, and interned like them.
    fn identifiers_among_constants(&mut self, code: &'a CodeObject) {
        let is_class = code.flags & CodeFlags::OPTIMIZED == 0 && &*code.qualname != "<module>";
        // A class stores its qualified name. If the same string was interned before, that
        // one becomes `co_qualname`, and the constant stays as it is.
        if is_class {
            let at = self.text_at(code.qualname.as_bytes());
            if self.texts[at].strings[1].is_none() {
                self.identifier_constant(at);
            }
        }
        for (index, constant) in code.consts.iter().enumerate() {
            match constant {
                Const::Tuple(items)
                    if items.iter().any(is_unusual)
                        && is_tuple_of_identifiers(&code.code, index) =>
                {
                    for item in items {
                        if let Const::Str(text) = item {
                            let at = self.text_at(text.as_bytes());
                            self.identifier_constant(at);
                        }
                    }
                }
                // The name of a class is passed to what makes it.
                Const::Code(class) if !class.name.is_ascii() => {
                    let at = self.text_at(class.name.as_bytes());
                    self.identifier_constant(at);
                }
                _ => {}
            }
        }
    }

    fn identifier_constant(&mut self, at: usize) {
        if self.texts[at].constant.is_none() {
            self.texts[at].constant = Some(self.string(at, true));
        }
    }

    fn code(&mut self, code: &'a CodeObject) -> NodeId {
        self.identifiers_among_constants(code);
        let consts = self.tuple_of_constants(&code.consts);
        let before_line = [
            // `co_code` is made when asked for and kept: the code object holds it twice.
            self.fresh(Kind::Bytes(&code.code), true),
            consts,
            self.names(&code.names),
            self.local_names(code),
            match &*code.localspluskinds {
                [] => self.bytes(&[]),
                kinds => self.fresh(Kind::Bytes(kinds), false),
            },
            self.text(code.filename.as_bytes(), true),
            self.text(code.name.as_bytes(), true),
            self.text(code.qualname.as_bytes(), true),
        ];
        let after_line = [
            self.bytes(&code.linetable),
            self.bytes(&code.exceptiontable),
        ];
        self.hold_all(&before_line);
        self.hold_all(&after_line);
        let node = CodeNode {
            code,
            before_line,
            after_line,
        };
        self.codes.push(node);
        self.fresh(Kind::Code(self.codes.len() as u32 - 1), false)
    }
}

fn hash_of_ids(ids: &[NodeId]) -> u32 {
    let mix = |hash: u32, id: &NodeId| (hash.rotate_left(5) ^ id).wrapping_mul(0x9E37_79B9);
    let hash = ids.iter().fold(ids.len() as u32, mix);
    hash ^ hash >> 16
}

/// The names in a code object and those nested in it.
fn identifiers<'a>(code: &'a CodeObject, found: &mut FxHashSet<&'a [u8]>) {
    let names = code.names.iter().chain(code.localsplusnames.iter());
    found.extend(names.chain([&*code.name]).map(str::as_bytes));
    for constant in &code.consts {
        if let Const::Code(nested) = constant {
            identifiers(nested, found);
        }
    }
}

/// Whether it is a string that would be interned as a name, but not as a constant.
fn is_unusual(value: &Const) -> bool {
    matches!(value, Const::Str(text) if !text.as_bytes().is_ascii())
}

/// Whether a constant holds the names of keyword arguments, imported names or the
/// attributes of a class pattern: it is loaded just before the instruction that wants them.
fn is_tuple_of_identifiers(code: &[u8], index: usize) -> bool {
    const WANT_NAMES: [Opcode; 3] = [Opcode::CALL_KW, Opcode::IMPORT_NAME, Opcode::MATCH_CLASS];
    let mut loaded = None;
    let mut arg = 0;
    for unit in code.chunks_exact(2) {
        arg = arg << 8 | usize::from(unit[1]);
        match Opcode::from_number(unit[0].into()) {
            Some(Opcode::EXTENDED_ARG) => continue,
            Some(Opcode::LOAD_CONST) => loaded = Some(arg),
            Some(opcode) if loaded == Some(index) && WANT_NAMES.contains(&opcode) => return true,
            _ => loaded = None,
        }
        arg = 0;
    }
    false
}

/// Whether it is the function that computes annotations: its parameter is renamed from
/// `.format` when all is done, in a tuple of its own.
fn is_annotate_function(code: &CodeObject) -> bool {
    &*code.name == "__annotate__"
        && code.posonlyargcount == 1
        && code.localsplusnames.first() == Some("format")
}

fn is_small(value: &BigInt) -> bool {
    value
        .to_i64()
        .is_some_and(|value| SMALL_INTS.contains(&value))
}

/// Whether a string is empty or one Latin-1 character: those exist once for ever.
fn exists_once(text: &[u8]) -> bool {
    match text {
        [] => true,
        [byte] => byte.is_ascii(),
        [0xC2 | 0xC3, _] => true,
        _ => false,
    }
}

/// Whether a constant is interned: it could be a name, or exists once for ever.
fn is_interned_constant(text: &[u8]) -> bool {
    text.iter()
        .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        || exists_once(text)
}

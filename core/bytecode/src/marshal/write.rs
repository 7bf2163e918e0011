//! Code objects to bytes (`w_object` of `Python/marshal.c`).
//!
//! The bytes are CPython's own, reference flags and all, as far as they follow
//! from the code (see [`super::graph`]).

use num_bigint::{BigInt, Sign};

use super::graph::{CodeNode, Graph, Kind, NodeId};
use super::kind;
use crate::code::{CodeObject, Const};

/// A code object as `marshal.dumps` would give it.
pub fn dump_code(code: &CodeObject) -> Vec<u8> {
    dump_code_behind(&[], code)
}

/// The same behind other bytes.
pub(super) fn dump_code_behind(header: &[u8], code: &CodeObject) -> Vec<u8> {
    let (graph, root) = Graph::of_code(code);
    dump(&graph, root, header)
}

/// A constant as `marshal.dumps` would give it.
pub fn dump_const(value: &Const) -> Vec<u8> {
    let (graph, root) = Graph::of_const(value);
    dump(&graph, root, &[])
}

fn dump(graph: &Graph<'_>, root: NodeId, header: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new(graph);
    writer.bytes.reserve(header.len() + graph.len() * 32);
    writer.bytes.extend_from_slice(header);
    writer.object(root);
    writer.bytes
}

struct Writer<'a> {
    graph: &'a Graph<'a>,
    bytes: Vec<u8>,
    /// By value: its reference number, if it was written with a flag.
    numbers: Vec<Option<u32>>,
    /// What has a reference number, in their order.
    numbered: Vec<NodeId>,
    /// What writes the items of sets to sort them.
    sorter: Option<Box<Self>>,
}

impl<'a> Writer<'a> {
    fn new(graph: &'a Graph<'a>) -> Self {
        Self {
            graph,
            bytes: Vec::new(),
            numbers: vec![None; graph.len()],
            numbered: Vec::new(),
            sorter: None,
        }
    }

    fn i32(&mut self, value: usize) {
        // What exceeds an int is no code object CPython could make either.
        let value = i32::try_from(value).unwrap_or(i32::MAX);
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    fn object(&mut self, id: NodeId) {
        self.object_flagged(id, self.graph.node(id).is_flagged());
    }

    /// Writes a value, or a reference to where it was written.
    fn object_flagged(&mut self, id: NodeId, flagged: bool) {
        let node = self.graph.node(id);
        match node.kind {
            // Too common to be worth a reference.
            Kind::None => return self.bytes.push(kind::NONE),
            Kind::Bool(false) => return self.bytes.push(kind::FALSE),
            Kind::Bool(true) => return self.bytes.push(kind::TRUE),
            Kind::Ellipsis => return self.bytes.push(kind::ELLIPSIS),
            _ => {}
        }
        if !flagged {
            return self.contents(&node.kind, 0);
        }
        if let Some(number) = self.numbers[id as usize] {
            self.bytes.push(kind::REF);
            return self.i32(number as usize);
        }
        self.numbers[id as usize] = Some(self.numbered.len() as u32);
        self.numbered.push(id);
        self.contents(&node.kind, kind::FLAG_REF);
    }

    /// Writes a value, its type byte with `flag`.
    fn contents(&mut self, contents: &Kind<'_>, flag: u8) {
        match contents {
            Kind::None | Kind::Bool(_) | Kind::Ellipsis => {}
            Kind::Int(value) => self.int(value, flag),
            Kind::Float(value) => {
                self.bytes.push(kind::BINARY_FLOAT | flag);
                self.bytes.extend_from_slice(&value.to_le_bytes());
            }
            Kind::Complex(real, imag) => {
                self.bytes.push(kind::BINARY_COMPLEX | flag);
                self.bytes.extend_from_slice(&real.to_le_bytes());
                self.bytes.extend_from_slice(&imag.to_le_bytes());
            }
            Kind::Str { text, interned } => self.text(text, *interned, flag),
            Kind::Bytes(bytes) => {
                self.bytes.push(kind::STRING | flag);
                self.i32(bytes.len());
                self.bytes.extend_from_slice(bytes);
            }
            Kind::Tuple(items) => {
                let items = self.graph.items(*items);
                match u8::try_from(items.len()) {
                    Ok(short) => self
                        .bytes
                        .extend_from_slice(&[kind::SMALL_TUPLE | flag, short]),
                    Err(_) => {
                        self.bytes.push(kind::TUPLE | flag);
                        self.i32(items.len());
                    }
                }
                self.objects(items);
            }
            Kind::FrozenSet(items) => {
                self.bytes.push(kind::FROZENSET | flag);
                self.i32(items.len());
                for item in self.sorted(items) {
                    // The set and the list it is sorted in both hold it.
                    self.object_flagged(item, true);
                }
            }
            Kind::Slice(parts) => {
                self.bytes.push(kind::SLICE | flag);
                self.objects(parts);
            }
            Kind::Code(code) => self.code(self.graph.code_node(*code), flag),
        }
    }

    fn objects(&mut self, items: &[NodeId]) {
        for &item in items {
            self.object(item);
        }
    }

    /// The items of a set by their bytes, so that the order is always the same.
    fn sorted(&mut self, items: &[NodeId]) -> Vec<NodeId> {
        let graph = self.graph;
        let sorter = self
            .sorter
            .get_or_insert_with(|| Box::new(Self::new(graph)));
        let alone = |&id: &NodeId| {
            sorter.object_flagged(id, true);
            for numbered in sorter.numbered.drain(..) {
                sorter.numbers[numbered as usize] = None;
            }
            (std::mem::take(&mut sorter.bytes), id)
        };
        let mut items: Vec<_> = items.iter().map(alone).collect();
        items.sort_unstable();
        items.into_iter().map(|(_, id)| id).collect()
    }

    fn int(&mut self, value: &BigInt, flag: u8) {
        if let Ok(small) = i32::try_from(value) {
            self.bytes.push(kind::INT | flag);
            self.bytes.extend_from_slice(&small.to_le_bytes());
            return;
        }
        let (sign, digits) = value.to_radix_le(1 << 8);
        let mut out = Vec::with_capacity(digits.len() / 2 + 2);
        let (mut pending, mut pending_bits) = (0_u32, 0);
        for byte in digits {
            pending |= u32::from(byte) << pending_bits;
            pending_bits += 8;
            if pending_bits >= 15 {
                out.push((pending & 0x7FFF) as u16);
                pending >>= 15;
                pending_bits -= 15;
            }
        }
        if pending != 0 {
            out.push(pending as u16);
        }
        while out.last() == Some(&0) {
            out.pop();
        }
        self.bytes.push(kind::LONG | flag);
        let len = i32::try_from(out.len()).unwrap_or(i32::MAX);
        let len = if sign == Sign::Minus { -len } else { len };
        self.bytes.extend_from_slice(&len.to_le_bytes());
        for digit in out {
            self.bytes.extend_from_slice(&digit.to_le_bytes());
        }
    }

    fn text(&mut self, text: &[u8], interned: bool, flag: u8) {
        let kind = match (text.is_ascii(), text.len() < 256, interned) {
            (true, true, true) => kind::SHORT_ASCII_INTERNED,
            (true, true, false) => kind::SHORT_ASCII,
            (true, false, true) => kind::ASCII_INTERNED,
            (true, false, false) => kind::ASCII,
            (false, _, true) => kind::INTERNED,
            (false, _, false) => kind::UNICODE,
        };
        self.bytes.push(kind | flag);
        if matches!(kind, kind::SHORT_ASCII | kind::SHORT_ASCII_INTERNED) {
            self.bytes.push(text.len() as u8);
        } else {
            self.i32(text.len());
        }
        self.bytes.extend_from_slice(text);
    }

    fn code(&mut self, node: &CodeNode<'_>, flag: u8) {
        let code = node.code;
        self.bytes.push(kind::CODE | flag);
        for count in [
            code.argcount,
            code.posonlyargcount,
            code.kwonlyargcount,
            code.stacksize,
        ] {
            self.i32(count as usize);
        }
        self.bytes.extend_from_slice(&code.flags.to_le_bytes());
        self.objects(&node.before_line);
        self.i32(code.firstlineno as usize);
        self.objects(&node.after_line);
    }
}

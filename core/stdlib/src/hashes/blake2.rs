//! `_blake2`: BLAKE2b and BLAKE2s with keys, salts, persons and trees.

use num_bigint::BigInt;
use num_traits::ToPrimitive as _;
use vitrine_vm::object::{Args, Guarded, Ref, Signature, Slots, Ty, TypeDef};
use vitrine_vm::{PyResult, Vm};

use super::{GETSET, Hash, METHODS, State, feed, initial};
use crate::native::{Params, add, integer, params};

/// How the two differ.
struct Kind {
    name: &'static str,
    block_size: usize,
    most: usize,
    salt: usize,
    /// The greatest `node_offset`.
    offset: u64,
}

const BLAKE2B: Kind = Kind {
    name: "blake2b",
    block_size: 128,
    most: 64,
    salt: 16,
    offset: u64::MAX,
};
const BLAKE2S: Kind = Kind {
    name: "blake2s",
    block_size: 64,
    most: 32,
    salt: 8,
    offset: (1 << 48) - 1,
};

const fn class(name: &'static str, new: fn(&mut Vm, Ty, Args<'_>) -> PyResult) -> TypeDef {
    TypeDef {
        name,
        module: "_blake2",
        doc: "Return a new BLAKE2 hash object.",
        slots: Slots {
            new: Some(new),
            ..Slots::EMPTY
        },
        methods: METHODS,
        getset: GETSET,
        ..TypeDef::EMPTY
    }
}

static B: TypeDef = class("blake2b", |vm, ty, args| new(vm, ty, args, &BLAKE2B));
static S: TypeDef = class("blake2s", |vm, ty, args| new(vm, ty, args, &BLAKE2S));

pub(super) fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    for (def, kind, prefix) in [(&B, &BLAKE2B, "BLAKE2B"), (&S, &BLAKE2S, "BLAKE2S")] {
        let ty = vm.new_type(None, def);
        add(vm, module, kind.name, ty.to_ref());
        for (name, size) in [
            ("SALT_SIZE", kind.salt),
            ("PERSON_SIZE", kind.salt),
            ("MAX_KEY_SIZE", kind.most),
            ("MAX_DIGEST_SIZE", kind.most),
        ] {
            let size = vm.new_usize(size);
            let key = vm.intern(name);
            ty.namespace().set_str(vm, &key, size.clone());
            add(vm, module, &format!("{prefix}_{name}"), size);
        }
    }
    Ok(())
}

fn new(vm: &mut Vm, ty: Ty, args: Args<'_>, kind: &'static Kind) -> PyResult {
    static PARAMS: Params = params(|| {
        Signature::parse(
            "(data=b'', /, *, digest_size=64, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True, string=None)",
        )
    });
    let given = PARAMS.bind(vm, kind.name, args)?;
    let most = kind.most as u64;
    let digest_size = number(vm, &given[1], most)?;
    if digest_size == 0 || digest_size > most {
        let name = kind.name;
        return Err(vm.value_error(format!(
            "digest_size for {name} must be between 1 and {most} bytes, here it is {digest_size}"
        )));
    }
    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    for (part, (index, what, limit)) in parts.iter_mut().zip([
        (2, "key", kind.most),
        (3, "salt", kind.salt),
        (4, "person", kind.salt),
    ]) {
        if let Some(given) = &given[index] {
            *part = vm.need_bytes(given)?;
        }
        if part.len() > limit {
            return Err(vm.value_error(format!("maximum {what} length is {limit} bytes")));
        }
    }
    let [key, salt, person] = parts;
    let mut numbers = [1, 1, 0, 0, 0, 0];
    for (place, (index, default, limit, message)) in numbers.iter_mut().zip([
        (5, 1, 255, "fanout must be between 0 and 255"),
        (6, 1, 255, "depth must be between 1 and 255"),
        (7, 0, u64::from(u32::MAX), "leaf_size is too large"),
        (8, 0, kind.offset, "node_offset is too large"),
        (9, 0, 255, "node_depth must be between 0 and 255"),
        (10, 0, most, "inner_size must be between 0 and is too large"),
    ]) {
        let value = signed(vm, &given[index], default)?;
        let fits = value.to_u64().filter(|&n| n <= limit);
        *place = match fits {
            Some(0) if index == 6 => return Err(vm.value_error(message)),
            Some(n) => n,
            None if index == 10 => {
                return Err(vm.value_error(format!("inner_size must be between 0 and {most}")));
            }
            None if matches!(index, 7 | 8) => {
                return Err(if value < BigInt::ZERO {
                    vm.value_error("value must be positive")
                } else {
                    vm.overflow_error(message)
                });
            }
            None => return Err(vm.value_error(message)),
        };
    }
    let [fanout, depth, leaf, offset, node_depth, inner] = numbers;
    let last = match &given[11] {
        Some(flag) => vm.is_true(flag)?,
        None => false,
    };
    let mut state = if kind.most == 64 {
        let mut with = blake2b_simd::Params::new();
        with.hash_length(digest_size as usize)
            .key(&key)
            .salt(&salt)
            .personal(&person)
            .fanout(fanout as u8)
            .max_depth(depth as u8)
            .max_leaf_length(leaf as u32)
            .node_offset(offset)
            .node_depth(node_depth as u8)
            .inner_hash_length(inner as usize)
            .last_node(last);
        State::Blake2b(Box::new(with.to_state()))
    } else {
        let mut with = blake2s_simd::Params::new();
        with.hash_length(digest_size as usize)
            .key(&key)
            .salt(&salt)
            .personal(&person)
            .fanout(fanout as u8)
            .max_depth(depth as u8)
            .max_leaf_length(leaf as u32)
            .node_offset(offset)
            .node_depth(node_depth as u8)
            .inner_hash_length(inner as usize)
            .last_node(last);
        State::Blake2s(Box::new(with.to_state()))
    };
    if let Some(data) = initial(vm, given[0].as_ref(), given[13].as_ref(), kind.name)? {
        feed(vm, &mut state, &data)?;
    }
    let hash = Hash {
        name: kind.name,
        block_size: kind.block_size,
        digest_size: digest_size as usize,
        state: Guarded::new(state),
    };
    Ok(vm.new_object(ty, hash))
}

fn signed(vm: &mut Vm, value: &Option<Ref>, default: u64) -> PyResult<BigInt> {
    match value {
        Some(value) => integer(vm, value),
        None => Ok(default.into()),
    }
}

fn number(vm: &mut Vm, value: &Option<Ref>, default: u64) -> PyResult<u64> {
    let value = signed(vm, value, default)?;
    Ok(value.to_u64().unwrap_or(0))
}

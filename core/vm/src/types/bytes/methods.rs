//! The methods that `bytes` and `bytearray` have in common.

use super::{byte, data, make};
use crate::error::PyResult;
use crate::object::{Args, Bytes, MethodDef, Ref};
use crate::text::bytes::{self as ascii, HexError};
use crate::text::search;
use crate::text::shape::{center_padding, expand_tabs, expanded_len};
use crate::text::split::{self, Ends, Part};
use crate::types::bytearray::ByteArray;
use crate::types::convert;
use crate::types::str::{self, codec_name};
use crate::vm::Vm;

fn map(vm: &mut Vm, args: Args<'_>, map: impl Fn(&[u8]) -> Vec<u8>) -> PyResult {
    let this = data(vm, &args[0]);
    vm.charge(this.len() / 64)?;
    Ok(make(vm, &args[0], map(&this)))
}

fn test(vm: &mut Vm, args: Args<'_>, test: impl Fn(&[u8]) -> bool) -> PyResult {
    let this = data(vm, &args[0]);
    vm.charge(this.len() / 64)?;
    Ok(Ref::bool(test(&this)))
}

/// A part to search for: bytes, or one byte as an int.
fn needle(vm: &mut Vm, value: &Ref) -> PyResult<Vec<u8>> {
    if let Some(bytes) = convert::bytes_like(vm, value) {
        return Ok(bytes);
    }
    if vm.type_of(value).slot(|slots| slots.index).is_some() {
        return byte(vm, value, "byte").map(|byte| vec![byte]);
    }
    let name = vm.type_of(value).name();
    Err(vm.type_error(format!(
        "argument should be integer or bytes-like object, not '{name}'"
    )))
}

fn search<R>(
    vm: &mut Vm,
    args: Args<'_>,
    found: impl FnOnce(&[u8], &[u8], usize) -> R,
) -> PyResult<Option<R>> {
    let needle = needle(vm, &args[1])?;
    let this = data(vm, &args[0]);
    let Some((start, end)) = convert::bounds(vm, args.get(2), args.get(3), this.len())? else {
        return Ok(None);
    };
    vm.charge((end - start) / 256)?;
    Ok(Some(found(&this[start..end], &needle, start)))
}

fn find(vm: &mut Vm, args: Args<'_>, right: bool, required: bool) -> PyResult {
    let found = search(vm, args, |hay, needle, start| {
        let at = if right {
            search::rfind(hay, needle)
        } else {
            search::find(hay, needle)
        };
        at.map(|at| at + start)
    })?;
    match found.flatten() {
        Some(at) => Ok(vm.new_usize(at)),
        None if required => Err(vm.value_error("subsection not found")),
        None => Ok(Ref::small_int(-1)),
    }
}

fn affix(vm: &mut Vm, args: Args<'_>, name: &str, matches: fn(&[u8], &[u8]) -> bool) -> PyResult {
    let this = data(vm, &args[0]);
    let bounds = convert::bounds(vm, args.get(2), args.get(3), this.len())?;
    let check = |vm: &mut Vm, affix: &Ref, inside: bool| -> PyResult<bool> {
        let Some(affix) = convert::bytes_like(vm, affix) else {
            let ty = vm.type_of(affix).name();
            return Err(vm.type_error(if inside {
                format!("a bytes-like object is required, not '{ty}'")
            } else {
                format!("{name} first arg must be bytes or a tuple of bytes, not {ty}")
            }));
        };
        Ok(bounds.is_some_and(|(start, end)| matches(&this[start..end], &affix)))
    };
    match args[1].as_tuple() {
        None => check(vm, &args[1], false).map(Ref::bool),
        Some(affixes) => {
            for affix in affixes.iter() {
                if check(vm, affix, true)? {
                    return Ok(Ref::bool(true));
                }
            }
            Ok(Ref::bool(false))
        }
    }
}

fn parts(vm: &mut Vm, like: &Ref, this: &[u8], parts: Vec<Part>) -> PyResult {
    vm.charge(this.len() / 64 + parts.len())?;
    let items = parts
        .into_iter()
        .map(|(start, end)| make(vm, like, this[start..end].to_vec()))
        .collect();
    Ok(vm.new_list(items))
}

fn split(vm: &mut Vm, args: Args<'_>, right: bool) -> PyResult {
    let max = match args.get(2) {
        Some(max) => usize::try_from(vm.index_isize(max, "")?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let this = data(vm, &args[0]);
    let found = match args.get_not_none(1) {
        None if right => split::rsplit_space(&this, ascii::is_space, max),
        None => split::split_space(&this, ascii::is_space, max),
        Some(separator) => {
            let separator = convert::need_bytes(vm, separator)?;
            if separator.is_empty() {
                return Err(vm.value_error("empty separator"));
            }
            if right {
                split::rsplit(&this, &separator, max)
            } else {
                split::split(&this, &separator, max)
            }
        }
    };
    parts(vm, &args[0], &this, found)
}

fn partition(vm: &mut Vm, args: Args<'_>, right: bool) -> PyResult {
    let separator = convert::need_bytes(vm, &args[1])?;
    if separator.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    let this = data(vm, &args[0]);
    let found = if right {
        search::rfind(&this, &separator)
    } else {
        search::find(&this, &separator)
    };
    let pieces: [&[u8]; 3] = match found {
        Some(at) => [&this[..at], &separator, &this[at + separator.len()..]],
        None if right => [&[], &[], &this],
        None => [&this, &[], &[]],
    };
    let items = pieces
        .iter()
        .map(|piece| make(vm, &args[0], piece.to_vec()))
        .collect();
    Ok(vm.new_tuple(items))
}

fn strip(vm: &mut Vm, args: Args<'_>, ends: Ends) -> PyResult {
    let this = data(vm, &args[0]);
    let (start, end) = match args.get_not_none(1) {
        None => split::strip(&this, ends, ascii::is_space),
        Some(set) => {
            let set = convert::need_bytes(vm, set)?;
            split::strip(&this, ends, |byte| set.contains(&(byte as u8)))
        }
    };
    if start == 0 && end == this.len() && vm.is_exact(&args[0], vm.types.bytes) {
        return Ok(args[0].clone());
    }
    Ok(make(vm, &args[0], this[start..end].to_vec()))
}

fn replace(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (old, new) = (
        convert::need_bytes(vm, &args[1])?,
        convert::need_bytes(vm, &args[2])?,
    );
    let max = match args.get(3) {
        Some(max) => usize::try_from(vm.index_isize(max, "")?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let this = data(vm, &args[0]);
    vm.charge(this.len() / 64)?;
    let positions = search::occurrences(&this, &old, max);
    vm.check_memory(this.len() + positions.len().saturating_mul(new.len()))?;
    let mut out = Vec::with_capacity(this.len());
    let mut copied = 0;
    for at in positions {
        out.extend_from_slice(&this[copied..at]);
        out.extend_from_slice(&new);
        copied = at + old.len();
    }
    out.extend_from_slice(&this[copied..]);
    Ok(make(vm, &args[0], out))
}

fn join(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let items = convert::join_items(vm, &args[1])?;
    let separator = data(vm, &args[0]);
    let mut out = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(&separator);
        }
        match convert::bytes_like(vm, item) {
            Some(bytes) => out.extend_from_slice(&bytes),
            None => {
                let name = vm.type_of(item).name();
                return Err(vm.type_error(format!(
                    "sequence item {index}: expected a bytes-like object, {name} found"
                )));
            }
        }
        vm.check_memory(out.len())?;
    }
    vm.charge(out.len() / 256)?;
    Ok(make(vm, &args[0], out))
}

fn justify(
    vm: &mut Vm,
    args: Args<'_>,
    name: &str,
    padding: fn(usize, usize) -> (usize, usize),
) -> PyResult {
    let width = usize::try_from(vm.index_isize(&args[1], "")?).unwrap_or(0);
    let fill = match args.get(2) {
        None => b' ',
        Some(fill) => match convert::bytes_like(vm, fill) {
            Some(bytes) if bytes.len() == 1 => bytes[0],
            Some(bytes) => {
                let (ty, len) = (vm.type_of(fill).name(), bytes.len());
                return Err(vm.type_error(format!(
                    "{name}(): argument 2 must be a byte string of length 1, not a {ty} object of length {len}"
                )));
            }
            None => {
                let ty = vm.type_of(fill).name();
                return Err(vm.type_error(format!(
                    "{name}() argument 2 must be a byte string of length 1, not {ty}"
                )));
            }
        },
    };
    vm.check_memory(width)?;
    let this = data(vm, &args[0]);
    let (left, right) = padding(this.len(), width);
    let mut out = vec![fill; left];
    out.extend_from_slice(&this);
    out.resize(out.len() + right, fill);
    Ok(make(vm, &args[0], out))
}

fn zfill(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let width = usize::try_from(vm.index_isize(&args[1], "")?).unwrap_or(0);
    vm.check_memory(width)?;
    let this = data(vm, &args[0]);
    let sign = usize::from(matches!(this.first(), Some(b'+' | b'-')));
    let mut out = this[..sign].to_vec();
    out.resize(sign + width.saturating_sub(this.len()), b'0');
    out.extend_from_slice(&this[sign..]);
    Ok(make(vm, &args[0], out))
}

fn expandtabs(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let size = match args.get(1) {
        Some(size) => usize::try_from(vm.index_isize(size, "")?).unwrap_or(0),
        None => 8,
    };
    let this = data(vm, &args[0]);
    let units = || this.iter().map(|&byte| u32::from(byte));
    let Some(len) = expanded_len(units(), size) else {
        return Err(vm.overflow_error("result too long"));
    };
    vm.check_memory(len)?;
    let mut out = Vec::with_capacity(len);
    expand_tabs(units(), size, |byte, count| {
        out.resize(out.len() + count, byte as u8);
    });
    Ok(make(vm, &args[0], out))
}

fn translate(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let table = match args.get_not_none(1) {
        None => None,
        Some(table) => {
            let table = convert::need_bytes(vm, table)?;
            if table.len() != 256 {
                return Err(vm.value_error("translation table must be 256 characters long"));
            }
            Some(table)
        }
    };
    let deleted = match args.get(2) {
        Some(deleted) => convert::need_bytes(vm, deleted)?,
        None => Vec::new(),
    };
    let this = data(vm, &args[0]);
    let kept = this.iter().filter(|byte| !deleted.contains(byte));
    let out = kept
        .map(|&byte| {
            table
                .as_ref()
                .map_or(byte, |table| table[usize::from(byte)])
        })
        .collect();
    Ok(make(vm, &args[0], out))
}

fn maketrans(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (from, to) = (
        convert::need_bytes(vm, &args[0])?,
        convert::need_bytes(vm, &args[1])?,
    );
    if from.len() != to.len() {
        return Err(vm.value_error("maketrans arguments must have same length"));
    }
    let mut table: Vec<u8> = (0..=255).collect();
    for (from, to) in from.into_iter().zip(to) {
        table[usize::from(from)] = to;
    }
    Ok(vm.new_bytes(table))
}

fn decode(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let encoding = codec_name(vm, args.get(1), "decode", "encoding")?;
    let errors = codec_name(vm, args.get(2), "decode", "errors")?;
    let this = data(vm, &args[0]);
    str::decode(vm, &args[0], &this, encoding.as_deref(), errors.as_deref())
}

/// `hex(sep, bytes_per_sep)` of any bytes-like object.
pub(crate) fn hex(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let separator = match args.get(1) {
        None => None,
        Some(separator) => {
            let bytes = match separator.as_str() {
                Some(text) => text
                    .text()
                    .code_points()
                    .map(|c| u8::try_from(c).unwrap_or(0xFF))
                    .collect(),
                None => match convert::bytes_like(vm, separator) {
                    Some(bytes) => bytes,
                    None => return Err(vm.type_error("sep must be str or bytes.")),
                },
            };
            match *bytes {
                [byte] if byte < 0x80 => Some(byte),
                [_] => return Err(vm.value_error("sep must be ASCII.")),
                _ => return Err(vm.value_error("sep must be length 1.")),
            }
        }
    };
    let group = match args.get(2) {
        Some(group) => vm.index_isize(group, "")? as i64,
        None => 1,
    };
    let this = data(vm, &args[0]);
    vm.check_memory(this.len().saturating_mul(3))?;
    let text = ascii::hex(&this, separator, group);
    Ok(vm.new_str(&text))
}

fn fromhex(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let parsed = match convert::bytes_like(vm, &args[1]) {
        Some(bytes) => ascii::from_hex(bytes.iter().map(|&byte| byte.into())),
        None => match args[1].as_str() {
            Some(text) => ascii::from_hex(text.text().code_points()),
            None => {
                let name = vm.type_of(&args[1]).name();
                return Err(vm.type_error(format!(
                    "fromhex() argument must be str or bytes-like, not {name}"
                )));
            }
        },
    };
    let bytes = match parsed {
        Ok(bytes) => bytes,
        Err(HexError::Digit(at)) => {
            return Err(vm.value_error(format!(
                "non-hexadecimal number found in fromhex() arg at position {at}"
            )));
        }
        Err(HexError::Odd) => {
            return Err(
                vm.value_error("fromhex() arg must contain an even number of hexadecimal digits")
            );
        }
    };
    let class = args[0].as_type().unwrap_or(vm.types.bytes);
    let value = if class.is_subtype(vm.types.bytearray) {
        vm.new_object(vm.types.bytearray, ByteArray::new(bytes))
    } else {
        vm.new_bytes(bytes)
    };
    if class.is(vm.types.bytes) || class.is(vm.types.bytearray) {
        Ok(value)
    } else {
        vm.call(&args[0], &[value])
    }
}

fn remove_affix(vm: &mut Vm, args: Args<'_>, suffix: bool) -> PyResult {
    let affix = convert::need_bytes(vm, &args[1])?;
    let this = data(vm, &args[0]);
    let kept = if suffix {
        if affix.is_empty() {
            &*this
        } else {
            this.strip_suffix(&*affix).unwrap_or(&this)
        }
    } else {
        this.strip_prefix(&*affix).unwrap_or(&this)
    };
    Ok(make(vm, &args[0], kept.to_vec()))
}

/// All of them, for both types.
pub(crate) const SHARED: [MethodDef; 46] = [
    MethodDef::new(
        "capitalize",
        "($self, /)",
        "B.capitalize() -> copy of B\n\nReturn a copy of B with only its first character capitalized (ASCII)\nand the rest lower-cased.",
        |vm, args| map(vm, args, ascii::capitalize),
    ),
    MethodDef::new(
        "lower",
        "($self, /)",
        "B.lower() -> copy of B\n\nReturn a copy of B with all ASCII characters converted to lowercase.",
        |vm, args| map(vm, args, <[u8]>::to_ascii_lowercase),
    ),
    MethodDef::new(
        "upper",
        "($self, /)",
        "B.upper() -> copy of B\n\nReturn a copy of B with all ASCII characters converted to uppercase.",
        |vm, args| map(vm, args, <[u8]>::to_ascii_uppercase),
    ),
    MethodDef::new(
        "title",
        "($self, /)",
        "B.title() -> copy of B\n\nReturn a titlecased version of B, i.e. ASCII words start with uppercase\ncharacters, all remaining cased characters have lowercase.",
        |vm, args| map(vm, args, ascii::title),
    ),
    MethodDef::new(
        "swapcase",
        "($self, /)",
        "B.swapcase() -> copy of B\n\nReturn a copy of B with uppercase ASCII characters converted\nto lowercase ASCII and vice versa.",
        |vm, args| map(vm, args, ascii::swapcase),
    ),
    MethodDef::new(
        "isalnum",
        "($self, /)",
        "B.isalnum() -> bool",
        |vm, args| {
            test(vm, args, |b| {
                !b.is_empty() && b.iter().all(u8::is_ascii_alphanumeric)
            })
        },
    ),
    MethodDef::new(
        "isalpha",
        "($self, /)",
        "B.isalpha() -> bool",
        |vm, args| {
            test(vm, args, |b| {
                !b.is_empty() && b.iter().all(u8::is_ascii_alphabetic)
            })
        },
    ),
    MethodDef::new(
        "isascii",
        "($self, /)",
        "B.isascii() -> bool",
        |vm, args| test(vm, args, <[u8]>::is_ascii),
    ),
    MethodDef::new(
        "isdigit",
        "($self, /)",
        "B.isdigit() -> bool",
        |vm, args| {
            test(vm, args, |b| {
                !b.is_empty() && b.iter().all(u8::is_ascii_digit)
            })
        },
    ),
    MethodDef::new(
        "islower",
        "($self, /)",
        "B.islower() -> bool",
        |vm, args| test(vm, args, ascii::is_lower),
    ),
    MethodDef::new(
        "isupper",
        "($self, /)",
        "B.isupper() -> bool",
        |vm, args| test(vm, args, ascii::is_upper),
    ),
    MethodDef::new(
        "istitle",
        "($self, /)",
        "B.istitle() -> bool",
        |vm, args| test(vm, args, ascii::is_title),
    ),
    MethodDef::new(
        "isspace",
        "($self, /)",
        "B.isspace() -> bool",
        |vm, args| {
            test(vm, args, |b| {
                !b.is_empty() && b.iter().all(|&byte| ascii::is_space(byte.into()))
            })
        },
    ),
    MethodDef::new(
        "find",
        "($self, sub, start=None, end=None, /)",
        "Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].",
        |vm, args| find(vm, args, false, false),
    ),
    MethodDef::new(
        "rfind",
        "($self, sub, start=None, end=None, /)",
        "Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].",
        |vm, args| find(vm, args, true, false),
    ),
    MethodDef::new(
        "index",
        "($self, sub, start=None, end=None, /)",
        "Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].",
        |vm, args| find(vm, args, false, true),
    ),
    MethodDef::new(
        "rindex",
        "($self, sub, start=None, end=None, /)",
        "Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].",
        |vm, args| find(vm, args, true, true),
    ),
    MethodDef::new(
        "count",
        "($self, sub, start=None, end=None, /)",
        "Return the number of non-overlapping occurrences of subsection 'sub' in bytes B[start:end].",
        |vm, args| {
            let found = search(vm, args, |hay, needle, _| {
                search::count(hay, needle, usize::MAX)
            })?;
            Ok(vm.new_usize(found.unwrap_or(0)))
        },
    ),
    MethodDef::new(
        "startswith",
        "($self, prefix, start=None, end=None, /)",
        "Return True if the bytes starts with the specified prefix, False otherwise.",
        |vm, args| affix(vm, args, "startswith", <[u8]>::starts_with),
    ),
    MethodDef::new(
        "endswith",
        "($self, suffix, start=None, end=None, /)",
        "Return True if the bytes ends with the specified suffix, False otherwise.",
        |vm, args| affix(vm, args, "endswith", <[u8]>::ends_with),
    ),
    MethodDef::new(
        "removeprefix",
        "($self, prefix, /)",
        "Return a bytes object with the given prefix string removed if present.",
        |vm, args| remove_affix(vm, args, false),
    ),
    MethodDef::new(
        "removesuffix",
        "($self, suffix, /)",
        "Return a bytes object with the given suffix string removed if present.",
        |vm, args| remove_affix(vm, args, true),
    ),
    MethodDef::new(
        "split",
        "($self, /, sep=None, maxsplit=-1)",
        "Return a list of the sections in the bytes, using sep as the delimiter.",
        |vm, args| split(vm, args, false),
    ),
    MethodDef::new(
        "rsplit",
        "($self, /, sep=None, maxsplit=-1)",
        "Return a list of the sections in the bytes, using sep as the delimiter.",
        |vm, args| split(vm, args, true),
    ),
    MethodDef::new(
        "splitlines",
        "($self, /, keepends=False)",
        "Return a list of the lines in the bytes, breaking at line boundaries.",
        |vm, args| {
            let keep = match args.get(1) {
                Some(keep) => vm.is_true(keep)?,
                None => false,
            };
            let this = data(vm, &args[0]);
            let found = split::split_lines(&this, ascii::is_line_break, keep);
            parts(vm, &args[0], &this, found)
        },
    ),
    MethodDef::new(
        "partition",
        "($self, sep, /)",
        "Partition the bytes into three parts using the given separator.",
        |vm, args| partition(vm, args, false),
    ),
    MethodDef::new(
        "rpartition",
        "($self, sep, /)",
        "Partition the bytes into three parts using the given separator.",
        |vm, args| partition(vm, args, true),
    ),
    MethodDef::new(
        "strip",
        "($self, bytes=None, /)",
        "Strip leading and trailing bytes contained in the argument.",
        |vm, args| strip(vm, args, Ends::Both),
    ),
    MethodDef::new(
        "lstrip",
        "($self, bytes=None, /)",
        "Strip leading bytes contained in the argument.",
        |vm, args| strip(vm, args, Ends::Left),
    ),
    MethodDef::new(
        "rstrip",
        "($self, bytes=None, /)",
        "Strip trailing bytes contained in the argument.",
        |vm, args| strip(vm, args, Ends::Right),
    ),
    MethodDef::new(
        "replace",
        "($self, old, new, count=-1, /)",
        "Return a copy with all occurrences of substring old replaced by new.",
        replace,
    ),
    MethodDef::new(
        "join",
        "($self, iterable_of_bytes, /)",
        "Concatenate any number of bytes objects.",
        join,
    ),
    MethodDef::new(
        "center",
        "($self, width, fillchar=b' ', /)",
        "Return a centered string of length width.",
        |vm, args| justify(vm, args, "center", center_padding),
    ),
    MethodDef::new(
        "ljust",
        "($self, width, fillchar=b' ', /)",
        "Return a left-justified string of length width.",
        |vm, args| {
            justify(vm, args, "ljust", |len, width| {
                (0, width.saturating_sub(len))
            })
        },
    ),
    MethodDef::new(
        "rjust",
        "($self, width, fillchar=b' ', /)",
        "Return a right-justified string of length width.",
        |vm, args| {
            justify(vm, args, "rjust", |len, width| {
                (width.saturating_sub(len), 0)
            })
        },
    ),
    MethodDef::new(
        "zfill",
        "($self, width, /)",
        "Pad a numeric string with zeros on the left, to fill a field of the given width.",
        zfill,
    ),
    MethodDef::new(
        "expandtabs",
        "($self, /, tabsize=8)",
        "Return a copy where all tab characters are expanded using spaces.",
        expandtabs,
    ),
    MethodDef::new(
        "translate",
        "($self, table, /, delete=b'')",
        "Return a copy with each character mapped by the given translation table.",
        translate,
    ),
    MethodDef::new(
        "maketrans",
        "(frm, to, /)",
        "Return a translation table usable for the bytes or bytearray translate method.",
        maketrans,
    )
    .static_(),
    MethodDef::new(
        "decode",
        "($self, /, encoding='utf-8', errors='strict')",
        "Decode the bytes using the codec registered for encoding.",
        decode,
    ),
    MethodDef::new(
        "hex",
        "($self, /, sep=<unrepresentable>, bytes_per_sep=1)",
        "Create a string of hexadecimal numbers from a bytes object.",
        hex,
    ),
    MethodDef::new(
        "fromhex",
        "($type, string, /)",
        "Create a bytes object from a string of hexadecimal numbers.",
        fromhex,
    )
    .class(),
    MethodDef::new("__getnewargs__", "($self, /)", "", |vm, args| {
        let copy = data(vm, &args[0]).into_owned();
        let copy = vm.new_bytes(copy);
        Ok(vm.new_tuple(vec![copy]))
    }),
    MethodDef::new(
        "__bytes__",
        "($self, /)",
        "Convert this value to exact type bytes.",
        |vm, args| {
            if vm.is_exact(&args[0], vm.types.bytes) {
                return Ok(args[0].clone());
            }
            let copy = data(vm, &args[0]).into_owned();
            Ok(vm.new_bytes(copy))
        },
    ),
    MethodDef::new(
        "__sizeof__",
        "($self, /)",
        "Returns the size of the object in memory, in bytes.",
        |vm, args| {
            let len = data(vm, &args[0]).len();
            let header = if args[0].downcast::<Bytes>().is_some() {
                33
            } else {
                57
            };
            Ok(vm.new_usize(header + len))
        },
    ),
    MethodDef::new(
        "__buffer__",
        "($self, flags, /)",
        "Return a buffer object that exposes the underlying memory of the object.",
        |vm, args| {
            vm.call(
                &vm.types.memoryview.to_ref(),
                std::slice::from_ref(&args[0]),
            )
        },
    ),
];

/// The methods of `bytes`.
pub(super) const BYTES_METHODS: &[MethodDef] = &SHARED;

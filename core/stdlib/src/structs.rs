//! `_struct`: values as bytes by a format (`Modules/_struct.c`).

use num_bigint::BigInt;
use vitrine_vm::error::Exc;
use vitrine_vm::number::half;
use vitrine_vm::object::{
    Args, GetSetDef, Guarded, MethodDef, Payload, Ref, Signature, Slots, Ty, TypeDef, type_flags,
};
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use crate::native::{Params, add, add_functions, integer, need_i64, params, real};

pub(crate) const MODULE: NativeModule = NativeModule {
    name: "_struct",
    init,
};

#[derive(Default)]
struct State {
    error: Option<Ref>,
    types: Option<(Ty, Ty)>,
}

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    // A module that is imported afresh shares the classes: what the older one raises
    // must stay what its users catch.
    if vm.state::<State>().types.is_none() {
        let error = crate::native::new_exception(vm, "struct", "error", vm.exc.Exception)?;
        let types = (
            vm.new_type(None, &STRUCT),
            vm.new_type(None, &UNPACK_ITERATOR),
        );
        let state = vm.state::<State>();
        state.error = Some(error);
        state.types = Some(types);
    }
    let State { error, types } = vm.state::<State>();
    let (Some(error), Some((structs, _))) = (error.clone(), *types) else {
        return Err(vm.system_error("_struct is not set up"));
    };
    add(vm, module, "error", error);
    add(vm, module, "Struct", structs.to_ref());
    add_functions(vm, module, FUNCTIONS)
}

fn error(vm: &mut Vm, text: impl AsRef<str>) -> Exc {
    let class = vm.state::<State>().error.as_ref().and_then(Ref::as_type);
    let class = class.unwrap_or(vm.exc.ValueError);
    vm.new_exc(class, text)
}

/// One item of a format: how often, what, and how many bytes each.
#[derive(Clone, Copy)]
struct Item {
    count: usize,
    code: u8,
    size: usize,
    /// Where it begins.
    at: usize,
}

#[derive(Clone, Default)]
struct Layout {
    items: Vec<Item>,
    size: usize,
    big: bool,
    values: usize,
    text: String,
}

fn layout(vm: &mut Vm, format: &Ref) -> PyResult<Layout> {
    let text = match format.as_str() {
        Some(_) => vm.text_of(format),
        None => match vm.bytes_like(format) {
            Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            None => {
                let ty = vm.type_of(format).name();
                return Err(vm.type_error(format!(
                    "Struct() argument 1 must be a str or bytes object, not {ty}"
                )));
            }
        },
    };
    let mut bytes = text.bytes().peekable();
    let (mut big, mut native) = (false, true);
    if let Some(&first) = bytes.peek()
        && b"@=<>!".contains(&first)
    {
        bytes.next();
        big = matches!(first, b'>' | b'!');
        native = first == b'@';
    }
    let mut layout = Layout {
        big,
        text: text.clone(),
        ..Layout::default()
    };
    let too_long = |vm: &mut Vm| error(vm, "total struct size too long");
    while let Some(byte) = bytes.next() {
        if byte.is_ascii_whitespace() {
            continue;
        }
        let (mut count, mut code) = (1usize, byte);
        if byte.is_ascii_digit() {
            count = usize::from(byte - b'0');
            code = loop {
                match bytes.next() {
                    Some(digit @ b'0'..=b'9') => {
                        let more = count
                            .checked_mul(10)
                            .and_then(|c| c.checked_add(usize::from(digit - b'0')));
                        match more {
                            Some(more) => count = more,
                            None => return Err(too_long(vm)),
                        }
                    }
                    Some(code) => break code,
                    None => return Err(error(vm, "repeat count given without format specifier")),
                }
            };
        }
        let size = match code {
            b'x' | b'c' | b'b' | b'B' | b'?' | b's' | b'p' => 1,
            b'h' | b'H' | b'e' => 2,
            b'i' | b'I' | b'f' => 4,
            b'l' | b'L' if native => 8,
            b'l' | b'L' => 4,
            b'q' | b'Q' | b'd' => 8,
            b'n' | b'N' | b'P' if native => 8,
            _ => return Err(error(vm, "bad char in struct format")),
        };
        if native {
            layout.size = layout.size.next_multiple_of(size);
        }
        let whole = matches!(code, b's' | b'p');
        let length = size
            .checked_mul(count)
            .and_then(|length| layout.size.checked_add(length));
        let Some(end) = length.filter(|&end| end <= isize::MAX as usize) else {
            return Err(too_long(vm));
        };
        if code != b'x' && (count > 0 || whole) {
            layout.items.push(Item {
                count,
                code,
                size,
                at: layout.size,
            });
            layout.values += if whole { 1 } else { count };
        }
        layout.size = end;
    }
    Ok(layout)
}

fn pack(vm: &mut Vm, layout: &Layout, values: &[Ref]) -> PyResult<Vec<u8>> {
    if values.len() != layout.values {
        let text = format!(
            "pack expected {} items for packing (got {})",
            layout.values,
            values.len()
        );
        return Err(error(vm, text));
    }
    vm.check_memory(layout.size)?;
    let mut out = vec![0; layout.size];
    let mut values = values.iter();
    for item in &layout.items {
        if matches!(item.code, b's' | b'p') {
            let Some(value) = values.next() else { break };
            let Some(bytes) = vm.bytes_like(value) else {
                let text = format!(
                    "argument for '{}' must be a bytes object",
                    char::from(item.code)
                );
                return Err(error(vm, text));
            };
            let place = &mut out[item.at..item.at + item.count];
            if item.code == b's' {
                let len = bytes.len().min(item.count);
                place[..len].copy_from_slice(&bytes[..len]);
            } else if item.count > 0 {
                let len = bytes.len().min(item.count - 1);
                place[0] = len.min(255) as u8;
                place[1..=len].copy_from_slice(&bytes[..len]);
            }
            continue;
        }
        for (index, value) in values.by_ref().take(item.count).enumerate() {
            vm.charge(1)?;
            let mut bytes = one(vm, item, value)?;
            if layout.big {
                bytes[..item.size].reverse();
            }
            let at = item.at + index * item.size;
            out[at..at + item.size].copy_from_slice(&bytes[..item.size]);
        }
    }
    Ok(out)
}

/// One value, little-endian.
fn one(vm: &mut Vm, item: &Item, value: &Ref) -> PyResult<[u8; 8]> {
    let mut bytes = [0; 8];
    match item.code {
        b'c' => match vm.bytes_like(value).as_deref() {
            Some(&[byte]) => bytes[0] = byte,
            _ => return Err(error(vm, "char format requires a bytes object of length 1")),
        },
        b'?' => bytes[0] = u8::from(vm.is_true(value)?),
        b'd' | b'f' | b'e' => {
            let Ok(float) = real(vm, value) else {
                return Err(error(vm, "required argument is not a float"));
            };
            match item.code {
                b'd' => bytes = float.to_le_bytes(),
                b'f' => {
                    let short = float as f32;
                    if short.is_infinite() && float.is_finite() {
                        return Err(vm.overflow_error("float too large to pack with f format"));
                    }
                    bytes[..4].copy_from_slice(&short.to_le_bytes());
                }
                _ => match half::from_float(float) {
                    Some(half) => bytes[..2].copy_from_slice(&half.to_le_bytes()),
                    None => return Err(vm.overflow_error("float too large to pack with e format")),
                },
            }
        }
        code => {
            if vm.type_of(value).slot(|slots| slots.index.is_none()) {
                return Err(error(vm, "required argument is not an integer"));
            }
            let int = integer(vm, value)?;
            let bits = item.size as u32 * 8;
            let signed = code.is_ascii_lowercase();
            let (low, high) = if signed {
                (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1)
            } else {
                (0, (1i128 << bits) - 1)
            };
            match i128::try_from(&int)
                .ok()
                .filter(|int| (low..=high).contains(int))
            {
                Some(int) => bytes.copy_from_slice(&int.to_le_bytes()[..8]),
                None if item.size == 8 => {
                    return Err(error(vm, "int too large to convert"));
                }
                None => {
                    let text = format!(
                        "'{}' format requires {low} <= number <= {high}",
                        char::from(code)
                    );
                    return Err(error(vm, text));
                }
            }
        }
    }
    Ok(bytes)
}

fn unpack(vm: &mut Vm, layout: &Layout, data: &[u8]) -> PyResult {
    let mut values = Vec::with_capacity(layout.values.min(data.len() + 1));
    for item in &layout.items {
        match item.code {
            b's' => values.push(vm.new_bytes(&data[item.at..item.at + item.count])),
            b'p' => {
                let place = &data[item.at..item.at + item.count];
                let text = match place.split_first() {
                    Some((&len, rest)) => &rest[..rest.len().min(usize::from(len))],
                    None => place,
                };
                values.push(vm.new_bytes(text));
            }
            code => {
                for index in 0..item.count {
                    vm.charge(1)?;
                    let at = item.at + index * item.size;
                    let mut bytes = [0; 8];
                    bytes[..item.size].copy_from_slice(&data[at..at + item.size]);
                    if layout.big {
                        bytes[..item.size].reverse();
                    }
                    values.push(value(vm, code, item.size, bytes));
                }
            }
        }
    }
    Ok(vm.new_tuple(values))
}

fn value(vm: &mut Vm, code: u8, size: usize, bytes: [u8; 8]) -> Ref {
    let raw = u64::from_le_bytes(bytes);
    match code {
        b'c' => vm.new_bytes(&bytes[..1]),
        b'?' => Ref::bool(bytes[0] != 0),
        b'd' => vm.new_float(f64::from_bits(raw)),
        b'f' => vm.new_float(f64::from(f32::from_bits(raw as u32))),
        b'e' => vm.new_float(half::to_float(raw as u16)),
        code if code.is_ascii_lowercase() => {
            let shift = 64 - size as u32 * 8;
            vm.new_int(((raw << shift) as i64) >> shift)
        }
        _ => vm.new_bigint(BigInt::from(raw)),
    }
}

struct Struct(Guarded<Layout>);

impl Payload for Struct {
    const ATOMIC: bool = true;
}

struct Unpacking {
    layout: Layout,
    data: Vec<u8>,
    at: std::cell::Cell<usize>,
}

impl Payload for Unpacking {
    const ATOMIC: bool = true;
}

const UNPACK_ITERATOR: TypeDef = TypeDef {
    name: "unpack_iterator",
    module: "_struct",
    slots: Slots {
        iter: Some(|_, this| Ok(this.clone())),
        iternext: Some(|vm, this| {
            let unpacking: &Unpacking = this.payload();
            let at = unpacking.at.get();
            let Some(part) = unpacking.data.get(at..at + unpacking.layout.size) else {
                return Ok(None);
            };
            unpacking.at.set(at + unpacking.layout.size);
            unpack(vm, &unpacking.layout, part).map(Some)
        }),
        ..Slots::EMPTY
    },
    ..TypeDef::EMPTY
};

const STRUCT: TypeDef = TypeDef {
    name: "Struct",
    module: "_struct",
    doc: "Struct(fmt) --> compiled struct object",
    flags: type_flags::BASETYPE,
    slots: Slots {
        new: Some(|vm, ty, _| Ok(vm.new_object(ty, Struct(Guarded::new(Layout::default()))))),
        init: Some(|vm, this, args| {
            static PARAMS: Params = params(|| Signature::parse("(format)"));
            let given = PARAMS.bind(vm, "Struct", args)?;
            if let Some(format) = &given[0] {
                let layout = layout(vm, format)?;
                this.payload::<Struct>().0.replace(vm, layout);
            }
            Ok(())
        }),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new("pack", "($self, /, *values)", "", |vm, a| {
            let layout = own(vm, a);
            pack_values(vm, &layout, &a[1])
        }),
        MethodDef::new(
            "pack_into",
            "($self, buffer, offset, /, *values)",
            "",
            |vm, a| {
                let layout = own(vm, a);
                pack_into(vm, &layout, &a[1], &a[2], &a[3])
            },
        ),
        MethodDef::new("unpack", "($self, buffer, /)", "", |vm, a| {
            let layout = own(vm, a);
            unpack_exactly(vm, &layout, &a[1])
        }),
        MethodDef::new(
            "unpack_from",
            "($self, /, buffer, offset=0)",
            "",
            |vm, a| {
                let layout = own(vm, a);
                unpack_from(vm, &layout, &a[1], a.get(2))
            },
        ),
        MethodDef::new("iter_unpack", "($self, buffer, /)", "", |vm, a| {
            let layout = own(vm, a);
            iter_unpack(vm, layout, &a[1])
        }),
    ],
    getset: &[
        GetSetDef::read_only("format", "", |vm, this| {
            let text = this.payload::<Struct>().0.get(vm).text.clone();
            Ok(vm.new_str(&text))
        }),
        GetSetDef::read_only("size", "", |vm, this| {
            let size = this.payload::<Struct>().0.get(vm).size;
            Ok(vm.new_usize(size))
        }),
    ],
};

fn own(vm: &mut Vm, args: Args<'_>) -> Layout {
    args.this::<Struct>().0.get(vm).clone()
}

const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new("calcsize", "($module, format, /)", "", |vm, a| {
        let size = layout(vm, &a[1])?.size;
        Ok(vm.new_usize(size))
    }),
    MethodDef::new("pack", "($module, format, /, *values)", "", |vm, a| {
        let layout = layout(vm, &a[1])?;
        pack_values(vm, &layout, &a[2])
    }),
    MethodDef::new(
        "pack_into",
        "($module, format, buffer, offset, /, *values)",
        "",
        |vm, a| {
            let layout = layout(vm, &a[1])?;
            pack_into(vm, &layout, &a[2], &a[3], &a[4])
        },
    ),
    MethodDef::new("unpack", "($module, format, buffer, /)", "", |vm, a| {
        let layout = layout(vm, &a[1])?;
        unpack_exactly(vm, &layout, &a[2])
    }),
    MethodDef::new(
        "unpack_from",
        "($module, format, /, buffer, offset=0)",
        "",
        |vm, a| {
            let layout = layout(vm, &a[1])?;
            unpack_from(vm, &layout, &a[2], a.get(3))
        },
    ),
    MethodDef::new(
        "iter_unpack",
        "($module, format, buffer, /)",
        "",
        |vm, a| {
            let layout = layout(vm, &a[1])?;
            iter_unpack(vm, layout, &a[2])
        },
    ),
    MethodDef::new("_clearcache", "($module, /)", "", |_, _| Ok(Ref::none())),
];

fn pack_values(vm: &mut Vm, layout: &Layout, values: &Ref) -> PyResult {
    let values = values
        .as_tuple()
        .map(|values| values.to_vec())
        .unwrap_or_default();
    let bytes = pack(vm, layout, &values)?;
    Ok(vm.new_bytes(bytes))
}

/// Where in a buffer of this length an offset points to.
fn place(vm: &mut Vm, layout: &Layout, offset: i64, len: usize, doing: &str) -> PyResult<usize> {
    let size = layout.size;
    let start = if offset < 0 {
        offset + len as i64
    } else {
        offset
    };
    let Ok(start) = usize::try_from(start) else {
        let text = format!("offset {offset} out of range for {len}-byte buffer");
        return Err(error(vm, text));
    };
    if len.saturating_sub(start) < size {
        let text = format!(
            "{doing} requires a buffer of at least {} bytes for {} {size} bytes at offset {start} (actual buffer size is {len})",
            start.saturating_add(size),
            if doing == "pack_into" {
                "packing"
            } else {
                "unpacking"
            },
        );
        return Err(error(vm, text));
    }
    Ok(start)
}

fn pack_into(vm: &mut Vm, layout: &Layout, buffer: &Ref, offset: &Ref, values: &Ref) -> PyResult {
    let len = vm.need_bytes(buffer)?.len();
    let offset = need_i64(vm, offset)?;
    let start = place(vm, layout, offset, len, "pack_into")?;
    let bytes = pack_values(vm, layout, values)?;
    let (start, end) = (vm.new_usize(start), vm.new_usize(start + layout.size));
    let slice = vm.new_slice(start, end, Ref::none());
    vm.set_item(buffer, &slice, &bytes)?;
    Ok(Ref::none())
}

fn unpack_exactly(vm: &mut Vm, layout: &Layout, buffer: &Ref) -> PyResult {
    let data = vm.need_bytes(buffer)?;
    if data.len() != layout.size {
        let text = format!("unpack requires a buffer of {} bytes", layout.size);
        return Err(error(vm, text));
    }
    unpack(vm, layout, &data)
}

fn unpack_from(vm: &mut Vm, layout: &Layout, buffer: &Ref, offset: Option<&Ref>) -> PyResult {
    let data = vm.need_bytes(buffer)?;
    let offset = match offset {
        Some(offset) => need_i64(vm, offset)?,
        None => 0,
    };
    let start = place(vm, layout, offset, data.len(), "unpack_from")?;
    unpack(vm, layout, &data[start..start + layout.size])
}

fn iter_unpack(vm: &mut Vm, layout: Layout, buffer: &Ref) -> PyResult {
    let data = vm.need_bytes(buffer)?;
    if layout.size == 0 {
        return Err(error(
            vm,
            "cannot iteratively unpack with a struct of length 0",
        ));
    }
    if data.len() % layout.size != 0 {
        let text = format!(
            "iterative unpacking requires a buffer of a multiple of {} bytes",
            layout.size
        );
        return Err(error(vm, text));
    }
    let unpacking = Unpacking {
        layout,
        data,
        at: std::cell::Cell::new(0),
    };
    match vm.state::<State>().types {
        Some((_, ty)) => Ok(vm.new_object(ty, unpacking)),
        None => Err(vm.runtime_error("_struct has not been imported")),
    }
}

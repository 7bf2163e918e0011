//! `unicodedata`: the Unicode character database, 16.0.0 as CPython 3.14 has it.
//!
//! Properties come from tables generated from CPython; names and normal forms
//! from crates.

mod tables;

use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization as _;
use vitrine_syntax::literal::character_named;
use vitrine_vm::object::{Args, GetSetDef, MethodDef, Payload, Ref, TypeDef, type_flags};
use vitrine_vm::text::StrBuilder;
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use crate::native::{add, need_text};
use tables::numbers::NUMBERS;
use tables::{canonical, compatibility, unicode_3_2, unicode_16_0};

pub(crate) const MODULE: NativeModule = NativeModule {
    name: "unicodedata",
    init,
};

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let ty = vm.new_type(None, &UCD);
    add(vm, module, "UCD", ty.to_ref());
    let old = vm.new_object(ty, Database { old: true });
    add(vm, module, "ucd_3_2_0", old);
    let version = vm.new_str("16.0.0");
    add(vm, module, "unidata_version", version);
    // The functions are methods of the current database.
    let current = vm.new_object(ty, Database { old: false });
    for def in METHODS {
        let method = vm.get_attr_str(&current, def.name)?;
        add(vm, module, def.name, method);
    }
    Ok(())
}

/// The current database, or that of Unicode 3.2, which IDNA is defined by.
struct Database {
    old: bool,
}

impl Payload for Database {
    const ATOMIC: bool = true;
}

/// Category, bidirectional class, combining class, width, mirrored.
type Record = (&'static str, &'static str, u8, &'static str, bool);

fn record(point: u32, old: bool) -> Record {
    let (runs, records) = if old {
        (unicode_3_2::RUNS, unicode_3_2::RECORDS)
    } else {
        (unicode_16_0::RUNS, unicode_16_0::RECORDS)
    };
    let run = runs.partition_point(|&(first, _)| first <= point) - 1;
    records[usize::from(runs[run].1)]
}

fn character(vm: &mut Vm, value: &Ref, function: &str, argument: &str) -> PyResult<u32> {
    let Some(text) = value.as_str() else {
        let ty = vm.type_of(value).name();
        return Err(vm.type_error(format!(
            "{function}() {argument} must be a unicode character, not {ty}"
        )));
    };
    let text = text.text();
    if text.len() != 1 {
        let count = text.len();
        return Err(vm.type_error(format!(
            "{function}(): {argument} must be a unicode character, not a string of length {count}"
        )));
    }
    Ok(text.at(0))
}

/// The record of a method's argument.
fn argument(vm: &mut Vm, args: Args<'_>, function: &str) -> PyResult<Record> {
    let point = character(vm, &args[1], function, "argument")?;
    Ok(record(point, args.this::<Database>().old))
}

/// Numerator, denominator, whether a digit, whether a decimal.
fn number(point: u32) -> Option<(i64, i64, bool, bool)> {
    let found = NUMBERS.binary_search_by_key(&point, |entry| entry.0);
    let (_, numerator, denominator, digit, decimal) = NUMBERS[found.ok()?];
    Some((numerator, denominator, digit, decimal))
}

/// A number of a character, the default where it has none, or an error.
fn numeric(
    vm: &mut Vm,
    args: Args<'_>,
    function: &str,
    problem: &str,
    pick: impl Fn(&mut Vm, (i64, i64, bool, bool)) -> Option<Ref>,
) -> PyResult {
    let point = character(vm, &args[1], function, "argument 1")?;
    let assigned = record(point, args.this::<Database>().old).0 != "Cn";
    let found = number(point).filter(|_| assigned);
    if let Some(value) = found.and_then(|found| pick(vm, found)) {
        return Ok(value);
    }
    match args.get(2) {
        Some(default) => Ok(default.clone()),
        None => Err(vm.value_error(problem)),
    }
}

fn name_of(point: u32, old: bool) -> Option<String> {
    if matches!(record(point, old).0, "Cn" | "Cc" | "Cs" | "Co") {
        return None;
    }
    unicode_names2::name(char::from_u32(point)?).map(|name| name.to_string())
}

fn lookup(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let name = match args[1].as_str() {
        Some(_) => vm.text_of(&args[1]),
        None => {
            let bytes = vm.need_bytes(&args[1])?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    let found =
        character_named(&name).filter(|&c| record(c.into(), args.this::<Database>().old).0 != "Cn");
    match found {
        Some(found) => Ok(vm.new_str(found.encode_utf8(&mut [0; 4]))),
        None => {
            let error = vm.exc.KeyError;
            Err(vm.new_exc(error, format!("undefined character name '{name}'")))
        }
    }
}

fn decomposition(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let point = character(vm, &args[1], "decomposition", "argument")?;
    if record(point, args.this::<Database>().old).0 == "Cn" {
        return Ok(vm.new_str(""));
    }
    if let Some(parts) = hangul(point) {
        return Ok(vm.new_str(&parts));
    }
    let found = [canonical::DECOMPOSITIONS, compatibility::DECOMPOSITIONS]
        .into_iter()
        .find_map(|table| {
            let at = table.binary_search_by_key(&point, |entry| entry.0).ok()?;
            Some(table[at].1)
        });
    Ok(vm.new_str(found.unwrap_or_default()))
}

/// The letters of a Hangul syllable (Unicode 3.12.2), which no table lists.
fn hangul(point: u32) -> Option<String> {
    const FIRST: u32 = 0xAC00;
    const VOWELS: u32 = 21;
    const TRAILS: u32 = 28;
    let syllable = point.checked_sub(FIRST).filter(|_| point <= 0xD7A3)?;
    let (rest, trail) = (syllable / TRAILS, syllable % TRAILS);
    let mut parts = format!(
        "{:04X} {:04X}",
        0x1100 + rest / VOWELS,
        0x1161 + rest % VOWELS
    );
    if trail > 0 {
        let _ = write!(parts, " {:04X}", 0x11A7 + trail);
    }
    Some(parts)
}

/// A text in a normal form. Surrogates, which crates do not know, stay as they are.
fn normal_form(vm: &mut Vm, form: &str, text: &Ref) -> PyResult {
    let Some(text) = text.as_str().map(|text| text.text()) else {
        return Err(vm.type_error("normalize() argument 2 must be str"));
    };
    if !matches!(form, "NFC" | "NFD" | "NFKC" | "NFKD") {
        return Err(vm.value_error("invalid normalization form"));
    }
    vm.charge(text.len() / 8)?;
    let mut out = StrBuilder::with_capacity(text.len());
    let mut part = String::new();
    let flush = |out: &mut StrBuilder, part: &mut String| {
        let chars = part.chars();
        let mut push = |c: char| out.push(c.into());
        match form {
            "NFC" => chars.nfc().for_each(&mut push),
            "NFD" => chars.nfd().for_each(&mut push),
            "NFKC" => chars.nfkc().for_each(&mut push),
            _ => chars.nfkd().for_each(&mut push),
        }
        part.clear();
    };
    for point in text.code_points() {
        match char::from_u32(point) {
            Some(c) => part.push(c),
            None => {
                flush(&mut out, &mut part);
                out.push(point);
            }
        }
    }
    flush(&mut out, &mut part);
    vm.check_memory(out.len())?;
    Ok(vm.new_text(out.finish()))
}

fn normalize(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let form = need_text(vm, &args[1], "normalize() argument 1")?;
    if args[2].as_str().is_some_and(|text| text.text().is_ascii()) {
        if !matches!(&*form, "NFC" | "NFD" | "NFKC" | "NFKD") {
            return Err(vm.value_error("invalid normalization form"));
        }
        return Ok(args[2].clone());
    }
    normal_form(vm, &form, &args[2])
}

fn is_normalized(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let form = need_text(vm, &args[1], "is_normalized() argument 1")?;
    let normal = normal_form(vm, &form, &args[2])?;
    vm.eq(&normal, &args[2]).map(Ref::bool)
}

const METHODS: &[MethodDef] = &[
    MethodDef::new(
        "category",
        "($self, chr, /)",
        "Returns the general category assigned to the character chr as string.",
        |vm, args| {
            let record = argument(vm, args, "category")?;
            Ok(vm.new_str(record.0))
        },
    ),
    MethodDef::new(
        "bidirectional",
        "($self, chr, /)",
        "Returns the bidirectional class assigned to the character chr as string.",
        |vm, args| {
            let record = argument(vm, args, "bidirectional")?;
            Ok(vm.new_str(record.1))
        },
    ),
    MethodDef::new(
        "combining",
        "($self, chr, /)",
        "Returns the canonical combining class assigned to the character chr as integer.",
        |vm, args| {
            let record = argument(vm, args, "combining")?;
            Ok(Ref::small_int(record.2.into()))
        },
    ),
    MethodDef::new(
        "east_asian_width",
        "($self, chr, /)",
        "Returns the east asian width assigned to the character chr as string.",
        |vm, args| {
            let record = argument(vm, args, "east_asian_width")?;
            Ok(vm.new_str(record.3))
        },
    ),
    MethodDef::new(
        "mirrored",
        "($self, chr, /)",
        "Returns the mirrored property assigned to the character chr as integer.",
        |vm, args| {
            let record = argument(vm, args, "mirrored")?;
            Ok(Ref::small_int(record.4.into()))
        },
    ),
    MethodDef::new(
        "decomposition",
        "($self, chr, /)",
        "Returns the character decomposition mapping assigned to the character chr as string.",
        decomposition,
    ),
    MethodDef::new(
        "decimal",
        "($self, chr, default=<unrepresentable>, /)",
        "Converts a Unicode character into its equivalent decimal value.",
        |vm, args| {
            numeric(vm, args, "decimal", "not a decimal", |vm, number| {
                number.3.then(|| vm.new_int(number.0))
            })
        },
    ),
    MethodDef::new(
        "digit",
        "($self, chr, default=<unrepresentable>, /)",
        "Converts a Unicode character into its equivalent digit value.",
        |vm, args| {
            numeric(vm, args, "digit", "not a digit", |vm, number| {
                number.2.then(|| vm.new_int(number.0))
            })
        },
    ),
    MethodDef::new(
        "numeric",
        "($self, chr, default=<unrepresentable>, /)",
        "Converts a Unicode character into its equivalent numeric value.",
        |vm, args| {
            numeric(
                vm,
                args,
                "numeric",
                "not a numeric character",
                |vm, number| {
                    // Both are small enough to be exact.
                    Some(vm.new_float(number.0 as f64 / number.1 as f64))
                },
            )
        },
    ),
    MethodDef::new(
        "name",
        "($self, chr, default=<unrepresentable>, /)",
        "Returns the name assigned to the character chr as a string.",
        |vm, args| {
            let point = character(vm, &args[1], "name", "argument 1")?;
            match (name_of(point, args.this::<Database>().old), args.get(2)) {
                (Some(name), _) => Ok(vm.new_str(&name)),
                (None, Some(default)) => Ok(default.clone()),
                (None, None) => Err(vm.value_error("no such name")),
            }
        },
    ),
    MethodDef::new(
        "lookup",
        "($self, name, /)",
        "Look up character by name.",
        lookup,
    ),
    MethodDef::new(
        "normalize",
        "($self, form, unistr, /)",
        "Return the normal form 'form' for the Unicode string unistr.",
        normalize,
    ),
    MethodDef::new(
        "is_normalized",
        "($self, form, unistr, /)",
        "Return whether the Unicode string unistr is in the normal form 'form'.",
        is_normalized,
    ),
];

const UCD: TypeDef = TypeDef {
    name: "UCD",
    module: "unicodedata",
    flags: type_flags::DISALLOW_INSTANTIATION,
    methods: METHODS,
    getset: &[GetSetDef::read_only("unidata_version", "", |vm, this| {
        let old = this.payload::<Database>().old;
        Ok(vm.new_str(if old { "3.2.0" } else { "16.0.0" }))
    })],
    ..TypeDef::EMPTY
};

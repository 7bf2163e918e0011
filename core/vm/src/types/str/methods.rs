//! The methods of `str`.

use super::{codec_name, need_str, plain, text};
use crate::error::PyResult;
use crate::format::spec::{Spec, format_str};
use crate::object::{Args, Dict, MethodDef, Ref};
use crate::text::shape::{center_padding, expand_tabs, expanded_len};
use crate::text::split::{Ends, Part};
use crate::text::{StrBuilder, Text, TextBuf};
use crate::types::convert::{self, format_error};
use crate::vm::Vm;

/// A result that is the receiver itself where nothing changed.
fn part(vm: &mut Vm, this: &Ref, (start, end): Part) -> Ref {
    let characters = text(this);
    if start == 0 && end == characters.len() {
        return plain(vm, this);
    }
    vm.new_text(characters.substring(start, end))
}

fn parts(vm: &mut Vm, this: Text<'_>, parts: Vec<Part>) -> PyResult {
    vm.charge(this.len() / 64 + parts.len())?;
    let items = parts
        .into_iter()
        .map(|(start, end)| vm.new_text(this.substring(start, end)))
        .collect();
    Ok(vm.new_list(items))
}

fn map(vm: &mut Vm, args: Args<'_>, map: impl Fn(Text<'_>) -> TextBuf) -> PyResult {
    let this = text(&args[0]);
    vm.charge(this.len() / 64)?;
    Ok(vm.new_text(map(this)))
}

macro_rules! mapping {
    ($($name:literal, $method:ident, $doc:literal;)*) => {
        [$(MethodDef::new($name, "($self, /)", $doc, |vm, args| map(vm, args, |text| text.$method()))),*]
    };
}

macro_rules! predicate {
    ($($name:literal, $method:ident, $doc:literal;)*) => {
        [$(MethodDef::new($name, "($self, /)", $doc, |vm, args| {
            let this = text(&args[0]);
            vm.charge(this.len() / 64)?;
            Ok(Ref::bool(this.$method()))
        })),*]
    };
}

const MAPPINGS: [MethodDef; 6] = mapping! {
    "lower", lower, "Return a copy of the string converted to lowercase.";
    "upper", upper, "Return a copy of the string converted to uppercase.";
    "title", title, "Return a version of the string where each word is titlecased.\n\nMore specifically, words start with uppercased characters and all remaining\ncased characters have lower case.";
    "capitalize", capitalize, "Return a capitalized version of the string.\n\nMore specifically, make the first character have upper case and the rest lower\ncase.";
    "swapcase", swapcase, "Convert uppercase characters to lowercase and lowercase characters to uppercase.";
    "casefold", casefold, "Return a version of the string suitable for caseless comparisons.";
};

const PREDICATES: [MethodDef; 12] = predicate! {
    "isalpha", is_alpha, "Return True if the string is an alphabetic string, False otherwise.\n\nA string is alphabetic if all characters in the string are alphabetic and there\nis at least one character in the string.";
    "isalnum", is_alnum, "Return True if the string is an alpha-numeric string, False otherwise.\n\nA string is alpha-numeric if all characters in the string are alpha-numeric and\nthere is at least one character in the string.";
    "isascii", is_ascii, "Return True if all characters in the string are ASCII, False otherwise.\n\nASCII characters have code points in the range U+0000-U+007F.\nEmpty string is ASCII too.";
    "isdecimal", is_decimal, "Return True if the string is a decimal string, False otherwise.\n\nA string is a decimal string if all characters in the string are decimal and\nthere is at least one character in the string.";
    "isdigit", is_digit, "Return True if the string is a digit string, False otherwise.\n\nA string is a digit string if all characters in the string are digits and there\nis at least one character in the string.";
    "isnumeric", is_numeric, "Return True if the string is a numeric string, False otherwise.\n\nA string is numeric if all characters in the string are numeric and there is at\nleast one character in the string.";
    "isidentifier", is_identifier, "Return True if the string is a valid Python identifier, False otherwise.\n\nCall keyword.iskeyword(s) to test whether string s is a reserved identifier,\nsuch as \"def\" or \"class\".";
    "islower", is_lower, "Return True if the string is a lowercase string, False otherwise.\n\nA string is lowercase if all cased characters in the string are lowercase and\nthere is at least one cased character in the string.";
    "isupper", is_upper, "Return True if the string is an uppercase string, False otherwise.\n\nA string is uppercase if all cased characters in the string are uppercase and\nthere is at least one cased character in the string.";
    "istitle", is_title, "Return True if the string is a title-cased string, False otherwise.\n\nIn a title-cased string, upper- and title-case characters may only\nfollow uncased characters and lowercase characters only cased ones.";
    "isspace", is_space, "Return True if the string is a whitespace string, False otherwise.\n\nA string is whitespace if all characters in the string are whitespace and there\nis at least one character in the string.";
    "isprintable", is_printable, "Return True if all characters in the string are printable, False otherwise.\n\nA character is printable if repr() may use it in its output.";
};

/// `find`, `rfind`, `index`, `rindex`, `count`: the needle and the bounds.
fn search<R>(
    vm: &mut Vm,
    args: Args<'_>,
    name: &str,
    found: impl FnOnce(Text<'_>, Text<'_>, usize, usize) -> R,
) -> PyResult<Option<R>> {
    let needle = need_str(vm, &args[1], &format!("{name}() argument 1"))?;
    let this = text(&args[0]);
    let Some((start, end)) = convert::bounds(vm, args.get(2), args.get(3), this.len())? else {
        return Ok(None);
    };
    vm.charge((end - start) / 256)?;
    Ok(Some(found(this, needle, start, end)))
}

fn position(vm: &mut Vm, found: Option<Option<usize>>) -> PyResult {
    match found.flatten() {
        Some(at) => Ok(vm.new_usize(at)),
        None => Ok(Ref::small_int(-1)),
    }
}

fn required(vm: &mut Vm, found: Option<Option<usize>>) -> PyResult {
    match found.flatten() {
        Some(at) => Ok(vm.new_usize(at)),
        None => Err(vm.value_error("substring not found")),
    }
}

fn affix(
    vm: &mut Vm,
    args: Args<'_>,
    name: &str,
    test: fn(Text<'_>, Text<'_>, usize, usize) -> bool,
) -> PyResult {
    let this = text(&args[0]);
    let bounds = convert::bounds(vm, args.get(2), args.get(3), this.len())?;
    let matches = |vm: &mut Vm, affix: &Ref, inside: bool| -> PyResult<bool> {
        let Some(affix) = affix.as_str() else {
            let ty = vm.type_of(affix).name();
            return Err(vm.type_error(if inside {
                format!("tuple for {name} must only contain str, not {ty}")
            } else {
                format!("{name} first arg must be str or a tuple of str, not {ty}")
            }));
        };
        Ok(bounds.is_some_and(|(start, end)| test(this, affix.text(), start, end)))
    };
    match args[1].as_tuple() {
        None => matches(vm, &args[1], false).map(Ref::bool),
        Some(affixes) => {
            for affix in affixes.iter() {
                if matches(vm, affix, true)? {
                    return Ok(Ref::bool(true));
                }
            }
            Ok(Ref::bool(false))
        }
    }
}

/// The `maxsplit` or `count` argument: negative means no limit.
pub(crate) fn limit(vm: &mut Vm, value: Option<&Ref>) -> PyResult<usize> {
    match value {
        None => Ok(usize::MAX),
        Some(value) => Ok(usize::try_from(vm.index_isize(value, "")?).unwrap_or(usize::MAX)),
    }
}

fn split(vm: &mut Vm, args: Args<'_>, right: bool) -> PyResult {
    let this = text(&args[0]);
    let max = limit(vm, args.get(2))?;
    let found = match args.get_not_none(1) {
        None if right => this.rsplit_space(max),
        None => this.split_space(max),
        Some(separator) => {
            let Some(separator) = separator.as_str() else {
                let name = vm.type_of(separator).name();
                return Err(vm.type_error(format!("must be str or None, not {name}")));
            };
            if separator.is_empty() {
                return Err(vm.value_error("empty separator"));
            }
            if right {
                this.rsplit(separator.text(), max)
            } else {
                this.split(separator.text(), max)
            }
        }
    };
    parts(vm, this, found)
}

fn partition(vm: &mut Vm, args: Args<'_>, right: bool) -> PyResult {
    let this = text(&args[0]);
    let Some(separator) = args[1].as_str() else {
        let name = vm.type_of(&args[1]).name();
        return Err(vm.type_error(format!("must be str, not {name}")));
    };
    if separator.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    let found = match right {
        true => this.rfind(separator.text(), 0, this.len()),
        false => this.find(separator.text(), 0, this.len()),
    };
    let items = match found {
        Some(at) => vec![
            vm.new_text(this.substring(0, at)),
            args[1].clone(),
            vm.new_text(this.substring(at + separator.len(), this.len())),
        ],
        None if right => vec![vm.new_str(""), vm.new_str(""), plain(vm, &args[0])],
        None => vec![plain(vm, &args[0]), vm.new_str(""), vm.new_str("")],
    };
    Ok(vm.new_tuple(items))
}

fn strip(vm: &mut Vm, args: Args<'_>, name: &str, ends: Ends) -> PyResult {
    let set = match args.get_not_none(1) {
        None => None,
        Some(set) => match set.as_str() {
            Some(set) => Some(set.text()),
            None => return Err(vm.type_error(format!("{name} arg must be None or str"))),
        },
    };
    let kept = text(&args[0]).strip(ends, set);
    Ok(part(vm, &args[0], kept))
}

fn replace(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let old = need_str(vm, &args[1], "replace() argument 1")?;
    let new = need_str(vm, &args[2], "replace() argument 2")?;
    let max = limit(vm, args.get(3))?;
    let this = text(&args[0]);
    vm.charge(this.len() / 128)?;
    if new.len() > old.len() {
        let count = if old.is_empty() {
            this.len() + 1
        } else {
            this.count(old, 0, this.len())
        };
        vm.check_memory(
            count
                .min(max)
                .saturating_mul(new.len() - old.len())
                .saturating_mul(new.kind()),
        )?;
    }
    match this.replace(old, new, max) {
        Some(replaced) => Ok(vm.new_text(replaced)),
        None => Ok(plain(vm, &args[0])),
    }
}

fn join(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let items = convert::join_items(vm, &args[1])?;
    join_items(vm, &args[0], &items)
}

/// `separator.join(items)`
pub(crate) fn join_items(vm: &mut Vm, separator: &Ref, items: &[Ref]) -> PyResult {
    let mut total = 0;
    let mut width = text(separator).kind();
    for (index, item) in items.iter().enumerate() {
        let Some(item) = item.as_str() else {
            let name = vm.type_of(item).name();
            return Err(vm.type_error(format!(
                "sequence item {index}: expected str instance, {name} found"
            )));
        };
        total += item.len();
        width = width.max(item.text().kind());
    }
    if let [only] = items
        && vm.type_of(only).is(vm.types.str)
    {
        return Ok(only.clone());
    }
    total += text(separator).len() * items.len().saturating_sub(1);
    vm.check_memory(total.saturating_mul(width))?;
    vm.charge(total / 256 + items.len() / 8)?;
    let joined = text(separator).join(items.iter().map(text));
    Ok(vm.new_text(joined))
}

fn fill_character(vm: &mut Vm, value: Option<&Ref>, name: &str) -> PyResult<u32> {
    let Some(value) = value else { return Ok(0x20) };
    match value.as_str() {
        Some(fill) if fill.len() == 1 => Ok(fill.text().at(0)),
        Some(_) => Err(vm.type_error("The fill character must be exactly one character long")),
        None => {
            let ty = vm.type_of(value).name();
            let _ = name;
            Err(vm.type_error(format!(
                "The fill character must be a unicode character, not {ty}"
            )))
        }
    }
}

fn justify(
    vm: &mut Vm,
    args: Args<'_>,
    name: &str,
    padding: fn(usize, usize) -> (usize, usize),
) -> PyResult {
    let width = usize::try_from(vm.index_isize(&args[1], "")?).unwrap_or(0);
    let fill = fill_character(vm, args.get(2), name)?;
    let this = text(&args[0]);
    let (left, right) = padding(this.len(), width);
    if left + right == 0 {
        return Ok(plain(vm, &args[0]));
    }
    vm.check_memory(width.saturating_mul(this.kind().max(4)))?;
    Ok(vm.new_text(this.pad(left, right, fill)))
}

fn zfill(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let width = usize::try_from(vm.index_isize(&args[1], "")?).unwrap_or(0);
    vm.check_memory(width)?;
    Ok(vm.new_text(text(&args[0]).zfill(width)))
}

fn expandtabs(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let size = match args.get(1) {
        Some(size) => usize::try_from(vm.index_isize(size, "")?).unwrap_or(0),
        None => 8,
    };
    let this = text(&args[0]);
    let Some(len) = expanded_len(this.code_points(), size) else {
        return Err(vm.overflow_error("new string is too long"));
    };
    vm.check_memory(len.saturating_mul(this.kind()))?;
    let mut out = StrBuilder::with_capacity(len);
    expand_tabs(this.code_points(), size, |c, count| out.push_many(c, count));
    Ok(vm.new_text(out.finish()))
}

fn translate(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = text(&args[0]);
    let mut out = StrBuilder::with_capacity(this.len());
    vm.charge(this.len())?;
    for c in this.code_points() {
        let key = Ref::small_int(c as i32);
        let mapped = match vm.get_item(&args[1], &key) {
            Ok(mapped) => mapped,
            Err(error) if vm.exc_is(&error, vm.exc.LookupError) => {
                out.push(c);
                continue;
            }
            Err(error) => return Err(error),
        };
        if mapped.is_none() {
            continue;
        }
        if let Some(mapped) = mapped.as_str() {
            out.push_str(mapped.text());
            continue;
        }
        match crate::types::int::IntRef::of(&mapped) {
            Some(int) => match int.to_i64() {
                Some(c @ 0..0x11_0000) => out.push(c as u32),
                _ => return Err(vm.value_error("character mapping must be in range(0x110000)")),
            },
            None => return Err(vm.type_error("character mapping must return integer, None or str")),
        }
    }
    Ok(vm.new_text(out.finish()))
}

fn maketrans(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let table = vm.new_dict();
    let dict: &Dict = table.payload();
    let Some(second) = args.get(1) else {
        let Some(mapping) = args[0].downcast::<Dict>() else {
            return Err(
                vm.type_error("if you give only one argument to maketrans it must be a dict")
            );
        };
        for (key, value) in mapping.items(vm) {
            let key = match key.as_str() {
                Some(key) if key.len() == 1 => Ref::small_int(key.text().at(0) as i32),
                Some(_) => {
                    return Err(
                        vm.value_error("string keys in translate table must be of length 1")
                    );
                }
                None if crate::types::int::IntRef::of(&key).is_some() => key,
                None => {
                    return Err(
                        vm.type_error("keys in translate table must be strings or integers")
                    );
                }
            };
            dict.insert(vm, &key, value)?;
        }
        return Ok(table);
    };
    if args[0].as_str().is_none() {
        return Err(vm.type_error(
            "first maketrans argument must be a string if there is a second argument",
        ));
    }
    let from = text(&args[0]);
    let to = need_str(vm, second, "maketrans() argument 2")?;
    if from.len() != to.len() {
        return Err(vm.value_error("the first two maketrans arguments must have equal length"));
    }
    for (from, to) in from.code_points().zip(to.code_points()) {
        dict.insert(vm, &Ref::small_int(from as i32), Ref::small_int(to as i32))?;
    }
    if let Some(deleted) = args.get(2) {
        let deleted = need_str(vm, deleted, "maketrans() argument 3")?;
        for c in deleted.code_points() {
            dict.insert(vm, &Ref::small_int(c as i32), Ref::none())?;
        }
    }
    Ok(table)
}

fn method_encode(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let encoding = codec_name(vm, args.get(1), "encode", "encoding")?;
    let errors = codec_name(vm, args.get(2), "encode", "errors")?;
    super::encode(vm, &args[0], encoding.as_deref(), errors.as_deref())
}

fn method_format_spec(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some(spec) = args[1].as_str() else {
        return Err(convert::format_argument(vm, &args[1]));
    };
    if spec.is_empty() {
        return vm.str(&args[0]);
    }
    let name = vm.type_of(&args[0]).name();
    let spec = match Spec::parse(spec.text(), &name) {
        Ok(spec) => spec,
        Err(error) => return Err(format_error(vm, error)),
    };
    vm.check_memory(spec.width)?;
    match format_str(text(&args[0]), &spec, &name) {
        Ok(text) => Ok(vm.new_text(text)),
        Err(error) => Err(format_error(vm, error)),
    }
}

fn remove_affix(vm: &mut Vm, args: Args<'_>, name: &str, suffix: bool) -> PyResult {
    let affix = need_str(vm, &args[1], &format!("{name}() argument"))?;
    let this = text(&args[0]);
    let len = this.len();
    let kept = if suffix {
        if !affix.is_empty() && this.ends_with(affix, 0, len) {
            (0, len - affix.len())
        } else {
            (0, len)
        }
    } else if this.starts_with(affix, 0, len) {
        (affix.len(), len)
    } else {
        (0, len)
    };
    Ok(part(vm, &args[0], kept))
}

const OTHERS: [MethodDef; 34] = [
    MethodDef::new(
        "encode",
        "($self, /, encoding='utf-8', errors='strict')",
        "Encode the string using the codec registered for encoding.",
        method_encode,
    ),
    MethodDef::new(
        "replace",
        "($self, old, new, /, count=-1)",
        "Return a copy with all occurrences of substring old replaced by new.",
        replace,
    ),
    MethodDef::new(
        "split",
        "($self, /, sep=None, maxsplit=-1)",
        "Return a list of the substrings in the string, using sep as the separator string.",
        |vm, args| split(vm, args, false),
    ),
    MethodDef::new(
        "rsplit",
        "($self, /, sep=None, maxsplit=-1)",
        "Return a list of the substrings in the string, using sep as the separator string.",
        |vm, args| split(vm, args, true),
    ),
    MethodDef::new(
        "join",
        "($self, iterable, /)",
        "Concatenate any number of strings.\n\nThe string whose method is called is inserted in between each given string.\nThe result is returned as a new string.\n\nExample: '.'.join(['ab', 'pq', 'rs']) -> 'ab.pq.rs'",
        join,
    ),
    MethodDef::new(
        "center",
        "($self, width, fillchar=' ', /)",
        "Return a centered string of length width.\n\nPadding is done using the specified fill character (default is a space).",
        |vm, args| justify(vm, args, "center", center_padding),
    ),
    MethodDef::new(
        "ljust",
        "($self, width, fillchar=' ', /)",
        "Return a left-justified string of length width.\n\nPadding is done using the specified fill character (default is a space).",
        |vm, args| {
            justify(vm, args, "ljust", |len, width| {
                (0, width.saturating_sub(len))
            })
        },
    ),
    MethodDef::new(
        "rjust",
        "($self, width, fillchar=' ', /)",
        "Return a right-justified string of length width.\n\nPadding is done using the specified fill character (default is a space).",
        |vm, args| {
            justify(vm, args, "rjust", |len, width| {
                (width.saturating_sub(len), 0)
            })
        },
    ),
    MethodDef::new(
        "zfill",
        "($self, width, /)",
        "Pad a numeric string with zeros on the left, to fill a field of the given width.\n\nThe string is never truncated.",
        zfill,
    ),
    MethodDef::new(
        "expandtabs",
        "($self, /, tabsize=8)",
        "Return a copy where all tab characters are expanded using spaces.\n\nIf tabsize is not given, a tab size of 8 characters is assumed.",
        expandtabs,
    ),
    MethodDef::new(
        "find",
        "($self, sub, start=None, end=None, /)",
        "Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].",
        |vm, args| {
            let found = search(vm, args, "find", |this, needle, start, end| {
                this.find(needle, start, end)
            })?;
            position(vm, found)
        },
    ),
    MethodDef::new(
        "rfind",
        "($self, sub, start=None, end=None, /)",
        "Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].",
        |vm, args| {
            let found = search(vm, args, "rfind", |this, needle, start, end| {
                this.rfind(needle, start, end)
            })?;
            position(vm, found)
        },
    ),
    MethodDef::new(
        "index",
        "($self, sub, start=None, end=None, /)",
        "Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].",
        |vm, args| {
            let found = search(vm, args, "index", |this, needle, start, end| {
                this.find(needle, start, end)
            })?;
            required(vm, found)
        },
    ),
    MethodDef::new(
        "rindex",
        "($self, sub, start=None, end=None, /)",
        "Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].",
        |vm, args| {
            let found = search(vm, args, "rindex", |this, needle, start, end| {
                this.rfind(needle, start, end)
            })?;
            required(vm, found)
        },
    ),
    MethodDef::new(
        "count",
        "($self, sub, start=None, end=None, /)",
        "Return the number of non-overlapping occurrences of substring sub in string S[start:end].",
        |vm, args| {
            let found = search(vm, args, "count", |this, needle, start, end| {
                this.count(needle, start, end)
            })?;
            Ok(vm.new_usize(found.unwrap_or(0)))
        },
    ),
    MethodDef::new(
        "startswith",
        "($self, prefix, start=None, end=None, /)",
        "Return True if the string starts with the specified prefix, False otherwise.",
        |vm, args| {
            affix(vm, args, "startswith", |this, affix, start, end| {
                this.starts_with(affix, start, end)
            })
        },
    ),
    MethodDef::new(
        "endswith",
        "($self, suffix, start=None, end=None, /)",
        "Return True if the string ends with the specified suffix, False otherwise.",
        |vm, args| {
            affix(vm, args, "endswith", |this, affix, start, end| {
                this.ends_with(affix, start, end)
            })
        },
    ),
    MethodDef::new(
        "removeprefix",
        "($self, prefix, /)",
        "Return a str with the given prefix string removed if present.",
        |vm, args| remove_affix(vm, args, "removeprefix", false),
    ),
    MethodDef::new(
        "removesuffix",
        "($self, suffix, /)",
        "Return a str with the given suffix string removed if present.",
        |vm, args| remove_affix(vm, args, "removesuffix", true),
    ),
    MethodDef::new(
        "partition",
        "($self, sep, /)",
        "Partition the string into three parts using the given separator.",
        |vm, args| partition(vm, args, false),
    ),
    MethodDef::new(
        "rpartition",
        "($self, sep, /)",
        "Partition the string into three parts using the given separator.",
        |vm, args| partition(vm, args, true),
    ),
    MethodDef::new(
        "splitlines",
        "($self, /, keepends=False)",
        "Return a list of the lines in the string, breaking at line boundaries.\n\nLine breaks are not included in the resulting list unless keepends is given and\ntrue.",
        |vm, args| {
            let keep = match args.get(1) {
                Some(keep) => vm.is_true(keep)?,
                None => false,
            };
            let this = text(&args[0]);
            parts(vm, this, this.split_lines(keep))
        },
    ),
    MethodDef::new(
        "strip",
        "($self, chars=None, /)",
        "Return a copy of the string with leading and trailing whitespace removed.\n\nIf chars is given and not None, remove characters in chars instead.",
        |vm, args| strip(vm, args, "strip", Ends::Both),
    ),
    MethodDef::new(
        "lstrip",
        "($self, chars=None, /)",
        "Return a copy of the string with leading whitespace removed.\n\nIf chars is given and not None, remove characters in chars instead.",
        |vm, args| strip(vm, args, "lstrip", Ends::Left),
    ),
    MethodDef::new(
        "rstrip",
        "($self, chars=None, /)",
        "Return a copy of the string with trailing whitespace removed.\n\nIf chars is given and not None, remove characters in chars instead.",
        |vm, args| strip(vm, args, "rstrip", Ends::Right),
    ),
    MethodDef::new(
        "translate",
        "($self, table, /)",
        "Replace each character in the string using the given translation table.",
        translate,
    ),
    MethodDef::new(
        "maketrans",
        "(x, y=<unrepresentable>, z=<unrepresentable>, /)",
        "Return a translation table usable for str.translate().",
        maketrans,
    )
    .static_(),
    MethodDef::new(
        "format",
        "",
        "Return a formatted version of the string, using substitutions from args and kwargs.",
        super::fields::format,
    ),
    MethodDef::new(
        "format_map",
        "($self, mapping, /)",
        "Return a formatted version of the string, using substitutions from mapping.",
        super::fields::format_map,
    ),
    MethodDef::new(
        "__format__",
        "($self, format_spec, /)",
        "Return a formatted version of the string as described by format_spec.",
        method_format_spec,
    ),
    MethodDef::new(
        "__sizeof__",
        "($self, /)",
        "Return the size of the string in memory, in bytes.",
        |vm, args| {
            let this = text(&args[0]);
            let header = if this.is_ascii() { 40 } else { 56 };
            Ok(vm.new_usize(header + (this.len() + 1) * this.kind()))
        },
    ),
    MethodDef::new("__getnewargs__", "($self, /)", "", |vm, args| {
        let copy = plain(vm, &args[0]);
        Ok(vm.new_tuple(vec![copy]))
    }),
    MethodDef::new(
        "_formatter_parser",
        "($self, /)",
        "",
        super::fields::formatter_parser,
    ),
    MethodDef::new(
        "_formatter_field_name_split",
        "($self, /)",
        "",
        super::fields::formatter_field_name_split,
    ),
];

const fn all() -> [MethodDef; 52] {
    let mut methods = [OTHERS[0]; 52];
    let mut at = 0;
    while at < 6 {
        methods[at] = MAPPINGS[at];
        at += 1;
    }
    while at < 18 {
        methods[at] = PREDICATES[at - 6];
        at += 1;
    }
    while at < 52 {
        methods[at] = OTHERS[at - 18];
        at += 1;
    }
    methods
}

/// The methods of `str`.
pub(super) const METHODS: &[MethodDef] = &all();

//! `re.Pattern` and what it does with a text.

use std::cell::Cell;

use vitrine_vm::object::{
    Args, Bytes, CompareOp, MethodDef, Payload, Ref, Slots, TypeDef, Visitor, type_flags,
};
use vitrine_vm::text::Units;
use vitrine_vm::{Exc, PyResult, Vm};

use super::engine::{Matcher, Stop};
use super::found::{Found, getter};
use super::template::{self, Template};
use super::{Subject, Types};

pub(super) const TYPE: TypeDef = TypeDef {
    name: "Pattern",
    module: "re",
    doc: "A compiled regular expression.",
    flags: type_flags::DISALLOW_INSTANTIATION | type_flags::HAS_WEAKREF,
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(compare),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "match",
            SPAN,
            "Match at the start of the string.",
            |vm, args| one(vm, args, How::Match),
        ),
        MethodDef::new("fullmatch", SPAN, "Match all of the string.", |vm, args| {
            one(vm, args, How::Full)
        }),
        MethodDef::new("search", SPAN, "Find the first match.", |vm, args| {
            one(vm, args, How::Search)
        }),
        MethodDef::new(
            "findall",
            SPAN,
            "Return all matches that do not overlap.",
            findall,
        ),
        MethodDef::new(
            "finditer",
            SPAN,
            "Return an iterator over all matches.",
            finditer,
        ),
        MethodDef::new("scanner", SPAN, "Return a scanner.", scanner),
        MethodDef::new(
            "split",
            "($self, /, string, maxsplit=0)",
            "Split at the matches.",
            split,
        ),
        MethodDef::new(
            "sub",
            "($self, /, repl, string, count=0)",
            "Replace the matches.",
            |vm, args| Ok(replace(vm, args)?.0),
        ),
        MethodDef::new(
            "subn",
            "($self, /, repl, string, count=0)",
            "Replace the matches and count them.",
            |vm, args| {
                let (text, count) = replace(vm, args)?;
                let count = vm.new_usize(count);
                Ok(vm.new_pair(text, count))
            },
        ),
        MethodDef::new("__copy__", "($self, /)", "Return itself.", |_, args| {
            Ok(args[0].clone())
        }),
        MethodDef::new(
            "__deepcopy__",
            "($self, memo, /)",
            "Return itself.",
            |_, args| Ok(args[0].clone()),
        ),
    ],
    getset: &[
        getter("pattern", "The text it was compiled from.", |_, this| {
            Ok(of(this).pattern.clone())
        }),
        getter("flags", "The flags.", |vm, this| {
            Ok(vm.new_int(of(this).flags))
        }),
        getter("groups", "How many groups there are.", |vm, this| {
            Ok(vm.new_usize(of(this).groups))
        }),
        getter(
            "groupindex",
            "The numbers of the named groups.",
            |vm, this| {
                let proxy = vm.types.mappingproxy.to_ref();
                vm.call(&proxy, &[of(this).groupindex.clone()])
            },
        ),
    ],
};

pub(super) const SCANNER: TypeDef = TypeDef {
    name: "SRE_Scanner",
    module: "_sre",
    flags: type_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        iter: Some(|_, this| Ok(this.clone())),
        iternext: Some(next_found),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "match",
            "($self, /)",
            "Match at the place of the last match's end.",
            |vm, args| {
                scan(vm, args.this(), How::Match).map(|found| found.unwrap_or_else(Ref::none))
            },
        ),
        MethodDef::new(
            "search",
            "($self, /)",
            "Find the next match.",
            |vm, args| {
                scan(vm, args.this(), How::Search).map(|found| found.unwrap_or_else(Ref::none))
            },
        ),
    ],
    getset: &[getter("pattern", "The pattern.", |_, this| {
        Ok(this.payload::<Scanner>().pattern.clone())
    })],
    ..TypeDef::EMPTY
};

const SPAN: &str = "($self, /, string, pos=0, endpos=sys.maxsize)";

/// A compiled pattern.
pub(super) struct Pattern {
    pub(super) pattern: Ref,
    flags: i64,
    codes: Box<[u32]>,
    groups: usize,
    pub(super) groupindex: Ref,
    pub(super) indexgroup: Ref,
}

impl Payload for Pattern {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.pattern);
        visitor.visit(&self.groupindex);
        visitor.visit(&self.indexgroup);
    }
}

fn of(this: &Ref) -> &Pattern {
    this.payload()
}

/// `compile(pattern, flags, code, groups, groupindex, indexgroup)`
pub(super) fn compile(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let flags = vm.index_isize(&args[1], "flags")? as i64;
    let mut codes = Vec::new();
    for code in vm.collect(&args[2])? {
        let code = vm.int_i64(&code).and_then(|code| u32::try_from(code).ok());
        let Some(code) = code else {
            return Err(vm.overflow_error("regular expression code size limit exceeded"));
        };
        codes.push(code);
    }
    let groups = vm.index_isize(&args[3], "groups")?;
    // Each group is at least one code.
    let Some(groups) = usize::try_from(groups)
        .ok()
        .filter(|&groups| groups <= codes.len())
    else {
        return Err(invalid_code(vm));
    };
    let Some(ty) = vm.state::<Types>().pattern else {
        return Err(invalid_code(vm));
    };
    let payload = Pattern {
        pattern: args[0].clone(),
        flags,
        codes: codes.into(),
        groups,
        groupindex: args[4].clone(),
        indexgroup: args[5].clone(),
    };
    Ok(vm.new_object(ty, payload))
}

fn invalid_code(vm: &mut Vm) -> Exc {
    vm.runtime_error("invalid SRE code")
}

/// Where a match must lie.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Match,
    Full,
    Search,
    /// A search that refuses an empty match at its start.
    Advance,
}

/// The characters of a subject: a `str`, or bytes.
fn with_subject<R>(vm: &mut Vm, string: &Ref, run: impl Run<R>) -> PyResult<R> {
    if let Some(text) = string.as_str() {
        return match text.text().units() {
            Units::U8(units) => run.run(vm, units),
            Units::U16(units) => run.run(vm, units),
            Units::U32(units) => run.run(vm, units),
        };
    }
    match string.downcast::<Bytes>() {
        Some(bytes) => run.run(vm, &bytes.data[..]),
        None => {
            let ty = vm.type_of(string).name();
            Err(vm.type_error(format!("expected string or bytes-like object, got '{ty}'")))
        }
    }
}

trait Run<R> {
    fn run<S: Subject>(self, vm: &mut Vm, subject: S) -> PyResult<R>;
}

/// One attempt: where it begins and how the match must lie.
struct Attempt<'a> {
    pattern: &'a Pattern,
    how: How,
    start: usize,
    end: usize,
}

type Spans = (Vec<Option<(usize, usize)>>, Option<usize>);

impl Run<Option<Spans>> for Attempt<'_> {
    fn run<S: Subject>(self, vm: &mut Vm, subject: S) -> PyResult<Option<Spans>> {
        let Self {
            pattern,
            how,
            start,
            end,
        } = self;
        let mut stopped = None;
        let charge = |steps: u32| vm.charge(steps as usize).map_err(|exc| stopped = Some(exc));
        let mut matcher = Matcher::new(&pattern.codes, pattern.groups, subject, end, charge);
        let found = match how {
            How::Match => matcher
                .match_at(start, false)
                .map(|end| end.map(|end| (start, end))),
            How::Full => matcher
                .match_at(start, true)
                .map(|end| end.map(|end| (start, end))),
            How::Search => matcher.search(start, false),
            How::Advance => matcher.search(start, true),
        };
        let spans = found.map(|found| {
            found.map(|whole| {
                let groups = (1..=pattern.groups).map(|group| matcher.group(group));
                let spans = std::iter::once(Some(whole)).chain(groups).collect();
                (spans, matcher.last_index())
            })
        });
        drop(matcher);
        spans.map_err(|stop| match (stop, stopped) {
            (Stop::Charged, Some(exc)) => exc,
            (Stop::Memory, _) => vm.memory_error("too much to backtrack"),
            _ => invalid_code(vm),
        })
    }
}

/// The bytes or text to search: what is neither is copied into bytes.
fn subject_of(vm: &mut Vm, pattern: &Pattern, string: &Ref) -> PyResult {
    let string = match string.as_str().is_some() || string.downcast::<Bytes>().is_some() {
        true => string.clone(),
        false => {
            let ty = vm.type_of(string).name();
            if !matches!(&*ty, "bytearray" | "memoryview" | "array" | "mmap") {
                return Err(
                    vm.type_error(format!("expected string or bytes-like object, got '{ty}'"))
                );
            }
            let bytes = vm.types.bytes.to_ref();
            vm.call(&bytes, std::slice::from_ref(string))?
        }
    };
    let is_text = string.as_str().is_some();
    match (
        pattern.pattern.is_none(),
        pattern.pattern.as_str().is_some(),
        is_text,
    ) {
        (false, true, false) => {
            Err(vm.type_error("cannot use a string pattern on a bytes-like object"))
        }
        (false, false, true) => {
            Err(vm.type_error("cannot use a bytes pattern on a string-like object"))
        }
        _ => Ok(string),
    }
}

fn length(string: &Ref) -> usize {
    match string.as_str() {
        Some(text) => text.len(),
        None => string
            .downcast::<Bytes>()
            .map_or(0, |bytes| bytes.data.len()),
    }
}

/// A part of a subject.
pub(super) fn slice(vm: &mut Vm, string: &Ref, start: usize, end: usize) -> Ref {
    if let Some(text) = string.as_str() {
        if start == 0 && end == text.len() && vm.is_exact(string, vm.types.str) {
            return string.clone();
        }
        let part = text.text().substring(start, end);
        return vm.new_text(part);
    }
    match string.downcast::<Bytes>() {
        Some(bytes) => vm.new_bytes(&bytes.data[start..end]),
        None => Ref::none(),
    }
}

/// Parts put together again, of the subject's kind.
pub(super) fn join(vm: &mut Vm, string: &Ref, parts: Vec<Ref>) -> PyResult {
    let empty = if string.as_str().is_some() {
        vm.new_str("")
    } else {
        vm.new_bytes(Vec::new())
    };
    let list = vm.new_list(parts);
    vm.call_method(&empty, "join", &[list])
}

/// String, start and end of `method(string, pos, endpos)`.
fn range(vm: &mut Vm, args: Args<'_>) -> PyResult<(Ref, usize, usize)> {
    let string = subject_of(vm, args.this(), &args[1])?;
    let length = length(&string);
    let mut bound = |index: usize, default: usize| match args.get(index) {
        Some(value) => Ok(vm.index_clamped(value)?.clamp(0, length as isize) as usize),
        None => Ok::<_, Exc>(default),
    };
    let (start, end) = (bound(2, 0)?, bound(3, length)?);
    Ok((string, start, end))
}

/// One match as an object.
fn attempt(
    vm: &mut Vm,
    pattern: &Ref,
    string: &Ref,
    (start, pos, endpos): (usize, usize, usize),
    how: How,
) -> PyResult<Option<Ref>> {
    if start > endpos {
        return Ok(None);
    }
    let run = Attempt {
        pattern: of(pattern),
        how,
        start,
        end: endpos,
    };
    let Some((spans, last_index)) = with_subject(vm, string, run)? else {
        return Ok(None);
    };
    let Some(ty) = vm.state::<Types>().found else {
        return Ok(None);
    };
    let payload = Found {
        pattern: pattern.clone(),
        string: string.clone(),
        pos,
        endpos,
        spans,
        last_index,
    };
    Ok(Some(vm.new_object(ty, payload)))
}

fn one(vm: &mut Vm, args: Args<'_>, how: How) -> PyResult {
    let (string, start, end) = range(vm, args)?;
    let found = attempt(vm, &args[0], &string, (start, start, end), how)?;
    Ok(found.unwrap_or_else(Ref::none))
}

/// Calls `each` for every match that does not overlap the one before.
fn for_each(
    vm: &mut Vm,
    pattern: &Ref,
    string: &Ref,
    (start, end): (usize, usize),
    mut each: impl FnMut(&mut Vm, &Found, &Ref) -> PyResult<bool>,
) -> PyResult<()> {
    let (mut from, mut how) = (start, How::Search);
    while let Some(found) = attempt(vm, pattern, string, (from, start, end), how)? {
        let details: &Found = found.payload();
        let (begin, stop) = details.spans[0].unwrap_or((end, end));
        if !each(vm, details, &found)? {
            break;
        }
        how = if begin == stop {
            How::Advance
        } else {
            How::Search
        };
        from = stop;
    }
    Ok(())
}

fn findall(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (string, start, end) = range(vm, args)?;
    let empty = slice(vm, &string, 0, 0);
    let mut all = Vec::new();
    for_each(vm, &args[0], &string, (start, end), |vm, found, _| {
        vm.check_memory(64)?;
        all.push(match found.spans.len() {
            1 => found.text(vm, 0, &empty),
            2 => found.text(vm, 1, &empty),
            groups => {
                let texts = (1..groups)
                    .map(|group| found.text(vm, group, &empty))
                    .collect();
                vm.new_tuple(texts)
            }
        });
        Ok(true)
    })?;
    Ok(vm.new_list(all))
}

fn split(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let string = subject_of(vm, args.this(), &args[1])?;
    let most = match args.get(2) {
        Some(most) => vm.index_clamped(most)?,
        None => 0,
    };
    let end = length(&string);
    let (mut parts, mut last, mut count) = (Vec::new(), 0, 0);
    if most >= 0 {
        for_each(vm, &args[0], &string, (0, end), |vm, found, _| {
            let (begin, stop) = found.spans[0].unwrap_or((end, end));
            parts.push(slice(vm, &string, last, begin));
            for group in 1..found.spans.len() {
                parts.push(found.text(vm, group, &Ref::none()));
            }
            last = stop;
            count += 1;
            Ok(most == 0 || count < most)
        })?;
    }
    parts.push(slice(vm, &string, last, end));
    Ok(vm.new_list(parts))
}

/// What a match is replaced by.
enum Replacement {
    Literal(Ref),
    Template(Ref),
    Function(Ref),
}

fn replacement(vm: &mut Vm, pattern: &Ref, repl: &Ref) -> PyResult<Replacement> {
    if vm.is_callable(repl) {
        return Ok(Replacement::Function(repl.clone()));
    }
    let backslash = match (repl.as_str(), repl.downcast::<Bytes>()) {
        (Some(text), _) => text.text().code_points().any(|c| c == u32::from(b'\\')),
        (None, Some(bytes)) => bytes.data.contains(&b'\\'),
        (None, None) => true,
    };
    if !backslash {
        return Ok(Replacement::Literal(repl.clone()));
    }
    let template = template::compile(vm, pattern, repl)?;
    Ok(match template.downcast::<Template>() {
        Some(filled) if filled.rest.is_empty() => Replacement::Literal(filled.first.clone()),
        _ => Replacement::Template(template),
    })
}

/// The text with the matches replaced, and how many there were.
fn replace(vm: &mut Vm, args: Args<'_>) -> PyResult<(Ref, usize)> {
    let string = subject_of(vm, args.this(), &args[2])?;
    let most = match args.get(3) {
        Some(most) => vm.index_clamped(most)?,
        None => 0,
    };
    let replacement = replacement(vm, &args[0], &args[1])?;
    let end = length(&string);
    let (mut parts, mut last, mut count) = (Vec::new(), 0, 0);
    if most >= 0 {
        for_each(vm, &args[0], &string, (0, end), |vm, found, object| {
            let (begin, stop) = found.spans[0].unwrap_or((end, end));
            if last < begin {
                parts.push(slice(vm, &string, last, begin));
            }
            match &replacement {
                Replacement::Literal(text) => parts.push(text.clone()),
                Replacement::Template(template) => {
                    found.fill(vm, template.payload(), &mut parts)?;
                }
                Replacement::Function(function) => {
                    let text = vm.call(function, std::slice::from_ref(object))?;
                    if !text.is_none() {
                        parts.push(text);
                    }
                }
            }
            last = stop;
            count += 1;
            Ok(most == 0 || (count as isize) < most)
        })?;
    }
    if count == 0 {
        return Ok((slice(vm, &string, 0, end), 0));
    }
    if last < end {
        parts.push(slice(vm, &string, last, end));
    }
    Ok((join(vm, &string, parts)?, count))
}

/// Matches one after the other.
struct Scanner {
    pattern: Ref,
    string: Ref,
    pos: usize,
    end: usize,
    from: Cell<usize>,
    advance: Cell<bool>,
    over: Cell<bool>,
}

impl Payload for Scanner {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.pattern);
        visitor.visit(&self.string);
    }
}

fn scanner(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (string, start, end) = range(vm, args)?;
    let Some(ty) = vm.state::<Types>().scanner else {
        return Ok(Ref::none());
    };
    let payload = Scanner {
        pattern: args[0].clone(),
        string,
        pos: start,
        end,
        from: Cell::new(start),
        advance: Cell::new(false),
        over: Cell::new(false),
    };
    Ok(vm.new_object(ty, payload))
}

fn finditer(vm: &mut Vm, args: Args<'_>) -> PyResult {
    scanner(vm, args)
}

fn scan(vm: &mut Vm, scanner: &Scanner, how: How) -> PyResult<Option<Ref>> {
    if scanner.over.get() {
        return Ok(None);
    }
    let how = if scanner.advance.get() && how == How::Search {
        How::Advance
    } else {
        how
    };
    let place = (scanner.from.get(), scanner.pos, scanner.end);
    let found = attempt(vm, &scanner.pattern, &scanner.string, place, how)?;
    match &found {
        Some(found) => {
            let (begin, stop) =
                found.payload::<Found>().spans[0].unwrap_or((scanner.end, scanner.end));
            scanner.advance.set(begin == stop);
            scanner.from.set(stop);
        }
        None => scanner.over.set(true),
    }
    Ok(found)
}

fn next_found(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    scan(vm, this.payload(), How::Search)
}

const FLAGS: [(i64, &str); 7] = [
    (2, "re.IGNORECASE"),
    (4, "re.LOCALE"),
    (8, "re.MULTILINE"),
    (16, "re.DOTALL"),
    (64, "re.VERBOSE"),
    (128, "re.DEBUG"),
    (256, "re.ASCII"),
];
const UNICODE: i64 = 32;

fn repr(vm: &mut Vm, this: &Ref) -> PyResult {
    let pattern = of(this);
    let mut flags = pattern.flags;
    // What a text pattern has unless it says otherwise is not shown.
    if pattern.pattern.as_str().is_some() && flags & (4 | UNICODE | 256) == UNICODE {
        flags &= !UNICODE;
    }
    let mut names: Vec<String> = Vec::new();
    for (bit, name) in FLAGS {
        if flags & bit != 0 {
            names.push(name.to_owned());
            flags &= !bit;
        }
    }
    if flags != 0 {
        names.push(format!("{flags:#x}"));
    }
    let text = vm.repr_string(&pattern.pattern)?;
    let text: String = text.chars().take(200).collect();
    let flags = if names.is_empty() {
        String::new()
    } else {
        format!(", {}", names.join("|"))
    };
    Ok(vm.new_str(&format!("re.compile({text}{flags})")))
}

fn hash(vm: &mut Vm, this: &Ref) -> PyResult<i64> {
    let pattern = of(this);
    let text = vm.hash(&pattern.pattern)?;
    let codes = pattern.codes.iter().fold(0i64, |hash, &code| {
        hash.wrapping_mul(1_000_003) ^ i64::from(code)
    });
    Ok((text ^ codes ^ pattern.flags ^ pattern.groups as i64).max(0))
}

fn compare(vm: &mut Vm, this: &Ref, other: &Ref, op: CompareOp) -> PyResult {
    let (CompareOp::Eq | CompareOp::Ne, Some(other)) = (op, other.downcast::<Pattern>()) else {
        return Ok(Ref::not_implemented());
    };
    let pattern = of(this);
    let same = pattern.flags == other.flags
        && pattern.codes == other.codes
        && pattern.pattern.as_str().is_some() == other.pattern.as_str().is_some()
        && vm.eq(&pattern.pattern, &other.pattern)?;
    Ok(Ref::bool(same == (op == CompareOp::Eq)))
}

//! `re.Match`.

use vitrine_vm::object::{
    Args, GetSetDef, MethodDef, Payload, Ref, Slots, TypeDef, Visitor, type_flags,
};
use vitrine_vm::{Exc, PyResult, Vm};

use super::pattern::{Pattern, slice};
use super::template::{self, Template};

pub(super) const TYPE: TypeDef = TypeDef {
    name: "Match",
    module: "re",
    doc: "The result of re.match() and re.search().",
    flags: type_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(repr),
        subscript: Some(subscript),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "group",
            "($self, *groups)",
            "Return one or more groups.",
            group,
        ),
        MethodDef::new(
            "groups",
            "($self, /, default=None)",
            "Return all groups, the whole match not included.",
            groups,
        ),
        MethodDef::new(
            "groupdict",
            "($self, /, default=None)",
            "Return the named groups.",
            groupdict,
        ),
        MethodDef::new(
            "start",
            "($self, group=0, /)",
            "Return where a group starts.",
            |vm, args| {
                let span = span_of(vm, args)?;
                Ok(vm.new_int(span.0))
            },
        ),
        MethodDef::new(
            "end",
            "($self, group=0, /)",
            "Return where a group ends.",
            |vm, args| {
                let span = span_of(vm, args)?;
                Ok(vm.new_int(span.1))
            },
        ),
        MethodDef::new(
            "span",
            "($self, group=0, /)",
            "Return start and end of a group.",
            |vm, args| {
                let span = span_of(vm, args)?;
                Ok(pair(vm, span))
            },
        ),
        MethodDef::new(
            "expand",
            "($self, /, template)",
            "Fill a template with the groups.",
            expand,
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
        getter("string", "The text that was searched.", |_, this| {
            Ok(of(this).string.clone())
        }),
        getter("re", "The pattern.", |_, this| Ok(of(this).pattern.clone())),
        getter("pos", "Where the search began.", |vm, this| {
            Ok(vm.new_usize(of(this).pos))
        }),
        getter("endpos", "Where the search ended.", |vm, this| {
            Ok(vm.new_usize(of(this).endpos))
        }),
        getter("lastindex", "The last group that matched.", |vm, this| {
            Ok(of(this)
                .last_index
                .map_or_else(Ref::none, |index| vm.new_usize(index)))
        }),
        getter(
            "lastgroup",
            "The name of the last group that matched.",
            |_, this| {
                let found = of(this);
                let pattern: &Pattern = found.pattern.payload();
                let names = pattern.indexgroup.as_tuple();
                let name = found
                    .last_index
                    .and_then(|index| names?.get(index).cloned());
                Ok(name.unwrap_or_else(Ref::none))
            },
        ),
        getter("regs", "The places of all groups.", |vm, this| {
            let spans: Vec<_> = of(this).spans.iter().map(|span| places(*span)).collect();
            let pairs = spans.into_iter().map(|span| pair(vm, span)).collect();
            Ok(vm.new_tuple(pairs))
        }),
    ],
};

pub(super) const fn getter(
    name: &'static str,
    doc: &'static str,
    get: fn(&mut Vm, &Ref) -> PyResult<Ref>,
) -> GetSetDef {
    GetSetDef::read_only(name, doc, get)
}

/// A match.
pub(super) struct Found {
    pub(super) pattern: Ref,
    pub(super) string: Ref,
    pub(super) pos: usize,
    pub(super) endpos: usize,
    /// The whole match, then the groups.
    pub(super) spans: Vec<Option<(usize, usize)>>,
    pub(super) last_index: Option<usize>,
}

impl Payload for Found {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.pattern);
        visitor.visit(&self.string);
    }
}

fn of(this: &Ref) -> &Found {
    this.payload()
}

/// As Python shows it: -1 for a group that took no part.
fn places(span: Option<(usize, usize)>) -> (i64, i64) {
    span.map_or((-1, -1), |(start, end)| (start as i64, end as i64))
}

fn pair(vm: &mut Vm, (start, end): (i64, i64)) -> Ref {
    let (start, end) = (vm.new_int(start), vm.new_int(end));
    vm.new_pair(start, end)
}

impl Found {
    /// The text of a group, or `default`.
    pub(super) fn text(&self, vm: &mut Vm, group: usize, default: &Ref) -> Ref {
        match self.spans.get(group).copied().flatten() {
            Some((start, end)) => slice(vm, &self.string, start, end),
            None => default.clone(),
        }
    }

    /// The number of a group, by number or name.
    fn number(&self, vm: &mut Vm, group: &Ref) -> PyResult<usize> {
        let by_name = |vm: &mut Vm| -> PyResult<Option<Ref>> {
            let pattern: &Pattern = self.pattern.payload();
            vm.dict_get(&pattern.groupindex, group)
        };
        let number = match vm.int_i64(group) {
            Some(number) => Some(number),
            None if vm.type_of(group).slot(|slots| slots.index.is_some()) => {
                Some(vm.index_isize(group, "group")? as i64)
            }
            None => by_name(vm)?.and_then(|number| vm.int_i64(&number)),
        };
        match number
            .and_then(|number| usize::try_from(number).ok())
            .filter(|&n| n < self.spans.len())
        {
            Some(number) => Ok(number),
            None => Err(no_such_group(vm)),
        }
    }

    /// A template with this match's groups.
    pub(super) fn fill(
        &self,
        vm: &mut Vm,
        template: &Template,
        parts: &mut Vec<Ref>,
    ) -> PyResult<()> {
        parts.push(template.first.clone());
        for (group, literal) in &template.rest {
            if *group >= self.spans.len() {
                return Err(no_such_group(vm));
            }
            if let Some((start, end)) = self.spans[*group] {
                parts.push(slice(vm, &self.string, start, end));
            }
            parts.push(literal.clone());
        }
        Ok(())
    }
}

fn no_such_group(vm: &mut Vm) -> Exc {
    vm.index_error("no such group")
}

fn group(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let found: &Found = args.this();
    let wanted = args[1]
        .as_tuple()
        .map(|groups| groups.to_vec())
        .unwrap_or_default();
    let one = |vm: &mut Vm, group: &Ref| {
        let number = found.number(vm, group)?;
        Ok(found.text(vm, number, &Ref::none()))
    };
    match wanted.as_slice() {
        [] => Ok(found.text(vm, 0, &Ref::none())),
        [group] => one(vm, group),
        several => {
            let texts = several
                .iter()
                .map(|group| one(vm, group))
                .collect::<PyResult<Vec<_>>>()?;
            Ok(vm.new_tuple(texts))
        }
    }
}

fn subscript(vm: &mut Vm, this: &Ref, group: &Ref) -> PyResult {
    let found = of(this);
    let number = found.number(vm, group)?;
    Ok(found.text(vm, number, &Ref::none()))
}

fn groups(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let found: &Found = args.this();
    let default = args.get(1).cloned().unwrap_or_else(Ref::none);
    let texts = (1..found.spans.len())
        .map(|group| found.text(vm, group, &default))
        .collect();
    Ok(vm.new_tuple(texts))
}

fn groupdict(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let found: &Found = args.this();
    let default = args.get(1).cloned().unwrap_or_else(Ref::none);
    let pattern: &Pattern = found.pattern.payload();
    let names = vm.collect(&pattern.groupindex)?;
    let result = vm.new_dict();
    for name in names {
        let group = found.number(vm, &name)?;
        let text = found.text(vm, group, &default);
        vm.dict_set(&result, &name, text)?;
    }
    Ok(result)
}

fn span_of(vm: &mut Vm, args: Args<'_>) -> PyResult<(i64, i64)> {
    let found: &Found = args.this();
    let group = match args.get(1) {
        Some(group) => found.number(vm, group)?,
        None => 0,
    };
    Ok(places(found.spans[group]))
}

fn expand(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let found: &Found = args.this();
    let template = template::compile(vm, &found.pattern, &args[1])?;
    let Some(filled) = template.downcast::<Template>() else {
        return Ok(template);
    };
    let mut parts = Vec::new();
    found.fill(vm, filled, &mut parts)?;
    super::pattern::join(vm, &found.string, parts)
}

fn repr(vm: &mut Vm, this: &Ref) -> PyResult {
    let found = of(this);
    let (start, end) = places(found.spans[0]);
    let text = found.text(vm, 0, &Ref::none());
    let text = vm.repr_string(&text)?;
    Ok(vm.new_str(&format!(
        "<re.Match object; span=({start}, {end}), match={text}>"
    )))
}

//! What a t-string makes: `Template` and `Interpolation` of `string.templatelib`.
#![forbid(unsafe_code)]

use std::cell::Cell;

use crate::error::PyResult;
use crate::heap::Payload;
use crate::object::{Args, GetSetDef, MethodDef, Ref, Slots, Ty, TypeDef, Visitor};
use crate::types::convert;
use crate::types::str::text;
use crate::vm::Vm;

/// The payload of `Interpolation`.
pub(crate) struct Interpolation {
    value: Ref,
    expression: Ref,
    /// `'s'`, `'r'`, `'a'` or None.
    conversion: Ref,
    format_spec: Ref,
}

impl Payload for Interpolation {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        for part in [
            &self.value,
            &self.expression,
            &self.conversion,
            &self.format_spec,
        ] {
            visitor.visit(part);
        }
    }
}

/// The payload of `Template`: one more string than interpolations.
pub(crate) struct Template {
    strings: Ref,
    interpolations: Ref,
}

impl Payload for Template {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.strings);
        visitor.visit(&self.interpolations);
    }
}

/// What `BUILD_INTERPOLATION` makes.
pub(crate) fn new_interpolation(
    vm: &mut Vm,
    value: Ref,
    expression: Ref,
    conversion: Ref,
    format_spec: Ref,
) -> Ref {
    vm.new_object(
        vm.types.interpolation,
        Interpolation {
            value,
            expression,
            conversion,
            format_spec,
        },
    )
}

/// What `BUILD_TEMPLATE` makes of two tuples.
pub(crate) fn new_template(vm: &mut Vm, strings: Ref, interpolations: Ref) -> Ref {
    vm.new_object(
        vm.types.template,
        Template {
            strings,
            interpolations,
        },
    )
}

fn interpolation(value: &Ref) -> &Interpolation {
    value.payload()
}

fn template(value: &Ref) -> &Template {
    value.payload()
}

fn items(tuple: &Ref) -> &[Ref] {
    tuple.as_tuple().map_or(&[], |tuple| tuple)
}

fn interpolation_new(vm: &mut Vm, _ty: Ty, args: Args<'_>) -> PyResult {
    let signature = "(value, expression='', conversion=None, format_spec='')";
    let bound = convert::bind(vm, "Interpolation", signature, args)?;
    let Some(value) = bound[0].clone() else {
        return Err(vm.type_error("Interpolation() missing required argument 'value' (pos 1)"));
    };
    let string = |vm: &mut Vm, index: usize, name: &str| match &bound[index] {
        None => Ok(vm.new_str("")),
        Some(given) if given.as_str().is_some() => Ok(given.clone()),
        Some(given) => {
            let ty = vm.type_of(given).name();
            Err(vm.type_error(format!(
                "Interpolation() argument '{name}' must be str, not {ty}"
            )))
        }
    };
    let expression = string(vm, 1, "expression")?;
    let format_spec = string(vm, 3, "format_spec")?;
    let conversion = bound[2].clone().unwrap_or_else(Ref::none);
    if !conversion.is_none() {
        match conversion.as_str().and_then(|text| text.as_ascii()) {
            Some("s" | "r" | "a") => {}
            _ if conversion.as_str().is_some() => {
                return Err(vm.value_error(
                    "Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'",
                ));
            }
            _ => {
                let ty = vm.type_of(&conversion).name();
                return Err(vm.type_error(format!(
                    "Interpolation() argument 'conversion' must be str, not {ty}"
                )));
            }
        }
    }
    Ok(new_interpolation(
        vm,
        value,
        expression,
        conversion,
        format_spec,
    ))
}

fn interpolation_repr(vm: &mut Vm, value: &Ref) -> PyResult {
    let this = interpolation(value);
    let mut parts = Vec::new();
    for part in [
        &this.value,
        &this.expression,
        &this.conversion,
        &this.format_spec,
    ] {
        parts.push(vm.repr_string(part)?);
    }
    Ok(vm.new_str(&format!("Interpolation({})", parts.join(", "))))
}

/// `string.templatelib.Interpolation`
pub(crate) const INTERPOLATION: TypeDef = TypeDef {
    name: "Interpolation",
    module: "string.templatelib",
    doc: "Interpolation object",
    slots: Slots {
        repr: Some(interpolation_repr),
        new: Some(interpolation_new),
        ..Slots::EMPTY
    },
    methods: &[MethodDef::new(
        "__reduce__",
        "($self, /)",
        "",
        |vm, args| {
            let this = interpolation(&args[0]);
            let parts = [
                &this.value,
                &this.expression,
                &this.conversion,
                &this.format_spec,
            ]
            .map(Ref::clone)
            .to_vec();
            let parts = vm.new_tuple(parts);
            let ty = vm.types.interpolation.to_ref();
            Ok(vm.new_pair(ty, parts))
        },
    )],
    getset: &[
        GetSetDef::read_only("value", "Value", |_, value| {
            Ok(interpolation(value).value.clone())
        }),
        GetSetDef::read_only("expression", "Expression", |_, value| {
            Ok(interpolation(value).expression.clone())
        }),
        GetSetDef::read_only("conversion", "Conversion", |_, value| {
            Ok(interpolation(value).conversion.clone())
        }),
        GetSetDef::read_only("format_spec", "Format specifier", |_, value| {
            Ok(interpolation(value).format_spec.clone())
        }),
    ],
    ..TypeDef::EMPTY
};

/// A template of strings and interpolations in any order: neighbouring strings
/// are joined, and empty ones stand where none is given.
fn assemble(vm: &mut Vm, parts: &[Ref]) -> PyResult {
    let (mut strings, mut interpolations) = (Vec::new(), Vec::new());
    let mut pending: Option<Ref> = None;
    for part in parts {
        if part.as_str().is_some() {
            pending = Some(match pending {
                None => part.clone(),
                Some(before) => vm.new_text(text(&before).concat(text(part))),
            });
        } else {
            strings.push(pending.take().unwrap_or_else(|| vm.new_str("")));
            interpolations.push(part.clone());
        }
    }
    strings.push(pending.unwrap_or_else(|| vm.new_str("")));
    let (strings, interpolations) = (vm.new_tuple(strings), vm.new_tuple(interpolations));
    Ok(new_template(vm, strings, interpolations))
}

fn template_new(vm: &mut Vm, _ty: Ty, args: Args<'_>) -> PyResult {
    if !args.kwnames().is_empty() {
        return Err(vm.type_error("Template.__new__ only accepts *args arguments"));
    }
    for part in args.positional() {
        if part.as_str().is_none() && part.downcast::<Interpolation>().is_none() {
            let ty = vm.type_of(part).name();
            return Err(vm.type_error(format!(
                "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {ty}"
            )));
        }
    }
    assemble(vm, args.positional())
}

/// Strings and interpolations in turn.
fn all_parts(value: &Ref) -> Vec<Ref> {
    let this = template(value);
    let mut parts = Vec::new();
    let mut interpolations = items(&this.interpolations).iter();
    for string in items(&this.strings) {
        parts.push(string.clone());
        parts.extend(interpolations.next().cloned());
    }
    parts
}

fn concat(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    if a.downcast::<Template>().is_none() || b.downcast::<Template>().is_none() {
        let name = vm.type_of(b);
        let name = vm.qualified_name(name);
        return Err(vm.type_error(format!(
            "can only concatenate string.templatelib.Template (not \"{name}\") to string.templatelib.Template"
        )));
    }
    let parts = [all_parts(a), all_parts(b)].concat();
    assemble(vm, &parts)
}

fn template_repr(vm: &mut Vm, value: &Ref) -> PyResult {
    let this = template(value);
    let (strings, interpolations) = (
        vm.repr_string(&this.strings)?,
        vm.repr_string(&this.interpolations)?,
    );
    Ok(vm.new_str(&format!(
        "Template(strings={strings}, interpolations={interpolations})"
    )))
}

/// `string.templatelib.Template`
pub(crate) const TEMPLATE: TypeDef = TypeDef {
    name: "Template",
    module: "string.templatelib",
    doc: "Template object",
    slots: Slots {
        repr: Some(template_repr),
        new: Some(template_new),
        concat: Some(concat),
        iter: Some(|vm, value| {
            // Empty strings are left out.
            let parts = all_parts(value)
                .into_iter()
                .filter(|part| part.as_str().is_none_or(|text| !text.is_empty()));
            let parts = parts.collect();
            let payload = TemplateIter {
                parts,
                next: Cell::new(0),
            };
            Ok(vm.new_object(vm.types.template_iter, payload))
        }),
        ..Slots::EMPTY
    },
    methods: &[MethodDef::new(
        "__reduce__",
        "($self, /)",
        "",
        |vm, args| {
            let parts = vm.new_tuple(all_parts(&args[0]));
            let ty = vm.types.template.to_ref();
            Ok(vm.new_pair(ty, parts))
        },
    )],
    getset: &[
        GetSetDef::read_only("strings", "Strings", |_, value| {
            Ok(template(value).strings.clone())
        }),
        GetSetDef::read_only("interpolations", "Interpolations", |_, value| {
            Ok(template(value).interpolations.clone())
        }),
        GetSetDef::read_only("values", "Values of interpolations", |vm, value| {
            let values = items(&template(value).interpolations)
                .iter()
                .map(|item| interpolation(item).value.clone());
            let values = values.collect();
            Ok(vm.new_tuple(values))
        }),
    ],
    ..TypeDef::EMPTY
};

struct TemplateIter {
    parts: Vec<Ref>,
    next: Cell<usize>,
}

impl Payload for TemplateIter {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        for part in &self.parts {
            visitor.visit(part);
        }
    }
}

/// `string.templatelib.TemplateIter`
pub(crate) const TEMPLATE_ITER: TypeDef = TypeDef {
    name: "TemplateIter",
    module: "string.templatelib",
    doc: "Template iterator object",
    slots: Slots {
        iter: Some(super::iterators::itself),
        iternext: Some(|_, value| {
            let this: &TemplateIter = value.payload();
            let next = this.next.get();
            this.next.set(next + usize::from(next < this.parts.len()));
            Ok(this.parts.get(next).cloned())
        }),
        ..Slots::EMPTY
    },
    ..TypeDef::EMPTY
};

/// `Interpolation.__match_args__`
pub(crate) fn define(vm: &mut Vm) {
    let ty = vm.types.interpolation;
    let names = ["value", "expression", "conversion", "format_spec"]
        .map(|name| vm.intern(name))
        .to_vec();
    let names = vm.new_tuple(names);
    let key = vm.names.__match_args__.clone();
    ty.namespace().set_str(vm, &key, names);
}

//! `str.format`, `str.format_map` and what `string.Formatter` is built on.

use super::{need_str, text};
use crate::error::PyResult;
use crate::format::fields::{Field, First, Piece, Pieces, Step, next_step, split_name};
use crate::object::{Args, Ref};
use crate::text::{StrBuilder, Text};
use crate::types::convert::format_error;
use crate::vm::Vm;

/// Where the fields' values come from.
struct Source<'a> {
    positional: Option<&'a [Ref]>,
    named: Vec<(&'a Ref, &'a Ref)>,
    mapping: Option<&'a Ref>,
}

/// Numbering of fields: automatic, by number, or not yet known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbering {
    Unknown,
    Automatic(usize),
    Manual,
}

pub(super) fn format(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let positional = args.positional();
    let source = Source {
        positional: Some(&positional[1..]),
        named: args.keywords().collect(),
        mapping: None,
    };
    run(vm, &positional[0], &source)
}

pub(super) fn format_map(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let source = Source {
        positional: None,
        named: Vec::new(),
        mapping: args.get(1),
    };
    run(vm, &args[0], &source)
}

fn run(vm: &mut Vm, format: &Ref, source: &Source<'_>) -> PyResult {
    let mut numbering = Numbering::Unknown;
    let format = text(format);
    let mut out = StrBuilder::new();
    render(
        vm,
        format,
        (0, format.len()),
        source,
        &mut numbering,
        2,
        &mut out,
    )?;
    Ok(vm.new_text(out.finish()))
}

fn render(
    vm: &mut Vm,
    format: Text<'_>,
    range: (usize, usize),
    source: &Source<'_>,
    numbering: &mut Numbering,
    depth: u32,
    out: &mut StrBuilder,
) -> PyResult<()> {
    if depth == 0 {
        return Err(vm.value_error("Max string recursion exceeded"));
    }
    for piece in Pieces::new(format, range) {
        match piece {
            Err(error) => return Err(format_error(vm, error)),
            Ok(Piece::Literal(start, end)) => out.push_range(format, start, end),
            Ok(Piece::Field(field)) => {
                vm.charge(4)?;
                let value = field_value(vm, format, field, source, numbering)?;
                let value = match field.conversion {
                    None => value,
                    Some(conversion) => convert(vm, &value, conversion)?,
                };
                let spec = if field.nested {
                    let mut spec = StrBuilder::new();
                    render(
                        vm,
                        format,
                        field.spec,
                        source,
                        numbering,
                        depth - 1,
                        &mut spec,
                    )?;
                    vm.new_text(spec.finish())
                } else {
                    vm.new_text(format.substring(field.spec.0, field.spec.1))
                };
                let shown = vm.format(&value, &spec)?;
                vm.check_memory(out.len().saturating_add(text(&shown).len()))?;
                out.push_str(text(&shown));
            }
        }
    }
    Ok(())
}

fn convert(vm: &mut Vm, value: &Ref, conversion: u32) -> PyResult {
    match char::from_u32(conversion) {
        Some('r') => vm.repr(value),
        Some('s') => vm.str(value),
        Some('a') => vm.ascii(value),
        _ if conversion > 32 && conversion < 127 => Err(vm.value_error(format!(
            "Unknown conversion specifier {}",
            char::from(conversion as u8)
        ))),
        _ => Err(vm.value_error(format!("Unknown conversion specifier \\x{conversion:x}"))),
    }
}

fn field_value(
    vm: &mut Vm,
    format: Text<'_>,
    field: Field,
    source: &Source<'_>,
    numbering: &mut Numbering,
) -> PyResult {
    let (first, mut pos) = match split_name(format, field.name) {
        Ok(split) => split,
        Err(error) => return Err(format_error(vm, error)),
    };
    let mut value = match first {
        First::Name(start, end) => {
            let key = vm.new_text(format.substring(start, end));
            named(vm, source, &key)?
        }
        First::Auto | First::Index(_) => {
            let index = number(vm, first, numbering)?;
            match source.positional {
                None => return Err(vm.value_error("Format string contains positional fields")),
                Some(args) => match args.get(index) {
                    Some(value) => value.clone(),
                    None => {
                        return Err(vm.index_error(format!(
                            "Replacement index {index} out of range for positional args tuple"
                        )));
                    }
                },
            }
        }
    };
    loop {
        match next_step(format, pos, field.name.1) {
            Err(error) => return Err(format_error(vm, error)),
            Ok(None) => return Ok(value),
            Ok(Some((step, next))) => {
                pos = next;
                value = match step {
                    Step::Attribute(start, end) => {
                        let name = vm.new_text(format.substring(start, end));
                        vm.get_attr(&value, &name)?
                    }
                    Step::Index(index) => {
                        let index = vm.new_usize(index);
                        vm.get_item(&value, &index)?
                    }
                    Step::Key(start, end) => {
                        let key = vm.new_text(format.substring(start, end));
                        vm.get_item(&value, &key)?
                    }
                };
            }
        }
    }
}

fn named(vm: &mut Vm, source: &Source<'_>, key: &Ref) -> PyResult {
    if let Some(mapping) = source.mapping {
        return vm.get_item(mapping, key);
    }
    match source
        .named
        .iter()
        .find(|(name, _)| text(name) == text(key))
    {
        Some((_, value)) => Ok((*value).clone()),
        None => Err(vm.key_error(key)),
    }
}

fn number(vm: &mut Vm, first: First, numbering: &mut Numbering) -> PyResult<usize> {
    match (first, *numbering) {
        (First::Index(_), Numbering::Automatic(_)) => Err(vm.value_error(
            "cannot switch from automatic field numbering to manual field specification",
        )),
        (First::Index(index), _) => {
            *numbering = Numbering::Manual;
            Ok(index)
        }
        (_, Numbering::Manual) => Err(vm.value_error(
            "cannot switch from manual field specification to automatic field numbering",
        )),
        (_, Numbering::Automatic(next)) => {
            *numbering = Numbering::Automatic(next + 1);
            Ok(next)
        }
        (_, Numbering::Unknown) => {
            *numbering = Numbering::Automatic(1);
            Ok(0)
        }
    }
}

/// `_string.formatter_parser(s)`: tuples of literal, field name, spec, conversion.
pub(crate) fn formatter_parser(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let format = need_str(vm, &args[0], "expected str")?;
    let mut items = Vec::new();
    let mut literal = StrBuilder::new();
    let mut pending = false;
    for piece in Pieces::new(format, (0, format.len())) {
        match piece {
            Err(error) => return Err(format_error(vm, error)),
            Ok(Piece::Literal(start, end)) => {
                if pending {
                    let text = vm.new_text(std::mem::take(&mut literal).finish());
                    items.push(vm.new_tuple(vec![text, Ref::none(), Ref::none(), Ref::none()]));
                }
                literal.push_range(format, start, end);
                pending = true;
            }
            Ok(Piece::Field(field)) => {
                let text = vm.new_text(std::mem::take(&mut literal).finish());
                pending = false;
                let name = vm.new_text(format.substring(field.name.0, field.name.1));
                let spec = vm.new_text(format.substring(field.spec.0, field.spec.1));
                let conversion = match field.conversion {
                    Some(conversion) => super::character(vm, conversion),
                    None => Ref::none(),
                };
                items.push(vm.new_tuple(vec![text, name, spec, conversion]));
            }
        }
    }
    if pending {
        let text = vm.new_text(literal.finish());
        items.push(vm.new_tuple(vec![text, Ref::none(), Ref::none(), Ref::none()]));
    }
    let list = vm.new_list(items);
    vm.iter(&list)
}

/// `_string.formatter_field_name_split(s)`: the first part, and pairs of
/// (is attribute, name or index).
pub(crate) fn formatter_field_name_split(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let name = need_str(vm, &args[0], "expected str")?;
    let (first, mut pos) = match split_name(name, (0, name.len())) {
        Ok(split) => split,
        Err(error) => return Err(format_error(vm, error)),
    };
    let first = match first {
        First::Auto => vm.new_str(""),
        First::Index(index) => vm.new_usize(index),
        First::Name(start, end) => vm.new_text(name.substring(start, end)),
    };
    let mut steps = Vec::new();
    loop {
        let (step, next) = match next_step(name, pos, name.len()) {
            Err(error) => return Err(format_error(vm, error)),
            Ok(None) => break,
            Ok(Some(step)) => step,
        };
        pos = next;
        let (attribute, key) = match step {
            Step::Attribute(start, end) => (true, vm.new_text(name.substring(start, end))),
            Step::Index(index) => (false, vm.new_usize(index)),
            Step::Key(start, end) => (false, vm.new_text(name.substring(start, end))),
        };
        steps.push(vm.new_pair(Ref::bool(attribute), key));
    }
    let steps = vm.new_list(steps);
    let steps = vm.iter(&steps)?;
    Ok(vm.new_pair(first, steps))
}

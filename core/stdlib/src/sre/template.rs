//! Replacement templates: literals with groups between them.

use vitrine_vm::object::{Args, List, Payload, Ref, TypeDef, Visitor, type_flags};
use vitrine_vm::{Exc, PyResult, Vm};

use super::Types;
use crate::native::imported;

pub(super) const TYPE: TypeDef = TypeDef {
    name: "SRE_Template",
    module: "_sre",
    flags: type_flags::DISALLOW_INSTANTIATION,
    ..TypeDef::EMPTY
};

/// A literal, then groups, each with the literal behind it.
pub(super) struct Template {
    pub(super) first: Ref,
    pub(super) rest: Vec<(usize, Ref)>,
}

impl Payload for Template {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.first);
        for (_, literal) in &self.rest {
            visitor.visit(literal);
        }
    }
}

fn invalid(vm: &mut Vm) -> Exc {
    vm.type_error("invalid template")
}

/// `template(pattern, [literal, group, literal, ...])`
pub(super) fn new(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some(list) = args[1].downcast::<List>() else {
        return Err(invalid(vm));
    };
    let items = list.items(vm).clone();
    let Some((first, rest)) = items.split_first().filter(|(_, rest)| rest.len() % 2 == 0) else {
        return Err(invalid(vm));
    };
    let mut pairs = Vec::with_capacity(rest.len() / 2);
    for pair in rest.chunks_exact(2) {
        let group = vm.index_isize(&pair[0], "group")?;
        let Ok(group) = usize::try_from(group) else {
            return Err(invalid(vm));
        };
        pairs.push((group, pair[1].clone()));
    }
    let Some(ty) = vm.state::<Types>().template else {
        return Err(invalid(vm));
    };
    Ok(vm.new_object(
        ty,
        Template {
            first: first.clone(),
            rest: pairs,
        },
    ))
}

/// The template of a replacement text, by `re._compile_template`.
pub(super) fn compile(vm: &mut Vm, pattern: &Ref, replacement: &Ref) -> PyResult {
    let re = imported(vm, "re")?;
    let compile = vm.get_attr_str(&re, "_compile_template")?;
    vm.call(&compile, &[pattern.clone(), replacement.clone()])
}

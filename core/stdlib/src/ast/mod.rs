//! `_ast`: the classes of syntax trees.
//!
//! All classes are made from the table in [`asdl`] by calling `type`, as class
//! statements would; only `AST`, their root, is native.

mod asdl;
mod compile;
mod node;

use asdl::{CLASSES, Positions};
use vitrine_vm::object::Ref;
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use crate::native::add;

pub(crate) const MODULE: NativeModule = NativeModule { name: "_ast", init };

const FLAGS: [(&str, i32); 4] = [
    ("PyCF_ALLOW_TOP_LEVEL_AWAIT", 0x2000),
    ("PyCF_ONLY_AST", 0x400),
    ("PyCF_TYPE_COMMENTS", 0x1000),
    ("PyCF_OPTIMIZED_AST", 0x8400),
];

const POSITIONS: [&str; 4] = ["lineno", "col_offset", "end_lineno", "end_col_offset"];

/// A field of a node class.
struct Field {
    name: &'static str,
    ty: &'static str,
    optional: bool,
    repeated: bool,
}

/// Reads the fields of a row.
fn fields(text: &'static str) -> impl Iterator<Item = Field> {
    text.split(", ").filter_map(|field| {
        let (ty, name) = field.split_once(' ')?;
        let repeated = ty.ends_with('*');
        Some(Field {
            name,
            ty: ty.trim_end_matches(['*', '?']),
            optional: ty.ends_with('?'),
            repeated,
        })
    })
}

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let root = node::define(vm);
    let empty = vm.new_tuple(Vec::new());
    for name in ["_fields", "__match_args__", "_attributes"] {
        let name = vm.intern(name);
        root.namespace().set_str(vm, &name, empty.clone());
    }
    add(vm, module, "AST", root.to_ref());
    let mut rest = CLASSES;
    while let Some(first) = rest.first() {
        let end = rest
            .iter()
            .position(|class| class.base != first.base)
            .unwrap_or(rest.len());
        let (members, others) = rest.split_at(end);
        rest = others;
        let base = match first.base {
            "AST" => root.to_ref(),
            sum => new_class(vm, module, &root.to_ref(), sum, "", &sum_doc(sum, members))?,
        };
        for class in members {
            let doc = constructor(class);
            new_class(vm, module, &base, class.name, class.fields, &doc)?;
        }
    }
    add_types(vm, module)?;
    for (name, value) in FLAGS {
        add(vm, module, name, Ref::small_int(value));
    }
    crate::native::add_functions(vm, module, compile::FUNCTIONS)?;
    node::set_defaults(vm, module)
}

/// A row as ASDL writes it.
fn constructor(class: &asdl::Class) -> String {
    match class.fields {
        "" => class.name.to_owned(),
        fields => format!("{}({fields})", class.name),
    }
}

/// A sum as ASDL writes it: one line if no member has fields.
fn sum_doc(sum: &str, members: &[asdl::Class]) -> String {
    let separator = match members.iter().all(|class| class.fields.is_empty()) {
        true => " | ".to_owned(),
        false => format!("\n{} | ", " ".repeat(sum.len())),
    };
    let members: Vec<String> = members.iter().map(constructor).collect();
    format!("{sum} = {}", members.join(&separator))
}

/// Makes a class and adds it to the module.
fn new_class(
    vm: &mut Vm,
    module: &Ref,
    base: &Ref,
    name: &'static str,
    text: &'static str,
    doc: &str,
) -> PyResult {
    let namespace = vm.new_dict();
    let names = fields(text).map(|field| vm.intern(field.name)).collect();
    let names = vm.new_tuple(names);
    vm.dict_set_str(&namespace, "_fields", names.clone());
    vm.dict_set_str(&namespace, "__match_args__", names);
    let home = vm.intern("ast");
    vm.dict_set_str(&namespace, "__module__", home);
    let doc = vm.new_str(doc);
    vm.dict_set_str(&namespace, "__doc__", doc);
    let positions = asdl::positions(name);
    if positions != Positions::Without {
        let names = POSITIONS.iter().map(|name| vm.intern(name)).collect();
        let names = vm.new_tuple(names);
        vm.dict_set_str(&namespace, "_attributes", names);
    }
    if positions == Positions::OptionalEnd {
        vm.dict_set_str(&namespace, "end_lineno", Ref::none());
        vm.dict_set_str(&namespace, "end_col_offset", Ref::none());
    }
    for field in fields(text).filter(|field| field.optional) {
        vm.dict_set_str(&namespace, field.name, Ref::none());
    }
    let bases = vm.new_tuple(vec![base.clone()]);
    let py_name = vm.intern(name);
    let metaclass = vm.types.type_.to_ref();
    let class = vm.call(&metaclass, &[py_name, bases, namespace])?;
    add(vm, module, name, class.clone());
    Ok(class)
}

/// Gives the classes `_field_types`, when all of them exist.
fn add_types(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let list = vm.types.list.to_ref();
    for class in CLASSES {
        let types = vm.new_dict();
        for field in fields(class.fields) {
            let mut ty = match field.ty {
                "identifier" | "string" => vm.types.str.to_ref(),
                "int" => vm.types.int.to_ref(),
                "constant" => vm.types.object.to_ref(),
                node => vm.get_attr_str(module, node)?,
            };
            if field.repeated {
                ty = vm.get_item(&list, &ty)?;
            } else if field.optional {
                ty = vm.binary(vitrine_vm::object::BinaryOp::Or, &ty, &Ref::none())?;
            }
            vm.dict_set_str(&types, field.name, ty);
        }
        let class = vm.get_attr_str(module, class.name)?;
        for name in ["_field_types", "__annotations__"] {
            let name = vm.intern(name);
            vm.set_attr(&class, &name, &types)?;
        }
    }
    Ok(())
}

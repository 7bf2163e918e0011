//! What `compile()` asks of `_ast`: nodes of a text, and code of nodes.
//!
//! Both ways go through the plain data of [`vitrine_syntax::ast_dump`]; the
//! table of classes says what a field may hold.

use std::collections::HashMap;

use vitrine_bytecode::ast;
use vitrine_bytecode::code::CodeFlags;
use vitrine_bytecode::compile::{CompileOptions, Mode};
use vitrine_syntax::ast_dump::{self, BuildError, ConstantBox, Optimize, Options, Root, Value};
use vitrine_syntax::wtf8::Wtf8Box;
use vitrine_vm::error::Exc;
use vitrine_vm::object::{Args, Bytes, Complex, List, MethodDef, Ref, Ty};
use vitrine_vm::text::TextBuf;
use vitrine_vm::{PyResult, Vm};

use super::asdl::{self, CLASSES, Positions};
use super::{Field, POSITIONS, fields};
use crate::native::{imported, need_i64, need_text};

pub(super) const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "_parse",
        "(source, filename, mode, flags, optimize, feature_version, /)",
        "The tree of a text, for compile().",
        parse_text,
    ),
    MethodDef::new(
        "_optimize",
        "(tree, filename, mode, flags, optimize, /)",
        "The tree that would be compiled, for compile().",
        optimize_tree,
    ),
    MethodDef::new(
        "_compile",
        "(tree, filename, mode, flags, optimize, /)",
        "The code of a tree, for compile().",
        compile_tree,
    ),
];

fn options(vm: &mut Vm, args: Args<'_>) -> PyResult<CompileOptions> {
    let filename = need_text(vm, &args[1], "filename")?;
    let mode = need_text(vm, &args[2], "mode")?;
    Ok(CompileOptions {
        filename: filename.as_str().into(),
        mode: vm.compile_mode(&mode)?,
        flags: need_i64(vm, &args[3])? as u32,
        optimize: need_i64(vm, &args[4])?.max(0) as u8,
        ..CompileOptions::default()
    })
}

/// `PyCF_TYPE_COMMENTS`
const TYPE_COMMENTS: u32 = 0x1000;
/// `PyCF_OPTIMIZED_AST` without `PyCF_ONLY_AST`
const OPTIMIZED: u32 = 0x8000;

fn parse_text(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let source = need_text(vm, &args[0], "source")?;
    let filename = need_text(vm, &args[1], "filename")?;
    let mode = need_text(vm, &args[2], "mode")?;
    let flags = need_i64(vm, &args[3])? as u32;
    let level = need_i64(vm, &args[4])?;
    let request = ast::Request {
        type_comments: flags & TYPE_COMMENTS != 0,
        feature_version: need_i64(vm, &args[5])?.try_into().ok(),
        target_version: None,
        func_type: mode == "func_type",
    };
    let root = match &*mode {
        "eval" => Root::Expression,
        "single" => Root::Interactive,
        _ => Root::Module,
    };
    let options = Options {
        include_attributes: true,
        root,
        ..Options::default()
    };
    let parsed = ast::parse(&source, request, options);
    let warnings = match &parsed {
        Ok(parsed) => &parsed.warnings,
        Err(error) => &error.warnings,
    };
    let names = CompileOptions {
        filename: filename.as_str().into(),
        mode: match root {
            Root::Expression => Mode::Eval,
            Root::Interactive => Mode::Single,
            _ => Mode::Exec,
        },
        ..CompileOptions::default()
    };
    vm.syntax_warnings(warnings, &source, &names)?;
    let mut tree = match parsed {
        Ok(parsed) => parsed.tree,
        Err(error) => return Err(vm.compile_error(&error, &source, &names)),
    };
    let optimize = Optimize {
        level: level.max(0) as u8,
        folds: flags & OPTIMIZED != 0,
    };
    optimize.apply(&mut tree, flags & CodeFlags::FUTURE_ANNOTATIONS != 0);
    let mut maker = Maker::new(vm)?;
    maker.value(vm, &tree)
}

fn optimize_tree(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let options = options(vm, args)?;
    let mut tree = read_tree(vm, &args[0], options.mode)?;
    let optimize = Optimize {
        level: options.optimize,
        folds: true,
    };
    optimize.apply(
        &mut tree,
        options.flags & CodeFlags::FUTURE_ANNOTATIONS != 0,
    );
    let mut maker = Maker::new(vm)?;
    maker.value(vm, &tree)
}

/// Makes node objects.
struct Maker {
    classes: HashMap<&'static str, (Ty, Vec<Field>)>,
    /// Nodes without fields are shared.
    bare: HashMap<&'static str, Ref>,
    module: Ref,
}

impl Maker {
    fn new(vm: &mut Vm) -> PyResult<Self> {
        Ok(Self {
            classes: HashMap::new(),
            bare: HashMap::new(),
            module: imported(vm, "_ast")?,
        })
    }

    fn class(&mut self, vm: &mut Vm, name: &'static str) -> PyResult<Ty> {
        if let Some((ty, _)) = self.classes.get(name) {
            return Ok(*ty);
        }
        let class = vm.get_attr_str(&self.module, name)?;
        let Some(ty) = class.as_type() else {
            return Err(vm.type_error(format!("_ast.{name} is no class")));
        };
        let row = CLASSES.iter().find(|class| class.name == name);
        let fields = row.map_or(Vec::new(), |row| fields(row.fields).collect());
        self.classes.insert(name, (ty, fields));
        Ok(ty)
    }

    fn value(&mut self, vm: &mut Vm, value: &Value) -> PyResult {
        Ok(match value {
            Value::None => Ref::none(),
            Value::Int(number) => vm.new_int(*number),
            Value::Text(text) => vm.intern(text),
            Value::Constant(constant) => make_constant(vm, constant),
            Value::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.push(self.value(vm, item)?);
                }
                vm.new_list(list)
            }
            Value::Node(class, given) => return self.node(vm, class, given),
        })
    }

    fn node(
        &mut self,
        vm: &mut Vm,
        name: &'static str,
        given: &[(&'static str, Value)],
    ) -> PyResult {
        vm.charge(1)?;
        let ty = self.class(vm, name)?;
        if given.is_empty() && is_bare(name) {
            if let Some(node) = self.bare.get(name) {
                return Ok(node.clone());
            }
            let node = vm.new_instance(ty);
            self.bare.insert(name, node.clone());
            return Ok(node);
        }
        let node = vm.new_instance(ty);
        let absent: Vec<&'static str> = self.classes[name]
            .1
            .iter()
            .map(|field| field.name)
            .filter(|field| given.iter().all(|(known, _)| known != field))
            .collect();
        // In the order of the grammar, optional fields that are absent as `None`.
        let order: Vec<&'static str> = self.classes[name]
            .1
            .iter()
            .map(|field| field.name)
            .collect();
        let none = Value::None;
        let all = order.into_iter().map(|field| {
            if absent.contains(&field) {
                return (field, &none);
            }
            let found = given.iter().find(|(known, _)| *known == field);
            (field, found.map_or(&none, |(_, value)| value))
        });
        let positions = given
            .iter()
            .filter(|(name, _)| POSITIONS.contains(name))
            .map(|(name, value)| (*name, value));
        for (field, value) in all.chain(positions).collect::<Vec<_>>() {
            let value = self.value(vm, value)?;
            let key = vm.intern(field);
            vm.set_attr(&node, &key, &value)?;
        }
        Ok(node)
    }
}

/// Whether a class is one of those that only name something: operators, contexts.
fn is_bare(name: &str) -> bool {
    CLASSES.iter().any(|class| {
        class.name == name
            && matches!(
                class.base,
                "expr_context" | "boolop" | "operator" | "unaryop" | "cmpop"
            )
    })
}

fn make_constant(vm: &mut Vm, constant: &ConstantBox) -> Ref {
    match constant {
        ConstantBox::None => Ref::none(),
        ConstantBox::True => Ref::bool(true),
        ConstantBox::False => Ref::bool(false),
        ConstantBox::Ellipsis => Ref::ellipsis(),
        ConstantBox::Int(int) => vm.new_bigint(int.clone()),
        ConstantBox::Float(bits) => vm.new_float(f64::from_bits(*bits)),
        ConstantBox::Complex(real, imag) => {
            vm.new_complex(f64::from_bits(*real), f64::from_bits(*imag))
        }
        ConstantBox::Str(text) => match text.as_str() {
            Some(text) => vm.intern(text),
            None => vm.new_text(TextBuf::from_wtf8(text.as_bytes())),
        },
        ConstantBox::Bytes(bytes) => vm.new_bytes(&**bytes),
        ConstantBox::Tuple(items) => {
            let items = items.iter().map(|item| make_constant(vm, item)).collect();
            vm.new_tuple(items)
        }
    }
}

fn compile_tree(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let options = options(vm, args)?;
    let value = read_tree(vm, &args[0], options.mode)?;
    let built = ast_dump::build(&value);
    let tree = built.map_err(|error| refused(vm, error))?;
    let code = vm.compile_tree("", &tree, &options)?;
    Ok(vm.new_code(code))
}

/// The nodes that a program hands over, as plain data.
fn read_tree(vm: &mut Vm, root: &Ref, mode: Mode) -> PyResult<Value> {
    let wanted = match mode {
        Mode::Exec => "Module",
        Mode::Eval => "Expression",
        Mode::Single => "Interactive",
    };
    let module = imported(vm, "_ast")?;
    let class = vm.get_attr_str(&module, wanted)?;
    if !vm.is_instance(root, &class)? {
        let given = vm.type_of(root).name();
        return Err(vm.type_error(format!("expected {wanted} node, got {given}")));
    }
    let mut reader = Reader {
        module,
        names: HashMap::new(),
    };
    reader.node(vm, root, "mod")
}

fn refused(vm: &mut Vm, error: BuildError) -> Exc {
    match error {
        BuildError::Value(text) => vm.value_error(text),
        BuildError::TooDeep => {
            vm.recursion_error("maximum recursion depth exceeded during compilation")
        }
    }
}

/// Reads node objects.
struct Reader {
    module: Ref,
    /// The rows of classes by their addresses; subclasses count as their base.
    names: HashMap<u64, &'static asdl::Class>,
}

impl Reader {
    /// The row of a node's class.
    fn row(&mut self, vm: &mut Vm, node: &Ref, sum: &str) -> PyResult<&'static asdl::Class> {
        let ty = vm.type_of(node);
        if let Some(row) = self.names.get(&ty.to_ref().id()) {
            return Ok(row);
        }
        for base in &ty.mro() {
            let name = base.name();
            let Some(row) = CLASSES.iter().find(|class| class.name == name) else {
                continue;
            };
            let class = vm.get_attr_str(&self.module, row.name)?;
            if class.is(&base.to_ref()) {
                self.names.insert(ty.to_ref().id(), row);
                return Ok(row);
            }
        }
        let shown = vm.repr_string(node)?;
        Err(vm.type_error(format!("expected some sort of {sum}, but got {shown}")))
    }

    fn node(&mut self, vm: &mut Vm, node: &Ref, sum: &str) -> PyResult<Value> {
        vm.check_depth(" during  ast construction")?;
        vm.charge(1)?;
        let row = self.row(vm, node, sum)?;
        let is_kind = row.base == sum || row.name == sum;
        if !is_kind {
            let shown = vm.repr_string(node)?;
            return Err(vm.type_error(format!("expected some sort of {sum}, but got {shown}")));
        }
        let mut positions = Vec::new();
        if asdl::positions(row.base) != Positions::Without
            || asdl::positions(row.name) != Positions::Without
        {
            self.positions(vm, node, row, &mut positions)?;
        }
        let mut read = Vec::new();
        for field in fields(row.fields) {
            let key = vm.intern(field.name);
            let value = vm.lookup_attr(node, &key)?;
            let value = match value {
                Some(value) => self.field(vm, row, &field, &value)?,
                None if field.repeated || field.optional => Value::List(Vec::new()),
                None if field.ty == "expr_context" => Value::None,
                None => {
                    return Err(vm.type_error(format!(
                        "required field \"{}\" missing from {}",
                        field.name, row.name
                    )));
                }
            };
            let absent = field.optional && !field.repeated;
            if !(absent && matches!(&value, Value::List(items) if items.is_empty())) {
                read.push((field.name, value));
            }
        }
        read.extend(positions);
        Ok(Value::Node(row.name, read))
    }

    fn positions(
        &mut self,
        vm: &mut Vm,
        node: &Ref,
        row: &asdl::Class,
        read: &mut Vec<(&'static str, Value)>,
    ) -> PyResult<()> {
        let mut found = [None; 4];
        for (place, name) in found.iter_mut().zip(POSITIONS) {
            let key = vm.intern(name);
            let value = vm.lookup_attr(node, &key)?;
            *place = match value.filter(|value| !value.is_none()) {
                Some(value) if vm.int_value(&value).is_none() => {
                    let shown = vm.repr_string(&value)?;
                    return Err(vm.value_error(format!("invalid integer value: {shown}")));
                }
                Some(value) => Some(need_i64(vm, &value)?),
                None if name.starts_with("end_") => None,
                None => {
                    return Err(vm.type_error(format!(
                        "required field \"{name}\" missing from {}",
                        if row.base == "AST" {
                            row.name
                        } else {
                            row.base
                        }
                    )));
                }
            };
        }
        let [line, column, end_line, end_column] = found;
        let (line, column) = (line.unwrap_or(0), column.unwrap_or(0));
        let (end_line, end_column) = (end_line.unwrap_or(line), end_column.unwrap_or(column));
        if line > end_line {
            return Err(vm.value_error(format!(
                "AST node line range ({line}, {end_line}) is not valid"
            )));
        }
        if (line < 0 && end_line != line) || (column < 0 && end_column != column) {
            return Err(vm.value_error(format!(
                "AST node column range ({column}, {end_column}) for line range ({line}, {end_line}) is not valid"
            )));
        }
        if line == end_line && column > end_column {
            return Err(vm.value_error(format!(
                "line {line}, column {column}-{end_column} is not a valid range"
            )));
        }
        for (name, value) in POSITIONS.iter().zip([line, column, end_line, end_column]) {
            read.push((*name, Value::Int(value)));
        }
        Ok(())
    }

    fn field(
        &mut self,
        vm: &mut Vm,
        row: &asdl::Class,
        field: &Field,
        value: &Ref,
    ) -> PyResult<Value> {
        if field.repeated {
            let Some(list) = value.downcast::<List>() else {
                let ty = vm.type_of(value).name();
                return Err(vm.type_error(format!(
                    "{} field \"{}\" must be a list, not a {ty}",
                    row.name, field.name
                )));
            };
            let mut items = Vec::new();
            for item in list.items(vm).clone() {
                // Keys of a dict and defaults may be absent.
                let may_lack = matches!(field.name, "keys" | "kw_defaults");
                items.push(if item.is_none() && (may_lack || is_node(field.ty)) {
                    Value::None
                } else {
                    self.one(vm, field, &item)?
                });
            }
            return Ok(Value::List(items));
        }
        if value.is_none() && field.ty != "constant" {
            if field.optional {
                return Ok(Value::List(Vec::new()));
            }
            if field.ty == "expr_context" {
                return Ok(Value::None);
            }
            return Err(if is_node(field.ty) || field.ty == "identifier" {
                vm.value_error(format!(
                    "field '{}' is required for {}",
                    field.name, row.name
                ))
            } else {
                vm.type_error(format!(
                    "required field \"{}\" missing from {}",
                    field.name, row.name
                ))
            });
        }
        self.one(vm, field, value)
    }

    fn one(&mut self, vm: &mut Vm, field: &Field, value: &Ref) -> PyResult<Value> {
        match field.ty {
            "identifier" => match value.as_str() {
                Some(_) => Ok(Value::Text(vm.text_of(value))),
                None => Err(vm.type_error("AST identifier must be of type str")),
            },
            "string" => match (value.as_str(), vm.bytes_like(value)) {
                (Some(_), _) => Ok(Value::Text(vm.text_of(value))),
                (None, Some(bytes)) => {
                    Ok(Value::Text(String::from_utf8_lossy(&bytes).into_owned()))
                }
                (None, None) => Err(vm.type_error("AST string must be of type str")),
            },
            "int" => match vm.int_value(value) {
                Some(_) => Ok(Value::Int(need_i64(vm, value)?)),
                None => {
                    let shown = vm.repr_string(value)?;
                    Err(vm.value_error(format!("invalid integer value: {shown}")))
                }
            },
            "constant" => Ok(Value::Constant(constant(vm, value)?)),
            sum => self.node(vm, value, sum),
        }
    }
}

fn constant(vm: &mut Vm, value: &Ref) -> PyResult<ConstantBox> {
    if value.is_none() {
        return Ok(ConstantBox::None);
    }
    if value.is_ellipsis() {
        return Ok(ConstantBox::Ellipsis);
    }
    if let Some(flag) = value.as_bool() {
        return Ok(match flag {
            true => ConstantBox::True,
            false => ConstantBox::False,
        });
    }
    let (types, ty) = (vm.types, vm.type_of(value));
    if ty.is(types.str) {
        let bytes = vm.encode_text(value, "utf-8", "surrogatepass")?;
        let text = Wtf8Box::from_bytes(&bytes.payload::<Bytes>().data);
        return Ok(ConstantBox::Str(text.unwrap_or_else(|| Wtf8Box::from(""))));
    }
    if ty.is(types.bytes) {
        return Ok(ConstantBox::Bytes(value.payload::<Bytes>().data.clone()));
    }
    if ty.is(types.int)
        && let Some(int) = vm.int_value(value)
    {
        return Ok(ConstantBox::Int(int));
    }
    if ty.is(types.float)
        && let Some(float) = vm.float_value(value)
    {
        return Ok(ConstantBox::Float(float.to_bits()));
    }
    if let Some(&Complex { real, imag }) = value.downcast::<Complex>() {
        return Ok(ConstantBox::Complex(real.to_bits(), imag.to_bits()));
    }
    if ty.is(types.tuple)
        && let Some(items) = value.as_tuple().map(|items| items.to_vec())
    {
        vm.check_depth(" during  ast construction")?;
        let mut read = Vec::with_capacity(items.len());
        for item in &items {
            read.push(constant(vm, item)?);
        }
        return Ok(ConstantBox::Tuple(read));
    }
    let name = ty.name();
    Err(vm.type_error(format!("got an invalid type in Constant: {name}")))
}

fn is_node(ty: &str) -> bool {
    !matches!(ty, "identifier" | "string" | "int" | "constant")
}

//! The builtin functions that reach into the machine: `__build_class__`,
//! `__import__`, `exec`, `eval`, `compile`, `globals`, `locals`.
#![forbid(unsafe_code)]

use vitrine_bytecode::compile::{CompileOptions, Mode};
use vitrine_syntax::prompt::Reading;
use vitrine_syntax::source::SourceError;

use crate::error::PyResult;
use crate::interp::code::{Code, Function};
use crate::object::{Args, Bytes, CellVar, Kind, MethodDef, Ref, Ty};
use crate::vm::Vm;

const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "__build_class__",
        "",
        "__build_class__(func, name, /, *bases, [metaclass], **kwds) -> class\n\nInternal helper function used by the class statement.",
        build_class,
    ),
    MethodDef::new(
        "__import__",
        "(name, globals=None, locals=None, fromlist=(), level=0)",
        "Import a module.",
        import,
    ),
    MethodDef::new(
        "exec",
        "(source, /, globals=None, locals=None, *, closure=None)",
        "Execute the given source in the context of globals and locals.",
        exec,
    ),
    MethodDef::new(
        "eval",
        "(source, /, globals=None, locals=None)",
        "Evaluate the given source in the context of globals and locals.",
        eval,
    ),
    MethodDef::new(
        "compile",
        "(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)",
        "Compile source into a code object that can be executed by exec() or eval().",
        compile,
    ),
    MethodDef::new(
        "globals",
        "()",
        "Return the dictionary containing the current scope's global variables.",
        |vm, _| match vm.current_namespaces()? {
            Some((globals, _)) => Ok(globals),
            None => Ok(Ref::none()),
        },
    ),
    MethodDef::new(
        "locals",
        "()",
        "Return a dictionary containing the current scope's local variables.",
        |vm, _| match vm.current_namespaces()? {
            Some((_, locals)) => Ok(locals),
            None => Err(vm.system_error("frame does not exist")),
        },
    ),
];

pub(super) fn define(vm: &mut Vm) {
    let builtins = vm.builtins.clone();
    let module = vm.names.builtins.clone();
    for def in FUNCTIONS {
        let function = vm.new_function(Some(&module), *def);
        vm.dict_set_str(&builtins, def.name, function);
    }
}

/// A class statement.
fn build_class(vm: &mut Vm, args: Args<'_>) -> PyResult<Ref> {
    let [func, name, bases @ ..] = args.positional() else {
        return Err(vm.type_error("__build_class__: not enough arguments"));
    };
    if func.kind() != Some(Kind::Function) {
        return Err(vm.type_error("__build_class__: func must be a function"));
    }
    if name.as_str().is_none() {
        return Err(vm.type_error("__build_class__: name is not a string"));
    }
    let names = vm.names.clone();
    // `__mro_entries__` of bases that are no types.
    let mut real = Vec::with_capacity(bases.len());
    let original = vm.new_tuple(bases.to_vec());
    let mut replaced = false;
    for base in bases {
        if base.as_type().is_none()
            && let Some(entries) = vm.lookup_attr(base, &names.__mro_entries__)?
        {
            let list = vm.call(&entries, std::slice::from_ref(&original))?;
            let Some(list) = list.as_tuple() else {
                return Err(vm.type_error("__mro_entries__ must return a tuple"));
            };
            real.extend(list.iter().cloned());
            replaced = true;
            continue;
        }
        real.push(base.clone());
    }
    let mut metaclass = None;
    let (mut kwnames, mut kwvalues) = (Vec::new(), Vec::new());
    for (key, value) in args.keywords() {
        if key
            .as_str()
            .is_some_and(|k| k.as_ascii() == Some("metaclass"))
        {
            metaclass = Some(value.clone());
        } else {
            kwnames.push(key.clone());
            kwvalues.push(value.clone());
        }
    }
    let meta = match metaclass {
        Some(meta) => meta,
        None => match real.first() {
            Some(base) => vm.type_of(base).to_ref(),
            None => vm.types.type_.to_ref(),
        },
    };
    let meta = match meta.as_type() {
        Some(ty) => super::type_::best_metaclass(vm, ty, &real)?.to_ref(),
        None => meta,
    };
    let bases = vm.new_tuple(real);
    let namespace = match vm.lookup_attr(&meta, &names.__prepare__)? {
        Some(prepare) => {
            let mut all = vec![name.clone(), bases.clone()];
            all.extend(kwvalues.iter().cloned());
            let namespace = vm.call_kw(&prepare, &all, &kwnames)?;
            if vm.type_of(&namespace).slot(|s| s.subscript.is_none()) {
                let given = vm.type_of(&namespace).name();
                let meta_name = meta
                    .as_type()
                    .map_or_else(|| "<metaclass>".to_owned(), Ty::name);
                return Err(vm.type_error(format!(
                    "{meta_name}.__prepare__() must return a mapping, not {given}"
                )));
            }
            namespace
        }
        None => vm.new_dict(),
    };
    let cell = vm.call_with_locals(func, Vec::new(), &[], Some(namespace.clone()))?;
    if replaced {
        vm.set_item(&namespace, &names.__orig_bases__, &original)?;
    }
    let mut all = vec![name.clone(), bases, namespace];
    all.extend(kwvalues);
    let class = vm.call_kw(&meta, &all, &kwnames)?;
    if let Some(ty) = class.as_type()
        && let Some(cell) = cell.downcast::<CellVar>()
    {
        let shown = ty.name();
        match cell.value.get() {
            None => {
                return Err(vm.runtime_error(format!(
                    "__class__ not set defining '{shown}' as <class '{shown}'>. Was __classcell__ propagated to type.__new__?"
                )));
            }
            Some(set) if !set.is(&class) => {
                let set = vm.repr_string(&set)?;
                return Err(vm.type_error(format!(
                    "__class__ set to {set} defining '{shown}' as <class '{shown}'>"
                )));
            }
            Some(_) => {}
        }
    }
    Ok(class)
}

fn import(vm: &mut Vm, a: Args<'_>) -> PyResult<Ref> {
    let Some(name) = a[0].as_str().map(ToString::to_string) else {
        let given = vm.type_of(&a[0]).name();
        return Err(vm.type_error(format!("__import__() argument 1 must be str, not {given}")));
    };
    let globals = match a.get_not_none(1) {
        Some(globals) if globals.kind() == Some(Kind::Dict) => globals.clone(),
        _ => vm.new_dict(),
    };
    let from = a.get_not_none(3).cloned().unwrap_or_else(Ref::none);
    let level = a.get(4).and_then(|l| vm.int_i64(l)).unwrap_or(0);
    vm.import_call(&name, &globals, &from, level)
}

/// The code, and its namespaces.
fn prepare(vm: &mut Vm, a: Args<'_>, mode: &str) -> PyResult<(Ref, Ref, Ref)> {
    let name = if mode == "exec" { "exec" } else { "eval" };
    let current = vm.current_namespaces()?;
    let globals = match a.get_not_none(1) {
        Some(globals) if globals.kind() == Some(Kind::Dict) => globals.clone(),
        Some(other) => {
            let given = vm.type_of(other).name();
            return Err(vm.type_error(if name == "exec" {
                format!("exec() globals must be a dict, not {given}")
            } else {
                "globals must be a dict".to_owned()
            }));
        }
        None => match &current {
            Some((globals, _)) => globals.clone(),
            None => vm.new_dict(),
        },
    };
    let locals = match (a.get_not_none(2), a.get_not_none(1), current) {
        (Some(locals), _, _) => locals.clone(),
        (None, None, Some((_, locals))) => locals,
        _ => globals.clone(),
    };
    if vm.type_of(&locals).slot(|s| s.subscript.is_none()) {
        let given = vm.type_of(&locals).name();
        return Err(vm.type_error(format!("locals must be a mapping or None, not {given}")));
    }
    let code = if a[0].kind() == Some(Kind::Code) {
        a[0].clone()
    } else {
        let source = source_text(vm, &a[0], name, "<string>")?;
        let source = if mode == "eval" {
            source.trim_start_matches([' ', '\t']).to_owned()
        } else {
            source
        };
        let flags = inherited_flags(vm);
        let code = vm.compile(&source, "<string>", mode, flags)?;
        vm.new_code(code)
    };
    if code
        .payload::<Code>()
        .data
        .localspluskinds
        .iter()
        .any(|k| *k & 0x80 != 0)
    {
        return Err(vm.type_error(format!(
            "code object passed to {name}() may not contain free variables"
        )));
    }
    Ok((code, globals, locals))
}

/// The text to compile: a str, or bytes in the encoding that they declare.
fn source_text(vm: &mut Vm, source: &Ref, name: &str, filename: &str) -> PyResult<String> {
    let text = if source.as_str().is_some() {
        // Refuses what UTF-8 does not have, in the codec's words.
        let encoded = vm.encode_text(source, "utf-8", "strict")?;
        String::from_utf8_lossy(&encoded.payload::<Bytes>().data).into_owned()
    } else if let Some(bytes) = vm.bytes_like(source) {
        vm.decode_source(&bytes, filename)?
    } else {
        let what = if name == "compile" {
            "a string, bytes or AST object"
        } else {
            "a string, bytes or code object"
        };
        return Err(vm.type_error(format!("{name}() arg 1 must be {what}")));
    };
    if text.contains('\0') {
        return Err(vm.source_error(&SourceError::NullByte { line: 1 }, &text, filename));
    }
    Ok(text)
}

/// The `from __future__` flags of the code that runs.
fn inherited_flags(vm: &Vm) -> u32 {
    vm.exec.frames.last().map_or(0, |frame| {
        let function: &Function = frame.func.payload();
        let code = function.code.get();
        code.map_or(0, |code| code.payload::<Code>().data.flags & FUTURE_FLAGS)
    })
}

fn exec(vm: &mut Vm, a: Args<'_>) -> PyResult<Ref> {
    let (code, globals, locals) = prepare(vm, a, "exec")?;
    vm.exec_code(&code, &globals, Some(&locals))?;
    Ok(Ref::none())
}

fn eval(vm: &mut Vm, a: Args<'_>) -> PyResult<Ref> {
    let (code, globals, locals) = prepare(vm, a, "eval")?;
    vm.exec_code(&code, &globals, Some(&locals))
}

/// `PyCF_ONLY_AST`
const ONLY_AST: u32 = 0x400;
/// `PyCF_OPTIMIZED_AST` without `PyCF_ONLY_AST`
const OPTIMIZED: u32 = 0x8000;
/// `PyCF_DONT_IMPLY_DEDENT`
const DONT_IMPLY_DEDENT: u32 = 0x200;
/// `PyCF_ALLOW_INCOMPLETE_INPUT`
const ALLOW_INCOMPLETE_INPUT: u32 = 0x4000;
/// All flags that `compile()` knows besides those of `__future__`: no implied
/// dedent, only a tree, ignored cookie, type comments, top-level `await`,
/// incomplete input, optimized tree.
const COMPILE_FLAGS: u32 = DONT_IMPLY_DEDENT
    | ONLY_AST
    | 0x800
    | 0x1000
    | 0x2000
    | ALLOW_INCOMPLETE_INPUT
    | OPTIMIZED
    | 0x10;
/// What `from __future__` sets in code objects.
const FUTURE_FLAGS: u32 = 0x1FF_0000;

fn compile(vm: &mut Vm, a: Args<'_>) -> PyResult<Ref> {
    let filename = match a[1].as_str() {
        Some(_) => vm.text_of(&a[1]),
        None => {
            let os = vm.import("os")?;
            let path = vm.call_method(&os, "fsdecode", &[a[1].clone()])?;
            vm.text_of(&path)
        }
    };
    if a[2].as_str().is_none() {
        let given = vm.type_of(&a[2]).name();
        return Err(vm.type_error(format!(
            "compile() argument 'mode' must be str, not {given}"
        )));
    }
    let mode = vm.text_of(&a[2]);
    let mut flags = match a.get(3) {
        Some(flags) => vm.index_isize(flags, "flags")? as u32,
        None => 0,
    };
    if flags & !(COMPILE_FLAGS | FUTURE_FLAGS) != 0 {
        return Err(vm.value_error("compile(): unrecognised flags"));
    }
    let optimize = match a.get(5) {
        Some(level) => vm.index_isize(level, "optimize")?,
        None => -1,
    };
    if !(-1..=2).contains(&optimize) {
        return Err(vm.value_error("compile(): invalid optimize value"));
    }
    let inherit = match a.get(4) {
        Some(dont) => !vm.is_true(dont)?,
        None => true,
    };
    if inherit {
        flags |= inherited_flags(vm);
    }
    let is_func_type = mode == "func_type";
    if is_func_type && flags & ONLY_AST == 0 {
        let message = "compile() mode 'func_type' requires flag PyCF_ONLY_AST";
        return Err(vm.value_error(message));
    }
    let feature_version = match a.get(6) {
        Some(minor) => vm.index_isize(minor, "_feature_version")?,
        None => -1,
    };
    let options = CompileOptions {
        filename: filename.as_str().into(),
        mode: match is_func_type {
            true => Mode::Exec,
            false => vm.compile_mode(&mode)?,
        },
        optimize: optimize.max(0) as u8,
        flags: flags & FUTURE_FLAGS,
        ..CompileOptions::default()
    };
    // Nodes are the business of the `_ast` module.
    let ast = vm.import("_ast").ok();
    if let Some(ast) = &ast {
        let root = vm.get_attr_str(ast, "AST")?;
        if vm.is_instance(&a[0], &root)? {
            let function = match (flags & ONLY_AST != 0, flags & OPTIMIZED != 0) {
                (true, false) => return Ok(a[0].clone()),
                (true, true) => "_optimize",
                (false, _) => "_compile",
            };
            let arguments = [
                a[0].clone(),
                a[1].clone(),
                a[2].clone(),
                vm.new_int(options.flags),
                vm.new_int(options.optimize),
            ];
            return vm.call_method(ast, function, &arguments);
        }
    }
    let source = source_text(vm, &a[0], "compile", &filename)?;
    if flags & ONLY_AST != 0
        && let Some(ast) = &ast
    {
        let arguments = [
            vm.new_str(&source),
            vm.new_str(&filename),
            a[2].clone(),
            vm.new_int(flags),
            vm.new_int(options.optimize),
            vm.new_int(feature_version as i64),
        ];
        return vm.call_method(ast, "_parse", &arguments);
    }
    let reading = Reading {
        implies_no_dedent: flags & DONT_IMPLY_DEDENT != 0,
        allows_incomplete: flags & ALLOW_INCOMPLETE_INPUT != 0,
    };
    if reading != Reading::default()
        && let Some(refused) = reading.check(&source, options.mode.into())
    {
        return Err(vm.refused_input(refused, &source, &options));
    }
    let code = vm.compile_text(&source, &options)?;
    vm.register_source(&filename, source.into());
    Ok(vm.new_code(code))
}

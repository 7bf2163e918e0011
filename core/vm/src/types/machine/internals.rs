//! `module`, `cell`, `code`, `frame`, `traceback`.
#![forbid(unsafe_code)]

use std::cell::Cell;

use crate::error::PyResult;
use crate::interp::code::Code;
use crate::interp::frame::{FrameObject, Traceback};
use crate::object::{
    CellVar, CompareOp, Dict, GetSetDef, Kind, MethodDef, Module, Ref, Slot, Slots, TypeDef,
};
use crate::vm::Vm;

pub(super) fn define(vm: &mut Vm) {
    let t = vm.types;
    for (ty, def) in [
        (t.module, &MODULE),
        (t.cell, &CELL),
        (t.code, &CODE),
        (t.frame, &FRAME),
        (t.traceback, &TRACEBACK),
    ] {
        vm.define(ty, def);
    }
}

const MODULE: TypeDef = TypeDef {
    name: "module",
    doc: "module(name, doc=None)\n--\n\nCreate a module object.\n\nThe name must be a string; the optional docstring can have any type.",
    slots: Slots {
        new: Some(|vm, ty, _| {
            let dict = vm.new_dict();
            Ok(vm.new_object(ty, Module { dict }))
        }),
        init: Some(|vm, m, args| {
            let sig = crate::object::Signature::parse("(name, doc=None)");
            let bound = sig.bind(vm, "module", args)?;
            let dict = m.payload::<Module>().dict.clone();
            let names = vm.names.clone();
            let name = bound[0].clone().unwrap_or_else(Ref::none);
            if name.as_str().is_none() {
                let given = vm.type_of(&name).name();
                return Err(
                    vm.type_error(format!("module() argument 'name' must be str, not {given}"))
                );
            }
            vm.dict_set(&dict, &names.__name__, name)?;
            vm.dict_set(
                &dict,
                &names.__doc__,
                bound[1].clone().unwrap_or_else(Ref::none),
            )?;
            for key in [&names.__package__, &names.__loader__, &names.__spec__] {
                vm.dict_set(&dict, key, Ref::none())?;
            }
            Ok(())
        }),
        repr: Some(module_repr),
        getattro: Some(module_getattro),
        setattro: Some(|vm, m, name, value| {
            let ty = vm.type_of(m);
            if let Some(found) = vm.lookup_in_type(ty, name)
                && let Some(set) = vm.type_of(&found).slot(|s| s.descr_set)
            {
                return set(vm, &found, m, value);
            }
            let dict = m.payload::<Module>().dict.clone();
            match value {
                Some(value) => vm.dict_set(&dict, name, value.clone()),
                None => match dict.payload::<Dict>().remove(vm, name)? {
                    Some(_) => Ok(()),
                    None => Err(module_missing(vm, m, name)),
                },
            }
        }),
        ..Slots::EMPTY
    },
    methods: &[MethodDef::new(
        "__dir__",
        "($self, /)",
        "__dir__() -> list\nspecialized dir() implementation",
        |vm, a| {
            let dict = a.this::<Module>().dict.clone();
            let name = vm.names.__dir__.clone();
            if let Some(dir) = vm.dict_get(&dict, &name)? {
                return vm.call(&dir, &[]);
            }
            let keys = dict
                .payload::<Dict>()
                .items(vm)
                .into_iter()
                .map(|(k, _)| k)
                .collect();
            Ok(vm.new_list(keys))
        },
    )],
    getset: &[GetSetDef::read_only("__dict__", "", |_, m| {
        Ok(m.payload::<Module>().dict.clone())
    })],
    ..TypeDef::EMPTY
};

fn module_repr(vm: &mut Vm, m: &Ref) -> PyResult<Ref> {
    let dict = m.payload::<Module>().dict.clone();
    let names = vm.names.clone();
    let name = vm
        .dict_get(&dict, &names.__name__)?
        .unwrap_or_else(Ref::none);
    let name = vm.repr_string(&name)?;
    let text = match vm.dict_get(&dict, &names.__file__)? {
        Some(file) if file.as_str().is_some() => {
            format!("<module {name} from {}>", vm.repr_string(&file)?)
        }
        _ => match vm.dict_get(&dict, &names.__spec__)? {
            Some(spec) if !spec.is_none() => format!("<module {name} (built-in)>"),
            _ => format!("<module {name}>"),
        },
    };
    Ok(vm.new_str(&text))
}

fn module_missing(vm: &mut Vm, m: &Ref, name: &Ref) -> crate::error::Exc {
    let dict = m.payload::<Module>().dict.clone();
    let key = vm.names.__name__.clone();
    let text = vm.text_of(name);
    let module = dict
        .payload::<Dict>()
        .get_str(vm, &key)
        .filter(|n| n.as_str().is_some());
    let message = match module.map(|n| vm.text_of(&n)) {
        Some(module) => format!("module '{module}' has no attribute '{text}'"),
        None => format!("module has no attribute '{text}'"),
    };
    vm.attribute_error_with(m, name, message)
}

fn module_getattro(vm: &mut Vm, m: &Ref, name: &Ref) -> PyResult<Ref> {
    let dict = m.payload::<Module>().dict.clone();
    if let Some(value) = vm.dict_get(&dict, name)? {
        return Ok(value);
    }
    if let Some(value) = vm.generic_lookup(m, name)? {
        return Ok(value);
    }
    let key = vm.names.__getattr__.clone();
    if let Some(get) = vm.dict_get(&dict, &key)? {
        return vm.call(&get, std::slice::from_ref(name));
    }
    Err(module_missing(vm, m, name))
}

const CELL: TypeDef = TypeDef {
    name: "cell",
    doc: "cell([contents])\n--\n\nCreate a new cell object.\n\n  contents\n    the contents of the cell. If not specified, the cell will be empty,\n    and \n further attempts to access its cell_contents attribute will\n    raise a ValueError.",
    slots: Slots {
        new: Some(|vm, _, args| Ok(vm.new_cell(args.get(0).cloned()))),
        repr: Some(|vm, c| {
            let text = match c.payload::<CellVar>().value.get() {
                Some(value) => format!(
                    "<cell at {:#x}: {} object at {:#x}>",
                    c.id(),
                    vm.type_of(&value).name(),
                    value.id()
                ),
                None => format!("<cell at {:#x}: empty>", c.id()),
            };
            Ok(vm.new_str(&text))
        }),
        richcompare: Some(|vm, a, b, op| {
            let (Some(x), Some(y)) = (a.downcast::<CellVar>(), b.downcast::<CellVar>()) else {
                return Ok(Ref::not_implemented());
            };
            match (x.value.get(), y.value.get()) {
                (Some(x), Some(y)) => vm.compare(&x, &y, op),
                (x, y) => Ok(Ref::bool(op.holds(x.is_some().cmp(&y.is_some())))),
            }
        }),
        ..Slots::EMPTY
    },
    getset: &[GetSetDef::new(
        "cell_contents",
        "",
        |vm, c| {
            c.payload::<CellVar>()
                .value
                .get()
                .ok_or_else(|| vm.value_error("cell is empty"))
        },
        |_, c, v| {
            c.payload::<CellVar>().value.set(v.cloned());
            Ok(())
        },
    )],
    ..TypeDef::EMPTY
};

fn code(c: &Ref) -> &Code {
    c.payload()
}

macro_rules! code_int {
    ($name:literal, $field:ident) => {
        GetSetDef::read_only($name, "", |vm, c| Ok(vm.new_int(code(c).data.$field)))
    };
}

fn names_of(vm: &mut Vm, c: &Ref, kind: u8) -> Ref {
    let code = code(c);
    let names = (0..code.nlocals())
        .filter(|i| code.data.localspluskinds[*i] & kind != 0)
        .map(|i| code.varnames[i].clone())
        .collect();
    vm.new_tuple(names)
}

const CODE: TypeDef = TypeDef {
    name: "code",
    doc: "Create a code object.  Not for mere mortals.",
    slots: Slots {
        repr: Some(|vm, c| {
            let code = code(c);
            let text = format!(
                "<code object {} at {:#x}, file \"{}\", line {}>",
                code.data.name,
                c.id(),
                code.data.filename,
                code.data.firstlineno
            );
            Ok(vm.new_str(&text))
        }),
        richcompare: Some(|_, a, b, op| {
            let (Some(x), Some(y)) = (a.downcast::<Code>(), b.downcast::<Code>()) else {
                return Ok(Ref::not_implemented());
            };
            let same = a.is(b) || x.data == y.data;
            Ok(match op {
                CompareOp::Eq => Ref::bool(same),
                CompareOp::Ne => Ref::bool(!same),
                _ => Ref::not_implemented(),
            })
        }),
        hash: Some(|_, c| Ok(crate::hash::hash_bytes(&code(c).data.code))),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new("co_positions", "($self, /)", "", |vm, a| {
            let mut rows = Vec::new();
            code(&a[0]).each_position(|from, to, p| {
                for _ in from..to {
                    rows.push([p.line, p.end_line, p.column, p.end_column]);
                }
                false
            });
            let rows: Vec<Ref> = rows
                .into_iter()
                .map(|r| {
                    let row = r
                        .into_iter()
                        .map(|n| n.map_or_else(Ref::none, |n| vm.new_int(n)))
                        .collect();
                    vm.new_tuple(row)
                })
                .collect();
            let list = vm.new_list(rows);
            vm.iter(&list)
        }),
        MethodDef::new("_varname_from_oparg", "($self, /, oparg)", "", |vm, a| {
            let at = vm.index_isize(&a[1], "oparg")?;
            let names = &code(&a[0]).data.localsplusnames;
            match usize::try_from(at).ok().and_then(|at| names.get(at)) {
                Some(name) => {
                    let name = name.to_string();
                    Ok(vm.intern(&name))
                }
                None => Err(vm.index_error("tuple index out of range")),
            }
        }),
        MethodDef::new("co_lines", "($self, /)", "", |vm, a| {
            let mut rows: Vec<(u32, u32, Option<u32>)> = Vec::new();
            code(&a[0]).each_position(|from, to, p| {
                match rows.last_mut() {
                    Some(last) if last.2 == p.line => last.1 = to * 2,
                    _ => rows.push((from * 2, to * 2, p.line)),
                }
                false
            });
            let rows: Vec<Ref> = rows
                .into_iter()
                .map(|(a, b, l)| {
                    let row = vec![
                        vm.new_int(a),
                        vm.new_int(b),
                        l.map_or_else(Ref::none, |l| vm.new_int(l)),
                    ];
                    vm.new_tuple(row)
                })
                .collect();
            let list = vm.new_list(rows);
            vm.iter(&list)
        }),
        MethodDef::new("replace", "", "", |vm, a| {
            let mut data = (*code(&a[0]).data).clone();
            for (key, value) in a.keywords() {
                let text = vm.text_of(value);
                match vm.text_of(key).as_str() {
                    "co_name" => data.name = text.into(),
                    "co_qualname" => data.qualname = text.into(),
                    "co_filename" => data.filename = text.into(),
                    "co_flags" => data.flags = vm.int_i64(value).unwrap_or(0) as u32,
                    "co_firstlineno" => data.firstlineno = vm.int_i64(value).unwrap_or(0) as u32,
                    other => {
                        return Err(
                            vm.type_error(format!("replace() of '{other}' is not supported"))
                        );
                    }
                }
            }
            match vitrine_bytecode::verify::verify(&data) {
                Ok(()) => Ok(vm.new_code(std::sync::Arc::new(data))),
                Err(error) => Err(vm.value_error(error.to_string())),
            }
        }),
    ],
    getset: &[
        code_int!("co_argcount", argcount),
        code_int!("co_posonlyargcount", posonlyargcount),
        code_int!("co_kwonlyargcount", kwonlyargcount),
        code_int!("co_stacksize", stacksize),
        code_int!("co_flags", flags),
        code_int!("co_firstlineno", firstlineno),
        GetSetDef::read_only("co_nlocals", "", |vm, c| {
            let n = code(c)
                .data
                .localspluskinds
                .iter()
                .filter(|k| **k & 0x20 != 0)
                .count();
            Ok(vm.new_usize(n))
        }),
        GetSetDef::read_only("co_name", "", |_, c| Ok(code(c).name.clone())),
        GetSetDef::read_only("co_qualname", "", |_, c| Ok(code(c).qualname.clone())),
        GetSetDef::read_only("co_filename", "", |_, c| Ok(code(c).filename.clone())),
        GetSetDef::read_only("co_consts", "", |vm, c| {
            let v = code(c).consts.clone();
            Ok(vm.new_tuple(v))
        }),
        GetSetDef::read_only("co_names", "", |vm, c| {
            let v = code(c).names.clone();
            Ok(vm.new_tuple(v))
        }),
        GetSetDef::read_only("co_varnames", "", |vm, c| Ok(names_of(vm, c, 0x20))),
        GetSetDef::read_only("co_cellvars", "", |vm, c| Ok(names_of(vm, c, 0x40))),
        GetSetDef::read_only("co_freevars", "", |vm, c| Ok(names_of(vm, c, 0x80))),
        GetSetDef::read_only("co_code", "", |vm, c| {
            let v = code(c).data.code.clone();
            Ok(vm.new_bytes(v))
        }),
        GetSetDef::read_only("co_linetable", "", |vm, c| {
            let v = code(c).data.linetable.clone();
            Ok(vm.new_bytes(v))
        }),
        GetSetDef::read_only("co_exceptiontable", "", |vm, c| {
            let v = code(c).data.exceptiontable.clone();
            Ok(vm.new_bytes(v))
        }),
    ],
    ..TypeDef::EMPTY
};

impl Vm {
    /// The names and values of a running or finished frame.
    pub(crate) fn frame_locals_dict(&mut self, frame: &Ref) -> PyResult<Ref> {
        let f: &FrameObject = frame.payload();
        if let Some(namespace) = f.namespace.get() {
            return Ok(namespace);
        }
        let code: &Code = f.code.payload();
        let dict = self.new_dict();
        for i in 0..code.nlocals() {
            let value = match self.running_frame(f) {
                Some(running) => running.local(i),
                None => f.locals.get(self).get(i).cloned().flatten(),
            };
            let value = match value {
                Some(v) if code.is_cell(i) && v.kind() == Some(Kind::Cell) => {
                    v.payload::<CellVar>().value.get()
                }
                value => value,
            };
            if code.data.localspluskinds[i] & 0x10 != 0 {
                continue;
            }
            if let Some(value) = value {
                self.dict_set(&dict, &code.varnames[i], value)?;
            }
        }
        Ok(dict)
    }

    fn frame_unit(&self, frame: &Ref) -> u32 {
        let f: &FrameObject = frame.payload();
        self.running_frame(f)
            .map_or(f.lasti.get(), crate::interp::frame::Frame::unit)
    }
}

fn frame(f: &Ref) -> &FrameObject {
    f.payload()
}

fn frame_line(vm: &mut Vm, f: &Ref) -> PyResult<Ref> {
    let unit = vm.frame_unit(f);
    let line = frame(f).code.payload::<Code>().line_at(unit);
    Ok(line.map_or_else(Ref::none, |l| vm.new_int(l)))
}

const FRAME: TypeDef = TypeDef {
    name: "frame",
    slots: Slots {
        repr: Some(|vm, f| {
            let line = frame_line(vm, f)?;
            let line = vm.repr_string(&line)?;
            let code: &Code = frame(f).code.payload();
            let text = format!(
                "<frame at {:#x}, file '{}', line {line}, code {}>",
                f.id(),
                code.data.filename,
                code.data.name
            );
            Ok(vm.new_str(&text))
        }),
        ..Slots::EMPTY
    },
    methods: &[MethodDef::new(
        "clear",
        "($self, /)",
        "Clear all references held by the frame.",
        |vm, a| {
            let f: &FrameObject = frame(&a[0]);
            if f.depth.get() != usize::MAX {
                return Err(vm.runtime_error("cannot clear an executing frame"));
            }
            drop(f.locals.replace(vm, Vec::new()));
            Ok(Ref::none())
        },
    )],
    getset: &[
        GetSetDef::read_only("f_code", "", |_, f| Ok(frame(f).code.clone())),
        GetSetDef::read_only("f_lineno", "", frame_line),
        GetSetDef::read_only("f_lasti", "", |vm, f| {
            let u = vm.frame_unit(f);
            Ok(vm.new_int(u * 2))
        }),
        GetSetDef::read_only("f_locals", "", Vm::frame_locals_dict),
        GetSetDef::read_only("f_globals", "", |_, f| {
            Ok(frame(f)
                .func
                .payload::<crate::interp::code::Function>()
                .globals
                .clone())
        }),
        GetSetDef::read_only("f_builtins", "", |_, f| {
            Ok(frame(f)
                .func
                .payload::<crate::interp::code::Function>()
                .builtins
                .clone())
        }),
        GetSetDef::new("f_trace", "", |_, _| Ok(Ref::none()), |_, _, _| Ok(())),
        GetSetDef::new(
            "f_trace_lines",
            "",
            |_, _| Ok(Ref::bool(true)),
            |_, _, _| Ok(()),
        ),
        GetSetDef::new(
            "f_trace_opcodes",
            "",
            |_, _| Ok(Ref::bool(false)),
            |_, _, _| Ok(()),
        ),
        GetSetDef::read_only("f_back", "", |vm, f| {
            let depth = frame(f).depth.get();
            if depth == usize::MAX {
                return Ok(frame(f).back.get().unwrap_or_else(Ref::none));
            }
            let thread = frame(f).thread.get();
            match depth
                .checked_sub(1)
                .and_then(|d| vm.frame_object_in(thread, d))
            {
                Some(back) => Ok(back),
                None => Ok(Ref::none()),
            }
        }),
    ],
    ..TypeDef::EMPTY
};

fn tb(t: &Ref) -> &Traceback {
    t.payload()
}

const TRACEBACK: TypeDef = TypeDef {
    name: "traceback",
    doc: "traceback(tb_next, tb_frame, tb_lasti, tb_lineno)\n--\n\nCreate a new traceback object.",
    slots: Slots {
        new: Some(|vm, _, args| {
            let [next, frame, lasti, lineno] = args.positional() else {
                let n = args.len();
                return Err(
                    vm.type_error(format!("traceback() takes exactly 4 arguments ({n} given)"))
                );
            };
            let payload = Traceback {
                next: Slot::empty(),
                frame: frame.clone(),
                lasti: vm.int_i64(lasti).unwrap_or(0) as u32 / 2,
                lineno: Cell::new(vm.int_i64(lineno).unwrap_or(-1)),
            };
            payload.next.set((!next.is_none()).then(|| next.clone()));
            Ok(vm.new_object(vm.types.traceback, payload))
        }),
        ..Slots::EMPTY
    },
    getset: &[
        GetSetDef::new(
            "tb_next",
            "",
            |_, t| Ok(tb(t).next.get().unwrap_or_else(Ref::none)),
            |vm, t, v| {
                match v {
                    Some(v) if v.is_none() => tb(t).next.set(None),
                    Some(v) if v.kind() == Some(Kind::Traceback) => tb(t).next.set(Some(v.clone())),
                    _ => return Err(vm.type_error("expected traceback object or None")),
                }
                Ok(())
            },
        ),
        GetSetDef::read_only("tb_frame", "", |_, t| Ok(tb(t).frame.clone())),
        GetSetDef::read_only("tb_lasti", "", |vm, t| Ok(vm.new_int(tb(t).lasti * 2))),
        GetSetDef::read_only("tb_lineno", "", |vm, t| {
            Ok(match tb(t).lineno.get() {
                -1 => Ref::none(),
                n => vm.new_int(n),
            })
        }),
    ],
    ..TypeDef::EMPTY
};

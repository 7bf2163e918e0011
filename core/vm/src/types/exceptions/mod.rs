//! The built-in exceptions: constructors, attributes, texts.
//!
//! All have one payload; what a class adds is in `Exception::fields`, by number.
#![forbid(unsafe_code)]

mod group;
mod os;
mod unicode;

pub(crate) use os::subclass as os_subclass;

use crate::error::PyResult;
use crate::object::{Args, Exception, GetSetDef, MethodDef, Ref, Slots, Ty, TypeDef};
use crate::vm::Vm;

pub(crate) fn define(vm: &mut Vm) {
    let e = vm.exc;
    for (ty, def) in [
        (e.BaseException, &BASE_EXCEPTION),
        (e.KeyError, &KEY_ERROR),
        (e.StopIteration, &STOP_ITERATION),
        (e.SystemExit, &SYSTEM_EXIT),
        (e.ImportError, &IMPORT_ERROR),
        (e.NameError, &NAME_ERROR),
        (e.AttributeError, &ATTRIBUTE_ERROR),
        (e.SyntaxError, &SYNTAX_ERROR),
        (e.OSError, &os::OS_ERROR),
        (e.UnicodeEncodeError, &unicode::ENCODE_ERROR),
        (e.UnicodeDecodeError, &unicode::DECODE_ERROR),
        (e.UnicodeTranslateError, &unicode::TRANSLATE_ERROR),
        (e.BaseExceptionGroup, &group::BASE_EXCEPTION_GROUP),
    ] {
        vm.define(ty, def);
    }
    give_second_base(vm);
}

/// `ExceptionGroup` is the one built-in type with two bases.
fn give_second_base(vm: &mut Vm) {
    let e = vm.exc;
    let group = e.ExceptionGroup;
    let mro = [
        group,
        e.BaseExceptionGroup,
        e.Exception,
        e.BaseException,
        vm.types.object,
    ];
    *group.mro.borrow_mut() = mro.into();
    let mro = vm.new_tuple(mro.iter().map(|ty| ty.to_ref()).collect());
    group.mro_tuple.set(Some(mro));
    let bases = vm.new_pair(e.BaseExceptionGroup.to_ref(), e.Exception.to_ref());
    group.bases.set(Some(bases));
    e.Exception.subclasses.borrow_mut().push(group);
}

pub(crate) fn this(value: &Ref) -> &Exception {
    value.payload()
}

/// `args`, always a tuple.
pub(crate) fn args_of(vm: &mut Vm, value: &Ref) -> Ref {
    match this(value).args.get() {
        Some(args) => args,
        None => vm.new_tuple(Vec::new()),
    }
}

fn arg_items(vm: &mut Vm, value: &Ref) -> Vec<Ref> {
    args_of(vm, value)
        .as_tuple()
        .map(|args| args.to_vec())
        .unwrap_or_default()
}

/// A new exception with these positional arguments.
fn new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let args = vm.new_tuple(args.positional().to_vec());
    Ok(vm.new_object(ty, Exception::new(args)))
}

fn set_args(vm: &mut Vm, value: &Ref, args: Args<'_>) {
    let args = vm.new_tuple(args.positional().to_vec());
    this(value).args.set(Some(args));
}

fn no_keywords(vm: &mut Vm, value: &Ref, args: Args<'_>) -> PyResult<()> {
    if args.kwnames().is_empty() {
        return Ok(());
    }
    let name = vm.type_of(value).name();
    Err(vm.type_error(format!("{name}() takes no keyword arguments")))
}

fn init(vm: &mut Vm, value: &Ref, args: Args<'_>) -> PyResult<()> {
    no_keywords(vm, value, args)?;
    set_args(vm, value, args);
    Ok(())
}

fn repr(vm: &mut Vm, value: &Ref) -> PyResult {
    let name = vm.type_of(value).name();
    let args = args_of(vm, value);
    let shown = match args.as_tuple().map(|args| &**args) {
        Some([only]) => format!("({})", vm.repr_string(only)?),
        _ => vm.repr_string(&args)?,
    };
    Ok(vm.new_str(&format!("{name}{shown}")))
}

pub(super) fn str(vm: &mut Vm, value: &Ref) -> PyResult {
    let args = args_of(vm, value);
    match args.as_tuple().map(|args| &**args) {
        Some([]) | None => Ok(vm.new_str("")),
        Some([only]) => vm.str(only),
        Some(_) => vm.str(&args),
    }
}

fn exception_or_none(
    vm: &mut Vm,
    value: Option<&Ref>,
    what: &str,
    attribute: &str,
) -> PyResult<Option<Ref>> {
    match value {
        None => Err(vm.type_error(format!("{attribute} may not be deleted"))),
        Some(value) if value.is_none() => Ok(None),
        Some(value) if value.downcast::<Exception>().is_some() => Ok(Some(value.clone())),
        Some(_) => Err(vm.type_error(format!(
            "exception {what} must be None or derive from BaseException"
        ))),
    }
}

fn set_traceback(vm: &mut Vm, value: &Ref, traceback: Option<&Ref>) -> PyResult<()> {
    let Some(traceback) = traceback else {
        return Err(vm.type_error("__traceback__ may not be deleted"));
    };
    if !traceback.is_none() && !vm.is_exact(traceback, vm.types.traceback) {
        return Err(vm.type_error("__traceback__ must be a traceback or None"));
    }
    this(value)
        .traceback
        .set(Some(traceback.clone()).filter(|traceback| !traceback.is_none()));
    Ok(())
}

fn add_note(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if args[1].as_str().is_none() {
        let name = vm.type_of(&args[1]).name();
        return Err(vm.type_error(format!("add_note() argument must be str, not {name}")));
    }
    let exception = this(&args[0]);
    let notes = match exception.notes.get() {
        Some(notes) => notes,
        None => {
            let notes = vm.new_list(Vec::new());
            exception.notes.set(Some(notes.clone()));
            notes
        }
    };
    match notes.downcast::<crate::object::List>() {
        Some(list) => list.items_mut(vm).push(args[1].clone()),
        None => return Err(vm.type_error("Cannot add note: __notes__ is not a list")),
    }
    Ok(Ref::none())
}

fn reduce(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let ty = vm.type_of(&args[0]).to_ref();
    let arguments = args_of(vm, &args[0]);
    let mut parts = vec![ty, arguments];
    if let Some(dict) = vm
        .instance_dict(&args[0])
        .filter(|dict| vm.len(dict).is_ok_and(|len| len > 0))
    {
        parts.push(dict);
    }
    Ok(vm.new_tuple(parts))
}

fn setstate(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if args[1].is_none() {
        return Ok(Ref::none());
    }
    let Some(state) = args[1].downcast::<crate::object::Dict>() else {
        return Err(vm.type_error("state is not a dictionary"));
    };
    for (key, item) in state.items(vm) {
        vm.set_attr(&args[0], &key, &item)?;
    }
    Ok(Ref::none())
}

const BASE_EXCEPTION: TypeDef = TypeDef {
    name: "BaseException",
    doc: "Common base class for all exceptions.",
    slots: Slots {
        repr: Some(repr),
        str: Some(str),
        new: Some(new),
        init: Some(init),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "with_traceback",
            "($self, object, /)",
            "Set self.__traceback__ to tb and return self.",
            |vm, args| {
                set_traceback(vm, &args[0], args.get(1))?;
                Ok(args[0].clone())
            },
        ),
        MethodDef::new(
            "add_note",
            "($self, note, /)",
            "Add a note to the exception",
            add_note,
        ),
        MethodDef::new("__reduce__", "($self, /)", "", reduce),
        MethodDef::new("__setstate__", "($self, state, /)", "", setstate),
    ],
    getset: &[
        GetSetDef::new(
            "args",
            "",
            |vm, value| Ok(args_of(vm, value)),
            |vm, value, args| {
                let Some(args) = args else {
                    return Err(vm.type_error("args may not be deleted"));
                };
                let items = vm.collect(args)?;
                let args = vm.new_tuple(items);
                this(value).args.set(Some(args));
                Ok(())
            },
        ),
        GetSetDef::new(
            "__traceback__",
            "",
            |_, value| Ok(this(value).traceback.get().unwrap_or_else(Ref::none)),
            set_traceback,
        ),
        GetSetDef::new(
            "__context__",
            "exception context",
            |_, value| Ok(this(value).context.get().unwrap_or_else(Ref::none)),
            |vm, value, context| {
                let context = exception_or_none(vm, context, "context", "__context__")?;
                this(value).context.set(context);
                Ok(())
            },
        ),
        GetSetDef::new(
            "__cause__",
            "exception cause",
            |_, value| Ok(this(value).cause.get().unwrap_or_else(Ref::none)),
            |vm, value, cause| {
                let cause = exception_or_none(vm, cause, "cause", "__cause__")?;
                this(value).cause.set(cause);
                this(value).suppress_context.set(true);
                Ok(())
            },
        ),
        GetSetDef::new(
            "__suppress_context__",
            "",
            |_, value| Ok(Ref::bool(this(value).suppress_context.get())),
            |vm, value, suppress| {
                let suppress = match suppress {
                    Some(suppress) => vm.is_true(suppress)?,
                    None => return Err(vm.type_error("can't delete numeric/char attribute")),
                };
                this(value).suppress_context.set(suppress);
                Ok(())
            },
        ),
        GetSetDef::new(
            "__notes__",
            "",
            |vm, value| match this(value).notes.get() {
                Some(notes) => Ok(notes),
                None => {
                    let name = vm.names.__notes__.clone();
                    Err(vm.attribute_error(value, &name))
                }
            },
            |_, value, notes| {
                this(value).notes.set(notes.cloned());
                Ok(())
            },
        ),
    ],
    ..TypeDef::EMPTY
};

/// An attribute kept in a numbered field; `None` until set.
macro_rules! field {
    ($name:literal, $index:literal, $doc:literal) => {
        $crate::object::GetSetDef::new(
            $name,
            $doc,
            |vm, value| {
                Ok($crate::types::exceptions::this(value)
                    .field(vm, $index)
                    .unwrap_or_else($crate::object::Ref::none))
            },
            |vm, value, new| {
                $crate::types::exceptions::this(value).set_field(vm, $index, new.cloned());
                Ok(())
            },
        )
    };
}
pub(super) use field;

const KEY_ERROR: TypeDef = TypeDef {
    name: "KeyError",
    doc: "Mapping key not found.",
    slots: Slots {
        // A key is shown by its repr, so that `KeyError: ''` says something.
        str: Some(|vm, value| {
            let args = args_of(vm, value);
            match args.as_tuple().map(|args| &**args) {
                Some([only]) => vm.repr(only),
                _ => str(vm, value),
            }
        }),
        ..Slots::EMPTY
    },
    ..TypeDef::EMPTY
};

const STOP_ITERATION: TypeDef = TypeDef {
    name: "StopIteration",
    doc: "Signal the end from iterator.__next__().",
    slots: Slots {
        init: Some(|vm, value, args| {
            init(vm, value, args)?;
            let first = args.positional().first().cloned();
            this(value).set_field(vm, 0, first);
            Ok(())
        }),
        ..Slots::EMPTY
    },
    getset: &[field!("value", 0, "generator return value")],
    ..TypeDef::EMPTY
};

const SYSTEM_EXIT: TypeDef = TypeDef {
    name: "SystemExit",
    doc: "Request to exit from the interpreter.",
    slots: Slots {
        init: Some(|vm, value, args| {
            init(vm, value, args)?;
            let code = match args.positional() {
                [] => None,
                [only] => Some(only.clone()),
                _ => Some(args_of(vm, value)),
            };
            this(value).set_field(vm, 0, code);
            Ok(())
        }),
        ..Slots::EMPTY
    },
    getset: &[field!("code", 0, "exception code")],
    ..TypeDef::EMPTY
};

/// Sets fields from keyword arguments; others are refused.
fn keyword_fields(
    vm: &mut Vm,
    value: &Ref,
    args: Args<'_>,
    class: &str,
    names: &[(&str, usize)],
) -> PyResult<()> {
    for (key, item) in args.keywords() {
        let key = vm.text_of(key);
        let Some((_, index)) = names.iter().find(|(name, _)| *name == key) else {
            return Err(vm.type_error(format!(
                "{class}() got an unexpected keyword argument '{key}'"
            )));
        };
        this(value).set_field(vm, *index, Some(item.clone()));
    }
    Ok(())
}

const IMPORT_ERROR: TypeDef = TypeDef {
    name: "ImportError",
    doc: "Import can't find module, or can't find name in module.",
    slots: Slots {
        init: Some(|vm, value, args| {
            set_args(vm, value, args);
            keyword_fields(
                vm,
                value,
                args,
                "ImportError",
                &[("name", 1), ("path", 2), ("name_from", 3)],
            )?;
            if let [only] = args.positional() {
                this(value).set_field(vm, 0, Some(only.clone()));
            }
            Ok(())
        }),
        str: Some(|vm, value| match this(value).field(vm, 0) {
            Some(message) if vm.is_exact(&message, vm.types.str) => Ok(message),
            _ => str(vm, value),
        }),
        ..Slots::EMPTY
    },
    getset: &[
        field!("msg", 0, "exception message"),
        field!("name", 1, "module name"),
        field!("path", 2, "module path"),
        field!("name_from", 3, "name imported from module"),
    ],
    ..TypeDef::EMPTY
};

const NAME_ERROR: TypeDef = TypeDef {
    name: "NameError",
    doc: "Name not found globally.",
    slots: Slots {
        init: Some(|vm, value, args| {
            set_args(vm, value, args);
            keyword_fields(vm, value, args, "NameError", &[("name", 0)])
        }),
        ..Slots::EMPTY
    },
    getset: &[field!("name", 0, "name")],
    ..TypeDef::EMPTY
};

const ATTRIBUTE_ERROR: TypeDef = TypeDef {
    name: "AttributeError",
    doc: "Attribute not found.",
    slots: Slots {
        init: Some(|vm, value, args| {
            set_args(vm, value, args);
            keyword_fields(
                vm,
                value,
                args,
                "AttributeError",
                &[("name", 0), ("obj", 1)],
            )
        }),
        ..Slots::EMPTY
    },
    getset: &[
        field!("name", 0, "attribute name"),
        field!("obj", 1, "object"),
    ],
    ..TypeDef::EMPTY
};

fn syntax_init(vm: &mut Vm, value: &Ref, args: Args<'_>) -> PyResult<()> {
    init(vm, value, args)?;
    let items = arg_items(vm, value);
    this(value).set_field(vm, 0, items.first().cloned());
    if items.len() == 2 {
        let info = vm.collect(&items[1])?;
        if info.len() < 4 {
            return Err(vm.type_error(format!(
                "function takes at least 4 arguments ({} given)",
                info.len()
            )));
        }
        if info.len() > 7 {
            return Err(vm.type_error(format!(
                "function takes at most 7 arguments ({} given)",
                info.len()
            )));
        }
        // The place is filename, lineno, offset, text, end_lineno, end_offset: fields 1 to 6.
        for (index, item) in info.into_iter().enumerate() {
            this(value).set_field(vm, index + 1, Some(item));
        }
        let end = |vm: &Vm, index| this(value).field(vm, index).is_some();
        if end(vm, 5) && !end(vm, 6) {
            return Err(vm.type_error("end_offset must be provided when end_lineno is provided"));
        }
    }
    Ok(())
}

fn syntax_str(vm: &mut Vm, value: &Ref) -> PyResult {
    let message = this(value).field(vm, 0).unwrap_or_else(Ref::none);
    let filename = this(value).field(vm, 1);
    let filename = filename.and_then(|name| {
        name.as_str()
            .map(|name| name.text().to_string_lossy().into_owned())
    });
    // Only the last part of a path is shown.
    let filename = filename.map(|name| name.rsplit('/').next().unwrap_or_default().to_owned());
    let lineno = this(value)
        .field(vm, 2)
        .filter(|line| vm.is_exact(line, vm.types.int));
    let lineno = lineno.and_then(|line| line.as_small_int());
    let message = vm.str(&message)?;
    let text = vm.text_of(&message);
    Ok(match (filename, lineno) {
        (Some(filename), Some(line)) => vm.new_str(&format!("{text} ({filename}, line {line})")),
        (Some(filename), None) => vm.new_str(&format!("{text} ({filename})")),
        (None, Some(line)) => vm.new_str(&format!("{text} (line {line})")),
        (None, None) => message,
    })
}

const SYNTAX_ERROR: TypeDef = TypeDef {
    name: "SyntaxError",
    doc: "Invalid syntax.",
    slots: Slots {
        init: Some(syntax_init),
        str: Some(syntax_str),
        ..Slots::EMPTY
    },
    getset: &[
        field!("msg", 0, "exception msg"),
        field!("filename", 1, "exception filename"),
        field!("lineno", 2, "exception lineno"),
        field!("offset", 3, "exception offset"),
        field!("text", 4, "exception text"),
        field!("end_lineno", 5, "exception end lineno"),
        field!("end_offset", 6, "exception end offset"),
        field!("_metadata", 7, "exception private metadata"),
        field!("print_file_and_line", 8, "exception print_file_and_line"),
    ],
    ..TypeDef::EMPTY
};

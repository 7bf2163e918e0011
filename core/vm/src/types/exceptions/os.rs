//! `OSError`: the number chooses the subclass.

use super::{args_of, field, init, str, this};
use crate::error::PyResult;
use crate::object::{Args, Exception, MethodDef, Ref, Slots, Ty, TypeDef};
use crate::vm::Vm;

/// The subclass for an error number of Linux.
pub(crate) fn subclass(vm: &Vm, errno: i64) -> Option<Ty> {
    let e = vm.exc;
    Some(match errno {
        11 | 114 | 115 => e.BlockingIOError,
        10 => e.ChildProcessError,
        32 | 108 => e.BrokenPipeError,
        103 => e.ConnectionAbortedError,
        111 => e.ConnectionRefusedError,
        104 => e.ConnectionResetError,
        17 => e.FileExistsError,
        2 => e.FileNotFoundError,
        4 => e.InterruptedError,
        21 => e.IsADirectoryError,
        20 => e.NotADirectoryError,
        1 | 13 => e.PermissionError,
        3 => e.ProcessLookupError,
        110 => e.TimeoutError,
        _ => return None,
    })
}

fn new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let given = args.positional();
    let mut ty = ty;
    if ty.is(vm.exc.OSError)
        && (2..=5).contains(&given.len())
        && let Some(errno) = given[0].as_small_int()
        && let Some(better) = subclass(vm, errno)
    {
        ty = better;
    }
    let tuple = vm.new_tuple(given.to_vec());
    let value = vm.new_object(ty, Exception::new(tuple));
    fill(vm, &value, given);
    Ok(value)
}

/// Sets the fields, and takes the file names out of `args`.
fn fill(vm: &mut Vm, value: &Ref, given: &[Ref]) {
    if !(2..=5).contains(&given.len()) {
        return;
    }
    let exception = this(value);
    exception.set_field(vm, 0, Some(given[0].clone()));
    exception.set_field(vm, 1, Some(given[1].clone()));
    if let Some(filename) = given.get(2).filter(|name| !name.is_none()) {
        exception.set_field(vm, 2, Some(filename.clone()));
        if let Some(second) = given.get(4).filter(|name| !name.is_none()) {
            exception.set_field(vm, 3, Some(second.clone()));
        }
        let args = vm.new_tuple(given[..2].to_vec());
        exception.args.set(Some(args));
    }
}

fn os_init(vm: &mut Vm, value: &Ref, args: Args<'_>) -> PyResult<()> {
    init(vm, value, args)?;
    fill(vm, value, args.positional());
    Ok(())
}

fn os_str(vm: &mut Vm, value: &Ref) -> PyResult {
    let exception = this(value);
    let field = |vm: &Vm, index| exception.field(vm, index);
    let (errno, strerror) = (field(vm, 0), field(vm, 1));
    if errno.is_none() && strerror.is_none() {
        return str(vm, value);
    }
    let errno = vm.str_string(&errno.unwrap_or_else(Ref::none))?;
    let strerror = vm.str_string(&strerror.unwrap_or_else(Ref::none))?;
    let mut text = format!("[Errno {errno}] {strerror}");
    if let Some(filename) = field(vm, 2) {
        text.push_str(&format!(": {}", vm.repr_string(&filename)?));
        if let Some(second) = field(vm, 3) {
            text.push_str(&format!(" -> {}", vm.repr_string(&second)?));
        }
    }
    Ok(vm.new_str(&text))
}

fn reduce(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let value = &args[0];
    let mut arguments = args_of(vm, value);
    let filename = this(value).field(vm, 2);
    if let (Some(filename), Some([errno, strerror])) =
        (filename, arguments.as_tuple().map(|args| &**args))
    {
        let mut items = vec![errno.clone(), strerror.clone(), filename];
        if let Some(second) = this(value).field(vm, 3) {
            items.extend([Ref::none(), second]);
        }
        arguments = vm.new_tuple(items);
    }
    let ty = vm.type_of(value).to_ref();
    Ok(vm.new_pair(ty, arguments))
}

pub(super) const OS_ERROR: TypeDef = TypeDef {
    name: "OSError",
    doc: "Base class for I/O related errors.",
    slots: Slots {
        new: Some(new),
        init: Some(os_init),
        str: Some(os_str),
        ..Slots::EMPTY
    },
    methods: &[MethodDef::new("__reduce__", "($self, /)", "", reduce)],
    getset: &[
        field!("errno", 0, "POSIX exception code"),
        field!("strerror", 1, "exception strerror"),
        field!("filename", 2, "exception filename"),
        field!("filename2", 3, "second exception filename"),
    ],
    ..TypeDef::EMPTY
};

//! Directories: their names, and `scandir` with its entries.

use std::cell::Cell;

use vitrine_vm::object::{Args, GetSetDef, MethodDef, Payload, Ref, Slots, TypeDef};
use vitrine_vm::{PyResult, Vm};

use super::{path, stat_of, types};
use crate::native::os_fspath;

/// The sorted names in a directory.
pub(super) fn names(vm: &mut Vm, directory: Option<&Ref>) -> PyResult<Vec<String>> {
    let text = match directory {
        Some(directory) => path(vm, directory)?,
        None => super::directory(vm),
    };
    match vm.host.list_dir(&text) {
        Ok(names) => Ok(names),
        Err(error) => Err(vm.host_error(&error, Some(&text))),
    }
}

struct Entry {
    name: String,
    path: String,
    shown: String,
}

impl Payload for Entry {
    const ATOMIC: bool = true;
}

macro_rules! text {
    ($name:literal $field:ident) => {
        GetSetDef::read_only($name, "", |vm, this| {
            Ok(vm.new_str(&this.payload::<Entry>().$field))
        })
    };
}

pub(super) const DIR_ENTRY: TypeDef = TypeDef {
    name: "DirEntry",
    module: "posix",
    slots: Slots {
        repr: Some(|vm, this| {
            let name = vm.new_str(&this.payload::<Entry>().name);
            let name = vm.repr_string(&name)?;
            Ok(vm.new_str(&format!("<DirEntry {name}>")))
        }),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "is_dir",
            "($self, /, *, follow_symlinks=True)",
            "",
            |vm, a| {
                let stat = vm.host.stat(&a.this::<Entry>().path);
                Ok(Ref::bool(stat.is_ok_and(|stat| stat.dir)))
            },
        ),
        MethodDef::new(
            "is_file",
            "($self, /, *, follow_symlinks=True)",
            "",
            |vm, a| {
                let stat = vm.host.stat(&a.this::<Entry>().path);
                Ok(Ref::bool(stat.is_ok_and(|stat| !stat.dir)))
            },
        ),
        MethodDef::new("is_symlink", "($self, /)", "", |_, _| Ok(Ref::bool(false))),
        MethodDef::new("is_junction", "($self, /)", "", |_, _| Ok(Ref::bool(false))),
        MethodDef::new(
            "stat",
            "($self, /, *, follow_symlinks=True)",
            "",
            |vm, a| stat_of(vm, &a.this::<Entry>().path),
        ),
        MethodDef::new("inode", "($self, /)", "", |vm, a| {
            let path = &a.this::<Entry>().path;
            match vm.host.stat(path) {
                Ok(stat) => Ok(vm.new_int(stat.inode)),
                Err(error) => Err(vm.host_error(&error, Some(path))),
            }
        }),
        MethodDef::new("__fspath__", "($self, /)", "", |vm, a| {
            Ok(vm.new_str(&a.this::<Entry>().shown))
        }),
    ],
    getset: &[text!("name" name), text!("path" shown)],
    ..TypeDef::EMPTY
};

struct Scan {
    directory: String,
    shown: String,
    names: Vec<String>,
    at: Cell<usize>,
}

impl Payload for Scan {
    const ATOMIC: bool = true;
}

pub(super) const SCANDIR_ITERATOR: TypeDef = TypeDef {
    name: "ScandirIterator",
    module: "posix",
    slots: Slots {
        iter: Some(|_, this| Ok(this.clone())),
        iternext: Some(next),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new("close", "($self, /)", "", close),
        MethodDef::new("__enter__", "($self, /)", "", |_, a| Ok(a[0].clone())),
        MethodDef::new("__exit__", "($self, /, *args)", "", close),
    ],
    ..TypeDef::EMPTY
};

fn close(_: &mut Vm, args: Args<'_>) -> PyResult {
    args.this::<Scan>().at.set(usize::MAX);
    Ok(Ref::none())
}

fn next(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let scan: &Scan = this.payload();
    let Some(name) = scan.names.get(scan.at.get()) else {
        return Ok(None);
    };
    scan.at.set(scan.at.get() + 1);
    let under = |directory: &str| match directory {
        "" => name.clone(),
        directory if directory.ends_with('/') => format!("{directory}{name}"),
        directory => format!("{directory}/{name}"),
    };
    let entry = Entry {
        name: name.clone(),
        path: under(&scan.directory),
        shown: under(&scan.shown),
    };
    let ty = types(vm).entry;
    Ok(Some(vm.new_object(ty, entry)))
}

pub(super) fn scandir(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let given = args.get_not_none(1);
    let names = names(vm, given)?;
    let (directory, shown) = match given {
        Some(given) => {
            let shown = os_fspath(vm, given)?;
            let shown = crate::native::fs_path(vm, &shown)?;
            (path(vm, given)?, shown)
        }
        None => (super::directory(vm), ".".to_owned()),
    };
    let scan = Scan {
        directory,
        shown,
        names,
        at: Cell::new(0),
    };
    let ty = types(vm).scan;
    Ok(vm.new_object(ty, scan))
}

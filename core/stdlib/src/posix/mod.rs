//! `posix`: what `os` is made of (`Modules/posixmodule.c`), as far as a machine's
//! host gives it. What would reach past the host is refused with a
//! `PermissionError` that says so.

mod constants;
mod entries;
mod paths;

use vitrine_vm::error::Exc;
use vitrine_vm::object::{Args, MethodDef, Ref, Ty};
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use crate::native::{add, add_functions, fs_path, need_i64, os_fspath};

pub(crate) const MODULE: NativeModule = NativeModule {
    name: "posix",
    init,
};

#[derive(Default)]
struct State {
    types: Option<Types>,
    directory: Option<String>,
}

#[derive(Clone, Copy)]
struct Types {
    stat_result: Ty,
    uname_result: Ty,
    terminal_size: Ty,
    times_result: Ty,
    entry: Ty,
    scan: Ty,
}

fn types(vm: &mut Vm) -> Types {
    if let Some(types) = vm.state::<State>().types {
        return types;
    }
    let types = Types {
        stat_result: vm.new_struct_type(
            "os",
            "stat_result",
            &[
                "st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size", "_atime",
                "_mtime", "_ctime",
            ],
            &[],
        ),
        uname_result: vm.new_struct_type(
            "posix",
            "uname_result",
            &["sysname", "nodename", "release", "version", "machine"],
            &[],
        ),
        terminal_size: vm.new_struct_type("os", "terminal_size", &["columns", "lines"], &[]),
        times_result: vm.new_struct_type(
            "posix",
            "times_result",
            &[
                "user",
                "system",
                "children_user",
                "children_system",
                "elapsed",
            ],
            &[],
        ),
        entry: vm.new_type(None, &entries::DIR_ENTRY),
        scan: vm.new_type(None, &entries::SCANDIR_ITERATOR),
    };
    vm.state::<State>().types = Some(types);
    types
}

fn refuse(vm: &mut Vm, name: &str) -> Exc {
    vm.errno_error(
        1,
        &format!("os.{name} is not available in the sandbox"),
        None,
    )
}

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let types = types(vm);
    for (name, ty) in [
        ("stat_result", types.stat_result),
        ("uname_result", types.uname_result),
        ("terminal_size", types.terminal_size),
        ("times_result", types.times_result),
        ("DirEntry", types.entry),
        ("error", vm.exc.OSError),
    ] {
        add(vm, module, name, ty.to_ref());
    }
    for &(name, number) in constants::NUMBERS {
        let number = vm.new_int(number);
        add(vm, module, name, number);
    }
    let environ = environ(vm)?;
    add(vm, module, "environ", environ);
    let have = ["HAVE_LSTAT", "HAVE_FACCESSAT"].map(|name| vm.new_str(name));
    let have = vm.new_list(have.to_vec());
    add(vm, module, "_have_functions", have);
    add_functions(vm, module, constants::REFUSED)?;
    add_functions(vm, module, paths::FUNCTIONS)?;
    add_functions(vm, module, FUNCTIONS)
}

fn environ(vm: &mut Vm) -> PyResult {
    let variables = vm.host.environ();
    let dict = vm.new_dict();
    for (name, value) in variables {
        let (name, value) = (
            vm.new_bytes(name.into_bytes()),
            vm.new_bytes(value.into_bytes()),
        );
        vm.dict_set(&dict, &name, value)?;
    }
    Ok(dict)
}

/// An absolute path: the machine has its own current directory.
fn absolute(vm: &mut Vm, path: String) -> String {
    match &vm.state::<State>().directory {
        Some(directory) if !path.starts_with('/') => format!("{directory}/{path}"),
        _ => path,
    }
}

/// A path argument as the host takes it.
fn path(vm: &mut Vm, value: &Ref) -> PyResult<String> {
    let path = fs_path(vm, value)?;
    Ok(absolute(vm, path))
}

fn directory(vm: &mut Vm) -> String {
    match &vm.state::<State>().directory {
        Some(directory) => directory.clone(),
        None => vm.host.current_dir(),
    }
}

/// The result of `os.stat`.
fn stat_of(vm: &mut Vm, text: &str) -> PyResult {
    let stat = match vm.host.stat(text) {
        Ok(stat) => stat,
        Err(error) => return Err(vm.host_error(&error, Some(text))),
    };
    let mode = match stat.mode {
        0 if stat.dir => 0o040_755,
        0 => 0o100_644,
        mode => mode,
    };
    let time = stat.modified_ns;
    let seconds = time.div_euclid(1_000_000_000);
    let mut items = vec![vm.new_int(mode), vm.new_int(stat.inode)];
    items.push(Ref::small_int(0));
    items.push(Ref::small_int(1));
    items.extend([Ref::small_int(0), Ref::small_int(0)]);
    items.push(vm.new_int(stat.size));
    let seconds = vm.new_int(seconds);
    items.extend([seconds.clone(), seconds.clone(), seconds]);
    let ty = types(vm).stat_result;
    let result = vm.new_tuple_of(ty, items);
    let (float, whole) = (vm.new_float(time as f64 / 1e9), vm.new_int(time));
    for name in ["st_atime", "st_mtime", "st_ctime"] {
        let key = vm.intern(name);
        vm.set_attr(&result, &key, &float)?;
        let key = vm.intern(&format!("{name}_ns"));
        vm.set_attr(&result, &key, &whole)?;
    }
    Ok(result)
}

fn done(vm: &mut Vm, result: std::io::Result<()>, path: &str) -> PyResult {
    match result {
        Ok(()) => Ok(Ref::none()),
        Err(error) => Err(vm.host_error(&error, Some(path))),
    }
}

const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "stat",
        "($module, /, path, *, dir_fd=None, follow_symlinks=True)",
        "",
        stat,
    ),
    MethodDef::new("lstat", "($module, /, path, *, dir_fd=None)", "", stat),
    MethodDef::new("fstat", "($module, /, fd)", "", |vm, _| {
        Err(vm.errno_error(9, "Bad file descriptor", None))
    }),
    MethodDef::new(
        "access",
        "($module, /, path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)",
        "",
        |vm, a| {
            let path = path(vm, &a[1])?;
            Ok(Ref::bool(vm.host.stat(&path).is_ok()))
        },
    ),
    MethodDef::new("getcwd", "($module, /)", "", |vm, _| {
        let directory = directory(vm);
        Ok(vm.new_str(&directory))
    }),
    MethodDef::new("getcwdb", "($module, /)", "", |vm, _| {
        let directory = directory(vm);
        Ok(vm.new_bytes(directory.into_bytes()))
    }),
    MethodDef::new("chdir", "($module, /, path)", "", chdir),
    MethodDef::new("listdir", "($module, /, path=None)", "", |vm, a| {
        let names = entries::names(vm, a.get_not_none(1))?;
        let names = names.iter().map(|name| vm.new_str(name)).collect();
        Ok(vm.new_list(names))
    }),
    MethodDef::new("scandir", "($module, /, path=None)", "", entries::scandir),
    MethodDef::new(
        "mkdir",
        "($module, /, path, mode=511, *, dir_fd=None)",
        "",
        |vm, a| {
            let path = path(vm, &a[1])?;
            let result = vm.host.make_dir(&path);
            done(vm, result, &path)
        },
    ),
    MethodDef::new(
        "rmdir",
        "($module, /, path, *, dir_fd=None)",
        "",
        |vm, a| {
            let path = path(vm, &a[1])?;
            let result = vm.host.remove(&path, true);
            done(vm, result, &path)
        },
    ),
    MethodDef::new("remove", "($module, /, path, *, dir_fd=None)", "", remove),
    MethodDef::new("unlink", "($module, /, path, *, dir_fd=None)", "", remove),
    MethodDef::new(
        "rename",
        "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)",
        "",
        rename,
    ),
    MethodDef::new(
        "replace",
        "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)",
        "",
        rename,
    ),
    MethodDef::new(
        "readlink",
        "($module, /, path, *, dir_fd=None)",
        "",
        |vm, a| Err(vm.errno_error(22, "Invalid argument", Some(&a[1]))),
    ),
    MethodDef::new(
        "open",
        "($module, /, path, flags, mode=511, *, dir_fd=None)",
        "",
        |vm, _| Err(refuse(vm, "open")),
    ),
    MethodDef::new("close", "($module, /, fd)", "", |vm, a| {
        match need_i64(vm, &a[1])? {
            0..=2 => Ok(Ref::none()),
            _ => Err(vm.errno_error(9, "Bad file descriptor", None)),
        }
    }),
    MethodDef::new("read", "($module, fd, length, /)", "", |vm, a| {
        if need_i64(vm, &a[1])? != 0 {
            return Err(vm.errno_error(9, "Bad file descriptor", None));
        }
        match vm.host.read_line() {
            Ok(line) => Ok(vm.new_bytes(line)),
            Err(error) => Err(vm.host_error(&error, None)),
        }
    }),
    MethodDef::new("write", "($module, fd, data, /)", "", |vm, a| {
        let bytes = vm.need_bytes(&a[2])?;
        let stream = match need_i64(vm, &a[1])? {
            1 => 1,
            2 => 2,
            _ => return Err(vm.errno_error(9, "Bad file descriptor", None)),
        };
        match vm.host.write(stream, &bytes) {
            Ok(()) => Ok(vm.new_usize(bytes.len())),
            Err(error) => Err(vm.host_error(&error, None)),
        }
    }),
    MethodDef::new("isatty", "($module, fd, /)", "", |_, _| {
        Ok(Ref::bool(false))
    }),
    MethodDef::new("WIFEXITED", "($module, /, status)", "", |vm, a| {
        Ok(Ref::bool(need_i64(vm, &a[1])? & 0x7F == 0))
    }),
    MethodDef::new("WEXITSTATUS", "($module, /, status)", "", |vm, a| {
        let status = need_i64(vm, &a[1])?;
        Ok(vm.new_int(status >> 8 & 0xFF))
    }),
    MethodDef::new("WIFSIGNALED", "($module, /, status)", "", |vm, a| {
        let low = need_i64(vm, &a[1])? & 0x7F;
        Ok(Ref::bool(low != 0 && low != 0x7F))
    }),
    MethodDef::new("WTERMSIG", "($module, /, status)", "", |vm, a| {
        let status = need_i64(vm, &a[1])?;
        Ok(vm.new_int(status & 0x7F))
    }),
    MethodDef::new("WIFSTOPPED", "($module, /, status)", "", |vm, a| {
        Ok(Ref::bool(need_i64(vm, &a[1])? & 0xFF == 0x7F))
    }),
    MethodDef::new("WSTOPSIG", "($module, /, status)", "", |vm, a| {
        let status = need_i64(vm, &a[1])?;
        Ok(vm.new_int(status >> 8 & 0xFF))
    }),
    MethodDef::new("WIFCONTINUED", "($module, /, status)", "", |vm, a| {
        Ok(Ref::bool(need_i64(vm, &a[1])? == 0xFFFF))
    }),
    MethodDef::new("WCOREDUMP", "($module, status, /)", "", |vm, a| {
        Ok(Ref::bool(need_i64(vm, &a[1])? & 0x80 != 0))
    }),
    MethodDef::new("fsync", "($module, /, fd)", "", |_, _| Ok(Ref::none())),
    MethodDef::new("umask", "($module, mask, /)", "", |_, _| {
        Ok(Ref::small_int(0o022))
    }),
    MethodDef::new("get_inheritable", "($module, fd, /)", "", |_, _| {
        Ok(Ref::bool(false))
    }),
    MethodDef::new(
        "set_inheritable",
        "($module, fd, inheritable, /)",
        "",
        |_, _| Ok(Ref::none()),
    ),
    MethodDef::new("device_encoding", "($module, /, fd)", "", |_, _| {
        Ok(Ref::none())
    }),
    MethodDef::new(
        "register_at_fork",
        "($module, /, *, before=None, after_in_child=None, after_in_parent=None)",
        "",
        |_, _| Ok(Ref::none()),
    ),
    MethodDef::new("get_terminal_size", "($module, fd=1, /)", "", |vm, _| {
        Err(vm.errno_error(25, "Inappropriate ioctl for device", None))
    }),
    MethodDef::new("putenv", "($module, name, value, /)", "", |_, _| {
        Ok(Ref::none())
    }),
    MethodDef::new("unsetenv", "($module, name, /)", "", |_, _| Ok(Ref::none())),
    MethodDef::new("_create_environ", "($module, /)", "", |vm, _| environ(vm)),
    MethodDef::new("getpid", "($module, /)", "", one),
    MethodDef::new("getppid", "($module, /)", "", zero),
    MethodDef::new("getpgrp", "($module, /)", "", one),
    MethodDef::new("getuid", "($module, /)", "", zero),
    MethodDef::new("geteuid", "($module, /)", "", zero),
    MethodDef::new("getgid", "($module, /)", "", zero),
    MethodDef::new("getegid", "($module, /)", "", zero),
    MethodDef::new("getlogin", "($module, /)", "", |vm, _| {
        Err(vm.errno_error(25, "Inappropriate ioctl for device", None))
    }),
    MethodDef::new("cpu_count", "($module, /)", "", one),
    MethodDef::new("urandom", "($module, size, /)", "", urandom),
    MethodDef::new("fspath", "($module, /, path)", "", |vm, a| {
        os_fspath(vm, &a[1])
    }),
    MethodDef::new("strerror", "($module, code, /)", "", |vm, a| {
        let code = need_i64(vm, &a[1])?;
        let text = std::io::Error::from_raw_os_error(i32::try_from(code).unwrap_or(-1)).to_string();
        Ok(vm.new_str(text.split(" (os error ").next().unwrap_or_default()))
    }),
    MethodDef::new("uname", "($module, /)", "", |vm, _| {
        let items = ["Linux", "localhost", "", "", "x86_64"].map(|text| vm.new_str(text));
        let ty = types(vm).uname_result;
        Ok(vm.new_tuple_of(ty, items.to_vec()))
    }),
    MethodDef::new("times", "($module, /)", "", |vm, _| {
        let used = vm.host.process_time_ns() as f64 / 1e9;
        let items = [used, 0.0, 0.0, 0.0, used].map(|time| vm.new_float(time));
        let ty = types(vm).times_result;
        Ok(vm.new_tuple_of(ty, items.to_vec()))
    }),
    MethodDef::new("_exit", "($module, /, status)", "", |vm, a| {
        Err(vm.new_exc_args(vm.exc.SystemExit, vec![a[1].clone()]))
    }),
    MethodDef::new("abort", "($module, /)", "", |vm, _| {
        Err(refuse(vm, "abort"))
    }),
    MethodDef::new(
        "waitstatus_to_exitcode",
        "($module, /, status)",
        "",
        |vm, a| {
            let status = need_i64(vm, &a[1])?;
            Ok(vm.new_int(if status & 0x7F == 0 {
                status >> 8 & 0xFF
            } else {
                -(status & 0x7F)
            }))
        },
    ),
];

fn one(_: &mut Vm, _: Args<'_>) -> PyResult {
    Ok(Ref::small_int(1))
}

fn zero(_: &mut Vm, _: Args<'_>) -> PyResult {
    Ok(Ref::small_int(0))
}

fn stat(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if args[1].as_small_int().is_some() {
        return Err(vm.errno_error(9, "Bad file descriptor", None));
    }
    let path = path(vm, &args[1])?;
    stat_of(vm, &path)
}

fn chdir(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let path = path(vm, &args[1])?;
    match vm.host.stat(&path) {
        Ok(stat) if stat.dir => {}
        Ok(_) => return Err(vm.errno_error(20, "Not a directory", Some(&args[1]))),
        Err(error) => return Err(vm.host_error(&error, Some(&path))),
    }
    let path = if path.starts_with('/') {
        path
    } else {
        format!("{}/{path}", directory(vm))
    };
    let path = paths::normalized(&path);
    vm.state::<State>().directory = Some(path);
    Ok(Ref::none())
}

fn remove(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let path = path(vm, &args[1])?;
    let result = vm.host.remove(&path, false);
    done(vm, result, &path)
}

fn rename(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (from, to) = (path(vm, &args[1])?, path(vm, &args[2])?);
    match vm.host.rename(&from, &to) {
        Ok(()) => Ok(Ref::none()),
        Err(error) => Err(vm.host_error(&error, Some(&from))),
    }
}

fn urandom(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let size = need_i64(vm, &args[1])?;
    let Ok(size) = usize::try_from(size) else {
        return Err(vm.value_error("negative argument not allowed"));
    };
    vm.check_memory(size)?;
    let mut bytes = vec![0; size];
    match vm.host.random(&mut bytes) {
        Ok(()) => Ok(vm.new_bytes(bytes)),
        Err(error) => Err(vm.host_error(&error, None)),
    }
}

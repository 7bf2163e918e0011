//! `FileIO`: a file of the host, or one of its standard streams.
//!
//! The host gives and takes whole files, so an open file is its contents in
//! memory. Writing at the end is passed on at once; any other change is, as the
//! whole file, by `flush` and `close`.

use vitrine_vm::object::{
    Args, GetSetDef, Guarded, MethodDef, Payload, Ref, Signature, Slots, Ty, TypeDef,
};
use vitrine_vm::{PyResult, Vm};

use super::base::{COMMON, buffer_len, store};
use super::memory::target;
use super::{next_fd, unsupported, what_is_closed};
use crate::native::{Params, fs_path, need_i64, params, size_argument};

#[derive(Default)]
pub(super) struct File {
    pub(super) fd: i64,
    path: String,
    data: Vec<u8>,
    at: usize,
    on_host: usize,
    dirty: bool,
    read: bool,
    write: bool,
    append: bool,
    created: bool,
    open: bool,
    closefd: bool,
}

pub(super) struct FileIo(Guarded<File>);

impl Payload for FileIo {
    const ATOMIC: bool = true;
}

pub(super) const FILE_IO: TypeDef = TypeDef {
    name: "FileIO",
    doc: "FileIO(file, mode='r', closefd=True, opener=None)\n--\n\nOpen a file.",
    slots: Slots {
        new: Some(|vm, ty, _| {
            let file = FileIo(Guarded::new(File::default()));
            Ok(vm.new_object(ty, file))
        }),
        init: Some(init),
        repr: Some(repr),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new("read", "($self, size=-1, /)", "", read),
        MethodDef::new("readall", "($self, /)", "", read),
        MethodDef::new("readinto", "($self, buffer, /)", "", readinto),
        MethodDef::new("write", "($self, b, /)", "", write),
        MethodDef::new("seek", "($self, pos, whence=0, /)", "", seek),
        MethodDef::new("tell", "($self, /)", "", |vm, a| {
            let (at, stream) = (open(vm, &a[0])?.at, open(vm, &a[0])?.fd < 3);
            if stream {
                return Err(vm.errno_error(29, "Illegal seek", None));
            }
            Ok(vm.new_usize(at))
        }),
        MethodDef::new("truncate", "($self, size=None, /)", "", truncate),
        MethodDef::new("flush", "($self, /)", "", |vm, a| {
            open(vm, &a[0])?;
            flush(vm, &a[0])?;
            Ok(Ref::none())
        }),
        MethodDef::new("close", "($self, /)", "", close),
        MethodDef::new("readable", "($self, /)", "", |vm, a| {
            Ok(Ref::bool(open(vm, &a[0])?.read))
        }),
        MethodDef::new("writable", "($self, /)", "", |vm, a| {
            Ok(Ref::bool(open(vm, &a[0])?.write))
        }),
        MethodDef::new("seekable", "($self, /)", "", |vm, a| {
            Ok(Ref::bool(open(vm, &a[0])?.fd > 2))
        }),
        MethodDef::new("isatty", "($self, /)", "", |vm, a| {
            open(vm, &a[0])?;
            Ok(Ref::bool(false))
        }),
        MethodDef::new("fileno", "($self, /)", "", |vm, a| {
            let fd = open(vm, &a[0])?.fd;
            Ok(vm.new_int(fd))
        }),
    ],
    getset: &[
        GetSetDef::read_only("closed", "", |vm, this| {
            Ok(Ref::bool(!this.payload::<FileIo>().0.get(vm).open))
        }),
        GetSetDef::read_only("closefd", "", |vm, this| {
            Ok(Ref::bool(this.payload::<FileIo>().0.get(vm).closefd))
        }),
        GetSetDef::read_only("mode", "", |vm, this| {
            let mode = this.payload::<FileIo>().0.get(vm).mode();
            Ok(vm.new_str(mode))
        }),
    ],
    ..COMMON
};

impl File {
    fn mode(&self) -> &'static str {
        match (self.created, self.append, self.read, self.write) {
            (true, _, true, _) => "xb+",
            (true, ..) => "xb",
            (_, true, true, _) => "ab+",
            (_, true, ..) => "ab",
            (_, _, true, true) => "rb+",
            (_, _, true, _) => "rb",
            _ => "wb",
        }
    }
}

fn open<'a>(vm: &'a mut Vm, this: &'a Ref) -> PyResult<&'a mut File> {
    let file: &FileIo = this.payload();
    if !file.0.get(vm).open {
        return Err(what_is_closed(vm));
    }
    Ok(file.0.get_mut(vm))
}

/// A standard stream.
pub(super) fn standard(vm: &mut Vm, ty: Ty, fd: u8) -> Ref {
    let file = File {
        fd: i64::from(fd),
        read: fd == 0,
        write: fd != 0,
        open: true,
        ..File::default()
    };
    vm.new_object(ty, FileIo(Guarded::new(file)))
}

fn init(vm: &mut Vm, this: &Ref, args: Args<'_>) -> PyResult<()> {
    static PARAMS: Params =
        params(|| Signature::parse("(file, mode='r', closefd=True, opener=None)"));
    let given = PARAMS.bind(vm, "FileIO", args)?;
    let Some(name) = &given[0] else {
        return Err(vm.type_error("FileIO() missing required argument 'file' (pos 1)"));
    };
    let mode = match &given[1] {
        Some(mode) => vm.text_of(mode),
        None => "r".to_owned(),
    };
    let closefd = match &given[2] {
        Some(closefd) => vm.is_true(closefd)?,
        None => true,
    };
    let mut file = File {
        open: true,
        closefd,
        ..File::default()
    };
    let (mut kinds, mut plus) = (0, false);
    for c in mode.chars() {
        match c {
            'r' => file.read = true,
            'w' => file.write = true,
            'a' => (file.write, file.append) = (true, true),
            'x' => (file.write, file.created) = (true, true),
            'b' => continue,
            '+' if !plus => {
                plus = true;
                continue;
            }
            _ => return Err(vm.value_error(format!("invalid mode: {mode}"))),
        }
        kinds += 1;
    }
    if kinds != 1 {
        return Err(vm.value_error(
            "Must have exactly one of create/read/write/append mode and at most one plus",
        ));
    }
    let fresh = file.write && !file.append;
    (file.read, file.write) = (file.read || plus, file.write || plus);
    let fd = match name.as_small_int() {
        Some(fd) => Some(fd),
        None => match given[3].as_ref().filter(|opener| !opener.is_none()) {
            Some(opener) => {
                let flags = Ref::small_int(0);
                let fd = vm.call(&opener.clone(), &[name.clone(), flags])?;
                Some(need_i64(vm, &fd)?)
            }
            None => None,
        },
    };
    match fd {
        Some(fd) if fd < 0 => return Err(vm.value_error("negative file descriptor")),
        Some(fd) if fd > 2 => {
            return Err(vm.errno_error(9, "Bad file descriptor", Some(name)));
        }
        Some(fd) => file.fd = fd,
        None if !closefd => {
            return Err(vm.value_error("Cannot use closefd=False with file name"));
        }
        None => {
            file.path = fs_path(vm, name)?;
            open_path(vm, &mut file, fresh, name)?;
            file.fd = next_fd(vm);
        }
    }
    this.payload::<FileIo>().0.replace(vm, file);
    let key = vm.names.name.clone();
    vm.set_attr(this, &key, name)
}

fn open_path(vm: &mut Vm, file: &mut File, fresh: bool, name: &Ref) -> PyResult<()> {
    let found = vm.host.stat(&file.path);
    if found.as_ref().is_ok_and(|stat| stat.dir) {
        return Err(vm.errno_error(21, "Is a directory", Some(name)));
    }
    if file.created && found.is_ok() {
        return Err(vm.errno_error(17, "File exists", Some(name)));
    }
    let done = if fresh {
        vm.host.write_file(&file.path, b"", false)
    } else if file.append {
        vm.host.write_file(&file.path, b"", true).and_then(|()| {
            if file.read {
                file.data = vm.host.read_file(&file.path)?;
            }
            Ok(())
        })
    } else {
        vm.host.read_file(&file.path).map(|data| file.data = data)
    };
    if let Err(error) = done {
        return Err(vm.host_error(&error, Some(&file.path)));
    }
    vm.check_memory(file.data.len())?;
    file.on_host = file.data.len();
    if file.append {
        file.at = file.data.len();
    }
    Ok(())
}

fn repr(vm: &mut Vm, this: &Ref) -> PyResult {
    let file = this.payload::<FileIo>().0.get(vm);
    if !file.open {
        return Ok(vm.new_str("<_io.FileIO [closed]>"));
    }
    let (mode, closefd, fd) = (file.mode(), file.closefd, file.fd);
    let closefd = if closefd { "True" } else { "False" };
    let name = vm.names.name.clone();
    let shown = match vm.lookup_attr(this, &name)? {
        Some(name) => format!("name={}", vm.repr_string(&name)?),
        None => format!("fd={fd}"),
    };
    Ok(vm.new_str(&format!(
        "<_io.FileIO {shown} mode='{mode}' closefd={closefd}>"
    )))
}

/// Reads so many bytes, or all there are.
pub(super) fn read_bytes(vm: &mut Vm, this: &Ref, size: Option<usize>) -> PyResult<Vec<u8>> {
    let file = open(vm, this)?;
    if !file.read {
        return Err(unsupported(vm, "File not open for reading"));
    }
    if file.fd == 0 && size != Some(0) {
        return read_input(vm, this, size);
    }
    let rest = file.data.get(file.at..).unwrap_or_default();
    let part = rest[..size.map_or(rest.len(), |size| size.min(rest.len()))].to_vec();
    file.at += part.len();
    Ok(part)
}

/// Reads from standard input: a line, so that programs can ask and answer, or
/// all of it; what is too long waits in `data`.
fn read_input(vm: &mut Vm, this: &Ref, size: Option<usize>) -> PyResult<Vec<u8>> {
    loop {
        let file = open(vm, this)?;
        if size.is_some() && !file.data.is_empty() {
            break;
        }
        let line = match vm.host.read_line() {
            Ok(line) => line,
            Err(error) => return Err(vm.host_error(&error, None)),
        };
        vm.charge(1)?;
        if line.is_empty() {
            break;
        }
        open(vm, this)?.data.extend_from_slice(&line);
    }
    let data = &mut open(vm, this)?.data;
    let end = size.map_or(data.len(), |size| size.min(data.len()));
    Ok(data.drain(..end).collect())
}

fn read(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let size = size_argument(vm, args.get(1))?;
    let part = read_bytes(vm, &args[0], size)?;
    Ok(vm.new_bytes(part))
}

fn readinto(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let size = buffer_len(vm, &args[1])?;
    let part = read_bytes(vm, &args[0], Some(size))?;
    store(vm, &args[1], &part)
}

/// Writes bytes at the file's position.
pub(super) fn write_bytes(vm: &mut Vm, this: &Ref, bytes: &[u8]) -> PyResult<()> {
    let file = open(vm, this)?;
    if !file.write {
        return Err(unsupported(vm, "File not open for writing"));
    }
    let (fd, at, append) = (file.fd, file.at, file.append);
    if fd < 3 {
        return match vm.host.write(fd as u8, bytes) {
            Ok(()) => Ok(()),
            Err(error) => Err(vm.host_error(&error, None)),
        };
    }
    let at = if append { file.data.len() } else { at };
    let at_end = append || (at == file.on_host && !file.dirty);
    let path = file.path.clone();
    vm.check_memory(at.saturating_add(bytes.len()))?;
    if at_end && let Err(error) = vm.host.write_file(&path, bytes, true) {
        return Err(vm.host_error(&error, Some(&path)));
    }
    let file = open(vm, this)?;
    let end = at + bytes.len();
    if file.data.len() < end {
        file.data.resize(end, 0);
    }
    file.data[at..end].copy_from_slice(bytes);
    file.at = end;
    if at_end {
        file.on_host = end;
    } else {
        file.dirty = true;
    }
    Ok(())
}

fn write(vm: &mut Vm, args: Args<'_>) -> PyResult {
    open(vm, &args[0])?;
    let bytes = vm.need_bytes(&args[1])?;
    write_bytes(vm, &args[0], &bytes)?;
    Ok(vm.new_usize(bytes.len()))
}

/// Passes on what the host does not have yet.
pub(super) fn flush(vm: &mut Vm, this: &Ref) -> PyResult<()> {
    let file = open(vm, this)?;
    let (fd, dirty, path) = (file.fd, file.dirty, file.path.clone());
    let done = if (1..3).contains(&fd) {
        vm.host.flush(fd as u8)
    } else if dirty {
        let data = std::mem::take(&mut file.data);
        let done = vm.host.write_file(&path, &data, false);
        let file = open(vm, this)?;
        file.on_host = data.len();
        file.data = data;
        file.dirty = done.is_err();
        done
    } else {
        Ok(())
    };
    match done {
        Ok(()) => Ok(()),
        Err(error) => Err(vm.host_error(
            &error,
            Some(&path)
                .filter(|path| !path.is_empty())
                .map(|path| &**path),
        )),
    }
}

fn close(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    if !this.payload::<FileIo>().0.get(vm).open {
        return Ok(Ref::none());
    }
    let flushed = flush(vm, this);
    let file = this.payload::<FileIo>().0.get_mut(vm);
    file.open = false;
    file.data = Vec::new();
    flushed.map(|()| Ref::none())
}

fn seek(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let offset = need_i64(vm, &args[1])?;
    let whence = match args.get(2) {
        Some(whence) => need_i64(vm, whence)?,
        None => 0,
    };
    let file = open(vm, &args[0])?;
    if file.fd < 3 {
        return Err(vm.errno_error(29, "Illegal seek", None));
    }
    let (at, end) = (file.at, file.data.len());
    if whence == 0 && offset < 0 {
        return Err(vm.errno_error(22, "Invalid argument", None));
    }
    let place = target(vm, offset, whence, at, end)?;
    open(vm, &args[0])?.at = place;
    Ok(vm.new_usize(place))
}

fn truncate(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let file = open(vm, &args[0])?;
    if !file.write {
        return Err(unsupported(vm, "File not open for writing"));
    }
    let at = file.at;
    let size = match args.get_not_none(1) {
        Some(size) => need_i64(vm, size)?,
        None => at as i64,
    };
    let Ok(size) = usize::try_from(size) else {
        return Err(vm.errno_error(22, "Invalid argument", None));
    };
    vm.check_memory(size)?;
    let file = open(vm, &args[0])?;
    file.data.resize(size, 0);
    file.dirty = true;
    Ok(vm.new_usize(size))
}

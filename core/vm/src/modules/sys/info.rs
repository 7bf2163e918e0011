//! What `sys` tells about the interpreter: CPython 3.14's figures, as it stands for it.

use super::super::{MODULES, add, structseq};
use crate::object::Ref;
use crate::vm::Vm;

pub(super) fn add_all(vm: &mut Vm, module: &Ref) {
    for (name, text) in [
        ("version", "3.14.10 (Vitrine)"),
        ("platform", "linux"),
        ("byteorder", "little"),
        ("executable", ""),
        ("_base_executable", ""),
        ("prefix", "/usr"),
        ("base_prefix", "/usr"),
        ("exec_prefix", "/usr"),
        ("base_exec_prefix", "/usr"),
        ("platlibdir", "lib"),
        ("abiflags", ""),
        ("float_repr_style", "short"),
        ("_framework", ""),
        (
            "copyright",
            "Copyright (c) 2001 Python Software Foundation.\nAll Rights Reserved.",
        ),
    ] {
        let text = vm.new_str(text);
        add(vm, module, name, text);
    }
    for (name, number) in [
        ("maxsize", i64::MAX),
        ("maxunicode", 0x10_FFFF),
        ("hexversion", 0x030E_0AF0),
        ("api_version", 1013),
    ] {
        let number = vm.new_int(number);
        add(vm, module, name, number);
    }
    add(vm, module, "dont_write_bytecode", Ref::bool(true));
    add(vm, module, "pycache_prefix", Ref::none());
    add(vm, module, "_stdlib_dir", Ref::none());
    let version = version_info(vm);
    add(vm, module, "version_info", version.clone());
    let implementation = implementation(vm, version);
    add(vm, module, "implementation", implementation);
    let names = MODULES.iter().map(|(name, _)| *name).chain(["builtins"]);
    let names = names.chain(vm.native_modules.iter().map(|module| module.name));
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    let names = names.into_iter().map(|name| vm.intern(name)).collect();
    let names = vm.new_tuple(names);
    add(vm, module, "builtin_module_names", names);
    flags(vm, module);
    numbers(vm, module);
    let git = ["CPython", "", ""].map(|text| vm.new_str(text)).to_vec();
    let git = vm.new_tuple(git);
    add(vm, module, "_git", git);
    let names = STDLIB_NAMES
        .split(' ')
        .map(|name| vm.intern(name))
        .collect();
    let names = crate::types::frozenset_from(vm, names);
    add(vm, module, "stdlib_module_names", names);
}

fn version_info(vm: &mut Vm) -> Ref {
    let level = vm.new_str("final");
    let fields = vec![
        ("major", Ref::small_int(3)),
        ("minor", Ref::small_int(14)),
        ("micro", Ref::small_int(10)),
        ("releaselevel", level),
        ("serial", Ref::small_int(0)),
    ];
    structseq::single(vm, "sys", "version_info", fields)
}

fn implementation(vm: &mut Vm, version: Ref) -> Ref {
    let namespace = vm.new_instance(vm.types.simple_namespace);
    let values = [
        ("name", vm.new_str("cpython")),
        ("cache_tag", vm.new_str("cpython-314")),
        ("version", version),
        ("hexversion", Ref::small_int(0x030E_0AF0)),
        ("_multiarch", vm.new_str("x86_64-linux-gnu")),
        ("supports_isolated_interpreters", Ref::bool(false)),
    ];
    for (name, value) in values {
        let name = vm.intern(name);
        // A namespace takes any attribute.
        let _ = vm.set_attr(&namespace, &name, &value);
    }
    namespace
}

fn flags(vm: &mut Vm, module: &Ref) {
    let zero = || Ref::small_int(0);
    let fields = vec![
        ("debug", zero()),
        ("inspect", zero()),
        ("interactive", zero()),
        ("optimize", zero()),
        ("dont_write_bytecode", Ref::small_int(1)),
        ("no_user_site", zero()),
        ("no_site", Ref::small_int(1)),
        ("ignore_environment", zero()),
        ("verbose", zero()),
        ("bytes_warning", zero()),
        ("quiet", zero()),
        ("hash_randomization", zero()),
        ("isolated", zero()),
        ("dev_mode", Ref::bool(false)),
        ("utf8_mode", Ref::small_int(1)),
        ("warn_default_encoding", zero()),
        ("safe_path", Ref::bool(false)),
        ("int_max_str_digits", Ref::small_int(4300)),
    ];
    let flags = structseq::single(vm, "sys", "flags", fields);
    // Two of them are attributes only in CPython; the thread's are constant here.
    let ty = vm.type_of(&flags);
    for (name, value) in [
        ("gil", Ref::small_int(1)),
        ("thread_inherit_context", zero()),
        ("context_aware_warnings", zero()),
    ] {
        let name = vm.intern(name);
        ty.namespace().set_str(vm, &name, value);
    }
    add(vm, module, "flags", flags);
}

fn numbers(vm: &mut Vm, module: &Ref) {
    let fields = vec![
        ("max", vm.new_float(f64::MAX)),
        ("max_exp", Ref::small_int(1024)),
        ("max_10_exp", Ref::small_int(308)),
        ("min", vm.new_float(f64::MIN_POSITIVE)),
        ("min_exp", Ref::small_int(-1021)),
        ("min_10_exp", Ref::small_int(-307)),
        ("dig", Ref::small_int(15)),
        ("mant_dig", Ref::small_int(53)),
        ("epsilon", vm.new_float(f64::EPSILON)),
        ("radix", Ref::small_int(2)),
        ("rounds", Ref::small_int(1)),
    ];
    let float_info = structseq::single(vm, "sys", "float_info", fields);
    add(vm, module, "float_info", float_info);
    let fields = vec![
        ("bits_per_digit", Ref::small_int(30)),
        ("sizeof_digit", Ref::small_int(4)),
        ("default_max_str_digits", Ref::small_int(4300)),
        ("str_digits_check_threshold", Ref::small_int(640)),
    ];
    let int_info = structseq::single(vm, "sys", "int_info", fields);
    add(vm, module, "int_info", int_info);
    let fields = vec![
        ("width", Ref::small_int(64)),
        ("modulus", vm.new_int((1_i64 << 61) - 1)),
        ("inf", Ref::small_int(314_159)),
        ("nan", Ref::small_int(0)),
        ("imag", Ref::small_int(1_000_003)),
        ("algorithm", vm.new_str("siphash13")),
        ("hash_bits", Ref::small_int(64)),
        ("seed_bits", Ref::small_int(128)),
        ("cutoff", Ref::small_int(0)),
    ];
    let hash_info = structseq::single(vm, "sys", "hash_info", fields);
    add(vm, module, "hash_info", hash_info);
    let fields = vec![
        ("name", vm.new_str("pthread")),
        ("lock", vm.new_str("pymutex")),
        ("version", Ref::none()),
    ];
    let thread_info = structseq::single(vm, "sys", "thread_info", fields);
    add(vm, module, "thread_info", thread_info);
}

/// CPython's, so that programs can tell its modules from others.
const STDLIB_NAMES: &str = "__future__ _abc _aix_support _android_support _apple_support _ast _ast_unparse _asyncio \
    _bisect _blake2 _bz2 _codecs _codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr \
    _codecs_tw _collections _collections_abc _colorize _compat_pickle _contextvars _csv _ctypes \
    _curses _curses_panel _datetime _dbm _decimal _elementtree _frozen_importlib \
    _frozen_importlib_external _functools _gdbm _hashlib _heapq _hmac _imp _interpchannels \
    _interpqueues _interpreters _io _ios_support _json _locale _lsprof _lzma _markupbase _md5 \
    _multibytecodec _multiprocessing _opcode _opcode_metadata _operator _osx_support _overlapped \
    _pickle _posixshmem _posixsubprocess _py_abc _py_warnings _pydatetime _pydecimal _pyio \
    _pylong _pyrepl _queue _random _remote_debugging _scproxy _sha1 _sha2 _sha3 _signal \
    _sitebuiltins _socket _sqlite3 _sre _ssl _stat _statistics _string _strptime _struct \
    _suggestions _symtable _sysconfig _thread _threading_local _tkinter _tokenize _tracemalloc \
    _types _typing _uuid _warnings _weakref _weakrefset _winapi _wmi _zoneinfo _zstd abc \
    annotationlib antigravity argparse array ast asyncio atexit base64 bdb binascii bisect \
    builtins bz2 cProfile calendar cmath cmd code codecs codeop collections colorsys compileall \
    compression concurrent configparser contextlib contextvars copy copyreg csv ctypes curses \
    dataclasses datetime dbm decimal difflib dis doctest email encodings ensurepip enum errno \
    faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath \
    getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib \
    importlib inspect io ipaddress itertools json keyword linecache locale logging lzma mailbox \
    marshal math mimetypes mmap modulefinder msvcrt multiprocessing netrc nt ntpath nturl2path \
    numbers opcode operator optparse os pathlib pdb pickle pickletools pkgutil platform plistlib \
    poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data \
    pyexpat queue quopri random re readline reprlib resource rlcompleter runpy sched secrets \
    select selectors shelve shlex shutil signal site smtplib socket socketserver sqlite3 \
    sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct subprocess \
    symtable sys sysconfig syslog tabnanny tarfile tempfile termios textwrap this threading time \
    timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo \
    types typing unicodedata unittest urllib uuid venv warnings wave weakref webbrowser winreg \
    winsound wsgiref xml xmlrpc zipapp zipfile zipimport zlib zoneinfo";

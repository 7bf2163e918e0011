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
    let stdlib_names = vm.types.frozenset.to_ref();
    if let Ok(empty) = vm.call(&stdlib_names, &[]) {
        add(vm, module, "stdlib_module_names", empty);
    }
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

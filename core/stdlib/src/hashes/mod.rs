//! `_md5`, `_sha1`, `_sha2`, `_sha3`, `_blake2` and the part of `_hashlib` that has
//! no pure form: hash functions, by RustCrypto and the BLAKE2 authors' crates.

mod blake2;
mod pbkdf2;

use digest::DynDigest;
use digest::{ExtendableOutput as _, Update as _, XofReader as _};
use vitrine_vm::object::{
    Args, GetSetDef, Guarded, MethodDef, Payload, Ref, Signature, Slots, Ty, TypeDef, type_flags,
};
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use crate::native::{Params, add, params};

pub(crate) const MD5: NativeModule = NativeModule {
    name: "_md5",
    init: |vm, module| add_algorithms(vm, module, "_md5"),
};
pub(crate) const SHA1: NativeModule = NativeModule {
    name: "_sha1",
    init: |vm, module| add_algorithms(vm, module, "_sha1"),
};
pub(crate) const SHA2: NativeModule = NativeModule {
    name: "_sha2",
    init: |vm, module| add_algorithms(vm, module, "_sha2"),
};
pub(crate) const SHA3: NativeModule = NativeModule {
    name: "_sha3",
    init: |vm, module| {
        add_algorithms(vm, module, "_sha3")?;
        let text = vm.new_str("RustCrypto");
        add(vm, module, "implementation", text);
        Ok(())
    },
};
pub(crate) const BLAKE2: NativeModule = NativeModule {
    name: "_blake2",
    init: blake2::init,
};
pub(crate) const PBKDF2: NativeModule = NativeModule {
    name: "_pbkdf2",
    init: pbkdf2::init,
};

/// A hash function.
pub(crate) struct Algorithm {
    module: &'static str,
    /// `hash.name`
    name: &'static str,
    block_size: usize,
    /// 0: of any length.
    digest_size: usize,
    start: fn() -> State,
    class: TypeDef,
}

/// What has been hashed so far.
#[derive(Clone)]
pub(crate) enum State {
    Fixed(Box<dyn CloneDigest>),
    Shake128(sha3::Shake128),
    Shake256(sha3::Shake256),
    Blake2b(Box<blake2b_simd::State>),
    Blake2s(Box<blake2s_simd::State>),
}

/// A digest that can be copied and sent nowhere.
pub(crate) trait CloneDigest: DynDigest {
    fn copied(&self) -> Box<dyn CloneDigest>;
}

impl<T: DynDigest + Clone + 'static> CloneDigest for T {
    fn copied(&self) -> Box<dyn CloneDigest> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn CloneDigest> {
    fn clone(&self) -> Self {
        (**self).copied()
    }
}

impl State {
    pub(crate) fn update(&mut self, data: &[u8]) {
        match self {
            Self::Fixed(digest) => digest.update(data),
            Self::Shake128(shake) => shake.update(data),
            Self::Shake256(shake) => shake.update(data),
            Self::Blake2b(blake) => drop(blake.update(data)),
            Self::Blake2s(blake) => drop(blake.update(data)),
        }
    }

    /// The digest; `length` is of those of any length.
    pub(crate) fn digest(&self, length: usize) -> Vec<u8> {
        let mut out = vec![0; length];
        match self.clone() {
            Self::Fixed(digest) => return digest.finalize_boxed_vec(),
            Self::Shake128(shake) => shake.finalize_xof().read(&mut out),
            Self::Shake256(shake) => shake.finalize_xof().read(&mut out),
            Self::Blake2b(blake) => return blake.finalize().as_bytes().to_vec(),
            Self::Blake2s(blake) => return blake.finalize().as_bytes().to_vec(),
        }
        out
    }
}

trait FinalizeVec {
    fn finalize_boxed_vec(self) -> Vec<u8>;
}

impl FinalizeVec for Box<dyn CloneDigest> {
    fn finalize_boxed_vec(mut self) -> Vec<u8> {
        let mut out = vec![0; self.output_size()];
        // The buffer has the digest's own size.
        let _ = self.finalize_into_reset(&mut out);
        out
    }
}

/// Whether a module's classes are called directly: `_sha3`'s are.
const fn is_called(module: &str) -> bool {
    matches!(module.as_bytes(), b"_sha3")
}

macro_rules! algorithm {
    ($module:literal, $name:literal, $class:literal, $block:literal, $size:literal, $start:expr) => {
        Algorithm {
            module: $module,
            name: $name,
            block_size: $block,
            digest_size: $size,
            start: || $start,
            class: TypeDef {
                name: $class,
                module: $module,
                flags: if is_called($module) {
                    0
                } else {
                    type_flags::DISALLOW_INSTANTIATION
                },
                slots: Slots {
                    new: if is_called($module) {
                        Some(|vm, _, args| construct(vm, $name, args))
                    } else {
                        None
                    },
                    repr: Some(repr),
                    ..Slots::EMPTY
                },
                methods: if $size == 0 { SHAKE_METHODS } else { METHODS },
                getset: GETSET,
                ..TypeDef::EMPTY
            },
        }
    };
}

fn fixed(digest: impl CloneDigest + 'static) -> State {
    State::Fixed(Box::new(digest))
}

/// All but BLAKE2.
#[rustfmt::skip]
static ALGORITHMS: &[Algorithm] = &[
    algorithm!("_md5", "md5", "md5", 64, 16, fixed(md5::Md5::default())),
    algorithm!("_sha1", "sha1", "sha1", 64, 20, fixed(sha1::Sha1::default())),
    algorithm!("_sha2", "sha224", "SHA224Type", 64, 28, fixed(sha2::Sha224::default())),
    algorithm!("_sha2", "sha256", "SHA256Type", 64, 32, fixed(sha2::Sha256::default())),
    algorithm!("_sha2", "sha384", "SHA384Type", 128, 48, fixed(sha2::Sha384::default())),
    algorithm!("_sha2", "sha512", "SHA512Type", 128, 64, fixed(sha2::Sha512::default())),
    algorithm!("_sha3", "sha3_224", "sha3_224", 144, 28, fixed(sha3::Sha3_224::default())),
    algorithm!("_sha3", "sha3_256", "sha3_256", 136, 32, fixed(sha3::Sha3_256::default())),
    algorithm!("_sha3", "sha3_384", "sha3_384", 104, 48, fixed(sha3::Sha3_384::default())),
    algorithm!("_sha3", "sha3_512", "sha3_512", 72, 64, fixed(sha3::Sha3_512::default())),
    algorithm!("_sha3", "shake_128", "shake_128", 168, 0, State::Shake128(sha3::Shake128::default())),
    algorithm!("_sha3", "shake_256", "shake_256", 136, 0, State::Shake256(sha3::Shake256::default())),
];

/// A fresh state by an algorithm's name, and its block size.
pub(crate) fn start(name: &str) -> Option<(State, usize)> {
    let found = ALGORITHMS.iter().find(|known| known.name == name);
    found.map(|known| ((known.start)(), known.block_size))
}

/// The classes by name.
#[derive(Default)]
struct Classes(Vec<(&'static str, Ty)>);

fn add_algorithms(vm: &mut Vm, module: &Ref, which: &str) -> PyResult<()> {
    for algorithm in ALGORITHMS.iter().filter(|known| known.module == which) {
        let ty = vm.new_type(None, &algorithm.class);
        vm.state::<Classes>().0.push((algorithm.name, ty));
        if is_called(algorithm.module) {
            let rate = vm.new_usize(algorithm.block_size * 8);
            let capacity = vm.new_usize(1600 - algorithm.block_size * 8);
            let suffix = vm.new_bytes(if algorithm.digest_size == 0 {
                &b"\x1f"[..]
            } else {
                &b"\x06"[..]
            });
            for (name, value) in [
                ("_rate_bits", rate),
                ("_capacity_bits", capacity),
                ("_suffix", suffix),
            ] {
                let name = vm.intern(name);
                ty.namespace().set_str(vm, &name, value);
            }
            add(vm, module, algorithm.name, ty.to_ref());
            continue;
        }
        let class_name = match algorithm.name {
            "md5" => "MD5Type",
            "sha1" => "SHA1Type",
            _ => algorithm.class.name,
        };
        add(vm, module, class_name, ty.to_ref());
    }
    let functions: Vec<MethodDef> = FUNCTIONS
        .iter()
        .filter(|(owner, _)| *owner == which)
        .map(|(_, def)| *def)
        .collect();
    crate::native::add_functions(vm, module, &functions)
}

macro_rules! function {
    ($module:literal, $name:literal) => {
        (
            $module,
            MethodDef::new(
                $name,
                "",
                concat!(
                    "Return a new ",
                    $name,
                    " hash object; optionally initialized with a string."
                ),
                |vm, args| construct(vm, $name, args),
            ),
        )
    };
}

static FUNCTIONS: &[(&str, MethodDef)] = &[
    function!("_md5", "md5"),
    function!("_sha1", "sha1"),
    function!("_sha2", "sha224"),
    function!("_sha2", "sha256"),
    function!("_sha2", "sha384"),
    function!("_sha2", "sha512"),
];

/// A hash object.
pub(crate) struct Hash {
    pub(crate) name: &'static str,
    pub(crate) block_size: usize,
    pub(crate) digest_size: usize,
    pub(crate) state: Guarded<State>,
}

impl Payload for Hash {
    const ATOMIC: bool = true;
}

fn construct(vm: &mut Vm, name: &'static str, args: Args<'_>) -> PyResult {
    static PARAMS: Params =
        params(|| Signature::parse("(data=b'', *, usedforsecurity=True, string=None)"));
    let given = PARAMS.bind(vm, name, args)?;
    let Some(algorithm) = ALGORITHMS.iter().find(|known| known.name == name) else {
        return Err(vm.value_error(format!("unsupported hash type {name}")));
    };
    let mut state = (algorithm.start)();
    if let Some(data) = initial(vm, given[0].as_ref(), given[2].as_ref(), name)? {
        feed(vm, &mut state, &data)?;
    }
    let ty = vm
        .state::<Classes>()
        .0
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, ty)| *ty);
    let Some(ty) = ty else {
        return Err(vm.value_error(format!("unsupported hash type {name}")));
    };
    let hash = Hash {
        name: algorithm.name,
        block_size: algorithm.block_size,
        digest_size: algorithm.digest_size,
        state: Guarded::new(state),
    };
    Ok(vm.new_object(ty, hash))
}

/// The data given as `data` or, as it was called once, `string`.
pub(crate) fn initial(
    vm: &mut Vm,
    data: Option<&Ref>,
    string: Option<&Ref>,
    name: &str,
) -> PyResult<Option<Ref>> {
    match (data, string.filter(|string| !string.is_none())) {
        (Some(_), Some(_)) => Err(vm.type_error(format!(
            "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for removal in a future version: {name}()"
        ))),
        (data, string) => Ok(data.or(string).cloned()),
    }
}

/// Adds an object's bytes.
pub(crate) fn feed(vm: &mut Vm, state: &mut State, data: &Ref) -> PyResult<()> {
    let data = input(vm, data)?;
    vm.charge(data.len() / 64)?;
    state.update(&data);
    Ok(())
}

fn input(vm: &mut Vm, data: &Ref) -> PyResult<Vec<u8>> {
    if data.as_str().is_some() {
        return Err(vm.type_error("Strings must be encoded before hashing"));
    }
    match vm.bytes_like(data) {
        Some(bytes) => Ok(bytes),
        None => match vm.need_bytes(data) {
            Ok(bytes) => Ok(bytes),
            Err(_) => Err(vm.type_error("object supporting the buffer API required")),
        },
    }
}

fn repr(vm: &mut Vm, this: &Ref) -> PyResult {
    let name = this.payload::<Hash>().name;
    let class = vm.type_of(this);
    let class = vm.qualified_name(class);
    Ok(vm.new_str(&format!("<{name} {class} object @ {:#x}>", this.id())))
}

/// The digest of so many bytes, where it can have any number.
fn finish(vm: &mut Vm, args: Args<'_>) -> PyResult<Vec<u8>> {
    let hash: &Hash = args.this();
    let length = match args.get(1) {
        Some(length) => {
            let length = vm.index_isize(length, "length")?;
            match usize::try_from(length).ok().filter(|&n| n < 1 << 29) {
                Some(length) => length,
                None if length < 0 => return Err(vm.value_error("value must be positive")),
                None => return Err(vm.overflow_error("digest length is too large")),
            }
        }
        None => 0,
    };
    vm.check_memory(length * 2)?;
    Ok(hash.state.get(vm).digest(length))
}

fn digest(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let digest = finish(vm, args)?;
    Ok(vm.new_bytes(digest))
}

fn hexdigest(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let digest = finish(vm, args)?;
    let text: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(vm.new_str(&text))
}

fn update(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let data = input(vm, &args[1])?;
    vm.charge(data.len() / 64)?;
    args.this::<Hash>().state.get_mut(vm).update(&data);
    Ok(Ref::none())
}

fn copy(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let hash: &Hash = args.this();
    let copy = Hash {
        name: hash.name,
        block_size: hash.block_size,
        digest_size: hash.digest_size,
        state: Guarded::new(hash.state.get(vm).clone()),
    };
    let ty = vm.type_of(&args[0]);
    Ok(vm.new_object(ty, copy))
}

const UPDATE: MethodDef = MethodDef::new(
    "update",
    "($self, obj, /)",
    "Update this hash object's state with the provided string.",
    update,
);
const COPY: MethodDef = MethodDef::new(
    "copy",
    "($self, /)",
    "Return a copy of the hash object.",
    copy,
);

/// Of hashes with digests of one length.
pub(crate) const METHODS: &[MethodDef] = &[
    UPDATE,
    COPY,
    MethodDef::new(
        "digest",
        "($self, /)",
        "Return the digest value as a bytes object.",
        digest,
    ),
    MethodDef::new(
        "hexdigest",
        "($self, /)",
        "Return the digest value as a string of hexadecimal digits.",
        hexdigest,
    ),
];

const SHAKE_METHODS: &[MethodDef] = &[
    UPDATE,
    COPY,
    MethodDef::new(
        "digest",
        "($self, length)",
        "Return the digest value as a bytes object.",
        digest,
    ),
    MethodDef::new(
        "hexdigest",
        "($self, length)",
        "Return the digest value as a string of hexadecimal digits.",
        hexdigest,
    ),
];

pub(crate) const GETSET: &[GetSetDef] = &[
    GetSetDef::read_only("name", "", |vm, this| {
        Ok(vm.new_str(this.payload::<Hash>().name))
    }),
    GetSetDef::read_only("block_size", "", |vm, this| {
        Ok(vm.new_usize(this.payload::<Hash>().block_size))
    }),
    GetSetDef::read_only("digest_size", "", |vm, this| {
        Ok(vm.new_usize(this.payload::<Hash>().digest_size))
    }),
];

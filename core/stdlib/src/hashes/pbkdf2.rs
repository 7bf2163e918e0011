//! `_pbkdf2`: PBKDF2 with HMAC, what `_hashlib` has no pure form of.

use vitrine_vm::object::{Args, MethodDef, Ref};
use vitrine_vm::{PyResult, Vm};

use super::{State, start};
use crate::native::{add_functions, need_i64, need_text};

pub(super) fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    add_functions(
        vm,
        module,
        &[MethodDef::new(
            "pbkdf2_hmac",
            "(hash_name, password, salt, iterations, dklen=None)",
            "Password based key derivation function 2 (PKCS #5 v2.0) with HMAC as pseudorandom function.",
            pbkdf2_hmac,
        )],
    )
}

/// HMAC with the key mixed in already.
#[derive(Clone)]
struct Hmac {
    inner: State,
    outer: State,
}

impl Hmac {
    fn new(fresh: &State, block_size: usize, key: &[u8]) -> Self {
        let mut block = vec![0; block_size];
        if key.len() > block_size {
            let mut hashed = fresh.clone();
            hashed.update(key);
            let digest = hashed.digest(0);
            block[..digest.len()].copy_from_slice(&digest);
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let padded = |pad: u8| {
            let mut state = fresh.clone();
            let bytes: Vec<u8> = block.iter().map(|byte| byte ^ pad).collect();
            state.update(&bytes);
            state
        };
        Self {
            inner: padded(0x36),
            outer: padded(0x5C),
        }
    }

    fn of(&self, parts: &[&[u8]]) -> Vec<u8> {
        let Self {
            mut inner,
            mut outer,
        } = self.clone();
        for part in parts {
            inner.update(part);
        }
        outer.update(&inner.digest(0));
        outer.digest(0)
    }
}

fn pbkdf2_hmac(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let name = need_text(vm, &args[0], "pbkdf2_hmac() argument 'hash_name'")?;
    let (password, salt) = (vm.need_bytes(&args[1])?, vm.need_bytes(&args[2])?);
    let iterations = need_i64(vm, &args[3])?;
    if iterations < 1 {
        return Err(vm.value_error("iteration value must be greater than 0."));
    }
    let known = start(&name.to_ascii_lowercase().replace('-', ""))
        .or_else(|| start(&name.to_ascii_lowercase()));
    let Some((fresh, block_size)) = known.filter(|(state, _)| matches!(state, State::Fixed(_)))
    else {
        return Err(vm.value_error(format!("unsupported hash type {name}")));
    };
    let length = match args.get_not_none(4) {
        Some(length) => {
            let length = need_i64(vm, length)?;
            if length < 1 {
                return Err(vm.value_error("key length must be greater than 0."));
            }
            length as usize
        }
        None => fresh.digest(0).len(),
    };
    vm.check_memory(length)?;
    let mac = Hmac::new(&fresh, block_size, &password);
    let mut key = Vec::with_capacity(length);
    let mut number = 1_u32;
    while key.len() < length {
        let mut block = mac.of(&[&salt, &number.to_be_bytes()]);
        let mut last = block.clone();
        for _ in 1..iterations {
            vm.charge(8)?;
            last = mac.of(&[&last]);
            for (byte, more) in block.iter_mut().zip(&last) {
                *byte ^= more;
            }
        }
        key.extend_from_slice(&block);
        number += 1;
    }
    key.truncate(length);
    Ok(vm.new_bytes(key))
}

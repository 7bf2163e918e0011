//! `_random`: the Mersenne Twister MT19937 (`Modules/_randommodule.c`).

use num_bigint::{BigInt, BigUint, Sign};
use vitrine_vm::object::{Args, Guarded, MethodDef, Payload, Ref, Slots, TypeDef, type_flags};
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use crate::native::{add, integer, need_i64};

pub(crate) const MODULE: NativeModule = NativeModule {
    name: "_random",
    init,
};

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let ty = vm.new_type(None, &RANDOM);
    add(vm, module, "Random", ty.to_ref());
    Ok(())
}

const N: usize = 624;
const M: usize = 397;

struct Twister {
    state: [u32; N],
    index: usize,
}

impl Twister {
    fn seeded(seed: u32) -> Self {
        let mut state = [0; N];
        state[0] = seed;
        for i in 1..N {
            let last = state[i - 1];
            state[i] = 1_812_433_253u32
                .wrapping_mul(last ^ (last >> 30))
                .wrapping_add(i as u32);
        }
        Self { state, index: N }
    }

    fn by_array(key: &[u32]) -> Self {
        let mut twister = Self::seeded(19_650_218);
        let state = &mut twister.state;
        let mix = |state: &[u32; N], i: usize, factor: u32| {
            let last = state[i - 1];
            state[i] ^ (last ^ (last >> 30)).wrapping_mul(factor)
        };
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            state[i] = mix(state, i, 1_664_525)
                .wrapping_add(key[j])
                .wrapping_add(j as u32);
            i += 1;
            j = (j + 1) % key.len();
            if i >= N {
                state[0] = state[N - 1];
                i = 1;
            }
        }
        for _ in 0..N - 1 {
            state[i] = mix(state, i, 1_566_083_941).wrapping_sub(i as u32);
            i += 1;
            if i >= N {
                state[0] = state[N - 1];
                i = 1;
            }
        }
        state[0] = 0x8000_0000;
        twister
    }

    fn next(&mut self) -> u32 {
        if self.index >= N {
            let state = &mut self.state;
            for i in 0..N {
                let y = (state[i] & 0x8000_0000) | (state[(i + 1) % N] & 0x7FFF_FFFF);
                let odd = if y & 1 == 1 { 0x9908_B0DF } else { 0 };
                state[i] = state[(i + M) % N] ^ (y >> 1) ^ odd;
            }
            self.index = 0;
        }
        let mut y = self.state[self.index];
        self.index += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9D2C_5680;
        y ^= (y << 15) & 0xEFC6_0000;
        y ^ (y >> 18)
    }

    fn float(&mut self) -> f64 {
        let (a, b) = (self.next() >> 5, self.next() >> 6);
        (f64::from(a) * 67_108_864.0 + f64::from(b)) * (1.0 / 9_007_199_254_740_992.0)
    }
}

struct Random(Guarded<Twister>);

impl Payload for Random {
    const ATOMIC: bool = true;
}

const RANDOM: TypeDef = TypeDef {
    name: "Random",
    module: "_random",
    doc: "Random() -> create a random number generator with its own internal state.",
    flags: type_flags::BASETYPE,
    slots: Slots {
        new: Some(|vm, ty, _| {
            let twister = Random(Guarded::new(Twister::seeded(0)));
            Ok(vm.new_object(ty, twister))
        }),
        init: Some(|vm, this, args| {
            let argument = args.positional().first().cloned();
            seed(vm, this, argument.as_ref())
        }),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "random",
            "($self, /)",
            "random() -> x in the interval [0, 1).",
            |vm, a| {
                let float = a.this::<Random>().0.get_mut(vm).float();
                Ok(vm.new_float(float))
            },
        ),
        MethodDef::new("seed", "($self, n=None, /)", "", |vm, a| {
            seed(vm, &a[0], a.get(1))?;
            Ok(Ref::none())
        }),
        MethodDef::new(
            "getrandbits",
            "($self, k, /)",
            "getrandbits(k) -> x.  Generates an int with k random bits.",
            getrandbits,
        ),
        MethodDef::new("getstate", "($self, /)", "", |vm, a| {
            let twister = a.this::<Random>().0.get(vm);
            let mut words = twister.state.to_vec();
            words.push(twister.index as u32);
            let items = words.into_iter().map(|word| vm.new_int(word)).collect();
            Ok(vm.new_tuple(items))
        }),
        MethodDef::new("setstate", "($self, state, /)", "", setstate),
    ],
    ..TypeDef::EMPTY
};

fn seed(vm: &mut Vm, this: &Ref, argument: Option<&Ref>) -> PyResult<()> {
    let key = match argument.filter(|argument| !argument.is_none()) {
        None => {
            let mut bytes = [0; 64];
            if let Err(error) = vm.host.random(&mut bytes) {
                return Err(vm.host_error(&error, None));
            }
            bytes
                .chunks_exact(4)
                .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
                .collect()
        }
        Some(argument) => {
            let number = match vm.int_value(argument) {
                Some(number) => number.into_parts().1,
                // The bits of the hash, as an unsigned number.
                None => BigUint::from(vm.hash(argument)? as u64),
            };
            number.to_u32_digits()
        }
    };
    let key = if key.is_empty() { vec![0] } else { key };
    this.payload::<Random>()
        .0
        .replace(vm, Twister::by_array(&key));
    Ok(())
}

fn getrandbits(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let bits = need_i64(vm, &args[1])?;
    let Ok(mut bits) = usize::try_from(bits) else {
        return Err(vm.value_error("number of bits must be non-negative"));
    };
    let words = bits.div_ceil(32);
    vm.charge(words)?;
    vm.check_memory(words * 4)?;
    let twister = args.this::<Random>().0.get_mut(vm);
    if bits <= 32 {
        let word = if bits == 0 {
            0
        } else {
            twister.next() >> (32 - bits)
        };
        return Ok(vm.new_int(word));
    }
    let mut digits = Vec::with_capacity(words);
    while bits > 0 {
        let word = twister.next();
        digits.push(if bits < 32 { word >> (32 - bits) } else { word });
        bits = bits.saturating_sub(32);
    }
    Ok(vm.new_bigint(BigInt::from_slice(Sign::Plus, &digits)))
}

fn setstate(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some(items) = args[1].as_tuple().map(|items| items.to_vec()) else {
        return Err(vm.type_error("state vector must be a tuple"));
    };
    if items.len() != N + 1 {
        return Err(vm.value_error("state vector is the wrong size"));
    }
    let mut words = Vec::with_capacity(N + 1);
    for item in &items {
        let word = integer(vm, item)?;
        match u32::try_from(word) {
            Ok(word) => words.push(word),
            Err(_) => {
                return Err(vm.overflow_error("Python int too large to convert to C unsigned long"));
            }
        }
    }
    let index = words[N] as usize;
    if index > N {
        return Err(vm.value_error("invalid state"));
    }
    let mut state = [0; N];
    state.copy_from_slice(&words[..N]);
    args.this::<Random>()
        .0
        .replace(vm, Twister { state, index });
    Ok(Ref::none())
}

#[cfg(test)]
mod tests {
    #[test]
    fn as_in_cpython() {
        // random.seed(42); random.random()
        let mut twister = super::Twister::by_array(&[42]);
        assert_eq!(twister.float(), 0.639_426_798_457_883_8);
        assert_eq!(twister.float(), 0.025_010_755_222_666_936);
    }
}

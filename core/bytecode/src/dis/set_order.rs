//! The order in which CPython iterates over a frozen set (`Objects/setobject.c`).
//!
//! It follows from the values' hashes, those of texts with `PYTHONHASHSEED=0`:
//! without it CPython's order is another in each run.

use std::hash::Hasher;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive};
use siphasher::sip::SipHasher13;

use crate::code::Const;

/// The values in the order of a set that was built from them one by one.
pub(crate) fn iteration_order(items: &[Const]) -> Vec<Const> {
    let entries: Vec<(i64, usize)> = items.iter().map(hash).zip(0..).collect();
    Table::build(&entries)
        .map(|(_, index)| items[index].clone())
        .collect()
}

const MIN_SIZE: usize = 8;
const LINEAR_PROBES: usize = 9;

/// An open-addressing table of hashes and indices.
struct Table {
    slots: Vec<Option<(i64, usize)>>,
    used: usize,
}

impl Table {
    fn build(entries: &[(i64, usize)]) -> impl Iterator<Item = (i64, usize)> + use<> {
        let mut table = Self {
            slots: vec![None; MIN_SIZE],
            used: 0,
        };
        for &entry in entries {
            table.place(entry);
            table.used += 1;
            let mask = table.slots.len() - 1;
            if table.used * 5 >= mask * 3 {
                table.grow();
            }
        }
        table.slots.into_iter().flatten()
    }

    /// The values differ, so only a free slot is looked for.
    fn place(&mut self, entry: (i64, usize)) {
        let mask = self.slots.len() - 1;
        let mut perturb = entry.0 as u64;
        let mut at = perturb as usize & mask;
        loop {
            let probes = if at + LINEAR_PROBES <= mask {
                LINEAR_PROBES
            } else {
                0
            };
            if let Some(free) = (at..=at + probes).find(|&slot| self.slots[slot].is_none()) {
                self.slots[free] = Some(entry);
                return;
            }
            perturb >>= 5;
            at = (at
                .wrapping_mul(5)
                .wrapping_add(1)
                .wrapping_add(perturb as usize))
                & mask;
        }
    }

    fn grow(&mut self) {
        let wanted = if self.used > 50_000 {
            self.used * 2
        } else {
            self.used * 4
        };
        let mut size = MIN_SIZE;
        while size <= wanted {
            size *= 2;
        }
        let old = std::mem::replace(&mut self.slots, vec![None; size]);
        for entry in old.into_iter().flatten() {
            self.place(entry);
        }
    }
}

const MODULUS: i64 = (1 << 61) - 1;
const INFINITY: i64 = 314_159;
const IMAGINARY: u64 = 1_000_003;

/// `hash(value)`.
fn hash(value: &Const) -> i64 {
    match value {
        Const::None => 0xfca8_6420,
        // Found by its address; any will do.
        Const::Ellipsis | Const::Code(_) => 0,
        Const::Bool(value) => i64::from(*value),
        Const::Int(value) => int(value),
        Const::Float(value) => float(*value),
        Const::Complex(re, im) => {
            let hash =
                (float(*re) as u64).wrapping_add(IMAGINARY.wrapping_mul(float(*im) as u64)) as i64;
            if hash == -1 { -2 } else { hash }
        }
        Const::Str(text) => {
            let points: Vec<u32> = text.code_points().collect();
            let stored: Vec<u8> = match points.iter().max() {
                None | Some(0..=0xFF) => points.iter().map(|&point| point as u8).collect(),
                Some(0x100..=0xFFFF) => points
                    .iter()
                    .flat_map(|&point| (point as u16).to_le_bytes())
                    .collect(),
                Some(_) => points
                    .iter()
                    .flat_map(|point| point.to_le_bytes())
                    .collect(),
            };
            bytes(&stored)
        }
        Const::Bytes(value) => bytes(value),
        Const::Tuple(items) => tuple(items),
        Const::Slice(parts) => slice(&parts[..]),
        Const::FrozenSet(items) => frozen_set(items),
    }
}

fn bytes(bytes: &[u8]) -> i64 {
    if bytes.is_empty() {
        return 0;
    }
    let mut hasher = SipHasher13::new_with_keys(0, 0);
    hasher.write(bytes);
    let hash = hasher.finish() as i64;
    if hash == -1 { -2 } else { hash }
}

fn int(value: &BigInt) -> i64 {
    let rest = value
        .abs()
        .mod_floor(&BigInt::from(MODULUS))
        .to_i64()
        .unwrap_or(0);
    let hash = if value.is_negative() { -rest } else { rest };
    if hash == -1 { -2 } else { hash }
}

/// `_Py_HashDouble`: the fraction modulo 2^61 - 1.
fn float(value: f64) -> i64 {
    if !value.is_finite() {
        return if value.is_nan() {
            0
        } else if value > 0.0 {
            INFINITY
        } else {
            -INFINITY
        };
    }
    if value == 0.0 {
        return 0;
    }
    let bits = value.to_bits();
    let exponent_bits = (bits >> 52 & 0x7FF) as i64;
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, exponent) = if exponent_bits == 0 {
        (fraction, -1074)
    } else {
        (fraction | 1 << 52, exponent_bits - 1075)
    };
    // Two to the 61st is one here.
    let shift = exponent.rem_euclid(61) as u32;
    let product = u128::from(mantissa) << shift;
    let rest = (product % MODULUS as u128) as i64;
    let hash = if value < 0.0 { -rest } else { rest };
    if hash == -1 { -2 } else { hash }
}

const PRIME_1: u64 = 11_400_714_785_074_694_791;
const PRIME_2: u64 = 14_029_467_366_897_019_727;
const PRIME_5: u64 = 2_870_177_450_012_600_261;

fn lanes(items: &[Const]) -> u64 {
    items.iter().fold(PRIME_5, |state, item| {
        state
            .wrapping_add((hash(item) as u64).wrapping_mul(PRIME_2))
            .rotate_left(31)
            .wrapping_mul(PRIME_1)
    })
}

fn tuple(items: &[Const]) -> i64 {
    let state = lanes(items).wrapping_add(items.len() as u64 ^ (PRIME_5 ^ 3_527_539));
    if state == u64::MAX {
        1_546_275_796
    } else {
        state as i64
    }
}

fn slice(parts: &[Const]) -> i64 {
    let state = lanes(parts);
    if state == u64::MAX {
        1_546_275_796
    } else {
        state as i64
    }
}

fn frozen_set(items: &[Const]) -> i64 {
    let shuffle = |hash: u64| ((hash ^ 89_869_747) ^ (hash << 16)).wrapping_mul(3_644_798_167);
    let mut state = items
        .iter()
        .fold(0, |state, item| state ^ shuffle(hash(item) as u64));
    // The empty slots of a table are taken out again in pairs; none are counted here.
    state ^= (items.len() as u64 + 1).wrapping_mul(1_927_868_237);
    state ^= (state >> 11) ^ (state >> 25);
    state = state.wrapping_mul(69_069).wrapping_add(907_133_923);
    if state == u64::MAX {
        590_923_713
    } else {
        state as i64
    }
}

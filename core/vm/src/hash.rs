//! Hashes as CPython computes them with `PYTHONHASHSEED=0`, so that set order
//! and `hash()` can be compared with it and runs are reproducible.
#![forbid(unsafe_code)]

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

/// `hash()` of a `str`'s stored units, of `bytes`, of a `memoryview`.
pub fn hash_bytes(bytes: &[u8]) -> i64 {
    if bytes.is_empty() {
        return 0;
    }
    let mut hasher = SipHasher13::new_with_keys(0, 0);
    hasher.write(bytes);
    not_minus_one(hasher.finish() as i64)
}

/// -1 means "error" in CPython's C interface, so no hash is -1.
pub(crate) fn not_minus_one(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}

/// `hash()` of a tuple: xxHash's mixing over the items' hashes.
pub(crate) struct TupleHasher {
    accumulator: u64,
    len: u64,
}

const PRIME_1: u64 = 11_400_714_785_074_694_791;
const PRIME_2: u64 = 14_029_467_366_897_019_727;
const PRIME_5: u64 = 2_870_177_450_012_600_261;

impl TupleHasher {
    pub(crate) fn new() -> Self {
        Self {
            accumulator: PRIME_5,
            len: 0,
        }
    }

    pub(crate) fn push(&mut self, hash: i64) {
        let mixed = self
            .accumulator
            .wrapping_add((hash as u64).wrapping_mul(PRIME_2));
        self.accumulator = mixed.rotate_left(31).wrapping_mul(PRIME_1);
        self.len += 1;
    }

    pub(crate) fn finish(self) -> i64 {
        let hash = self
            .accumulator
            .wrapping_add(self.len ^ (PRIME_5 ^ 3_527_539));
        if hash == u64::MAX {
            1_546_275_796
        } else {
            hash as i64
        }
    }

    /// Of a slice, whose length is no news.
    pub(crate) fn finish_without_length(self) -> i64 {
        if self.accumulator == u64::MAX {
            1_546_275_796
        } else {
            self.accumulator as i64
        }
    }
}

/// `hash()` of a frozenset: independent of the order of its items.
#[derive(Default)]
pub(crate) struct FrozenSetHasher {
    bits: u64,
    len: u64,
}

impl FrozenSetHasher {
    pub(crate) fn push(&mut self, hash: i64) {
        let hash = hash as u64;
        self.bits ^= ((hash ^ 89_869_747) ^ (hash << 16)).wrapping_mul(3_644_798_167);
        self.len += 1;
    }

    pub(crate) fn finish(self) -> i64 {
        let mut hash = self.bits ^ (self.len + 1).wrapping_mul(1_927_868_237);
        hash ^= (hash >> 11) ^ (hash >> 25);
        hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
        if hash == u64::MAX {
            590_923_713
        } else {
            hash as i64
        }
    }
}

/// `hash()` of an address, and so of an object that defines none: the low four
/// bits, always zero, are moved to the top.
pub(crate) fn hash_pointer(address: u64) -> i64 {
    not_minus_one(address.rotate_right(4) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tuples_and_frozensets() {
        let tuple = |hashes: &[i64]| {
            let mut hasher = TupleHasher::new();
            hashes.iter().for_each(|&hash| hasher.push(hash));
            hasher.finish()
        };
        assert_eq!(tuple(&[]), 5_740_354_900_026_072_187);
        assert_eq!(tuple(&[1, 2, 3]), 529_344_067_295_497_451);
        let frozenset = |hashes: &[i64]| {
            let mut hasher = FrozenSetHasher::default();
            hashes.iter().for_each(|&hash| hasher.push(hash));
            hasher.finish()
        };
        assert_eq!(frozenset(&[]), 133_146_708_735_736);
        assert_eq!(frozenset(&[3, 1, 2]), -272_375_401_224_217_160);
    }
}

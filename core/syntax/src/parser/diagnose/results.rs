//! What rules gave at tokens, so that none is tried there twice in a pass.

/// What a rule that does not match is remembered as.
pub(super) const FAILED: u32 = u32::MAX;

/// What a rule gave at a token.
pub(super) struct Known {
    key: u32,
    /// The token behind the match, or `FAILED`.
    pub(super) end: u32,
    /// How many functions deep it went.
    pub(super) depth: u32,
    /// Where the token's result before this one is, or `NONE`.
    before: u32,
}

/// What rules gave at tokens.
#[derive(Default)]
pub(super) struct Results {
    /// For each token from the first: its last result, and what keys its results may have.
    heads: Vec<Head>,
    known: Vec<Known>,
}

#[derive(Clone, Copy)]
struct Head {
    last: u32,
    /// A bit for each remainder of a key by 64.
    keys: u64,
}

/// The end of a token's results.
const NONE: u32 = u32::MAX;

impl Results {
    pub(super) fn clear(&mut self) {
        self.heads.clear();
        self.known.clear();
    }

    #[inline]
    /// The result that a rule, or one of its two ways to be tried, had at a token.
    pub(super) fn get(&mut self, token: usize, key: u32) -> Option<&mut Known> {
        let head = self.heads.get(token)?;
        if head.keys >> (key % 64) & 1 == 0 {
            return None;
        }
        let mut at = head.last;
        while self.known.get(at as usize)?.key != key {
            at = self.known[at as usize].before;
        }
        self.known.get_mut(at as usize)
    }

    pub(super) fn add(&mut self, token: usize, key: u32, end: u32, depth: u32) {
        if token >= self.heads.len() {
            let none = Head {
                last: NONE,
                keys: 0,
            };
            self.heads.resize(token + 1, none);
        }
        let head = &mut self.heads[token];
        let before = std::mem::replace(&mut head.last, self.known.len() as u32);
        head.keys |= 1 << (key % 64);
        self.known.push(Known {
            key,
            end,
            depth,
            before,
        });
    }
}

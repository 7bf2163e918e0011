//! What a file's segments tell each other, added up.
//!
//! A keystroke changes what one of them tells, if any. So the sum of the next
//! text is made from that of the last, which is no part of any result: it is
//! the same whatever it begins with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use vitrine_lint::{FileFacts, Finding, Reliance, SegmentSummary};
use vitrine_scope::{FactsShare, Future, ModuleFacts};

/// What a segment tells the rest of its file: seldom another after an edit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tells {
    pub(crate) facts: FactsShare,
    pub(crate) summary: SegmentSummary,
}

/// What all segments of a file tell, without their places: what only depends
/// on this is left alone when a segment changes that tells the same as before.
#[derive(Clone, Default)]
pub struct Told {
    tells: Vec<Arc<Tells>>,
    /// How many of the segments have symbol tables with an error.
    errors: usize,
    /// What a segment's code depends on.
    pub module: ModuleFacts,
    /// What the rules depend on.
    pub file: FileFacts,
}

/// The rest follows from these.
impl PartialEq for Told {
    fn eq(&self, other: &Self) -> bool {
        self.module.future == other.module.future && self.tells == other.tells
    }
}

impl Eq for Told {}

impl Told {
    /// Adds up the next text's, beginning with this one's.
    fn again(&self, future: Future, tells: Vec<Arc<Tells>>) -> Self {
        let (old, new) = (&self.tells, &tells);
        let same = |(a, b): &(&Arc<Tells>, &Arc<Tells>)| a == b;
        let prefix = old.iter().zip(new).take_while(same).count();
        let (old, new) = (&old[prefix..], &new[prefix..]);
        let pairs = old.iter().rev().zip(new.iter().rev());
        let suffix = pairs.take_while(same).count();
        let (old, new) = (&old[..old.len() - suffix], &new[..new.len() - suffix]);
        // Much between two changes may have stayed where it was, or moved.
        let mut counts: HashMap<*const Tells, (&Tells, i32)> = HashMap::new();
        for (tells, by) in { old.iter().map(|old| (old, -1)) }.chain(new.iter().map(|new| (new, 1)))
        {
            let count = counts.entry(Arc::as_ptr(tells)).or_insert((tells, 0));
            count.1 += by;
        }
        let changed = |sign: i32| {
            let counts = counts.values();
            counts.flat_map(move |&(tells, by)| {
                std::iter::repeat_n(tells, usize::try_from(by * sign).unwrap_or(0))
            })
        };
        let shares = |sign| changed(sign).map(|tells| &tells.facts);
        let errors = |sign| shares(sign).filter(|share| share.has_errors()).count();
        let errors = self.errors + errors(1) - errors(-1);
        let mut module = self.module.clone();
        if future != module.future || !are_same(shares(-1), shares(1)) {
            module = ModuleFacts::merge(future, tells.iter().map(|tells| &tells.facts));
        }
        let mut file = self.file.clone();
        let summaries = |sign| changed(sign).map(|tells| &tells.summary);
        file.change(summaries(-1), summaries(1));
        Self {
            tells,
            errors,
            module,
            file,
        }
    }

    /// Whether the symbol tables of some segment have an error.
    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }
}

/// Whether some shares come to the same as others. May say no where they do.
fn are_same<'a>(
    less: impl Iterator<Item = &'a FactsShare>,
    more: impl Iterator<Item = &'a FactsShare>,
) -> bool {
    let matters = |share: &&FactsShare| !share.is_empty();
    let mut less: Vec<&FactsShare> = less.filter(matters).take(64).collect();
    for share in more.filter(matters) {
        match less.iter().position(|other| *other == share) {
            Some(at) => less.swap_remove(at),
            None => return false,
        };
    }
    less.is_empty()
}

/// Remembers the last text's.
#[derive(Clone, Default)]
pub struct LastTold(Arc<Mutex<Arc<Told>>>);

impl LastTold {
    pub(crate) fn next(&self, future: Future, tells: Vec<Arc<Tells>>) -> Arc<Told> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.tells != tells || last.module.future != future {
            *last = Arc::new(last.again(future, tells));
        }
        Arc::clone(&last)
    }
}

type Judged = (Vec<Finding>, Reliance);

/// What was found in a segment last, and what that relies on.
#[derive(Clone, Default)]
pub struct LastJudged(Arc<Mutex<Option<Judged>>>);

impl LastJudged {
    /// Judges again if a file answers something else than the last.
    pub(crate) fn next(&self, facts: &FileFacts, judge: impl FnOnce() -> Judged) -> Vec<Finding> {
        let last = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((findings, reliance)) = &*last()
            && reliance.holds(facts)
        {
            return findings.clone();
        }
        let judged = judge();
        let findings = judged.0.clone();
        *last() = Some(judged);
        findings
    }
}

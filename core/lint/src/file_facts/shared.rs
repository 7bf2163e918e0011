//! A table of names and a list, of which copies share what they have in common:
//! to copy a large one and change a little costs little more than the change.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::hash::FastHasher;

/// Into how many pieces a table is divided. A change copies one of them.
const PIECES: usize = 512;

/// What is known by name.
#[derive(Clone)]
pub(super) struct Table<V>(Vec<Option<Piece<V>>>);

type Piece<V> = Arc<HashMap<Arc<str>, V>>;

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V: Clone + Default + PartialEq> Table<V> {
    pub(super) fn get(&self, name: &str) -> Option<&V> {
        self.0.get(piece_of(name))?.as_ref()?.get(name)
    }

    /// Changes what is known of a name; what is then as if nothing were known is left out.
    pub(super) fn change<R>(&mut self, name: &str, change: impl FnOnce(&mut V) -> R) -> R {
        if self.0.is_empty() {
            self.0.resize_with(PIECES, || None);
        }
        let piece = self.0[piece_of(name)].get_or_insert_default();
        let piece = Arc::make_mut(piece);
        let Some(value) = piece.get_mut(name) else {
            let mut value = V::default();
            let result = change(&mut value);
            if value != V::default() {
                piece.insert(name.into(), value);
            }
            return result;
        };
        let result = change(value);
        if *value == V::default() {
            piece.remove(name);
        }
        result
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        let pieces = self.0.iter().flatten();
        pieces.flat_map(|piece| piece.iter().map(|(name, value)| (&**name, value)))
    }
}

fn piece_of(name: &str) -> usize {
    let mut hasher = FastHasher::default();
    name.hash(&mut hasher);
    hasher.finish() as usize % PIECES
}

/// How many entries of a list stand together. A change copies so many.
const RUN: usize = 32;

/// A list whose places stay what they are: what is taken out leaves a gap, which
/// the next entry fills.
#[derive(Clone)]
pub(super) struct Places<T> {
    runs: Vec<Arc<Vec<Option<T>>>>,
    gaps: Vec<u32>,
}

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self {
            runs: Vec::new(),
            gaps: Vec::new(),
        }
    }
}

impl<T: Clone> Places<T> {
    pub(super) fn get(&self, place: u32) -> Option<&T> {
        let place = place as usize;
        self.runs.get(place / RUN)?.get(place % RUN)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, place: u32) -> Option<&mut T> {
        let place = place as usize;
        let run = Arc::make_mut(self.runs.get_mut(place / RUN)?);
        run.get_mut(place % RUN)?.as_mut()
    }

    pub(super) fn insert(&mut self, value: T) -> u32 {
        if let Some(gap) = self.gaps.pop() {
            let place = gap as usize;
            Arc::make_mut(&mut self.runs[place / RUN])[place % RUN] = Some(value);
            return gap;
        }
        if self.runs.last().is_none_or(|run| run.len() == RUN) {
            self.runs.push(Arc::new(Vec::with_capacity(RUN)));
        }
        let last = self.runs.len() - 1;
        let run = Arc::make_mut(&mut self.runs[last]);
        run.push(Some(value));
        (last * RUN + run.len() - 1) as u32
    }

    pub(super) fn remove(&mut self, place: u32) {
        let at = place as usize;
        if let Some(run) = self.runs.get_mut(at / RUN)
            && Arc::make_mut(run)[at % RUN].take().is_some()
        {
            self.gaps.push(place);
        }
    }
}

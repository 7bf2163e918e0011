//! The cycle collector.

use super::block::Heap;

impl Heap {
    /// Whether enough objects were made since the last collection.
    pub(crate) fn collection_due(&self) -> bool {
        self.young > self.threshold
    }
}

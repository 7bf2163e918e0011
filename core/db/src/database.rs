//! The database itself, and a counter of the queries it runs.

use std::sync::{Arc, Mutex, PoisonError};

/// Holds the inputs and remembers what was computed from them. Clones are
/// handles on the same data; each must be dropped before the next write ends.
#[salsa::db]
#[derive(Clone)]
pub struct Database {
    storage: salsa::Storage<Self>,
}

#[salsa::db]
impl salsa::Database for Database {}

impl Default for Database {
    fn default() -> Self {
        Self {
            storage: salsa::Storage::new(None),
        }
    }
}

/// The queries that a database executed: their names with their keys.
#[derive(Clone, Debug, Default)]
pub struct Executed(Arc<Mutex<Vec<String>>>);

impl Executed {
    /// How often each query ran since the last call, by name.
    pub fn take(&self) -> std::collections::BTreeMap<String, usize> {
        let keys = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut counts = std::collections::BTreeMap::new();
        for key in keys {
            let name = key.split('(').next().unwrap_or_default().to_owned();
            *counts.entry(name).or_default() += 1;
        }
        counts
    }
}

impl Database {
    /// A database that tells which queries it executes, for tests that count.
    pub fn counting() -> (Self, Executed) {
        let executed = Executed::default();
        let log = executed.clone();
        let storage = salsa::Storage::new(Some(Box::new(move |event: salsa::Event| {
            if let salsa::EventKind::WillExecute { database_key } = event.kind {
                log.0
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(format!("{database_key:?}"));
            }
        })));
        (Self { storage }, executed)
    }
}

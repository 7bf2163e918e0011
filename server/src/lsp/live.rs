//! What the last run of a document left in its kernel's namespace: for hovers
//! and completion, which must not wait for the kernel.

use std::collections::HashMap;

use crate::kernel::protocol::{Name, Type};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Live {
    names: HashMap<String, Name>,
    members: HashMap<String, Vec<String>>,
}

impl Live {
    pub(crate) fn new(names: Vec<Name>, types: &[Type]) -> Self {
        let names = names.into_iter().map(|name| (name.name.clone(), name));
        let members = types
            .iter()
            .map(|class| (class.name.clone(), class.members.clone()));
        Self {
            names: names.collect(),
            members: members.collect(),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Name> {
        self.names.get(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &Name> {
        self.names.values()
    }

    /// The attributes of a name's value: its own first, then its type's.
    pub(crate) fn attributes<'a>(&'a self, name: &'a Name) -> Vec<&'a str> {
        let own = name.members.iter();
        let of_type = self.members.get(&name.class).into_iter().flatten();
        let mut all: Vec<&str> = own.chain(of_type).map(String::as_str).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

//! What is known of the standard library, from the data in `library.txt`.

use std::collections::HashMap;
use std::sync::OnceLock;

const LIBRARY: &str = include_str!("library.txt");

/// The sections of `library.txt` that a name is in, one bit each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Known(u16);

impl Known {
    pub(crate) const CALLS: Self = Self(1);
    pub(crate) const WAITS: Self = Self(1 << 1);
    pub(crate) const LAZY: Self = Self(1 << 2);
    pub(crate) const HOLDS: Self = Self(1 << 3);
    pub(crate) const KEEPS: Self = Self(1 << 4);
    pub(crate) const DRAINS: Self = Self(1 << 5);
    pub(crate) const COPIES: Self = Self(1 << 6);
    pub(crate) const CHANGES: Self = Self(1 << 7);
    pub(crate) const MUTATORS: Self = Self(1 << 8);
    pub(crate) const READERS: Self = Self(1 << 9);
    pub(crate) const PARTS: Self = Self(1 << 10);
    pub(crate) const MUTABLE: Self = Self(1 << 11);
    pub(crate) const DELIBERATE: Self = Self(1 << 12);

    const SECTIONS: [(&'static str, Self); 13] = [
        ("calls", Self::CALLS),
        ("waits", Self::WAITS),
        ("lazy", Self::LAZY),
        ("holds", Self::HOLDS),
        ("keeps", Self::KEEPS),
        ("drains", Self::DRAINS),
        ("copies", Self::COPIES),
        ("changes", Self::CHANGES),
        ("mutators", Self::MUTATORS),
        ("readers", Self::READERS),
        ("parts", Self::PARTS),
        ("mutable", Self::MUTABLE),
        ("deliberate", Self::DELIBERATE),
    ];

    pub(crate) fn has(self, section: Self) -> bool {
        self.0 & section.0 != 0
    }

    pub(crate) fn is_unknown(self) -> bool {
        self.0 == 0
    }

    /// What is known of a name.
    pub(crate) fn of(name: &str) -> Self {
        static TABLE: OnceLock<HashMap<&'static str, Known>> = OnceLock::new();
        TABLE
            .get_or_init(table)
            .get(name)
            .copied()
            .unwrap_or_default()
    }
}

fn table() -> HashMap<&'static str, Known> {
    let mut table: HashMap<&'static str, Known> = HashMap::new();
    let mut section = Known::default();
    for line in LIBRARY
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        match line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            Some(name) => {
                section = Known::SECTIONS
                    .iter()
                    .find(|&&(known, _)| known == name)
                    .map(|&(_, bit)| bit)
                    .unwrap_or_default();
            }
            None => {
                for name in line.split_ascii_whitespace() {
                    table.entry(name).or_default().0 |= section.0;
                }
            }
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_read() {
        for (name, section) in [
            ("sorted", Known::CALLS),
            ("sorted", Known::COPIES),
            ("append", Known::KEEPS),
            ("append", Known::MUTATORS),
            ("partial", Known::HOLDS),
        ] {
            assert!(Known::of(name).has(section), "{name}");
        }
        assert!(Known::of("no such name").is_unknown());
        let sections = LIBRARY.lines().filter(|line| line.starts_with('[')).count();
        assert_eq!(sections, Known::SECTIONS.len());
    }
}

//! What a run left in its namespace: for hovers, completion, and evidence.
//!
//! The looking is Python (`names.py`), run on the machine itself after the
//! program: what a `repr` of the user's does there is theirs, within a budget,
//! and what it prints is not part of the run.

use super::protocol::{Name, Type};

/// The functions, to be run in a namespace of their own.
pub(super) const SOURCE: &str = include_str!("names.py");

/// The name that they go by in tracebacks.
pub(super) const FILENAME: &str = "<vitrine names>";

/// Reads what `names` gave.
pub(super) fn parse(text: &str) -> (Vec<Name>, Vec<Type>) {
    let (names, types) = text.split_once('\u{1c}').unwrap_or((text, ""));
    let records = |text: &str, read: &mut dyn FnMut(&[&str])| {
        for record in text.split('\u{1e}').filter(|record| !record.is_empty()) {
            read(&record.split('\u{1f}').collect::<Vec<_>>());
        }
    };
    let items = |text: &str| -> Vec<String> {
        let items = text.split('\u{1d}').filter(|item| !item.is_empty());
        items.map(str::to_owned).collect()
    };
    let (mut all, mut classes) = (Vec::new(), Vec::new());
    records(names, &mut |fields| {
        if let [name, class, text, identity, size, references, members] = *fields {
            all.push(Name {
                name: name.into(),
                class: class.into(),
                text: without_addresses(text),
                identity: identity.parse().unwrap_or_default(),
                size: size.parse().ok(),
                references: references.parse().unwrap_or_default(),
                members: items(members),
            });
        }
    });
    records(types, &mut |fields| {
        if let [name, members] = *fields {
            classes.push(Type {
                name: name.into(),
                members: items(members),
            });
        }
    });
    (all, classes)
}

/// The text with each address, which no two runs share, as `0x…`.
pub(crate) fn without_addresses(text: &str) -> String {
    /// Shorter ones are numbers that a program wrote.
    const SHORTEST: usize = 6;
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("0x") {
        let (before, address) = rest.split_at(at + 2);
        let digits = address
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(address.len());
        plain.push_str(before);
        if digits >= SHORTEST {
            plain.push('\u{2026}');
            rest = &address[digits..];
        } else {
            rest = address;
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_left_out() {
        for (text, expected) in [
            (
                "<function f at 0x7f12ab34cd56>",
                "<function f at 0x\u{2026}>",
            ),
            ("[0x10, 0xabcdef01]", "[0x10, 0x\u{2026}]"),
            ("0x", "0x"),
        ] {
            assert_eq!(without_addresses(text), expected);
        }
    }
}

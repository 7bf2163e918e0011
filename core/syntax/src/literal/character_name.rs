//! The characters of `\N{...}`, by name.

/// The character of a name or alias, in any case, as CPython's `\N{...}` and
/// `unicodedata.lookup` find it.
pub fn character_named(name: &str) -> Option<char> {
    // No name begins so, and the search would look at what is before.
    if name.starts_with('-') {
        return None;
    }
    let name = name.to_ascii_uppercase();
    // The names are found however spaced; CPython wants them as they are written.
    let found = unicode_names2::character(&name)?;
    match unicode_names2::name(found) {
        Some(own) if name.bytes().eq(own.to_string().bytes()) => Some(found),
        Some(own) if loose(&own.to_string()).eq(loose(&name)) => None,
        // An alias, such as `LF`.
        _ => {
            let well_spaced =
                !name.starts_with(' ') && !name.ends_with(' ') && !name.contains("  ");
            (well_spaced && !name.contains('_')).then_some(found)
        }
    }
}

/// What a name is found by: its letters and digits.
fn loose(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(u8::is_ascii_alphanumeric)
}

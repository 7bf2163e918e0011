//! The rules, one a file.

pub(crate) mod late_binding_closure;
pub(crate) mod mutable_default;

use vitrine_syntax::position::TextRange;

/// The text of a range, on one line and not too long, for messages.
pub(crate) fn excerpt(text: &str, range: TextRange) -> String {
    let text = text.get(range.as_usize()).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let short: String = line.chars().take(40).collect();
    if short.len() < text.len() {
        format!("{}...", short.trim_end())
    } else {
        short
    }
}

//! The compiler's warnings as the interpreter prints them.

use std::path::Path;

use vitrine_bytecode::compile::SyntaxWarning;

use super::syntax_error::line_at;

/// A line a warning, and below it the line of the file that it is of, if there is a file.
///
/// CPython keeps no register of these: it repeats itself as often as the text does.
pub(crate) fn text(warnings: &[SyntaxWarning], filename: &str, text: &str) -> String {
    let mut out = String::new();
    let has_file = !warnings.is_empty() && Path::new(filename).is_file();
    for warning in warnings {
        let category = if warning.is_deprecation {
            "DeprecationWarning"
        } else {
            "SyntaxWarning"
        };
        // The filters hide deprecations but from who runs the very module.
        if warning.is_deprecation && !matches!(filename, "__main__.py" | "__main__") {
            continue;
        }
        let line = warning.location.line;
        out += &format!("{filename}:{line}: {category}: {}\n", warning.message);
        let source = u32::try_from(line)
            .ok()
            .and_then(|line| line_at(text, line));
        if let Some(source) = source.filter(|_| has_file) {
            out += &format!("  {}\n", source.trim_matches(is_python_whitespace));
        }
    }
    out
}

/// What `str.strip` takes away.
fn is_python_whitespace(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

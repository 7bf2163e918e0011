//! Comments that silence a rule: `# noqa`, `# noqa: B023`,
//! `# vitrine: ignore[late-binding-closure]`, `# vitrine: ignore`.

use vitrine_syntax::module::ParsedSegment;
use vitrine_syntax::position::TextRange;

use crate::finding::{Finding, Rule};

/// Whether a comment on the first or last line of the finding, or on the line
/// where its owner begins, silences it.
pub(crate) fn is_suppressed(text: &str, parsed: &ParsedSegment, finding: &Finding) -> bool {
    let line = |offset: u32| parsed.lines.line_column(offset).line;
    let lines = [
        line(finding.range.start),
        line(finding.range.end),
        line(finding.owner.start),
    ];
    parsed.comments.iter().any(|&comment| {
        lines.contains(&line(comment.start)) && silences(slice(text, comment), finding.rule)
    })
}

pub(crate) fn slice(text: &str, range: TextRange) -> &str {
    text.get(range.as_usize()).unwrap_or_default()
}

fn silences(comment: &str, rule: Rule) -> bool {
    let lower = comment.to_ascii_lowercase();
    if let Some(at) = lower.find("noqa") {
        let rest = lower[at + 4..].trim_start();
        return match rest.strip_prefix(':') {
            Some(codes) => names(codes, rule),
            None => true,
        };
    }
    let Some(at) = lower.find("vitrine:") else {
        return false;
    };
    let Some(rest) = lower[at + "vitrine:".len()..]
        .trim_start()
        .strip_prefix("ignore")
    else {
        return false;
    };
    match rest.trim_start().strip_prefix('[') {
        Some(list) => names(list.split(']').next().unwrap_or_default(), rule),
        None => true,
    }
}

fn names(list: &str, rule: Rule) -> bool {
    list.split([',', ' ', '\t'])
        .any(|code| Rule::find(code.trim()) == Some(rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_silence() {
        for (comment, expected) in [
            ("# noqa", true),
            ("# NOQA: B023", true),
            ("# noqa:E501,b023", true),
            ("# noqa: E501 B023", true),
            ("# noqa: E501", false),
            ("# noqa: B006", false),
            ("# type: ignore # noqa: B023", true),
            ("# vitrine: ignore[late-binding-closure]", true),
            ("# vitrine: ignore[mutable-default]", false),
            (
                "# vitrine: ignore[mutable-default, late-binding-closure]",
                true,
            ),
            ("# vitrine: ignore", true),
            ("# nothing", false),
        ] {
            assert_eq!(
                silences(comment, Rule::LateBindingClosure),
                expected,
                "{comment}"
            );
        }
    }
}

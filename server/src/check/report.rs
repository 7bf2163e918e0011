//! What a check found in one file, ready to be printed.

use std::ops::Range;

use vitrine_syntax::line_index::LineIndex;
use vitrine_syntax::position::TextRange;

/// One file's findings, in the order of the text.
#[derive(Debug)]
pub(crate) struct FileReport {
    /// As the user named it, or below the directory the user named.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) lines: LineIndex,
    pub(crate) items: Vec<Item>,
    /// How the run went, where there was one and it is worth saying.
    pub(crate) run: Option<String>,
    /// What CPython's compiler warns of, in lines for standard error.
    pub(crate) warnings: String,
}

/// One finding. Ranges are of the file.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// The rule's name, or `syntax-error`.
    pub(crate) rule: &'static str,
    /// `confirmed`, `possible`, `refuted`, or `error` for syntax errors.
    pub(crate) verdict: &'static str,
    pub(crate) message: String,
    /// Why the verdict is what it is.
    pub(crate) reason: String,
    pub(crate) range: TextRange,
    pub(crate) related: Vec<(TextRange, String)>,
    pub(crate) fix: Option<Fix>,
    /// What the run showed, a sentence each.
    pub(crate) evidence: Vec<String>,
}

/// A mend: its title, its edits, and whether a run proved it.
#[derive(Clone, Debug)]
pub(crate) struct Fix {
    pub(crate) title: String,
    pub(crate) edits: Vec<(TextRange, String)>,
    pub(crate) verified: bool,
}

/// A place as people count: line and character, from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl FileReport {
    /// Where an offset is.
    pub(crate) fn place(&self, offset: u32) -> Place {
        let at = self.lines.line_column(offset);
        let start = self.lines.line_start(at.line).unwrap_or_default() as usize;
        let before = self.text.get(start..offset as usize).unwrap_or_default();
        Place {
            line: at.line + 1,
            column: before.chars().count() as u32 + 1,
        }
    }

    /// A range as an index into the text, moved onto characters' borders.
    pub(crate) fn span(&self, range: TextRange) -> Range<usize> {
        let border = |offset: u32| self.text.floor_char_boundary(offset as usize);
        border(range.start)..border(range.end)
    }

    /// Whether any finding is to be counted as a problem.
    pub(crate) fn has_problems(&self) -> bool {
        self.items.iter().any(|item| item.verdict != "refuted")
    }
}

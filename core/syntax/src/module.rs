//! A file as a list of parsed segments.

use std::sync::Arc;

use crate::error::SyntaxError;
use crate::line_index::LineIndex;
use crate::position::TextRange;
use crate::tree::Tree;

/// What parsing made of one segment. Positions count from the segment's start.
#[derive(Clone, Debug, Default)]
pub struct ParsedSegment {
    /// The statements and all below them.
    pub tree: Tree,
    /// Where the segment's lines begin.
    pub lines: LineIndex,
    /// What was wrong, in the order of the text.
    pub errors: Vec<SyntaxError>,
    /// The comments, `#` included.
    pub comments: Vec<TextRange>,
}

/// A parsed segment at its place in a file.
#[derive(Clone, Debug)]
pub struct ModuleSegment {
    /// The segment's bytes in the file's text (after decoding, without a BOM).
    pub range: TextRange,
    /// The file's 0-based line on which the segment begins.
    pub first_line: u32,
    /// Shared: equal text has equal parses wherever it stands.
    pub parsed: Arc<ParsedSegment>,
}

/// A whole file.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// In the order of the text, covering all of it.
    pub segments: Vec<ModuleSegment>,
}

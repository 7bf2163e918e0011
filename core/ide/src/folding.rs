//! What can be folded: blocks, cells, runs of imports and of comments.

use vitrine_db::{Database, File, line_index, parsed, segments};
use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::{Expr, List, Stmt, StmtId, Tree};

use crate::cells::cells;

/// What kind of text is folded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FoldKind {
    /// A block or a bracket.
    Code,
    /// Comments.
    Comment,
    /// Imports.
    Imports,
    /// A cell.
    Region,
}

/// Lines that fold into the first of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fold {
    /// The line that stays, from 0.
    pub start_line: u32,
    /// The last line that goes.
    pub end_line: u32,
    /// Of what.
    pub kind: FoldKind,
}

/// All folds of a file, the outer before the inner.
pub fn folding_ranges(db: &Database, file: File) -> Vec<Fold> {
    let text = file.text(db);
    let lines = line_index(db, file);
    let mut folds = Folds { folds: Vec::new() };
    let mut imports: Option<(u32, u32)> = None;
    let mut comments: Option<(u32, u32)> = None;
    for placed in segments(db, file) {
        let parsed = parsed(db, placed.segment);
        let tree = &parsed.tree;
        let line_of = |offset: u32| placed.first_line + parsed.lines.line_column(offset).line;
        for &comment in &parsed.comments {
            let range = placed.absolute(comment);
            let place = lines.line_column(range.start);
            let line_start = (range.start - place.column) as usize;
            if !text[line_start..range.start as usize].trim().is_empty() {
                continue;
            }
            comments = match comments {
                Some((first, last)) if last + 1 == place.line => Some((first, place.line)),
                other => {
                    folds.add(other, FoldKind::Comment);
                    Some((place.line, place.line))
                }
            };
        }
        for stmt in tree.list(tree.body()) {
            let range = tree.range(stmt);
            if matches!(tree[stmt], Stmt::Import { .. } | Stmt::ImportFrom { .. }) {
                imports = Some((
                    imports.map_or(line_of(range.start), |(first, _)| first),
                    line_of(range.end),
                ));
            } else {
                folds.add(imports.take(), FoldKind::Imports);
            }
            folds.stmt(tree, stmt, &line_of);
        }
    }
    folds.add(comments, FoldKind::Comment);
    folds.add(imports, FoldKind::Imports);
    let last_line = lines.line_count() - 1;
    let cells = cells(db, file);
    for (at, cell) in cells.iter().enumerate() {
        let end = cells
            .get(at + 1)
            .map_or(last_line, |next| next.first_line.saturating_sub(1));
        folds.add(Some((cell.first_line, end)), FoldKind::Region);
    }
    folds
        .folds
        .sort_by_key(|fold| (fold.start_line, std::cmp::Reverse(fold.end_line)));
    folds.folds
}

struct Folds {
    folds: Vec<Fold>,
}

impl Folds {
    fn add(&mut self, lines: Option<(u32, u32)>, kind: FoldKind) {
        if let Some((start_line, end_line)) = lines.filter(|(start, end)| start < end) {
            self.folds.push(Fold {
                start_line,
                end_line,
                kind,
            });
        }
    }

    fn stmt(&mut self, tree: &Tree, id: StmtId, line_of: &dyn Fn(u32) -> u32) {
        let range = tree.range(id);
        let start = line_of(range.start);
        let block = |this: &mut Self, header: u32, body: List<Stmt>| {
            if let Some(last) = tree.list(body).next_back() {
                this.add(
                    Some((header, line_of(tree.range(last).end))),
                    FoldKind::Code,
                );
            }
            for stmt in tree.list(body) {
                this.stmt(tree, stmt, line_of);
            }
        };
        // `else`, `finally` and the like have no node: they are on the line
        // before their body, or on the body's own.
        let header_of = |body: List<Stmt>, after: u32| {
            let first = tree
                .list(body)
                .next()
                .map(|first| line_of(tree.range(first).start));
            first.map_or(after, |first| first.saturating_sub(1).max(after))
        };
        let end_of = |body: List<Stmt>| {
            tree.list(body)
                .next_back()
                .map_or(start, |last| line_of(tree.range(last).end))
        };
        match tree[id] {
            Stmt::FunctionDef(function) => block(
                self,
                line_of(tree[function].name_range.start),
                tree[function].body,
            ),
            Stmt::ClassDef(class) => block(
                self,
                line_of(tree[class].name_range.start),
                tree[class].body,
            ),
            Stmt::For(id) => {
                let node = tree[id];
                block(self, start, node.body);
                block(self, header_of(node.orelse, end_of(node.body)), node.orelse);
            }
            Stmt::While { body, orelse, .. } => {
                block(self, start, body);
                block(self, header_of(orelse, end_of(body)), orelse);
            }
            Stmt::If { body, orelse, .. } => {
                block(self, start, body);
                match tree.list(orelse).next() {
                    // An `elif` is a statement with a line of its own.
                    Some(only)
                        if tree.len(orelse) == 1 && matches!(tree[only], Stmt::If { .. }) =>
                    {
                        self.stmt(tree, only, line_of);
                    }
                    _ => block(self, header_of(orelse, end_of(body)), orelse),
                }
            }
            Stmt::With { body, .. } => block(self, start, body),
            Stmt::Match { cases, .. } => {
                let last = tree
                    .list(cases)
                    .next_back()
                    .map(|case| line_of(tree.range(case).end));
                self.add(last.map(|last| (start, last)), FoldKind::Code);
                for case in tree.list(cases) {
                    block(self, line_of(tree.range(case).start), tree[case].body);
                }
            }
            Stmt::Try(id) => {
                let node = tree[id];
                block(self, start, node.body);
                let mut after = end_of(node.body);
                for handler in tree.list(node.handlers) {
                    block(self, line_of(tree.range(handler).start), tree[handler].body);
                    after = line_of(tree.range(handler).end);
                }
                block(self, header_of(node.orelse, after), node.orelse);
                let after = if node.orelse.is_empty() {
                    after
                } else {
                    end_of(node.orelse)
                };
                block(self, header_of(node.finalbody, after), node.finalbody);
            }
            _ => self.brackets(tree, range, id, line_of),
        }
    }

    /// A simple statement over several lines: a long call, a long string.
    fn brackets(
        &mut self,
        tree: &Tree,
        range: TextRange,
        id: StmtId,
        line_of: &dyn Fn(u32) -> u32,
    ) {
        let (start, end) = (line_of(range.start), line_of(range.end));
        let is_string = matches!(tree[id], Stmt::Expr { value } if matches!(tree[value], Expr::Constant { .. }));
        // The line with the closing bracket stays visible.
        let end = if is_string {
            end
        } else {
            end.saturating_sub(1)
        };
        self.add(Some((start, end)), FoldKind::Code);
    }
}

//! The outline of a file: functions, classes, variables.

use vitrine_db::{Database, File, Placed, parsed, segments};
use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::{Expr, ExprId, List, Stmt, Tree};

/// What a symbol of the outline is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum SymbolKind {
    Function,
    Method,
    Class,
    Variable,
    Constant,
}

/// An entry of the outline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DocumentSymbol {
    /// The name.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// All of it, in bytes of the file.
    pub range: TextRange,
    /// The name in it.
    pub selection_range: TextRange,
    /// What is within.
    pub children: Vec<DocumentSymbol>,
}

/// The outline of a file.
pub fn document_symbols(db: &Database, file: File) -> Vec<DocumentSymbol> {
    let mut symbols = Vec::new();
    for placed in segments(db, file) {
        let outline = Outline {
            tree: &parsed(db, placed.segment).tree,
            placed,
        };
        outline.body(outline.tree.body(), Within::Module, &mut symbols);
    }
    symbols
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Module,
    Class,
    Function,
}

struct Outline<'a> {
    tree: &'a Tree,
    placed: &'a Placed<'a>,
}

impl Outline<'_> {
    fn body(&self, body: List<Stmt>, within: Within, symbols: &mut Vec<DocumentSymbol>) {
        let tree = self.tree;
        for id in tree.list(body) {
            let range = tree.range(id);
            match tree[id] {
                Stmt::FunctionDef(function) => {
                    let def = tree[function];
                    let kind = if within == Within::Class {
                        SymbolKind::Method
                    } else {
                        SymbolKind::Function
                    };
                    let mut symbol = self.symbol(tree.name(def.name), kind, range, def.name_range);
                    self.body(def.body, Within::Function, &mut symbol.children);
                    symbols.push(symbol);
                }
                Stmt::ClassDef(class) => {
                    let def = tree[class];
                    let mut symbol = self.symbol(
                        tree.name(def.name),
                        SymbolKind::Class,
                        range,
                        def.name_range,
                    );
                    self.body(def.body, Within::Class, &mut symbol.children);
                    symbols.push(symbol);
                }
                Stmt::Assign { targets, .. } => {
                    for target in tree.list(targets) {
                        self.target(target, range, within, symbols);
                    }
                }
                Stmt::AnnAssign { target, .. } => self.target(target, range, within, symbols),
                Stmt::TypeAlias { name, .. } => self.target(name, range, within, symbols),
                Stmt::If { body, orelse, .. } | Stmt::While { body, orelse, .. } => {
                    self.body(body, within, symbols);
                    self.body(orelse, within, symbols);
                }
                Stmt::For(id) => {
                    self.body(tree[id].body, within, symbols);
                    self.body(tree[id].orelse, within, symbols);
                }
                Stmt::With { body, .. } => self.body(body, within, symbols),
                Stmt::Try(id) => {
                    let node = tree[id];
                    self.body(node.body, within, symbols);
                    for handler in tree.list(node.handlers) {
                        self.body(tree[handler].body, within, symbols);
                    }
                    self.body(node.orelse, within, symbols);
                    self.body(node.finalbody, within, symbols);
                }
                _ => {}
            }
        }
    }

    /// A variable, where it is one of the module or of a class, once.
    fn target(
        &self,
        target: ExprId,
        range: TextRange,
        within: Within,
        symbols: &mut Vec<DocumentSymbol>,
    ) {
        let tree = self.tree;
        match tree[target] {
            Expr::Name { id, .. } if within != Within::Function => {
                let name = tree.name(id);
                // Looks back a little: a second assignment right after the first is no new symbol.
                if symbols
                    .iter()
                    .rev()
                    .take(8)
                    .any(|symbol| symbol.name == name)
                {
                    return;
                }
                let is_constant =
                    name.chars().any(char::is_alphabetic) && !name.chars().any(char::is_lowercase);
                let kind = if is_constant {
                    SymbolKind::Constant
                } else {
                    SymbolKind::Variable
                };
                symbols.push(self.symbol(name, kind, range, tree.range(target)));
            }
            Expr::Tuple { elts, .. } | Expr::List { elts, .. } => {
                for element in tree.list(elts) {
                    self.target(element, range, within, symbols);
                }
            }
            _ => {}
        }
    }

    fn symbol(
        &self,
        name: &str,
        kind: SymbolKind,
        range: TextRange,
        selection_range: TextRange,
    ) -> DocumentSymbol {
        DocumentSymbol {
            name: if name.is_empty() {
                "?".into()
            } else {
                name.into()
            },
            kind,
            range: self.placed.absolute(range.cover(selection_range)),
            selection_range: self.placed.absolute(selection_range),
            children: Vec::new(),
        }
    }
}

//! Fields and attributes common to all nodes.

use super::Options;
use super::type_comments::TypeComments;
use super::value::Value;
use crate::module::{ModuleSegment, ParsedSegment};
use crate::position::TextRange;
use crate::tree::{ExprContext, Id, List, NameId, Node, OptList, Tree};
use crate::version::Version;

/// Turns the nodes of one segment into plain data.
pub(super) struct Converter<'m> {
    pub(super) tree: &'m Tree,
    parsed: &'m ParsedSegment,
    first_line: u32,
    include_attributes: bool,
    comments: &'m TypeComments,
    /// Whose trees they are.
    pub(super) version: Version,
    /// Where the segment begins in the file.
    start: u32,
}

pub(super) type Fields = Vec<(&'static str, Value)>;

impl<'m> Converter<'m> {
    pub(super) fn new(
        segment: &'m ModuleSegment,
        options: Options,
        comments: &'m TypeComments,
    ) -> Self {
        Self {
            tree: &segment.parsed.tree,
            parsed: &segment.parsed,
            first_line: segment.first_line,
            include_attributes: options.include_attributes,
            comments,
            version: options.version,
            start: segment.range.start,
        }
    }

    /// Adds the type comment of a node, if it has one.
    pub(super) fn push_type_comment<T: Node>(&self, fields: &mut Fields, id: Id<T>) {
        let comment = self.comments.of(self.start + self.tree.range(id).start);
        let comment = comment.map(|text| Value::Text(text.to_owned()));
        push_some(fields, "type_comment", comment);
    }

    /// The statements of the segment.
    pub(super) fn body(&self) -> Vec<Value> {
        self.tree
            .list(self.tree.body())
            .map(|stmt| self.stmt(stmt))
            .collect()
    }

    /// A node with the place where it stands.
    pub(super) fn located<T: Node>(
        &self,
        class: &'static str,
        mut fields: Fields,
        id: Id<T>,
    ) -> Value {
        let range = self.tree.range(id);
        self.push_attributes(&mut fields, range);
        Value::node(class, fields)
    }

    /// The same for what ends with statements, whose comments count.
    pub(super) fn located_block<T: Node>(
        &self,
        class: &'static str,
        mut fields: Fields,
        id: Id<T>,
    ) -> Value {
        let TextRange { start, end } = self.tree.range(id);
        let end = self.comments.end(self.start + end) - self.start;
        self.push_attributes(&mut fields, TextRange::new(start, end));
        Value::node(class, fields)
    }

    fn push_attributes(&self, fields: &mut Fields, range: TextRange) {
        if self.include_attributes {
            let start = self.parsed.lines.line_column(range.start);
            let end = self.parsed.lines.line_column(range.end);
            let line = |line: u32| Value::Int(i64::from(self.first_line) + i64::from(line) + 1);
            let column = |column: u32| Value::Int(i64::from(column));
            fields.push(("lineno", line(start.line)));
            fields.push(("col_offset", column(start.column)));
            fields.push(("end_lineno", line(end.line)));
            fields.push(("end_col_offset", column(end.column)));
        }
    }

    pub(super) fn text(&self, name: NameId) -> Value {
        Value::Text(self.tree.name(name).to_owned())
    }

    pub(super) fn list<T>(&self, list: List<T>, each: impl Fn(Id<T>) -> Value) -> Value {
        Value::List(self.tree.list(list).map(each).collect())
    }

    pub(super) fn opt_list<T>(&self, list: OptList<T>, each: impl Fn(Id<T>) -> Value) -> Value {
        Value::List(
            self.tree
                .opt_list(list)
                .map(|id| id.map_or(Value::None, &each))
                .collect(),
        )
    }
}

/// Adds an optional field, which is left out when absent.
pub(super) fn push_some(fields: &mut Fields, name: &'static str, value: Option<Value>) {
    if let Some(value) = value {
        fields.push((name, value));
    }
}

/// A node without fields.
pub(super) fn bare(class: &'static str) -> Value {
    Value::node(class, Vec::new())
}

pub(super) fn context(ctx: ExprContext) -> Value {
    bare(match ctx {
        ExprContext::Load => "Load",
        ExprContext::Store => "Store",
        ExprContext::Del => "Del",
    })
}

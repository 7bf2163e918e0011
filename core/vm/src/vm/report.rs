//! Exceptions as printed: from objects to the plain data of [`crate::traceback`].
#![forbid(unsafe_code)]

use std::collections::HashSet;
use std::sync::Arc;

use crate::interp::code::Code;
use crate::interp::frame::{FrameObject, Traceback};
use crate::object::{Dict, Exception, Ref};
use crate::traceback::{ExceptionSummary, FrameSummary, SyntaxSummary, render};
use crate::vm::Vm;

/// Chains and groups are followed this deep.
const MAX_DEPTH: usize = 64;

impl Vm {
    /// The traceback and message of an exception, as CPython prints them.
    pub fn format_exception(&mut self, exc: &Ref) -> String {
        let summary = self.summarize(exc);
        render(&summary)
    }

    /// The same for what nobody can catch: no carets and no chain, as CPython has it there.
    pub(crate) fn format_unraisable(&mut self, exc: &Ref) -> String {
        let mut summary = self.summarize(exc);
        (summary.cause, summary.context) = (None, None);
        for frame in &mut summary.frames {
            (frame.end_line, frame.columns) = (frame.line, None);
        }
        render(&summary)
    }

    /// What is printed of an exception, as plain data.
    pub fn summarize(&mut self, exc: &Ref) -> ExceptionSummary {
        self.summary(exc, &mut HashSet::new(), 0)
    }

    /// Makes the text of a file known for tracebacks; cells have no file.
    pub fn register_source(&mut self, filename: &str, text: Arc<str>) {
        self.sources.insert(filename.to_owned(), Some(text));
    }

    fn source(&mut self, filename: &str) -> Option<Arc<str>> {
        if let Some(known) = self.sources.get(filename) {
            return known.clone();
        }
        let packed = self
            .library
            .as_ref()
            .and_then(|l| l.source(filename))
            .map(Arc::from);
        if packed.is_some() {
            self.sources.insert(filename.to_owned(), packed.clone());
            return packed;
        }
        let text = self
            .host
            .read_file(filename)
            .ok()
            .map(|bytes| Arc::from(String::from_utf8_lossy(&bytes).into_owned()));
        self.sources.insert(filename.to_owned(), text.clone());
        text
    }

    fn summary(&mut self, exc: &Ref, seen: &mut HashSet<u64>, depth: usize) -> ExceptionSummary {
        seen.insert(exc.id());
        let mut summary = ExceptionSummary::default();
        let ty = self.type_of(exc);
        summary.class = self.qualified_name(ty);
        if let Some(short) = summary.class.strip_prefix("__main__.") {
            summary.class = short.to_owned();
        }
        let Some(payload) = exc.downcast::<Exception>() else {
            return summary;
        };
        summary.message = self.str_string(exc).ok();
        if let Some(hint) = self.suggestion(exc)
            && let Some(message) = &mut summary.message
        {
            message.push_str(&hint);
        }
        if let Some(notes) = payload.notes.get()
            && let Ok(notes) = self.collect(&notes)
        {
            for note in notes {
                summary.notes.extend(self.str_string(&note).ok());
            }
        }
        let mut entry = payload.traceback.get();
        while let Some(tb) = entry {
            let Some(t) = tb.downcast::<Traceback>() else {
                break;
            };
            summary.frames.extend(self.frame_summary(t));
            entry = t.next.get();
        }
        if self.is_instance_of(exc, self.exc.SyntaxError) {
            let field = |vm: &mut Self, i| payload.field(vm, i).filter(|f| !f.is_none());
            let text = |vm: &mut Self, i| field(vm, i).map(|f| vm.text_of(&f));
            let number = |vm: &mut Self, i| field(vm, i).and_then(|f| vm.int_i64(&f));
            summary.syntax = Some(SyntaxSummary {
                filename: text(self, 1),
                line: number(self, 2),
                offset: number(self, 3),
                text: text(self, 4),
                end_line: number(self, 5),
                end_offset: number(self, 6),
                message: text(self, 0).unwrap_or_default(),
            });
        }
        if depth >= MAX_DEPTH {
            return summary;
        }
        if let Some(cause) = payload.cause.get().filter(|c| !seen.contains(&c.id())) {
            summary.cause = Some(Box::new(self.summary(&cause, seen, depth + 1)));
        } else if let Some(context) = payload.context.get()
            && !payload.suppress_context.get()
            && !seen.contains(&context.id())
        {
            summary.context = Some(Box::new(self.summary(&context, seen, depth + 1)));
        }
        if self.is_instance_of(exc, self.exc.BaseExceptionGroup)
            && let Some(inner) = payload.field(self, 1)
            && let Ok(inner) = self.collect(&inner)
        {
            let inner = inner
                .iter()
                .map(|e| self.summary(e, seen, depth + 1))
                .collect();
            summary.group = Some(inner);
        }
        summary
    }

    fn frame_summary(&mut self, tb: &Traceback) -> Option<FrameSummary> {
        let frame: &FrameObject = tb.frame.downcast()?;
        let code: &Code = frame.code.payload();
        let position = code.position_at(tb.lasti);
        let line = u32::try_from(tb.lineno.get())
            .ok()
            .or(position.line)
            .unwrap_or(0);
        let same = position.line == Some(line);
        Some(FrameSummary {
            filename: Arc::clone(&code.data.filename),
            name: Arc::from(&*code.data.name),
            line,
            end_line: if same {
                position.end_line.unwrap_or(line)
            } else {
                line
            },
            columns: if same {
                position.column.zip(position.end_column)
            } else {
                None
            },
            source: self.source(&code.data.filename),
        })
    }

    /// ". Did you mean: 'x'?" for names and attributes.
    fn suggestion(&mut self, exc: &Ref) -> Option<String> {
        let payload: &Exception = exc.downcast()?;
        if self.is_instance_of(exc, self.exc.AttributeError) {
            let (name, object) = (payload.field(self, 0)?, payload.field(self, 1)?);
            let wrong = self.text_of(&name);
            let names = self.names_of(&object);
            let names = names
                .iter()
                .filter(|n| wrong.starts_with('_') || !n.starts_with('_'));
            let found = crate::suggest::closest(&wrong, names)?;
            return Some(format!(". Did you mean: '{found}'?"));
        }
        if self.is_instance_of(exc, self.exc.ImportError) {
            let (module, name) = (payload.field(self, 1)?, payload.field(self, 3)?);
            let modules = self.modules.clone();
            let module = self.dict_get(&modules, &module).ok()??;
            let names = self.names_of(&module);
            let found = crate::suggest::closest(&self.text_of(&name), &names)?;
            return Some(format!(". Did you mean: '{found}'?"));
        }
        if !self.is_instance_of(exc, self.exc.NameError) {
            return None;
        }
        let name = payload.field(self, 0)?;
        let wrong = self.text_of(&name);
        let mut tb = payload.traceback.get()?;
        while let Some(next) = tb.downcast::<Traceback>().and_then(|t| t.next.get()) {
            tb = next;
        }
        let frame = tb.downcast::<Traceback>()?.frame.clone();
        let f: &FrameObject = frame.payload();
        let function: &crate::interp::code::Function = f.func.payload();
        let locals = self.frame_locals_dict(&frame).ok()?;
        let mut names: Vec<String> = Vec::new();
        for dict in [&locals, &function.globals, &function.builtins] {
            if let Some(dict) = dict.downcast::<Dict>() {
                names.extend(dict.items(self).iter().map(|(k, _)| self.text_of(k)));
            }
        }
        if let Some(found) = crate::suggest::closest(&wrong, &names) {
            return Some(format!(". Did you mean: '{found}'?"));
        }
        let stdlib = [
            "sys",
            "os",
            "re",
            "math",
            "time",
            "json",
            "random",
            "itertools",
            "functools",
            "collections",
            "datetime",
            "string",
            "typing",
            "dataclasses",
            "pathlib",
            "io",
            "abc",
            "enum",
            "copy",
            "operator",
            "statistics",
            "decimal",
            "fractions",
            "textwrap",
            "heapq",
            "bisect",
            "contextlib",
            "asyncio",
            "logging",
            "unittest",
            "threading",
            "struct",
            "pickle",
            "subprocess",
            "csv",
            "glob",
            "shutil",
            "inspect",
            "traceback",
            "types",
            "warnings",
            "weakref",
            "gc",
        ];
        stdlib
            .contains(&wrong.as_str())
            .then(|| format!(". Did you forget to import '{wrong}'?"))
    }

    /// The names `dir()` knows without running Python code.
    fn names_of(&mut self, object: &Ref) -> Vec<String> {
        let mut names = Vec::new();
        if let Some(module) = object.downcast::<crate::object::Module>() {
            let dict = module.dict.clone();
            names.extend(
                dict.payload::<Dict>()
                    .items(self)
                    .iter()
                    .map(|(k, _)| self.text_of(k)),
            );
            return names;
        }
        let ty = object.as_type().unwrap_or_else(|| self.type_of(object));
        for class in &ty.mro() {
            names.extend(
                class
                    .namespace()
                    .items(self)
                    .iter()
                    .map(|(k, _)| self.text_of(k)),
            );
        }
        if let Some(header) = object.header() {
            let layout = &self.heap.layouts[header.layout as usize];
            let own: Vec<Ref> = layout.names.clone();
            names.extend(own.iter().map(|n| self.text_of(n)));
            if layout_is_dict(self, object)
                && let Some(dict) = self.instance_dict(object)
                && let Some(dict) = dict.downcast::<Dict>()
            {
                names.extend(dict.items(self).iter().map(|(k, _)| self.text_of(k)));
            }
        }
        names
    }
}

fn layout_is_dict(vm: &Vm, object: &Ref) -> bool {
    object
        .header()
        .is_some_and(|h| vm.heap.layouts[h.layout as usize].dict)
}

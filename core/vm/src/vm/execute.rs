//! Running code in namespaces: what embedders, `exec`, imports and cells use.
#![forbid(unsafe_code)]

use std::sync::Arc;

use vitrine_bytecode::code::CodeObject;
use vitrine_bytecode::compile::{
    CompileError, CompileErrorKind, CompileOptions, Mode, SyntaxWarning, compile_parsed, parse,
};
use vitrine_syntax::error::ErrorKind;
use vitrine_syntax::module::Module as ParsedModule;

use crate::error::{Exc, PyResult};
use crate::interp::code::Function;
use crate::object::{Dict, Module, Ref};
use crate::vm::Vm;

impl Vm {
    /// Runs a code object with its namespaces, which are dicts; `locals` may be any mapping.
    pub fn exec_code(&mut self, code: &Ref, globals: &Ref, locals: Option<&Ref>) -> PyResult<Ref> {
        let names = self.names.clone();
        if self.dict_get(globals, &names.__builtins__)?.is_none() {
            let builtins = self.builtins_module()?;
            self.dict_set(globals, &names.__builtins__, builtins)?;
        }
        let function = self.new_python_function(code, globals);
        let locals = locals.unwrap_or(globals).clone();
        self.call_with_locals(&function, Vec::new(), &[], Some(locals))
    }

    /// The same for code as the compiler makes it: the value of an expression, else None.
    pub fn run_code(&mut self, code: &Arc<CodeObject>, globals: &Ref) -> PyResult<Ref> {
        let code = self.new_code(Arc::clone(code));
        self.exec_code(&code, globals, None)
    }

    /// A fresh `__main__`, registered in `sys.modules`; answers its namespace.
    pub fn new_main(&mut self) -> PyResult<Ref> {
        let module = self.new_module("__main__");
        let (modules, key) = (self.modules.clone(), self.names.__main__.clone());
        self.dict_set(&modules, &key, module.clone())?;
        let dict = module.payload::<Module>().dict.clone();
        let builtins = self.builtins_module()?;
        let name = self.names.__builtins__.clone();
        self.dict_set(&dict, &name, builtins)?;
        Ok(dict)
    }

    /// Runs a program as `__main__`.
    pub fn run_main(&mut self, code: &Arc<CodeObject>) -> PyResult<()> {
        let dict = self.new_main()?;
        let (key, file) = (self.names.__file__.clone(), self.new_str(&code.filename));
        self.dict_set(&dict, &key, file)?;
        self.run_code(code, &dict).map(drop)
    }

    /// Compiles source text; what is wrong with it becomes an exception.
    pub fn compile(
        &mut self,
        source: &str,
        filename: &str,
        mode: &str,
        flags: u32,
    ) -> PyResult<Arc<CodeObject>> {
        let options = CompileOptions {
            filename: filename.into(),
            mode: self.compile_mode(mode)?,
            flags,
            ..CompileOptions::default()
        };
        self.compile_text(source, &options)
    }

    /// The mode by the name that `compile()` takes.
    pub fn compile_mode(&mut self, mode: &str) -> PyResult<Mode> {
        match mode {
            "exec" => Ok(Mode::Exec),
            "eval" => Ok(Mode::Eval),
            "single" => Ok(Mode::Single),
            _ => Err(self.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
        }
    }

    /// Parses and compiles.
    pub fn compile_text(
        &mut self,
        source: &str,
        options: &CompileOptions,
    ) -> PyResult<Arc<CodeObject>> {
        let module = parse(source, options.mode);
        self.compile_tree(source, &module, options)
    }

    /// Compiles what was parsed of a text, or built of nodes for which there is none.
    pub fn compile_tree(
        &mut self,
        source: &str,
        module: &ParsedModule,
        options: &CompileOptions,
    ) -> PyResult<Arc<CodeObject>> {
        match compile_parsed(source, module, options) {
            Ok(compiled) => {
                self.syntax_warnings(&compiled.warnings, source, &options.filename)?;
                Ok(Arc::new(compiled.code))
            }
            Err(error) => {
                self.syntax_warnings(&error.warnings, source, &options.filename)?;
                Err(self.compile_error(&error, source, &options.filename))
            }
        }
    }

    /// Issues warnings of a text, one after the other.
    pub fn syntax_warnings(
        &mut self,
        warnings: &[SyntaxWarning],
        source: &str,
        filename: &str,
    ) -> PyResult<()> {
        { warnings.iter() }.try_for_each(|warning| self.syntax_warning(warning, source, filename))
    }

    /// Issues a `SyntaxWarning`; turned into an error by a filter it is a `SyntaxError`.
    fn syntax_warning(
        &mut self,
        warning: &SyntaxWarning,
        source: &str,
        filename: &str,
    ) -> PyResult<()> {
        let line = warning.location.line;
        let Ok(warnings) = self.import("warnings") else {
            return Ok(());
        };
        let text = self.new_str(&warning.message);
        let category = if warning.is_deprecation {
            self.exc.DeprecationWarning
        } else {
            self.exc.SyntaxWarning
        };
        let category = category.to_ref();
        let arguments = [
            text,
            category,
            self.new_str(filename),
            self.new_int(i64::from(line)),
        ];
        match self.call_method(&warnings, "warn_explicit", &arguments) {
            Ok(_) => Ok(()),
            Err(raised) if self.exc_is(&raised, self.exc.SyntaxWarning) => {
                let error = CompileError::new(
                    CompileErrorKind::Syntax(ErrorKind::Syntax),
                    warning.message.to_string(),
                    warning.location,
                );
                Err(self.compile_error(&error, source, filename))
            }
            Err(raised) => Err(raised),
        }
    }

    /// The exception for what is wrong with a text.
    pub fn compile_error(&mut self, error: &CompileError, source: &str, filename: &str) -> Exc {
        let ty = match error.kind {
            CompileErrorKind::Syntax(ErrorKind::Syntax) => self.exc.SyntaxError,
            CompileErrorKind::Syntax(ErrorKind::Indentation) => self.exc.IndentationError,
            CompileErrorKind::Syntax(ErrorKind::Tab) => self.exc.TabError,
            CompileErrorKind::Syntax(ErrorKind::Memory) => self.exc.MemoryError,
            CompileErrorKind::Syntax(ErrorKind::Value | ErrorKind::UnicodeDecode)
            | CompileErrorKind::Encode => return self.value_error(&error.message),
            _ => self.exc.RecursionError,
        };
        self.syntax_error(ty, error, source, filename)
    }

    fn syntax_error(
        &mut self,
        ty: crate::object::Ty,
        error: &CompileError,
        source: &str,
        filename: &str,
    ) -> Exc {
        let message = self.new_str(&error.message);
        let place = error.location;
        let line_text = |n: i64| {
            usize::try_from(n - 1)
                .ok()
                .and_then(|n| source.split_inclusive('\n').nth(n))
        };
        // Of the parser's errors these are characters, of the compiler's bytes, as in CPython.
        let column = i64::from(place.column) + 1;
        let end_column = i64::from(place.end_column) + 1;
        let (line, end_line) = (i64::from(place.line), i64::from(place.end_line));
        let text = line_text(line).map_or_else(Ref::none, |t| {
            // CPython's tokenizer ends the last line as all others.
            let end = if t.ends_with('\n') { "" } else { "\n" };
            self.new_str(&format!("{t}{end}"))
        });
        let filename = self.new_str(filename);
        let fields = vec![
            filename,
            self.new_int(line),
            self.new_int(column),
            text,
            self.new_int(end_line),
            self.new_int(end_column),
        ];
        let details = self.new_tuple(fields);
        let class = ty.to_ref();
        match self.call(&class, &[message, details]) {
            Ok(exc) => Exc::new(exc),
            Err(exc) => exc,
        }
    }

    /// The namespaces of the running Python code: globals and locals.
    pub fn current_namespaces(&mut self) -> PyResult<Option<(Ref, Ref)>> {
        let Some(index) = self.exec.frames.len().checked_sub(1) else {
            return Ok(None);
        };
        let frame = &self.exec.frames[index];
        let globals = frame.func.payload::<Function>().globals.clone();
        if let Some(locals) = &frame.locals {
            return Ok(Some((globals, locals.clone())));
        }
        let Some(object) = self.frame_object(index) else {
            return Ok(None);
        };
        let locals = self.frame_locals_dict(&object)?;
        Ok(Some((globals, locals)))
    }

    /// Ends the program as CPython does: waits for its threads, calls what is registered with
    /// `atexit`, and stops the threads that nobody waits for. Output is left to be flushed.
    pub fn finish(&mut self) -> PyResult<()> {
        let modules = self.modules.clone();
        let name = self.new_str("threading");
        if let Some(threading) = self.dict_get(&modules, &name)? {
            let shutdown = self.intern("_shutdown");
            if let Some(shutdown) = self.lookup_attr(&threading, &shutdown)? {
                self.ending("on threading shutdown", |vm| {
                    vm.call(&shutdown, &[]).map(drop)
                })?;
            }
        }
        self.ending("on threading shutdown", Self::join_awaited)?;
        crate::modules::run_at_exit(self)?;
        self.end_threads();
        Ok(())
    }

    /// Runs a step of the end; only a budget's end ends that.
    fn ending(
        &mut self,
        doing: &str,
        step: impl FnOnce(&mut Self) -> PyResult<()>,
    ) -> PyResult<()> {
        match step(self) {
            Err(exc) if exc.stop().is_none() => {
                self.unraisable(doing, &exc, None);
                Ok(())
            }
            result => result,
        }
    }

    /// Ends the program: what the modules hold dies, finalizers run.
    pub fn shutdown(&mut self) {
        let modules = self.modules.clone();
        let main = self.names.__main__.clone();
        let mut dicts = Vec::new();
        for (name, module) in modules.payload::<Dict>().items(self) {
            if let Some(module) = module.downcast::<Module>() {
                let at = if name.is(&main) { 0 } else { dicts.len() };
                dicts.insert(at, module.dict.clone());
            }
        }
        let builtins = self.builtins.clone();
        for dict in dicts.into_iter().filter(|d| !d.is(&builtins)) {
            for (key, value) in dict.payload::<Dict>().items(self) {
                if key.is(&self.names.__builtins__) {
                    continue;
                }
                drop(value);
                dict.payload::<Dict>().set_str(self, &key, Ref::none());
                if self.heap.pending {
                    self.pending_now();
                }
            }
        }
        self.collect_garbage();
    }

    /// Writes to standard error, past Python.
    pub(crate) fn write_stderr(&mut self, text: &str) {
        // Nobody is left to tell when that fails.
        let _ = self.host.write(2, text.as_bytes());
    }
}

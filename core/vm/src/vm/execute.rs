//! Running code in namespaces: what embedders, `exec`, imports and cells use.
#![forbid(unsafe_code)]

use std::sync::Arc;

use vitrine_bytecode::code::CodeObject;
use vitrine_bytecode::compile::{CompileOptions, Mode, compile_parsed, parse};
use vitrine_syntax::module::Module as ParsedModule;

use crate::error::PyResult;
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
                self.syntax_warnings(&compiled.warnings, source, options)?;
                Ok(Arc::new(compiled.code))
            }
            Err(error) => {
                self.syntax_warnings(&error.warnings, source, options)?;
                Err(self.compile_error(&error, source, options))
            }
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

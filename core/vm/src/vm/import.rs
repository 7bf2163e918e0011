//! Importing: native modules, the packed library, files through the host.
#![forbid(unsafe_code)]

use std::sync::Arc;

use vitrine_bytecode::code::CodeObject;

use crate::error::{Exc, PyResult};
use crate::object::{Dict, Exception, Kind, List, Module, Ref};
use crate::vm::Vm;

/// The file a module comes from: one of the host's, or of the packed library.
enum Origin {
    File(String),
    Library(String),
}

impl Vm {
    /// The module with this dotted name, imported if need be.
    pub fn import(&mut self, name: &str) -> PyResult<Ref> {
        let key = self.intern(name);
        let modules = self.modules.clone();
        if let Some(module) = self.dict_get(&modules, &key)? {
            if module.is_none() {
                let message = format!("import of {name} halted; None in sys.modules");
                return Err(self.import_error(self.exc.ModuleNotFoundError, message, name));
            }
            return Ok(module);
        }
        self.check_depth("")?;
        let mut path = None;
        if let Some((parent, child)) = name.rsplit_once('.') {
            let package = self.import(parent)?;
            // Importing the parent may have imported the child.
            if let Some(module) = self.dict_get(&modules, &key)? {
                return Ok(module);
            }
            let attr = self.names.__path__.clone();
            path = self.lookup_attr(&package, &attr)?;
            if path.is_none() {
                let message = format!("No module named '{name}'; '{parent}' is not a package");
                return Err(self.import_error(self.exc.ModuleNotFoundError, message, name));
            }
            let module = self.load(name, &key, path)?;
            let child = self.intern(child);
            self.set_attr(&package, &child, &module)?;
            return Ok(module);
        }
        self.load(name, &key, path.take())
    }

    fn load(&mut self, name: &str, key: &Ref, path: Option<Ref>) -> PyResult<Ref> {
        if let Some(module) = self.find_on_meta_path(name, path.as_ref())? {
            return Ok(module);
        }
        if let Some(native) = self.native_modules.iter().find(|m| m.name == name) {
            let init = native.init;
            return self.make_module(name, key, None, None, init);
        }
        if let Some(init) = crate::modules::find(name) {
            return self.make_module(name, key, None, None, init);
        }
        if let Some((code, origin, package)) = self.find_source(name, path.as_ref())? {
            return self.make_module(
                name,
                key,
                Some(Origin::File(origin)),
                package,
                |vm, module| {
                    let dict = module.payload::<Module>().dict.clone();
                    let code = vm.new_code(code);
                    vm.exec_code(&code, &dict, None).map(drop)
                },
            );
        }
        if let Some((code, package)) = self.library.as_ref().and_then(|l| l.find(name)) {
            let origin = code.filename.to_string();
            let package = package.then(|| {
                origin
                    .rsplit_once('/')
                    .map_or(String::new(), |(d, _)| d.to_owned())
            });
            return self.make_module(
                name,
                key,
                Some(Origin::Library(origin)),
                package,
                |vm, module| {
                    let dict = module.payload::<Module>().dict.clone();
                    let code = vm.new_code(code);
                    vm.exec_code(&code, &dict, None).map(drop)
                },
            );
        }
        let message = format!("No module named '{name}'");
        Err(self.import_error(self.exc.ModuleNotFoundError, message, name))
    }

    /// Where a module would come from: the kind of place, its file, whether it is
    /// a package. For `importlib`, which asks before it loads.
    pub(crate) fn find_module(
        &mut self,
        name: &str,
        path: Option<&Ref>,
    ) -> PyResult<Option<(&'static str, Option<String>, bool)>> {
        if crate::modules::find(name).is_some()
            || self.native_modules.iter().any(|m| m.name == name)
        {
            return Ok(Some(("builtin", None, false)));
        }
        if let Some((file, package)) = self.find_file(name, path)? {
            return Ok(Some(("file", Some(file), package)));
        }
        let found = self.library.as_ref().and_then(|library| library.find(name));
        Ok(found.map(|(code, package)| ("library", Some(code.filename.to_string()), package)))
    }

    /// Asks the finders that a program put in `sys.meta_path`; the one of
    /// `importlib` that stands for the machine is not asked.
    fn find_on_meta_path(&mut self, name: &str, path: Option<&Ref>) -> PyResult<Option<Ref>> {
        let (modules, sys) = (self.modules.clone(), self.intern("sys"));
        let Some(sys) = self.dict_get(&modules, &sys)? else {
            return Ok(None);
        };
        let key = self.intern("meta_path");
        let Some(finders) = self.lookup_attr(&sys, &key)? else {
            return Ok(None);
        };
        let Some(finders) = finders.downcast::<List>().map(|l| l.items(self).clone()) else {
            return Ok(None);
        };
        for finder in finders {
            let known = finder
                .as_type()
                .is_some_and(|ty| matches!(&*ty.name(), "MachineImporter" | "PathFinder"));
            let find = self.intern("find_spec");
            if known || self.lookup_attr(&finder, &find)?.is_none() {
                continue;
            }
            let arguments = [
                self.new_str(name),
                path.cloned().unwrap_or_else(Ref::none),
                Ref::none(),
            ];
            let spec = self.call_method(&finder, "find_spec", &arguments)?;
            if !spec.is_none() {
                let bootstrap = self.import("importlib._bootstrap")?;
                return self
                    .call_method(&bootstrap, "_load_unlocked", &[spec])
                    .map(Some);
            }
        }
        Ok(None)
    }

    /// The first file on a path that a module could be in.
    fn find_file(&mut self, name: &str, path: Option<&Ref>) -> PyResult<Option<(String, bool)>> {
        let Some(directories) = self.search_path(path)? else {
            return Ok(None);
        };
        let last = name.rsplit('.').next().unwrap_or(name);
        for directory in directories {
            let directory = self.text_of(&directory);
            let prefix = if directory.is_empty() {
                String::new()
            } else {
                format!("{directory}/")
            };
            for (file, package) in [
                (format!("{prefix}{last}/__init__.py"), true),
                (format!("{prefix}{last}.py"), false),
            ] {
                if self.host.stat(&file).is_ok_and(|stat| !stat.dir) {
                    return Ok(Some((file, package)));
                }
            }
        }
        Ok(None)
    }

    /// A package's path, or `sys.path`.
    fn search_path(&mut self, path: Option<&Ref>) -> PyResult<Option<Vec<Ref>>> {
        if let Some(path) = path {
            return self.collect(path).map(Some);
        }
        let (modules, sys) = (self.modules.clone(), self.intern("sys"));
        let Some(sys) = self.dict_get(&modules, &sys)? else {
            return Ok(None);
        };
        let path = self.names.path.clone();
        match self.lookup_attr(&sys, &path)? {
            Some(list) => self.collect(&list).map(Some),
            None => Ok(None),
        }
    }

    /// Looks for a source file on `sys.path` or a package's path.
    #[allow(clippy::type_complexity)]
    fn find_source(
        &mut self,
        name: &str,
        path: Option<&Ref>,
    ) -> PyResult<Option<(Arc<CodeObject>, String, Option<String>)>> {
        let Some(directories) = self.search_path(path)? else {
            return Ok(None);
        };
        let last = name.rsplit('.').next().unwrap_or(name);
        for directory in directories {
            let directory = self.text_of(&directory);
            let prefix = if directory.is_empty() {
                String::new()
            } else {
                format!("{directory}/")
            };
            for (stem, package) in [
                (format!("{prefix}{last}/__init__"), true),
                (format!("{prefix}{last}"), false),
            ] {
                let source = format!("{stem}.py");
                let (code, file) = match self.host.read_file(&source) {
                    Ok(bytes) => (self.code_of_source(&source, &bytes)?, source),
                    Err(_) => {
                        let file = format!("{stem}.pyc");
                        let Ok(bytes) = self.host.read_file(&file) else {
                            continue;
                        };
                        (self.code_of_pyc(&file, &bytes)?, file)
                    }
                };
                let package = package.then(|| format!("{prefix}{last}"));
                return Ok(Some((code, file, package)));
            }
        }
        Ok(None)
    }

    fn make_module(
        &mut self,
        name: &str,
        key: &Ref,
        origin: Option<Origin>,
        package: Option<String>,
        init: impl FnOnce(&mut Self, &Ref) -> PyResult<()>,
    ) -> PyResult<Ref> {
        let module = self.new_module(name);
        let names = self.names.clone();
        let dict = module.payload::<Module>().dict.clone();
        let parent = if package.is_some() {
            name
        } else {
            name.rsplit_once('.').map_or("", |(p, _)| p)
        };
        let parent = self.new_str(parent);
        self.dict_set(&dict, &names.__package__, parent.clone())?;
        let loader = match &origin {
            Some(Origin::Library(_)) => crate::modules::imp::library_loader(self),
            _ => Ref::none(),
        };
        let origin = origin.map(|(Origin::File(name) | Origin::Library(name))| name);
        let spec = self.new_instance(self.types.simple_namespace);
        for (field, value) in [
            ("name", self.new_str(name)),
            ("loader", loader.clone()),
            (
                "origin",
                match &origin {
                    Some(o) => self.new_str(o),
                    None => self.new_str("built-in"),
                },
            ),
            ("parent", parent),
            ("cached", Ref::none()),
            ("has_location", Ref::bool(origin.is_some())),
            ("submodule_search_locations", Ref::none()),
        ] {
            let field = self.intern(field);
            self.set_attr(&spec, &field, &value)?;
        }
        self.dict_set(&dict, &names.__loader__, loader)?;
        self.dict_set(&dict, &names.__spec__, spec.clone())?;
        if let Some(origin) = &origin {
            let file = self.new_str(origin);
            self.dict_set(&dict, &names.__file__, file)?;
            let builtins = self.builtins_module()?;
            self.dict_set(&dict, &names.__builtins__, builtins)?;
        }
        if let Some(package) = &package {
            let directory = self.new_str(package);
            let path = self.new_list(vec![directory]);
            let field = self.intern("submodule_search_locations");
            self.set_attr(&spec, &field, &path)?;
            self.dict_set(&dict, &names.__path__, path)?;
        }
        let modules = self.modules.clone();
        self.dict_set(&modules, key, module.clone())?;
        if let Err(exc) = init(self, &module) {
            drop(modules.payload::<Dict>().remove(self, key)?);
            return Err(exc);
        }
        // A module may put another object in its place.
        Ok(self.dict_get(&modules, key)?.unwrap_or(module))
    }

    /// The module `builtins`.
    pub(crate) fn builtins_module(&mut self) -> PyResult<Ref> {
        let (modules, key) = (self.modules.clone(), self.names.builtins.clone());
        if let Some(module) = self.dict_get(&modules, &key)? {
            return Ok(module);
        }
        let module = self.new_object(
            self.types.module,
            Module {
                dict: self.builtins.clone(),
            },
        );
        let builtins = self.builtins.clone();
        let names = self.names.clone();
        self.dict_set(&builtins, &names.__name__, names.builtins.clone())?;
        self.dict_set(&modules, &key, module.clone())?;
        Ok(module)
    }

    fn import_error(&mut self, ty: crate::object::Ty, message: String, name: &str) -> Exc {
        let exc = self.new_exc(ty, &message);
        let (message, name) = (self.new_str(&message), self.new_str(name));
        let payload = exc.value().payload::<Exception>();
        payload.set_field(self, 0, Some(message));
        payload.set_field(self, 1, Some(name));
        exc
    }

    /// `IMPORT_NAME`: through `__import__` if the program replaced it.
    pub(crate) fn import_name(&mut self, name: &Ref, from: &Ref, level: &Ref) -> PyResult<Ref> {
        let frame = self.exec.frames.last().expect("a frame");
        let (globals, locals) = (frame.function().globals.clone(), frame.locals.clone());
        let builtins = frame.function().builtins.clone();
        let key = self.names.__import__.clone();
        let Some(import) = self.dict_get(&builtins, &key)? else {
            return Err(self.new_exc(self.exc.ImportError, "__import__ not found"));
        };
        let native = import
            .downcast::<crate::object::Builtin>()
            .is_some_and(|b| b.def.name == "__import__");
        if native {
            let level = self.int_i64(level).unwrap_or(0);
            return self.import_call(&self.text_of(name), &globals, from, level);
        }
        let locals = locals.unwrap_or_else(Ref::none);
        self.call(
            &import,
            &[name.clone(), globals, locals, from.clone(), level.clone()],
        )
    }

    /// `__import__`
    pub(crate) fn import_call(
        &mut self,
        name: &str,
        globals: &Ref,
        from: &Ref,
        level: i64,
    ) -> PyResult<Ref> {
        let full = if level > 0 {
            self.resolve(name, globals, level)?
        } else {
            name.to_owned()
        };
        if full.is_empty() {
            return Err(self.value_error("Empty module name"));
        }
        let module = self.import(&full)?;
        if !self.is_true(from)? {
            if level == 0 {
                let first = full.split('.').next().unwrap_or(&full).to_owned();
                return if first == full {
                    Ok(module)
                } else {
                    self.import(&first)
                };
            }
            if name.is_empty() {
                return Ok(module);
            }
            let cut = name
                .split('.')
                .next()
                .map_or(0, |first| name.len() - first.len());
            let top = full[..full.len() - cut].to_owned();
            return self.import(&top);
        }
        // `from package import submodule`
        let path = self.names.__path__.clone();
        if self.lookup_attr(&module, &path)?.is_some() {
            for item in self.collect(from)? {
                let text = self.text_of(&item);
                if text == "*" {
                    let all = self.names.__all__.clone();
                    if let Some(all) = self.lookup_attr(&module, &all)? {
                        for item in self.collect(&all)? {
                            self.import_submodule(&module, &full, &item)?;
                        }
                    }
                    continue;
                }
                self.import_submodule(&module, &full, &item)?;
            }
        }
        Ok(module)
    }

    fn import_submodule(&mut self, module: &Ref, full: &str, name: &Ref) -> PyResult<()> {
        let name = self.intern_ref(name);
        if self.lookup_attr(module, &name)?.is_some() {
            return Ok(());
        }
        let submodule = format!("{full}.{}", self.text_of(&name));
        match self.import(&submodule) {
            Ok(_) => Ok(()),
            Err(exc) if self.exc_is(&exc, self.exc.ModuleNotFoundError) => {
                let missing = exc.value().payload::<Exception>().field(self, 1);
                if missing.is_some_and(|m| self.text_of(&m) == submodule) {
                    Ok(())
                } else {
                    Err(exc)
                }
            }
            Err(exc) => Err(exc),
        }
    }

    /// The absolute name of a relative import.
    fn resolve(&mut self, name: &str, globals: &Ref, level: i64) -> PyResult<String> {
        let names = self.names.clone();
        let package = match self.dict_get(globals, &names.__package__)? {
            Some(package) if package.as_str().is_some() => self.text_of(&package),
            _ => {
                let Some(module) = self.dict_get(globals, &names.__name__)? else {
                    return Err(self.new_exc(self.exc.KeyError, "'__name__' not in globals"));
                };
                let module = self.text_of(&module);
                if self.dict_get(globals, &names.__path__)?.is_some() {
                    module
                } else {
                    module
                        .rsplit_once('.')
                        .map_or(String::new(), |(p, _)| p.to_owned())
                }
            }
        };
        if package.is_empty() {
            return Err(self.new_exc(
                self.exc.ImportError,
                "attempted relative import with no known parent package",
            ));
        }
        let mut base = package.as_str();
        for _ in 1..level {
            match base.rsplit_once('.') {
                Some((parent, _)) => base = parent,
                None => {
                    return Err(self.new_exc(
                        self.exc.ImportError,
                        "attempted relative import beyond top-level package",
                    ));
                }
            }
        }
        Ok(if name.is_empty() {
            base.to_owned()
        } else {
            format!("{base}.{name}")
        })
    }

    /// `IMPORT_FROM`
    pub(crate) fn import_from(&mut self, module: &Ref, name: &Ref) -> PyResult<Ref> {
        if let Some(value) = self.lookup_attr(module, name)? {
            return Ok(value);
        }
        let names = self.names.clone();
        let text = self.text_of(name);
        let package = self
            .lookup_attr(module, &names.__name__)?
            .filter(|n| n.as_str().is_some());
        if let Some(package) = &package {
            let full = format!("{}.{text}", self.text_of(package));
            let (key, modules) = (self.intern(&full), self.modules.clone());
            if let Some(found) = self.dict_get(&modules, &key)? {
                return Ok(found);
            }
        }
        let shown = package
            .as_ref()
            .map_or_else(|| "<unknown module name>".to_owned(), |p| self.text_of(p));
        let file = match self.lookup_attr(module, &names.__file__)? {
            Some(file) if file.as_str().is_some() => self.text_of(&file),
            _ => "unknown location".to_owned(),
        };
        let message = format!("cannot import name '{text}' from '{shown}' ({file})");
        let exc = self.import_error(self.exc.ImportError, message, &shown);
        exc.value()
            .payload::<Exception>()
            .set_field(self, 3, Some(name.clone()));
        Err(exc)
    }

    /// `from module import *`
    pub(crate) fn import_star(&mut self, module: &Ref, locals: &Ref) -> PyResult<()> {
        let names = self.names.clone();
        let (list, all) = match self.lookup_attr(module, &names.__all__)? {
            Some(list) => (self.collect(&list)?, true),
            None => {
                let Some(dict) = self.lookup_attr(module, &names.__dict__)? else {
                    return Err(self.new_exc(
                        self.exc.ImportError,
                        "from-import-* object has no __dict__ and no __all__",
                    ));
                };
                (self.collect(&dict)?, false)
            }
        };
        for name in list {
            let Some(text) = name.as_str() else {
                let given = self.type_of(&name).name();
                return Err(self.type_error(format!("Item in __all__ must be str, not {given}")));
            };
            if !all && text.text().get(0) == Some(u32::from(b'_')) {
                continue;
            }
            let name = self.intern_ref(&name);
            let value = self.get_attr(module, &name)?;
            if locals.kind() == Some(Kind::Dict) {
                self.dict_set(locals, &name, value)?;
            } else {
                self.set_item(locals, &name, &value)?;
            }
        }
        Ok(())
    }
}

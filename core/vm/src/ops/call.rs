//! Calling.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::object::{Args, BoundMethod, Builtin, Dict, Flavor, MethodDescr, Ref, Ty};
use crate::vm::Vm;

impl Vm {
    /// `f(*args)`
    pub fn call(&mut self, f: &Ref, args: &[Ref]) -> PyResult<Ref> {
        self.call_args(f, Args::from_refs(args, &[]))
    }

    /// `f(*args, **kwargs)`: the last arguments are named by `kwnames`.
    pub fn call_kw(&mut self, f: &Ref, args: &[Ref], kwnames: &[Ref]) -> PyResult<Ref> {
        self.call_args(f, Args::from_refs(args, kwnames))
    }

    /// A call with its arguments as written.
    pub fn call_args(&mut self, f: &Ref, args: Args<'_>) -> PyResult<Ref> {
        let ty = self.type_of(f);
        match ty.slot(|s| s.call) {
            Some(call) => {
                self.check_depth("")?;
                call(self, f, args)
            }
            None => Err(self.type_error(format!("'{}' object is not callable", ty.name()))),
        }
    }

    /// `f(*args, **kwargs)` with the keywords in a dict.
    pub fn call_dict(&mut self, f: &Ref, args: &[Ref], kwargs: Option<&Ref>) -> PyResult<Ref> {
        let Some(kwargs) = kwargs else {
            return self.call(f, args);
        };
        let mut all = args.to_vec();
        let mut names = Vec::new();
        for (key, value) in kwargs.payload::<Dict>().items(self) {
            if key.as_str().is_none() {
                return Err(self.type_error("keywords must be strings"));
            }
            names.push(key);
            all.push(value);
        }
        self.call_kw(f, &all, &names)
    }

    /// `object.name(*args)`
    pub fn call_method(&mut self, object: &Ref, name: &str, args: &[Ref]) -> PyResult<Ref> {
        let name = self.intern(name);
        let f = self.get_attr(object, &name)?;
        self.call(&f, args)
    }

    /// Whether `callable(f)`.
    pub fn is_callable(&self, f: &Ref) -> bool {
        self.type_of(f).slot(|s| s.call.is_some())
    }

    /// The arguments with one more in front.
    pub(crate) fn prepend(first: &Ref, args: Args<'_>) -> Vec<Ref> {
        let mut all = Vec::with_capacity(args.len() + 1);
        all.push(first.clone());
        all.extend((0..args.len()).filter_map(|i| args.get(i)).cloned());
        all
    }
}

/// The `call` slot of `builtin_function_or_method`.
pub(crate) fn call_builtin(vm: &mut Vm, f: &Ref, args: Args<'_>) -> PyResult<Ref> {
    let builtin: &Builtin = f.payload();
    if builtin.pass_this {
        let this = builtin.this.as_ref().expect("bound");
        let all = Vm::prepend(this, args);
        return call_bound(vm, builtin, Args::from_refs(&all, args.kwnames()));
    }
    call_bound(vm, builtin, args)
}

fn call_bound(vm: &mut Vm, builtin: &Builtin, args: Args<'_>) -> PyResult<Ref> {
    let Some(signature) = &builtin.signature else {
        return (builtin.def.call)(vm, args);
    };
    if args.kwnames().is_empty() && signature.fits(args.len()) {
        return (builtin.def.call)(vm, args);
    }
    let name = match (&builtin.this, builtin.owner) {
        (Some(this), None) if builtin.pass_this => {
            let ty = this.as_type().unwrap_or_else(|| vm.type_of(this));
            format!("{}.{}", ty.name(), builtin.def.name)
        }
        (_, Some(owner)) if builtin.flavor() != Flavor::Method => {
            format!("{}.{}", owner.name(), builtin.def.name)
        }
        _ => builtin.def.name.to_owned(),
    };
    let bound = signature.bind(vm, &name, args)?;
    (builtin.def.call)(vm, Args::new(&bound, &[]))
}

/// The `call` slot of `method_descriptor`: `self` comes first.
pub(crate) fn call_method_descr(vm: &mut Vm, f: &Ref, args: Args<'_>) -> PyResult<Ref> {
    let descr: &MethodDescr = f.payload();
    let Some(this) = args.get(0).filter(|_| !args.positional().is_empty()) else {
        let (owner, name) = (descr.owner.name(), descr.def.name);
        return Err(vm.type_error(format!("unbound method {owner}.{name}() needs an argument")));
    };
    check_self(vm, descr.owner, descr.def.name, descr.def.flavor, this)?;
    let Some(signature) = &descr.signature else {
        return (descr.def.call)(vm, args);
    };
    if args.kwnames().is_empty() && signature.fits(args.len()) {
        return (descr.def.call)(vm, args);
    }
    let name = format!("{}.{}", descr.owner.name(), descr.def.name);
    let bound = signature.bind(vm, &name, args)?;
    (descr.def.call)(vm, Args::new(&bound, &[]))
}

/// Checks what a descriptor of a native type is applied to.
pub(crate) fn check_self(
    vm: &mut Vm,
    owner: Ty,
    name: &str,
    flavor: Flavor,
    this: &Ref,
) -> PyResult<()> {
    let fits = match flavor {
        Flavor::Class => this.as_type().is_some_and(|t| t.is_subtype(owner)),
        _ => vm.type_of(this).is_subtype(owner),
    };
    if fits {
        return Ok(());
    }
    let given = vm.type_of(this).name();
    Err(vm.type_error(format!(
        "descriptor '{name}' for '{}' objects doesn't apply to a '{given}' object",
        owner.name()
    )))
}

/// The `call` slot of `method`.
pub(crate) fn call_bound_method(vm: &mut Vm, f: &Ref, args: Args<'_>) -> PyResult<Ref> {
    let method: &BoundMethod = f.payload();
    let all = Vm::prepend(&method.this, args);
    vm.call_args(&method.func, Args::from_refs(&all, args.kwnames()))
}

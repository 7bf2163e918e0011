//! Binding a call's arguments to a Python function's parameters.
#![forbid(unsafe_code)]

use vitrine_bytecode::code::CodeFlags;

use crate::error::{Exc, PyResult};
use crate::interp::code::{Code, Function};
use crate::object::{Dict, Ref};
use crate::vm::Vm;

impl Vm {
    /// The values of all parameters, in the order of the fast locals.
    pub(crate) fn bind(
        &mut self,
        func: &Ref,
        args: Vec<Ref>,
        kwnames: &[Ref],
    ) -> PyResult<Vec<Ref>> {
        let parameters = func.payload::<Function>().code().parameters;
        let mut args: Vec<Option<Ref>> = args.into_iter().map(Some).collect();
        let mut slots: Vec<Option<Ref>> = Vec::new();
        slots.resize_with(parameters, || None);
        self.bind_slots(func, &mut args, kwnames, &mut slots)?;
        Ok(slots.into_iter().flatten().collect())
    }

    /// The same with all arguments there, taken from where they are; `slots` are the function's
    /// parameters, empty before and all filled after.
    pub(super) fn bind_slots(
        &mut self,
        func: &Ref,
        args: &mut [Option<Ref>],
        kwnames: &[Ref],
        slots: &mut [Option<Ref>],
    ) -> PyResult<()> {
        let f: &Function = func.payload();
        let code = f.code();
        let data = &code.data;
        let (argcount, kwonly) = (data.argcount as usize, data.kwonlyargcount as usize);
        let total = argcount + kwonly;
        let npos = args.len() - kwnames.len();
        let (positional, named) = args.split_at_mut(npos);
        let (direct, rest) = positional.split_at_mut(npos.min(argcount));
        for (slot, arg) in slots.iter_mut().zip(direct) {
            *slot = arg.take();
        }
        let varargs = code.has(CodeFlags::VARARGS);
        if varargs {
            let rest = rest.iter_mut().filter_map(Option::take).collect();
            slots[total] = Some(self.new_tuple(rest));
        }
        let kwdict = code.has(CodeFlags::VARKEYWORDS).then(|| self.new_dict());
        for (name, value) in kwnames
            .iter()
            .zip(named.iter_mut().filter_map(Option::take))
        {
            let at = self.parameter(code, name);
            match at {
                Some(at) => {
                    if slots[at].is_some() {
                        let (f, n) = (self.function_name(func), self.text_of(name));
                        return Err(self
                            .type_error(format!("{f}() got multiple values for argument '{n}'")));
                    }
                    slots[at] = Some(value);
                }
                None => match &kwdict {
                    Some(dict) => self.dict_set(dict, name, value)?,
                    None => return Err(self.unexpected_keyword(func, name, kwnames)),
                },
            }
        }
        if npos > argcount && !varargs {
            return Err(self.too_many(func, npos, slots));
        }
        if npos < argcount {
            let defaults = f.defaults.get();
            let defaults = defaults
                .as_ref()
                .and_then(Ref::as_tuple)
                .map_or(&[][..], |t| t);
            let first = argcount - defaults.len().min(argcount);
            let missing: Vec<usize> = (npos..first).filter(|i| slots[*i].is_none()).collect();
            if !missing.is_empty() {
                return Err(self.missing(func, &missing, "positional"));
            }
            let from = first.max(npos);
            for (i, slot) in slots[..argcount].iter_mut().enumerate().skip(from) {
                if slot.is_none() {
                    *slot = Some(defaults[i - first].clone());
                }
            }
        }
        if kwonly > 0 {
            let kwdefaults = f.kwdefaults.get();
            let mut missing = Vec::new();
            for (i, slot) in slots.iter_mut().enumerate().take(total).skip(argcount) {
                if slot.is_some() {
                    continue;
                }
                let default = match &kwdefaults {
                    Some(dict) => dict.payload::<Dict>().get(self, &code.varnames[i])?,
                    None => None,
                };
                match default {
                    Some(value) => *slot = Some(value),
                    None => missing.push(i),
                }
            }
            if !missing.is_empty() {
                return Err(self.missing(func, &missing, "keyword-only"));
            }
        }
        if let Some(dict) = kwdict {
            slots[total + usize::from(varargs)] = Some(dict);
        }
        Ok(())
    }

    fn parameter(&mut self, code: &Code, name: &Ref) -> Option<usize> {
        let data = &code.data;
        let range = data.posonlyargcount as usize..(data.argcount + data.kwonlyargcount) as usize;
        let names = &code.varnames[range.clone()];
        let at = names.iter().position(|n| n.is(name)).or_else(|| {
            let name = name.as_str()?;
            names
                .iter()
                .position(|n| n.as_str().is_some_and(|n| n.same_text(name)))
        })?;
        Some(range.start + at)
    }

    fn function_name(&self, func: &Ref) -> String {
        func.payload::<Function>()
            .qualname
            .get()
            .map(|q| self.text_of(&q))
            .unwrap_or_default()
    }

    fn unexpected_keyword(&mut self, func: &Ref, name: &Ref, kwnames: &[Ref]) -> Exc {
        let f: &Function = func.payload();
        let code = f.code();
        let fname = self.function_name(func);
        let posonly = code.data.posonlyargcount as usize;
        let positional: Vec<String> = kwnames
            .iter()
            .filter(|k| {
                code.varnames[..posonly].iter().any(|v| {
                    v.as_str()
                        .zip(k.as_str())
                        .is_some_and(|(a, b)| a.same_text(b))
                })
            })
            .map(|k| self.text_of(k))
            .collect();
        if !positional.is_empty() {
            return self.type_error(format!(
                "{fname}() got some positional-only arguments passed as keyword arguments: '{}'",
                positional.join(", ")
            ));
        }
        let text = self.text_of(name);
        let total = (code.data.argcount + code.data.kwonlyargcount) as usize;
        let names: Vec<String> = code.varnames[posonly..total]
            .iter()
            .map(|n| self.text_of(n))
            .collect();
        let hint = crate::suggest::closest(&text, &names)
            .map_or(String::new(), |h| format!(". Did you mean '{h}'?"));
        self.type_error(format!(
            "{fname}() got an unexpected keyword argument '{text}'{hint}"
        ))
    }

    fn missing(&mut self, func: &Ref, missing: &[usize], kind: &str) -> Exc {
        let f: &Function = func.payload();
        let names: Vec<String> = missing
            .iter()
            .map(|i| format!("'{}'", self.text_of(&f.code().varnames[*i])))
            .collect();
        let list = match names.as_slice() {
            [one] => one.clone(),
            [a, b] => format!("{a} and {b}"),
            [head @ .., last] => format!("{}, and {last}", head.join(", ")),
            [] => String::new(),
        };
        let s = if names.len() == 1 { "" } else { "s" };
        let fname = self.function_name(func);
        self.type_error(format!(
            "{fname}() missing {} required {kind} argument{s}: {list}",
            names.len()
        ))
    }

    fn too_many(&mut self, func: &Ref, given: usize, slots: &[Option<Ref>]) -> Exc {
        let f: &Function = func.payload();
        let code = f.code();
        let argcount = code.data.argcount as usize;
        let kwonly = code.data.kwonlyargcount as usize;
        let kwonly_given = (argcount..argcount + kwonly)
            .filter(|i| slots[*i].is_some())
            .count();
        let defaults = f
            .defaults
            .get()
            .and_then(|d| d.as_tuple().map(|t| t.len()))
            .unwrap_or(0);
        let (takes, plural) = if defaults > 0 {
            (format!("from {} to {argcount}", argcount - defaults), true)
        } else {
            (argcount.to_string(), argcount != 1)
        };
        let kwonly_text = if kwonly_given > 0 {
            let s = |n: usize| if n == 1 { "" } else { "s" };
            format!(
                " positional argument{} (and {kwonly_given} keyword-only argument{})",
                s(given),
                s(kwonly_given)
            )
        } else {
            String::new()
        };
        let fname = self.function_name(func);
        let were = if given == 1 && kwonly_given == 0 {
            "was"
        } else {
            "were"
        };
        self.type_error(format!(
            "{fname}() takes {takes} positional argument{} but {given}{kwonly_text} {were} given",
            if plural { "s" } else { "" }
        ))
    }
}

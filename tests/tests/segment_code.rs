//! A segment's nested code is a function of its own text and a few facts: what
//! it compiles to alone is what it compiles to within its file, lines apart.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::sync::Arc;

use vitrine_bytecode::code::{CodeFlags, CodeObject, Const};
use vitrine_bytecode::compile::{CompileOptions, Mode, compile_module, compile_segment, parse};
use vitrine_bytecode::target::Target;
use vitrine_scope::{ModuleFacts, ModuleScopes, SegmentScopes};
use vitrine_tests::corpus;
use vitrine_tests::oracle::Oracle;

fn nested(code: &CodeObject) -> impl Iterator<Item = &Arc<CodeObject>> {
    code.consts.iter().filter_map(|value| match value {
        Const::Code(code) => Some(code),
        _ => None,
    })
}

/// Whether two code objects differ only in that one begins `lines` later.
fn same(alone: &CodeObject, within: &CodeObject, lines: u32) -> bool {
    let constants = |code: &CodeObject| {
        let plain = code
            .consts
            .iter()
            .filter(|value| !matches!(value, Const::Code(_)));
        plain.cloned().collect::<Vec<_>>()
    };
    // A class's body has its first line among its constants.
    let is_class = within.flags & CodeFlags::OPTIMIZED == 0;
    alone.firstlineno + lines == within.firstlineno
        && alone.qualname == within.qualname
        && alone.flags == within.flags
        && alone.names == within.names
        && alone.localsplusnames == within.localsplusnames
        && alone.localspluskinds == within.localspluskinds
        && alone.stacksize == within.stacksize
        && (is_class
            || alone.code == within.code
                && alone.linetable == within.linetable
                && alone.exceptiontable == within.exceptiontable
                && constants(alone) == constants(within))
        && nested(alone).count() == nested(within).count()
        && nested(alone)
            .zip(nested(within))
            .all(|(alone, within)| same(alone, within, lines))
}

/// The first definition of a file whose code depends on the rest of the file.
fn first_difference(text: &str, target: Target) -> Option<String> {
    let options = CompileOptions {
        target,
        ..CompileOptions::default()
    };
    let module = parse(text, Mode::Exec);
    // Annotations of module variables are evaluated by one function for the whole file.
    let own = |code: &&Arc<CodeObject>| &*code.name != "__annotate__";
    let whole = compile_module(&module, &options).ok()?.code;
    let mut within = nested(&whole).filter(own);
    let mut future =
        ModuleScopes::future(module.segments.iter().map(|segment| &segment.parsed.tree));
    future.annotates_at_once = target.annotates_at_once();
    let scopes: Vec<_> = module
        .segments
        .iter()
        .map(|segment| SegmentScopes::build(&segment.parsed.tree, future))
        .collect();
    let trees = module.segments.iter().map(|segment| &segment.parsed.tree);
    let facts = ModuleFacts {
        future,
        ..ModuleScopes::merge(trees.zip(&scopes)).facts()
    };
    for (segment, scopes) in module.segments.iter().zip(&scopes) {
        let alone = ModuleScopes::of_segment(&segment.parsed.tree, scopes, &facts);
        let alone = compile_segment(&segment.parsed, scopes, &alone, &options);
        let Ok(alone) = alone else {
            return Some(format!(
                "line {} does not compile alone",
                segment.first_line + 1
            ));
        };
        for alone in nested(&alone.code).filter(own) {
            match within.next() {
                Some(within) if same(alone, within, segment.first_line) => {}
                _ => {
                    return Some(format!(
                        "{} in line {}",
                        alone.qualname,
                        alone.firstlineno + segment.first_line
                    ));
                }
            }
        }
    }
    within
        .next()
        .map(|code| format!("{} stands in no segment", code.qualname))
}

#[test]
fn segments_compile_alone() {
    for text in [
        "",
        "import os\ndef f(): return os.path.join(1)\n\nclass C:\n    def g(self): return super().g()\n",
        "def f(x): return x.y()\n\n\n@f\ndef g(): pass\nx = [lambda: i for i in y]\n",
        "from __future__ import annotations\ndef f(a: int): pass\nx: int = 1\n",
        "super = 1\nclass C:\n    def g(self): return super().g()\n",
        "if x:\n    y: int = 1\ndef f(a: int): return [b for b in a]\nclass C:\n    z: y\n",
    ] {
        for target in Target::ALL {
            assert_eq!(first_difference(text, target), None, "{text}");
        }
    }
    let Some(oracle) = Oracle::find() else { return };
    let files = corpus::python_files(oracle.library());
    let differences = corpus::in_parallel(&files, |path| {
        let text = fs::read_to_string(path).ok()?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        // The passes are the same ones: of other targets each eighth file will do.
        let is_sample = path.as_os_str().len() % 8 == 0;
        let targets = Target::ALL.into_iter();
        let targets = targets.filter(|&target| target == Target::default() || is_sample);
        let differs = |target| {
            let found = first_difference(text, target)?;
            Some(format!("{} for {}: {found}", path.display(), target.name()))
        };
        Some(targets.filter_map(differs).collect::<Vec<_>>())
    });
    let differences: Vec<_> = differences.into_iter().flatten().flatten().collect();
    assert!(
        differences.is_empty(),
        "{} differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

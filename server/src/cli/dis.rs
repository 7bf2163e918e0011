//! `dis`: the bytecode of a source or `.pyc` file, as CPython shows it and beyond.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Value, json};
use similar::{Algorithm, DiffTag, capture_diff_slices};
use vitrine_bytecode::code::{CodeObject, Const};
use vitrine_bytecode::compile::{CompileOptions, Mode, StageTexts, stages};
use vitrine_bytecode::dis::{self, Annotations};
use vitrine_bytecode::opcode::Opcode;
use vitrine_bytecode::target::Target;

use super::args::{Dis, Stage};
use super::failure::Failure;
use super::input::{SourceBytes, SourceText, pyc_to_show, read_file};
use super::inspect::{compiled, parsed_for, print};

/// What is disassembled: code, and its source if there is one.
struct Subject {
    code: CodeObject,
    /// The version it was made for.
    target: Target,
    source: Option<SourceText>,
}

pub(super) fn dis(args: &Dis) -> Result<(), Failure> {
    if let Some(stage) = args.stage {
        return print_stage(args, stage);
    }
    let file = args.input.read()?;
    let other = args
        .diff
        .as_deref()
        .map(|other| other_subject(args, &file, other));
    let subject = subject(file, args.optimize, args.target)?;
    if let Some(other) = other {
        return diff(args, &subject, &other?);
    }
    let codes = chosen(&subject.code, args.function.as_deref())?;
    if args.json {
        let shown: Vec<Value> = codes
            .iter()
            .map(|code| code_json(code, args.stack, subject.target))
            .collect();
        return match &*shown {
            [one] => print(&one.to_string()),
            all => print(&Value::from(all).to_string()),
        };
    }
    if args.stack || args.source || args.explain {
        return annotated(args, &subject, &codes);
    }
    let options = dis::Options {
        show_caches: args.show_caches,
        show_offsets: args.show_offsets,
        show_positions: args.show_positions,
        adaptive: args.specialized,
        target: subject.target,
    };
    let texts: Vec<String> = codes
        .iter()
        .map(|code| dis::disassemble(code, options))
        .collect();
    let text = texts.join("\n");
    print(text.strip_suffix('\n').unwrap_or(&text))
}

fn subject(file: SourceBytes, optimize: u8, target: Option<Target>) -> Result<Subject, Failure> {
    if let Some((made_for, code)) = pyc_to_show(&file)? {
        if let Some(target) = target.filter(|&target| target != made_for) {
            return Err(Failure::of_command(format_args!(
                "'{}' was made by Python {}: --target {} needs the source",
                file.name,
                made_for.name(),
                target.name()
            )));
        }
        return Ok(Subject {
            code,
            target: made_for,
            source: None,
        });
    }
    let source = file.decode_for_compile()?;
    let target = target.unwrap_or_default();
    let module = parsed_for(&source, Mode::Exec, target)?;
    let code = compiled(&source, &module, Mode::Exec, optimize, target)?;
    Ok(Subject {
        code,
        target,
        source: Some(source),
    })
}

/// The other side of `--diff`: the same source at another optimization level or for another
/// version, or a file.
fn other_subject(args: &Dis, file: &SourceBytes, other: &str) -> Result<Subject, Failure> {
    let path = Path::new(other);
    if path.exists() {
        return subject(read_file(path)?, args.optimize, args.target);
    }
    match (other, Target::from_name(other)) {
        ("0" | "1" | "2", _) => {
            let level = other.parse().unwrap_or_default();
            subject(file.clone(), level, args.target)
        }
        (_, Some(target)) => subject(file.clone(), args.optimize, Some(target)),
        _ => subject(read_file(path)?, args.optimize, args.target),
    }
}

/// The code objects to show: the whole, or those with a name.
fn chosen<'a>(
    code: &'a CodeObject,
    function: Option<&str>,
) -> Result<Vec<&'a CodeObject>, Failure> {
    let Some(name) = function else {
        return Ok(vec![code]);
    };
    let all = all_of(code);
    let found: Vec<&CodeObject> = all
        .iter()
        .copied()
        .filter(|code| *code.qualname == *name)
        .collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let names: Vec<&str> = all.iter().map(|code| &*code.qualname).collect();
    Err(Failure::in_source(format!(
        "vitrine: no code object is named '{name}'; there are: {}",
        names.join(", ")
    )))
}

/// A code object and all those in its constants, in the order `dis` shows them.
fn all_of(code: &CodeObject) -> Vec<&CodeObject> {
    let mut all = Vec::new();
    let mut pending = vec![code];
    while let Some(code) = pending.pop() {
        all.push(code);
        pending.extend(code.consts.iter().rev().filter_map(|value| match value {
            Const::Code(code) => Some(&**code),
            _ => None,
        }));
    }
    all
}

fn annotated(args: &Dis, subject: &Subject, codes: &[&CodeObject]) -> Result<(), Failure> {
    let source = match (&subject.source, args.source) {
        (Some(source), true) => Some(source.text.as_str()),
        (None, true) => {
            return Err(Failure::of_command(
                "--source needs a source file: a .pyc file does not hold the text",
            ));
        }
        (_, false) => None,
    };
    let annotations = Annotations {
        source,
        stack: args.stack,
        explain: args.explain,
        target: subject.target,
    };
    // One function is shown alone, a file with all that is in it.
    let all: Vec<&CodeObject> = match codes {
        [module] if args.function.is_none() => all_of(module),
        codes => codes.to_vec(),
    };
    let texts: Vec<String> = all
        .iter()
        .map(|code| dis::annotate(code, annotations))
        .collect();
    let text = texts.join("\n");
    print(text.strip_suffix('\n').unwrap_or(&text))
}

/// `--stage`: the code between two passes.
fn print_stage(args: &Dis, stage: Stage) -> Result<(), Failure> {
    let file = args.input.read()?;
    if pyc_to_show(&file)?.is_some() {
        return Err(Failure::of_command(
            "--stage needs a source file: a .pyc file went through all stages",
        ));
    }
    let source = file.decode_for_compile()?;
    let target = args.target.unwrap_or_default();
    let module = parsed_for(&source, Mode::Exec, target)?;
    let options = CompileOptions {
        filename: source.name.as_str().into(),
        optimize: args.optimize,
        target,
        ..CompileOptions::default()
    };
    let mut units = stages(&module, &options).map_err(|error| source.failure(&error))?;
    // The module first, as `dis` has it.
    units.reverse();
    if let Some(name) = &args.function {
        units.retain(|unit| *unit.qualname == **name);
        if units.is_empty() {
            return Err(Failure::in_source(format!(
                "vitrine: no code object is named '{name}'"
            )));
        }
    }
    let text_of = |unit: &StageTexts| {
        let text = match stage {
            Stage::Codegen => &unit.codegen,
            Stage::Cfg => &unit.cfg,
            Stage::Optimized => &unit.optimized,
            Stage::Final => &unit.finished,
        };
        format!("{}:\n{text}", unit.qualname)
    };
    let texts: Vec<String> = units.iter().map(text_of).collect();
    let text = texts.join("\n");
    print(text.strip_suffix('\n').unwrap_or(&text))
}

/// Instructions of both sides, `-` and `+` before those that only one has. Offsets and
/// labels are left out, so that what merely moved is no difference.
fn diff(args: &Dis, ours: &Subject, other: &Subject) -> Result<(), Failure> {
    let named = |code| {
        let mut all: Vec<&CodeObject> = all_of(code);
        if let Some(name) = &args.function {
            all.retain(|code| *code.qualname == **name);
        }
        all
    };
    let (target, other_target) = (ours.target, other.target);
    let (ours, mut others) = (named(&ours.code), named(&other.code));
    let mut out = String::new();
    let mut show = |old: Option<&CodeObject>, new: Option<&CodeObject>| {
        let name = old.or(new).map_or("", |code| &code.qualname);
        let (old, new) = (
            old.map_or_else(Vec::new, |code| lines(code, target)),
            new.map_or_else(Vec::new, |code| lines(code, other_target)),
        );
        let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
        if ops.iter().all(|op| op.tag() == DiffTag::Equal) {
            return;
        }
        out += &format!("{name}:\n");
        for op in ops {
            let (before, after) = (&old[op.old_range()], &new[op.new_range()]);
            let (sign, before, after) = match op.tag() {
                DiffTag::Equal => (' ', before, &[][..]),
                _ => ('-', before, after),
            };
            for line in before {
                out += &format!("{sign} {line}\n");
            }
            for line in after {
                out += &format!("+ {line}\n");
            }
        }
    };
    for code in ours {
        let same = others
            .iter()
            .position(|other| other.qualname == code.qualname);
        let other = same.map(|index| others.remove(index));
        show(Some(code), other);
    }
    for code in others {
        show(None, Some(code));
    }
    if out.is_empty() {
        return Ok(());
    }
    print(out.trim_end_matches('\n'))
}

/// An instruction a line, without what depends on its place.
fn lines(code: &CodeObject, target: Target) -> Vec<String> {
    let line = |instruction: dis::Instruction| {
        let argument = match (instruction.arg, instruction.opcode) {
            (None, _) => String::new(),
            (Some(_), Some(opcode)) if opcode.has_jump() => String::new(),
            // Addresses differ from run to run.
            (Some(_), _) if instruction.argrepr.starts_with("<code object ") => {
                let name = instruction.argrepr.split(" at 0x").next();
                format!(" ({}>)", name.unwrap_or_default())
            }
            (Some(_), _) if !instruction.argrepr.is_empty() => {
                format!(" ({})", instruction.argrepr)
            }
            (Some(arg), _) => format!(" {arg}"),
        };
        format!("{}{argument}", instruction.opname)
    };
    let shown = dis::instructions(code, target).into_iter();
    shown
        .filter(|instruction| instruction.opcode != Some(Opcode::EXTENDED_ARG))
        .map(line)
        .collect()
}

/// A code object and those among its constants, as data. Lines count from 1,
/// columns from 0, in bytes, as `dis` has them.
fn code_json(code: &CodeObject, symbolic: bool, target: Target) -> Value {
    let contents = if symbolic {
        dis::stack_contents(code, target)
    } else {
        HashMap::new()
    };
    let instructions = dis::instructions(code, target)
        .into_iter()
        .map(|instruction| {
            let loc = instruction.loc;
            let positions = [loc.line, loc.end_line, loc.column, loc.end_column];
            let positions = positions.map(|number| (number >= 0).then_some(number));
            let mut shown = json!({
                "offset": instruction.offset,
                "opname": instruction.opname,
                "opcode": instruction.opcode.map(|opcode| target.number(opcode)),
                "arg": instruction.arg,
                "argrepr": instruction.argrepr,
                "starts_line": instruction.starts_line,
                "positions": positions,
                "jump_target": instruction.jump_target,
                "stack_before": instruction.stack_before,
                "stack_after": instruction.stack_after,
                "meaning": instruction.opcode.map(dis::describe),
            });
            if let Some(contents) = contents.get(&instruction.offset) {
                shown["contents_before"] = json!(contents.before);
                shown["contents_after"] = json!(contents.after);
            }
            shown
        });
    let nested = code.consts.iter().filter_map(|constant| match constant {
        Const::Code(code) => Some(code_json(code, symbolic, target)),
        _ => None,
    });
    json!({
        "name": code.name,
        "qualname": code.qualname,
        "firstlineno": code.firstlineno,
        "argcount": code.argcount,
        "flags": code.flags,
        "stacksize": code.stacksize,
        "names": code.names.iter().collect::<Vec<_>>(),
        "localsplusnames": code.localsplusnames.iter().collect::<Vec<_>>(),
        "instructions": instructions.collect::<Vec<_>>(),
        "nested": nested.collect::<Vec<_>>(),
    })
}

//! The control-flow passes and the assembler against CPython's own, fed with
//! what CPython's code generator emits for its library.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;

use vitrine_bytecode::code::Const;
use vitrine_bytecode::instruction::{InstructionSequence, Label, Location};
use vitrine_bytecode::opcode::Opcode;
use vitrine_bytecode::{marshal, optimize_cfg};
use vitrine_tests::oracle::Oracle;
use vitrine_tests::{corpus, rates};

/// For every file of the library a marshalled list of its functions before and
/// after `optimize_cfg`, with constants that stand for the real ones, which
/// `compiler_codegen` does not give.
const SCRIPT: &str = r#"
import ast, marshal, os, sys, warnings
import _testinternalcapi as t
import opcode
warnings.simplefilter("ignore")
root = os.path.dirname(os.__file__)
# No operation on some gives another: those would be found by identity, which these, not cached, lack.
FAKES = [None, 3, "abc", 2.5, 300, ("t", "u"), True, b"bcd", 0, 3j]
JUMPS = {n for name, n in opcode.opmap.items() if n in opcode.hasjump or n in opcode.hasexc}

def rows(seq):
    return tuple(tuple(-1 if x is None else x for x in i) for i in seq.get_instructions())

def clone(instrs):
    seq = t.new_instruction_sequence()
    labels = {i[1]: seq.new_label() for i in instrs if i[0] in JUMPS}
    for n, (op, arg, line, end_line, col, end_col) in enumerate(instrs):
        if n in labels:
            seq.use_label(labels[n])
        seq.addop(op, labels[arg] if op in JUMPS else max(arg, 0), line, end_line, col, end_col)
    return seq

def functions(seq, found):
    for nested in seq.get_nested():
        instrs = rows(nested)
        if any(i[0] == opcode.opmap["ANNOTATIONS_PLACEHOLDER"] for i in instrs):
            instrs = ()
        nconsts = max([i[1] + 1 for i in instrs if i[0] in opcode.hasconst], default=0)
        nlocals = max([i[1] + 1 for i in instrs if i[0] in opcode.haslocal and i[0] != opcode.opmap["LOAD_CLOSURE"]], default=0)
        consts = [FAKES[i] if i < len(FAKES) else i * 2654435761 % 2**31 + 10**6 for i in range(nconsts)]
        if instrs:
            before = tuple(consts)
            after = rows(t.optimize_cfg(clone(instrs), consts, nlocals))
            found.append((instrs, before, nlocals, after, tuple(consts)))
        functions(nested, found)

def prepare(path, name):
    try:
        with open(path, "rb") as f:
            source = f.read()
        tree = ast.parse(source)
        seq, metadata = t.compiler_codegen(tree, path, 0, 0)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    found = []
    functions(seq, found)
    with open(os.path.join(sys.argv[1], name), "wb") as out:
        marshal.dump(tuple(found), out)

# These test functions now and then crash the interpreter: each file has a process, and another try.
for folder, folders, files in os.walk(root):
    folders[:] = sorted(f for f in folders if f not in ("__pycache__", "site-packages", "dist-packages"))
    for file in sorted(files):
        path = os.path.join(folder, file)
        if not file.endswith(".py"):
            continue
        for attempt in range(10):
            child = os.fork()
            if child == 0:
                try:
                    prepare(path, os.path.relpath(path, root).replace(os.sep, "+"))
                    os._exit(0)
                except BaseException as error:
                    print(path, repr(error), file=sys.stderr, flush=True)
                    os._exit(1)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            if status >= 0:
                break
        if status != 0:
            sys.exit(f"{path}: no result ({status})")
"#;

fn tuple(value: &Const) -> &[Const] {
    match value {
        Const::Tuple(items) => items,
        other => panic!("not a tuple: {other:?}"),
    }
}

fn int(value: &Const) -> i32 {
    match value {
        Const::Int(value) => value.try_into().expect("an int"),
        other => panic!("not an int: {other:?}"),
    }
}

type Row = (Opcode, u32, Location);

fn rows(value: &Const) -> Vec<Row> {
    tuple(value)
        .iter()
        .map(|row| {
            let [opcode, arg, line, end_line, column, end_column] = tuple(row) else {
                panic!("{row:?}")
            };
            let opcode = Opcode::from_number(int(opcode) as u32).expect("an opcode");
            let loc = Location::new(int(line), int(end_line), int(column), int(end_column));
            (opcode, int(arg).max(0) as u32, loc)
        })
        .collect()
}

fn sequence(rows: &[Row]) -> InstructionSequence {
    let mut sequence = InstructionSequence::new();
    let labels: Vec<Label> = rows.iter().map(|_| sequence.new_label()).collect();
    for (&(opcode, arg, loc), &label) in rows.iter().zip(&labels) {
        sequence.use_label(label);
        match labels.get(arg as usize) {
            Some(&target) if opcode.has_target() => sequence.push_jump(opcode, target, loc),
            _ => sequence.push(opcode, arg, loc),
        }
    }
    sequence
}

#[test]
fn optimize_cfg_as_cpython() {
    let Some(oracle) = Oracle::find() else { return };
    let dir = oracle.prepared("optimize_cfg", SCRIPT);
    let mut files: Vec<_> = fs::read_dir(&dir)
        .expect("prepared")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let results = corpus::in_parallel(&files, |path| {
        let cases = marshal::load_const(&fs::read(path).expect("prepared")).expect("marshalled");
        let mut equal = 0;
        let mut differences = Vec::new();
        for (number, case) in tuple(&cases).iter().enumerate() {
            let [before, consts, nlocals, after, consts_after] = tuple(case) else {
                panic!("{case:?}")
            };
            let before = rows(before);
            let mut consts = tuple(consts).to_vec();
            let result = optimize_cfg(sequence(&before), &mut consts, int(nlocals) as usize);
            let expected = rows(after);
            let difference = match &result {
                Err(error) => Some(error.to_string()),
                Ok(sequence) => {
                    let ours: Vec<Row> = sequence
                        .instructions()
                        .iter()
                        .map(|i| (i.opcode, i.arg, i.loc))
                        .collect();
                    let same = |at: usize| match (ours.get(at), expected.get(at)) {
                        // CPython finds a folded constant among the others by identity,
                        // which the stand-ins lack; their values decide.
                        (
                            Some(&(Opcode::LOAD_CONST, a, at)),
                            Some(&(Opcode::LOAD_CONST, b, expected_at)),
                        ) => {
                            at == expected_at
                                && consts.get(a as usize) == tuple(consts_after).get(b as usize)
                        }
                        (ours, expected) => ours == expected,
                    };
                    let at = (0..ours.len().max(expected.len())).find(|&at| !same(at));
                    at.map(|at| format!("at {at}: {:?}, not {:?}", ours.get(at), expected.get(at)))
                }
            };
            match difference {
                None => equal += 1,
                Some(difference) => {
                    differences.push(format!("{}#{number}: {difference}", path.display()));
                }
            }
        }
        (equal, differences)
    });
    let equal = results.iter().map(|(equal, _)| equal).sum();
    let differences: Vec<String> = results
        .into_iter()
        .flat_map(|(_, differences)| differences)
        .collect();
    rates::hold(
        "optimize_cfg",
        rates::Rate {
            equal,
            total: equal + differences.len(),
        },
        &differences,
    );
}

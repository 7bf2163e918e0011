#!/usr/bin/env python3.14
"""Prints core/bytecode/src/opcode/generated.rs from the interpreter that runs it.

    python3.14 core/bytecode/generate_opcodes.py > core/bytecode/src/opcode/generated.rs

Numbers, names, caches, flags and the names of the operations behind an argument are asked of the
interpreter. Two facts it does not tell are stated below: how many values an instruction takes off the
stack (it tells only the difference; what is pushed follows, and every pair is checked against
`stack_effect`), and which instructions let signals and other threads in.
"""

import sys

if sys.version_info[:2] != (3, 14):
    sys.exit("generate_opcodes.py must run under CPython 3.14")

import _opcode
import _opcode_metadata
import opcode

# (popped, pushed) as functions of `oparg`, and who shares them.
STACK = {
    ("0", "0"): """ANNOTATIONS_PLACEHOLDER CACHE COPY_FREE_VARS DELETE_DEREF DELETE_FAST DELETE_GLOBAL DELETE_NAME
        ENTER_EXECUTOR EXTENDED_ARG JUMP JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT JUMP_FORWARD JUMP_NO_INTERRUPT
        MAKE_CELL NOP NOT_TAKEN POP_BLOCK RESERVED RESUME SETUP_ANNOTATIONS INSTRUMENTED_INSTRUCTION
        INSTRUMENTED_JUMP_BACKWARD INSTRUMENTED_JUMP_FORWARD INSTRUMENTED_LINE INSTRUMENTED_NOT_TAKEN
        INSTRUMENTED_RESUME""",
    ("0", "1"): """LOAD_BUILD_CLASS LOAD_CLOSURE LOAD_COMMON_CONSTANT LOAD_CONST LOAD_DEREF LOAD_FAST
        LOAD_FAST_AND_CLEAR LOAD_FAST_BORROW LOAD_FAST_CHECK LOAD_LOCALS LOAD_NAME LOAD_SMALL_INT PUSH_NULL
        RETURN_GENERATOR SETUP_FINALLY SETUP_WITH""",
    ("0", "1 + (oparg & 1)"): "LOAD_GLOBAL",
    ("0", "2"): "LOAD_FAST_BORROW_LOAD_FAST_BORROW LOAD_FAST_LOAD_FAST SETUP_CLEANUP",
    ("1", "0"): """DELETE_ATTR END_FOR EXIT_INIT_CHECK INTERPRETER_EXIT POP_EXCEPT POP_ITER POP_JUMP_IF_FALSE
        POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE POP_JUMP_IF_TRUE POP_TOP STORE_DEREF STORE_FAST STORE_FAST_MAYBE_NULL
        STORE_GLOBAL STORE_NAME INSTRUMENTED_POP_ITER INSTRUMENTED_POP_JUMP_IF_FALSE INSTRUMENTED_POP_JUMP_IF_NONE
        INSTRUMENTED_POP_JUMP_IF_NOT_NONE INSTRUMENTED_POP_JUMP_IF_TRUE""",
    ("1", "1"): """CALL_INTRINSIC_1 CONVERT_VALUE FORMAT_SIMPLE GET_AITER GET_AWAITABLE GET_ITER
        GET_YIELD_FROM_ITER JUMP_IF_FALSE JUMP_IF_TRUE LOAD_FROM_DICT_OR_DEREF LOAD_FROM_DICT_OR_GLOBALS
        MAKE_FUNCTION RETURN_VALUE STORE_FAST_LOAD_FAST TO_BOOL UNARY_INVERT UNARY_NEGATIVE UNARY_NOT YIELD_VALUE
        INSTRUMENTED_RETURN_VALUE INSTRUMENTED_YIELD_VALUE""",
    ("1", "1 + (oparg & 0xFF) + (oparg >> 8)"): "UNPACK_EX",
    ("1", "1 + (oparg & 1)"): "LOAD_ATTR",
    ("1", "2"): """FOR_ITER GET_ANEXT GET_LEN IMPORT_FROM LOAD_SPECIAL MATCH_MAPPING MATCH_SEQUENCE PUSH_EXC_INFO
        INSTRUMENTED_FOR_ITER""",
    ("1", "oparg"): "UNPACK_SEQUENCE",
    ("oparg", "1 + oparg"): "COPY",
    ("1 + oparg", "oparg"): "RERAISE DICT_UPDATE LIST_APPEND LIST_EXTEND SET_ADD SET_UPDATE",
    ("2", "0"): "DELETE_SUBSCR END_ASYNC_FOR STORE_ATTR STORE_FAST_STORE_FAST INSTRUMENTED_END_ASYNC_FOR",
    ("2", "1"): """BINARY_OP BUILD_TEMPLATE CALL_INTRINSIC_2 COMPARE_OP CONTAINS_OP END_SEND FORMAT_WITH_SPEC
        IMPORT_NAME IS_OP SET_FUNCTION_ATTRIBUTE INSTRUMENTED_END_FOR INSTRUMENTED_END_SEND""",
    ("2", "2"): "CHECK_EG_MATCH CHECK_EXC_MATCH SEND",
    ("2", "3"): "MATCH_KEYS",
    ("2 + (oparg & 1)", "1"): "BUILD_INTERPOLATION",
    ("oparg", "oparg"): "SWAP",
    ("2 + oparg", "1"): "CALL INSTRUMENTED_CALL",
    ("3", "0"): "STORE_SUBSCR",
    ("3", "1"): "BINARY_SLICE MATCH_CLASS",
    ("3", "1 + (oparg & 1)"): "LOAD_SUPER_ATTR INSTRUMENTED_LOAD_SUPER_ATTR",
    ("3", "2"): "CLEANUP_THROW",
    ("2 + oparg", "oparg"): "MAP_ADD",
    ("3 + oparg", "1"): "CALL_KW INSTRUMENTED_CALL_KW",
    ("4", "0"): "STORE_SLICE",
    ("4", "1"): "CALL_FUNCTION_EX INSTRUMENTED_CALL_FUNCTION_EX",
    ("5", "6"): "WITH_EXCEPT_START",
    ("4 + oparg", "3 + oparg"): "DICT_MERGE",
    ("oparg", "0"): "RAISE_VARARGS",
    ("oparg", "1"): "BUILD_LIST BUILD_SET BUILD_SLICE BUILD_STRING BUILD_TUPLE",
    ("oparg * 2", "1"): "BUILD_MAP",
}

EVAL_BREAK = set(
    """CALL CALL_FUNCTION_EX INSTRUMENTED_CALL INSTRUMENTED_CALL_FUNCTION_EX INSTRUMENTED_JUMP_BACKWARD
    INSTRUMENTED_RESUME JUMP_BACKWARD RESUME JUMP""".split()
)

BLOCK_PUSH = {"SETUP_FINALLY", "SETUP_WITH", "SETUP_CLEANUP"}

# Instructions of other targets, which 3.14 has not: (popped, pushed), flags, and their name if 3.14 calls
# another one so. Here they are numbered behind the pseudo-instructions; what they are in their version is in
# its tables (`generate_target.py`).
ELSEWHERE = {
    "BEFORE_ASYNC_WITH": ("1", "2", []),
    "BEFORE_WITH": ("1", "2", []),
    "BINARY_SUBSCR": ("2", "1", []),
    "BUILD_CONST_KEY_MAP": ("1 + oparg", "1", ["ARG"]),
    "END_ASYNC_FOR_NO_JUMP": ("2", "0", [], "END_ASYNC_FOR"),
    "LOAD_ASSERTION_ERROR": ("0", "1", []),
    "RETURN_CONST": ("0", "0", ["ARG", "CONST"]),
}

stack_of = {name: pair for pair, names in STACK.items() for name in names.split()}
opmap = dict(sorted(opcode.opmap.items(), key=lambda item: item[1]))
specialized = dict(sorted(_opcode_metadata._specialized_opmap.items(), key=lambda item: item[1]))
base_of = {special: base for base, family in _opcode_metadata._specializations.items() for special in family}


def check_stack_effects():
    assert stack_of.keys() == opmap.keys(), stack_of.keys() ^ opmap.keys()
    for name, number in opmap.items():
        popped, pushed = stack_of[name]
        for oparg in [*range(1, 40), 255, 256, 1000]:
            argument = oparg if number in opcode.hasarg else None
            net = eval(pushed, {"oparg": oparg}) - eval(popped, {"oparg": oparg})
            try:
                told = _opcode.stack_effect(number, argument, jump=True)
            except ValueError:  # not an instruction of its own
                continue
            assert net == told, (name, oparg, net, told)


def flags(number, name):
    if name in ELSEWHERE:
        return ELSEWHERE[name][2]
    asked = [
        ("ARG", _opcode.has_arg),
        ("CONST", _opcode.has_const),
        ("NAME", _opcode.has_name),
        ("JUMP", _opcode.has_jump),
        ("FREE", _opcode.has_free),
        ("LOCAL", _opcode.has_local),
        ("EXC", _opcode.has_exc),
    ]
    found = [flag for flag, has in asked if has(number)]
    if name in EVAL_BREAK:
        found.append("EVAL_BREAK")
    return found


def strings(name, doc, values):
    print(f"/// {doc}")
    print(f"pub const {name}: &[&str] = &[")
    for value in values:
        print(f'    "{value}",')
    print("];\n")


def main():
    check_stack_effects()
    for name, (popped, pushed, *_) in ELSEWHERE.items():
        assert name not in opmap, name
        stack_of[name] = (popped, pushed)
        opmap[name] = max(opmap.values()) + 1
    print("//! The instruction set of CPython 3.14, generated by `generate_opcodes.py`: change that, not this.\n")
    print("use super::{Metadata, flag};\n")
    print("/// An instruction: CPython's name and number. From 256 on stand the compiler's pseudo-instructions,")
    print("/// and behind them what only other targets have.")
    print("#[allow(missing_docs, non_camel_case_types, clippy::upper_case_acronyms)]")
    print("#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]")
    print("#[repr(u16)]")
    print("pub enum Opcode {")
    for name, number in opmap.items():
        print(f"    {name} = {number},")
    print("}\n")
    print("/// Every instruction, in the order of the numbers.")
    print(f"pub const ALL: [Opcode; {len(opmap)}] = [")
    for name in opmap:
        print(f"    Opcode::{name},")
    print("];\n")

    size = max(opmap.values()) + 1
    by_number = {number: name for name, number in opmap.items()}
    print("/// Name, cache units and flags by number; a number without an instruction has no name.")
    print(f"pub(super) static METADATA: [Metadata; {size}] = [")
    for number in range(size):
        name = by_number.get(number)
        if name is None:
            print("    Metadata::NONE,")
            continue
        caches = opcode._inline_cache_entries.get(name, 0)
        bits = " | ".join(f"flag::{flag}" for flag in flags(number, name)) or "0"
        shown = ELSEWHERE.get(name, ())[3:] or (name,)
        print(f'    Metadata {{ opcode: Some(Opcode::{name}), name: "{shown[0]}", caches: {caches}, flags: {bits} }},')
    print("];\n")

    for which, doc in ((0, "popped"), (1, "pushed")):
        print(f"/// Values {doc} by an instruction with this argument; for one that jumps, when it jumps.")
        print(f"pub(super) const fn num_{doc}(opcode: Opcode, oparg: u32) -> u32 {{")
        print("    match opcode {")
        groups = {}
        for name in opmap:
            groups.setdefault(stack_of[name][which], []).append(name)
        for effect, names in groups.items():
            print("        " + "\n        | ".join(f"Opcode::{name}" for name in names) + f" => {effect},")
        print("    }\n}\n")

    print("/// CPython's specialized forms: name, number, the instruction each stands for.")
    print("pub const SPECIALIZED: &[(&str, u8, Opcode)] = &[")
    for name, number in specialized.items():
        base = base_of.get(name)
        if base is not None:
            print(f'    ("{name}", {number}, Opcode::{base}),')
    print("];\n")

    print("/// The parts of an instruction's inline cache, in code units (`dis -C` names them).")
    print("pub const CACHE_FORMAT: &[(Opcode, &[(&str, u8)])] = &[")
    for name, parts in sorted(opcode._cache_format.items(), key=lambda item: opmap[item[0]]):
        inner = ", ".join(f'("{part}", {units})' for part, units in parts.items())
        print(f"    (Opcode::{name}, &[{inner}]),")
    print("];\n")

    strings("BINARY_OPS", "`BINARY_OP`: the operators' spelling.", [spelling for _, spelling in opcode._nb_ops])
    strings("BINARY_OP_NAMES", "`BINARY_OP`: the operators' names.", [name for name, _ in opcode._nb_ops])
    strings("COMPARE_OPS", "`COMPARE_OP`: the operators' spelling.", opcode.cmp_op)
    strings("INTRINSICS_1", "`CALL_INTRINSIC_1`: the functions.", opcode._intrinsic_1_descs)
    strings("INTRINSICS_2", "`CALL_INTRINSIC_2`: the functions.", opcode._intrinsic_2_descs)
    strings("SPECIAL_METHODS", "`LOAD_SPECIAL`: the methods.", opcode._special_method_names)
    strings("COMMON_CONSTANTS", "`LOAD_COMMON_CONSTANT`: the constants.", [c.__name__ for c in opcode._common_constants])

    print("/// The numbers of the operations by CPython's names.")
    print("#[allow(missing_docs)]")
    print("pub mod number {")
    for number, (name, _) in enumerate(opcode._nb_ops):
        print(f"    pub const {name}: u32 = {number};")
    for descs in (opcode._intrinsic_1_descs, opcode._intrinsic_2_descs):
        for number, name in enumerate(descs):
            print(f"    pub const {name}: u32 = {number};")
    for number, name in enumerate(opcode._special_method_names):
        print(f"    pub const SPECIAL_{name.upper()}: u32 = {number};")
    for number, constant in enumerate(opcode._common_constants):
        print(f"    pub const CONSTANT_{constant.__name__.upper()}: u32 = {number};")
    print("}")


main()

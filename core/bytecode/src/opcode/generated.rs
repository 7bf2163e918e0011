//! The instruction set of CPython 3.14, printed by `generate_opcodes.py`: change that, not this.

use super::{Metadata, flag};

/// An instruction: CPython's name and number. From 256 on stand the compiler's pseudo-instructions.
#[allow(missing_docs, non_camel_case_types, clippy::upper_case_acronyms)]
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u16)]
pub enum Opcode {
    CACHE = 0,
    BINARY_SLICE = 1,
    BUILD_TEMPLATE = 2,
    CALL_FUNCTION_EX = 4,
    CHECK_EG_MATCH = 5,
    CHECK_EXC_MATCH = 6,
    CLEANUP_THROW = 7,
    DELETE_SUBSCR = 8,
    END_FOR = 9,
    END_SEND = 10,
    EXIT_INIT_CHECK = 11,
    FORMAT_SIMPLE = 12,
    FORMAT_WITH_SPEC = 13,
    GET_AITER = 14,
    GET_ANEXT = 15,
    GET_ITER = 16,
    RESERVED = 17,
    GET_LEN = 18,
    GET_YIELD_FROM_ITER = 19,
    INTERPRETER_EXIT = 20,
    LOAD_BUILD_CLASS = 21,
    LOAD_LOCALS = 22,
    MAKE_FUNCTION = 23,
    MATCH_KEYS = 24,
    MATCH_MAPPING = 25,
    MATCH_SEQUENCE = 26,
    NOP = 27,
    NOT_TAKEN = 28,
    POP_EXCEPT = 29,
    POP_ITER = 30,
    POP_TOP = 31,
    PUSH_EXC_INFO = 32,
    PUSH_NULL = 33,
    RETURN_GENERATOR = 34,
    RETURN_VALUE = 35,
    SETUP_ANNOTATIONS = 36,
    STORE_SLICE = 37,
    STORE_SUBSCR = 38,
    TO_BOOL = 39,
    UNARY_INVERT = 40,
    UNARY_NEGATIVE = 41,
    UNARY_NOT = 42,
    WITH_EXCEPT_START = 43,
    BINARY_OP = 44,
    BUILD_INTERPOLATION = 45,
    BUILD_LIST = 46,
    BUILD_MAP = 47,
    BUILD_SET = 48,
    BUILD_SLICE = 49,
    BUILD_STRING = 50,
    BUILD_TUPLE = 51,
    CALL = 52,
    CALL_INTRINSIC_1 = 53,
    CALL_INTRINSIC_2 = 54,
    CALL_KW = 55,
    COMPARE_OP = 56,
    CONTAINS_OP = 57,
    CONVERT_VALUE = 58,
    COPY = 59,
    COPY_FREE_VARS = 60,
    DELETE_ATTR = 61,
    DELETE_DEREF = 62,
    DELETE_FAST = 63,
    DELETE_GLOBAL = 64,
    DELETE_NAME = 65,
    DICT_MERGE = 66,
    DICT_UPDATE = 67,
    END_ASYNC_FOR = 68,
    EXTENDED_ARG = 69,
    FOR_ITER = 70,
    GET_AWAITABLE = 71,
    IMPORT_FROM = 72,
    IMPORT_NAME = 73,
    IS_OP = 74,
    JUMP_BACKWARD = 75,
    JUMP_BACKWARD_NO_INTERRUPT = 76,
    JUMP_FORWARD = 77,
    LIST_APPEND = 78,
    LIST_EXTEND = 79,
    LOAD_ATTR = 80,
    LOAD_COMMON_CONSTANT = 81,
    LOAD_CONST = 82,
    LOAD_DEREF = 83,
    LOAD_FAST = 84,
    LOAD_FAST_AND_CLEAR = 85,
    LOAD_FAST_BORROW = 86,
    LOAD_FAST_BORROW_LOAD_FAST_BORROW = 87,
    LOAD_FAST_CHECK = 88,
    LOAD_FAST_LOAD_FAST = 89,
    LOAD_FROM_DICT_OR_DEREF = 90,
    LOAD_FROM_DICT_OR_GLOBALS = 91,
    LOAD_GLOBAL = 92,
    LOAD_NAME = 93,
    LOAD_SMALL_INT = 94,
    LOAD_SPECIAL = 95,
    LOAD_SUPER_ATTR = 96,
    MAKE_CELL = 97,
    MAP_ADD = 98,
    MATCH_CLASS = 99,
    POP_JUMP_IF_FALSE = 100,
    POP_JUMP_IF_NONE = 101,
    POP_JUMP_IF_NOT_NONE = 102,
    POP_JUMP_IF_TRUE = 103,
    RAISE_VARARGS = 104,
    RERAISE = 105,
    SEND = 106,
    SET_ADD = 107,
    SET_FUNCTION_ATTRIBUTE = 108,
    SET_UPDATE = 109,
    STORE_ATTR = 110,
    STORE_DEREF = 111,
    STORE_FAST = 112,
    STORE_FAST_LOAD_FAST = 113,
    STORE_FAST_STORE_FAST = 114,
    STORE_GLOBAL = 115,
    STORE_NAME = 116,
    SWAP = 117,
    UNPACK_EX = 118,
    UNPACK_SEQUENCE = 119,
    YIELD_VALUE = 120,
    RESUME = 128,
    INSTRUMENTED_END_FOR = 234,
    INSTRUMENTED_POP_ITER = 235,
    INSTRUMENTED_END_SEND = 236,
    INSTRUMENTED_FOR_ITER = 237,
    INSTRUMENTED_INSTRUCTION = 238,
    INSTRUMENTED_JUMP_FORWARD = 239,
    INSTRUMENTED_NOT_TAKEN = 240,
    INSTRUMENTED_POP_JUMP_IF_TRUE = 241,
    INSTRUMENTED_POP_JUMP_IF_FALSE = 242,
    INSTRUMENTED_POP_JUMP_IF_NONE = 243,
    INSTRUMENTED_POP_JUMP_IF_NOT_NONE = 244,
    INSTRUMENTED_RESUME = 245,
    INSTRUMENTED_RETURN_VALUE = 246,
    INSTRUMENTED_YIELD_VALUE = 247,
    INSTRUMENTED_END_ASYNC_FOR = 248,
    INSTRUMENTED_LOAD_SUPER_ATTR = 249,
    INSTRUMENTED_CALL = 250,
    INSTRUMENTED_CALL_KW = 251,
    INSTRUMENTED_CALL_FUNCTION_EX = 252,
    INSTRUMENTED_JUMP_BACKWARD = 253,
    INSTRUMENTED_LINE = 254,
    ENTER_EXECUTOR = 255,
    ANNOTATIONS_PLACEHOLDER = 256,
    JUMP = 257,
    JUMP_IF_FALSE = 258,
    JUMP_IF_TRUE = 259,
    JUMP_NO_INTERRUPT = 260,
    LOAD_CLOSURE = 261,
    POP_BLOCK = 262,
    SETUP_CLEANUP = 263,
    SETUP_FINALLY = 264,
    SETUP_WITH = 265,
    STORE_FAST_MAYBE_NULL = 266,
}

/// Every instruction, in the order of the numbers.
pub const ALL: [Opcode; 154] = [
    Opcode::CACHE,
    Opcode::BINARY_SLICE,
    Opcode::BUILD_TEMPLATE,
    Opcode::CALL_FUNCTION_EX,
    Opcode::CHECK_EG_MATCH,
    Opcode::CHECK_EXC_MATCH,
    Opcode::CLEANUP_THROW,
    Opcode::DELETE_SUBSCR,
    Opcode::END_FOR,
    Opcode::END_SEND,
    Opcode::EXIT_INIT_CHECK,
    Opcode::FORMAT_SIMPLE,
    Opcode::FORMAT_WITH_SPEC,
    Opcode::GET_AITER,
    Opcode::GET_ANEXT,
    Opcode::GET_ITER,
    Opcode::RESERVED,
    Opcode::GET_LEN,
    Opcode::GET_YIELD_FROM_ITER,
    Opcode::INTERPRETER_EXIT,
    Opcode::LOAD_BUILD_CLASS,
    Opcode::LOAD_LOCALS,
    Opcode::MAKE_FUNCTION,
    Opcode::MATCH_KEYS,
    Opcode::MATCH_MAPPING,
    Opcode::MATCH_SEQUENCE,
    Opcode::NOP,
    Opcode::NOT_TAKEN,
    Opcode::POP_EXCEPT,
    Opcode::POP_ITER,
    Opcode::POP_TOP,
    Opcode::PUSH_EXC_INFO,
    Opcode::PUSH_NULL,
    Opcode::RETURN_GENERATOR,
    Opcode::RETURN_VALUE,
    Opcode::SETUP_ANNOTATIONS,
    Opcode::STORE_SLICE,
    Opcode::STORE_SUBSCR,
    Opcode::TO_BOOL,
    Opcode::UNARY_INVERT,
    Opcode::UNARY_NEGATIVE,
    Opcode::UNARY_NOT,
    Opcode::WITH_EXCEPT_START,
    Opcode::BINARY_OP,
    Opcode::BUILD_INTERPOLATION,
    Opcode::BUILD_LIST,
    Opcode::BUILD_MAP,
    Opcode::BUILD_SET,
    Opcode::BUILD_SLICE,
    Opcode::BUILD_STRING,
    Opcode::BUILD_TUPLE,
    Opcode::CALL,
    Opcode::CALL_INTRINSIC_1,
    Opcode::CALL_INTRINSIC_2,
    Opcode::CALL_KW,
    Opcode::COMPARE_OP,
    Opcode::CONTAINS_OP,
    Opcode::CONVERT_VALUE,
    Opcode::COPY,
    Opcode::COPY_FREE_VARS,
    Opcode::DELETE_ATTR,
    Opcode::DELETE_DEREF,
    Opcode::DELETE_FAST,
    Opcode::DELETE_GLOBAL,
    Opcode::DELETE_NAME,
    Opcode::DICT_MERGE,
    Opcode::DICT_UPDATE,
    Opcode::END_ASYNC_FOR,
    Opcode::EXTENDED_ARG,
    Opcode::FOR_ITER,
    Opcode::GET_AWAITABLE,
    Opcode::IMPORT_FROM,
    Opcode::IMPORT_NAME,
    Opcode::IS_OP,
    Opcode::JUMP_BACKWARD,
    Opcode::JUMP_BACKWARD_NO_INTERRUPT,
    Opcode::JUMP_FORWARD,
    Opcode::LIST_APPEND,
    Opcode::LIST_EXTEND,
    Opcode::LOAD_ATTR,
    Opcode::LOAD_COMMON_CONSTANT,
    Opcode::LOAD_CONST,
    Opcode::LOAD_DEREF,
    Opcode::LOAD_FAST,
    Opcode::LOAD_FAST_AND_CLEAR,
    Opcode::LOAD_FAST_BORROW,
    Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW,
    Opcode::LOAD_FAST_CHECK,
    Opcode::LOAD_FAST_LOAD_FAST,
    Opcode::LOAD_FROM_DICT_OR_DEREF,
    Opcode::LOAD_FROM_DICT_OR_GLOBALS,
    Opcode::LOAD_GLOBAL,
    Opcode::LOAD_NAME,
    Opcode::LOAD_SMALL_INT,
    Opcode::LOAD_SPECIAL,
    Opcode::LOAD_SUPER_ATTR,
    Opcode::MAKE_CELL,
    Opcode::MAP_ADD,
    Opcode::MATCH_CLASS,
    Opcode::POP_JUMP_IF_FALSE,
    Opcode::POP_JUMP_IF_NONE,
    Opcode::POP_JUMP_IF_NOT_NONE,
    Opcode::POP_JUMP_IF_TRUE,
    Opcode::RAISE_VARARGS,
    Opcode::RERAISE,
    Opcode::SEND,
    Opcode::SET_ADD,
    Opcode::SET_FUNCTION_ATTRIBUTE,
    Opcode::SET_UPDATE,
    Opcode::STORE_ATTR,
    Opcode::STORE_DEREF,
    Opcode::STORE_FAST,
    Opcode::STORE_FAST_LOAD_FAST,
    Opcode::STORE_FAST_STORE_FAST,
    Opcode::STORE_GLOBAL,
    Opcode::STORE_NAME,
    Opcode::SWAP,
    Opcode::UNPACK_EX,
    Opcode::UNPACK_SEQUENCE,
    Opcode::YIELD_VALUE,
    Opcode::RESUME,
    Opcode::INSTRUMENTED_END_FOR,
    Opcode::INSTRUMENTED_POP_ITER,
    Opcode::INSTRUMENTED_END_SEND,
    Opcode::INSTRUMENTED_FOR_ITER,
    Opcode::INSTRUMENTED_INSTRUCTION,
    Opcode::INSTRUMENTED_JUMP_FORWARD,
    Opcode::INSTRUMENTED_NOT_TAKEN,
    Opcode::INSTRUMENTED_POP_JUMP_IF_TRUE,
    Opcode::INSTRUMENTED_POP_JUMP_IF_FALSE,
    Opcode::INSTRUMENTED_POP_JUMP_IF_NONE,
    Opcode::INSTRUMENTED_POP_JUMP_IF_NOT_NONE,
    Opcode::INSTRUMENTED_RESUME,
    Opcode::INSTRUMENTED_RETURN_VALUE,
    Opcode::INSTRUMENTED_YIELD_VALUE,
    Opcode::INSTRUMENTED_END_ASYNC_FOR,
    Opcode::INSTRUMENTED_LOAD_SUPER_ATTR,
    Opcode::INSTRUMENTED_CALL,
    Opcode::INSTRUMENTED_CALL_KW,
    Opcode::INSTRUMENTED_CALL_FUNCTION_EX,
    Opcode::INSTRUMENTED_JUMP_BACKWARD,
    Opcode::INSTRUMENTED_LINE,
    Opcode::ENTER_EXECUTOR,
    Opcode::ANNOTATIONS_PLACEHOLDER,
    Opcode::JUMP,
    Opcode::JUMP_IF_FALSE,
    Opcode::JUMP_IF_TRUE,
    Opcode::JUMP_NO_INTERRUPT,
    Opcode::LOAD_CLOSURE,
    Opcode::POP_BLOCK,
    Opcode::SETUP_CLEANUP,
    Opcode::SETUP_FINALLY,
    Opcode::SETUP_WITH,
    Opcode::STORE_FAST_MAYBE_NULL,
];

/// Name, cache units and flags by number; a number without an instruction has no name.
pub(super) static METADATA: [Metadata; 267] = [
    Metadata {
        opcode: Some(Opcode::CACHE),
        name: "CACHE",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::BINARY_SLICE),
        name: "BINARY_SLICE",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::BUILD_TEMPLATE),
        name: "BUILD_TEMPLATE",
        caches: 0,
        flags: 0,
    },
    Metadata::NONE,
    Metadata {
        opcode: Some(Opcode::CALL_FUNCTION_EX),
        name: "CALL_FUNCTION_EX",
        caches: 0,
        flags: flag::EVAL_BREAK,
    },
    Metadata {
        opcode: Some(Opcode::CHECK_EG_MATCH),
        name: "CHECK_EG_MATCH",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::CHECK_EXC_MATCH),
        name: "CHECK_EXC_MATCH",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::CLEANUP_THROW),
        name: "CLEANUP_THROW",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::DELETE_SUBSCR),
        name: "DELETE_SUBSCR",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::END_FOR),
        name: "END_FOR",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::END_SEND),
        name: "END_SEND",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::EXIT_INIT_CHECK),
        name: "EXIT_INIT_CHECK",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::FORMAT_SIMPLE),
        name: "FORMAT_SIMPLE",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::FORMAT_WITH_SPEC),
        name: "FORMAT_WITH_SPEC",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::GET_AITER),
        name: "GET_AITER",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::GET_ANEXT),
        name: "GET_ANEXT",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::GET_ITER),
        name: "GET_ITER",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::RESERVED),
        name: "RESERVED",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::GET_LEN),
        name: "GET_LEN",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::GET_YIELD_FROM_ITER),
        name: "GET_YIELD_FROM_ITER",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::INTERPRETER_EXIT),
        name: "INTERPRETER_EXIT",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_BUILD_CLASS),
        name: "LOAD_BUILD_CLASS",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_LOCALS),
        name: "LOAD_LOCALS",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::MAKE_FUNCTION),
        name: "MAKE_FUNCTION",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::MATCH_KEYS),
        name: "MATCH_KEYS",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::MATCH_MAPPING),
        name: "MATCH_MAPPING",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::MATCH_SEQUENCE),
        name: "MATCH_SEQUENCE",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::NOP),
        name: "NOP",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::NOT_TAKEN),
        name: "NOT_TAKEN",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::POP_EXCEPT),
        name: "POP_EXCEPT",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::POP_ITER),
        name: "POP_ITER",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::POP_TOP),
        name: "POP_TOP",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::PUSH_EXC_INFO),
        name: "PUSH_EXC_INFO",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::PUSH_NULL),
        name: "PUSH_NULL",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::RETURN_GENERATOR),
        name: "RETURN_GENERATOR",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::RETURN_VALUE),
        name: "RETURN_VALUE",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::SETUP_ANNOTATIONS),
        name: "SETUP_ANNOTATIONS",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::STORE_SLICE),
        name: "STORE_SLICE",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::STORE_SUBSCR),
        name: "STORE_SUBSCR",
        caches: 1,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::TO_BOOL),
        name: "TO_BOOL",
        caches: 3,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::UNARY_INVERT),
        name: "UNARY_INVERT",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::UNARY_NEGATIVE),
        name: "UNARY_NEGATIVE",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::UNARY_NOT),
        name: "UNARY_NOT",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::WITH_EXCEPT_START),
        name: "WITH_EXCEPT_START",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::BINARY_OP),
        name: "BINARY_OP",
        caches: 5,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::BUILD_INTERPOLATION),
        name: "BUILD_INTERPOLATION",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::BUILD_LIST),
        name: "BUILD_LIST",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::BUILD_MAP),
        name: "BUILD_MAP",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::BUILD_SET),
        name: "BUILD_SET",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::BUILD_SLICE),
        name: "BUILD_SLICE",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::BUILD_STRING),
        name: "BUILD_STRING",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::BUILD_TUPLE),
        name: "BUILD_TUPLE",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::CALL),
        name: "CALL",
        caches: 3,
        flags: flag::ARG | flag::EVAL_BREAK,
    },
    Metadata {
        opcode: Some(Opcode::CALL_INTRINSIC_1),
        name: "CALL_INTRINSIC_1",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::CALL_INTRINSIC_2),
        name: "CALL_INTRINSIC_2",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::CALL_KW),
        name: "CALL_KW",
        caches: 3,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::COMPARE_OP),
        name: "COMPARE_OP",
        caches: 1,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::CONTAINS_OP),
        name: "CONTAINS_OP",
        caches: 1,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::CONVERT_VALUE),
        name: "CONVERT_VALUE",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::COPY),
        name: "COPY",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::COPY_FREE_VARS),
        name: "COPY_FREE_VARS",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::DELETE_ATTR),
        name: "DELETE_ATTR",
        caches: 0,
        flags: flag::ARG | flag::NAME,
    },
    Metadata {
        opcode: Some(Opcode::DELETE_DEREF),
        name: "DELETE_DEREF",
        caches: 0,
        flags: flag::ARG | flag::FREE,
    },
    Metadata {
        opcode: Some(Opcode::DELETE_FAST),
        name: "DELETE_FAST",
        caches: 0,
        flags: flag::ARG | flag::LOCAL,
    },
    Metadata {
        opcode: Some(Opcode::DELETE_GLOBAL),
        name: "DELETE_GLOBAL",
        caches: 0,
        flags: flag::ARG | flag::NAME,
    },
    Metadata {
        opcode: Some(Opcode::DELETE_NAME),
        name: "DELETE_NAME",
        caches: 0,
        flags: flag::ARG | flag::NAME,
    },
    Metadata {
        opcode: Some(Opcode::DICT_MERGE),
        name: "DICT_MERGE",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::DICT_UPDATE),
        name: "DICT_UPDATE",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::END_ASYNC_FOR),
        name: "END_ASYNC_FOR",
        caches: 0,
        flags: flag::ARG | flag::JUMP,
    },
    Metadata {
        opcode: Some(Opcode::EXTENDED_ARG),
        name: "EXTENDED_ARG",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::FOR_ITER),
        name: "FOR_ITER",
        caches: 1,
        flags: flag::ARG | flag::JUMP,
    },
    Metadata {
        opcode: Some(Opcode::GET_AWAITABLE),
        name: "GET_AWAITABLE",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::IMPORT_FROM),
        name: "IMPORT_FROM",
        caches: 0,
        flags: flag::ARG | flag::NAME,
    },
    Metadata {
        opcode: Some(Opcode::IMPORT_NAME),
        name: "IMPORT_NAME",
        caches: 0,
        flags: flag::ARG | flag::NAME,
    },
    Metadata {
        opcode: Some(Opcode::IS_OP),
        name: "IS_OP",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::JUMP_BACKWARD),
        name: "JUMP_BACKWARD",
        caches: 1,
        flags: flag::ARG | flag::JUMP | flag::EVAL_BREAK,
    },
    Metadata {
        opcode: Some(Opcode::JUMP_BACKWARD_NO_INTERRUPT),
        name: "JUMP_BACKWARD_NO_INTERRUPT",
        caches: 0,
        flags: flag::ARG | flag::JUMP,
    },
    Metadata {
        opcode: Some(Opcode::JUMP_FORWARD),
        name: "JUMP_FORWARD",
        caches: 0,
        flags: flag::ARG | flag::JUMP,
    },
    Metadata {
        opcode: Some(Opcode::LIST_APPEND),
        name: "LIST_APPEND",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::LIST_EXTEND),
        name: "LIST_EXTEND",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_ATTR),
        name: "LOAD_ATTR",
        caches: 9,
        flags: flag::ARG | flag::NAME,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_COMMON_CONSTANT),
        name: "LOAD_COMMON_CONSTANT",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_CONST),
        name: "LOAD_CONST",
        caches: 0,
        flags: flag::ARG | flag::CONST,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_DEREF),
        name: "LOAD_DEREF",
        caches: 0,
        flags: flag::ARG | flag::LOCAL,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_FAST),
        name: "LOAD_FAST",
        caches: 0,
        flags: flag::ARG | flag::LOCAL,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_FAST_AND_CLEAR),
        name: "LOAD_FAST_AND_CLEAR",
        caches: 0,
        flags: flag::ARG | flag::LOCAL,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_FAST_BORROW),
        name: "LOAD_FAST_BORROW",
        caches: 0,
        flags: flag::ARG | flag::LOCAL,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW),
        name: "LOAD_FAST_BORROW_LOAD_FAST_BORROW",
        caches: 0,
        flags: flag::ARG | flag::LOCAL,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_FAST_CHECK),
        name: "LOAD_FAST_CHECK",
        caches: 0,
        flags: flag::ARG | flag::LOCAL,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_FAST_LOAD_FAST),
        name: "LOAD_FAST_LOAD_FAST",
        caches: 0,
        flags: flag::ARG | flag::LOCAL,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_FROM_DICT_OR_DEREF),
        name: "LOAD_FROM_DICT_OR_DEREF",
        caches: 0,
        flags: flag::ARG | flag::FREE,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_FROM_DICT_OR_GLOBALS),
        name: "LOAD_FROM_DICT_OR_GLOBALS",
        caches: 0,
        flags: flag::ARG | flag::NAME,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_GLOBAL),
        name: "LOAD_GLOBAL",
        caches: 4,
        flags: flag::ARG | flag::NAME,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_NAME),
        name: "LOAD_NAME",
        caches: 0,
        flags: flag::ARG | flag::NAME,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_SMALL_INT),
        name: "LOAD_SMALL_INT",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_SPECIAL),
        name: "LOAD_SPECIAL",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_SUPER_ATTR),
        name: "LOAD_SUPER_ATTR",
        caches: 1,
        flags: flag::ARG | flag::NAME,
    },
    Metadata {
        opcode: Some(Opcode::MAKE_CELL),
        name: "MAKE_CELL",
        caches: 0,
        flags: flag::ARG | flag::FREE,
    },
    Metadata {
        opcode: Some(Opcode::MAP_ADD),
        name: "MAP_ADD",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::MATCH_CLASS),
        name: "MATCH_CLASS",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::POP_JUMP_IF_FALSE),
        name: "POP_JUMP_IF_FALSE",
        caches: 1,
        flags: flag::ARG | flag::JUMP,
    },
    Metadata {
        opcode: Some(Opcode::POP_JUMP_IF_NONE),
        name: "POP_JUMP_IF_NONE",
        caches: 1,
        flags: flag::ARG | flag::JUMP,
    },
    Metadata {
        opcode: Some(Opcode::POP_JUMP_IF_NOT_NONE),
        name: "POP_JUMP_IF_NOT_NONE",
        caches: 1,
        flags: flag::ARG | flag::JUMP,
    },
    Metadata {
        opcode: Some(Opcode::POP_JUMP_IF_TRUE),
        name: "POP_JUMP_IF_TRUE",
        caches: 1,
        flags: flag::ARG | flag::JUMP,
    },
    Metadata {
        opcode: Some(Opcode::RAISE_VARARGS),
        name: "RAISE_VARARGS",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::RERAISE),
        name: "RERAISE",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::SEND),
        name: "SEND",
        caches: 1,
        flags: flag::ARG | flag::JUMP,
    },
    Metadata {
        opcode: Some(Opcode::SET_ADD),
        name: "SET_ADD",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::SET_FUNCTION_ATTRIBUTE),
        name: "SET_FUNCTION_ATTRIBUTE",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::SET_UPDATE),
        name: "SET_UPDATE",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::STORE_ATTR),
        name: "STORE_ATTR",
        caches: 4,
        flags: flag::ARG | flag::NAME,
    },
    Metadata {
        opcode: Some(Opcode::STORE_DEREF),
        name: "STORE_DEREF",
        caches: 0,
        flags: flag::ARG | flag::FREE,
    },
    Metadata {
        opcode: Some(Opcode::STORE_FAST),
        name: "STORE_FAST",
        caches: 0,
        flags: flag::ARG | flag::LOCAL,
    },
    Metadata {
        opcode: Some(Opcode::STORE_FAST_LOAD_FAST),
        name: "STORE_FAST_LOAD_FAST",
        caches: 0,
        flags: flag::ARG | flag::LOCAL,
    },
    Metadata {
        opcode: Some(Opcode::STORE_FAST_STORE_FAST),
        name: "STORE_FAST_STORE_FAST",
        caches: 0,
        flags: flag::ARG | flag::LOCAL,
    },
    Metadata {
        opcode: Some(Opcode::STORE_GLOBAL),
        name: "STORE_GLOBAL",
        caches: 0,
        flags: flag::ARG | flag::NAME,
    },
    Metadata {
        opcode: Some(Opcode::STORE_NAME),
        name: "STORE_NAME",
        caches: 0,
        flags: flag::ARG | flag::NAME,
    },
    Metadata {
        opcode: Some(Opcode::SWAP),
        name: "SWAP",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::UNPACK_EX),
        name: "UNPACK_EX",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::UNPACK_SEQUENCE),
        name: "UNPACK_SEQUENCE",
        caches: 1,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::YIELD_VALUE),
        name: "YIELD_VALUE",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata {
        opcode: Some(Opcode::RESUME),
        name: "RESUME",
        caches: 0,
        flags: flag::ARG | flag::EVAL_BREAK,
    },
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata::NONE,
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_END_FOR),
        name: "INSTRUMENTED_END_FOR",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_POP_ITER),
        name: "INSTRUMENTED_POP_ITER",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_END_SEND),
        name: "INSTRUMENTED_END_SEND",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_FOR_ITER),
        name: "INSTRUMENTED_FOR_ITER",
        caches: 0,
        flags: flag::ARG | flag::JUMP,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_INSTRUCTION),
        name: "INSTRUMENTED_INSTRUCTION",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_JUMP_FORWARD),
        name: "INSTRUMENTED_JUMP_FORWARD",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_NOT_TAKEN),
        name: "INSTRUMENTED_NOT_TAKEN",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_POP_JUMP_IF_TRUE),
        name: "INSTRUMENTED_POP_JUMP_IF_TRUE",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_POP_JUMP_IF_FALSE),
        name: "INSTRUMENTED_POP_JUMP_IF_FALSE",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_POP_JUMP_IF_NONE),
        name: "INSTRUMENTED_POP_JUMP_IF_NONE",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_POP_JUMP_IF_NOT_NONE),
        name: "INSTRUMENTED_POP_JUMP_IF_NOT_NONE",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_RESUME),
        name: "INSTRUMENTED_RESUME",
        caches: 0,
        flags: flag::ARG | flag::EVAL_BREAK,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_RETURN_VALUE),
        name: "INSTRUMENTED_RETURN_VALUE",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_YIELD_VALUE),
        name: "INSTRUMENTED_YIELD_VALUE",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_END_ASYNC_FOR),
        name: "INSTRUMENTED_END_ASYNC_FOR",
        caches: 0,
        flags: flag::ARG | flag::JUMP,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_LOAD_SUPER_ATTR),
        name: "INSTRUMENTED_LOAD_SUPER_ATTR",
        caches: 0,
        flags: flag::ARG | flag::NAME,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_CALL),
        name: "INSTRUMENTED_CALL",
        caches: 0,
        flags: flag::ARG | flag::EVAL_BREAK,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_CALL_KW),
        name: "INSTRUMENTED_CALL_KW",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_CALL_FUNCTION_EX),
        name: "INSTRUMENTED_CALL_FUNCTION_EX",
        caches: 0,
        flags: flag::EVAL_BREAK,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_JUMP_BACKWARD),
        name: "INSTRUMENTED_JUMP_BACKWARD",
        caches: 0,
        flags: flag::ARG | flag::EVAL_BREAK,
    },
    Metadata {
        opcode: Some(Opcode::INSTRUMENTED_LINE),
        name: "INSTRUMENTED_LINE",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::ENTER_EXECUTOR),
        name: "ENTER_EXECUTOR",
        caches: 0,
        flags: flag::ARG,
    },
    Metadata {
        opcode: Some(Opcode::ANNOTATIONS_PLACEHOLDER),
        name: "ANNOTATIONS_PLACEHOLDER",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::JUMP),
        name: "JUMP",
        caches: 0,
        flags: flag::ARG | flag::JUMP | flag::EVAL_BREAK,
    },
    Metadata {
        opcode: Some(Opcode::JUMP_IF_FALSE),
        name: "JUMP_IF_FALSE",
        caches: 0,
        flags: flag::ARG | flag::JUMP,
    },
    Metadata {
        opcode: Some(Opcode::JUMP_IF_TRUE),
        name: "JUMP_IF_TRUE",
        caches: 0,
        flags: flag::ARG | flag::JUMP,
    },
    Metadata {
        opcode: Some(Opcode::JUMP_NO_INTERRUPT),
        name: "JUMP_NO_INTERRUPT",
        caches: 0,
        flags: flag::ARG | flag::JUMP,
    },
    Metadata {
        opcode: Some(Opcode::LOAD_CLOSURE),
        name: "LOAD_CLOSURE",
        caches: 0,
        flags: flag::ARG | flag::LOCAL,
    },
    Metadata {
        opcode: Some(Opcode::POP_BLOCK),
        name: "POP_BLOCK",
        caches: 0,
        flags: 0,
    },
    Metadata {
        opcode: Some(Opcode::SETUP_CLEANUP),
        name: "SETUP_CLEANUP",
        caches: 0,
        flags: flag::ARG | flag::EXC,
    },
    Metadata {
        opcode: Some(Opcode::SETUP_FINALLY),
        name: "SETUP_FINALLY",
        caches: 0,
        flags: flag::ARG | flag::EXC,
    },
    Metadata {
        opcode: Some(Opcode::SETUP_WITH),
        name: "SETUP_WITH",
        caches: 0,
        flags: flag::ARG | flag::EXC,
    },
    Metadata {
        opcode: Some(Opcode::STORE_FAST_MAYBE_NULL),
        name: "STORE_FAST_MAYBE_NULL",
        caches: 0,
        flags: flag::ARG | flag::LOCAL,
    },
];

/// Values popped by an instruction with this argument; for one that jumps, when it jumps.
pub(super) const fn num_popped(opcode: Opcode, oparg: u32) -> u32 {
    match opcode {
        Opcode::CACHE
        | Opcode::RESERVED
        | Opcode::LOAD_BUILD_CLASS
        | Opcode::LOAD_LOCALS
        | Opcode::NOP
        | Opcode::NOT_TAKEN
        | Opcode::PUSH_NULL
        | Opcode::RETURN_GENERATOR
        | Opcode::SETUP_ANNOTATIONS
        | Opcode::COPY_FREE_VARS
        | Opcode::DELETE_DEREF
        | Opcode::DELETE_FAST
        | Opcode::DELETE_GLOBAL
        | Opcode::DELETE_NAME
        | Opcode::EXTENDED_ARG
        | Opcode::JUMP_BACKWARD
        | Opcode::JUMP_BACKWARD_NO_INTERRUPT
        | Opcode::JUMP_FORWARD
        | Opcode::LOAD_COMMON_CONSTANT
        | Opcode::LOAD_CONST
        | Opcode::LOAD_DEREF
        | Opcode::LOAD_FAST
        | Opcode::LOAD_FAST_AND_CLEAR
        | Opcode::LOAD_FAST_BORROW
        | Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW
        | Opcode::LOAD_FAST_CHECK
        | Opcode::LOAD_FAST_LOAD_FAST
        | Opcode::LOAD_GLOBAL
        | Opcode::LOAD_NAME
        | Opcode::LOAD_SMALL_INT
        | Opcode::MAKE_CELL
        | Opcode::RESUME
        | Opcode::INSTRUMENTED_INSTRUCTION
        | Opcode::INSTRUMENTED_JUMP_FORWARD
        | Opcode::INSTRUMENTED_NOT_TAKEN
        | Opcode::INSTRUMENTED_RESUME
        | Opcode::INSTRUMENTED_JUMP_BACKWARD
        | Opcode::INSTRUMENTED_LINE
        | Opcode::ENTER_EXECUTOR
        | Opcode::ANNOTATIONS_PLACEHOLDER
        | Opcode::JUMP
        | Opcode::JUMP_NO_INTERRUPT
        | Opcode::LOAD_CLOSURE
        | Opcode::POP_BLOCK
        | Opcode::SETUP_CLEANUP
        | Opcode::SETUP_FINALLY
        | Opcode::SETUP_WITH => 0,
        Opcode::BINARY_SLICE
        | Opcode::CLEANUP_THROW
        | Opcode::STORE_SUBSCR
        | Opcode::LOAD_SUPER_ATTR
        | Opcode::MATCH_CLASS
        | Opcode::INSTRUMENTED_LOAD_SUPER_ATTR => 3,
        Opcode::BUILD_TEMPLATE
        | Opcode::CHECK_EG_MATCH
        | Opcode::CHECK_EXC_MATCH
        | Opcode::DELETE_SUBSCR
        | Opcode::END_SEND
        | Opcode::FORMAT_WITH_SPEC
        | Opcode::MATCH_KEYS
        | Opcode::BINARY_OP
        | Opcode::CALL_INTRINSIC_2
        | Opcode::COMPARE_OP
        | Opcode::CONTAINS_OP
        | Opcode::END_ASYNC_FOR
        | Opcode::IMPORT_NAME
        | Opcode::IS_OP
        | Opcode::SEND
        | Opcode::SET_FUNCTION_ATTRIBUTE
        | Opcode::STORE_ATTR
        | Opcode::STORE_FAST_STORE_FAST
        | Opcode::INSTRUMENTED_END_FOR
        | Opcode::INSTRUMENTED_END_SEND
        | Opcode::INSTRUMENTED_END_ASYNC_FOR => 2,
        Opcode::CALL_FUNCTION_EX | Opcode::STORE_SLICE | Opcode::INSTRUMENTED_CALL_FUNCTION_EX => 4,
        Opcode::END_FOR
        | Opcode::EXIT_INIT_CHECK
        | Opcode::FORMAT_SIMPLE
        | Opcode::GET_AITER
        | Opcode::GET_ANEXT
        | Opcode::GET_ITER
        | Opcode::GET_LEN
        | Opcode::GET_YIELD_FROM_ITER
        | Opcode::INTERPRETER_EXIT
        | Opcode::MAKE_FUNCTION
        | Opcode::MATCH_MAPPING
        | Opcode::MATCH_SEQUENCE
        | Opcode::POP_EXCEPT
        | Opcode::POP_ITER
        | Opcode::POP_TOP
        | Opcode::PUSH_EXC_INFO
        | Opcode::RETURN_VALUE
        | Opcode::TO_BOOL
        | Opcode::UNARY_INVERT
        | Opcode::UNARY_NEGATIVE
        | Opcode::UNARY_NOT
        | Opcode::CALL_INTRINSIC_1
        | Opcode::CONVERT_VALUE
        | Opcode::DELETE_ATTR
        | Opcode::FOR_ITER
        | Opcode::GET_AWAITABLE
        | Opcode::IMPORT_FROM
        | Opcode::LOAD_ATTR
        | Opcode::LOAD_FROM_DICT_OR_DEREF
        | Opcode::LOAD_FROM_DICT_OR_GLOBALS
        | Opcode::LOAD_SPECIAL
        | Opcode::POP_JUMP_IF_FALSE
        | Opcode::POP_JUMP_IF_NONE
        | Opcode::POP_JUMP_IF_NOT_NONE
        | Opcode::POP_JUMP_IF_TRUE
        | Opcode::STORE_DEREF
        | Opcode::STORE_FAST
        | Opcode::STORE_FAST_LOAD_FAST
        | Opcode::STORE_GLOBAL
        | Opcode::STORE_NAME
        | Opcode::UNPACK_EX
        | Opcode::UNPACK_SEQUENCE
        | Opcode::YIELD_VALUE
        | Opcode::INSTRUMENTED_POP_ITER
        | Opcode::INSTRUMENTED_FOR_ITER
        | Opcode::INSTRUMENTED_POP_JUMP_IF_TRUE
        | Opcode::INSTRUMENTED_POP_JUMP_IF_FALSE
        | Opcode::INSTRUMENTED_POP_JUMP_IF_NONE
        | Opcode::INSTRUMENTED_POP_JUMP_IF_NOT_NONE
        | Opcode::INSTRUMENTED_RETURN_VALUE
        | Opcode::INSTRUMENTED_YIELD_VALUE
        | Opcode::JUMP_IF_FALSE
        | Opcode::JUMP_IF_TRUE
        | Opcode::STORE_FAST_MAYBE_NULL => 1,
        Opcode::WITH_EXCEPT_START => 5,
        Opcode::BUILD_INTERPOLATION => 2 + (oparg & 1),
        Opcode::BUILD_LIST
        | Opcode::BUILD_SET
        | Opcode::BUILD_SLICE
        | Opcode::BUILD_STRING
        | Opcode::BUILD_TUPLE
        | Opcode::COPY
        | Opcode::RAISE_VARARGS
        | Opcode::SWAP => oparg,
        Opcode::BUILD_MAP => oparg * 2,
        Opcode::CALL | Opcode::MAP_ADD | Opcode::INSTRUMENTED_CALL => 2 + oparg,
        Opcode::CALL_KW | Opcode::INSTRUMENTED_CALL_KW => 3 + oparg,
        Opcode::DICT_MERGE => 4 + oparg,
        Opcode::DICT_UPDATE
        | Opcode::LIST_APPEND
        | Opcode::LIST_EXTEND
        | Opcode::RERAISE
        | Opcode::SET_ADD
        | Opcode::SET_UPDATE => 1 + oparg,
    }
}

/// Values pushed by an instruction with this argument; for one that jumps, when it jumps.
pub(super) const fn num_pushed(opcode: Opcode, oparg: u32) -> u32 {
    match opcode {
        Opcode::CACHE
        | Opcode::DELETE_SUBSCR
        | Opcode::END_FOR
        | Opcode::EXIT_INIT_CHECK
        | Opcode::RESERVED
        | Opcode::INTERPRETER_EXIT
        | Opcode::NOP
        | Opcode::NOT_TAKEN
        | Opcode::POP_EXCEPT
        | Opcode::POP_ITER
        | Opcode::POP_TOP
        | Opcode::SETUP_ANNOTATIONS
        | Opcode::STORE_SLICE
        | Opcode::STORE_SUBSCR
        | Opcode::COPY_FREE_VARS
        | Opcode::DELETE_ATTR
        | Opcode::DELETE_DEREF
        | Opcode::DELETE_FAST
        | Opcode::DELETE_GLOBAL
        | Opcode::DELETE_NAME
        | Opcode::END_ASYNC_FOR
        | Opcode::EXTENDED_ARG
        | Opcode::JUMP_BACKWARD
        | Opcode::JUMP_BACKWARD_NO_INTERRUPT
        | Opcode::JUMP_FORWARD
        | Opcode::MAKE_CELL
        | Opcode::POP_JUMP_IF_FALSE
        | Opcode::POP_JUMP_IF_NONE
        | Opcode::POP_JUMP_IF_NOT_NONE
        | Opcode::POP_JUMP_IF_TRUE
        | Opcode::RAISE_VARARGS
        | Opcode::STORE_ATTR
        | Opcode::STORE_DEREF
        | Opcode::STORE_FAST
        | Opcode::STORE_FAST_STORE_FAST
        | Opcode::STORE_GLOBAL
        | Opcode::STORE_NAME
        | Opcode::RESUME
        | Opcode::INSTRUMENTED_POP_ITER
        | Opcode::INSTRUMENTED_INSTRUCTION
        | Opcode::INSTRUMENTED_JUMP_FORWARD
        | Opcode::INSTRUMENTED_NOT_TAKEN
        | Opcode::INSTRUMENTED_POP_JUMP_IF_TRUE
        | Opcode::INSTRUMENTED_POP_JUMP_IF_FALSE
        | Opcode::INSTRUMENTED_POP_JUMP_IF_NONE
        | Opcode::INSTRUMENTED_POP_JUMP_IF_NOT_NONE
        | Opcode::INSTRUMENTED_RESUME
        | Opcode::INSTRUMENTED_END_ASYNC_FOR
        | Opcode::INSTRUMENTED_JUMP_BACKWARD
        | Opcode::INSTRUMENTED_LINE
        | Opcode::ENTER_EXECUTOR
        | Opcode::ANNOTATIONS_PLACEHOLDER
        | Opcode::JUMP
        | Opcode::JUMP_NO_INTERRUPT
        | Opcode::POP_BLOCK
        | Opcode::STORE_FAST_MAYBE_NULL => 0,
        Opcode::BINARY_SLICE
        | Opcode::BUILD_TEMPLATE
        | Opcode::CALL_FUNCTION_EX
        | Opcode::END_SEND
        | Opcode::FORMAT_SIMPLE
        | Opcode::FORMAT_WITH_SPEC
        | Opcode::GET_AITER
        | Opcode::GET_ITER
        | Opcode::GET_YIELD_FROM_ITER
        | Opcode::LOAD_BUILD_CLASS
        | Opcode::LOAD_LOCALS
        | Opcode::MAKE_FUNCTION
        | Opcode::PUSH_NULL
        | Opcode::RETURN_GENERATOR
        | Opcode::RETURN_VALUE
        | Opcode::TO_BOOL
        | Opcode::UNARY_INVERT
        | Opcode::UNARY_NEGATIVE
        | Opcode::UNARY_NOT
        | Opcode::BINARY_OP
        | Opcode::BUILD_INTERPOLATION
        | Opcode::BUILD_LIST
        | Opcode::BUILD_MAP
        | Opcode::BUILD_SET
        | Opcode::BUILD_SLICE
        | Opcode::BUILD_STRING
        | Opcode::BUILD_TUPLE
        | Opcode::CALL
        | Opcode::CALL_INTRINSIC_1
        | Opcode::CALL_INTRINSIC_2
        | Opcode::CALL_KW
        | Opcode::COMPARE_OP
        | Opcode::CONTAINS_OP
        | Opcode::CONVERT_VALUE
        | Opcode::GET_AWAITABLE
        | Opcode::IMPORT_NAME
        | Opcode::IS_OP
        | Opcode::LOAD_COMMON_CONSTANT
        | Opcode::LOAD_CONST
        | Opcode::LOAD_DEREF
        | Opcode::LOAD_FAST
        | Opcode::LOAD_FAST_AND_CLEAR
        | Opcode::LOAD_FAST_BORROW
        | Opcode::LOAD_FAST_CHECK
        | Opcode::LOAD_FROM_DICT_OR_DEREF
        | Opcode::LOAD_FROM_DICT_OR_GLOBALS
        | Opcode::LOAD_NAME
        | Opcode::LOAD_SMALL_INT
        | Opcode::MATCH_CLASS
        | Opcode::SET_FUNCTION_ATTRIBUTE
        | Opcode::STORE_FAST_LOAD_FAST
        | Opcode::YIELD_VALUE
        | Opcode::INSTRUMENTED_END_FOR
        | Opcode::INSTRUMENTED_END_SEND
        | Opcode::INSTRUMENTED_RETURN_VALUE
        | Opcode::INSTRUMENTED_YIELD_VALUE
        | Opcode::INSTRUMENTED_CALL
        | Opcode::INSTRUMENTED_CALL_KW
        | Opcode::INSTRUMENTED_CALL_FUNCTION_EX
        | Opcode::JUMP_IF_FALSE
        | Opcode::JUMP_IF_TRUE
        | Opcode::LOAD_CLOSURE
        | Opcode::SETUP_FINALLY
        | Opcode::SETUP_WITH => 1,
        Opcode::CHECK_EG_MATCH
        | Opcode::CHECK_EXC_MATCH
        | Opcode::CLEANUP_THROW
        | Opcode::GET_ANEXT
        | Opcode::GET_LEN
        | Opcode::MATCH_MAPPING
        | Opcode::MATCH_SEQUENCE
        | Opcode::PUSH_EXC_INFO
        | Opcode::FOR_ITER
        | Opcode::IMPORT_FROM
        | Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW
        | Opcode::LOAD_FAST_LOAD_FAST
        | Opcode::LOAD_SPECIAL
        | Opcode::SEND
        | Opcode::INSTRUMENTED_FOR_ITER
        | Opcode::SETUP_CLEANUP => 2,
        Opcode::MATCH_KEYS => 3,
        Opcode::WITH_EXCEPT_START => 6,
        Opcode::COPY => 1 + oparg,
        Opcode::DICT_MERGE => 3 + oparg,
        Opcode::DICT_UPDATE
        | Opcode::LIST_APPEND
        | Opcode::LIST_EXTEND
        | Opcode::MAP_ADD
        | Opcode::RERAISE
        | Opcode::SET_ADD
        | Opcode::SET_UPDATE
        | Opcode::SWAP
        | Opcode::UNPACK_SEQUENCE => oparg,
        Opcode::LOAD_ATTR
        | Opcode::LOAD_GLOBAL
        | Opcode::LOAD_SUPER_ATTR
        | Opcode::INSTRUMENTED_LOAD_SUPER_ATTR => 1 + (oparg & 1),
        Opcode::UNPACK_EX => 1 + (oparg & 0xFF) + (oparg >> 8),
    }
}

/// CPython's specialized forms: name, number, the instruction each stands for.
pub const SPECIALIZED: &[(&str, u8, Opcode)] = &[
    ("BINARY_OP_INPLACE_ADD_UNICODE", 3, Opcode::BINARY_OP),
    ("BINARY_OP_ADD_FLOAT", 129, Opcode::BINARY_OP),
    ("BINARY_OP_ADD_INT", 130, Opcode::BINARY_OP),
    ("BINARY_OP_ADD_UNICODE", 131, Opcode::BINARY_OP),
    ("BINARY_OP_EXTEND", 132, Opcode::BINARY_OP),
    ("BINARY_OP_MULTIPLY_FLOAT", 133, Opcode::BINARY_OP),
    ("BINARY_OP_MULTIPLY_INT", 134, Opcode::BINARY_OP),
    ("BINARY_OP_SUBSCR_DICT", 135, Opcode::BINARY_OP),
    ("BINARY_OP_SUBSCR_GETITEM", 136, Opcode::BINARY_OP),
    ("BINARY_OP_SUBSCR_LIST_INT", 137, Opcode::BINARY_OP),
    ("BINARY_OP_SUBSCR_LIST_SLICE", 138, Opcode::BINARY_OP),
    ("BINARY_OP_SUBSCR_STR_INT", 139, Opcode::BINARY_OP),
    ("BINARY_OP_SUBSCR_TUPLE_INT", 140, Opcode::BINARY_OP),
    ("BINARY_OP_SUBTRACT_FLOAT", 141, Opcode::BINARY_OP),
    ("BINARY_OP_SUBTRACT_INT", 142, Opcode::BINARY_OP),
    ("CALL_ALLOC_AND_ENTER_INIT", 143, Opcode::CALL),
    ("CALL_BOUND_METHOD_EXACT_ARGS", 144, Opcode::CALL),
    ("CALL_BOUND_METHOD_GENERAL", 145, Opcode::CALL),
    ("CALL_BUILTIN_CLASS", 146, Opcode::CALL),
    ("CALL_BUILTIN_FAST", 147, Opcode::CALL),
    ("CALL_BUILTIN_FAST_WITH_KEYWORDS", 148, Opcode::CALL),
    ("CALL_BUILTIN_O", 149, Opcode::CALL),
    ("CALL_ISINSTANCE", 150, Opcode::CALL),
    ("CALL_KW_BOUND_METHOD", 151, Opcode::CALL_KW),
    ("CALL_KW_NON_PY", 152, Opcode::CALL_KW),
    ("CALL_KW_PY", 153, Opcode::CALL_KW),
    ("CALL_LEN", 154, Opcode::CALL),
    ("CALL_LIST_APPEND", 155, Opcode::CALL),
    ("CALL_METHOD_DESCRIPTOR_FAST", 156, Opcode::CALL),
    (
        "CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS",
        157,
        Opcode::CALL,
    ),
    ("CALL_METHOD_DESCRIPTOR_NOARGS", 158, Opcode::CALL),
    ("CALL_METHOD_DESCRIPTOR_O", 159, Opcode::CALL),
    ("CALL_NON_PY_GENERAL", 160, Opcode::CALL),
    ("CALL_PY_EXACT_ARGS", 161, Opcode::CALL),
    ("CALL_PY_GENERAL", 162, Opcode::CALL),
    ("CALL_STR_1", 163, Opcode::CALL),
    ("CALL_TUPLE_1", 164, Opcode::CALL),
    ("CALL_TYPE_1", 165, Opcode::CALL),
    ("COMPARE_OP_FLOAT", 166, Opcode::COMPARE_OP),
    ("COMPARE_OP_INT", 167, Opcode::COMPARE_OP),
    ("COMPARE_OP_STR", 168, Opcode::COMPARE_OP),
    ("CONTAINS_OP_DICT", 169, Opcode::CONTAINS_OP),
    ("CONTAINS_OP_SET", 170, Opcode::CONTAINS_OP),
    ("FOR_ITER_GEN", 171, Opcode::FOR_ITER),
    ("FOR_ITER_LIST", 172, Opcode::FOR_ITER),
    ("FOR_ITER_RANGE", 173, Opcode::FOR_ITER),
    ("FOR_ITER_TUPLE", 174, Opcode::FOR_ITER),
    ("JUMP_BACKWARD_JIT", 175, Opcode::JUMP_BACKWARD),
    ("JUMP_BACKWARD_NO_JIT", 176, Opcode::JUMP_BACKWARD),
    ("LOAD_ATTR_CLASS", 177, Opcode::LOAD_ATTR),
    (
        "LOAD_ATTR_CLASS_WITH_METACLASS_CHECK",
        178,
        Opcode::LOAD_ATTR,
    ),
    ("LOAD_ATTR_GETATTRIBUTE_OVERRIDDEN", 179, Opcode::LOAD_ATTR),
    ("LOAD_ATTR_INSTANCE_VALUE", 180, Opcode::LOAD_ATTR),
    ("LOAD_ATTR_METHOD_LAZY_DICT", 181, Opcode::LOAD_ATTR),
    ("LOAD_ATTR_METHOD_NO_DICT", 182, Opcode::LOAD_ATTR),
    ("LOAD_ATTR_METHOD_WITH_VALUES", 183, Opcode::LOAD_ATTR),
    ("LOAD_ATTR_MODULE", 184, Opcode::LOAD_ATTR),
    ("LOAD_ATTR_NONDESCRIPTOR_NO_DICT", 185, Opcode::LOAD_ATTR),
    (
        "LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES",
        186,
        Opcode::LOAD_ATTR,
    ),
    ("LOAD_ATTR_PROPERTY", 187, Opcode::LOAD_ATTR),
    ("LOAD_ATTR_SLOT", 188, Opcode::LOAD_ATTR),
    ("LOAD_ATTR_WITH_HINT", 189, Opcode::LOAD_ATTR),
    ("LOAD_CONST_IMMORTAL", 190, Opcode::LOAD_CONST),
    ("LOAD_CONST_MORTAL", 191, Opcode::LOAD_CONST),
    ("LOAD_GLOBAL_BUILTIN", 192, Opcode::LOAD_GLOBAL),
    ("LOAD_GLOBAL_MODULE", 193, Opcode::LOAD_GLOBAL),
    ("LOAD_SUPER_ATTR_ATTR", 194, Opcode::LOAD_SUPER_ATTR),
    ("LOAD_SUPER_ATTR_METHOD", 195, Opcode::LOAD_SUPER_ATTR),
    ("RESUME_CHECK", 196, Opcode::RESUME),
    ("SEND_GEN", 197, Opcode::SEND),
    ("STORE_ATTR_INSTANCE_VALUE", 198, Opcode::STORE_ATTR),
    ("STORE_ATTR_SLOT", 199, Opcode::STORE_ATTR),
    ("STORE_ATTR_WITH_HINT", 200, Opcode::STORE_ATTR),
    ("STORE_SUBSCR_DICT", 201, Opcode::STORE_SUBSCR),
    ("STORE_SUBSCR_LIST_INT", 202, Opcode::STORE_SUBSCR),
    ("TO_BOOL_ALWAYS_TRUE", 203, Opcode::TO_BOOL),
    ("TO_BOOL_BOOL", 204, Opcode::TO_BOOL),
    ("TO_BOOL_INT", 205, Opcode::TO_BOOL),
    ("TO_BOOL_LIST", 206, Opcode::TO_BOOL),
    ("TO_BOOL_NONE", 207, Opcode::TO_BOOL),
    ("TO_BOOL_STR", 208, Opcode::TO_BOOL),
    ("UNPACK_SEQUENCE_LIST", 209, Opcode::UNPACK_SEQUENCE),
    ("UNPACK_SEQUENCE_TUPLE", 210, Opcode::UNPACK_SEQUENCE),
    ("UNPACK_SEQUENCE_TWO_TUPLE", 211, Opcode::UNPACK_SEQUENCE),
];

/// The parts of an instruction's inline cache, in code units (`dis -C` names them).
pub const CACHE_FORMAT: &[(Opcode, &[(&str, u8)])] = &[
    (Opcode::STORE_SUBSCR, &[("counter", 1)]),
    (Opcode::TO_BOOL, &[("counter", 1), ("version", 2)]),
    (Opcode::BINARY_OP, &[("counter", 1), ("descr", 4)]),
    (Opcode::CALL, &[("counter", 1), ("func_version", 2)]),
    (Opcode::CALL_KW, &[("counter", 1), ("func_version", 2)]),
    (Opcode::COMPARE_OP, &[("counter", 1)]),
    (Opcode::CONTAINS_OP, &[("counter", 1)]),
    (Opcode::FOR_ITER, &[("counter", 1)]),
    (Opcode::JUMP_BACKWARD, &[("counter", 1)]),
    (
        Opcode::LOAD_ATTR,
        &[
            ("counter", 1),
            ("version", 2),
            ("keys_version", 2),
            ("descr", 4),
        ],
    ),
    (
        Opcode::LOAD_GLOBAL,
        &[
            ("counter", 1),
            ("index", 1),
            ("module_keys_version", 1),
            ("builtin_keys_version", 1),
        ],
    ),
    (Opcode::LOAD_SUPER_ATTR, &[("counter", 1)]),
    (Opcode::POP_JUMP_IF_FALSE, &[("counter", 1)]),
    (Opcode::POP_JUMP_IF_NONE, &[("counter", 1)]),
    (Opcode::POP_JUMP_IF_NOT_NONE, &[("counter", 1)]),
    (Opcode::POP_JUMP_IF_TRUE, &[("counter", 1)]),
    (Opcode::SEND, &[("counter", 1)]),
    (
        Opcode::STORE_ATTR,
        &[("counter", 1), ("version", 2), ("index", 1)],
    ),
    (Opcode::UNPACK_SEQUENCE, &[("counter", 1)]),
];

/// `BINARY_OP`: the operators' spelling.
pub const BINARY_OPS: &[&str] = &[
    "+", "&", "//", "<<", "@", "*", "%", "|", "**", ">>", "-", "/", "^", "+=", "&=", "//=", "<<=",
    "@=", "*=", "%=", "|=", "**=", ">>=", "-=", "/=", "^=", "[]",
];

/// `BINARY_OP`: the operators' names.
pub const BINARY_OP_NAMES: &[&str] = &[
    "NB_ADD",
    "NB_AND",
    "NB_FLOOR_DIVIDE",
    "NB_LSHIFT",
    "NB_MATRIX_MULTIPLY",
    "NB_MULTIPLY",
    "NB_REMAINDER",
    "NB_OR",
    "NB_POWER",
    "NB_RSHIFT",
    "NB_SUBTRACT",
    "NB_TRUE_DIVIDE",
    "NB_XOR",
    "NB_INPLACE_ADD",
    "NB_INPLACE_AND",
    "NB_INPLACE_FLOOR_DIVIDE",
    "NB_INPLACE_LSHIFT",
    "NB_INPLACE_MATRIX_MULTIPLY",
    "NB_INPLACE_MULTIPLY",
    "NB_INPLACE_REMAINDER",
    "NB_INPLACE_OR",
    "NB_INPLACE_POWER",
    "NB_INPLACE_RSHIFT",
    "NB_INPLACE_SUBTRACT",
    "NB_INPLACE_TRUE_DIVIDE",
    "NB_INPLACE_XOR",
    "NB_SUBSCR",
];

/// `COMPARE_OP`: the operators' spelling.
pub const COMPARE_OPS: &[&str] = &["<", "<=", "==", "!=", ">", ">="];

/// `CALL_INTRINSIC_1`: the functions.
pub const INTRINSICS_1: &[&str] = &[
    "INTRINSIC_1_INVALID",
    "INTRINSIC_PRINT",
    "INTRINSIC_IMPORT_STAR",
    "INTRINSIC_STOPITERATION_ERROR",
    "INTRINSIC_ASYNC_GEN_WRAP",
    "INTRINSIC_UNARY_POSITIVE",
    "INTRINSIC_LIST_TO_TUPLE",
    "INTRINSIC_TYPEVAR",
    "INTRINSIC_PARAMSPEC",
    "INTRINSIC_TYPEVARTUPLE",
    "INTRINSIC_SUBSCRIPT_GENERIC",
    "INTRINSIC_TYPEALIAS",
];

/// `CALL_INTRINSIC_2`: the functions.
pub const INTRINSICS_2: &[&str] = &[
    "INTRINSIC_2_INVALID",
    "INTRINSIC_PREP_RERAISE_STAR",
    "INTRINSIC_TYPEVAR_WITH_BOUND",
    "INTRINSIC_TYPEVAR_WITH_CONSTRAINTS",
    "INTRINSIC_SET_FUNCTION_TYPE_PARAMS",
    "INTRINSIC_SET_TYPEPARAM_DEFAULT",
];

/// `LOAD_SPECIAL`: the methods.
pub const SPECIAL_METHODS: &[&str] = &["__enter__", "__exit__", "__aenter__", "__aexit__"];

/// `LOAD_COMMON_CONSTANT`: the constants.
pub const COMMON_CONSTANTS: &[&str] = &[
    "AssertionError",
    "NotImplementedError",
    "tuple",
    "all",
    "any",
];

/// The numbers of the operations by CPython's names.
#[allow(missing_docs)]
pub mod number {
    pub const NB_ADD: u32 = 0;
    pub const NB_AND: u32 = 1;
    pub const NB_FLOOR_DIVIDE: u32 = 2;
    pub const NB_LSHIFT: u32 = 3;
    pub const NB_MATRIX_MULTIPLY: u32 = 4;
    pub const NB_MULTIPLY: u32 = 5;
    pub const NB_REMAINDER: u32 = 6;
    pub const NB_OR: u32 = 7;
    pub const NB_POWER: u32 = 8;
    pub const NB_RSHIFT: u32 = 9;
    pub const NB_SUBTRACT: u32 = 10;
    pub const NB_TRUE_DIVIDE: u32 = 11;
    pub const NB_XOR: u32 = 12;
    pub const NB_INPLACE_ADD: u32 = 13;
    pub const NB_INPLACE_AND: u32 = 14;
    pub const NB_INPLACE_FLOOR_DIVIDE: u32 = 15;
    pub const NB_INPLACE_LSHIFT: u32 = 16;
    pub const NB_INPLACE_MATRIX_MULTIPLY: u32 = 17;
    pub const NB_INPLACE_MULTIPLY: u32 = 18;
    pub const NB_INPLACE_REMAINDER: u32 = 19;
    pub const NB_INPLACE_OR: u32 = 20;
    pub const NB_INPLACE_POWER: u32 = 21;
    pub const NB_INPLACE_RSHIFT: u32 = 22;
    pub const NB_INPLACE_SUBTRACT: u32 = 23;
    pub const NB_INPLACE_TRUE_DIVIDE: u32 = 24;
    pub const NB_INPLACE_XOR: u32 = 25;
    pub const NB_SUBSCR: u32 = 26;
    pub const INTRINSIC_1_INVALID: u32 = 0;
    pub const INTRINSIC_PRINT: u32 = 1;
    pub const INTRINSIC_IMPORT_STAR: u32 = 2;
    pub const INTRINSIC_STOPITERATION_ERROR: u32 = 3;
    pub const INTRINSIC_ASYNC_GEN_WRAP: u32 = 4;
    pub const INTRINSIC_UNARY_POSITIVE: u32 = 5;
    pub const INTRINSIC_LIST_TO_TUPLE: u32 = 6;
    pub const INTRINSIC_TYPEVAR: u32 = 7;
    pub const INTRINSIC_PARAMSPEC: u32 = 8;
    pub const INTRINSIC_TYPEVARTUPLE: u32 = 9;
    pub const INTRINSIC_SUBSCRIPT_GENERIC: u32 = 10;
    pub const INTRINSIC_TYPEALIAS: u32 = 11;
    pub const INTRINSIC_2_INVALID: u32 = 0;
    pub const INTRINSIC_PREP_RERAISE_STAR: u32 = 1;
    pub const INTRINSIC_TYPEVAR_WITH_BOUND: u32 = 2;
    pub const INTRINSIC_TYPEVAR_WITH_CONSTRAINTS: u32 = 3;
    pub const INTRINSIC_SET_FUNCTION_TYPE_PARAMS: u32 = 4;
    pub const INTRINSIC_SET_TYPEPARAM_DEFAULT: u32 = 5;
    pub const SPECIAL___ENTER__: u32 = 0;
    pub const SPECIAL___EXIT__: u32 = 1;
    pub const SPECIAL___AENTER__: u32 = 2;
    pub const SPECIAL___AEXIT__: u32 = 3;
    pub const CONSTANT_ASSERTIONERROR: u32 = 0;
    pub const CONSTANT_NOTIMPLEMENTEDERROR: u32 = 1;
    pub const CONSTANT_TUPLE: u32 = 2;
    pub const CONSTANT_ALL: u32 = 3;
    pub const CONSTANT_ANY: u32 = 4;
}

//! What each instruction does, in one line, for people.

use vitrine_bytecode::opcode::Opcode;

/// One line on an instruction; the machine's stack is "the stack".
pub(crate) fn meaning(opcode: Opcode) -> &'static str {
    match opcode {
        Opcode::RESUME => "a call, or a generator's next turn, begins here",
        Opcode::LOAD_CONST => "push a constant",
        Opcode::LOAD_SMALL_INT => "push a small integer",
        Opcode::LOAD_COMMON_CONSTANT => "push a constant that the interpreter shares",
        Opcode::LOAD_FAST => "push a local variable",
        Opcode::LOAD_FAST_BORROW => "push a local variable, without counting the reference",
        Opcode::LOAD_FAST_CHECK => "push a local variable; UnboundLocalError if it has no value",
        Opcode::LOAD_FAST_AND_CLEAR => {
            "push a local variable and empty it: an inlined comprehension begins"
        }
        Opcode::LOAD_FAST_LOAD_FAST => "push two local variables",
        Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
            "push two local variables, without counting the references"
        }
        Opcode::STORE_FAST => "pop into a local variable",
        Opcode::STORE_FAST_LOAD_FAST => "pop into a local variable, push another",
        Opcode::STORE_FAST_STORE_FAST => "pop into two local variables",
        Opcode::DELETE_FAST => "empty a local variable",
        Opcode::LOAD_NAME => "look a name up: the namespace at hand, then globals, then builtins",
        Opcode::STORE_NAME => "pop into a name of the namespace at hand",
        Opcode::DELETE_NAME => "delete a name of the namespace at hand",
        Opcode::LOAD_GLOBAL => "look a name up: globals, then builtins",
        Opcode::STORE_GLOBAL => "pop into a global variable",
        Opcode::DELETE_GLOBAL => "delete a global variable",
        Opcode::LOAD_DEREF => "push what a cell holds now; NameError if it is empty",
        Opcode::STORE_DEREF => "pop into a cell: all functions that share it see it",
        Opcode::DELETE_DEREF => "empty a cell",
        Opcode::LOAD_FROM_DICT_OR_DEREF => {
            "look a name up in the class's namespace, then in a cell"
        }
        Opcode::LOAD_FROM_DICT_OR_GLOBALS => {
            "look a name up in the class's namespace, then globals, then builtins"
        }
        Opcode::LOAD_LOCALS => "push the namespace at hand",
        Opcode::MAKE_CELL => "put a local variable into a cell, as an inner function shares it",
        Opcode::COPY_FREE_VARS => "take over the cells that came with the function",
        Opcode::LOAD_BUILD_CLASS => "push the builtin that makes classes",
        Opcode::MAKE_FUNCTION => "make a function from a code object; its body does not run",
        Opcode::SET_FUNCTION_ATTRIBUTE => "give the function its defaults, annotations or cells",
        Opcode::PUSH_NULL => "push nothing: no `self` for the call that follows",
        Opcode::CALL => "call with positional arguments, push what is returned",
        Opcode::CALL_KW => "call with keyword arguments, push what is returned",
        Opcode::CALL_FUNCTION_EX => "call with `*args` and `**kwargs`, push what is returned",
        Opcode::CALL_INTRINSIC_1 | Opcode::CALL_INTRINSIC_2 => {
            "do something rare that needs no instruction of its own"
        }
        Opcode::RETURN_VALUE => "end the call; its value is the top of the stack",
        Opcode::RETURN_GENERATOR => "end the call with a generator or coroutine that goes on later",
        Opcode::YIELD_VALUE => "hand a value out and sleep until the next turn",
        Opcode::SEND => "send a value to an inner generator; jump when it is exhausted",
        Opcode::END_SEND => "drop the exhausted inner generator, keep its value",
        Opcode::CLEANUP_THROW => "an exception was thrown into a generator that waits for another",
        Opcode::GET_AWAITABLE => "ask an object for what `await` waits for",
        Opcode::GET_YIELD_FROM_ITER => "ask an object for what `yield from` iterates",
        Opcode::GET_ITER => "replace an object by its iterator",
        Opcode::GET_AITER => "replace an object by its asynchronous iterator",
        Opcode::GET_ANEXT => "push what yields the next item, asynchronously",
        Opcode::FOR_ITER => "push the iterator's next item; jump when there is none",
        Opcode::END_FOR => "the loop is over: drop what is left of it",
        Opcode::POP_ITER => "drop the iterator",
        Opcode::END_ASYNC_FOR => "end an asynchronous loop, or raise what ended it",
        Opcode::POP_TOP => "drop the top of the stack",
        Opcode::COPY => "push a copy of an item of the stack",
        Opcode::SWAP => "swap the top of the stack with an item below",
        Opcode::NOP => "do nothing; a line to stop at",
        Opcode::NOT_TAKEN => "the branch was not taken; for tracing",
        Opcode::EXTENDED_ARG => "more bits for the next argument",
        Opcode::BINARY_OP => "replace two operands by the result",
        Opcode::BINARY_SLICE => "replace an object and two bounds by the slice",
        Opcode::STORE_SLICE => "assign to a slice",
        Opcode::STORE_SUBSCR => "assign to an item",
        Opcode::DELETE_SUBSCR => "delete an item",
        Opcode::BUILD_SLICE => "make a slice object",
        Opcode::UNARY_NEGATIVE => "replace the top of the stack by its negative",
        Opcode::UNARY_INVERT => "replace the top of the stack by its inverse",
        Opcode::UNARY_NOT => "replace the truth value by its opposite",
        Opcode::TO_BOOL => "replace the top of the stack by its truth value",
        Opcode::COMPARE_OP => "replace two operands by the outcome of comparing them",
        Opcode::IS_OP => "whether two objects are one",
        Opcode::CONTAINS_OP => "whether a container has an item",
        Opcode::LOAD_ATTR => {
            "replace an object by an attribute of it, or by a method and the object"
        }
        Opcode::STORE_ATTR => "assign to an attribute",
        Opcode::DELETE_ATTR => "delete an attribute",
        Opcode::LOAD_SUPER_ATTR => {
            "look an attribute up behind the class, without making a `super` object"
        }
        Opcode::LOAD_SPECIAL => "push a special method of an object, as `with` needs it",
        Opcode::BUILD_TUPLE => "make a tuple of the top items",
        Opcode::BUILD_LIST => "make a new list of the top items",
        Opcode::BUILD_SET => "make a new set of the top items",
        Opcode::BUILD_MAP => "make a new dict of the top items",
        Opcode::BUILD_STRING => "join the parts of an f-string",
        Opcode::BUILD_TEMPLATE => "make a template from strings and interpolations",
        Opcode::BUILD_INTERPOLATION => "make an interpolation of a template",
        Opcode::FORMAT_SIMPLE => "turn a value into text",
        Opcode::FORMAT_WITH_SPEC => "turn a value into text by a format",
        Opcode::CONVERT_VALUE => "apply `!s`, `!r` or `!a`",
        Opcode::LIST_APPEND => "append to the list of a comprehension",
        Opcode::SET_ADD => "add to the set of a comprehension",
        Opcode::MAP_ADD => "add to the dict of a comprehension",
        Opcode::LIST_EXTEND => "append all items of an iterable",
        Opcode::SET_UPDATE => "add all items of an iterable",
        Opcode::DICT_UPDATE => "take over all items of a mapping",
        Opcode::DICT_MERGE => {
            "take over the keyword arguments of a mapping; a key twice is an error"
        }
        Opcode::UNPACK_SEQUENCE => "push the items of an iterable, which must be so many",
        Opcode::UNPACK_EX => "push the items of an iterable, the rest as a list",
        Opcode::JUMP_FORWARD | Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT => {
            "go on elsewhere"
        }
        Opcode::POP_JUMP_IF_FALSE => "pop; go on elsewhere if it is false",
        Opcode::POP_JUMP_IF_TRUE => "pop; go on elsewhere if it is true",
        Opcode::POP_JUMP_IF_NONE => "pop; go on elsewhere if it is None",
        Opcode::POP_JUMP_IF_NOT_NONE => "pop; go on elsewhere if it is not None",
        Opcode::IMPORT_NAME => "import a module: from `sys.modules`, or by running it",
        Opcode::IMPORT_FROM => "push an attribute of the module",
        Opcode::RAISE_VARARGS => "raise an exception",
        Opcode::RERAISE => "raise the exception at hand again",
        Opcode::PUSH_EXC_INFO => "an exception is being handled from here on",
        Opcode::POP_EXCEPT => "the exception is handled",
        Opcode::CHECK_EXC_MATCH => "whether the exception is of a class",
        Opcode::CHECK_EG_MATCH => "split an exception group by a class",
        Opcode::WITH_EXCEPT_START => "tell the context manager of the exception",
        Opcode::MATCH_MAPPING => "whether the subject is a mapping",
        Opcode::MATCH_SEQUENCE => "whether the subject is a sequence",
        Opcode::MATCH_KEYS => "look the keys of a pattern up",
        Opcode::MATCH_CLASS => "take the attributes that a class pattern names",
        Opcode::GET_LEN => "push the length",
        Opcode::SETUP_ANNOTATIONS => "make `__annotations__`, if there is none",
        _ => "",
    }
}

//! What each instruction does, in one line.
//!
//! TOS is the value on top of the stack. The match is complete: a new opcode does
//! not compile without its line.

use crate::opcode::Opcode;

/// One line on what an instruction does.
pub fn describe(opcode: Opcode) -> &'static str {
    match opcode {
        Opcode::ANNOTATIONS_PLACEHOLDER => {
            "Marks where the code for annotations goes; gone before the code runs."
        }
        Opcode::BEFORE_ASYNC_WITH => {
            "Takes an asynchronous context manager and pushes its `__aexit__` and what `__aenter__` gives."
        }
        Opcode::BEFORE_WITH => {
            "Takes a context manager and pushes its `__exit__` and what `__enter__` gives."
        }
        Opcode::BINARY_SUBSCR => "Takes a container and a key and pushes `container[key]`.",
        Opcode::BUILD_CONST_KEY_MAP => {
            "Takes so many values and a tuple of keys and pushes a new dictionary of them."
        }
        Opcode::END_ASYNC_FOR_NO_JUMP => {
            "Ends an `async for` if StopAsyncIteration was raised; any other exception goes on."
        }
        Opcode::LOAD_ASSERTION_ERROR => "Pushes AssertionError.",
        Opcode::RETURN_CONST => "Leaves the function and gives a constant to the caller.",
        Opcode::BINARY_OP => {
            "Takes two values and pushes the result of the operator; `[]` is one of them."
        }
        Opcode::BINARY_SLICE => {
            "Takes a container, start and stop and pushes `container[start:stop]`."
        }
        Opcode::BUILD_INTERPOLATION => {
            "Makes the interpolation of a template string from its value, text, conversion and format."
        }
        Opcode::BUILD_LIST => "Takes so many values and pushes a new list of them.",
        Opcode::BUILD_MAP => {
            "Takes so many pairs of key and value and pushes a new dictionary of them."
        }
        Opcode::BUILD_SET => "Takes so many values and pushes a new set of them.",
        Opcode::BUILD_SLICE => "Takes start, stop and perhaps step and pushes a slice object.",
        Opcode::BUILD_STRING => {
            "Takes so many strings and pushes them joined: the end of an f-string."
        }
        Opcode::BUILD_TEMPLATE => {
            "Makes a template string from its strings and its interpolations."
        }
        Opcode::BUILD_TUPLE => "Takes so many values and pushes a new tuple of them.",
        Opcode::CACHE => {
            "Room behind an instruction for what the interpreter learns about it; never executed."
        }
        Opcode::CALL => {
            "Calls a callable with so many positional arguments and pushes what it returns."
        }
        Opcode::CALL_FUNCTION_EX => {
            "Calls a callable with a tuple of arguments and perhaps a dictionary: `f(*args, **kwargs)`."
        }
        Opcode::CALL_INTRINSIC_1 => {
            "Calls a function of the interpreter itself with TOS and pushes the result."
        }
        Opcode::CALL_INTRINSIC_2 => {
            "Calls a function of the interpreter itself with two values and pushes the result."
        }
        Opcode::CALL_KW => {
            "Calls a callable with arguments of which the last ones are named by the tuple in TOS."
        }
        Opcode::CHECK_EG_MATCH => {
            "For `except*`: splits the exception group in two, what the type matches and the rest."
        }
        Opcode::CHECK_EXC_MATCH => {
            "For `except`: replaces the type in TOS by whether the exception below is one of it."
        }
        Opcode::CLEANUP_THROW => {
            "Handles an exception thrown into a suspended `await` or `yield from`: StopIteration gives its value."
        }
        Opcode::COMPARE_OP => {
            "Takes two values and pushes how they compare; with `bool(...)`, as True or False."
        }
        Opcode::CONTAINS_OP => {
            "Takes a value and a container and pushes whether it is in there, or is not."
        }
        Opcode::CONVERT_VALUE => {
            "Replaces TOS by its str, repr or ascii: `!s`, `!r` or `!a` in an f-string."
        }
        Opcode::COPY => "Pushes once more the value so many places from the top; 1 is TOS itself.",
        Opcode::COPY_FREE_VARS => {
            "Puts the cells of the enclosing functions' variables into the frame, at a function's start."
        }
        Opcode::DELETE_ATTR => "Deletes an attribute of TOS: `del object.name`.",
        Opcode::DELETE_DEREF => "Empties the cell of a captured variable: `del name`.",
        Opcode::DELETE_FAST => "Deletes a local variable.",
        Opcode::DELETE_GLOBAL => "Deletes a global variable.",
        Opcode::DELETE_NAME => "Deletes a name from the local namespace of a module or class.",
        Opcode::DELETE_SUBSCR => "Deletes an item: `del container[key]`.",
        Opcode::DICT_MERGE => {
            "Adds the mapping in TOS to the keyword arguments of a call; a key twice is an error."
        }
        Opcode::DICT_UPDATE => "Adds the mapping in TOS to a dictionary display: `{**mapping}`.",
        Opcode::END_ASYNC_FOR => {
            "Ends `async for` when the exception is StopAsyncIteration, else raises it again."
        }
        Opcode::END_FOR => "Takes the last value off the stack at the end of a `for` loop.",
        Opcode::END_SEND => {
            "Keeps the result of a finished `await` or `yield from` and drops what was waited for."
        }
        Opcode::ENTER_EXECUTOR => {
            "Continues in code that the just-in-time compiler made of this loop."
        }
        Opcode::EXIT_INIT_CHECK => "Raises TypeError unless `__init__` returned None.",
        Opcode::EXTENDED_ARG => "Gives the next instruction eight more bits of argument.",
        Opcode::FORMAT_SIMPLE => "Replaces TOS by its text in an f-string: `format(value, '')`.",
        Opcode::FORMAT_WITH_SPEC => {
            "Takes a value and a format and pushes the text: `format(value, spec)`."
        }
        Opcode::FOR_ITER => {
            "Pushes the next value of the iterator in TOS, or jumps behind the loop when there is none."
        }
        Opcode::GET_AITER => "Replaces TOS by its asynchronous iterator: the start of `async for`.",
        Opcode::GET_ANEXT => {
            "Pushes what to await for the next value of the asynchronous iterator in TOS."
        }
        Opcode::GET_AWAITABLE => "Replaces TOS by what `await` waits for.",
        Opcode::GET_ITER => "Replaces TOS by its iterator: `iter(value)`.",
        Opcode::GET_LEN => "Pushes the length of TOS, which stays: a step of pattern matching.",
        Opcode::GET_YIELD_FROM_ITER => {
            "Replaces TOS by its iterator for `yield from`; generators stay themselves."
        }
        Opcode::IMPORT_FROM => {
            "Pushes an attribute of the module in TOS, which stays: `from module import name`."
        }
        Opcode::IMPORT_NAME => {
            "Takes a level and a list of names, imports the module and pushes it."
        }
        Opcode::INSTRUMENTED_CALL => "CALL, with monitoring.",
        Opcode::INSTRUMENTED_CALL_FUNCTION_EX => "CALL_FUNCTION_EX, with monitoring.",
        Opcode::INSTRUMENTED_CALL_KW => "CALL_KW, with monitoring.",
        Opcode::INSTRUMENTED_END_ASYNC_FOR => "END_ASYNC_FOR, with monitoring.",
        Opcode::INSTRUMENTED_END_FOR => "END_FOR, with monitoring.",
        Opcode::INSTRUMENTED_END_SEND => "END_SEND, with monitoring.",
        Opcode::INSTRUMENTED_FOR_ITER => "FOR_ITER, with monitoring.",
        Opcode::INSTRUMENTED_INSTRUCTION => "Any instruction, with monitoring of each.",
        Opcode::INSTRUMENTED_JUMP_BACKWARD => "JUMP_BACKWARD, with monitoring.",
        Opcode::INSTRUMENTED_JUMP_FORWARD => "JUMP_FORWARD, with monitoring.",
        Opcode::INSTRUMENTED_LINE => {
            "Any instruction that starts a line, with monitoring of lines."
        }
        Opcode::INSTRUMENTED_LOAD_SUPER_ATTR => "LOAD_SUPER_ATTR, with monitoring.",
        Opcode::INSTRUMENTED_NOT_TAKEN => "NOT_TAKEN, with monitoring.",
        Opcode::INSTRUMENTED_POP_ITER => "POP_ITER, with monitoring.",
        Opcode::INSTRUMENTED_POP_JUMP_IF_FALSE => "POP_JUMP_IF_FALSE, with monitoring.",
        Opcode::INSTRUMENTED_POP_JUMP_IF_NONE => "POP_JUMP_IF_NONE, with monitoring.",
        Opcode::INSTRUMENTED_POP_JUMP_IF_NOT_NONE => "POP_JUMP_IF_NOT_NONE, with monitoring.",
        Opcode::INSTRUMENTED_POP_JUMP_IF_TRUE => "POP_JUMP_IF_TRUE, with monitoring.",
        Opcode::INSTRUMENTED_RESUME => "RESUME, with monitoring.",
        Opcode::INSTRUMENTED_RETURN_VALUE => "RETURN_VALUE, with monitoring.",
        Opcode::INSTRUMENTED_YIELD_VALUE => "YIELD_VALUE, with monitoring.",
        Opcode::INTERPRETER_EXIT => {
            "Leaves the interpreter's loop with the value in TOS; in no code of yours."
        }
        Opcode::IS_OP => {
            "Takes two values and pushes whether they are the same object, or are not."
        }
        Opcode::JUMP => "Goes on at the label; becomes a jump forward or backward.",
        Opcode::JUMP_BACKWARD => {
            "Goes back, as at the end of a loop; here signals and other threads get their turn."
        }
        Opcode::JUMP_BACKWARD_NO_INTERRUPT => {
            "Goes back without giving signals or other threads a turn."
        }
        Opcode::JUMP_FORWARD => "Goes on further ahead.",
        Opcode::JUMP_IF_FALSE => {
            "Jumps if TOS is false, and leaves it; becomes COPY, TO_BOOL and POP_JUMP_IF_FALSE."
        }
        Opcode::JUMP_IF_TRUE => {
            "Jumps if TOS is true, and leaves it; becomes COPY, TO_BOOL and POP_JUMP_IF_TRUE."
        }
        Opcode::JUMP_NO_INTERRUPT => "Goes on at the label without giving signals a turn.",
        Opcode::LIST_APPEND => {
            "Appends TOS to the list so many places down, in a display or comprehension."
        }
        Opcode::LIST_EXTEND => "Extends the list so many places down by the iterable in TOS.",
        Opcode::LOAD_ATTR => {
            "Replaces TOS by one of its attributes; for a method call, pushes method and object apart."
        }
        Opcode::LOAD_BUILD_CLASS => "Pushes the function that makes classes: `__build_class__`.",
        Opcode::LOAD_CLOSURE => {
            "Pushes the cell of a variable for an inner function; becomes LOAD_FAST."
        }
        Opcode::LOAD_COMMON_CONSTANT => {
            "Pushes an object that every interpreter has, such as AssertionError."
        }
        Opcode::LOAD_CONST => "Pushes a constant of the code object.",
        Opcode::LOAD_DEREF => "Pushes the value in the cell of a captured variable.",
        Opcode::LOAD_FAST => "Pushes a local variable.",
        Opcode::LOAD_FAST_AND_CLEAR => {
            "Pushes a local variable, or nothing, and empties it: a comprehension saves it so."
        }
        Opcode::LOAD_FAST_BORROW => {
            "Pushes a local variable without counting the reference: it outlives its use."
        }
        Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
            "Pushes two local variables without counting the references."
        }
        Opcode::LOAD_FAST_CHECK => {
            "Pushes a local variable that may not be set yet: UnboundLocalError then."
        }
        Opcode::LOAD_FAST_LOAD_FAST => "Pushes two local variables.",
        Opcode::LOAD_FROM_DICT_OR_DEREF => {
            "Pushes a name from the mapping in TOS, else from the cell: a class body in a function."
        }
        Opcode::LOAD_FROM_DICT_OR_GLOBALS => {
            "Pushes a name from the mapping in TOS, else a global or built-in one."
        }
        Opcode::LOAD_GLOBAL => {
            "Pushes a global or built-in name; with `+ NULL`, ready to be called."
        }
        Opcode::LOAD_LOCALS => "Pushes the local namespace as a mapping, in class bodies.",
        Opcode::LOAD_NAME => {
            "Pushes a name: local, else global, else built-in; in modules and class bodies."
        }
        Opcode::LOAD_SMALL_INT => "Pushes the integer that is the argument.",
        Opcode::LOAD_SPECIAL => {
            "Replaces TOS by one of its special methods and itself: the start of `with`."
        }
        Opcode::LOAD_SUPER_ATTR => {
            "Pushes an attribute of `super()`, without making the super object."
        }
        Opcode::MAKE_CELL => "Puts a variable into a cell, so that inner functions can share it.",
        Opcode::MAKE_FUNCTION => "Replaces the code object in TOS by a function.",
        Opcode::MAP_ADD => {
            "Adds a key and a value to the dictionary so many places down, in a comprehension."
        }
        Opcode::MATCH_CLASS => {
            "Pushes the attributes that a class pattern asks for, or None if it does not match."
        }
        Opcode::MATCH_KEYS => {
            "Pushes the values of the keys that a mapping pattern asks for, or None."
        }
        Opcode::MATCH_MAPPING => "Pushes whether TOS is a mapping, for a `case {...}`.",
        Opcode::MATCH_SEQUENCE => {
            "Pushes whether TOS is a sequence and no string, for a `case [...]`."
        }
        Opcode::NOP => "Does nothing; it stands for a line that debuggers can stop at.",
        Opcode::NOT_TAKEN => {
            "Marks the way on where a conditional jump did not jump, for monitoring."
        }
        Opcode::POP_BLOCK => "Ends the reach of an exception handler; gone before the code runs.",
        Opcode::POP_EXCEPT => {
            "Ends the handling of an exception: the one handled before is current again."
        }
        Opcode::POP_ITER => "Drops the iterator at the end of a loop.",
        Opcode::POP_JUMP_IF_FALSE => "Takes TOS, True or False, and jumps if it is False.",
        Opcode::POP_JUMP_IF_NONE => "Takes TOS and jumps if it is None.",
        Opcode::POP_JUMP_IF_NOT_NONE => "Takes TOS and jumps if it is not None.",
        Opcode::POP_JUMP_IF_TRUE => "Takes TOS, True or False, and jumps if it is True.",
        Opcode::POP_TOP => "Drops TOS: the value of a statement that nobody uses.",
        Opcode::PUSH_EXC_INFO => {
            "Makes the exception in TOS the current one, with the one before below it."
        }
        Opcode::PUSH_NULL => "Pushes nothing, where a call expects the object of a method.",
        Opcode::RAISE_VARARGS => {
            "Raises: again what is handled (0), an exception (1), or one `from` another (2)."
        }
        Opcode::RERAISE => "Raises the exception in TOS again, its traceback as it was.",
        Opcode::RESERVED => "No instruction.",
        Opcode::RESUME => {
            "Starts or goes on with a function; the interpreter checks for signals and tracing here."
        }
        Opcode::RETURN_GENERATOR => {
            "Makes a generator or coroutine of the frame and returns it to the caller."
        }
        Opcode::RETURN_VALUE => "Leaves the function and gives TOS to the caller.",
        Opcode::SEND => {
            "Sends TOS to the generator or awaitable below; jumps when that has finished."
        }
        Opcode::SETUP_ANNOTATIONS => "Makes `__annotations__` if there is none yet.",
        Opcode::SETUP_CLEANUP => {
            "Sets up a handler that wants to know where it was raised; becomes a table entry."
        }
        Opcode::SETUP_FINALLY => {
            "Sets up an exception handler; becomes an entry of the exception table."
        }
        Opcode::SETUP_WITH => {
            "Sets up the handler of a `with` block; becomes an entry of the exception table."
        }
        Opcode::SET_ADD => {
            "Adds TOS to the set so many places down, in a display or comprehension."
        }
        Opcode::SET_FUNCTION_ATTRIBUTE => {
            "Gives a new function its defaults, annotations or closure."
        }
        Opcode::SET_UPDATE => {
            "Adds everything in the iterable in TOS to the set so many places down."
        }
        Opcode::STORE_ATTR => "Sets an attribute of TOS to the value below: `object.name = value`.",
        Opcode::STORE_DEREF => "Puts TOS into the cell of a captured variable.",
        Opcode::STORE_FAST => "Takes TOS into a local variable.",
        Opcode::STORE_FAST_LOAD_FAST => "Takes TOS into a local variable and pushes another.",
        Opcode::STORE_FAST_MAYBE_NULL => {
            "Takes TOS, or nothing, back into a local variable; becomes STORE_FAST."
        }
        Opcode::STORE_FAST_STORE_FAST => "Takes two values into two local variables.",
        Opcode::STORE_GLOBAL => "Takes TOS into a global variable.",
        Opcode::STORE_NAME => "Takes TOS into the local namespace of a module or class.",
        Opcode::STORE_SLICE => "Sets a slice: `container[start:stop] = value`.",
        Opcode::STORE_SUBSCR => "Sets an item: `container[key] = value`.",
        Opcode::SWAP => "Exchanges TOS with the value so many places from the top.",
        Opcode::TO_BOOL => "Replaces TOS by its truth: `bool(value)`.",
        Opcode::UNARY_INVERT => "Replaces TOS by `~TOS`.",
        Opcode::UNARY_NEGATIVE => "Replaces TOS by `-TOS`.",
        Opcode::UNARY_NOT => "Replaces TOS, True or False, by the other one.",
        Opcode::UNPACK_EX => "Takes an iterable apart for an assignment with a starred target.",
        Opcode::UNPACK_SEQUENCE => {
            "Takes an iterable of exactly so many values apart, the first on top."
        }
        Opcode::WITH_EXCEPT_START => {
            "Calls `__exit__` with the exception and pushes what it returns."
        }
        Opcode::YIELD_VALUE => {
            "Gives TOS to the caller and suspends; what is sent is on top afterwards."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opcode::ALL;

    #[test]
    fn each_is_one_full_sentence() {
        for opcode in ALL {
            let line = describe(opcode);
            assert!(
                line.ends_with('.') && !line.contains('\n') && line.len() <= 110,
                "{opcode}: {line}"
            );
        }
    }
}

"""4. The stack machine: how an expression is computed.

CPython's instructions take their operands from a stack and put the result back.
Here is such a machine, in Python, in forty lines. Compare its program with the
real one:

    vitrine dis -c "result = (a + b) * -c"
"""

# %% A program is a list of instructions, a stack is a list.
def run(program, names):
    stack = []
    for opcode, argument in program:
        match opcode:
            case "LOAD_NAME":
                stack.append(names[argument])
            case "LOAD_CONST":
                stack.append(argument)
            case "BINARY_OP":
                right = stack.pop()
                left = stack.pop()
                stack.append(left + right if argument == "+" else left * right)
            case "UNARY_NEGATIVE":
                stack.append(-stack.pop())
            case "STORE_NAME":
                names[argument] = stack.pop()
        print(f"{opcode:<15}{argument if argument is not None else '':<8}{stack}")
    return names

# %% (a + b) * -c
program = [
    ("LOAD_NAME", "a"),
    ("LOAD_NAME", "b"),
    ("BINARY_OP", "+"),
    ("LOAD_NAME", "c"),
    ("UNARY_NEGATIVE", None),
    ("BINARY_OP", "*"),
    ("STORE_NAME", "result"),
]
names = run(program, {"a": 2, "b": 3, "c": 4})
print(names["result"])

# %% The order of evaluation is the order of the pushes: left to right.
def say(word, value):
    print(word, end=" ")
    return value

print(say("left", 1) + say("middle", 2) * say("right", 3))

# %% In an assignment the right side comes first, then the targets, left to right.
class Loud(dict):
    def __setitem__(self, key, value):
        print("store", key, end="; ")
        super().__setitem__(key, value)

loud = Loud()
loud[say("[key 1]", 1)] = loud[say("[key 2]", 2)] = say("[value]", 3)
print()

# %% How deep the stack gets is known before the program runs.
def shallow(a, b, c):
    return a + b + c

def deep(a, b, c):
    return [a, [b, [c, [a, [b]]]]]

print(shallow.__code__.co_stacksize < deep.__code__.co_stacksize)

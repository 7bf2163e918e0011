"""3. Bytecode: what the compiler decides before anything runs.

    vitrine dis docs/tour/03_bytecode.py
"""

# %% Constant expressions are folded: no multiplication happens when this runs.
def day():
    return 24 * 60 * 60

print(day(), day.__code__.co_consts)

# %% A tuple of constants is one constant; a list must be made afresh each time.
def pair():
    return (1, 2)

def fresh():
    return [1, 2]

print(pair() is pair(), fresh() is fresh())

# %% A set of constants that is only searched is folded to a frozenset.
def is_vowel(letter):
    return letter in {"a", "e", "i", "o", "u"}

print(is_vowel("e"), [type(c).__name__ for c in is_vowel.__code__.co_consts])

# %% Which names are local is decided by the compiler, for the whole function:
# %% an assignment anywhere makes the name local everywhere.
count = 10

def broken():
    print(count)
    count = 11

print(broken.__code__.co_varnames)
try:
    broken()
except UnboundLocalError as error:
    print(error)

# %% A name from an enclosing function lives in a cell that both share.
def counter():
    total = 0
    def add(n):
        nonlocal total
        total += n
        return total
    return add

add = counter()
add(2)
print(add(40), add.__code__.co_freevars, counter.__code__.co_cellvars)

# %% Code that can never run is checked, but leaves no instruction behind.
def guarded():
    if False:
        print("a call", "with", "many", "arguments")
    return "short"

def plain():
    return "short"

print(len(guarded.__code__.co_code) - len(plain.__code__.co_code) <= 2)

# %% `assert` disappears under -O, `__debug__` is a constant.
print(__debug__)

# %% A docstring is the first constant; a function without one has none to show.
def documented():
    """Says what it does."""

print(documented.__doc__, day.__doc__)

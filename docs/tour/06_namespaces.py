"""6. Namespaces: local, enclosing, global, builtin.

A name is looked up in four places, in that order (LEGB). Which places come into
question is settled when the code is compiled; what is found, when it runs.

    vitrine symtable docs/tour/06_namespaces.py
"""

# %% Four places.
name = "global"

def outer():
    name = "enclosing"
    def inner():
        name = "local"
        return name
    def reader():
        return name
    return inner(), reader()

print(outer(), name, len)

# %% `global` and `nonlocal` say which one an assignment means.
def rebind():
    global name
    name = "rebound"

rebind()
print(name)

# %% A builtin is only a name in the last place; a global one hides it.
def shout(len):
    return len.upper()

print(shout("hidden"))

# %% A class body is a namespace, but not an enclosing one: methods do not see it.
class Box:
    size = 3
    doubled = size * 2
    try:
        squares = [size * n for n in range(2)]
    except NameError as error:
        squares = str(error)

    def show(self):
        try:
            return size
        except NameError as error:
            return str(error)

print(Box.doubled, Box.squares, Box().show(), sep="; ")

# %% A comprehension has its own targets: they do not leak.
n = "untouched"
print([n for n in range(3)], n)

# %% A walrus in a comprehension binds outside of it.
print([last := c for c in "abc"], last)

# %% The name bound by `except ... as` is deleted when its block ends.
try:
    1 / 0
except ZeroDivisionError as problem:
    pass
print("problem" in globals())

# %% Private names are mangled with the class's name.
class Account:
    def __init__(self):
        self.__balance = 10

print(vars(Account()))

# %% A module's namespace is a dictionary you can look at.
print(globals()["name"], "outer" in globals(), __name__)

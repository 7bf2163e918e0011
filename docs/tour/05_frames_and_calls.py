"""5. Frames and calls: where a function lives while it runs."""

# %% Each call has a frame of its own: its locals, its place in the code, its caller.
import sys

def where():
    frame = sys._getframe()
    chain = []
    while frame:
        chain.append(frame.f_code.co_name)
        frame = frame.f_back
    return chain

def outer():
    return where()

print(outer()[:2])

# %% Parameters are bound by position, then by name, then by default.
def bind(a, b=2, /, c=3, *rest, d, e=5, **others):
    return a, b, c, rest, d, e, others

print(bind(1, d=4))
print(bind(1, 20, 30, 40, 50, d=60, f=70))
try:
    bind(1, a=1, d=2)
    bind(d=4)
except TypeError as error:
    print(error)

# %% Arguments are passed by handing over the object, never a copy.
def rebind(items):
    items = [0]

def mutate(items):
    items.append(0)

values = [1]
rebind(values)
print(values)
mutate(values)
print(values)

# %% A generator's frame outlives the call: it is put aside and taken up again.
def countdown(n):
    while n:
        received = yield n
        if received:
            print("  received", received)
        n -= 1
    return "lift-off"

counting = countdown(3)
print(next(counting), counting.gi_frame.f_locals)
print(counting.send("hello"), counting.gi_frame.f_locals)

def delegate():
    result = yield from countdown(2)
    print("  the inner one returned", result)

print(list(delegate()))

# %% A closure keeps the variables it needs, not the whole frame.
def make():
    kept, dropped = "kept", "dropped"
    return lambda: kept

closure = make()
print(closure(), [cell.cell_contents for cell in closure.__closure__])

# %% Recursion is bounded, and running out of it is an exception like any other.
def forever(n):
    return forever(n + 1)

try:
    forever(0)
except RecursionError as error:
    print(error)

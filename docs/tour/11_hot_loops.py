"""11. Hot loops: what an iteration costs.

Each of these pairs computes the same. Look at the bytecode of both to see which
one does more for it:

    vitrine dis docs/tour/11_hot_loops.py
"""

# %% A local is an array slot; a global is a lookup in two dictionaries.
SCALE = 3

def with_global(values):
    result = []
    for value in values:
        result.append(value * SCALE)
    return result

def with_local(values, scale=SCALE):
    result = []
    for value in values:
        result.append(value * scale)
    return result

print(with_global(range(5)) == with_local(range(5)))

# %% A comprehension needs no method call per item.
def with_comprehension(values, scale=SCALE):
    return [value * scale for value in values]

print(with_comprehension(range(5)))

# %% Membership: a list is searched item by item, a set is asked once.
words = ["alpha", "beta", "gamma"] * 100
unique = set(words)
hits = sum(1 for word in ["gamma", "delta"] * 50 if word in unique)
print(hits)

# %% Text: `+=` may copy what is there each time; `join` sizes it once.
def by_adding(parts):
    text = ""
    for part in parts:
        text += part
    return text

def by_joining(parts):
    return "".join(parts)

parts = [str(n) for n in range(50)]
print(by_adding(parts) == by_joining(parts), len(by_joining(parts)))

# %% A generator does no more work than is asked of it.
def squares():
    n = 0
    while True:
        yield n * n
        n += 1

def first_above(limit):
    for square in squares():
        if square > limit:
            return square

print(first_above(1000))

# %% Work that does not change belongs before the loop.
import math

def distances(points):
    sqrt = math.sqrt
    return [round(sqrt(x * x + y * y), 3) for x, y in points]

print(distances([(3, 4), (1, 1), (6, 8)]))

"""13. Pitfall: a default is made once, when the function is made.

    vitrine check --evidence docs/tour
"""

# %% One list for all the calls that pass none.
def collect(item, items=[]):
    items.append(item)
    return items

print(collect(1))
print(collect(2))
print(collect.__defaults__)

# %% Mended: make a fresh one inside.
def collect_fresh(item, items=None):
    if items is None:
        items = []
    items.append(item)
    return items

print(collect_fresh(1))
print(collect_fresh(2))

# %% Harmless: the default is only read.
def total(values, weights={}):
    return sum(value * weights.get(value, 1) for value in values)

print(total([1, 2, 3]), total([1, 2, 3], {2: 10}))

# %% Deliberate: a cache that is meant to last, and says so.
def fibonacci(n, _cache={0: 0, 1: 1}):
    if n not in _cache:
        _cache[n] = fibonacci(n - 1) + fibonacci(n - 2)
    return _cache[n]

print(fibonacci(30))

"""2. Trees: from tokens to structure.

The parser turns the flat row of tokens into a tree. Precedence, grouping and
"what belongs to what" exist only there.

    vitrine ast docs/tour/02_trees.py
"""

# %% Precedence is the shape of the tree.
print(2 + 3 * 4, (2 + 3) * 4)
print(-2 ** 2, (-2) ** 2)     # the minus stands above the power
print(2 ** 3 ** 2)            # powers lean to the right
print(not 1 == 2)             # `not` stands above `==`

# %% A chain of comparisons is one node, not nested ones.
def middle():
    print("  (evaluated once)")
    return 5
print(1 < middle() < 10)
print(False == False in [False])  # False == False and False in [False]

# %% `and`, `or` and the conditional expression choose; they do not convert.
print(0 or "default", "" and "never", [] or {} or "last")

# %% A tuple is made by its commas. The parentheses only group.
single = 1,
print(single, type(single).__name__, (1), type((1)).__name__)

# %% Targets are trees as well: the same shapes, in store context.
(first, *rest), [last] = "abc", [4]
print(first, rest, last)
data = {}
data["key"], data["other"] = 1, 2
print(data)

# %% A lambda's body reaches as far as it can.
double_then = lambda n: n * 2, 99
print(type(double_then).__name__, double_then[0](21), double_then[1])

# %% `match` looks at shapes.
def describe(value):
    match value:
        case []:
            return "an empty sequence"
        case [x]:
            return f"one item, {x!r}"
        case [x, *others]:
            return f"{x!r} and {len(others)} more"
        case {"name": name, **others}:
            return f"a mapping with the name {name!r} and {sorted(others)}"
        case str() | bytes():
            return "text or bytes, which are no sequences here"
        case int(n) if n < 0:
            return "a negative number"
        case _:
            return "something else"

for value in [[], ["a"], [1, 2, 3], {"name": "Ada", "born": 1815}, "abc", -1, 2.5]:
    print(describe(value))

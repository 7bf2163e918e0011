"""1. Lexing: from characters to tokens.

Before Python understands anything it cuts your text into tokens. The cutting is
greedy, blind to meaning, and done before the parser sees a thing.

    vitrine tokens docs/tour/01_lexing.py
"""

# %% Longest match wins: `--` is no token of Python's, so this is minus minus one.
x = 3
print(x --1)          # x - (-1)
print(x**-1 == 1 / x)  # `**` is one token, `-` another

# %% A number ends where it can no longer go on. No space is needed after it.
print([0x_ff, 0b1010, 1_000_000, 1e3, 2j])
print(1 .real, 1.5.real)  # `1.real` would read `1.` as a float, then stumble

# %% Adjacent string literals are glued together by the compiler, not at run time.
greeting = "one " 'two ' """three"""
print(greeting)
forgotten_comma = ["alpha", "beta" "gamma"]
print(len(forgotten_comma), forgotten_comma)

# %% An f-string is not one token: it is a start, text, expressions and an end,
# %% and the expressions are ordinary Python, quotes and all.
names = ["Ada", "Grace"]
print(f"{', '.join(names)} - {len(names)=} - {x!r:>4}|")
print(f"{{literal braces}} and {f"a {"nested"} one"}")

# %% Inside brackets a line break means nothing; elsewhere it ends the statement.
total = (1 +
         2 +
         3)
print(total)

# %% Indentation becomes tokens too: INDENT opens a block, DEDENT closes it.
def depth(n):
    if n:
        return 1 + depth(n - 1)
    return 0
print(depth(5))

# %% Soft keywords are names until the grammar says otherwise.
match = case = type = "only a name"
print(match, case, type, sep="; ")

# %% Identifiers are compared after Unicode normalization (NFKC).
ﬁle = "written with a ligature"  # U+FB01
print(file)

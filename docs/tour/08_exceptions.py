"""8. Exceptions: the other way out of a block."""

# %% `else` runs when nothing was raised, `finally` always.
def attempt(divisor):
    steps = []
    try:
        steps.append("try")
        1 / divisor
    except ZeroDivisionError:
        steps.append("except")
    else:
        steps.append("else")
    finally:
        steps.append("finally")
    return steps

print(attempt(1), attempt(0))

# %% An exception climbs from frame to frame and takes the places along.
import traceback

def risky(values):
    return values["a"] + values["b"]

def caller():
    return risky({"a": 1})

try:
    caller()
except KeyError as error:
    for entry in traceback.extract_tb(error.__traceback__):
        print(entry.name, "->", entry.line)

# %% Raising while handling chains the two; `from` says which caused which.
def convert(text):
    try:
        return int(text)
    except ValueError as error:
        raise LookupError(f"no number: {text!r}") from error

try:
    convert("seven")
except LookupError as error:
    print(repr(error), "<-", repr(error.__cause__))

# %% `with` is try/finally with a name.
class Door:
    def __enter__(self):
        print("open", end=" ")
        return self
    def __exit__(self, kind, value, trace):
        print("close", kind.__name__ if kind else None)
        return kind is ValueError

with Door():
    print("inside", end=" ")
with Door():
    raise ValueError("swallowed by __exit__")

# %% Several at once: an exception group, and `except*`.
try:
    raise ExceptionGroup("two problems", [ValueError("bad value"), KeyError("missing")])
except* ValueError as group:
    print("values:", group.exceptions)
except* KeyError as group:
    print("keys:", group.exceptions)

# %% A `return` in the block waits for `finally`.
def patient():
    try:
        return "from try"
    finally:
        print("first this", end=", then ")

print(patient())

# %% Notes travel with the exception.
try:
    error = RuntimeError("engine stopped")
    error.add_note("it was out of fuel")
    raise error
except RuntimeError as caught:
    print(caught, caught.__notes__)

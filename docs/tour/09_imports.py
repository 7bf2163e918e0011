"""9. Imports: a module is a file that ran once."""

# %% The first import runs the file; every later one finds it in `sys.modules`.
import sys
import string as first
import string as second

print(first is second, sys.modules["string"] is first)

# %% `from` copies a reference to what the name meant at that moment.
from math import pi
import math

print(pi is math.pi)

# %% A module is an object with a namespace; you can make one without a file.
import types

planet = types.ModuleType("planet", "Made by hand.")
exec("radius = 6371\ndef area():\n    return 4 * 3 * radius ** 2", planet.__dict__)
sys.modules["planet"] = planet

import planet as found
from planet import area

print(found is planet, area(), area.__module__)

# %% `from` took the function, but the function still looks its names up in its
# %% own module, when it runs.
planet.radius = 1
print(area())

# %% What is missing says what was looked for.
try:
    import no_such_module_anywhere
except ModuleNotFoundError as error:
    print(error, "|", error.name)
try:
    from math import tau, tao
except ImportError as error:
    print(error.name, "|", "tao" in str(error))

# %% `__name__` tells a module how it was reached.
print(__name__, math.__name__, planet.__name__)

# %% Two modules that import each other work, as long as nobody needs a name too
# %% early: the second one finds the first half-made in `sys.modules`.
half_made = types.ModuleType("half_made")
sys.modules["half_made"] = half_made
import half_made as seen
print(hasattr(seen, "ready"))
half_made.ready = True
print(hasattr(seen, "ready"))

# The machine's own `_warnings`: the pure implementation, with the filters that
# CPython sets up in C.

import _py_warnings
from _py_warnings import (
    _filters_mutated_lock_held,
    _warnings_context,
    defaultaction as _defaultaction,
    filters,
    onceregistry as _onceregistry,
    warn,
    warn_explicit,
)

_acquire_lock = _py_warnings._lock.acquire
_release_lock = _py_warnings._lock.release


class _Name(str):
    """A module's name where filters have a pattern: `re` is not needed to start."""

    __slots__ = ()

    def match(self, other):
        return self == other


filters[:] = [
    ("default", None, DeprecationWarning, _Name("__main__"), 0),
    ("ignore", None, DeprecationWarning, None, 0),
    ("ignore", None, PendingDeprecationWarning, None, 0),
    ("ignore", None, ImportWarning, None, 0),
    ("ignore", None, ResourceWarning, None, 0),
]

# Until `warnings` itself is imported, the pure module stands for it.
if _py_warnings._wm is None:
    _py_warnings._set_module(_py_warnings)

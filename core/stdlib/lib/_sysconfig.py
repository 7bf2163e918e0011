"""The configuration that CPython compiles in."""


def config_vars():
    """Returns a dictionary containing all build variables intended to be exposed."""
    return {"Py_GIL_DISABLED": 0}

# The machine's own `_contextvars`: contexts are dicts from variables to values,
# and there is one current context in the only thread.

_current = {}
_no_value = object()


class _Missing:
    __slots__ = ()

    def __repr__(self):
        return "<Token.MISSING>"


_Missing.__name__ = _Missing.__qualname__ = "Token.MISSING"


class Token:
    __slots__ = ("_context", "_var", "_old", "_used", "__weakref__")
    MISSING = _Missing()

    def __new__(cls, *args, **kwargs):
        raise RuntimeError("Tokens can only be created by ContextVars")

    @property
    def var(self):
        return self._var

    @property
    def old_value(self):
        return self._old

    def __repr__(self):
        used = " used" if self._used else ""
        return f"<Token{used} var={self._var!r} at {id(self):#x}>"

    def __enter__(self):
        return self

    def __exit__(self, type, value, traceback, /):
        self._var.reset(self)

    __hash__ = None
    __class_getitem__ = classmethod(type(list[int]))


class ContextVar:
    __slots__ = ("_name", "_default", "__weakref__")

    def __new__(cls, name, /, *, default=_no_value):
        if not isinstance(name, str):
            raise TypeError("context variable name must be a str")
        self = object.__new__(cls)
        self._name = name
        self._default = default
        return self

    def __init_subclass__(cls, **kwargs):
        raise TypeError("type '_contextvars.ContextVar' is not an acceptable base type")

    @property
    def name(self):
        return self._name

    def get(self, default=_no_value, /):
        value = _current.get(self, _no_value)
        if value is not _no_value:
            return value
        if default is not _no_value:
            return default
        if self._default is not _no_value:
            return self._default
        raise LookupError(self)

    def set(self, value, /):
        token = object.__new__(Token)
        token._context = _current
        token._var = self
        token._old = _current.get(self, Token.MISSING)
        token._used = False
        _current[self] = value
        return token

    def reset(self, token, /):
        if type(token) is not Token:
            raise TypeError(f"expected an instance of Token, got {token!r}")
        if token._used:
            raise RuntimeError(f"{token!r} has already been used once")
        if token._var is not self:
            raise ValueError(f"{token!r} was created by a different ContextVar")
        if token._context is not _current:
            raise ValueError(f"{token!r} was created in a different Context")
        token._used = True
        if token._old is Token.MISSING:
            _current.pop(self, None)
        else:
            _current[self] = token._old

    def __repr__(self):
        default = "" if self._default is _no_value else f" default={self._default!r}"
        return f"<ContextVar name={self._name!r}{default} at {id(self):#x}>"

    __class_getitem__ = classmethod(type(list[int]))


class Context:
    __slots__ = ("_values", "_entered", "__weakref__")

    def __new__(cls):
        self = object.__new__(cls)
        self._values = {}
        self._entered = False
        return self

    def __init_subclass__(cls, **kwargs):
        raise TypeError("type '_contextvars.Context' is not an acceptable base type")

    def run(self, callable, /, *args, **kwargs):
        global _current
        if self._entered:
            raise RuntimeError(f"cannot enter context: {self!r} is already entered")
        before = _current
        self._entered = True
        _current = self._values
        try:
            return callable(*args, **kwargs)
        finally:
            _current = before
            self._entered = False

    def copy(self):
        other = Context()
        other._values = self._values.copy()
        return other

    def __getitem__(self, var, /):
        _need_variable(var)
        return self._values[var]

    def __contains__(self, var, /):
        _need_variable(var)
        return var in self._values

    def get(self, var, default=None, /):
        _need_variable(var)
        return self._values.get(var, default)

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)

    def __eq__(self, other, /):
        if type(other) is not Context:
            return NotImplemented
        return self._values == other._values

    __hash__ = None

    def keys(self):
        return self._values.keys()

    def values(self):
        return self._values.values()

    def items(self):
        return self._values.items()


def _need_variable(var):
    if type(var) is not ContextVar:
        raise TypeError(f"a ContextVar key was expected, got {var!r}")


def copy_context():
    context = Context()
    context._values = _current.copy()
    return context

"""Primitives and accelerators for the typing module."""


class _NoDefaultType:
    __slots__ = ()

    def __new__(cls):
        return NoDefault

    def __repr__(self):
        return "typing.NoDefault"

    def __reduce__(self):
        return "NoDefault"


NoDefault = object.__new__(_NoDefaultType)


def _idfunc(x, /):
    return x


def _caller():
    import sys
    return sys._getframe(2).f_globals.get("__name__")


class _Lazy:
    """A value that is computed by a function when first asked for."""
    __slots__ = ()

    def _get(self, field):
        value = getattr(self, "_" + field)
        evaluate = getattr(self, "_evaluate_" + field)
        if value is None and evaluate is not None:
            value = evaluate(1)
            setattr(self, "_" + field, value)
        return value


class _Parameter(_Lazy):
    def __or__(self, other):
        import typing
        return typing.Union[self, other]

    def __ror__(self, other):
        import typing
        return typing.Union[other, self]

    def __mro_entries__(self, bases):
        raise TypeError(f"Cannot subclass an instance of {type(self).__name__}")

    def __reduce__(self):
        return self.__name__

    def __init_subclass__(cls, **kwargs):
        if cls.__module__ not in ("typing", "_typing"):
            raise TypeError(f"type 'typing.{cls.__base__.__name__}' is not an acceptable base type")

    @property
    def __default__(self):
        value = self._default
        if value is NoDefault and self._evaluate_default is not None:
            value = self._default = self._evaluate_default(1)
        return value

    @property
    def evaluate_default(self):
        return self._evaluate_default

    def has_default(self):
        return self._default is not NoDefault or self._evaluate_default is not None

    def _setup(self, name, default, infer_variance=False, covariant=False, contravariant=False):
        self.__name__ = name
        self._default = default
        self._evaluate_default = None
        self.__covariant__ = bool(covariant)
        self.__contravariant__ = bool(contravariant)
        self.__infer_variance__ = bool(infer_variance)
        if covariant and contravariant:
            raise ValueError("Bivariant types are not supported.")
        if infer_variance and (covariant or contravariant):
            raise ValueError("Variance cannot be specified with infer_variance.")

    def __repr__(self):
        if self.__infer_variance__:
            return self.__name__
        if self.__covariant__:
            return "+" + self.__name__
        if self.__contravariant__:
            return "-" + self.__name__
        return "~" + self.__name__


class TypeVar(_Parameter):
    """Type variable."""
    __module__ = "typing"

    def __init__(self, name, *constraints, bound=None, default=NoDefault,
                 covariant=False, contravariant=False, infer_variance=False):
        self._setup(name, default, infer_variance, covariant, contravariant)
        if constraints and bound is not None:
            raise TypeError("Constraints cannot be combined with bound=...")
        if len(constraints) == 1:
            raise TypeError("A single constraint is not allowed")
        self._bound = bound
        self._evaluate_bound = None
        self._constraints = constraints or None
        self._evaluate_constraints = None
        self.__module__ = _caller()

    @property
    def __bound__(self):
        return self._get("bound")

    @property
    def __constraints__(self):
        return self._get("constraints") or ()

    @property
    def evaluate_bound(self):
        return self._evaluate_bound

    @property
    def evaluate_constraints(self):
        return self._evaluate_constraints

    def __typing_subst__(self, arg):
        import typing
        return typing._typevar_subst(self, arg)

    def __typing_prepare_subst__(self, alias, args):
        params = alias.__parameters__
        index = params.index(self)
        if index < len(args):
            return args
        if self.has_default() and index == len(args):
            return (*args, self.__default__)
        return args


class ParamSpecArgs:
    __module__ = "typing"

    def __init__(self, origin):
        self.__origin__ = origin

    def __repr__(self):
        return f"{self.__origin__.__name__}.args"

    def __eq__(self, other):
        if not isinstance(other, ParamSpecArgs):
            return NotImplemented
        return self.__origin__ == other.__origin__

    def __hash__(self):
        return hash((ParamSpecArgs, self.__origin__))


class ParamSpecKwargs:
    __module__ = "typing"

    def __init__(self, origin):
        self.__origin__ = origin

    def __repr__(self):
        return f"{self.__origin__.__name__}.kwargs"

    def __eq__(self, other):
        if not isinstance(other, ParamSpecKwargs):
            return NotImplemented
        return self.__origin__ == other.__origin__

    def __hash__(self):
        return hash((ParamSpecKwargs, self.__origin__))


class ParamSpec(_Parameter):
    """Parameter specification variable."""
    __module__ = "typing"

    def __init__(self, name, *, bound=None, default=NoDefault,
                 covariant=False, contravariant=False, infer_variance=False):
        self._setup(name, default, infer_variance, covariant, contravariant)
        self.__bound__ = bound
        self.__module__ = _caller()

    @property
    def args(self):
        return ParamSpecArgs(self)

    @property
    def kwargs(self):
        return ParamSpecKwargs(self)

    def __typing_subst__(self, arg):
        import typing
        return typing._paramspec_subst(self, arg)

    def __typing_prepare_subst__(self, alias, args):
        import typing
        return typing._paramspec_prepare_subst(self, alias, args)


class TypeVarTuple(_Parameter):
    """A type variable that stands for any number of types."""
    __module__ = "typing"

    def __init__(self, name, *, default=NoDefault):
        self._setup(name, default)
        self.__module__ = _caller()

    def __iter__(self):
        import typing
        yield typing.Unpack[self]

    def __repr__(self):
        return self.__name__

    def __typing_subst__(self, arg):
        raise TypeError("Substitution of bare TypeVarTuple is not supported")

    def __typing_prepare_subst__(self, alias, args):
        import typing
        return typing._typevartuple_prepare_subst(self, alias, args)


class TypeAliasType(_Lazy):
    """Type alias."""
    __module__ = "typing"

    def __init__(self, name, value, *, type_params=()):
        self.__name__ = name
        self._value = value
        self._evaluate_value = None
        self.__type_params__ = type_params
        self.__module__ = _caller()

    @property
    def __value__(self):
        return self._get("value")

    @property
    def evaluate_value(self):
        return self._evaluate_value

    @property
    def __parameters__(self):
        return self.__type_params__

    def __repr__(self):
        return self.__name__

    def __getitem__(self, args):
        import types
        if not self.__type_params__:
            raise TypeError("Only generic type aliases are subscriptable")
        return types.GenericAlias(self, args)

    def __or__(self, other):
        import typing
        return typing.Union[self, other]

    def __ror__(self, other):
        import typing
        return typing.Union[other, self]

    def __reduce__(self):
        return self.__name__


class Generic:
    """Abstract base class for generic types."""
    __module__ = "typing"
    __slots__ = ()

    def __class_getitem__(cls, *args, **kwargs):
        import typing
        return typing._generic_class_getitem(cls, *args, **kwargs)

    def __init_subclass__(cls, *args, **kwargs):
        import typing
        return typing._generic_init_subclass(cls, *args, **kwargs)


# What the compiler's intrinsics call.

def _infer(parameter, module):
    parameter.__infer_variance__ = True
    parameter.__module__ = module
    return parameter


def _make_typevar(name):
    return _infer(TypeVar(name), _caller())


def _make_paramspec(name):
    return _infer(ParamSpec(name), _caller())


def _make_typevartuple(name):
    made = TypeVarTuple(name)
    made.__module__ = _caller()
    return made


def _typevar_bound(name, evaluate):
    made = _infer(TypeVar(name), _caller())
    made._evaluate_bound = evaluate
    return made


def _typevar_constraints(name, evaluate):
    made = _infer(TypeVar(name), _caller())
    made._evaluate_constraints = evaluate
    return made


def _typevar_default(parameter, evaluate):
    parameter._evaluate_default = evaluate
    return parameter


def _make_alias(parts):
    name, params, evaluate = parts
    made = TypeAliasType(name, None, type_params=params or ())
    made._evaluate_value = evaluate
    made.__module__ = _caller()
    return made


def _generic_subscript(params):
    import typing
    unpacked = []
    for param in params:
        if isinstance(param, TypeVarTuple):
            unpacked.extend(param)
        else:
            unpacked.append(param)
    return Generic[tuple(unpacked)]

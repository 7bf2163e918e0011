"""Mathematical functions of complex numbers."""

import math as _math
from math import e, inf, isfinite as _finite, nan, pi, tau

infj = complex(0.0, inf)
nanj = complex(0.0, nan)
_LN2 = _math.log(2.0)
_LARGE = 2.0 ** 1023 / 2
_SMALL = 2.0 ** -1021
_copysign = _math.copysign


def _complex(z):
    if isinstance(z, complex):
        return z
    if hasattr(type(z), "__complex__"):
        return complex(z)
    if isinstance(z, str) or not (
        hasattr(type(z), "__float__") or hasattr(type(z), "__index__")
    ):
        raise TypeError(f"must be real number, not {type(z).__name__}")
    return complex(z)


def _class(x):
    """The index of a number among: -inf, -finite, -0, 0, finite, inf, nan."""
    if x != x:
        return 6
    if x == inf:
        return 5
    if x == -inf:
        return 0
    if x == 0.0:
        return 2 if _copysign(1.0, x) < 0 else 3
    return 1 if x < 0 else 4


def _is_special(z):
    return not (_finite(z.real) and _finite(z.imag))


def isfinite(z, /):
    """Return True if both the real and imaginary parts of z are finite, else False."""
    z = _complex(z)
    return _finite(z.real) and _finite(z.imag)


def isinf(z, /):
    """Checks if the real or imaginary part of z is infinite."""
    z = _complex(z)
    return _math.isinf(z.real) or _math.isinf(z.imag)


def isnan(z, /):
    """Checks if the real or imaginary part of z not a number (NaN)."""
    z = _complex(z)
    return _math.isnan(z.real) or _math.isnan(z.imag)


def isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0):
    """Determine whether two complex numbers are close in value."""
    a, b = _complex(a), _complex(b)
    if rel_tol < 0.0 or abs_tol < 0.0:
        raise ValueError("tolerances must be non-negative")
    if a == b:
        return True
    if isinf(a) or isinf(b):
        return False
    difference = abs(a - b)
    return (difference <= rel_tol * abs(b) or difference <= rel_tol * abs(a)
            or difference <= abs_tol)


def phase(z, /):
    """Return argument, also known as the phase angle, of a complex."""
    z = _complex(z)
    return _math.atan2(z.imag, z.real)


def polar(z, /):
    """Convert a complex from rectangular coordinates to polar coordinates."""
    z = _complex(z)
    return abs(z) if not _is_special(z) else _math.hypot(z.real, z.imag), phase(z)


def rect(r, phi, /):
    """Convert from polar coordinates to rectangular coordinates."""
    r, phi = float(r), float(phi)
    if not (_finite(r) and _finite(phi)):
        if _math.isinf(r) and _finite(phi) and phi != 0.0:
            return complex(
                _copysign(inf, _math.cos(phi)) * _copysign(1.0, r),
                _copysign(inf, _math.sin(phi)) * _copysign(1.0, r))
        if r == 0.0:
            result = complex(0.0, 0.0) if phi == phi else complex(0.0, 0.0)
        elif _math.isinf(r) and phi == 0.0:
            result = complex(r, phi * _copysign(1.0, r))
        elif _math.isinf(r):
            result = complex(inf, nan)
        else:
            result = complex(nan, nan)
        if _math.isinf(phi) and r != 0.0 and r == r:
            raise ValueError("math domain error")
        return result
    if phi == 0.0:
        return complex(r, r * phi)
    return complex(r * _math.cos(phi), r * _math.sin(phi))


def _table(rows):
    return [[complex(*pair) for pair in row] for row in rows]


_N, _I = nan, inf
_P, _P14, _P12, _P34 = pi, 0.25 * pi, 0.5 * pi, 0.75 * pi
_U = None  # not special: computed

_SQRT = [
    [(_I, -_I), (0., -_I), (0., -_I), (0., _I), (0., _I), (_I, _I), (_N, _I)],
    [(_I, -_I), _U, _U, _U, _U, (_I, _I), (_N, _N)],
    [(_I, -_I), _U, (0., -0.), (0., 0.), _U, (_I, _I), (_N, _N)],
    [(_I, -_I), _U, (0., -0.), (0., 0.), _U, (_I, _I), (_N, _N)],
    [(_I, -_I), _U, _U, _U, _U, (_I, _I), (_N, _N)],
    [(_I, -_I), (_I, -0.), (_I, -0.), (_I, 0.), (_I, 0.), (_I, _I), (_I, _N)],
    [(_I, -_I), (_N, _N), (_N, _N), (_N, _N), (_N, _N), (_I, _I), (_N, _N)],
]
_LOG = [
    [(_I, -_P34), (_I, -_P), (_I, -_P), (_I, _P), (_I, _P), (_I, _P34), (_I, _N)],
    [(_I, -_P12), _U, _U, _U, _U, (_I, _P12), (_N, _N)],
    [(_I, -_P12), _U, (-_I, -_P), (-_I, _P), _U, (_I, _P12), (_N, _N)],
    [(_I, -_P12), _U, (-_I, -0.), (-_I, 0.), _U, (_I, _P12), (_N, _N)],
    [(_I, -_P12), _U, _U, _U, _U, (_I, _P12), (_N, _N)],
    [(_I, -_P14), (_I, -0.), (_I, -0.), (_I, 0.), (_I, 0.), (_I, _P14), (_I, _N)],
    [(_I, _N), (_N, _N), (_N, _N), (_N, _N), (_N, _N), (_I, _N), (_N, _N)],
]
_ACOS = [
    [(_P34, _I), (_P, _I), (_P, _I), (_P, -_I), (_P, -_I), (_P34, -_I), (_N, _I)],
    [(_P12, _I), _U, _U, _U, _U, (_P12, -_I), (_N, _N)],
    [(_P12, _I), _U, (_P12, 0.), (_P12, -0.), _U, (_P12, -_I), (_P12, _N)],
    [(_P12, _I), _U, (_P12, 0.), (_P12, -0.), _U, (_P12, -_I), (_P12, _N)],
    [(_P12, _I), _U, _U, _U, _U, (_P12, -_I), (_N, _N)],
    [(_P14, _I), (0., _I), (0., _I), (0., -_I), (0., -_I), (_P14, -_I), (_N, _I)],
    [(_N, _I), (_N, _N), (_N, _N), (_N, _N), (_N, _N), (_N, -_I), (_N, _N)],
]
_ACOSH = [
    [(_I, -_P34), (_I, -_P), (_I, -_P), (_I, _P), (_I, _P), (_I, _P34), (_I, _N)],
    [(_I, -_P12), _U, _U, _U, _U, (_I, _P12), (_N, _N)],
    [(_I, -_P12), _U, (0., -_P12), (0., _P12), _U, (_I, _P12), (_N, _P12)],
    [(_I, -_P12), _U, (0., -_P12), (0., _P12), _U, (_I, _P12), (_N, _P12)],
    [(_I, -_P12), _U, _U, _U, _U, (_I, _P12), (_N, _N)],
    [(_I, -_P14), (_I, -0.), (_I, -0.), (_I, 0.), (_I, 0.), (_I, _P14), (_I, _N)],
    [(_I, _N), (_N, _N), (_N, _N), (_N, _N), (_N, _N), (_I, _N), (_N, _N)],
]
_ASINH = [
    [(-_I, -_P14), (-_I, -0.), (-_I, -0.), (-_I, 0.), (-_I, 0.), (-_I, _P14), (-_I, _N)],
    [(-_I, -_P12), _U, _U, _U, _U, (-_I, _P12), (_N, _N)],
    [(-_I, -_P12), _U, (-0., -0.), (-0., 0.), _U, (-_I, _P12), (_N, _N)],
    [(_I, -_P12), _U, (0., -0.), (0., 0.), _U, (_I, _P12), (_N, _N)],
    [(_I, -_P12), _U, _U, _U, _U, (_I, _P12), (_N, _N)],
    [(_I, -_P14), (_I, -0.), (_I, -0.), (_I, 0.), (_I, 0.), (_I, _P14), (_I, _N)],
    [(_I, _N), (_N, _N), (_N, -0.), (_N, 0.), (_N, _N), (_I, _N), (_N, _N)],
]
_ATANH = [
    [(-0., -_P12), (-0., -_P12), (-0., -_P12), (-0., _P12), (-0., _P12), (-0., _P12), (-0., _N)],
    [(-0., -_P12), _U, _U, _U, _U, (-0., _P12), (_N, _N)],
    [(-0., -_P12), _U, (-0., -0.), (-0., 0.), _U, (-0., _P12), (-0., _N)],
    [(0., -_P12), _U, (0., -0.), (0., 0.), _U, (0., _P12), (0., _N)],
    [(0., -_P12), _U, _U, _U, _U, (0., _P12), (_N, _N)],
    [(0., -_P12), (0., -_P12), (0., -_P12), (0., _P12), (0., _P12), (0., _P12), (0., _N)],
    [(0., -_P12), (_N, _N), (_N, _N), (_N, _N), (_N, _N), (0., _P12), (_N, _N)],
]
_COSH = [
    [(_I, _N), _U, (_I, 0.), (_I, -0.), _U, (_I, _N), (_I, _N)],
    [(_N, _N), _U, _U, _U, _U, (_N, _N), (_N, _N)],
    [(_N, 0.), _U, (1., 0.), (1., -0.), _U, (_N, 0.), (_N, 0.)],
    [(_N, 0.), _U, (1., -0.), (1., 0.), _U, (_N, 0.), (_N, 0.)],
    [(_N, _N), _U, _U, _U, _U, (_N, _N), (_N, _N)],
    [(_I, _N), _U, (_I, -0.), (_I, 0.), _U, (_I, _N), (_I, _N)],
    [(_N, _N), (_N, _N), (_N, 0.), (_N, 0.), (_N, _N), (_N, _N), (_N, _N)],
]
_SINH = [
    [(_I, _N), _U, (-_I, -0.), (-_I, 0.), _U, (_I, _N), (_I, _N)],
    [(_N, _N), _U, _U, _U, _U, (_N, _N), (_N, _N)],
    [(0., _N), _U, (-0., -0.), (-0., 0.), _U, (0., _N), (0., _N)],
    [(0., _N), _U, (0., -0.), (0., 0.), _U, (0., _N), (0., _N)],
    [(_N, _N), _U, _U, _U, _U, (_N, _N), (_N, _N)],
    [(_I, _N), _U, (_I, -0.), (_I, 0.), _U, (_I, _N), (_I, _N)],
    [(_N, _N), (_N, _N), (_N, -0.), (_N, 0.), (_N, _N), (_N, _N), (_N, _N)],
]
_TANH = [
    [(-1., 0.), _U, (-1., -0.), (-1., 0.), _U, (-1., 0.), (-1., 0.)],
    [(_N, _N), _U, _U, _U, _U, (_N, _N), (_N, _N)],
    [(-0., _N), _U, (-0., -0.), (-0., 0.), _U, (-0., _N), (-0., _N)],
    [(0., _N), _U, (0., -0.), (0., 0.), _U, (0., _N), (0., _N)],
    [(_N, _N), _U, _U, _U, _U, (_N, _N), (_N, _N)],
    [(1., 0.), _U, (1., -0.), (1., 0.), _U, (1., 0.), (1., 0.)],
    [(_N, _N), (_N, _N), (_N, -0.), (_N, 0.), (_N, _N), (_N, _N), (_N, _N)],
]
_EXP = [
    [(0., 0.), _U, (0., -0.), (0., 0.), _U, (0., 0.), (0., 0.)],
    [(_N, _N), _U, _U, _U, _U, (_N, _N), (_N, _N)],
    [(_N, _N), _U, (1., -0.), (1., 0.), _U, (_N, _N), (_N, _N)],
    [(_N, _N), _U, (1., -0.), (1., 0.), _U, (_N, _N), (_N, _N)],
    [(_N, _N), _U, _U, _U, _U, (_N, _N), (_N, _N)],
    [(_I, _N), _U, (_I, -0.), (_I, 0.), _U, (_I, _N), (_I, _N)],
    [(_N, _N), (_N, _N), (_N, -0.), (_N, 0.), (_N, _N), (_N, _N), (_N, _N)],
]


def _special(table, z):
    """The tabled value of an argument that is not finite, None if it is computed."""
    if not _is_special(z):
        return None
    value = table[_class(z.real)][_class(z.imag)]
    return None if value is _U else complex(*value)


def sqrt(z, /):
    """Return the square root of z."""
    z = _complex(z)
    value = _special(_SQRT, z)
    if value is not None:
        return value
    re, im = z.real, z.imag
    if re == 0.0 and im == 0.0:
        return complex(0.0, im)
    ax, ay = abs(re), abs(im)
    if ax < 2.2250738585072014e-308 and ay < 2.2250738585072014e-308 and (ax > 0 or ay > 0):
        ax = _math.ldexp(ax, 54)
        s = _math.ldexp(_math.sqrt(ax + _math.hypot(ax, _math.ldexp(ay, 54))), -27)
    else:
        ax /= 8.0
        s = 2.0 * _math.sqrt(ax + _math.hypot(ax, ay / 8.0))
    d = ay / (2.0 * s)
    return complex(s, _copysign(d, im)) if re >= 0.0 else complex(d, _copysign(s, im))


def _log(z):
    value = _special(_LOG, z)
    if value is not None:
        return value
    ax, ay = abs(z.real), abs(z.imag)
    if ax > 4.49423283715579e+307 or ay > 4.49423283715579e+307:
        real = _math.log(_math.hypot(ax / 2.0, ay / 2.0)) + _LN2
    elif ax < 2.2250738585072014e-308 and ay < 2.2250738585072014e-308:
        if ax == 0.0 and ay == 0.0:
            raise ValueError("math domain error")
        real = _math.log(_math.hypot(_math.ldexp(ax, 53), _math.ldexp(ay, 53))) - 53 * _LN2
    else:
        h = _math.hypot(ax, ay)
        if 0.71 <= h <= 1.73:
            am, an = (ax, ay) if ax > ay else (ay, ax)
            real = _math.log1p((am - 1) * (am + 1) + an * an) / 2.0
        else:
            real = _math.log(h)
    return complex(real, _math.atan2(z.imag, z.real))


_NO_BASE = object()


def log(z, base=_NO_BASE, /):
    """log(z[, base]) -> the logarithm of z to the given base.

    If the base is not specified, returns the natural logarithm (base e) of z."""
    result = _log(_complex(z))
    if base is not _NO_BASE:
        result /= _log(_complex(base))
    return result


def log10(z, /):
    """Return the base-10 logarithm of z."""
    result = _log(_complex(z))
    return complex(result.real / _math.log(10.0), result.imag / _math.log(10.0))


def _times_i(z):
    return complex(-z.imag, z.real)


def acos(z, /):
    """Return the arc cosine of z."""
    z = _complex(z)
    value = _special(_ACOS, z)
    if value is not None:
        return value
    if abs(z.real) > _LARGE / 2 or abs(z.imag) > _LARGE / 2:
        real = _math.atan2(abs(z.imag), z.real)
        size = _math.log(_math.hypot(z.real / 2.0, z.imag / 2.0)) + _LN2 * 2.0
        return complex(real, -_copysign(size, z.imag) if z.real < 0 else _copysign(size, -z.imag))
    s1 = sqrt(complex(1.0 - z.real, -z.imag))
    s2 = sqrt(complex(1.0 + z.real, z.imag))
    return complex(2.0 * _math.atan2(s1.real, s2.real),
                   _math.asinh(s2.real * s1.imag - s2.imag * s1.real))


def acosh(z, /):
    """Return the inverse hyperbolic cosine of z."""
    z = _complex(z)
    value = _special(_ACOSH, z)
    if value is not None:
        return value
    if abs(z.real) > _LARGE / 2 or abs(z.imag) > _LARGE / 2:
        return complex(_math.log(_math.hypot(z.real / 2.0, z.imag / 2.0)) + _LN2 * 2.0,
                       _math.atan2(z.imag, z.real))
    s1 = sqrt(complex(z.real - 1.0, z.imag))
    s2 = sqrt(complex(z.real + 1.0, z.imag))
    return complex(_math.asinh(s1.real * s2.real + s1.imag * s2.imag),
                   2.0 * _math.atan2(s1.imag, s2.real))


def asinh(z, /):
    """Return the inverse hyperbolic sine of z."""
    z = _complex(z)
    value = _special(_ASINH, z)
    if value is not None:
        return value
    if abs(z.real) > _LARGE / 2 or abs(z.imag) > _LARGE / 2:
        size = _math.log(_math.hypot(z.real / 2.0, z.imag / 2.0)) + _LN2 * 2.0
        return complex(_copysign(size, z.real) if z.imag >= 0.0 else -_copysign(size, -z.real),
                       _math.atan2(z.imag, abs(z.real)))
    s1 = sqrt(complex(1.0 + z.imag, -z.real))
    s2 = sqrt(complex(1.0 - z.imag, z.real))
    return complex(_math.asinh(s1.real * s2.imag - s2.real * s1.imag),
                   _math.atan2(z.imag, s1.real * s2.real - s1.imag * s2.imag))


def asin(z, /):
    """Return the arc sine of z."""
    z = _complex(z)
    r = asinh(complex(-z.imag, z.real))
    return complex(r.imag, -r.real)


def atanh(z, /):
    """Return the inverse hyperbolic tangent of z."""
    z = _complex(z)
    value = _special(_ATANH, z)
    if value is not None:
        return value
    if z.real < 0.0 or (z.real == 0.0 and _copysign(1.0, z.real) < 0.0):
        return -atanh(-z)
    ay = abs(z.imag)
    if z.real > 6.7e153 or ay > 6.7e153:
        h = _math.hypot(z.real / 2.0, z.imag / 2.0)
        return complex(z.real / 4.0 / h / h, -_copysign(pi / 2.0, -z.imag))
    if z.real == 1.0 and ay < 1.5e-154:
        if ay == 0.0:
            raise ValueError("math domain error")
        return complex(-_math.log(_math.sqrt(ay) / _math.sqrt(_math.hypot(ay, 2.0))),
                       _copysign(_math.atan2(2.0, -ay) / 2, z.imag))
    real = _math.log1p(4.0 * z.real / ((1 - z.real) * (1 - z.real) + ay * ay)) / 4.0
    imag = -_math.atan2(-2.0 * z.imag, (1 - z.real) * (1 + z.real) - ay * ay) / 2.0
    return complex(real, imag)


def atan(z, /):
    """Return the arc tangent of z."""
    z = _complex(z)
    r = atanh(complex(-z.imag, z.real))
    return complex(r.imag, -r.real)


def _around_infinity(table, z, hyperbolic):
    """cosh, sinh, tanh and exp where the real part is infinite and the other is not."""
    if not _is_special(z):
        return None
    if _math.isinf(z.real) and _finite(z.imag) and z.imag != 0.0:
        value = hyperbolic(z)
    else:
        value = complex(*table[_class(z.real)][_class(z.imag)]) if (
            table[_class(z.real)][_class(z.imag)] is not _U) else complex(nan, nan)
    return value


def cosh(z, /):
    """Return the hyperbolic cosine of z."""
    z = _complex(z)
    value = _around_infinity(_COSH, z, lambda z: complex(
        _copysign(inf, _math.cos(z.imag)),
        _copysign(inf, _math.sin(z.imag)) * _copysign(1.0, z.real)))
    if value is not None:
        if _math.isinf(z.imag) and not _math.isnan(z.real):
            raise ValueError("math domain error")
        return value
    if abs(z.real) > 708.0:
        x = z.real - _copysign(1.0, z.real)
        result = complex(_math.cos(z.imag) * _big(_math.cosh, x) * e,
                         _math.sin(z.imag) * _big(_math.sinh, x) * e)
    else:
        result = complex(_math.cos(z.imag) * _math.cosh(z.real),
                         _math.sin(z.imag) * _math.sinh(z.real))
    return _in_range(result)


def _big(function, x):
    try:
        return function(x)
    except OverflowError:
        return inf


def _in_range(z):
    if _math.isinf(z.real) or _math.isinf(z.imag):
        raise OverflowError("math range error")
    return z


def sinh(z, /):
    """Return the hyperbolic sine of z."""
    z = _complex(z)
    value = _around_infinity(_SINH, z, lambda z: complex(
        _copysign(inf, _math.cos(z.imag)) * _copysign(1.0, z.real),
        _copysign(inf, _math.sin(z.imag))))
    if value is not None:
        if _math.isinf(z.imag) and not _math.isnan(z.real):
            raise ValueError("math domain error")
        return value
    if abs(z.real) > 708.0:
        x = z.real - _copysign(1.0, z.real)
        result = complex(_math.cos(z.imag) * _big(_math.sinh, x) * e,
                         _math.sin(z.imag) * _big(_math.cosh, x) * e)
    else:
        result = complex(_math.cos(z.imag) * _math.sinh(z.real),
                         _math.sin(z.imag) * _math.cosh(z.real))
    return _in_range(result)


def cos(z, /):
    """Return the cosine of z."""
    z = _complex(z)
    return cosh(complex(-z.imag, z.real))


def sin(z, /):
    """Return the sine of z."""
    z = _complex(z)
    r = sinh(complex(-z.imag, z.real))
    return complex(r.imag, -r.real)


def tanh(z, /):
    """Return the hyperbolic tangent of z."""
    z = _complex(z)
    value = _around_infinity(_TANH, z, lambda z: complex(
        _copysign(1.0, z.real), _copysign(0.0, 2.0 * _math.sin(z.imag) * _math.cos(z.imag))))
    if value is not None:
        if _math.isinf(z.imag) and _finite(z.real):
            raise ValueError("math domain error")
        return value
    if abs(z.real) > 354.0:
        return complex(_copysign(1.0, z.real),
                       4.0 * _math.sin(z.imag) * _math.cos(z.imag) * _math.exp(-2.0 * abs(z.real)))
    tx, ty = _math.tanh(z.real), _math.tan(z.imag)
    cx = 1.0 / _math.cosh(z.real)
    txty = tx * ty
    denominator = 1.0 + txty * txty
    return complex(tx * (1.0 + ty * ty) / denominator, ((ty / denominator) * cx) * cx)


def tan(z, /):
    """Return the tangent of z."""
    z = _complex(z)
    r = tanh(complex(-z.imag, z.real))
    return complex(r.imag, -r.real)


def exp(z, /):
    """Return the exponential value e**z."""
    z = _complex(z)

    def far(z):
        size = inf if z.real > 0 else 0.0
        return complex(_copysign(size, _math.cos(z.imag)), _copysign(size, _math.sin(z.imag)))

    value = _around_infinity(_EXP, z, far)
    if value is not None:
        if _math.isinf(z.imag) and (_finite(z.real) or z.real == inf):
            raise ValueError("math domain error")
        return value
    if z.real > 708.0:
        size = _big(_math.exp, z.real - 1.0)
        result = complex(size * _math.cos(z.imag) * e, size * _math.sin(z.imag) * e)
    else:
        size = _math.exp(z.real)
        result = complex(size * _math.cos(z.imag), size * _math.sin(z.imag))
    return _in_range(result)

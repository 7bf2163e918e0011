"""The C locale, in UTF-8: the only one the machine knows."""

CHAR_MAX = 127
LC_CTYPE, LC_NUMERIC, LC_TIME, LC_COLLATE, LC_MONETARY, LC_MESSAGES, LC_ALL = range(7)
CODESET = 14
RADIXCHAR, THOUSEP, YESEXPR, NOEXPR, CRNCYSTR = 65536, 65537, 327680, 327681, 262159
D_T_FMT, D_FMT, T_FMT, T_FMT_AMPM = 131112, 131113, 131114, 131115
AM_STR, PM_STR = 131110, 131111
DAY_1, DAY_2, DAY_3, DAY_4, DAY_5, DAY_6, DAY_7 = range(131079, 131086)
ABDAY_1, ABDAY_2, ABDAY_3, ABDAY_4, ABDAY_5, ABDAY_6, ABDAY_7 = range(131072, 131079)
(MON_1, MON_2, MON_3, MON_4, MON_5, MON_6,
 MON_7, MON_8, MON_9, MON_10, MON_11, MON_12) = range(131098, 131110)
(ABMON_1, ABMON_2, ABMON_3, ABMON_4, ABMON_5, ABMON_6,
 ABMON_7, ABMON_8, ABMON_9, ABMON_10, ABMON_11, ABMON_12) = range(131086, 131098)
ERA, ERA_D_FMT, ERA_D_T_FMT, ERA_T_FMT, ALT_DIGITS = 131116, 131118, 131120, 131121, 131119

Error = type("Error", (Exception,), {"__module__": "locale"})

_current = ["C"] * 7


def setlocale(category, locale=None, /):
    """Activates/queries locale processing."""
    if not 0 <= category <= 6:
        raise Error("invalid locale category")
    if locale is not None:
        if locale not in ("", "C", "POSIX", "C.UTF-8", "C.utf8"):
            raise Error("unsupported locale setting")
        name = {"": "C.UTF-8", "POSIX": "C", "C.utf8": "C.UTF-8"}.get(locale, locale)
        if category == LC_ALL:
            _current[:] = [name] * 7
        else:
            _current[category] = name
    return _current[0 if category == LC_ALL else category]


def localeconv():
    """Returns numeric and monetary locale-specific parameters."""
    numbers = dict.fromkeys(
        ("int_frac_digits", "frac_digits", "p_cs_precedes", "p_sep_by_space",
         "n_cs_precedes", "n_sep_by_space", "p_sign_posn", "n_sign_posn"), CHAR_MAX)
    texts = dict.fromkeys(
        ("int_curr_symbol", "currency_symbol", "mon_decimal_point",
         "mon_thousands_sep", "positive_sign", "negative_sign"), "")
    return {"decimal_point": ".", "thousands_sep": "", "grouping": [],
            **texts, "mon_grouping": [], **numbers}


_days = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_months = ("January", "February", "March", "April", "May", "June", "July",
           "August", "September", "October", "November", "December")
_info = {
    CODESET: "UTF-8", RADIXCHAR: ".", THOUSEP: "", YESEXPR: "^[yY]", NOEXPR: "^[nN]",
    CRNCYSTR: "-", D_T_FMT: "%a %b %e %H:%M:%S %Y", D_FMT: "%m/%d/%y",
    T_FMT: "%H:%M:%S", T_FMT_AMPM: "%I:%M:%S %p", AM_STR: "AM", PM_STR: "PM",
    ERA: "", ERA_D_FMT: "", ERA_D_T_FMT: "", ERA_T_FMT: "", ALT_DIGITS: "",
    **{DAY_1 + i: name for i, name in enumerate(_days)},
    **{ABDAY_1 + i: name[:3] for i, name in enumerate(_days)},
    **{MON_1 + i: name for i, name in enumerate(_months)},
    **{ABMON_1 + i: name[:3] for i, name in enumerate(_months)},
}


def nl_langinfo(key, /):
    """Return the value for the locale information associated with key."""
    try:
        return _info[key]
    except KeyError:
        raise ValueError("unsupported langinfo constant") from None


def strcoll(os1, os2, /):
    """Compares two strings according to the locale."""
    return (os1 > os2) - (os1 < os2)


def strxfrm(string, /):
    """Return a string that can be used as a key for locale-aware comparisons."""
    return string


def getencoding():
    """Get the current locale encoding."""
    return "utf-8"

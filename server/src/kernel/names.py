# What a run left in its namespace, as text: records of fields of items. Runs on
# the machine itself, in a namespace of its own, within a budget.
import sys


def plain(text):
    return "".join(c if c.isprintable() else "?" for c in text)


def beginning(value, most=200):
    # Of something long, what is shown of it anyway: looking must not take long.
    cls = type(value)
    if cls in (list, tuple, str, bytes) and len(value) > most:
        return value[:most]
    if cls in (dict, set, frozenset) and len(value) > most:
        first = [item for item, _ in zip(value, range(most))]
        return {key: value[key] for key in first} if cls is dict else cls(first)
    return value


def short(value, longest):
    try:
        text = repr(beginning(value, longest))
    except Exception as error:
        text = f"<repr() raised {type(error).__name__}>"
    if len(text) > longest:
        text = text[:longest] + "\u2026"
    return plain(text)


def public(names):
    return [plain(name) for name in names if type(name) is str][:400]


def qualified(cls):
    module = cls.__module__
    return cls.__qualname__ if module in ("builtins", "__main__") else f"{module}.{cls.__qualname__}"


def of_class(cls):
    found = {}
    for base in cls.__mro__:
        found.update(dict.fromkeys(base.__dict__))
    return public(found)


def own(value):
    # Looked up without running the program's code: no property, no `__getattr__`.
    if isinstance(value, type):
        return of_class(value)
    try:
        names = object.__getattribute__(value, "__dict__")
    except Exception:
        return []
    return public(names) if type(names) is dict else []


def references(namespace, name):
    return sys.getrefcount(namespace[name])


# What looking costs itself: an object that one name holds has one reference.
look = {"x": object()}
EXTRA = references(look, "x") - 1


def size(value):
    try:
        return str(sys.getsizeof(value))
    except Exception:
        return ""


def names(namespace, most=300, longest=200):
    records, types = [], {}
    for name in list(namespace):
        if type(name) is not str or name[:2] == name[-2:] == "__" or len(records) == most:
            continue
        count = references(namespace, name) - EXTRA
        value = namespace[name]
        cls = type(value)
        types[cls] = True
        fields = (plain(name), qualified(cls), short(value, longest), str(id(value)), size(value), str(count), "\x1d".join(own(value)))
        records.append("\x1f".join(fields))
        del value
    classes = ["\x1f".join((qualified(cls), "\x1d".join(of_class(cls)))) for cls in types]
    return "\x1e".join(records) + "\x1c" + "\x1e".join(classes)

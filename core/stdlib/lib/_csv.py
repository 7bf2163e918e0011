"""Reading and writing of comma-separated values: what `csv` is written around."""

__version__ = "1.0"
QUOTE_MINIMAL, QUOTE_ALL, QUOTE_NONNUMERIC, QUOTE_NONE, QUOTE_STRINGS, QUOTE_NOTNULL = range(6)

_dialects = {}
_field_limit = 128 * 1024


class Error(Exception):
    pass


_UNSET = object()


def _character(name, value, allowed_none):
    if value is None and allowed_none:
        return None
    kind = "a unicode character or None" if allowed_none else "a unicode character"
    if not isinstance(value, str):
        raise TypeError(f'"{name}" must be {kind}, not {type(value).__name__}')
    if len(value) != 1:
        raise TypeError(
            f'"{name}" must be {kind}, not a string of length {len(value)}')
    return value


class Dialect:
    """CSV dialect

    The Dialect type records CSV dialect options."""

    __slots__ = ("_values",)
    _defaults = {
        "delimiter": ",", "doublequote": True, "escapechar": None, "lineterminator": "\r\n",
        "quotechar": '"', "quoting": QUOTE_MINIMAL, "skipinitialspace": False, "strict": False,
    }

    def __new__(cls, dialect=None, **options):
        unknown = set(options) - set(cls._defaults)
        if unknown:
            raise TypeError(
                f"Dialect() got an unexpected keyword argument '{unknown.pop()}'")
        if isinstance(dialect, str):
            dialect = get_dialect(dialect)
        if dialect is not None and type(dialect) is Dialect and not options:
            return dialect
        values = {}
        for name, default in cls._defaults.items():
            if name in options:
                values[name] = options[name]
            else:
                values[name] = default if dialect is None else getattr(dialect, name, default)
        given = set(options)
        if dialect is not None:
            given |= {name for name in values if hasattr(dialect, name)}
        for name in ("doublequote", "skipinitialspace", "strict"):
            values[name] = bool(values[name])
        values["delimiter"] = _character("delimiter", values["delimiter"], False)
        values["escapechar"] = _character("escapechar", values["escapechar"], True)
        if values["lineterminator"] is None or not isinstance(values["lineterminator"], str):
            name = type(values["lineterminator"]).__name__
            raise TypeError(f'"lineterminator" must be a string, not {name}')
        quoting = values["quoting"]
        if type(quoting) is not int and not isinstance(quoting, int):
            raise TypeError('"quoting" must be an integer, not ' + type(quoting).__name__)
        if not 0 <= quoting <= QUOTE_NOTNULL:
            raise TypeError('bad "quoting" value')
        values["quotechar"] = _character("quotechar", values["quotechar"], True)
        if values["quotechar"] is None and "quoting" not in given:
            values["quoting"] = quoting = QUOTE_NONE
        if quoting != QUOTE_NONE and values["quotechar"] is None:
            raise TypeError("quotechar must be set if quoting enabled")
        delimiter, escape, quote = (
            values["delimiter"], values["escapechar"], values["quotechar"])
        for name, one in (("delimiter", delimiter), ("escapechar", escape), ("quotechar", quote)):
            if one is not None and (one in "\r\n" or (one == " " and name != "delimiter"
                                                       and values["skipinitialspace"])):
                raise ValueError(f"bad {name} value")
        if values["skipinitialspace"] and delimiter == " ":
            raise ValueError("bad delimiter value")
        end = values["lineterminator"]
        for name, one in (("delimiter", delimiter), ("escapechar", escape), ("quotechar", quote)):
            if one is not None and one in end:
                raise ValueError(f"bad {name} or lineterminator value")
        for (a, x), (b, y) in (
            (("delimiter", delimiter), ("escapechar", escape)),
            (("delimiter", delimiter), ("quotechar", quote)),
            (("escapechar", escape), ("quotechar", quote)),
        ):
            if x is not None and x == y:
                raise ValueError(f"bad {a} or {b} value")
        self = object.__new__(cls)
        object.__setattr__(self, "_values", values)
        return self

    def __setattr__(self, name, value):
        if name in self._defaults:
            raise AttributeError(
                f"attribute '{name}' of '_csv.Dialect' objects is not writable")
        raise AttributeError(f"'_csv.Dialect' object has no attribute '{name}'")

    def __delattr__(self, name):
        self.__setattr__(name, None)

    def __reduce_ex__(self, protocol):
        raise TypeError("cannot pickle 'Dialect' instances")


for _name in Dialect._defaults:
    setattr(Dialect, _name, property(lambda self, name=_name: self._values[name]))


def register_dialect(name, dialect=None, /, **options):
    """Create a mapping from a string name to a dialect class."""
    if not isinstance(name, str):
        raise TypeError("dialect name must be a string")
    _dialects[name] = Dialect(dialect, **options)


def unregister_dialect(name):
    """Delete the name/dialect mapping associated with a string name."""
    try:
        del _dialects[name]
    except (KeyError, TypeError):
        raise Error("unknown dialect") from None


def get_dialect(name):
    """Return the dialect instance associated with name."""
    try:
        return _dialects[name]
    except (KeyError, TypeError):
        raise Error("unknown dialect") from None


def list_dialects():
    """Return a list of all known dialect names."""
    return list(_dialects)


def field_size_limit(new_limit=_UNSET):
    """Sets an upper limit on parsed fields."""
    global _field_limit
    old = _field_limit
    if new_limit is not _UNSET:
        if not isinstance(new_limit, int):
            raise TypeError("limit must be an integer")
        _field_limit = new_limit
    return old


(_START_RECORD, _START_FIELD, _ESCAPED, _IN_FIELD, _IN_QUOTED, _ESCAPE_IN_QUOTED,
 _QUOTE_IN_QUOTED, _EAT_CRNL, _AFTER_ESCAPED_CRNL) = range(9)


class Reader:
    """CSV reader

    Reader objects are responsible for reading and parsing tabular data in CSV format."""

    def __init__(self, lines, dialect):
        self._lines = iter(lines)
        self._dialect = dialect
        self._line_num = 0

    @property
    def dialect(self):
        return self._dialect

    @property
    def line_num(self):
        return self._line_num

    def __iter__(self):
        return self

    def _save(self):
        text = "".join(self._field)
        quoting = self._dialect._values["quoting"]
        if not self._quoted:
            if quoting == QUOTE_NOTNULL and not text:
                text = None
            elif quoting == QUOTE_STRINGS and not text:
                text = None
            elif quoting in (QUOTE_NONNUMERIC, QUOTE_STRINGS) and text:
                text = float(text)
        self._fields.append(text)
        self._field = []
        self._quoted = False

    def __next__(self):
        values = self._dialect._values
        delimiter, quote, escape = (
            values["delimiter"], values["quotechar"], values["escapechar"])
        if values["quoting"] == QUOTE_NONE:
            quote = None
        self._fields = []
        self._field = []
        self._quoted = False
        state = _START_RECORD
        while True:
            try:
                line = next(self._lines)
            except StopIteration:
                if self._field or state in (_IN_QUOTED, _ESCAPE_IN_QUOTED):
                    if values["strict"]:
                        raise Error("unexpected end of data") from None
                    self._save()
                elif state in (_ESCAPED,) or self._fields:
                    if state == _ESCAPED and values["strict"]:
                        raise Error("unexpected end of data") from None
                    self._save()
                else:
                    raise
                break
            if not isinstance(line, str):
                raise Error(
                    "iterator should return strings, not "
                    f"{type(line).__name__} (the file should be opened in text mode)")
            self._line_num += 1
            # The fast path: nothing quoted or escaped, one line.
            if (state == _START_RECORD and values["quoting"] == QUOTE_MINIMAL
                    and not values["skipinitialspace"] and quote not in line
                    and (escape is None or escape not in line)
                    and len(line) <= _field_limit):
                body = line.rstrip("\n").rstrip("\r") if line[-1:] in "\r\n" else line
                if "\r" not in body and "\n" not in body:
                    return body.split(delimiter) if body else []
            for c in line:
                state = self._character(c, state, values, delimiter, quote, escape)
            state = self._end_of_line(state, values)
            if state == _START_RECORD:
                break
        return self._fields

    def _end_of_line(self, state, values):
        if state in (_START_RECORD, _EAT_CRNL):
            return _START_RECORD
        if state == _START_FIELD or state == _IN_FIELD or state == _QUOTE_IN_QUOTED:
            self._save()
            return _START_RECORD
        if state == _ESCAPED:
            self._add("\n")
            return _IN_FIELD
        if state == _ESCAPE_IN_QUOTED:
            self._add("\n")
            return _IN_QUOTED
        if state == _AFTER_ESCAPED_CRNL:
            return _AFTER_ESCAPED_CRNL
        return state

    def _add(self, c):
        if len(self._field) >= _field_limit:
            raise Error(f"field larger than field limit ({_field_limit})")
        self._field.append(c)

    def _character(self, c, state, values, delimiter, quote, escape):
        if state == _AFTER_ESCAPED_CRNL or state == _IN_FIELD:
            if c in "\r\n":
                self._save()
                return _EAT_CRNL
            if c == escape:
                return _ESCAPED
            if c == delimiter:
                self._save()
                return _START_FIELD
            self._add(c)
            return _IN_FIELD
        if state == _IN_QUOTED:
            if c == escape:
                return _ESCAPE_IN_QUOTED
            if c == quote:
                return _QUOTE_IN_QUOTED if values["doublequote"] else _IN_FIELD
            self._add(c)
            return _IN_QUOTED
        if state == _START_RECORD or state == _START_FIELD:
            if c in "\r\n":
                if state == _START_FIELD:
                    self._save()
                return _EAT_CRNL
            if c == quote:
                self._quoted = True
                return _IN_QUOTED
            if c == escape:
                return _ESCAPED
            if c == " " and values["skipinitialspace"]:
                return _START_FIELD
            if c == delimiter:
                self._save()
                return _START_FIELD
            self._add(c)
            return _IN_FIELD
        if state == _QUOTE_IN_QUOTED:
            if c == quote:
                self._add(c)
                return _IN_QUOTED
            if c == delimiter:
                self._save()
                return _START_FIELD
            if c in "\r\n":
                self._save()
                return _EAT_CRNL
            if values["strict"]:
                raise Error(f"'{delimiter}' expected after '{quote}'")
            self._add(c)
            return _IN_FIELD
        if state == _ESCAPED:
            self._add(c)
            return _AFTER_ESCAPED_CRNL if c in "\r\n" else _IN_FIELD
        if state == _ESCAPE_IN_QUOTED:
            self._add(c)
            return _IN_QUOTED
        # _EAT_CRNL
        if c in "\r\n":
            return _EAT_CRNL
        raise Error(
            "new-line character seen in unquoted field - "
            "do you need to open the file with newline=''?")


class Writer:
    """CSV writer

    Writer objects are responsible for generating tabular data in CSV format
    from sequence input."""

    def __init__(self, write, dialect):
        self._write = write
        self._dialect = dialect
        values = dialect._values
        self._special = set("\r\n") | {values["delimiter"]} | set(values["lineterminator"])
        self._special |= {one for one in (values["escapechar"], values["quotechar"]) if one}

    @property
    def dialect(self):
        return self._dialect

    def _text(self, field, alone):
        values = self._dialect._values
        quoting, quote, escape = values["quoting"], values["quotechar"], values["escapechar"]
        is_number = isinstance(field, (int, float)) or (
            hasattr(type(field), "__float__") and not isinstance(field, str))
        quoted = (
            quoting == QUOTE_ALL
            or (quoting == QUOTE_NONNUMERIC and not is_number)
            or (quoting == QUOTE_STRINGS and isinstance(field, str))
            or (quoting == QUOTE_NOTNULL and field is not None)
        )
        if isinstance(field, str):
            text = field
        elif field is None:
            text = ""
        else:
            text = str(field)
        out = []
        for c in text:
            if c not in self._special:
                out.append(c)
                continue
            want_escape = False
            if quoting == QUOTE_NONE:
                want_escape = True
            else:
                if c == quote:
                    if values["doublequote"]:
                        out.append(quote)
                    else:
                        want_escape = True
                elif c == escape:
                    want_escape = True
                if not want_escape:
                    quoted = True
            if want_escape:
                if escape is None:
                    raise Error("need to escape, but no escapechar set")
                out.append(escape)
            out.append(c)
        if not text and not quoted:
            delimiter = values["delimiter"]
            if delimiter == " " and values["skipinitialspace"]:
                if quoting == QUOTE_NONE or (
                        field is None and quoting in (QUOTE_STRINGS, QUOTE_NOTNULL)):
                    raise Error(
                        "empty field must be quoted if delimiter is a space "
                        "and skipinitialspace is true")
                quoted = True
            if alone:
                if quoting == QUOTE_NONE or (
                        field is None and quoting in (QUOTE_STRINGS, QUOTE_NOTNULL)):
                    raise Error("single empty field record must be quoted")
                quoted = True
        text = "".join(out)
        if text[:1] == " " and values["skipinitialspace"] and not quoted:
            if quoting == QUOTE_NONE:
                if escape is None:
                    raise Error("need to escape, but no escapechar set")
                return escape + text
            quoted = True
        return f"{quote}{text}{quote}" if quoted else text

    def writerow(self, row, /):
        """writerow(iterable)

        Construct and write a CSV record from an iterable of fields."""
        try:
            row = list(iter(row))
        except TypeError:
            raise Error(f"iterable expected, not {type(row).__name__}") from None
        values = self._dialect._values
        alone = len(row) == 1
        line = values["delimiter"].join([self._text(field, alone) for field in row])
        return self._write(line + values["lineterminator"])

    def writerows(self, rows, /):
        """writerows(iterable of iterables)

        Construct and write a series of iterables to a csv file."""
        for row in rows:
            self.writerow(row)


def reader(iterable, /, dialect="excel", **options):
    """csv_reader = reader(iterable [, dialect='excel'] [optional keyword args])"""
    return Reader(iterable, Dialect(_named(dialect), **options))


def writer(fileobj, /, dialect="excel", **options):
    """csv_writer = csv.writer(fileobj [, dialect='excel'] [optional keyword args])"""
    write = getattr(fileobj, "write", None)
    if not callable(write):
        raise TypeError('argument 1 must have a "write" method')
    return Writer(write, Dialect(_named(dialect), **options))


def _named(dialect):
    # The module can be used before `csv` has registered its dialects.
    if dialect == "excel" and "excel" not in _dialects:
        return None
    return dialect

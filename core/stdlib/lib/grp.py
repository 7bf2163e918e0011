"""The groups of the system, as `/etc/group` tells them to who may read it."""


class struct_group(tuple):
    """A group's name, password, number and members."""

    n_fields = n_sequence_fields = 4
    n_unnamed_fields = 0
    __match_args__ = ("gr_name", "gr_passwd", "gr_gid", "gr_mem")

    def __repr__(self):
        fields = ", ".join(f"{n}={v!r}" for n, v in zip(self.__match_args__, self))
        return f"grp.struct_group({fields})"


for _at, _name in enumerate(struct_group.__match_args__):
    setattr(struct_group, _name, property(lambda self, at=_at: self[at]))


def getgrall():
    """Return a list of all available group entries."""
    entries = []
    with open("/etc/group", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            parts = line.rstrip("\n").split(":")
            if len(parts) == 4:
                name, password, number, members = parts
                members = members.split(",") if members else []
                entries.append(struct_group((name, password, int(number), members)))
    return entries


def getgrgid(id):
    """Return the group database entry for the given numeric group ID."""
    for entry in getgrall():
        if entry.gr_gid == id:
            return entry
    raise KeyError(f"getgrgid(): gid not found: {id}")


def getgrnam(name):
    """Return the group database entry for the given group name."""
    if not isinstance(name, str):
        raise TypeError(f"getgrnam() argument must be str, not {type(name).__name__}")
    for entry in getgrall():
        if entry.gr_name == name:
            return entry
    raise KeyError(f"getgrnam(): name not found: {name!r}")

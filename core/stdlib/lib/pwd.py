"""The users of the system, as `/etc/passwd` tells them to who may read it."""



class struct_passwd(tuple):
    """A user's name, password, numbers, real name, home directory and shell."""

    n_fields = n_sequence_fields = 7
    n_unnamed_fields = 0
    __match_args__ = (
        "pw_name", "pw_passwd", "pw_uid", "pw_gid", "pw_gecos", "pw_dir", "pw_shell")

    def __repr__(self):
        fields = ", ".join(f"{n}={v!r}" for n, v in zip(self.__match_args__, self))
        return f"pwd.struct_passwd({fields})"


for _at, _name in enumerate(struct_passwd.__match_args__):
    setattr(struct_passwd, _name, property(lambda self, at=_at: self[at]))
struct_passwd.__module__ = "pwd"


def getpwall():
    """Return a list of all available password database entries."""
    entries = []
    with open("/etc/passwd", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            parts = line.rstrip("\n").split(":")
            if len(parts) == 7:
                name, password, user, group, *rest = parts
                entries.append(struct_passwd((name, password, int(user), int(group), *rest)))
    return entries


def getpwuid(uid, /):
    """Return the password database entry for the given numeric user ID."""
    for entry in getpwall():
        if entry.pw_uid == uid:
            return entry
    raise KeyError(f"getpwuid(): uid not found: {uid}")


def getpwnam(name, /):
    """Return the password database entry for the given user name."""
    if not isinstance(name, str):
        raise TypeError(f"getpwnam() argument must be str, not {type(name).__name__}")
    for entry in getpwall():
        if entry.pw_name == name:
            return entry
    raise KeyError(f"getpwnam(): name not found: {name!r}")

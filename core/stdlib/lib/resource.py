"""Limits of the process: the machine's budgets are set from outside."""

error = OSError
(RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS,
 RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_MEMLOCK, RLIMIT_AS) = range(10)
RLIM_INFINITY = -1
RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD = 0, -1, 1


class struct_rusage(tuple):
    """The resources a process used."""

    __match_args__ = (
        "ru_utime", "ru_stime", "ru_maxrss", "ru_ixrss", "ru_idrss", "ru_isrss", "ru_minflt",
        "ru_majflt", "ru_nswap", "ru_inblock", "ru_oublock", "ru_msgsnd", "ru_msgrcv",
        "ru_nsignals", "ru_nvcsw", "ru_nivcsw")


for _at, _name in enumerate(struct_rusage.__match_args__):
    setattr(struct_rusage, _name, property(lambda self, at=_at: self[at]))


def getrusage(who, /):
    import time
    return struct_rusage((time.process_time(), 0.0) + (0,) * 14)


def getrlimit(resource, /):
    return (RLIM_INFINITY, RLIM_INFINITY)


def setrlimit(resource, limits, /):
    raise PermissionError(1, "limits are set from outside (--memory, --fuel, --timeout)")


def getpagesize():
    return 4096

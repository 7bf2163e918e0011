"""Tracebacks on demand; the machine never crashes, so none are dumped by themselves."""

import sys as _sys

_enabled = False


def enable(file=None, all_threads=True, c_stack=True):
    """Enable the fault handler."""
    global _enabled
    _enabled = True


def disable():
    """Disable the fault handler."""
    global _enabled
    was, _enabled = _enabled, False
    return was


def is_enabled():
    """Check if the handler is enabled."""
    return _enabled


def dump_traceback(file=None, all_threads=True):
    """Dump the traceback of the current thread, or of all threads."""
    file = _sys.stderr if file is None else file
    print("Stack (most recent call first):", file=file)
    frame = _sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        print(f'  File "{code.co_filename}", line {frame.f_lineno} in {code.co_name}', file=file)
        frame = frame.f_back


def dump_traceback_later(timeout, repeat=False, file=None, exit=False):
    """Dump the traceback of all threads in timeout seconds: there is no watchdog here."""
    if timeout <= 0:
        raise ValueError("timeout must be greater than 0")


def cancel_dump_traceback_later():
    """Cancel the previous call to dump_traceback_later()."""


def register(signum, file=None, all_threads=True, chain=False):
    """Register a handler for the signal 'signum'."""


def unregister(signum, /):
    """Unregister the handler of the signal 'signum'."""
    return False

"""Waiting for the machine's own sockets: none reaches the system."""

import _socket
import time as _time

error = OSError


def select(rlist, wlist, xlist, timeout=None, /):
    """Wait until one or more file descriptors are ready for some kind of I/O."""
    if timeout is not None:
        timeout = float(timeout)
        if timeout < 0:
            raise ValueError("timeout must be non-negative")
    ends = None if timeout is None else _time.monotonic() + timeout
    readers = [(one, _number(one)) for one in rlist]
    writers = [(one, _number(one)) for one in wlist]
    for one in xlist:
        _number(one)
    while True:
        ready = [one for one, number in readers if _readable(number)]
        writable = [one for one, number in writers if _writable(number)]
        if ready or writable:
            return ready, writable, []
        left = None if ends is None else ends - _time.monotonic()
        if left is not None and left <= 0:
            return [], [], []
        # Whoever makes a descriptor ready is another thread, if there is one.
        if _socket._alone():
            if left is None:
                raise OSError(35, "nothing is left that could end the wait")
            _time.sleep(left)
        else:
            _time.sleep(0.005 if left is None else min(left, 0.005))


def _number(one):
    if not isinstance(one, int):
        try:
            one = one.fileno()
        except AttributeError:
            raise TypeError(
                "argument must be an int, or have a fileno() method"
            ) from None
    if one < 0:
        raise ValueError(f"file descriptor cannot be a negative integer ({one})")
    return one


def _readable(number):
    end = _socket._ends.get(number)
    if end is None:
        if number > 2:
            raise OSError(9, "Bad file descriptor")
        return False
    return bool(end._incoming) or end._peer is None


def _writable(number):
    if number in (1, 2):
        return True
    if number not in _socket._ends:
        raise OSError(9, "Bad file descriptor")
    return True


# Not to be bound where a class keeps it, as functions written in C are not.
select = staticmethod(select)

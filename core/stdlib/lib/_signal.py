"""Signals of the machine: handlers are kept, and run for the signals it raises itself.

No signal of the system reaches a program but the interrupt, which arrives as
`KeyboardInterrupt`.
"""

import sys

SIG_DFL = 0
SIG_IGN = 1
SIG_BLOCK = 0
SIG_UNBLOCK = 1
SIG_SETMASK = 2
NSIG = 65
ITIMER_REAL = 0
ITIMER_VIRTUAL = 1
ITIMER_PROF = 2
SIGHUP = 1
SIGINT = 2
SIGQUIT = 3
SIGILL = 4
SIGTRAP = 5
SIGABRT = 6
SIGIOT = 6
SIGBUS = 7
SIGFPE = 8
SIGKILL = 9
SIGUSR1 = 10
SIGSEGV = 11
SIGUSR2 = 12
SIGPIPE = 13
SIGALRM = 14
SIGTERM = 15
SIGSTKFLT = 16
SIGCHLD = 17
SIGCLD = 17
SIGCONT = 18
SIGSTOP = 19
SIGTSTP = 20
SIGTTIN = 21
SIGTTOU = 22
SIGURG = 23
SIGXCPU = 24
SIGXFSZ = 25
SIGVTALRM = 26
SIGPROF = 27
SIGWINCH = 28
SIGIO = 29
SIGPOLL = 29
SIGPWR = 30
SIGSYS = 31
SIGRTMIN = 34
SIGRTMAX = 64


class ItimerError(OSError):
    pass


ItimerError.__module__ = "signal"
ItimerError.__qualname__ = ItimerError.__name__ = "itimer_error"
itimer_error = ItimerError


def default_int_handler(signalnum, frame, /):
    """The default handler for SIGINT installed by Python."""
    raise KeyboardInterrupt


_handlers = dict.fromkeys(range(1, NSIG), SIG_DFL)
_handlers[SIGINT] = default_int_handler
_handlers[SIGPIPE] = _handlers[SIGXFSZ] = SIG_IGN
_mask = set()
_wakeup_fd = -1


def _check(signalnum):
    signalnum = int(signalnum)
    if not 1 <= signalnum < NSIG:
        raise ValueError("signal number out of range")
    return signalnum


def signal(signalnum, handler, /):
    """Set the action for the given signal."""
    signalnum = _check(signalnum)
    if not callable(handler) and handler not in (SIG_DFL, SIG_IGN):
        raise TypeError(
            "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object"
        )
    if signalnum in (SIGKILL, SIGSTOP):
        raise OSError(22, "Invalid argument")
    old = _handlers[signalnum]
    _handlers[signalnum] = handler
    return old


def getsignal(signalnum, /):
    """Return the current action for the given signal."""
    return _handlers[_check(signalnum)]


def raise_signal(signalnum, /):
    """Send a signal to the executing process."""
    signalnum = _check(signalnum)
    handler = _handlers[signalnum]
    if callable(handler):
        handler(signalnum, sys._getframe(1))
    elif handler == SIG_DFL and signalnum not in (SIGCHLD, SIGCONT, SIGURG, SIGWINCH):
        raise PermissionError(1, "the machine raises no signal that would end its process")


def strsignal(signalnum, /):
    """Return the system description of the given signal."""
    return _names.get(_check(signalnum))


_names = {
    1: "Hangup", 2: "Interrupt", 3: "Quit", 4: "Illegal instruction",
    5: "Trace/breakpoint trap", 6: "Aborted", 7: "Bus error",
    8: "Floating point exception", 9: "Killed", 10: "User defined signal 1",
    11: "Segmentation fault", 12: "User defined signal 2", 13: "Broken pipe",
    14: "Alarm clock", 15: "Terminated", 16: "Stack fault", 17: "Child exited",
    18: "Continued", 19: "Stopped (signal)", 20: "Stopped", 21: "Stopped (tty input)",
    22: "Stopped (tty output)", 23: "Urgent I/O condition",
    24: "CPU time limit exceeded", 25: "File size limit exceeded",
    26: "Virtual timer expired", 27: "Profiling timer expired", 28: "Window changed",
    29: "I/O possible", 30: "Power failure", 31: "Bad system call",
}


def valid_signals():
    """Return a set of valid signal numbers on this platform."""
    return {number for number in range(1, NSIG) if number not in (32, 33)}


def pthread_sigmask(how, mask, /):
    """Fetch and/or change the signal mask of the calling thread."""
    global _mask
    old, mask = set(_mask), {_check(number) for number in mask}
    if how == SIG_BLOCK:
        _mask |= mask
    elif how == SIG_UNBLOCK:
        _mask -= mask
    elif how == SIG_SETMASK:
        _mask = mask
    else:
        raise OSError(22, "Invalid argument")
    return old


def sigpending():
    """Examine pending signals."""
    return set()


def siginterrupt(signalnum, flag, /):
    """Change system call restart behaviour."""
    _check(signalnum)


def set_wakeup_fd(fd, /, *, warn_on_full_buffer=True):
    """Sets the fd to be written to (with the signal number) when a signal comes in."""
    global _wakeup_fd
    old, _wakeup_fd = _wakeup_fd, fd
    return old


def _refused(what):
    raise PermissionError(1, f"{what} is not available to a sandboxed program")


def alarm(seconds, /):
    """Arrange for SIGALRM to arrive after the given number of seconds."""
    if seconds:
        _refused("alarm()")
    return 0


def setitimer(which, seconds, interval=0.0, /):
    """Sets given itimer."""
    if seconds:
        _refused("setitimer()")
    return (0.0, 0.0)


def getitimer(which, /):
    """Returns current value of given itimer."""
    return (0.0, 0.0)


def pause():
    """Wait until a signal arrives."""
    _refused("pause()")

"""The system's log, which a sandboxed program cannot write to."""

(LOG_EMERG, LOG_ALERT, LOG_CRIT, LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG) = range(8)
LOG_USER, LOG_DAEMON, LOG_PID = 8, 24, 1


def syslog(*args):
    """Send a string to the system logger."""
    raise PermissionError(1, "the system's log is not available to a sandboxed program")


def openlog(ident=None, logoption=0, facility=LOG_USER):
    """Set logging options of subsequent syslog() calls."""


def closelog():
    """Reset the syslog module values and call the system library closelog()."""


def setlogmask(maskpri, /):
    """Set the priority mask to maskpri and return the previous mask value."""
    return 0xFF

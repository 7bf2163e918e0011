"""Starting processes, which a sandboxed program may not."""


def fork_exec(*args):
    """Spawn a fresh new child process: always refused."""
    raise PermissionError(1, "starting processes is not available to a sandboxed program")

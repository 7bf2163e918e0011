"""Shared memory, which a sandboxed program has not."""


def _refuse(*args, **kwargs):
    raise PermissionError(1, "shared memory is not available to a sandboxed program")


shm_open = shm_unlink = _refuse

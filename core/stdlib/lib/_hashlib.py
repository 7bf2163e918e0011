"""What `hashlib` and `hmac` ask of OpenSSL: key derivation; the hashes are native."""

from _pbkdf2 import pbkdf2_hmac
from _operator import _compare_digest as compare_digest

openssl_md_meth_names = frozenset()


class UnsupportedDigestmodError(ValueError):
    pass


class HASH:
    def __new__(cls, *args, **kwargs):
        raise TypeError("cannot create '_hashlib.HASH' instances")


class HASHXOF(HASH):
    pass


class HMAC:
    def __new__(cls, *args, **kwargs):
        raise TypeError("cannot create '_hashlib.HMAC' instances")


def new(name, data=b"", *, usedforsecurity=True, string=None):
    raise ValueError(f"unsupported hash type {name}")


def hmac_new(key, msg=b"", digestmod=None):
    raise UnsupportedDigestmodError(f"Unsupported digestmod {digestmod}")


def hmac_digest(key, msg, digest):
    raise UnsupportedDigestmodError(f"Unsupported digestmod {digest}")


def get_fips_mode():
    return 0


def openssl_sha256(data=b"", *, usedforsecurity=True, string=None):
    from _sha2 import sha256
    return sha256(data, usedforsecurity=usedforsecurity, string=string)


def scrypt(password, *, salt, n, r, p, maxmem=0, dklen=64):
    """scrypt password-based key derivation function."""
    if n < 2 or n & (n - 1):
        raise ValueError("n must be a power of 2.")
    if r < 1 or p < 1 or dklen < 1:
        raise ValueError("r, p and dklen must be positive")
    if 128 * r * (n + p + 2) > (maxmem or 32 << 20):
        raise ValueError("memory limit exceeded")
    blocks = pbkdf2_hmac("sha256", password, salt, 1, p * 128 * r)
    size = 128 * r
    mixed = b"".join(
        _mix(blocks[at:at + size], n, r) for at in range(0, len(blocks), size))
    return pbkdf2_hmac("sha256", password, mixed, 1, dklen)


def _mix(block, n, r):
    x = [int.from_bytes(block[at:at + 4], "little") for at in range(0, len(block), 4)]
    table = []
    for _ in range(n):
        table.append(x)
        x = _block_mix(x, r)
    for _ in range(n):
        j = x[(2 * r - 1) * 16] & (n - 1)
        x = _block_mix([a ^ b for a, b in zip(x, table[j])], r)
    return b"".join([word.to_bytes(4, "little") for word in x])


def _block_mix(b, r):
    x = b[(2 * r - 1) * 16:]
    out = [None] * (2 * r)
    for i in range(2 * r):
        x = _salsa([p ^ q for p, q in zip(x, b[i * 16:i * 16 + 16])])
        out[i // 2 + (r if i & 1 else 0)] = x
    return [word for block in out for word in block]


_ROUNDS = [
    (4, 0, 12, 7), (8, 4, 0, 9), (12, 8, 4, 13), (0, 12, 8, 18),
    (9, 5, 1, 7), (13, 9, 5, 9), (1, 13, 9, 13), (5, 1, 13, 18),
    (14, 10, 6, 7), (2, 14, 10, 9), (6, 2, 14, 13), (10, 6, 2, 18),
    (3, 15, 11, 7), (7, 3, 15, 9), (11, 7, 3, 13), (15, 11, 7, 18),
    (1, 0, 3, 7), (2, 1, 0, 9), (3, 2, 1, 13), (0, 3, 2, 18),
    (6, 5, 4, 7), (7, 6, 5, 9), (4, 7, 6, 13), (5, 4, 7, 18),
    (11, 10, 9, 7), (8, 11, 10, 9), (9, 8, 11, 13), (10, 9, 8, 18),
    (12, 15, 14, 7), (13, 12, 15, 9), (14, 13, 12, 13), (15, 14, 13, 18),
]


def _salsa(block):
    x = block[:]
    for _ in range(4):
        for to, a, b, by in _ROUNDS:
            s = (x[a] + x[b]) & 0xFFFFFFFF
            x[to] ^= (s << by | s >> (32 - by)) & 0xFFFFFFFF
    return [(p + q) & 0xFFFFFFFF for p, q in zip(x, block)]

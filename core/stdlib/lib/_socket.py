"""Sockets of the machine: pairs in memory, and nothing of the network.

`socketpair` gives two connected ends that live in this program, enough for an
event loop to wake itself; whatever would leave the machine is refused in words.
"""

import sys as _sys
import _thread

has_ipv6 = False
AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6 = 0, 1, 2, 10
SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET = 1, 2, 3, 4, 5
SOCK_CLOEXEC, SOCK_NONBLOCK = 0o2000000, 0o4000
SOL_SOCKET, SOL_IP, SOL_TCP, SOL_UDP = 1, 0, 6, 17
SO_DEBUG, SO_REUSEADDR, SO_TYPE, SO_ERROR, SO_DONTROUTE, SO_BROADCAST = 1, 2, 3, 4, 5, 6
SO_SNDBUF, SO_RCVBUF, SO_KEEPALIVE, SO_OOBINLINE, SO_LINGER, SO_REUSEPORT = 7, 8, 9, 10, 13, 15
SOMAXCONN = 4096
MSG_OOB, MSG_PEEK, MSG_DONTROUTE, MSG_WAITALL, MSG_DONTWAIT = 1, 2, 4, 0x100, 0x40
IPPROTO_IP, IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_IPV6, IPPROTO_RAW = 0, 1, 6, 17, 41, 255
TCP_NODELAY = 1
IPV6_V6ONLY = 26
SHUT_RD, SHUT_WR, SHUT_RDWR = 0, 1, 2
AI_PASSIVE, AI_CANONNAME, AI_NUMERICHOST, AI_NUMERICSERV, AI_ADDRCONFIG = 1, 2, 4, 0x400, 0x20
EAI_NONAME, EAI_FAMILY, EAI_SERVICE = -2, -6, -8
NI_NUMERICHOST, NI_NUMERICSERV, NI_DGRAM = 1, 2, 16
INADDR_ANY, INADDR_BROADCAST, INADDR_LOOPBACK, INADDR_NONE = 0, 0xFFFFFFFF, 0x7F000001, 0xFFFFFFFF

error = OSError
timeout = TimeoutError


class herror(OSError):
    pass


class gaierror(OSError):
    pass


herror.__module__ = gaierror.__module__ = "socket"

_default_timeout = None
# The open ends by descriptor number: numbers no file of the machine has.
_ends = {}
_next = 1000


def _alone():
    """Whether no other thread could make an end ready."""
    return _thread._count() == 0


def _refuse(*args, **kwargs):
    raise PermissionError(
        1, "network access is not available to a sandboxed program"
    )


class socket:
    """socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> a socket object

    Only the ends of a socketpair() can be used."""

    __slots__ = ("__dict__",)
    _peer = None

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        if fileno is None:
            _refuse()
        if isinstance(fileno, float):
            raise TypeError("integer argument expected, got float")
        end = _ends.get(fileno)
        if end is None:
            raise OSError(9, "Bad file descriptor")
        self._fd = fileno
        self._kind = (
            end._kind[0] if family == -1 else family,
            end._kind[1] if type == -1 else type,
            0 if proto == -1 else proto,
        )
        self._incoming = end._incoming
        self._timeout = end._timeout
        self._peer = end._peer
        if self._peer is not None:
            self._peer._peer = self
        _ends[fileno] = self

    @property
    def family(self):
        return self._kind[0]

    @property
    def type(self):
        return self._kind[1]

    @property
    def proto(self):
        return self._kind[2]

    def fileno(self):
        return self._fd

    def detach(self):
        fd, self._fd = self._fd, -1
        return fd

    def close(self):
        if self._fd != -1:
            _ends.pop(self._fd, None)
            self._fd = -1
            if self._peer is not None:
                self._peer._peer = None
                self._peer = None

    def _check(self):
        if self._fd == -1:
            raise OSError(9, "Bad file descriptor")

    def setblocking(self, flag):
        self._timeout = None if flag else 0.0

    def getblocking(self):
        return self._timeout != 0.0

    def settimeout(self, value):
        if value is not None:
            value = float(value)
            if value < 0:
                raise ValueError("Timeout value out of range")
        self._timeout = value

    def gettimeout(self):
        return self._timeout

    @property
    def timeout(self):
        return self._timeout

    def send(self, data, flags=0):
        self._check()
        if self._peer is None:
            raise BrokenPipeError(32, "Broken pipe")
        data = bytes(data)
        self._peer._incoming += data
        return len(data)

    def sendall(self, data, flags=0):
        self.send(data, flags)

    def _wait(self):
        self._check()
        if self._incoming or self._peer is None:
            return
        if self._timeout == 0.0:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        from select import select
        if not select([self._fd], [], [], self._timeout)[0]:
            raise TimeoutError("timed out")

    def recv(self, bufsize, flags=0):
        if bufsize < 0:
            raise ValueError("negative buffersize in recv")
        self._wait()
        data = bytes(self._incoming[:bufsize])
        if not flags & MSG_PEEK:
            del self._incoming[:bufsize]
        return data

    def recv_into(self, buffer, nbytes=0, flags=0):
        view = memoryview(buffer).cast("B")
        data = self.recv(nbytes or len(view), flags)
        view[:len(data)] = data
        return len(data)

    def shutdown(self, how):
        self._check()
        if how != SHUT_RD and self._peer is not None:
            self._peer._peer = None
            self._peer = None

    def getsockname(self):
        return ""

    def getpeername(self):
        if self._peer is None:
            raise OSError(107, "Transport endpoint is not connected")
        return ""

    def getsockopt(self, level, option, buflen=0):
        return 0

    def setsockopt(self, level, option, value, optlen=None):
        pass

    bind = connect = connect_ex = listen = _accept = _refuse
    recvfrom = recvfrom_into = sendto = recvmsg = sendmsg = _refuse


SocketType = socket


def _end(family, type, proto):
    global _next
    one = socket.__new__(socket)
    one._fd = _next
    _next += 1
    one._incoming = bytearray()
    one._timeout = _default_timeout
    one._kind = (family, type, proto)
    _ends[one._fd] = one
    return one


def socketpair(family=AF_UNIX, type=SOCK_STREAM, proto=0):
    """socketpair([family[, type [, proto]]]) -> (socket object, socket object)"""
    if family is None:
        family = AF_UNIX
    a, b = _end(family, type, proto), _end(family, type, proto)
    a._peer, b._peer = b, a
    return a, b


def close(fd, /):
    """Close an integer socket file descriptor."""
    end = _ends.get(fd)
    if end is None:
        raise OSError(9, "Bad file descriptor")
    end.close()


def getdefaulttimeout():
    """Returns the default timeout in seconds (float) for new socket objects."""
    return _default_timeout


def setdefaulttimeout(timeout, /):
    """Set the default timeout in seconds (float) for new socket objects."""
    global _default_timeout
    _default_timeout = None if timeout is None else float(timeout)


def gethostname():
    """Return the current host name."""
    return "localhost"


def htons(x, /):
    """Convert a 16-bit unsigned integer from host to network byte order."""
    return int.from_bytes(x.to_bytes(2, "little"))


def htonl(x, /):
    """Convert a 32-bit unsigned integer from host to network byte order."""
    return int.from_bytes(x.to_bytes(4, "little"))


ntohs, ntohl = htons, htonl


def inet_aton(text, /):
    """Convert an IP address in string format (123.45.67.89) to 4 bytes."""
    parts = text.split(".")
    try:
        numbers = [int(part, 0) for part in parts]
        if not 1 <= len(numbers) <= 4 or any(number < 0 for number in numbers):
            raise ValueError
        last = numbers.pop()
        return bytes(numbers) + last.to_bytes(4 - len(numbers), "big")
    except (ValueError, OverflowError):
        raise OSError("illegal IP address string passed to inet_aton") from None


def inet_ntoa(packed, /):
    """Convert an IP address from 32-bit packed binary format to string format."""
    if len(packed) != 4:
        raise OSError("packed IP wrong length")
    return ".".join(map(str, bytes(packed)))


def inet_pton(family, text, /):
    """Convert an IP address from string format to a packed string."""
    import ipaddress
    kind = ipaddress.IPv4Address if family == AF_INET else ipaddress.IPv6Address
    try:
        return kind(text).packed
    except ValueError:
        raise OSError("illegal IP address string passed to inet_pton") from None


def inet_ntop(family, packed, /):
    """Convert a packed IP address of the given family to string format."""
    import ipaddress
    kind = ipaddress.IPv4Address if family == AF_INET else ipaddress.IPv6Address
    return str(kind(bytes(packed)))


gethostbyname = gethostbyname_ex = gethostbyaddr = getaddrinfo = getnameinfo = _refuse
getservbyname = getservbyport = getprotobyname = dup = sethostname = _refuse
if_nameindex = if_nametoindex = if_indextoname = _refuse
CAPI = None

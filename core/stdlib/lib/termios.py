"""Terminals, which a sandboxed program has none of."""


class error(Exception):
    pass


TCSANOW, TCSADRAIN, TCSAFLUSH = 0, 1, 2
TCIFLUSH, TCOFLUSH, TCIOFLUSH = 0, 1, 2
VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN, VSUSP = 0, 1, 2, 3, 4, 5, 6, 10
IGNBRK, BRKINT, IGNPAR, PARMRK, INPCK, ISTRIP = 1, 2, 4, 8, 16, 32
INLCR, IGNCR, ICRNL, IXON, IXANY, IXOFF = 64, 128, 256, 1024, 2048, 4096
OPOST, ONLCR = 1, 4
CSIZE, CS5, CS6, CS7, CS8, PARENB = 48, 0, 16, 32, 48, 256
ISIG, ICANON, ECHO, ECHOE, ECHOK, ECHONL, NOFLSH, TOSTOP, IEXTEN = 1, 2, 8, 16, 32, 64, 128, 256, 32768
B9600, B38400 = 13, 15
FIONREAD, TIOCGWINSZ, TIOCSWINSZ, TIOCSTI = 0x541B, 0x5413, 0x5414, 0x5412


def _no_terminal(*args):
    raise error(25, "Inappropriate ioctl for device")


tcgetattr = tcsetattr = tcflush = tcflow = tcdrain = tcsendbreak = _no_terminal
tcgetwinsize = tcsetwinsize = _no_terminal

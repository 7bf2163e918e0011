def fine(x):
    return x * 2


def broken(:
    pass


value = fine(21)
other = value +

"""7. References and cycles: how long an object lives."""

# %% Assignment never copies. Two names, one object.
import sys

a = [1, 2]
b = a
b.append(3)
print(a, a is b, a == [1, 2, 3], a is [1, 2, 3])

# %% Multiplying a list repeats references, not rows.
board = [[0] * 2] * 2
board[0][0] = "x"
print(board)
board = [[0] * 2 for _ in range(2)]
board[0][0] = "x"
print(board)

# %% An object dies when its last reference goes - at once, at a known place.
class Tracked:
    def __init__(self, label):
        self.label = label
    def __del__(self):
        print("  goodbye", self.label)

one = Tracked("one")
also = one
print("first del")
del one
print("second del")
del also
print("after")

# %% A local variable dies with its frame.
def short():
    item = Tracked("local")
    return "returned"

print(short())

# %% Counts can be seen. A call adds none for a local that it only borrows.
def references():
    thing = object()
    before = sys.getrefcount(thing)
    holders = [thing] * 5
    return sys.getrefcount(thing) - before

print(references())

# %% In a cycle the counts never reach zero; the collector finds it.
import gc

class Node:
    def __init__(self, name):
        self.name = name
        self.other = None
    def __del__(self):
        print("  collected", self.name)

gc.disable()
left, right = Node("left"), Node("right")
left.other, right.other = right, left
del left, right
print("the names are gone, the objects are not")
gc.collect()
gc.enable()

# %% A weak reference looks without holding.
import weakref

target = Tracked("target")
look = weakref.ref(target)
print(look() is target)
del target
print(look())

class A:
    def __init__(self, n): self.n = n
    def __add__(self, o): return A(self.n + o.n)
    def __del__(self): pass
def gen(n):
    for i in range(n):
        try: yield i
        finally: pass
try:
    print(sum(gen(5)), [*map(str, gen(3))], {}.x)
except (AttributeError, TypeError) as e:
    print(f"{e!r:>40}", sorted({3, 1, 2}, key=lambda v: -v))
a = A(1) + A(2); l = []; l.append(l); print(l, a.n, "x" * 3 + "é"[::-1], 10 ** 30 // 7, b"a"[0])
with memoryview(bytearray(3)) as m: m[1] = 2

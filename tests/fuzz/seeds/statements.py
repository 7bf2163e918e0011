@d(1)
class C[T: int = str](B, metaclass=M):
    """doc"""
    x: int = 1
    def f(self, a, /, b=[], *c, d: int = 2, **e) -> None:
        global g; nonlocal_ = lambda x=1, *y: (yield x)
        for i in range(3):
            a.append(lambda: i)
        else:
            del a[0], b.c
        return super().f(a, *b, **e)
async def h():
    async with a as b, c: await d
    async for x in y: pass
try:
    import os.path as p, q
except* E as e: raise X from e
finally:
    assert a, b
while x := f(): break
else: continue_
with (open(a) as b, c as d,): pass
type A[*Ts, **P] = int

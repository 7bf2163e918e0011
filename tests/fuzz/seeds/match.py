match a, b:
    case [1, -2.5, *rest] | {"k": v, **kw} if v: pass
    case C(x, y=1 | "a") as z: pass
    case (None | True | a.b | _): pass

x = f'{a!r:>{w}.{p}} {{}} {b=} \N{BULLET}' rb'' if not -a ** +b // ~c else (d, *e)
t = t"{x:{y}}"; l = [i for i in a if b for j in i]; s = {1, *a}; m = {**k, 1: 2}
a[1:2:3, ...] @= 0x_f + 1_0.5e-3j << 0b1 & 0o7 | 1 ^ 2
a < b <= c is not d not in e and f or (yield)
(x for x in y); {k: v for k, v in z.items()}; lambda *, a: a

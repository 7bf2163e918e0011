def f(a, (b
x = [1, 2
    y = """open
import os
if x
  z = 1
    w
 v
print "a"
else:

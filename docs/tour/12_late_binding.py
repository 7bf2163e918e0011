"""12. Pitfall: a closure reads its names when it is called, not when it is made.

    vitrine check --evidence docs/tour
"""

# %% Three functions, one variable. By the time they run, the loop is over.
callbacks = []
for i in range(3):
    callbacks.append(lambda: i * 10)
print([callback() for callback in callbacks])

# %% Mended: a default is evaluated when the function is made.
callbacks = []
for i in range(3):
    callbacks.append(lambda i=i: i * 10)
print([callback() for callback in callbacks])

# %% Mended: a factory gives each closure a variable of its own.
def scaler(factor):
    return lambda: factor * 10

callbacks = [scaler(i) for i in range(3)]
print([callback() for callback in callbacks])

# %% The same in a comprehension: its variable is one, too.
handlers = {name: (lambda: name.upper()) for name in ["start", "stop"]}
print({name: handler() for name, handler in handlers.items()})

# %% Harmless, though it looks alike: each closure is used before the name moves on.
for key in ["b", "a"]:
    print(sorted([("a", 1), ("b", 0)], key=lambda pair: pair[0] == key))

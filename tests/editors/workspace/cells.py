# %% values
prices = [3, 5, 8]
sum(prices)

# %% a pitfall
callbacks = []
for n in range(3):
    callbacks.append(lambda: n)
[callback() for callback in callbacks]


# %% another
def collect(item, items=[]):
    items.append(item)
    return items


collect(1)
collect(2)

# %% an endless loop
while True:
    pass

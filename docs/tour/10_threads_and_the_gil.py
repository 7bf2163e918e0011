"""10. Threads and the GIL: many threads, one of them in Python at a time."""

# %% Threads share everything: here, one list.
import threading

log = []

def worker(name, steps):
    for step in range(steps):
        log.append((name, step))

threads = [threading.Thread(target=worker, args=(name, 3)) for name in "ab"]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(log))

# %% `n += 1` is several instructions - load, add, store - and a switch may come
# %% between any two. A lock makes them one step.
lock = threading.Lock()
total = 0

def count(times):
    global total
    for _ in range(times):
        with lock:
            total += 1

threads = [threading.Thread(target=count, args=(500,)) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(total)

# %% A thread's own data.
local = threading.local()
local.name = "main"
seen = []

def look():
    seen.append(hasattr(local, "name"))
    local.name = "worker"

thread = threading.Thread(target=look)
thread.start()
thread.join()
print(seen, local.name)

# %% An event lets one thread wait for another.
ready = threading.Event()
order = []

def wait():
    ready.wait()
    order.append("waiter")

thread = threading.Thread(target=wait)
thread.start()
order.append("setter")
ready.set()
thread.join()
print(order)

# %% What a thread raises does not cross over; what it returns must be handed over.
results = {}

def square(n):
    results[n] = n * n

threads = [threading.Thread(target=square, args=(n,)) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print([results[n] for n in range(4)])

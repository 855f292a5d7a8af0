"""Counts through crashes and partitions: python3 counter.py PORT..., until Ctrl-C. Needs redis-py."""
import itertools, signal, sys, threading
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

stopped = threading.Event()
signal.signal(signal.SIGINT, lambda *_: stopped.set())
# No retries: a command that a client sends again by itself may take effect twice.
doors = itertools.cycle([redis.Redis(port=int(port), retry=Retry(NoBackoff(), 0)) for port in sys.argv[1:]])
door, answered, uncertain = next(doors), 0, 0
while not stopped.is_set():
    try:
        door.incr('counter')
        answered += 1
    except redis.RedisError as error:
        # An error in words says that nothing took effect, but for this one. A connection that ends says nothing.
        is_known = isinstance(error, redis.ResponseError) and not str(error).startswith('UNCERTAIN')
        uncertain += 0 if is_known else 1
        print(error, flush=True)
        door = next(doors)
print(f'answered {answered}, uncertain {uncertain}, counter {int(door.get("counter"))}')

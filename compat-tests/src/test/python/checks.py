"""What the checks of both Python clients share: names that are used once, waiting, and the count at the end."""
import sys
import time
import traceback
import uuid

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
passed, failed = [], []


def unique(what):
    return f"{what}-{uuid.uuid4().hex[:8]}"


def check(name):
    """Runs the decorated function at once, and counts its outcome under this name."""
    def run(function):
        start = time.monotonic()
        try:
            function()
            passed.append(name)
            print(f"ok   {name} ({time.monotonic() - start:.1f} s)", flush=True)
        except BaseException:
            failed.append(name)
            print(f"FAIL {name}", flush=True)
            traceback.print_exc(file=sys.stdout)
            if isinstance(sys.exc_info()[1], KeyboardInterrupt):
                raise
        return function
    return run


def same(actual, expected):
    assert actual == expected, f"expected {expected!r:.300} but got {actual!r:.300}"


def until(what, condition, seconds=40):
    """Waits until the condition gives something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def finish(client):
    print(f"{client}: {len(passed)} passed, {len(failed)} failed, 0 skipped", flush=True)
    # At once: clients of killed groups may have threads that would hold the process.
    import os
    os._exit(1 if failed else 0)

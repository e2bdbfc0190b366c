"""Usage: rest.py PID

Returns once the process has rested: an API server that has taken in what was put straight into etcd."""

import sys
import time

from measure import cpu_seconds

SPAN = 3.0  # seconds
SHARE = 0.1  # of one processor
PATIENCE = 900


def main(pid):
    begun = time.monotonic()
    used = cpu_seconds(pid)
    while time.monotonic() - begun < PATIENCE:
        time.sleep(SPAN)
        before, used = used, cpu_seconds(pid)
        if used - before < SHARE * SPAN:
            return 0
    print(f"error: process {pid} was still busy after {PATIENCE} s", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))

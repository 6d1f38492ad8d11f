"""Runs the checks of the Python SDKs: every `check_*.py` at once on some threads, then every `alone_*.py` one by one.

A check is a `unittest` test. The docstring of its class is the area, its own docstring the check's name; both are the
same words as in the checks of the Node SDKs where both SDKs can do the thing.
"""

import importlib
import json
import logging
import os
import sys
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
AT_ONCE = 16
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True
# The SDKs log every lost connection and refused request as an error; most of them are intended here.
logging.disable(logging.CRITICAL)

results = os.environ.get("SDK_RESULTS")
printing = threading.Lock()
counts = {"passed": 0, "failed": 0}


def record(line):
    if results:
        with open(results, "a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def run(check):
    outcome = unittest.TestResult()
    started = time.monotonic()
    check.run(outcome)
    took = time.monotonic() - started
    # A check that is skipped is no check: it counts as failed.
    passed = outcome.wasSuccessful() and not outcome.skipped
    area, name = (type(check).__doc__ or "").strip(), (check.shortDescription() or check.id())
    with printing:
        counts["passed" if passed else "failed"] += 1
        print(f"{'✔' if passed else '✖'} Python: {area}: {name} ({took:.1f} s)")
        for _, trace in outcome.errors + outcome.failures:
            print(trace)
        sys.stdout.flush()
        record({"area": area, "name": name, "ok": passed})


def checks_of(pattern):
    for path in sorted(HERE.glob(pattern)):
        for suite in unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(path.stem)):
            yield from suite


def main():
    import support

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(run, checks_of("check_*.py")))
    for check in checks_of("alone_*.py"):
        run(check)
    for line in support.operations():
        record(line)
    print(f"Python: {counts['passed']} passed, {counts['failed']} failed")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # The device SDK leaves threads behind that a shutdown would wait for.
    os._exit(status)

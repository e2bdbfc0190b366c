#!/usr/bin/env python3
"""A process that is armed dies, is counted and comes back with the next point; what does not die, or dies by itself, is
told. Instead of Pratique's programs there is a line of Python."""

import collections
import os
import subprocess
import sys
import unittest

import armed

# Dies of its failpoint, if it is one of those that it passes; else it stays until it is told to go.
PROGRAM = """
import os, signal
point = os.environ.get("PRATIQUE_FAILPOINT", "")
if point == "crash": os.abort()
if point.startswith("step"): os.kill(os.getpid(), signal.SIGKILL)
signal.pause()
"""


class FakeProcess:
    def __init__(self, name):
        self.name = name
        self.child = None
        self.starts = []

    def start(self, environment=None):
        self.starts.append((environment or {}).get("PRATIQUE_FAILPOINT"))
        self.child = subprocess.Popen([sys.executable, "-c", PROGRAM], env={**os.environ, **(environment or {})},
                                      stderr=subprocess.DEVNULL)

    def last_line(self):
        return "terminate called"

    def end(self, number):
        self.child.send_signal(number)
        self.child.wait()


class Armed(unittest.TestCase):
    def setUp(self):
        self.record = armed.Record()
        self.prepared = []
        self.process = FakeProcess("operator")
        self.addCleanup(lambda: self.process.end(9))

    def live(self, *points):
        slot = armed.ArmedProcess("operator", self.process, collections.deque(points), self.record,
                                  self.prepared.append)
        slot.start()
        self.assertTrue(slot.disarmed.wait(30))
        slot.stop()

    def test_each_point_has_its_kill(self):
        self.live("step", "step-two:2")
        self.assertEqual(["step", "step-two:2"], [point for _, point, _ in self.record.kills])
        self.assertEqual(["step", "step-two:2", None], self.process.starts)
        self.assertEqual(["step", "step-two"], self.prepared)
        self.assertEqual([], self.record.problems)
        self.assertIsNone(self.process.child.poll(), "it runs on")

    def test_what_is_never_reached_is_told(self):
        armed.POINT_SECONDS, before = 0.5, armed.POINT_SECONDS
        self.addCleanup(lambda: setattr(armed, "POINT_SECONDS", before))
        self.live("never")
        self.assertEqual([], self.record.kills)
        self.assertIn("did not come to never", self.record.problems[0])

    def test_a_crash_is_no_kill(self):
        armed.POINT_SECONDS, before = 0.5, armed.POINT_SECONDS
        self.addCleanup(lambda: setattr(armed, "POINT_SECONDS", before))
        self.live("crash")
        self.assertEqual([], self.record.kills)
        self.assertIn("ended by itself, with -6", self.record.problems[0])
        # Whether it had just ended or was just starting when its time was up.
        self.assertRegex(self.record.problems[-1], "kept ending by itself before crash|did not come to crash")


if __name__ == "__main__":
    unittest.main()

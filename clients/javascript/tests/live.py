"""A service of this checkout: what the client in JavaScript makes of it is what the tool ranks, in Node.js and in a page.

    METANETWORK_TOOL=Cloud/.build/debug/metanetwork scripts/test-javascript-client --services
"""
import http.client
import http.server
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from urllib.parse import quote, urlsplit

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from golden.service import APP_KEY, Service, publish  # noqa: E402


def browser_class():
    """The browser of scripts/check-dashboard, whose name is none of a module."""
    loader = SourceFileLoader("check_dashboard", str(ROOT / "scripts" / "check-dashboard"))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module.Browser


TOOL = os.environ.get("METANETWORK_TOOL", str(ROOT / "Cloud" / ".build" / "debug" / "metanetwork"))
HISTORIES = 100
Browser = browser_class()
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


class OneAddress(http.server.BaseHTTPRequestHandler):
    """The page, and the service behind the same address, as a balancer would have it."""

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        if self.path.startswith("/v1/"):
            return self.pass_on()
        place = (ROOT / "clients" / "javascript" / urlsplit(self.path).path.lstrip("/")).resolve()
        if ROOT / "clients" / "javascript" not in place.parents or not place.is_file():
            return self.answer(404, {}, b"")
        return self.answer(200, {"Content-Type": TYPES.get(place.suffix, "text/plain")}, place.read_bytes())

    def do_POST(self):
        self.pass_on()

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = http.client.HTTPConnection(self.server.service.netloc)
        try:
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.lower() != "transfer-encoding"}
            self.answer(answer.status, headers, answer.read())
        finally:
            connection.close()

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class LiveTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        recorded = ROOT / "Tests" / "Golden" / "registry" / "movies"
        self.bundle = recorded / "versions" / json.loads((recorded / "releases.json").read_text())["current"]
        registry = str(self.folder / "registry")
        publish(TOOL, str(self.folder), str(self.bundle), "--registry", registry)
        printed = subprocess.check_output([TOOL, "keys", "show", str(self.folder / "publisher"), "--publisher"], universal_newlines=True)
        self.publisher = "=".join(printed.split()[2:4])
        self.service = Service(TOOL, registry, str(self.folder), "--device-rate", "1000", "--device-proof", "key",
                               "--events", str(self.folder / "events.sqlite"))
        self.service.__enter__()
        self.addCleanup(self.service.__exit__)

    def ranked(self, history, count):
        """Items with their scores as ``metanetwork rank`` ranks them: the base's, and those of personal weights."""
        command = [TOOL, "rank", str(self.bundle), "--history", ",".join(history), "--top", str(count), "--json"]
        printed = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        return [{item["item"]: item["score"] for item in printed[kind]} for kind in ("base", "personal")]

    def test_rankings_are_those_of_the_tool_with_the_base_and_with_personal_weights(self):
        draw = random.Random(1)
        histories = [[f"film-{draw.randint(1, 120)}" for _ in range(draw.randint(1, 12))] for _ in range(HISTORIES)]
        command = ["node", str(HERE / "rank.js"), self.service.url, "movies", "=".join(self.service.key), self.publisher, APP_KEY]
        done = subprocess.run(command, input=json.dumps(histories), stdout=subprocess.PIPE, universal_newlines=True, check=True)
        for history, found in zip(histories, json.loads(done.stdout)):
            for scores, expected in zip(found, self.ranked(history, 120)):
                self.assertGreater(len(expected), 100)
                for item, score in expected.items():
                    self.assertAlmostEqual(scores[item], score, delta=1e-5 * max(1, abs(score)))

    def test_a_page_ranks_with_weights_of_its_users_choices(self):
        program = shutil.which("chromium") or shutil.which("google-chrome")
        self.assertIsNotNone(program, "there is no Chromium; fix: make packages")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), OneAddress)
        server.service = urlsplit(self.service.url)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        chosen = ["film-3", "film-5", "film-8", "film-13", "film-21"]
        address = (f"http://127.0.0.1:{server.server_port}/examples/rank.html?model=movies&app={APP_KEY}"
                   f"&key={quote('='.join(self.service.key))}&publisher={quote(self.publisher)}&choose={','.join(chosen)}")
        browser = Browser(program, str(self.folder / "profile"))
        self.addCleanup(browser.end)
        browser.open(address)
        browser.wait("document.body.dataset.state === 'personal'", 60)
        self.assertEqual(browser.value("document.body.dataset.state"), "personal", browser.value("document.body.innerText"))
        best = browser.value("[...document.querySelectorAll('#best button')].map((button) => button.textContent)")
        _, personal = self.ranked(chosen, 10)
        self.assertEqual(best, sorted(personal, key=lambda item: -personal[item]))
        browser.value("document.querySelector('#best button').click()")
        self.assertTrue(browser.wait(f"document.querySelector('#chosen li').textContent === '{best[0]}'"))
        self.assertNotIn(best[0], browser.value("document.querySelector('#best').innerText").split())
        kept = json.loads(browser.value("localStorage.getItem('metanetwork-release')"))
        self.assertEqual((kept["counter"], kept["version"]), (1, self.bundle.name))
        # The key that the page keeps is the same device at the next visit, and what it kept of the publisher is no obstacle.
        browser.open(address)
        browser.wait("document.body.dataset.state === 'personal'", 60)
        self.assertEqual(browser.value("document.body.dataset.state"), "personal", browser.value("document.body.innerText"))
        # A publisher whom the page does not pin, as its address says it, gets no model into it.
        browser.open(address.replace(quote(self.publisher), quote("=".join(self.service.key))))
        self.assertTrue(browser.wait("document.body.dataset.state === 'failed'"))
        self.assertIn("pinned for the service too", browser.value("document.querySelector('#status').textContent"))
        self.assertEqual(browser.complaints, [])


if __name__ == "__main__":
    unittest.main()

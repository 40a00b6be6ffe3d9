"""Downloads that are cut off, and the transport over real connections."""
import contextlib
import gzip
import http.server
import tempfile
import threading
import unittest
from hashlib import sha256
from pathlib import Path
from random import Random

from metanetwork_client import Limits, Request, Response, Trust, Unreachable, Untrusted, Unusable, URLTransport
from metanetwork_client.bundle.manifest import File
from metanetwork_client.service.address import ServiceAddress
from metanetwork_client.service.cloud_service import CloudService
from metanetwork_client.service.download import fetch_file
from metanetwork_client.service.exchange import Exchange
from metanetwork_client.storage.identity import DeviceIdentity
from metanetwork_client.wire.signature import CLIENT

NAME, VERSION = "device.safetensors", "v"
CONTENT = bytes(index * 7 % 251 for index in range(1_000))


def tag(content):
    return f'"{sha256(content).hexdigest()}"'


class Files:
    """A transport that sends a file, cut off where a test says, and notes the requests."""

    def __init__(self, *cuts, content=CONTENT, knows_ranges=True, tag=tag, head=lambda headers: headers):
        self.cuts, self.content, self.knows_ranges, self.tag, self.head = list(cuts), content, knows_ranges, tag, head
        self.requests = []

    def send(self, request):
        self.requests.append(dict(request.headers))
        headers = {"ETag": self.tag(self.content)} if self.tag(self.content) else {}
        status, body = 200, self.content
        if self.knows_ranges and "Range" in request.headers and request.headers.get("If-Range") == self.tag(self.content):
            first = int(request.headers["Range"][len("bytes="):-1])
            if first >= len(body):
                return Response(416)
            headers["Content-Range"] = f"bytes {first}-{len(body) - 1}/{len(body)}"
            status, body = 206, body[first:]
        cut = self.cuts.pop(0) if self.cuts else None
        response = Response(status, self.head(headers))
        assert request.sink.begin(response)
        for start in range(0, len(body[:cut]), 30):
            request.sink.take(body[:cut][start:start + 30])
        if cut is not None:
            raise Unreachable("the connection broke")
        return response


class DownloadTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def fetch(self, transport, content=CONTENT, address="https://a.b"):
        service = CloudService(ServiceAddress(address, "m", Trust(), None), transport, None, DeviceIdentity(self.folder), Limits(),
                               lambda: 0)
        fetch_file(service, NAME, File(len(content), sha256(content).hexdigest(), "device"), VERSION, self.folder)

    def files(self):
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}

    def clear(self):
        for path in self.folder.iterdir():
            path.unlink()

    def test_one_goes_on_where_it_stopped_wherever_that_is(self):
        for place in range(1, 1_000, 37):
            with self.subTest(place):
                transport = Files(place)
                self.fetch(transport)
                self.assertEqual(self.files(), {NAME: CONTENT})
                self.assertEqual([request.get("Range") for request in transport.requests], [None, f"bytes={place}-"])
                self.assertEqual(transport.requests[1]["If-Range"], tag(CONTENT))
                self.assertEqual([request.get("Accept-Encoding") for request in transport.requests], [None, "identity"])
                self.clear()

    def test_one_goes_on_after_each_of_many_launches(self):
        launches = 0
        while NAME not in self.files():
            launches += 1
            try:
                self.fetch(Files(70, 0))
            except Unreachable:
                self.assertEqual(self.files()[NAME + ".partial"], CONTENT[:70 * launches])
        self.assertEqual((self.files(), launches), ({NAME: CONTENT}, 15))

    def test_one_begins_anew_where_the_service_has_another_file_by_then(self):
        with self.assertRaises(Unreachable):
            self.fetch(Files(300, 0, content=bytes(1_000)))
        transport = Files()
        self.fetch(transport)
        self.assertEqual(self.files(), {NAME: CONTENT})
        self.assertEqual(transport.requests[0]["If-Range"], tag(bytes(1_000)))

    def test_one_comes_whole_from_a_service_that_knows_no_ranges_or_has_no_tag_that_would_do(self):
        for settings, asked in (({"knows_ranges": False}, "bytes=300-"), ({"tag": lambda content: ""}, None),
                                ({"tag": lambda content: 'W/"weak"'}, None), ({"tag": lambda content: '"a\r\nb"'}, None)):
            with self.subTest(settings):
                transport = Files(300, **settings)
                self.fetch(transport)
                self.assertEqual(self.files(), {NAME: CONTENT})
                self.assertEqual(transport.requests[1].get("Range"), asked)
                self.clear()

    def test_wrong_parts_are_refused_and_the_whole_is_asked_for(self):
        for field in ("nonsense", "bytes 0-999/1000", "bytes 300-1000/1001", "bytes 300-200/1000", "bytes 300-999/1001", ""):
            with self.subTest(field):
                transport = Files(300, head=lambda headers: {**headers, "Content-Range": field} if len(headers) > 1 else headers)
                self.fetch(transport)
                self.assertEqual(self.files(), {NAME: CONTENT})
                self.assertEqual([request.get("Range") for request in transport.requests], [None, "bytes=300-", None])
                self.clear()

    def test_a_wrong_byte_is_fetched_once_more_from_the_beginning_and_no_third_time(self):
        transport = Files(content=CONTENT[:-1] + b"\0")
        with self.assertRaises(Untrusted):
            self.fetch(transport)
        self.assertEqual((len(transport.requests), self.files()), (2, {}))

    def test_no_byte_more_is_taken_than_the_manifest_says(self):
        with self.assertRaises(Unusable):
            self.fetch(Files(content=CONTENT + b"\0"))
        self.assertLessEqual(len(self.files().get(NAME + ".partial", b"")), len(CONTENT))

    def test_an_empty_file_is_a_file(self):
        self.fetch(Files(content=b""), b"")
        self.assertEqual(self.files(), {NAME: b""})

    def test_a_service_that_never_gets_anywhere_is_given_up(self):
        transport = Files(*[0] * 100)
        with self.assertRaises(Unreachable):
            self.fetch(transport)
        self.assertLess(len(transport.requests), 20)


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def do_GET(self):
        status, headers, body, length = self.server.answer(self)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        with contextlib.suppress(OSError):  # who asked may have gone
            self.wfile.write(body)

    do_POST = do_GET


class Collected:
    """A sink that keeps what it gets."""

    def __init__(self):
        self.pieces = []

    def begin(self, head):
        return True

    def take(self, piece):
        self.pieces.append(piece)


class TransportTests(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def send(self, answer, limit=1_000, **members):
        self.server.answer = answer
        return URLTransport().send(Request("GET", self.address, limit, **members))

    def test_answers_come_with_their_status_headers_and_body_errors_and_redirects_too(self):
        for status in (200, 301, 302, 404, 429, 500):
            response = self.send(lambda request: (status, {"X-A": "b", "Location": self.address}, b"text", 4))
            self.assertEqual((response.status, response.headers["x-a"], response.body), (status, "b", b"text"))

    def test_the_clients_release_is_all_that_a_request_says_of_its_agent(self):
        agents = []

        def answer(request):
            agents.extend(request.headers.get_all("User-Agent"))
            return 200, {}, b"", 0

        self.server.answer = answer
        Exchange(URLTransport(), lambda: 0).send(Request("GET", self.address, 10), None)
        self.assertEqual(agents, [CLIENT])

    def test_an_answer_that_is_too_long_is_cut_off_whether_it_says_its_length_or_not(self):
        for length in (1_001, None):
            with self.assertRaises(Unreachable):
                self.send(lambda request: (200, {}, bytes(1_001), length))

    def test_a_connection_that_breaks_and_what_is_no_http_are_no_answer(self):
        with self.assertRaises(Unreachable):
            self.send(lambda request: (200, {}, b"half", 8))
        with self.assertRaises(Unreachable):
            URLTransport().send(Request("GET", "http://127.0.0.1:1", 10))

    def test_a_compressed_answer_comes_as_what_it_was(self):
        content = bytes(index * 7 % 251 for index in range(300_000))
        heads, headers = [], {"Content-Encoding": "gzip"}

        def answer(request):
            heads.append(request.headers["Accept-Encoding"])
            return 200, headers, gzip.compress(content), len(gzip.compress(content))

        sink = Collected()
        self.assertEqual(self.send(answer, limit=300_000).body, content)
        self.assertEqual((self.send(answer, limit=300_000, sink=sink).body, b"".join(sink.pieces)), (b"", content))
        self.assertEqual(heads, ["gzip", "gzip"])
        self.assertEqual(self.send(lambda request: (200, headers, gzip.compress(b""), None)).body, b"")

    def test_a_compressed_answer_is_no_longer_unpacked_than_any_other_and_is_whole(self):
        bomb, sink, headers = gzip.compress(bytes(50 << 20)), Collected(), {"Content-Encoding": "gzip"}
        for members in ({}, {"sink": sink}):
            with self.assertRaises(Unreachable):
                self.send(lambda request: (200, headers, bomb, len(bomb)), limit=100_000, **members)
        self.assertLessEqual(sum(map(len, sink.pieces)), 100_000)
        packed = gzip.compress(b"text")
        for body in (packed[:-1], packed[:5], b"", b"text", packed[:-1] + b"\xff"):
            with self.assertRaises(Unreachable):
                self.send(lambda request: (200, headers, body, None))
        with self.assertRaises(Unreachable):
            self.send(lambda request: (200, {"Content-Encoding": "br"}, b"text", None))

    def test_a_byte_now_and_then_is_no_progress(self):
        stop = threading.Event()

        def drip(request):
            request.send_response(200)
            request.end_headers()
            try:
                while not stop.wait(0.02):
                    request.wfile.write(b"x")
            except OSError:
                pass
            return 200, {}, b"", None

        with self.assertRaises(Unreachable):
            self.send(drip, timeout=0.2)
        stop.set()

    def test_a_file_goes_on_over_real_connections(self):
        content = bytes(index * 7 % 251 for index in range(1_000_000))
        heads = []

        def answer(request):
            heads.append(dict(request.headers.items()))
            first = int(request.headers["Range"][6:-1]) if "Range" in request.headers else 0
            headers = {"ETag": tag(content)}
            if first:
                headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
            body = content[first:] if first else content[:65_537]
            return 206 if first else 200, headers, body, len(content) - first

        self.server.answer = answer
        with tempfile.TemporaryDirectory() as folder:
            service = CloudService(ServiceAddress(self.address, "m", Trust(), None), URLTransport(), None, DeviceIdentity(Path(folder)),
                                   Limits(), lambda: 0)
            fetch_file(service, NAME, File(len(content), sha256(content).hexdigest(), None), VERSION, Path(folder))
            self.assertEqual((Path(folder) / NAME).read_bytes(), content)
        self.assertEqual([head.get("Range") for head in heads], [None, "bytes=65537-"])

    def test_a_compressed_file_that_is_cut_off_goes_on_with_the_bytes_of_the_file_itself(self):
        random = Random(3)
        content = bytes(random.randrange(64) for _ in range(400_000))
        packed, heads = gzip.compress(content), []

        def answer(request):
            heads.append(dict(request.headers.items()))
            if "Range" not in request.headers:
                headers = {"ETag": tag(content)[:-1] + '-gzip"', "Content-Encoding": "gzip"}
                return 200, headers, packed[:len(packed) // 2], len(packed)
            first = int(request.headers["Range"][6:-1])
            headers = {"ETag": tag(content), "Content-Range": f"bytes {first}-{len(content) - 1}/{len(content)}"}
            return 206, headers, content[first:], len(content) - first

        self.server.answer = answer
        with tempfile.TemporaryDirectory() as folder:
            service = CloudService(ServiceAddress(self.address, "m", Trust(), None), URLTransport(), None, DeviceIdentity(Path(folder)),
                                   Limits(), lambda: 0)
            fetch_file(service, NAME, File(len(content), sha256(content).hexdigest(), None), VERSION, Path(folder))
            self.assertEqual((Path(folder) / NAME).read_bytes(), content)
        self.assertEqual([head["Accept-Encoding"] for head in heads], ["gzip", "identity"])
        self.assertEqual(heads[1]["If-Range"], tag(content))
        self.assertGreater(int(heads[1]["Range"][6:-1]), 100_000)


if __name__ == "__main__":
    unittest.main()

"""Prints tokens of made-up devices, one a line, all of one length: tokens.py SECRET-FILE COUNT [SECONDS]

They are good for an hour unless told otherwise, and are those that a service with --token-secret-file gives to the devices for an app
key, made here so that 200,000 take seconds.
"""

import base64
import hashlib
import hmac
import json
import sys
import time


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def main():
    with open(sys.argv[1], "rb") as file:
        secret = file.read().rstrip(b"\r\n")
    name = base64.b64encode(hashlib.sha256(b"metanetwork/token-secret/1\n" + secret).digest()[:8]).decode()
    header = encoded(json.dumps({"alg": "HS256", "kid": name, "typ": "JWT"}).encode())
    expires = int(time.time() + (float(sys.argv[3]) if len(sys.argv) == 4 else 3600))
    for number in range(int(sys.argv[2])):
        claims = {"sub": "device-%012d" % number, "exp": expires, "iss": "metanetwork", "aud": "metanetwork"}
        text = "%s.%s" % (header, encoded(json.dumps(claims).encode()))
        print("%s.%s" % (text, encoded(hmac.digest(secret, text.encode(), "sha256"))))


if __name__ == "__main__":
    main()

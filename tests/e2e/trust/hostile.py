"""Peers that do what no phone does, against one service: it must go on. argv: host, port."""
import os
import socket
import ssl
import struct
import subprocess
import sys
import time

from peer import Capf, Tvs, context, element, openssl

HOST, PORT = sys.argv[1], int(sys.argv[2])
KEPT = []


def plain():
    return socket.create_connection((HOST, PORT), 10)


def closed_by_server(stream, seconds=60):
    stream.settimeout(seconds)
    try:
        while stream.recv(4096):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def secure():
    return context().wrap_socket(plain())


# garbage instead of a hello, and a hello that stops in the middle
stream = plain()
stream.sendall(b"GET / HTTP/1.1\r\n\r\n" * 100)
assert closed_by_server(stream)
stream = plain()
stream.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100))
stalled = stream
# half-closed before the handshake, and after it
stream = plain()
stream.shutdown(socket.SHUT_WR)
assert closed_by_server(stream)
stream = secure()
stream.unwrap() if PORT == 2445 else stream.close()
# garbage in TLS
stream = secure()
stream.sendall(bytes(range(256)) * 64)
assert closed_by_server(stream)
# the longest length, and no content
stream = secure()
stream.sendall((b"\x57\x01\x01\x00" if PORT == 2445 else b"\x55\x02") + bytes(4) + b"\xff\xff")
assert closed_by_server(stream)
# elements whose lengths lie
for length in (0, 1, 3, 200, 65535):
    body = b"\x01" + struct.pack(">H", length) + b"x"
    stream = secure()
    stream.sendall((b"\x57\x01\x01\x00" if PORT == 2445 else b"\x55\x02") + bytes(4) + struct.pack(">H", len(body)) + body)
    stream.close()
# more connections from one address than are allowed: the further ones are closed
KEPT = [plain() for _ in range(20)]
assert sum(closed_by_server(stream, 0.5) for stream in KEPT) >= 10
for stream in KEPT:
    stream.close()
# renegotiation, after the first message of the server that speaks first: refused, and openssl reports that
with subprocess.Popen(["openssl", "s_client", "-connect", f"{HOST}:{PORT}", "-tls1_2"], stdin=subprocess.PIPE,
                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as talk:
    said = part = b"first"
    while PORT == 3804 and part and b"\x55\x01" not in said:
        part = os.read(talk.stdout.fileno(), 4096)
        said += part
    talk.stdin.write(b"R\n")
    talk.stdin.flush()
    said += talk.stdout.read()
    talk.wait(60)
assert b"Cipher    : " in said, said
assert b"RENEGOTIATING" in said and b"no renegotiation" in said, said
# a chain of 16 KiB, and one that is far too long; a name with control characters
openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/tmp/hostile.key", "-out", "/tmp/hostile.crt", "-days", "1",
        "-subj", "/CN=evil\x1b[31m\nname\r")
certificate, key = open("/tmp/hostile.crt").read(), open("/tmp/hostile.key").read()
size = len(ssl.PEM_cert_to_DER_cert(certificate))
for count in (16384 // size, 200):
    with open("/tmp/hostile.pem", "w", encoding="ascii") as file:
        file.write(key + certificate * count)
    try:
        stream = context(certificate="/tmp/hostile.pem").wrap_socket(plain())
        stream.sendall(b"\x00")
        closed_by_server(stream)
    except (ssl.SSLError, OSError):
        pass
# a session that never ends: one byte at a time
if PORT == 3804:
    capf = Capf(HOST)
    capf.expect(1)
    began = time.monotonic()
    try:
        while time.monotonic() - began < 5:
            capf.send(17)
            time.sleep(0.01)
    except OSError:
        pass
    assert capf.is_closed() or closed_by_server(capf.stream)
else:
    tvs = Tvs(HOST)
    asked = 0
    try:
        while asked < 1000:
            tvs.ask(1, element(2, b"0"))
            asked += 1
    except (EOFError, OSError):
        pass
    assert asked < 100, asked
# the one that stalled is closed at last
assert closed_by_server(stalled)
print("ok")

"""TLS peers that do what no phone does, against SIP over TLS of a call manager: it must go on. argv: host, key with certificate of a
phone."""
import socket
import ssl
import subprocess
import sys

HOST, PHONE = sys.argv[1:3]
SUBJECT = "/CN=evil\x1b[31m\nname\r"


def plain():
    return socket.create_connection((HOST, 5061), 10)


def secure(certificate=PHONE):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    tls.check_hostname = False
    tls.verify_mode = ssl.CERT_NONE
    tls.load_cert_chain(certificate)
    return tls.wrap_socket(plain())


def ends(stream):
    stream.settimeout(20)
    try:
        while stream.recv(4096):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def refused(certificate):
    try:
        secure(certificate).close()
    except OSError:
        return True
    return False


# a hello that stops in the middle; it stays so while the others are served
stalled = plain()
stalled.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100))
# garbage instead of a hello, and in the middle of it
for garbage in (b"GET / HTTP/1.1\r\n\r\n" * 100, b"\x16\x03\x01\x00\x30" + bytes(range(48)), bytes(range(256)) * 200):
    stream = plain()
    stream.sendall(garbage)
    assert ends(stream)
# half-closed before the handshake, and after it
stream = plain()
stream.shutdown(socket.SHUT_WR)
assert ends(stream)
stream = secure()
socket.socket.shutdown(stream, socket.SHUT_WR)
assert ends(stream)
# garbage in TLS, and a message that never ends
stream = secure()
stream.sendall(bytes(range(256)) * 64)
stream.close()
stream = secure()
try:
    for _ in range(1000):
        stream.sendall(b"REGISTER sip:x SIP/2.0\r\n" + b"X: y\r\n" * 200)
except OSError:
    pass
stream.close()
# renegotiation: Kamailio closes the connection
with subprocess.Popen(["openssl", "s_client", "-connect", HOST + ":5061", "-tls1_2", "-cert", PHONE, "-key", PHONE],
                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as talk:
    talk.stdin.write(b"R\n")
    talk.stdin.flush()
    said = talk.stdout.read() # up to its end: the input stays open
    talk.wait(60)
assert b"RENEGOTIATING" in said and b"unexpected eof" in said, said[-600:]
# a chain of 16 KiB, and one that is far too long; a name with control characters
subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/tmp/hostile.key", "-out", "/tmp/hostile.crt",
                "-days", "1", "-subj", SUBJECT], check=True, capture_output=True)
with open("/tmp/hostile.key", encoding="ascii") as file:
    key = file.read()
with open("/tmp/hostile.crt", encoding="ascii") as file:
    certificate = file.read()
size = len(ssl.PEM_cert_to_DER_cert(certificate))
for count in (1, 16384 // size, 200):
    with open("/tmp/hostile.pem", "w", encoding="ascii") as file:
        file.write(key + certificate * count)
    assert refused("/tmp/hostile.pem")
stalled.close()
print("ok")

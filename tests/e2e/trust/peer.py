"""A phone's side of TVS and CAPF, written from the description of the messages alone: Python's ssl and the openssl command."""
import hashlib
import socket
import ssl
import struct
import subprocess


def element(tag, value):
    return bytes([tag]) + struct.pack(">H", len(value)) + value


def elements(data):
    found = {}
    while data:
        length = struct.unpack(">H", data[1:3])[0]
        found[data[0]] = data[3:3 + length]
        data = data[3 + length:]
    return found


def der_of(path):
    with open(path, encoding="ascii") as file:
        text = file.read()
    begin = text.index("-----BEGIN CERTIFICATE-----")
    return ssl.PEM_cert_to_DER_cert(text[begin:text.index("-----END CERTIFICATE-----") + 25] + "\n")


def openssl(*words, data=None):
    return subprocess.run(["openssl", *words], input=data, check=True, capture_output=True).stdout


def context(certificate=None, ciphers=None):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname = False
    tls.verify_mode = ssl.CERT_NONE
    if certificate:
        tls.load_cert_chain(certificate)
    if ciphers:
        tls.set_ciphers(ciphers)
    return tls


class Peer:
    """A connection to a service whose messages have a header of `size` bytes that ends in the length."""

    def __init__(self, host, port, size, **tls):
        self.stream = context(**tls).wrap_socket(socket.create_connection((host, port), 10))
        self.certificate = self.stream.getpeercert(True)
        self.size = size

    def exactly(self, count):
        data = b""
        while len(data) < count:
            part = self.stream.recv(count - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def read(self):
        header = self.exactly(self.size)
        return header, elements(self.exactly(struct.unpack(">H", header[-2:])[0]))

    def is_closed(self):
        try:
            return not self.stream.recv(1)
        except ConnectionError:
            return True


class Tvs(Peer):
    def __init__(self, host, **tls):
        super().__init__(host, 2445, 10, **tls)

    def ask(self, command, body, session=1001):
        device = element(1, b"\x01CP-8861-SEP001122AABB01")
        body = device + body
        self.stream.sendall(bytes([0x57, 1, command, 0]) + struct.pack(">IH", session, len(body)) + body)
        header, reply = self.read()
        assert header[:3] == bytes([0x57, 1, command + 1]), header.hex()
        assert struct.unpack(">I", header[4:8])[0] == session
        return reply


class Capf(Peer):
    def __init__(self, host):
        super().__init__(host, 3804, 8)
        self.session = None

    def expect(self, command):
        header, found = self.read()
        assert header[0] == 0x55
        self.session = header[2:6]
        assert header[1] == command, f"command {header[1]} {found}, expected {command}"
        return found

    def send(self, command, body=b"", session=None):
        self.stream.sendall(bytes([0x55, command]) + (session or self.session) + struct.pack(">H", len(body)) + body)

    def authenticate(self, device, password=b"", more=b""):
        first = self.expect(1)
        assert first == {7: b"\x03", 8: b"\x00"}, first
        self.send(2, element(1, b"\x01") + element(7, b"\x03") + element(13, device.encode() + b"\0") +
                  element(11, password + b"\0") + more)

    def ended(self, reason):
        found = self.expect(15)
        assert found == {1: bytes([reason])}, found
        assert self.is_closed()


def new_key(path, bits=2048):
    openssl("genrsa", "-out", path, str(bits))
    return openssl("pkey", "-in", path, "-pubout", "-outform", "DER")


def new_ec_key(path, curve):
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-out", path)
    return openssl("pkey", "-in", path, "-pubout", "-outform", "DER")


def proof(device, pem, kind=2, spoil=False):
    """Elements 4, 6 and 20: the certificate, and signatures of the bare digests. pem has the key too."""
    der = der_of(pem)
    out = element(4, b"\x01" + struct.pack(">H", len(der) + 2) + b"\0" + bytes([kind]) + der)
    for tag, name in ((6, "sha1"), (20, "sha512")):
        digest = hashlib.new(name, device.encode() + b"\0" + der + (b"x" if spoil else b"")).digest()
        signature = openssl("pkeyutl", "-sign", "-inkey", pem, data=digest)
        out += element(tag, signature if tag == 6 else b"\x03" + struct.pack(">H", len(signature)) + signature)
    return out

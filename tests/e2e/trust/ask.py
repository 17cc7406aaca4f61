"""Ask TVS for what the certificates of a secure cluster are."""
import os
import shutil
import sys

from peer import Tvs, der_of, element, openssl

KEYS = "/run/phonelab/keys/"
PUB, SUB = sys.argv[1:3]


def verify(host, path, roles):
    reply = Tvs(host).ask(1, element(2, der_of(path)))
    assert reply == {7: b"\0", 8: bytes(roles), 9: b"\x00\x01\x51\x80"}, (path, reply)


def name_of(path, which):
    """CN=..;OU=..;O=..;L=..;ST=..;C=.. of what the openssl command prints."""
    line = openssl("x509", "-in", path, "-noout", f"-{which}", "-nameopt", "multiline").decode()
    parts = dict(part.strip().split(" = ", 1) for part in line.splitlines() if " = " in part)
    parts = {key.strip(): value for key, value in parts.items()}
    order = (("commonName", "CN"), ("organizationalUnitName", "OU"), ("organizationName", "O"),
             ("localityName", "L"), ("stateOrProvinceName", "ST"), ("countryName", "C"))
    return ";".join(f"{short}={parts[long]}" for long, short in order if long in parts).encode()


def query(host, path):
    serial = bytes.fromhex(openssl("x509", "-in", path, "-noout", "-serial").decode().split("=")[1].strip())
    return Tvs(host).ask(3, element(3, name_of(path, "subject") + b"\0") + element(4, name_of(path, "issuer") + b"\0") +
                         element(5, serial))


for server in (PUB, SUB):
    verify(server, KEYS + "cucm-pub/callmanager.crt", [2])
    verify(server, KEYS + "cucm-sub/callmanager.crt", [1])
    verify(server, KEYS + "tftp/tftp-ec.crt", [3])
    verify(server, KEYS + "capf.crt", [4])
    verify(server, KEYS + "itlrecovery.crt", [0])
    verify(server, KEYS + "cucm-sub/tvs.crt", [21])
verify(PUB, "/run/phonelab/cucm/cucm-pub/tomcat.pem", [7])
# the service has its own certificate, role 21 of the ITL
assert Tvs(PUB).certificate == der_of(KEYS + "cucm-pub/tvs.crt")
assert Tvs(SUB).certificate == der_of(KEYS + "cucm-sub/tvs.crt")
# by name
found = query(SUB, KEYS + "itlrecovery.crt")
assert found == {7: b"\0", 2: der_of(KEYS + "itlrecovery.crt"), 8: b"\0", 9: b"\x00\x01\x51\x80"}, found
# a phone presents its certificate, and uses the suite that a published trace has
tvs = Tvs(PUB, certificate=KEYS + "phones/SEP001122AABB01.mic.pem", ciphers="AES256-SHA:@SECLEVEL=0")
assert tvs.stream.cipher()[0] == "AES256-SHA" and tvs.stream.version() == "TLSv1.2"
assert tvs.ask(1, element(2, der_of(KEYS + "capf.crt")))[8] == b"\x04"
# several requests on one connection
assert tvs.ask(1, element(2, der_of(KEYS + "itlrecovery.crt")), 1002)[8] == b"\0"
# unknown: a certificate of a phone is not one of the cluster
assert Tvs(PUB).ask(1, element(2, der_of(KEYS + "phones/SEP001122AABB01.mic.pem"))) == {7: b"\x01"}
assert query(PUB, KEYS + "mic-ca.crt") == {7: b"\x01"}
# another cluster's certificates, brought in by the administrator
os.makedirs(KEYS + "foreign", exist_ok=True)
shutil.copy(KEYS + "mic-ca.crt", KEYS + "foreign/other.pem")
verify(PUB, KEYS + "mic-ca.crt", [0, 3])
os.unlink(KEYS + "foreign/other.pem")
assert query(PUB, KEYS + "mic-ca.crt") == {7: b"\x01"}
print("ok")

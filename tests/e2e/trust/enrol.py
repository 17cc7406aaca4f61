"""Sessions with CAPF. argv: host, device, what, and for some an argument."""
import os
import struct
import sys

from peer import Capf, der_of, element, new_ec_key, new_key, openssl, proof

HOST, DEVICE, WHAT = sys.argv[1:4]
KEYS = "/run/phonelab/keys/"
MIC = KEYS + f"phones/{DEVICE}.mic.pem"
KEY, LSC = f"/run/phonelab/log/{DEVICE}.key", f"/run/phonelab/log/{DEVICE}.der"


def install(capf, curve=None):
    asked = capf.expect(3)
    assert asked == ({17: b"\1", 18: {"P-256": b"\0", "P-384": b"\1"}[curve]} if curve else {17: b"\0", 10: b"\x08\x00"}), asked
    capf.send(17)
    public = new_ec_key(KEY, curve) if curve else new_key(KEY)
    capf.send(4, element(9, public))
    stored = capf.expect(9)
    assert stored[3] == b"\x01" and stored[4][0] == 1 and stored[4][3:5] == b"\x00\x01"
    with open(LSC, "wb") as file:
        file.write(stored[4][5:])
    # the openssl command judges the certificate
    pem = LSC.replace(".der", ".pem")
    openssl("x509", "-inform", "DER", "-in", LSC, "-out", pem)
    openssl("verify", "-CAfile", KEYS + "capf.crt", pem)
    text = openssl("x509", "-in", pem, "-noout", "-text").decode()
    for part in (f"CP-8865-{DEVICE}", "CA:FALSE", "TLS Web Client Authentication", f"URI:{DEVICE}"):
        assert part in text, part
    assert openssl("x509", "-in", pem, "-noout", "-pubkey") == openssl("pkey", "-in", KEY, "-pubout")
    capf.send(10, element(1, b"\x01"))
    capf.ended(1)


def lsc_with_key():
    """What an earlier session has installed, or else the LSC from the start."""
    if not os.path.exists(KEY):
        return KEYS + f"phones/{DEVICE}.lsc.pem"
    path = LSC.replace(".der", ".both")
    with open(path, "wb") as file:
        file.write(open(KEY, "rb").read() + openssl("x509", "-inform", "DER", "-in", LSC))
    return path


capf = Capf(HOST)
assert capf.certificate == der_of(KEYS + "capf.crt")
if WHAT == "install":
    capf.authenticate(DEVICE)
    install(capf)
elif WHAT == "install-with-string":
    capf.authenticate(DEVICE, sys.argv[4].encode())
    install(capf)
elif WHAT == "install-with-mic":
    capf.authenticate(DEVICE, more=proof(DEVICE, MIC))
    install(capf)
elif WHAT == "install-with-lsc":
    capf.authenticate(DEVICE, more=proof(DEVICE, lsc_with_key(), 1))
    install(capf)
elif WHAT == "install-ec":
    capf.authenticate(DEVICE)
    install(capf, sys.argv[4])
elif WHAT == "fetch":
    capf.authenticate(DEVICE)
    assert capf.expect(11) == {}
    der = der_of(KEYS + f"phones/{DEVICE}.lsc.crt")
    capf.send(12, element(1, b"\x01") + element(4, b"\x01" + struct.pack(">H", len(der) + 2) + b"\0\x01" + der))
    capf.ended(0)
elif WHAT == "delete":
    capf.authenticate(DEVICE)
    assert capf.expect(13) == {}
    capf.send(14, element(1, b"\x01"))
    capf.ended(1)
elif WHAT == "nothing":
    capf.authenticate(DEVICE)
    capf.ended(0)
elif WHAT == "unknown":
    capf.authenticate(DEVICE)
    capf.ended(9)
elif WHAT == "refused":
    capf.authenticate(DEVICE, b"0000")
    capf.ended(7)
elif WHAT == "false-proof":
    capf.authenticate(DEVICE, more=proof(DEVICE, MIC, spoil=True))
    capf.ended(7)
elif WHAT == "false-lsc":
    capf.authenticate(DEVICE, more=proof(DEVICE, lsc_with_key(), 1, spoil=True))
    capf.ended(7)
elif WHAT == "small-key":
    capf.authenticate(DEVICE, more=proof(DEVICE, lsc_with_key(), 1))
    capf.expect(3)
    capf.send(4, element(9, new_key("/run/phonelab/log/small.key", 1024)))
    capf.ended(7)
elif WHAT == "lost":
    capf.authenticate(DEVICE, sys.argv[4].encode())
    capf.expect(3)
    capf.stream.close()
elif WHAT == "silent":
    # Only the key may take minutes: then the phone is silent, and the server ends the session long before the 180 s.
    capf.authenticate(DEVICE, sys.argv[4].encode())
    capf.expect(3)
    capf.send(17)
    capf.send(4, element(9, new_key(KEY)))
    capf.expect(9)
    capf.stream.settimeout(90)
    assert capf.is_closed()
else:
    sys.exit(f"unknown: {WHAT}")
print("ok")

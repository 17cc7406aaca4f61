"""Reads a trust list or a signed file by the published description of the format, without phonelab's code.

    trust_list.py list FILE FOLDER   a CTL or ITL: writes FOLDER/signed, FOLDER/signature and FOLDER/time (seconds since 1970),
                                     and the certificate of each record to FOLDER/N.der; prints one line per record:
                                     N ROLE signer|- DNS-NAME
    trust_list.py file FILE FOLDER   a signed file: writes signed, signature, payload; of an encrypted file also iv, key
                                     (the wrapped key) and hash, and prints the number of pad bytes
"""
import struct
import sys

CONTAINERS = {3, 7, 9, 16, 17, 21}  # of headers


def elements(data, at, end):
    """The elements between two offsets: tag, offset, value, offset behind it."""
    while at < end:
        tag = data[at]
        if tag == 13:  # padding is one octet
            at += 1
            continue
        (length,) = struct.unpack_from(">H", data, at + 1)
        if at + 3 + length > end:
            sys.exit("tag %d at %d is longer than the file" % (tag, at))
        yield tag, at, data[at + 3:at + 3 + length], at + 3 + length
        at += 3 + length


def tree(data, at, end, found):
    for tag, begin, value, behind in elements(data, at, end):
        found[tag] = (begin, value, behind)
        if tag in CONTAINERS:
            tree(data, begin + 3, behind, found)
    return found


def write(folder, name, data):
    with open(folder + "/" + name, "wb") as out:
        out.write(data)


what, name, folder = sys.argv[1:4]
data = open(name, "rb").read()
size = 0
for tag, begin, value, behind in elements(data, 0, len(data)):
    if tag == 2:
        (size,) = struct.unpack(">H", value)
        break
header = tree(data, 0, size, {})
begin, signature, behind = header[12]
write(folder, "signed", data[:begin] + data[behind:])
write(folder, "signature", signature)
if what == "file":
    write(folder, "payload", data[size:])
    if 16 in header:
        write(folder, "iv", header[19][1])
        write(folder, "key", header[25][1])
        write(folder, "hash", header[27][1])
        print(struct.unpack(">H", header[20][1])[0])
    sys.exit()
write(folder, "time", b"%d\n" % struct.unpack(">I", header[15][1]))
signer = (header[4][1], header[5][1], header[6][1])
at, number = size, 0
while at < len(data):
    (length,) = struct.unpack_from(">H", data, at + 3)
    record = {tag: value for tag, _, value, _ in elements(data, at, at + length)}
    role = struct.unpack(">H", record[4])[0]
    signs = role == 0 and (record[3], record[6], record[5]) == signer
    write(folder, "%d.der" % number, record[9])
    print(number, role, "signer" if signs else "-", record[2].rstrip(b"\0").decode())
    at += length
    number += 1

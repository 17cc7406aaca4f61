"""Checks the SIP messages of an SDL trace: each incoming TCP message has as many bytes as its line states, and begins and ends as
SIP does. Prints the number of messages."""
import re
import sys

data = open(sys.argv[1], "rb").read()
count = 0
for match in re.finditer(rb"Incoming SIP TCP message from \S+ on port \d+ index \d+ with (\d+) bytes:\n\[\d+,NET\]\n", data):
    size = int(match.group(1))
    message = data[match.end():match.end() + size]
    rest = data[match.end() + size:match.end() + size + 11]
    head, _, body = message.partition(b"\r\n\r\n")
    length = re.search(rb"(?im)^Content-Length: *(\d+)", head)
    if not re.match(rb"(SIP/2\.0 \d{3} |[A-Z]+ \S+ SIP/2\.0\r\n)", message):
        sys.exit("no start line: %r" % message[:60])
    if int(length.group(1)) != len(body):
        sys.exit("Content-Length %s, body %d: %r" % (length.group(1), len(body), head[:60]))
    if not re.match(rb"\n\n(\d{8}|$)", rest):
        sys.exit("the message does not end after %d bytes: %r" % (size, rest))
    count += 1
print(count)

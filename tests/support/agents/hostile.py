"""Hostile input to `phonelab mcp`: COMMAND... is its command line. Exit status 0 if it has survived everything."""

import json
import subprocess
import sys

from mcp_client import Client, ToolError

PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'


def talk(data):
    """The replies to this input, whose end follows at once."""
    done = subprocess.run(sys.argv[1:], input=data, stdout=subprocess.PIPE, timeout=120, check=False)
    assert done.returncode == 0, (data[:80], done.returncode)
    return [json.loads(line) for line in done.stdout.splitlines()]


def codes(data):
    return [reply.get("error", {}).get("code", 0) for reply in talk(data)]


def refused(client, tool, **arguments):
    try:
        text = client.call(tool, **arguments)
    except ToolError as error:
        return str(error)
    raise AssertionError(f"{tool} {arguments} is not refused: {text}")


def messages():
    assert codes(b"") == []
    assert codes(b"\n \r\n\n") == []
    assert codes(PING) == [0], "the end of the input ends a line"
    assert codes(PING[:20]) == [-32700]
    assert codes(b"\0\xff\n" + PING + b"\n") == [-32700, 0]
    assert codes(b"[" * 5000000 + b"\n" + PING) == [-32700, 0]
    assert codes(b"[" * 500000 + b"\n" + PING) == [-32700, 0]
    assert codes(b" " * 3000000 + PING + b"\n" + PING + b"\n") == [-32700, 0]
    assert codes(b'{"jsonrpc":"2.0","method":"nothing"}\n' * 1000 + PING) == [0]
    assert codes(b'{"jsonrpc":"2.0","id":2,"method":"why"}\n') == [-32601]
    call = b'{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"%s"}}\n'
    assert codes(b"".join(call % name for name in (b"why", b"fault", b"impair", b"erase"))) == [-32602] * 4


def unread():
    """A client that reads nothing and goes away."""
    process = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.close()
    process.stdin.write((PING + b"\n") * 10)
    process.stdin.close()
    assert process.wait(60) == 0


def secrets(client):
    """Nothing by which the lab hides its fault can be reached."""
    find = "switch-sim --control /run/phonelab/switches/sw1.sock impair ls; cat /run/phonelab/events.jsonl; ls /run/phonelab/switches"
    text = refused(client, "exec", node="dhcp", command=find + "; false")
    assert "rules" not in text and "sw1.sock:" in text and "\nsw1" not in text, text
    for command in ("umount /run/phonelab/switches", "nsenter -t 1 -m true", "ls -l /proc/1/root/", "head -c 1 /proc/1/mem",
                    "phonelab --lab x why 2001", "mount -t tmpfs x /mnt"):
        refused(client, "exec", node="dhcp", command=command)
    # Of no process of the lab can the view of the file system be borrowed.
    text = client.call("exec", node="dhcp", command="for p in /proc/[0-9]*; do ls $p/root/run/phonelab/switches/ 2>/dev/null; done; true")
    assert "sock" not in text, text
    shown = client.call("ticket") + client.call("status", json=True)
    assert "seed" not in shown and "dark-desk" not in shown, shown


def tools(client):
    assert "ended after 1 s" in refused(client, "exec", node="dhcp", command="sleep 60", timeout=1)
    assert "ended after 1 s" in refused(client, "exec", node="dhcp", command="yes", timeout=1)
    assert "left out" in client.call("exec", node="dhcp", command="head -c 300000 /dev/zero | tr '\\0' x")
    assert "unknown node" in refused(client, "exec", node="../dhcp", command="true")
    assert "unknown switch" in refused(client, "show", switch="../lab", command="vlan brief")
    assert "unknown node" in refused(client, "capture", at="nowhere", duration=1)
    assert client.call("exec", node="dhcp", command="ip -br address show eth0")
    frames = client.call("capture", at="sw1:Gi1/0/1", duration=2, count=5000, reset="2001")
    assert '"protocol":"dhcp"' in frames + client.call("decode", file="capture-1", count=500), frames


def main():
    messages()
    unread()
    client = Client(" ".join(sys.argv[1:]))
    secrets(client)
    tools(client)
    return client.close()


if __name__ == "__main__":
    sys.exit(main())

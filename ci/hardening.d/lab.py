"""A lab of ci/soak or ci/kill-hour, and what its processes cost, read from /proc.

Every process of a lab inherits a mark in its environment, so the processes are found whatever happens to their parents."""

import collections
import ctypes
import fcntl
import json
import os
import re
import subprocess
import sys

PHONELAB = os.path.join(os.getcwd(), "build/bin/phonelab")
MARK = "PHONELAB_HARDENING"
NAMESPACES = ("net", "mnt", "pid", "user", "ipc", "uts")
SIOCGSKNS = 0x894C  # linux/sockios.h: the network namespace of a socket
PIDFD_GETFD = 438   # the number of the system call, the same on all architectures
libc = ctypes.CDLL(None, use_errno=True)


def say(text):
    print(text, flush=True)


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode(errors="replace")
    except OSError:
        return ""  # its process has just ended


def is_zombie(pid):
    return ") Z" in read(f"/proc/{pid}/stat")


def marked(mark):
    """The processes with this mark, zombies excepted."""
    text = f"{MARK}={mark}"
    return [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and text in read(f"/proc/{pid}/environ").split("\0")
            and not is_zombie(pid)]


def label(pid):
    """The program and its node: "kamailio cucm-pub"."""
    command = read(f"/proc/{pid}/cmdline").replace("\0", " ")
    program = read(f"/proc/{pid}/comm").strip()
    node = re.search(r"--node (\S+)|/run/phonelab/cucm/([^/ ]+)|/run/phonelab/(?!switches|phones|cucm)([^/ ]+)/|/switches/(\S+)\.json", command)
    name = next((word for word in node.groups() if word), "") if node else ""
    return f"{program} {name}".strip()


def children_ticks(stat):
    """User and system time of a process, and of its children that have ended and were waited for."""
    fields = stat.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])


def link(path):
    try:
        return os.readlink(path)
    except OSError:
        return ""


def socket_namespaces(pid, fds):
    """The network namespaces that the sockets of a process are in: a phone has no process of its own."""
    found = set()
    try:
        pidfd = os.pidfd_open(pid)
    except OSError:
        return found
    for fd in fds:
        if not link(f"/proc/{pid}/fd/{fd}").startswith("socket:"):
            continue
        copy = libc.syscall(PIDFD_GETFD, pidfd, int(fd), 0)
        if copy < 0:
            continue
        try:
            space = fcntl.ioctl(copy, SIOCGSKNS)
            found.add(f"net:[{os.fstat(space).st_ino}]")
            os.close(space)
        except OSError:
            pass
        os.close(copy)
    os.close(pidfd)
    return found


def fds_of(pid):
    try:
        return os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return []


Use = collections.namedtuple("Use", "pss descriptors threads processes ticks")


class Sample:
    """All processes of a lab at one moment: by label what they have, and the ticks of each process."""

    def __init__(self, mark):
        self.use, self.ticks, self.total_ticks, self.mounts, self.files = {}, {}, 0, 0, {}
        spaces = set()
        for pid in marked(mark):
            stat = read(f"/proc/{pid}/stat")
            if not stat:
                continue
            fds, name = fds_of(pid), label(pid)
            pss = re.search(r"^Pss: *(\d+)", read(f"/proc/{pid}/smaps_rollup"), re.M)
            threads = re.search(r"^Threads:\s*(\d+)", read(f"/proc/{pid}/status"), re.M)
            own, ended = children_ticks(stat)
            now = Use(int(pss[1]) if pss else 0, len(fds), int(threads[1]) if threads else 0, 1, own)
            before = self.use.get(name, Use(0, 0, 0, 0, 0))
            self.use[name] = Use(*(a + b for a, b in zip(before, now)))
            self.ticks[(name, pid)] = own
            self.total_ticks += own + ended
            spaces |= {link(f"/proc/{pid}/ns/{kind}") for kind in NAMESPACES} | socket_namespaces(pid, fds)
            if name == "switch-sim sw1" or not self.mounts:
                self.mounts = read(f"/proc/{pid}/mountinfo").count("\n")
                self.files = file_sizes(f"/proc/{pid}/root/run/phonelab")
        self.namespaces = len(spaces - {link(f"/proc/self/ns/{kind}") for kind in NAMESPACES} - {""})

    def total(self, what):
        return sum(getattr(use, what) for use in self.use.values())

    def ticks_since(self, before):
        """By label the ticks since then; for a new process since it began."""
        spent = collections.Counter()
        for (name, pid), ticks in self.ticks.items():
            spent[name] += ticks - before.ticks.get((name, pid), 0)
        return spent


def file_sizes(folder):
    """The KiB of each member of the run directory of a lab."""
    return {f"{name}, KiB": folder_kib(f"{folder}/{name}") for name in ("events.jsonl", "log", "log.times", "trace", "phones", "tftp", "cucm")}


def folder_kib(folder):
    total = os.lstat(folder).st_blocks if os.path.isfile(folder) else 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(where, name)).st_blocks
            except OSError:
                pass
    return total // 2


class Lab:
    def __init__(self, name, topology, *options):
        self.name, self.topology, self.options = name, topology, options

    def up(self, timeout):
        command = [PHONELAB, "up", "-d", "--name", self.name, "--timeout", str(timeout), *self.options, self.topology]
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout + 60, env={**os.environ, MARK: self.name})
        if done.returncode:
            sys.exit(f"{self.name}: up: status {done.returncode}:\n{done.stdout}{done.stderr}")

    def down(self):
        return subprocess.run([PHONELAB, "down", self.name], capture_output=True, text=True, timeout=60).returncode

    def run(self, *arguments, timeout=60):
        """A command about this lab: its status, output and errors in one text."""
        try:
            done = subprocess.run([PHONELAB, "--lab", self.name, *map(str, arguments)], capture_output=True, text=True,
                                  stdin=subprocess.DEVNULL, timeout=timeout)
        except subprocess.TimeoutExpired:
            return 124, f"no answer within {timeout} s"
        return done.returncode, done.stdout + done.stderr

    def status(self):
        """The object of `status --json`; if there is none, one with `error`, the message of the command."""
        text = self.run("status", "--json")[1]
        try:
            return json.loads(text[text.index("{"):text.rindex("}") + 1])
        except ValueError:
            return {"error": text.strip() or "no message"}


def unregistered(status):
    """The phones that the witness of a call manager does not list."""
    return [phone["name"] for phone in status.get("phones", [{"name": "the lab does not answer", "state": "unknown"}])
            if phone["state"] != "registered"]


def complaints(status):
    """What `status` reports, by the name of the part: {} when the lab is healthy."""
    found = {}
    if "error" in status:
        return {"lab": status["error"]}
    for service in status.get("services", []):
        if service["state"] != "running":
            found[service["name"]] = service["state"]
    for part in status.get("unanswered", []):
        found[part["name"]] = "does not answer"
    for switch in status.get("switches", []):
        if "degraded" in switch:
            found.setdefault(switch["name"], switch["degraded"])
    for name in status.get("paused", []):
        found.setdefault(name, "stopped by a signal")
    for text in status.get("failures", []):
        found.setdefault(text.split()[0], text)
    for node in status.get("cluster", []):
        if "error" in node:
            found.setdefault(node["name"], node["error"])
    return found


def number(value, digits=0):
    return f"{value:.{digits}f}"

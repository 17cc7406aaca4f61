"""A lab of containers for ci/kill-hour."""

import os
import random
import subprocess
import sys
import time

from lab import Lab, complaints, read, say

FILE = "compose/compose.yaml"
PROJECT = "label=com.docker.compose.project="
# A part of the lab, by the name of its container: what `status` calls it.
NAMES = {"switch": {"sw1"}, "phones": {"rack"}, "keeper": {"lab"}, "tftp": {"tftp-http"}, "cucm-pub": {"cucm-pub-service"}}


def sh(*command, timeout=300):
    try:
        return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=timeout)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, "", f"no end within {timeout} s")


class Compose:
    REPORT_S = 200  # a container is unhealthy after 15 checks that failed

    def __init__(self, name, work):
        if sh("docker", "info").returncode:
            sys.exit(print("ci/kill-hour: no Docker engine answers", file=sys.stderr) or 3)
        self.lab, self.marks, self.programs = Lab(name, "topologies/office.yaml"), set(), []
        plugin = not sh("docker", "compose", "version").returncode
        os.environ["WEB_PORT"] = "0"
        self.command = [*(["docker", "compose"] if plugin else ["docker-compose"]), "-p", name, "-f", FILE]

    def up(self):
        sh("ci/tag", self.lab.name)
        done = sh(*self.command, "up", "-d", timeout=900)
        if done.returncode:
            say(f"  up -d: status {done.returncode}: {done.stderr[-500:]}")
        self.note()

    def down(self):
        self.note()
        sh(*self.command, "--profile", "phone", "--profile", "tools", "down", "-v", "-t", "3", "--remove-orphans")
        sh("ci/tag", "-d", self.lab.name)

    def again(self):
        self.down()
        self.up()

    def listed(self, template, *options):
        """One line per container of a node of the lab."""
        return sh("docker", "ps", *options, "--filter", PROJECT + self.lab.name, "--filter", "label=org.phonelab.node", "--no-trunc",
                  "--format", template).stdout.splitlines()

    def note(self):
        """By what a remainder could be recognised."""
        self.marks |= set(self.listed("{{.ID}}", "-a"))
        self.marks |= set(sh("docker", "volume", "ls", "-q", "--filter", PROJECT + self.lab.name).stdout.split())

    def status(self):
        return self.lab.status()

    def complaints(self, status):
        """Of `status`, and of the engine: a container has exited, or is unhealthy."""
        found = complaints(status)
        for line in self.listed('{{.Label "com.docker.compose.service"}} {{.Status}}', "-a"):
            service, _, state = line.partition(" ")
            if not state.startswith("Up") or "(unhealthy)" in state:
                found.setdefault(service, state.split(" (unhealthy)")[0].split(" ago")[0] if "unhealthy" not in state else "unhealthy")
        return found

    def victims(self):
        found = []
        for line in self.listed('{{.ID}} {{.Label "com.docker.compose.service"}}'):
            container, _, service = line.partition(" ")
            for row in sh("docker", "top", container, "-eo", "pid,comm").stdout.splitlines()[1:]:
                pid, _, program = row.strip().partition(" ")
                # The init of a container is the engine's. A check of its health runs for a moment.
                if program.strip() not in ("docker-init", "tini") and "--check" not in read(f"/proc/{pid}/cmdline"):
                    found.append((f"{program.strip()} in {service}", int(pid)))
        return found

    def part(self, name, pid):
        return name.rpartition(" in ")[2]

    def includes(self, part):
        """The container of the phones is healthy only while all phones are registered."""
        return {part, "phones"} | NAMES.get(part, set())

    def fatal(self, name):
        return False

    def before(self, pid):
        self.note()
        self.programs = self.labels()

    def labels(self):
        return sorted(name for name, _ in self.victims())

    def whole(self):
        """The same programs run as before, the killed one included."""
        return self.labels() == self.programs

    def boots(self):
        phone = random.choice(self.status()["phones"])["name"]
        return not self.lab.run("reset", phone, "--wait", "--timeout", 60, timeout=90)[0]

    def repair(self, name, part, cases, what):
        """The documented command; it does nothing to what runs."""
        done = sh(*self.command, "up", "-d", timeout=600)
        if done.returncode:
            cases.fail(f"{what}: up -d: status {done.returncode}: {done.stderr[-300:]}")

    def last(self, cases):
        """All containers at once."""
        say("SIGKILL to all containers")
        sh("docker", "kill", *self.listed("{{.ID}}"))
        self.repair("all", "all", cases, "SIGKILL to all containers")
        end = time.monotonic() + 120
        while (self.complaints(self.status()) or not self.boots()) and time.monotonic() < end:
            time.sleep(1)
        if time.monotonic() > end:
            cases.fail(f"SIGKILL to all containers: not healed: {self.complaints(self.status())}")

    def left(self):
        found = self.listed("container {{.ID}}", "-a")
        for kind in "volume", "network":
            found += [f"{kind} {name}" for name in sh("docker", kind, "ls", "-q", "--filter", PROJECT + self.lab.name).stdout.split()]
        text = read("/proc/self/mountinfo") + " ".join(where for where, _, _ in os.walk("/sys/fs/cgroup"))
        return ", ".join(found + [f"a mount or cgroup of {mark[:12]}" for mark in self.marks if mark in text])

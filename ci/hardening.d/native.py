"""A native lab for ci/kill-hour."""

import json
import os
import random
import time

from lab import NAMESPACES, Lab, complaints, is_zombie, label, libc, link, marked, read, say

PHONES = "8"


CLONE_NEWNS, MS_PRIVATE_REC = 0x00020000, 0x00044000


def own_mounts():
    """A mount namespace of its own for this script, where root may: other mounts of the machine come and go."""
    if not libc.unshare(CLONE_NEWNS):
        libc.mount(b"none", b"/", None, MS_PRIVATE_REC, None)


def host_mounts():
    return set(line.split(" ", 4)[4] for line in read("/proc/self/mountinfo").splitlines() if "docker" not in line)


def cgroups():
    return sorted(where for where, _, _ in os.walk("/sys/fs/cgroup") if "docker" not in where)


class Native:
    REPORT_S = 25  # until a dead or stopped process is reported: a command waits up to 20 s for a lab

    def __init__(self, name, work):
        self.lab, self.keep, self.work = Lab(name, "topologies/office.yaml", "--phones", PHONES), os.path.join(work, "kept"), work
        self.spaces, self.programs = {}, []
        own_mounts()
        self.mounts = host_mounts()

    def up(self):
        self.lab.options = ("--phones", PHONES, "--keep", self.keep)
        self.lab.up(120)
        self.programs = sorted(label(pid) for pid in marked(self.lab.name))

    def down(self):
        self.lab.down()

    def again(self):
        """After a case that went wrong: a new lab."""
        self.lab.down()
        time.sleep(2)
        self.up()

    def status(self):
        return self.lab.status()

    def complaints(self, status):
        return complaints(status)

    def victims(self):
        """A process that only runs for a moment is none."""
        return [(label(pid), pid) for pid in marked(self.lab.name) if label(pid) in self.programs]

    def part(self, name, pid):
        """What `status` calls the program that this process belongs to."""
        program, _, node = name.partition(" ")
        # Processes that a server has forked have its process group.
        if program == "cat":
            return self.part(label(os.getpgid(pid)), os.getpgid(pid))
        return {"phonelab": "lab", "phone-sim": "rack", "lighttpd": f"{node}-http", "cucm-service": f"{node}-service",
                "cable": node if node == "gw" else f"{node}-cable"}.get(program, node)

    def includes(self, part):
        """Without its cable a server of the lab cannot be reached by the switch; it is one part with it."""
        return {part, f"{part}-cable"}

    def fatal(self, name):
        """If a process of this program dies, the lab has ended."""
        return name.split()[0] in ("switch-sim", "phone-sim", "phonelab")

    def before(self, pid):
        own = {link(f"/proc/self/ns/{kind}") for kind in NAMESPACES}
        for path in [f"/proc/{one}/ns/{kind}" for one in marked(self.lab.name) for kind in NAMESPACES]:
            name = link(path)
            if name and name not in own and name not in self.spaces:
                try:
                    # Held, so that the kernel gives the number to no other lab meanwhile.
                    self.spaces[name] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                except OSError:
                    pass  # its process has just ended

    def release(self):
        for descriptor in self.spaces.values():
            os.close(descriptor)
        self.spaces = {}

    def boots(self):
        phone = random.choice(self.status()["phones"])["name"]
        return not self.lab.run("reset", phone, "--wait", "--timeout", 60, timeout=90)[0]

    def whole(self):
        return sorted(label(pid) for pid in marked(self.lab.name)) == self.programs

    def repair(self, name, part, cases, what):
        """The documented command, if the part is still dead. A switch without its helper needs a new lab."""
        if self.whole():
            return
        if name.startswith("netns-helper"):
            self.again()
            return
        status, text = self.lab.run("service", part, "start")
        if status:
            cases.fail(f"{what}: service {part} start: status {status}: {text.strip()}")

    def ended(self, part, cases, what):
        """The lab has ended because of this part: it said so, and nothing is left."""
        left = self.wait_left()
        if left:
            cases.fail(f"{what}: left a minute later: {left}")
        self.release()
        outcome = "the lab ended, nothing left"
        if part != "lab":
            failed = [event["detail"] for event in self.events() if event["event"] == "lab.failed"]
            if not failed or not failed[-1].startswith(f"{part} "):
                cases.fail(f"{what}: the kept events do not name {part}: {failed}")
            outcome = f"the lab ended: {failed[-1].split(';')[0] if failed else 'no reason'}"
        self.up()
        return outcome[:39]

    def events(self):
        """Of the lab that has ended."""
        return [json.loads(line) for line in read(f"{self.keep}/events.jsonl").splitlines() if line.startswith("{")]

    def wait_left(self):
        end = time.monotonic() + 60
        while self.left() and time.monotonic() < end:
            time.sleep(0.2)
        return self.left()

    def left(self):
        """What is left of the lab, as a text; "" if nothing is."""
        found = [f"process {pid} {label(pid)}" for pid in marked(self.lab.name)]
        for pid in os.listdir("/proc"):
            if pid.isdigit() and not is_zombie(pid) and {link(f"/proc/{pid}/ns/{kind}") for kind in NAMESPACES} & set(self.spaces):
                found.append(f"process {pid} in a namespace of the lab")
        if f"/{self.lab.name}" in read("/proc/net/unix"):
            found.append("a socket of the lab")
        # Others may go meanwhile.
        found += [f"mount {mount}" for mount in set(host_mounts()) - self.mounts]
        if any(self.lab.name in group for group in cgroups()):
            found.append("a cgroup")
        found += [f"file {name}" for name in os.listdir(self.work) if name != "kept"]
        return ", ".join(found)

    def last(self, cases):
        """The two processes of the lab itself, at the end of every run."""
        for process in range(2):
            pids = sorted(pid for pid in marked(self.lab.name) if label(pid) == "phonelab")
            say(f"SIGKILL to phonelab, process {process + 1} of {len(pids)}")
            self.before(pids[process])
            os.kill(pids[process], 9)
            self.ended("lab", cases, f"SIGKILL to phonelab, process {process + 1}")

"""One running lab: commands in it, mutations applied to it and reverted, phones that boot."""
import atexit
import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time

from table import TOP

PROGRAM = os.environ.get("PHONELAB", str(TOP / "build/bin/phonelab"))
RUN = "/run/phonelab"
NUMBER = itertools.count(1)
RUNNING = set()   # labs that this process started and has not taken down
STARTING = set()  # those of them whose `up` has not returned
FOLDER = tempfile.mkdtemp(prefix="why-mutations-")  # files of this process
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
ENDED = threading.Event()  # set: no further lab starts
# Events that depend on the moment, or that are no finding of the phone.
QUIET = re.compile(r"phone\.(console|state|power|plugged|unplugged|registered|unregistered)|cdp\.|lldp\.|poe\.|link\.|lab\.|syslog|"
                   r"impair|fault|step\.(active|pending)|cm\.connected|phone\.service-control|phone\.unlisted power <- reset|"
                   r"phone\.message (Erasing CTL|Reset requested|Restart requested)")

TRUSTED = "verified, unchanged|verified and installed"  # a trust list: the second only at the first boot

# Which phones a kind asks for, by its key `phone`.
FITTING = {None: lambda phone: True, "two-lines": lambda phone: len(phone["registered_lines"]) > 1,
           "video": lambda phone: phone["model"].startswith("88"), "plain": lambda phone: phone["model"].startswith("78")}


class LabError(Exception):
    """A command of the gate failed: the lab is no longer of use."""


def take_down(name):
    subprocess.run([PROGRAM, "down", name], capture_output=True, timeout=60, check=False)
    RUNNING.discard(name)


def end_all(most=30.0):
    """Take down every lab, those that are starting as soon as they are up, and remove the files of this process."""
    ENDED.set()
    begun = time.monotonic()
    while STARTING and time.monotonic() - begun < most:
        time.sleep(0.1)
    for name in list(RUNNING):
        take_down(name)
    shutil.rmtree(FOLDER, ignore_errors=True)


class Lab:
    """A lab of one topology. `log` receives one line for each command."""

    def __init__(self, topology, facts, log):
        self.topology, self.facts, self.log = topology, facts, log
        self.name = f"why-mutations-{os.getpid()}-{next(NUMBER)}"
        self.kept = f"{FOLDER}/{self.name}.tar"
        self.uses = 0
        try:
            self.start()
        except (LabError, subprocess.TimeoutExpired) as wrong:
            self.down()
            raise LabError(f"up of {topology}: {wrong}") from wrong

    def start(self):
        """Start the lab, and keep how it is when nothing is broken: files, steps of the phones, events of their boots."""
        STARTING.add(self.name)
        RUNNING.add(self.name)
        try:
            if ENDED.is_set():
                raise LabError("interrupted")
            up = subprocess.run([PROGRAM, "up", "-d", "--name", self.name, "--timeout", "30", str(TOP / self.facts["file"])],
                                capture_output=True, text=True, timeout=90, check=False)
        finally:
            STARTING.discard(self.name)
        if up.returncode != 0:
            raise LabError(f"status {up.returncode}: {up.stderr[-300:]}")
        self.switch = self.status()["switches"][0]["name"]
        self.names = self.read_names()
        self.usual = self.settled_state()
        self.usual_events = self.events(0)
        self.node(self.switch, f"cd {RUN} && for d in cucm/*/cucm.sqlite; do sqlite3 $d 'pragma wal_checkpoint(truncate)'; done >/dev/null; "
                  f"tar cf {self.kept} tftp* dhcp*/*.conf cucm/*/cucm.sqlite cucm/*/kamailio.cfg")

    def down(self):
        take_down(self.name)
        if os.path.exists(self.kept):
            os.unlink(self.kept)

    # Commands

    def run(self, *words, must=True, wait=40):
        self.log("  phonelab " + " ".join(words))
        try:
            done = subprocess.run([PROGRAM, "--lab", self.name, *words], capture_output=True, text=True, errors="replace",
                                  timeout=wait, stdin=subprocess.DEVNULL, check=False)
        except subprocess.TimeoutExpired as late:
            raise LabError(f"{' '.join(words)}: no end after {wait} s") from late
        if must and done.returncode != 0:
            raise LabError(f"{' '.join(words)}: status {done.returncode}: {(done.stderr or done.stdout)[-300:]}")
        return done

    def begin(self, *words, wait=1.0):
        """As run, for a command that may last: it is given up after WAIT seconds."""
        try:
            self.run(*words, must=False, wait=wait)
        except LabError:
            self.log("  not waited for")

    def node(self, node, shell, must=True):
        return self.run("exec", node, "--", "sh", "-c", shell, must=must).stdout

    def status(self):
        done = subprocess.run([PROGRAM, "--lab", self.name, "status", "--json"], capture_output=True, text=True,
                              timeout=30, check=False)
        try:
            return json.loads(done.stdout)
        except json.JSONDecodeError as wrong:
            raise LabError(f"status: {done.stderr[-200:]}") from wrong

    # What is where

    def read_names(self):
        """The names that kinds use, of everything but the affected phone."""
        status, names = self.status(), {"run": RUN, **self.facts["vars"]}
        for service in status["services"]:
            names.setdefault(f"ip.{service['node']}", service.get("address", ""))
        ports = [(switch["name"], port) for switch in status["switches"] for port in switch["ports"]]
        for switch, port in ports:
            device = port.get("device")
            if not device:
                continue
            key = device if f"port.{device}" not in names else f"{device}2"
            names[f"sw.{key}"], names[f"port.{key}"] = switch, port["name"]
        free = [(switch, port["name"]) for switch, port in ports if not port.get("device") and port["name"].startswith("Gi")]
        names["free_ports"] = free
        names["voice_net"], names["servers_net"] = "10.110.0.0/24", "10.20.0.0/24"
        return names

    def phone_names(self, part, which=None):
        """The names of the affected phone, which PART of 0 to 1 chooses (of those that WHICH describes), and of another one."""
        all_phones = self.usual_status["phones"]
        phones = [phone for phone in all_phones if FITTING[which](phone)]
        phone = phones[int(part * len(phones))]
        other = all_phones[(all_phones.index(phone) + 1) % len(all_phones)]
        names = dict(self.names)
        names.update(phone=phone["name"], mac=phone["mac"], number=phone["directory_number"], ip=phone["ipv4"],
                     port=names["port." + phone["name"]], sw=names["sw." + phone["name"]],
                     load=phone["active_load"], other=other["name"], other_number=other["directory_number"],
                     other_port=names["port." + other["name"]], last_line=phone["registered_lines"][-1])
        # The action `plug` of faults takes the last free port.
        names["free"] = [port for switch, port in names["free_ports"] if switch == names["sw"]][-1]
        return names

    # The state of phones

    @staticmethod
    def ladder(phone):
        """Where a phone stands, without what differs from boot to boot."""
        steps = [(step["n"], step["state"], re.sub(rf"\d+\.\d+\.\d+\.\d+/\d+|{TRUSTED}", "-", step.get("detail", "")))
                 for step in phone["steps"]]
        return phone["state"], phone.get("registered_with"), tuple(phone.get("registered_lines") or []), tuple(steps)

    def settled_state(self):
        self.usual_status = self.status()
        return {phone["name"]: self.ladder(phone) for phone in self.usual_status["phones"]}

    def settle(self, phone, still, most=18.0):
        """Wait until the ladder of a phone is the same for some seconds. A registered phone needs 1.2 s."""
        begun = changed = time.monotonic()
        last = None
        while time.monotonic() - begun < most:
            now = next(self.ladder(p) for p in self.status()["phones"] if p["name"] == phone)
            if now != last:
                last, changed = now, time.monotonic()
            rest = still
            if now == self.usual[phone]:
                rest = 1.2
            elif any(state == "active" for _, state, _ in now[3]):
                rest = still + 3
            if time.monotonic() - changed >= rest:
                break
            time.sleep(0.3)
        return last

    def offset(self):
        return int(self.node(self.switch, f"wc -c <{RUN}/events.jsonl"))

    def events(self, offset):
        """What phones reported since OFFSET, as a set of (event, step, text) without names and numbers."""
        text = self.node(self.switch, f"tail -c +{offset + 1} {RUN}/events.jsonl")
        found = set()
        for line in text.splitlines():
            try:
                event = json.loads(line)
            except json.JSONDecodeError:
                continue
            if event["node"].startswith("SEP") and not QUIET.match(f"{event['event']} {event.get('detail', '')}"):
                found.add((event["event"], event.get("step"), re.sub(rf"SEP\w+|\d+|{TRUSTED}", "N", event.get("detail", ""))))
        return found

    def boot(self, phone, how):
        """Make a phone boot: plug (power off and on), reset (by the call manager) or erase (like a new phone)."""
        if how == "reset":
            try:
                if self.run("reset", phone, must=False, wait=3).returncode == 0:
                    return
            except LabError:
                pass
        self.run("unplug", phone, must=False)
        if how == "erase":
            self.run("erase", phone, must=False)  # without power: no boot in between
        time.sleep(0.3)
        self.run("plug", phone)

    def healthy_again(self, most=6.0):
        """Are all phones as they were at the start, within some seconds? A phone that waits for its next try boots."""
        begun, booted = time.monotonic(), False
        while time.monotonic() - begun < most:
            others = [p["name"] for p in self.status()["phones"] if self.ladder(p) != self.usual[p["name"]]]
            if not others:
                return True
            if not booted and time.monotonic() - begun > 1.5:
                booted = True
                for phone in others:
                    self.boot(phone, "erase")
            time.sleep(0.25)
        return False

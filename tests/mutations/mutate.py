"""Apply one kind of mutation to a running lab, and revert it. The steps of a kind are data; each has one verb."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time

from lab import FOLDER, PROGRAM, RUN, LabError
from table import TOP, TableError, fill, unfilled

PROCESS = {"dhcp": "[d]hcp/dnsmasq.conf", "dhcp2": "[d]hcp2/dnsmasq.conf", "tftp": "[t]ftp/dnsmasq.conf",
           "tftp-http": "[t]ftp/lighttpd.conf", "tftp2": "[t]ftp2/dnsmasq.conf", "tftp2-http": "[t]ftp2/lighttpd.conf"}
FAULT = """faults:
  - id: mutation
    title: mutation
    layer: network
    step: 5
    scope: phone
    inject: {inject}
    proof: [{{look: process, at: "{{dhcp}}", has: running}}]
    symptom: {{step: 5, state: failed, registered: yes, why: x}}
    cause: c
    find: f
    repair: r
"""


def pattern_of(program):
    return PROCESS.get(program, f"[c]ucm/{program}/kamailio.cfg")


class Mutation:
    """A kind applied to a lab: `answer` is what an engine should find."""

    def __init__(self, lab, kind, picks, names):
        self.lab, self.kind = lab, kind
        self.names = {**names, **picks}
        self.configured, self.impaired, self.services, self.folders = [], [], [], set()
        self.faults = self.paused = False

    def filled(self, value):
        value = fill(value, self.names)
        missing = unfilled(value)
        if missing:
            raise TableError(f"{self.kind['id']}: no value for {{{missing}}} in the topology {self.lab.topology}")
        return value

    def apply(self):
        for step in self.kind["do"]:
            self.step(self.filled(step))

    def step(self, step):
        """One step: `when` limits it to a lab with a tag, or (with !) without it."""
        tag = step.get("when", "")
        if tag and (tag.lstrip("!") in self.lab.facts["tags"]) == tag.startswith("!"):
            return
        for verb in ("sh", "configure", "impair", "service", "pause", "edit", "sign", "plug", "former", "let"):
            if verb in step:
                getattr(self, "do_" + verb)(step)
                return
        raise TableError(f"{self.kind['id']}: unknown step {step}")

    def touch(self, text):
        for folder in ("tftp", "tftp2", "dhcp", "dhcp2", "cucm"):
            if f"{RUN}/{folder}/" in text:
                self.folders.add(folder)

    def do_sh(self, step):
        """A shell command in one node or in each of a list; @NODE@ is the node. A sed that changes nothing is a defect of the table."""
        nodes = step["in"] if isinstance(step["in"], list) else [step["in"]]
        for node in nodes:
            shell = step["sh"].replace("@NODE@", node)
            self.touch(shell)
            before = self.sums() if "sed -i" in shell else None
            self.lab.node(node, shell, must=not step.get("may_fail"))
            if before and self.sums() == before:
                raise TableError(f"{self.kind['id']}: changed nothing in {self.lab.topology}: {shell}")

    def sums(self):
        return self.lab.node(self.lab.switch, f"cd {RUN} && cksum */*.conf cucm/*/kamailio.cfg tftp/root/*.sgn")

    def do_let(self, step):
        """A value that can be read only now. What was plugged in a moment ago may need one more."""
        for _ in range(20):
            self.names[step["let"]] = self.lab.node(step["in"], step["read"]).strip()
            if self.names[step["let"]]:
                return
            time.sleep(0.25)
        raise LabError(f"{self.kind['id']}: nothing was read for {step['let']}")

    def do_configure(self, step):
        self.configured.append((step["configure"], step["undo"]))
        self.lab.run("configure", step["configure"], *step["lines"])

    def do_impair(self, step):
        self.impaired.append(step["impair"])
        self.impair(step["impair"], "add", json.dumps(step["rule"]))

    def impair(self, switch, *words):
        self.lab.run("exec", switch, "--", "switch-sim", "--control", f"{RUN}/switches/{switch}.sock", "impair", *words)

    def do_service(self, step):
        """`unready`: the program will run, but will never answer as `service` expects it to; it is not waited for."""
        programs = step["service"] if isinstance(step["service"], list) else [step["service"]]
        for program in programs:
            self.services.append(program)
            if step.get("unready"):
                self.lab.run("service", program, "stop")
                self.lab.begin("service", program, "start")
            else:
                self.lab.run("service", program, step["action"])

    def do_pause(self, step):
        """Stop processes of a program with a signal: `which` selects some by a pattern of their names in /proc."""
        self.paused = True
        self.services.append(step["pause"])
        self.lab.node(step["in"], f"kill -{step.get('signal', 'STOP')} $(pgrep -f '{pattern_of(step['pause'])}'{step.get('which', '')})")

    def do_edit(self, step):
        """Edit a served file with sed; where phones have a trust list, sign it again."""
        server = step.get("on", "tftp")
        path = f"{server}/root/{step['edit']}"
        self.folders.add(server)
        before = self.lab.node(server, f"cksum <{RUN}/{path}")
        self.lab.node(server, f"sed -i -E -e '{step['sed']}' {RUN}/{path}")
        if self.lab.node(server, f"cksum <{RUN}/{path}") == before:
            raise TableError(f"{self.kind['id']}: the edit of {path} changed nothing")
        self.do_sign({"sign": step["edit"], "on": server})

    def do_sign(self, step):
        if "signed" in self.lab.facts["tags"]:
            self.fault([{"do": "sign", "file": f"{step.get('on', 'tftp')}/root/{step['sign']}"}])

    def do_plug(self, step):
        """A foreign device at a free port of the phone's switch, which runs a program."""
        self.fault([{"do": "plug", "node": step["plug"], "address": step["address"],
                     "run": step.get("run", ["sleep", "100000"])}])

    def do_former(self, step):
        """A command at the TFTP server that uses the files of the same lab under another cluster, with other keys, in FORMER."""
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            text = (TOP / self.lab.facts["file"]).read_text(encoding="utf-8")
            text = re.sub(r"(?m)^seed:.*$", "", text).replace("StandAloneCluster", "FormerCluster")
            if "FormerCluster" not in text:
                text = text.replace("\ncluster:\n", "\ncluster:\n  name: FormerCluster\n")
            topology = pathlib.Path(folder, "former.yaml")
            topology.write_text("seed: 77\n" + text, encoding="utf-8")
            done = subprocess.run([PROGRAM, "render", str(topology), "--out", f"{folder}/out"], capture_output=True, text=True,
                                  timeout=60, check=False)
            if done.returncode != 0:
                raise LabError(f"render of another cluster: {done.stderr[-300:]}")
            self.do_sh({"in": "tftp", "sh": step["former"].replace("FORMER", f"{folder}/out")})

    def fault(self, inject):
        self.faults = True
        with tempfile.NamedTemporaryFile("w", dir=FOLDER, suffix=".yaml") as file:
            file.write(FAULT.format(inject=json.dumps(inject)))
            file.flush()
            self.lab.run("fault", "add", file.name, "--phone", self.names["phone"])

    def answer(self):
        """What is broken: its name, other names of it, and words of a cause (for an answer without an object)."""
        return {"object": self.filled(self.kind["object"]), "also": self.filled(self.kind.get("also", [])),
                "text": self.filled(self.kind.get("text", ""))}

    def revert(self):
        """Undo everything in reverse. Raises LabError if the lab cannot be repaired."""
        if self.paused:
            for program in set(self.services):
                self.lab.node(self.lab.switch, f"kill -CONT $(pgrep -f '{pattern_of(program)}')", must=False)
        for step in self.kind.get("undo", []):
            self.step(self.filled(step))
        for switch, lines in reversed(self.configured):
            self.lab.run("configure", switch, *lines)
        for switch in set(self.impaired):
            self.impair(switch, "clear", "all")
        if self.faults:
            self.lab.run("fault", "clear", "all")
        services = list(dict.fromkeys(self.services))
        for program in services:
            self.lab.run("service", program, "stop", must=False)
        self.restore()
        for program in services:
            self.lab.run("service", program, "start")

    def restore(self):
        for folder in sorted(self.folders):
            if folder == "cucm":
                clean, what = "rm -f cucm/*/cucm.sqlite*", "cucm"
            elif folder.startswith("tftp"):
                clean, what = f"rm -rf {folder}/root/*", folder
            else:
                clean, what = "true", folder
            self.lab.node(self.lab.switch, f"cd {RUN} && {clean} && tar xpf {self.lab.kept} --wildcards '{what}/*'")

#!/usr/bin/env python3
"""The gate of `phonelab why`: random mutations of running labs, and whether `why` names what was broken.

Each seed stands for one lab, one kind of mutation, one target and one phone (draw.py). The generator knows the answer;
`why` sees the lab only. docs/tests.md describes the gate.
"""
import argparse
import concurrent.futures
import json
import os
import signal
import sys
import threading
import time

import report
from draw import draw
from judge import is_healthy, judge
from lab import PROGRAM, Lab, LabError, end_all
from mutate import Mutation
from table import TableError, check_all, read_kinds, read_topologies

REDRAWS = 8
USES = 8       # a lab is taken down after so many seeds
STILL = 4.0    # seconds for which a phone that failed must not change
SLOW = 900     # ms beyond the usual boot which are an effect
EVIDENCE = None  # the folder of --evidence
PHONE = ("{phone}", "{port}", "{mac}", "{ip}", "{number}")


def ask(lab, phone):
    """What `why --json` says of a phone, and the seconds it took."""
    begun = time.monotonic()
    done = lab.run("why", phone, "--json", must=False, wait=60)
    seconds = time.monotonic() - begun
    try:
        return json.loads(done.stdout), seconds
    except json.JSONDecodeError:
        return {}, seconds


def concerns_all(kind):
    """Does a mutation concern the phones that did not boot, too?"""
    if "scope" in kind:
        return kind["scope"] == "all"
    return not any(name in json.dumps(kind["do"]) for name in PHONE)


def effect_of(lab, phone, ladder, events):
    """How a boot differed from the usual one, in words; empty if it did not."""
    if ladder != lab.usual[phone]:
        return shown(ladder, lab.usual[phone])
    new = sorted(events - lab.usual_events, key=str)
    if new:
        return f"registered, but {len(new)} events are new: {new[0][0]} {new[0][2]}"[:110]
    took = {p["name"]: p["steps"][-1].get("ms", 0) for p in lab.status()["phones"]}[phone]
    usual = next(p["steps"][-1].get("ms", 0) for p in lab.usual_status["phones"] if p["name"] == phone)
    return f"registered after {took} ms, usually {usual} ms" if took > usual + SLOW else ""


def shown(ladder, usual):
    """What the phone shows: its first step that is not done, or that differs from the usual one, in words."""
    for number, state, detail in ladder[3]:
        if state in ("failed", "active", "pending"):
            return f"{ladder[0]}, step {number} {state}: {detail}"[:110]
    for now, before in zip(ladder[3], usual[3]):
        if now != before:
            return f"{ladder[0]}, step {now[0]}: {now[2]}, usually {before[2]}"[:110]
    return f"{ladder[0]} with {ladder[1]}, lines {' '.join(ladder[2])}"


def break_before(lab, drawn, names):
    """Class D: break the lab in another way, have the phone fail, and repair the lab."""
    decoy = Mutation(lab, drawn.decoy, {}, names)
    choices = {name: options[0] for name, options in drawn.decoy.get("pick", {}).items()}
    decoy.names.update(choices)
    decoy.apply()
    lab.boot(names["phone"], "plug")
    lab.settle(names["phone"], 1.0, 8.0)
    decoy.revert()
    lab.boot(names["phone"], "plug")
    if not lab.healthy_again(12.0):
        raise LabError(f"after {drawn.decoy['id']} was reverted, the lab is not as before")


def keep_evidence(lab, drawn, phone, answer):
    """What was broken, what `why` says, and its facts, in a file for the seed."""
    with open(os.path.join(EVIDENCE, f"{drawn.seed}-{drawn.kind['id']}.txt"), "w", encoding="utf-8") as out:
        out.write(f"{drawn.topology}, {phone}, boot {drawn.boot}: {answer['object']}, also {answer['also']}\n\n")
        for words in (("why", phone), ("why", phone, "--facts")):
            out.write(lab.run(*words, must=False, wait=60).stdout + "\n")


def try_draw(lab, drawn):
    """Apply one draw and judge the answer; None if the mutation had no effect."""
    names = lab.phone_names(drawn.phone, drawn.kind.get("phone"))
    if drawn.decoy:
        break_before(lab, drawn, names)
    mutation = Mutation(lab, drawn.kind, drawn.picks, names)
    phone = names["phone"]
    try:
        mutation.apply()
        offset = lab.offset()
        lab.boot(phone, drawn.boot)
        time.sleep(1.0)
        ladder = lab.settle(phone, drawn.kind.get("still", STILL))
        events = lab.events(offset)
        effect = effect_of(lab, phone, ladder, events)
        if not effect:
            return None
        answer = mutation.answer()
        said, seconds = ask(lab, phone)
        verdict, remark = judge(said, answer)
        if EVIDENCE and verdict != "right":
            keep_evidence(lab, drawn, phone, answer)
        row = {"seed": drawn.seed, "class": drawn.klass, "topology": drawn.topology, "kind": drawn.kind["id"], "phone": phone,
               "boot": drawn.boot, "verdict": verdict, "remark": remark, "why_s": round(seconds, 2), "step": said.get("step"),
               "expected": answer["object"], "said": said.get("object") or said.get("cause") or "", "redraws": drawn.attempt,
               "other": "", "picks": drawn.picks, "shown": effect, "decoy": drawn.decoy["id"] if drawn.decoy else ""}
        grain = mutation.filled(drawn.kind.get("grain", ""))
        if grain:
            row["named"] = grain.lower() in json.dumps(said).lower()
        if not concerns_all(drawn.kind):
            other = ask(lab, names["other"])[0]
            row["other"] = "healthy" if is_healthy(other) else "accused"
            row["other_said"] = "" if is_healthy(other) else f"{names['other']}: {other.get('object')}: {other.get('cause')}"
        if lab.log.__name__ == "print_line":
            lab.log(lab.run("why", phone, must=False).stdout)
        return row
    finally:
        repair(lab, mutation, phone, drawn.kind)


def repair(lab, mutation, phone, kind):
    """Revert; a lab that is not as before is marked as used up."""
    if kind.get("fresh") or "unready" in json.dumps(kind["do"]):
        lab.uses = USES
        return
    try:
        mutation.revert()
        lab.boot(phone, "erase")
        if lab.healthy_again():
            return
        lab.log("  the lab is not as before")
    except (LabError, TableError) as wrong:
        lab.log(f"  revert: {wrong}")
    lab.uses = USES


class Bench:
    """Labs of one topology, one at a time."""

    def __init__(self, topology, facts, log):
        self.topology, self.facts, self.log, self.lab = topology, facts, log, None

    def take(self):
        if self.lab and self.lab.uses >= USES:
            self.end()
        if not self.lab:
            self.lab = Lab(self.topology, self.facts, self.log)
        self.lab.uses += 1
        return self.lab

    def end(self):
        if self.lab:
            self.lab.down()
        self.lab = None


def no_verdict(drawn, verdict, remark):
    return {"seed": drawn.seed, "class": drawn.klass, "topology": drawn.topology, "kind": drawn.kind["id"], "verdict": verdict,
            "remark": remark, "redraws": drawn.attempt, "other": "", "expected": "", "said": "", "why_s": 0}


def run_draw(bench, drawn):
    """One draw. A lab that fails before `why` is asked is replaced once: it may be the earlier seeds that broke it."""
    for last in (False, True):
        try:
            return try_draw(bench.take(), drawn)
        except (LabError, TableError) as wrong:
            bench.log(f"  {wrong}")
            bench.end()
            if last:
                return no_verdict(drawn, "error", str(wrong))
    return None


def run_seed(bench, seed, kinds, topologies, only):
    """Draw until a mutation has an effect. ONLY(seed) is the one kind to draw, or None."""
    begun, row = time.monotonic(), None
    for attempt in range(REDRAWS):
        drawn = draw(seed, attempt, kinds, topologies, only(seed))
        bench.log(f"seed {seed}, draw {attempt}: class {drawn.klass}, {drawn.topology}, {drawn.kind['id']} {drawn.picks}, boot by {drawn.boot}"
                  + (f", before it {drawn.decoy['id']}" if drawn.decoy else ""))
        row = run_draw(bench, drawn)
        if row:
            break
    row = row or no_verdict(drawn, "none", f"{REDRAWS} draws without effect")
    row["seconds"] = round(time.monotonic() - begun, 1)
    return row


def shares(seeds, kinds, topologies, only, jobs):
    """Seeds that one lab after the other runs: a share has one topology and up to USES seeds. The largest come first."""
    by_topology, size = {}, max(2, min(USES, len(seeds) // (2 * jobs)))
    for seed in seeds:
        by_topology.setdefault(draw(seed, 0, kinds, topologies, only(seed)).topology, []).append(seed)
    parts = [(topology, own[at:at + size]) for topology, own in by_topology.items() for at in range(0, len(own), size)]
    return sorted(parts, key=lambda part: -len(part[1]))


def run_all(seeds, kinds, topologies, only, jobs, log, show):
    rows, lock = [], threading.Lock()

    def run_share(share):
        topology, own = share
        bench = Bench(topology, topologies[topology], log)
        try:
            for seed in own:
                row = run_seed(bench, seed, kinds, topologies, only)
                with lock:
                    rows.append(row)
                    show(row)
        finally:
            bench.end()

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(run_share, shares(seeds, kinds, topologies, only, jobs)))
    return sorted(rows, key=lambda row: row["seed"])


def stop(_signal, _frame):
    """Interrupted: no lab stays."""
    end_all()
    os._exit(130)


def quiet(_text):
    pass


def print_line(text):
    print(text, flush=True)


def read_seeds(text):
    """Numbers and ranges, such as 0-39,52."""
    seeds = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    return seeds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="0-39", help="seeds to run, such as 0-39 (default) or 3,17,40-47; seed N has class N modulo 8")
    parser.add_argument("--evidence", metavar="DIR", help="for each seed that is not right, a file with the text and the facts of why")
    parser.add_argument("--seed", type=int, help="one seed: prints every command and the text of why")
    parser.add_argument("--kind", help="draw this kind only")
    parser.add_argument("--each", type=int, metavar="N", help="draw each kind N times, instead of seeds: a check of the kinds")
    parser.add_argument("--class", dest="klass", help="run only the seeds of these classes, such as AB")
    parser.add_argument("--jobs", type=int, default=12, help="labs at the same time (default 12: most of the time is waiting)")
    parser.add_argument("--json", help="write all rows and the sums to this file")
    parser.add_argument("--list", action="store_true", help="print the kinds")
    options = parser.parse_args()
    global EVIDENCE  # pylint: disable=global-statement
    EVIDENCE = options.evidence
    if EVIDENCE:
        os.makedirs(EVIDENCE, exist_ok=True)
    try:
        kinds, topologies = read_kinds(), read_topologies()
        check_all(kinds, topologies)
    except TableError as wrong:
        print(f"gate: {wrong}", file=sys.stderr)
        return 2
    if options.list:
        report.print_kinds(kinds)
        return 0
    only = next((kind for kind in kinds if kind["id"] == options.kind), None)
    if options.kind and not only:
        print(f"gate: unknown kind {options.kind}; --list prints the kinds", file=sys.stderr)
        return 2
    seeds = [options.seed] if options.seed is not None else read_seeds(options.seeds)
    pick = lambda seed: only
    if options.each:
        seeds, pick = list(range(len(kinds) * options.each)), lambda seed: kinds[seed % len(kinds)]
    if options.klass:
        seeds = [seed for seed in seeds if draw(seed, 0, kinds, topologies, pick(seed)).klass in options.klass]
    log = print_line if options.seed is not None else quiet
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    begun = time.monotonic()
    rows = run_all(seeds, kinds, topologies, pick, options.jobs, log, report.print_row)
    return report.finish(rows, time.monotonic() - begun, options.json, PROGRAM)


if __name__ == "__main__":
    sys.exit(main())

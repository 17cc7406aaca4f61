#!/usr/bin/env python3
"""Divide the CPU time of the processes of a lab among causes.

divide.py CAUSES PHONES PROCESSES USAGE STACKS [HERTZ]: PROCESSES has lines "PID NAME MICROSECONDS", and "PID kernel -" of kernel
threads, whose time is that of their samples; STACKS is the output of perf script with pid, ip, sym and dso. With "-" for
PROCESSES, STACKS is the output of callgrind_annotate --inclusive=yes for phone-sim. Prints one JSON object; times are
microseconds per phone, with callgrind shares of the instructions in parts per million.
"""
import json
import re
import sys

KERNEL = "kernel threads of the machine, sampled"


def read_causes(path):
    causes = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                program, function, cause = line.split(None, 2)
                causes.setdefault(program, []).append((function.removeprefix("kernel:"), cause.strip()))
    return causes


def base_name(symbol):
    """The name in the source: compilers append .part.0, .isra.0, .constprop.0."""
    return symbol.split("+")[0].split(".")[0].strip()


def library(dso):
    """The file name of a library without its version: /usr/lib/libcrypto.so.3 -> libcrypto."""
    return "kernel" if dso.startswith("[kernel") else dso.split("/")[-1].split(".")[0]


def read_stacks(path):
    """Yield (pid, [function, ...], [library, ...]) per sample, innermost function first."""
    with open(path, encoding="utf-8", errors="replace") as file:
        pid, functions, libraries = None, [], []
        for line in file:
            if not line.strip():
                if pid is not None:
                    yield pid, functions, libraries
                pid, functions, libraries = None, [], []
            elif pid is None:
                pid = int(line.split()[0].split("/")[0])
            else:
                symbol, _, dso = line.strip().partition(" ")[2].rpartition(" (")
                functions.append(base_name(symbol))
                libraries.append(library(dso.removesuffix(")")))
        if pid is not None:
            yield pid, functions, libraries


def cause_of(functions, libraries, rows, program):
    there = set(functions)
    for function, cause in rows:
        if function in there:
            return cause
    # The kernel works for the library that called it, if the stack shows which.
    known = [name for name in libraries if name not in ("kernel", "[unknown]")] or libraries[:1]
    return f"other, in {known[0]}" if known and known[0] not in (program, "[unknown]") else "other"


def with_perf(causes, phones, processes, stacks, hertz):
    names, counted_by_kernel = {}, {}
    with open(processes, encoding="utf-8") as file:
        for line in file:
            pid, rest = line.split(None, 1)
            name, microseconds = rest.rsplit(None, 1)
            names[int(pid)] = KERNEL if microseconds == "-" else name
            if microseconds != "-":
                counted_by_kernel[name] = counted_by_kernel.get(name, 0) + int(microseconds)
    samples = {}
    for pid, functions, libraries in read_stacks(stacks):
        name = names.get(pid)
        if name:
            by_cause = samples.setdefault(name, {})
            cause = cause_of(functions, libraries, causes.get(name, []), name)
            by_cause[cause] = by_cause.get(cause, 0) + 1
    shares = {}
    for name, by_cause in samples.items():
        total = sum(by_cause.values())
        if name in causes:
            shares[name] = {
                c: round(counted_by_kernel[name] / phones * n / total) for c, n in by_cause.items()}
    times = {n: round(us / phones) for n, us in counted_by_kernel.items()}
    times[KERNEL] = round(sum(samples.get(KERNEL, {}).values()) * 1e6 / hertz / phones)
    return times, shares


def with_callgrind(causes, path):
    row = re.compile(r"^\s*([\d,]+)\s+\([\s\d.]+%\)\s+\S*?:([\w.]+)(?:'\d+)?(?:\s|$)")
    total, found = 0, {}
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if "PROGRAM TOTALS" in line:
                total = int(line.split()[0].replace(",", ""))
            match = row.match(line)
            if match:
                name = base_name(match.group(2))
                found[name] = max(found.get(name, 0), int(match.group(1).replace(",", "")))
    # Inclusive counts of functions that do not call each other: each cause by its largest.
    shares = {}
    for function, cause in causes["phone-sim"]:
        if function in found and total:
            part = round(found[function] * 1e6 / total)
            shares[cause] = max(shares.get(cause, 0), part)
    return {}, {"phone-sim": shares}


def main():
    causes = read_causes(sys.argv[1])
    phones, processes, usage, stacks = int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5]
    if processes == "-":
        times, shares = with_callgrind(causes, stacks)
    else:
        times, shares = with_perf(causes, phones, processes, stacks, int(sys.argv[6]))
    with open(usage, encoding="utf-8") as file:
        steps = {s: round(us / phones) for s, us in json.load(file).items()}
    json.dump({"phones": phones, "processes": times, "steps": steps, "causes": shares}, sys.stdout)


if __name__ == "__main__":
    main()

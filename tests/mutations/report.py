"""What the gate prints: a row per seed, a table per class and per kind, the sums and the limits."""
import json
from collections import Counter

LIMITS = (95.0, 2.0)  # percent: right at least, wrong at most
LIMITS_OF_FEW = (90.0, 5.0)  # of less than MANY seeds, one seed is too much of a percentage
MANY = 100
COLUMNS = ("right", "ambiguous", "undecided", "wrong", "error", "none")


def print_row(row):
    verdict = row["verdict"] if row["verdict"] == "right" else row["verdict"].upper()
    line = f"seed {row['seed']:<5} {row['class']}  {row['topology']:<12} {row['kind']:<44} {verdict:<9} why {row['why_s']:.1f} s, {row['seconds']:.0f} s"
    if row["redraws"]:
        line += f", drawn again {row['redraws']} times"
    if row["verdict"] != "right":
        line += f"\n      expected: {row['expected']}; found: {row['said'] or row['remark']}\n      the phone: {row.get('shown', '')}"
    if row["other"] == "accused":
        line += f"\n      ACCUSED, although the mutation does not concern it: {row['other_said']}"
    print(line, flush=True)


def table(rows, key):
    print(f"\n{key:<46}" + "".join(f"{name:>11}" for name in COLUMNS))
    for value in sorted({row[key] for row in rows}):
        sums = Counter(row["verdict"] for row in rows if row[key] == value)
        print(f"{value:<46}" + "".join(f"{sums[name] or '-':>11}" for name in COLUMNS))


def finish(rows, seconds, path, program):
    """Print the tables; the exit status is 1 if a limit is not kept."""
    table(rows, "class")
    table(rows, "kind")
    sums, count = Counter(row["verdict"] for row in rows), len(rows)
    right, wrong = (100.0 * sums[name] / count if count else 0 for name in ("right", "wrong"))
    redraws, accused = sum(row["redraws"] for row in rows), sum(row["other"] == "accused" for row in rows)
    grains = [row["named"] for row in rows if "named" in row]
    least, most = LIMITS if count >= MANY else LIMITS_OF_FEW
    slowest = max((row["why_s"] for row in rows), default=0)
    print(f"\n{count} seeds in {seconds:.0f} s ({sum(r['seconds'] for r in rows) / max(count, 1):.1f} s per seed): "
          + ", ".join(f"{sums[name]} {name}" for name in COLUMNS if sums[name]))
    print(f"right {right:.1f} % (limit {least:.0f}), wrong {wrong:.1f} % (limit {most:.0f}); {redraws} draws without effect; "
          f"{accused} unaffected phones accused; element named in {sum(grains)} of {len(grains)}; slowest why {slowest:.1f} s")
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"program": program, "seconds": round(seconds, 1), "sums": dict(sums), "right": round(right, 2), "wrong": round(wrong, 2),
                       "redraws": redraws, "accused": accused, "rows": rows}, file, indent=1)
    kept = right >= least and wrong <= most and not accused and not sums["error"] and not sums["none"]
    return 0 if kept else 1


def print_kinds(kinds):
    for kind in kinds:
        print(f"{kind['class']}  {kind['id']:<46} {kind['object']}")
    sums = Counter(kind["class"] for kind in kinds)
    print(f"{len(kinds)} kinds: " + ", ".join(f"{name} {sums[name]}" for name in sorted(sums)))

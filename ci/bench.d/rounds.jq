# Functions for the summaries of the benchmarks.
def median: sort | if length == 0 then null elif length % 2 == 1 then .[length / 2 | floor]
	else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def round2: . * 100 | round / 100;
# CPU milliseconds of the programs of a lab between two samples. p: one program; null: all except phone-sim.
def between(from; to; p): . as $s | from as $from | to as $to | [$s[$to] | keys[] | select(if p then . == p else . != "phone-sim" end)]
	| map(($s[$to][.].ns - ($s[$from][.].ns // 0)) / 1e6) | add // 0;
def cpu(p): between("before"; "after"; p);
def whole(p): between("before"; if .end then "end" else "after" end; p);
# CPU milliseconds of phone-sim, or of all processes of the scripts, from the start to the end.
def phones_ms: .user_ms + .system_ms;
# The ratio of two figures, each from the round in which it is least: other work of the machine can only add to a CPU time.
def least_ratio(a; b): (map(a) | min) / (map(b) | min);

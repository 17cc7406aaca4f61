# Print build/bench-scenarios.json as a table.
def right(n): tostring | (" " * ([n - length, 0] | max) // "") + .;
def left(n): . + (" " * ([n - length, 0] | max) // "");
def tenth: . * 10 | round / 10;
def row(what; f): "  " + (what | left(46)) + ([.runs[] | (f // "-") | right(10)] | add);
def share(key): "\(100 * .[key] / (.start_ms + .boot_ms + .run_ms + .end_ms) | round) %";
"\(.machine.cpu), \(.machine.processors) processors, Linux \(.machine.kernel), load \(.machine.load)",
"",
row("scenarios"; .scenarios),
row("in parallel"; .jobs),
"",
row("wall time, s"; .wall_s | tenth),
row("CPU of all processes, s"; .user_s + .system_s | tenth),
row("  of which in the kernel"; "\(100 * .system_s / (.user_s + .system_s) | round) %"),
row("CPU per scenario, ms"; 1000 * (.user_s + .system_s) / .scenarios | round),
row("peak memory, processes (Pss), MiB"; .peak_kb / 1024 | round),
"",
"time of the scenarios, by phase",
row("starting labs"; share("start_ms")),
row("booting phones"; share("boot_ms")),
row("timeline and expectations"; share("run_ms")),
row("evidence, ending labs"; share("end_ms")),
row("total per scenario, s"; (.start_ms + .boot_ms + .run_ms + .end_ms) / 1000 / .scenarios | tenth),
(if (.runs | length) > 1 then "",
	"ratio, first to last column",
	"  " + ("wall time" | left(46)) + (.runs | .[0].wall_s / .[-1].wall_s | tenth | right(10)),
	"  " + ("CPU" | left(46)) + (.runs | (.[0].user_s + .[0].system_s) / (.[-1].user_s + .[-1].system_s) | . * 100 | round / 100 | right(10))
else empty end)

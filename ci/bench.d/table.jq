# Print build/bench.json as a table.
def right(n): tostring | (" " * ([n - length, 0] | max) // "") + .;
def left(n): . + (" " * ([n - length, 0] | max) // "");
def percent: if . == null then "-" else (. * 100 | round | tostring) + " %" end;
def row(what; f): "  " + (what | left(46)) + ([.sizes[] | (f // "-") | right(10)] | add);
"\(.machine.cpu), \(.machine.processors) processors, Linux \(.machine.kernel), load \(.machine.load); medians, \(.seconds) s in total",
"",
row("phones"; .phones),
row("rounds"; .rounds),
"",
"one phone-sim",
row("from power to the last registration, ms"; .rack.dark_to_registered_ms),
row("CPU per phone, ms"; .rack.cpu_ms_per_phone),
row("  of which in the kernel"; .rack.system_share | percent),
row("memory per phone, process (Pss), KiB"; .rack.process_kb_per_phone),
row("memory per phone, kernel, KiB"; .rack.kernel_kb_per_phone),
row("CPU of the switch per phone, ms"; .rack.switch_cpu_ms_per_phone),
row("CPU of the servers per phone, ms"; .rack.servers_cpu_ms_per_phone),
"",
"a shell script, eight phones at a time",
row("from the first to the last, ms"; .script.first_to_last_ms),
row("CPU per phone, ms"; .script.cpu_ms_per_phone),
row("  of which in the kernel"; .script.system_share | percent),
row("CPU of the switch per phone, ms"; .script.switch_cpu_ms_per_phone),
row("CPU of the servers per phone, ms"; .script.servers_cpu_ms_per_phone),
"",
"ratio, script to phone-sim",
row("CPU of the phones"; .ratio.cpu),
row("CPU of phones, switch and servers together"; .ratio.cpu_with_switch_and_servers),
row("time"; .ratio.time),
"",
"CPU of phone-sim by step, microseconds per phone",
(.sizes as $sizes | [$sizes[0].rack.cpu_us_by_step | to_entries[] | .key] | .[] as $key
	| "  " + ($key | left(46)) + ([$sizes[] | .rack.cpu_us_by_step[$key] | right(10)] | add)),
"",
"lowest ratio of CPU: \(.worst_ratio)"

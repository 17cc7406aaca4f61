# Print build/bench-secure.json as a table.
def right(n): tostring | (" " * ([n - length, 0] | max) // "") + .;
def left(n): . + (" " * ([n - length, 0] | max) // "");
def row(what; f): "  " + (what | left(54)) + ([.sizes[] | (f // "-") | right(14)] | add);
def arm(a):
	row("from power to the last registration, ms"; a.registered_ms),
	row("CPU of phone-sim per phone, its end included, ms"; a.cpu_ms_per_phone),
	row("CPU of Kamailio per phone, ms"; a.kamailio_cpu_ms_per_phone),
	row("CPU of lighttpd per phone, ms"; a.web_cpu_ms_per_phone),
	row("CPU of phone-sim, switch and servers per phone, ms"; a.all_cpu_ms_per_phone),
	row("memory of phone-sim per phone (Pss), KiB"; a.memory_kb_per_phone),
	row("memory of Kamailio per phone, growth of the Pss, KiB"; a.kamailio_memory_kb_per_phone),
	row("shared memory of Kamailio per connection, KiB"; a.kamailio_shared_kb_per_connection);
"\(.machine.cpu), \(.machine.processors) processors, Linux \(.machine.kernel); medians, \(.seconds) s in total",
"",
row("phones"; .phones),
row("rounds"; .rounds),
row("load, lowest and highest"; .load | map(tostring) | join("-")),
"",
"plain phones", arm(.plain),
"",
"secure phones", arm(.secure),
"",
"ratio, secure to plain",
row("from power to the last registration"; .ratio.time),
row("CPU of phone-sim"; .ratio.cpu),
row("  lowest of the rounds"; .ratio.cpu_lowest),
row("  highest of the rounds"; .ratio.cpu_highest),
row("  least of secure to least of plain"; .ratio.cpu_least),
row("CPU of Kamailio"; .ratio.kamailio_cpu),
row("CPU of phone-sim, switch and servers"; .ratio.all_cpu),
row("memory of phone-sim"; .ratio.memory),
"",
"shared memory of Kamailio for a TLS connection, KiB",
row("of the TLS module"; .tls_connection_kb.module),
row("all, more than for a plain connection"; .tls_connection_kb.more),
"",
"CPU of phone-sim by step, secure less plain, microseconds per phone",
(.sizes as $sizes | [$sizes[0].more_cpu_us_by_step | keys_unsorted[]] | .[] as $key
	| "  " + ($key | left(54)) + ([$sizes[] | .more_cpu_us_by_step[$key] | right(14)] | add))

# Print build/bench-closets.json as a table.
def right(n): tostring | (" " * ([n - length, 0] | max) // "") + .;
def left(n): . + (" " * ([n - length, 0] | max) // "");
def row(what; cells): "  " + (what | left(52)) + ([cells | (. // "-") | right(12)] | add // "");
"\(.machine.cpu), \(.machine.processors) processors, Linux \(.machine.kernel); load \(.load | map(tostring) | join("-")); medians, \(.seconds) s in total",
(.trunks[] |
	"",
	row("TCP in segments of \(.segment) octets, \(.arms[0].rounds) rounds"; .arms[].arm),
	row("frames per second, both directions"; .arms[].frames_per_second),
	row("Mbit/s"; .arms[].mbit_per_second),
	row("CPU per frame, us: switches"; .arms[].switches_us),
	row("  sender and receiver"; .arms[].ends_us),
	row("  threads of the kernel"; .arms[].kernel_us),
	row("  all"; .arms[].all_us),
	row("  all, least of the rounds"; .arms[].all_us_least),
	row("ratio to the cable: frames per second"; .arms[].ratio.frames_per_second),
	row("  CPU of the switches"; .arms[].ratio.switches),
	row("  CPU of all"; .arms[].ratio.all)),
(if .sizes != [] then
	"",
	row("phones"; .sizes[] | "\(.phones)", "4 x \(.phones / 4)", "ratio"),
	row("rounds"; .sizes[] | .rounds, .rounds, ""),
	row("from power to the last registration, s"; .sizes[] | .one.seconds, .four.seconds, .ratio.seconds),
	row("CPU per phone, ms: phone-sim"; .sizes[] | .one.phone_sim_ms, .four.phone_sim_ms, .ratio.phone_sim),
	row("  switches"; .sizes[] | .one.switches_ms, .four.switches_ms, .ratio.switches),
	row("  servers, supervisors"; .sizes[] | .one.others_ms, .four.others_ms, ""),
	row("  threads of the kernel"; .sizes[] | .one.kernel_ms, .four.kernel_ms, ""),
	row("  all"; .sizes[] | .one.all_ms, .four.all_ms, .ratio.all)
else empty end)

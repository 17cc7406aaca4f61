# Print build/profile.json as a table.
def right(n): tostring | (" " * ([n - length, 0] | max) // "") + .;
def left(n): . + (" " * ([n - length, 0] | max) // "");
sort_by(.phones) as $sizes
| def row(what; f): "  " + (what | left(40)) + ([$sizes[] | (f // "-") | right(10)] | add);
  def keys_by_time(f): [$sizes[] | f // {} | to_entries[]] | group_by(.key)
	| map({key: .[0].key, most: (map(.value) | max)}) | sort_by(-.most) | map(.key);
"\($tool), \($processors) processors, Linux \($kernel), load \($load); "
	+ (if $tool == "perf" then "microseconds of CPU per phone" else "instructions of phone-sim, parts per million" end),
"",
row("phones"; .phones),
"",
"by process, from the command to the last registration",
(keys_by_time(.processes)[] as $key | row($key; .processes[$key])),
row("together"; .processes | add),
([$sizes[] | .causes | keys[]] | unique[] as $program
	| "", "\($program), by cause", (keys_by_time(.causes[$program])[] as $key | row($key; .causes[$program][$key]))),
"",
"phone-sim, by step",
($sizes[0].steps | keys_unsorted[] as $key | row($key; .steps[$key]))

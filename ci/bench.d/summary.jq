# Make build/bench.json from the rounds of ci/bench, one object each.
def median: sort | if length == 0 then null elif length % 2 == 1 then .[length / 2 | floor]
	else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def round2: . * 100 | round / 100;
# CPU milliseconds of the programs of a lab between two samples. p: one program; null: all except phone-sim.
def cpu(p): . as $s | [$s.after | keys[] | select(if p then . == p else . != "phone-sim" end)]
	| map(($s.after[.].ns - ($s.before[.].ns // 0)) / 1e6) | add // 0;
def system_share(p): .after[p] | if .user_ticks + .system_ticks == 0 then null
	else .system_ticks / (.user_ticks + .system_ticks) end;
def of_phones: .[0].phones as $n | {
	phones: $n, rounds: length,
	rack: {
		dark_to_registered_ms: (map(.rack.dark_ms) | median | round),
		cpu_ms_per_phone: (map(.rack | cpu("phone-sim") / $n) | median | round2),
		system_share: (map(.rack | system_share("phone-sim")) | map(select(. != null)) | median),
		switch_cpu_ms_per_phone: (map(.rack | cpu("switch-sim") / $n) | median | round2),
		servers_cpu_ms_per_phone: (map(.rack | (cpu(null) - cpu("switch-sim")) / $n) | median | round2),
		process_kb_per_phone: (map(.rack.after["phone-sim"].pss_kb / $n) | median | round),
		kernel_kb_per_phone: (map(.rack.kernel_kb / $n) | median | round),
		cpu_us_by_step: (. as $rounds | .[0].rack.steps | with_entries(.key as $step
			| .value = ([$rounds[].rack.steps[$step]] | median / $n | round)))
	},
	script: {
		first_to_last_ms: (map(.script.wall_ms) | median | round),
		cpu_ms_per_phone: (map((.script.user_ms + .script.system_ms) / $n) | median | round2),
		system_share: (map(.script.system_ms / (.script.user_ms + .script.system_ms)) | median),
		switch_cpu_ms_per_phone: (map(.script | cpu("switch-sim") / $n) | median | round2),
		servers_cpu_ms_per_phone: (map(.script | (cpu(null) - cpu("switch-sim")) / $n) | median | round2)
	},
	ratio: {
		cpu: (map((.script.user_ms + .script.system_ms) / (.rack | cpu("phone-sim"))) | median | round2),
		cpu_with_switch_and_servers: (map((.script.user_ms + .script.system_ms + (.script | cpu(null)))
			/ (.rack | cpu("phone-sim") + cpu(null))) | median | round2),
		time: (map(.script.wall_ms / .rack.dark_ms) | median | round2)
	}
};
{
	machine: {cpu: $cpu, processors: $processors, kernel: $kernel, load: ($load | tonumber)},
	seconds: $seconds,
	failed: (map(.script.failed) | add),
	sizes: (group_by(.phones) | map(of_phones)),
	rounds: .
} | .worst_ratio = ([.sizes[].ratio.cpu] | min)

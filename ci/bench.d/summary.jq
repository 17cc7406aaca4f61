# Make build/bench.json from the rounds of ci/bench, one object each.
include "rounds";
# What the kernel itself spent in one arm of a round, less what it spent without phones in the same time.
def kernel(arm; what): .idle as $idle | .[arm].machine | [.[what] - $idle[what] / $idle.ms * .ms, 0] | max;
# Phones, switch, servers and kernel.
def all_ms(arm): (.[arm] | phones_ms + whole(null)) + kernel(arm; "kernel_threads_ms") + kernel(arm; "softirq_apart_ms");
def system_share(p): .after[p] | if .user_ticks + .system_ticks == 0 then null
	else .system_ticks / (.user_ticks + .system_ticks) end;
def of_phones: .[0].phones as $n | {
	phones: $n, rounds: length,
	rack: {
		dark_to_registered_ms: (map(.rack.dark_ms) | median | round),
		cpu_ms_per_phone: (map(.rack | cpu("phone-sim") / $n) | median | round2),
		system_share: (map(.rack | system_share("phone-sim")) | map(select(. != null)) | median),
		whole_cpu_ms_per_phone: (map(.rack | phones_ms / $n) | median | round2),
		switch_cpu_ms_per_phone: (map(.rack | whole("switch-sim") / $n) | median | round2),
		servers_cpu_ms_per_phone: (map(.rack | (whole(null) - whole("switch-sim")) / $n) | median | round2),
		kernel_threads_ms_per_phone: (map(kernel("rack"; "kernel_threads_ms") / $n) | median | round2),
		softirq_ms_per_phone: (map(kernel("rack"; "softirq_ms") / $n) | median | round2),
		all_ms_per_phone: (map(all_ms("rack") / $n) | median | round2),
		process_kb_per_phone: (map(.rack.after["phone-sim"].pss_kb / $n) | median | round),
		kernel_kb_per_phone: (map(.rack.kernel_kb / $n) | median | round),
		cpu_us_by_step: (. as $rounds | .[0].rack.steps | with_entries(.key as $step
			| .value = ([$rounds[].rack.steps[$step]] | median / $n | round)))
	},
	script: {
		first_to_last_ms: (map(.script.wall_ms) | median | round),
		cpu_ms_per_phone: (map((.script | phones_ms) / $n) | median | round2),
		system_share: (map(.script.system_ms / (.script.user_ms + .script.system_ms)) | median),
		switch_cpu_ms_per_phone: (map(.script | whole("switch-sim") / $n) | median | round2),
		servers_cpu_ms_per_phone: (map(.script | (whole(null) - whole("switch-sim")) / $n) | median | round2),
		kernel_threads_ms_per_phone: (map(kernel("script"; "kernel_threads_ms") / $n) | median | round2),
		softirq_ms_per_phone: (map(kernel("script"; "softirq_ms") / $n) | median | round2),
		all_ms_per_phone: (map(all_ms("script") / $n) | median | round2)
	},
	ratio: {
		cpu: (map((.script | phones_ms) / (.rack | phones_ms)) | median | round2),
		cpu_least: (least_ratio(.script | phones_ms; .rack | phones_ms) | round2),
		cpu_lowest: (map((.script | phones_ms) / (.rack | phones_ms)) | min | round2),
		cpu_highest: (map((.script | phones_ms) / (.rack | phones_ms)) | max | round2),
		all: (map(all_ms("script") / all_ms("rack")) | median | round2),
		time: (map(.script.wall_ms / .rack.dark_ms) | median | round2)
	}
};
{
	machine: {cpu: $cpu, processors: $processors, kernel: $kernel, load: ($load | tonumber)},
	seconds: $seconds,
	failed: (map(.script.failed) | add),
	sizes: (group_by(.phones) | map(of_phones)),
	rounds: .
} | .worst_ratio = ([.sizes[].ratio.cpu_least] | min)

# Make build/bench-secure.json from the rounds of ci/bench-secure, one object each.
include "rounds";
# KiB of the publisher for each of its new connections.
def growth(what): .witness[1][what] - .witness[0][what];
def per_connection_kb(what): growth(what) / growth("connections") / 1024;
def pss(p): .[p].pss_kb // 0;
def memory_kb: .after | pss("phone-sim");
# Of the phones, the switch and the servers.
def all_ms: phones_ms + whole(null);
def arm: .[0].phones as $n | map(.arm) | {
	registered_ms: (map(.dark_ms) | median | round),
	cpu_ms_per_phone: (map(phones_ms / $n) | median | round2),
	kamailio_cpu_ms_per_phone: (map(whole("kamailio") / $n) | median | round2),
	web_cpu_ms_per_phone: (map(whole("lighttpd") / $n) | median | round2),
	all_cpu_ms_per_phone: (map(all_ms / $n) | median | round2),
	memory_kb_per_phone: (map(memory_kb / $n) | median | round),
	kamailio_memory_kb_per_phone: (map(((.after | pss("kamailio")) - (.before | pss("kamailio"))) / $n) | median | round),
	kamailio_shared_kb_per_connection: (map(per_connection_kb("shared_bytes")) | median | round2),
	steps: (. as $arms | .[0].steps | with_entries(.key as $step | .value = ([$arms[].steps[$step]] | median / $n)))
};
def of_phones: .[0].phones as $n | . as $rounds
	| ([$rounds[] | {phones, arm: .plain}] | arm) as $plain
	| ([$rounds[] | {phones, arm: .secure}] | arm) as $secure
	| def ratio(f): map((.secure | f) / (.plain | f));
	{
		phones: $n, rounds: length, load: [(map(.load) | min), (map(.load) | max)],
		plain: ($plain | del(.steps)), secure: ($secure | del(.steps)),
		ratio: {
			time: (ratio(.dark_ms) | median | round2),
			cpu: (ratio(phones_ms) | median | round2),
			cpu_least: (least_ratio(.secure | phones_ms; .plain | phones_ms) | round2),
			cpu_lowest: (ratio(phones_ms) | min | round2),
			cpu_highest: (ratio(phones_ms) | max | round2),
			all_cpu: (ratio(all_ms) | median | round2),
			kamailio_cpu: (ratio(whole("kamailio")) | median | round2),
			memory: (ratio(memory_kb) | median | round2)
		},
		tls_connection_kb: {
			module: (map(.secure | per_connection_kb("tls_bytes")) | median | round2),
			more: (map((.secure | per_connection_kb("shared_bytes")) - (.plain | per_connection_kb("shared_bytes"))) | median | round2)
		},
		more_cpu_us_by_step: ($secure.steps | with_entries(.value = (.value - $plain.steps[.key] | round + 0)))
	};
{
	machine: {cpu: $cpu, processors: $processors, kernel: $kernel},
	seconds: $seconds,
	sizes: (group_by(.phones) | map(of_phones)),
	rounds: .
}

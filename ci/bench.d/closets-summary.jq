# Make build/bench-closets.json from the rounds of ci/bench-closets.
include "rounds";
# CPU milliseconds of the programs of the labs between both samples. p: one program; null: all.
def programs_ms(p): .before.programs as $before | [.after.programs | to_entries[] | select(p == null or .key == p)
	| (.value.ns - ($before[.key].ns // 0)) / 1e6] | add // 0;
# What the kernel itself spent, less what it spends without us in the same time.
def kernel_ms: .idle as $idle | .after.machine as $after | .before.machine as $before
	| ($after.ms - $before.ms) as $ms
	| [("kernel_threads_ms", "softirq_apart_ms") as $key | [$after[$key] - $before[$key] - $idle[$key] / $idle.ms * $ms, 0] | max] | add;
def ends_ms: .sent.cpu_ms + .received.cpu_ms;
def us(f): f * 1000 / .received.frames;
def stream_ms: programs_ms(null) + ends_ms + kernel_ms;
def stream: {
	rounds: length,
	frames_per_second: (map(.received.frames / .received.seconds) | median | round),
	mbit_per_second: (map(.received.octets * 8 / 1e6 / .received.seconds) | median | round),
	switches_us: (map(us(programs_ms("switch-sim"))) | median | round2),
	switches_us_least: (map(us(programs_ms("switch-sim"))) | min | round2),
	ends_us: (map(us(ends_ms)) | median | round2),
	kernel_us: (map(us(kernel_ms)) | median | round2),
	all_us: (map(us(stream_ms)) | median | round2),
	all_us_least: (map(us(stream_ms)) | min | round2)
};
# Ratios of an arm to the cable, each within a round.
def to_cable($all; $segment; $arm; f): [$all[] | select(.segment == $segment and .arm == $arm) | .round as $round | f as $mine
	| ([$all[] | select(.segment == $segment and .arm == "cable" and .round == $round)][0] | f) as $cable | $mine / $cable] | median | round2;
def trunks($all): [1448, 200][] as $segment | {
	segment: $segment,
	arms: [("cable", "udp-1600", "udp-1500") as $arm | [$all[] | select(.segment == $segment and .arm == $arm)] | stream + {
		arm: $arm,
		ratio: {
			frames_per_second: to_cable($all; $segment; $arm; .received.frames / .received.seconds),
			switches: to_cable($all; $segment; $arm; us(programs_ms("switch-sim"))),
			all: to_cable($all; $segment; $arm; us(stream_ms))
		}
	}]
};
def racks_ms: [.racks[] | phones_ms] | add;
def phones_all_ms: programs_ms(null) + racks_ms + kernel_ms;
def seconds: ([.racks[].last_us] | max) as $last | ([.racks[].first_us] | min) as $first | ($last - $first) / 1e6;
def per_phone(f): map((f) / .phones);
def phones: {
	seconds: (map(seconds) | median | round2),
	phone_sim_ms: (per_phone(racks_ms) | median | round2),
	switches_ms: (per_phone(programs_ms("switch-sim")) | median | round2),
	others_ms: (per_phone(programs_ms(null) - programs_ms("switch-sim")) | median | round2),
	kernel_ms: (per_phone(kernel_ms) | median | round2),
	all_ms: (per_phone(phones_all_ms) | median | round2)
};
def pair(f): [group_by(.round)[] | (map(select(.arm == "four"))[0] | f) / (map(select(.arm == "one"))[0] | f)] | median | round2;
{
	machine: {cpu: $cpu, processors: $processors, kernel: $kernel},
	seconds: $seconds,
	load: [($trunk + $phones | map(.load) | min), ($trunk + $phones | map(.load) | max)],
	trunks: [trunks($trunk)],
	sizes: ($phones | group_by(.phones) | map({
		phones: .[0].phones, rounds: (length / 2),
		one: (map(select(.arm == "one")) | phones), four: (map(select(.arm == "four")) | phones),
		ratio: {seconds: pair(seconds), phone_sim: pair(racks_ms), switches: pair(programs_ms("switch-sim")), all: pair(phones_all_ms)}
	})),
	trunk_rounds: $trunk,
	phone_rounds: $phones
}

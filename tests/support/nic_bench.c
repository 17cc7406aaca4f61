#include "tests/support/nic_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cable/netns.h"
#include "tests/support/command.h"
#include "tests/support/sandbox.h"

#define STATE                                                                                                \
	"ip -d link show dev nic0 | sed 's/[a-z_]*_timer *[0-9.]*//g'; ip addr show dev nic0; ip route; ip " \
	"-6 route; tc qdisc show dev nic0; "                                                                 \
	"ethtool -k nic0; bridge link 2>/dev/null"

static char *state_of(void)
{
	struct command_result got = command_sh(20, STATE);
	char *text = strdup(got.out);

	assert_non_null(text);
	if (!strstr(text, "promiscuity") || !strstr(text, "tcp-segmentation-offload"))
		fail_msg("the state of nic0 is unknown: %s%s", got.out, got.err);
	command_free(&got);
	return text;
}

void nic_bench_begin(struct nic_bench *bench, const char *line)
{
	struct fail fail = {0};
	struct command_result got;
	char text[600];

	if (netns_new(&bench->far, &fail))
		fail_msg("%s", fail.text);
	/* ip finds a namespace by a process, so one is lent to it for a moment. */
	snprintf(
	    text, sizeof(text),
	    "echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad; ip link set lo up; nsenter "
	    "--net=/proc/%d/fd/%d sleep 60 & "
	    "until [ /proc/$!/ns/net -ef /proc/%d/fd/%d ]; do sleep 0.01; done; "
	    "ip link add nic0 type veth peer name wire0 netns $! && ip link set nic0 up && "
	    "nsenter -t $! -n sh -c 'ip link set lo up; ip link set wire0 up'; got=$?; kill $!; exit $got",
	    (int)getpid(), bench->far, (int)getpid(), bench->far);
	got = command_sh(20, "%s", text);
	if (got.status)
		fail_msg("no veth pair: %s", got.err);
	command_free(&got);
	if (line) {
		got = command_sh(20, "%s", line);
		if (got.status)
			fail_msg("%s: %s", line, got.err);
		command_free(&got);
	}
	/* The link is up once IPv6 has its address. */
	got = command_sh(20, "until ip -6 addr show dev nic0 | grep -q 'scope link *$'; do sleep 0.05; done");
	command_free(&got);
	bench->before = state_of();
}

void nic_bench_end(struct nic_bench *bench)
{
	struct command_result got;

	if (!bench->before)
		return;
	got = command_sh(20, "ip link del nic0");
	command_free(&got);
	close(bench->far);
	free(bench->before);
	*bench = (struct nic_bench){0};
}

int nic_bench_far(const struct nic_bench *bench, char *text, size_t size, const char *format, ...)
{
	char line[2000], ignored[4000];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return sandbox_command(bench->far, 60000, text ? text : ignored, text ? size : sizeof(ignored),
			       (const char *const[]){"sh", "-c", line, NULL});
}

static bool same(void *arg)
{
	const struct nic_bench *bench = arg;
	char *now = state_of();
	bool is = !strcmp(now, bench->before);

	free(now);
	return is;
}

void nic_bench_is_as_before(const struct nic_bench *bench, const char *when)
{
	if (!sandbox_until(10000, same, (void *)bench))
		fail_msg("%s, nic0 is not as it was. Before:\n%s\nNow:\n%s", when, bench->before, state_of());
}

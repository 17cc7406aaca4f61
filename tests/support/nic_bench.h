#ifndef TESTS_SUPPORT_NIC_BENCH_H
#define TESTS_SUPPORT_NIC_BENCH_H

#include <stddef.h>

/*
 * A veth pair that stands for a NIC and its cable, for tests in a sandbox (sandbox.h): nic0 is in the namespace of the
 * test, wire0 in another one, behind the cable. Whatever goes wrong fails the test.
 */
struct nic_bench {
	int far;      /* the namespace behind the cable */
	char *before; /* of nic0: nic_bench_state */
};

/* Make the pair, both ends up; then run a line of shell in our namespace, or NULL. */
void nic_bench_begin(struct nic_bench *bench, const char *line);

/* Delete it. Legal twice. */
void nic_bench_end(struct nic_bench *bench);

/* Run a line of shell behind the cable; its output in text (NULL: not wanted). The exit status. */
int nic_bench_far(const struct nic_bench *bench, char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* nic0 is as it was at the beginning, soon: flags, promiscuity, master, qdisc, addresses, routes, offloads. */
void nic_bench_is_as_before(const struct nic_bench *bench, const char *when);

#endif

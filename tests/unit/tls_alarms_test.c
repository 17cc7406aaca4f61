/* The alarms of failed TLS handshakes: from the lines that Kamailio appends to its log, to the alarms behind them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "phonelab/supervise/log_limit.h"
#include "phonelab/supervise/tls_alarms.h"
#include "phonelab/topology/topology.h"

#define ACCEPT                                                                                               \
	" 8(37) ERROR: tls [a]: tls_err_ret(): TLS accept:error:0A000086:SSL routines::certificate verify "  \
	"failed (sni: x)\n"
#define SOURCE " 8(37) ERROR: tls [a]: tls_h_read_f(): src addr: %s:47680\n"
#define ALARM  "EndPointTransientConnection"
#define MANY   120

static const struct cucm_line line = {.number = "2001"};
static const struct cucm_device device = {
    .mac = {{0, 0x11, 0x22, 0xaa, 0xbb, 1}}, .model = "7841", .lines = &line, .line_count = 1};
static const struct cucm_node node = {.name = "cucm-pub"};
static const struct cucm_dhcp_server dhcp = {.name = "dhcp"};
static struct cucm_plan plan = {.cluster = "C",
				.nodes = &node,
				.node_count = 1,
				.devices = &device,
				.device_count = 1,
				.dhcp_servers = &dhcp,
				.dhcp_server_count = 1,
				.release = CUCM_RELEASE_14};
static struct topology topology;
static char folder[64], path[160];
static struct event_base *base;
static struct tls_alarms *alarms;

static void append(const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0644);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

static void append_failure(const char *address)
{
	char text[300];

	snprintf(text, sizeof(text), ACCEPT SOURCE, address);
	append(text);
}

static void put(const char *name, const char *text)
{
	struct fail fail = {0};
	char file[160];

	snprintf(file, sizeof(file), "%s/%s", folder, name);
	assert_int_equal(file_write(file, text, strlen(text), &fail), 0);
}

static int begin(void **state)
{
	char command[100];

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/phonelab-alarms-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(command, sizeof(command), "mkdir %s/log %s/dhcp", folder, folder);
	assert_int_equal(system(command), 0);
	snprintf(path, sizeof(path), "%s/log/cucm-pub.log", folder);
	put("dhcp/leases", "duid 00:01\n"
			   "1796100000 00:11:22:aa:bb:02 10.110.0.50 SEP001122AABB02 01:00:11:22:aa:bb:02\n"
			   "1796100000 00:11:22:aa:bb:01 10.110.0.5 SEP001122AABB01 01:00:11:22:aa:bb:01\n");
	return 0;
}

static void start(void)
{
	struct fail fail = {0};

	base = event_base_new();
	assert_non_null(base);
	assert_int_equal(tls_alarms_start(&alarms, base, folder, &topology, &plan, &fail), 0);
}

static int end(void **state)
{
	char command[100];

	(void)state;
	tls_alarms_stop(alarms);
	alarms = NULL;
	event_base_free(base);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static unsigned alarms_in(const char *text)
{
	unsigned count = 0;

	for (; (text = strstr(text, ALARM)); text += strlen(ALARM))
		count++;
	return count;
}

/* Run until the log has that many alarms, and a tick more. Returns the log. */
static char *run(unsigned count)
{
	struct fail fail = {0};
	char *text = NULL;

	for (int ticks = 0; ticks < 40 && (!text || alarms_in(text) < count); ticks++) {
		free(text);
		event_base_loop(base, EVLOOP_ONCE);
		assert_int_equal(file_read(path, 1 << 20, &text, NULL, &fail), 0);
	}
	free(text);
	event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(file_read(path, 1 << 20, &text, NULL, &fail), 0);
	assert_int_equal(alarms_in(text), count);
	return text;
}

static void the_lease_names_the_device(void **state)
{
	char *text;

	(void)state;
	append_failure("10.110.0.5"); /* before the lab was there */
	start();
	append_failure("10.110.0.5");
	append_failure("10.110.0.50"); /* not provisioned */
	append_failure("10.110.0.9");
	text = run(3);
	assert_non_null(strstr(text,
			       ALARM ": %[DeviceName=SEP001122AABB01][IPAddress=10.110.0.5][Protocol=SIP]"
				     "[DeviceType=622][Reason=10]"));
	assert_non_null(strstr(text, ALARM ": %[IPAddress=10.110.0.50][Protocol=SIP][Reason=10]"));
	assert_non_null(strstr(text, ALARM ": %[IPAddress=10.110.0.9][Protocol=SIP][Reason=10]"));
	free(text);
}

/* A line that Kamailio has written in part; a line longer than any; a log that was emptied. */
static void odd_logs(void **state)
{
	char *text, *filler = calloc(1, 70001);

	(void)state;
	assert_non_null(filler);
	start();
	append(ACCEPT " 8(37) ERROR: tls [a]: tls_h_read_f(): src a");
	free(run(0));
	append("ddr: 10.110.0.5:1\n");
	free(run(1));
	memset(filler, 'x', 70000);
	append(filler);
	free(filler);
	append("\n");
	append_failure("10.110.0.5");
	free(run(2));
	put("log/cucm-pub.log", "");
	append_failure("10.110.0.5");
	text = run(1);
	assert_ptr_equal(strstr(text, " 8(37)"), text);
	free(text);
}

/* The log is cut at its limit, twice: what has been read already is no new failure. */
static void a_log_that_is_cut(void **state)
{
	char logs[100];

	(void)state;
	snprintf(logs, sizeof(logs), "%s/log", folder);
	start();
	for (unsigned cut = 0; cut < 2; cut++) {
		append("\n");
		assert_int_equal(truncate(path, LOG_LIMIT_BYTES), 0);
		append("\n");
		append_failure("10.110.0.5");
		for (int tick = 0; tick < 2; tick++)
			event_base_loop(base, EVLOOP_ONCE);
		log_limit_apply(logs);
		append_failure("10.110.0.9");
		free(run(2)); /* the older ones are cut off */
	}
}

/* More than one tick writes: none is lost, and all are in their order. */
static void many(void **state)
{
	const char *at;
	char *text, address[40];

	(void)state;
	start();
	for (unsigned i = 1; i <= MANY; i++) {
		snprintf(address, sizeof(address), "10.9.0.%u", i);
		append_failure(address);
	}
	at = text = run(MANY);
	for (unsigned i = 1; i <= MANY; i++) {
		snprintf(address, sizeof(address), "[IPAddress=10.9.0.%u]", i);
		at = strstr(at, address);
		assert_non_null(at);
	}
	free(text);
}

static void a_cluster_without_certificates(void **state)
{
	struct cucm_plan other = plan;
	struct fail fail = {0};

	(void)state;
	base = event_base_new();
	other.release = CUCM_RELEASE_NONE;
	assert_int_equal(tls_alarms_start(&alarms, base, folder, &topology, &other, &fail), 0);
	assert_null(alarms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(the_lease_names_the_device, begin, end),
	    cmocka_unit_test_setup_teardown(odd_logs, begin, end),
	    cmocka_unit_test_setup_teardown(a_log_that_is_cut, begin, end),
	    cmocka_unit_test_setup_teardown(many, begin, end),
	    cmocka_unit_test_setup_teardown(a_cluster_without_certificates, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

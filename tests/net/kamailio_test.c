/* The call manager, as Kamailio runs it, in a namespace of its own. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "cucm/alarm.h"
#include "cucm/rpc.h"
#include "tests/support/servers.h"
#include "tests/support/sip_caller.h"

#define NODE "cucm-pub"
#define RPC  "/run/phonelab/cucm/" NODE "/rpc"
#define ONE  "SEP001122AABB01"
#define TWO  "SEP001122AABB02"

static struct servers servers; /* of the test that runs */

static int begin(void **state)
{
	(void)state;
	servers_begin(&servers, 5);
	servers.sample->plan.load_count = 0;
	return 0;
}

static int end(void **state)
{
	(void)state;
	servers_end(&servers);
	unlink("/run/phonelab/log/" NODE ".log");
	return 0;
}

/* The registration of a device as the node has it; false when it has none. */
static bool registration(const char *device, struct cucm_registration *out)
{
	struct cucm_registration *list;
	struct fail fail = {0};
	size_t count;
	bool found = false;

	if (cucm_registrations(RPC, &list, &count, 5000, &fail))
		fail_msg("%s", fail.text);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i].device, device))
			continue;
		*out = list[i];
		found = true;
	}
	free(list);
	return found;
}

static const struct sip_register initial = {
    .device = ONE,
    .number = "2001",
    .expires = 3600,
    .headers = "Reason: SIP;cause=200;text=\"cisco-alarm:25 Name=" ONE
	       " ActiveLoad=sip78xx.14-2-1-0001-125.loads InactiveLoad=sip78xx.12-8-1-0001-455.loads "
	       "Last=initialized DownloadStatus=Failed:_Load_ID_incorrect\"\r\n",
    .body = "--uniqueBoundary--\r\n",
};

static void test_register(void **state)
{
	struct sip_caller caller;
	struct cucm_registration page;
	char text[8192];

	(void)state;
	print_message("[   FACT   ] ready after %.0f ms\n", servers_start(&servers, NODE));
	sip_caller_open(&caller, "10.20.0.11");
	assert_int_equal(sip_caller_status(&caller, &initial, text, sizeof(text)), 200);
	assert_non_null(strstr(text, "\r\nExpires: 120\r\n"));
	assert_non_null(
	    strstr(text, ";expires=120;+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-001122aabb01>\""));
	assert_non_null(strstr(text, ";x-cisco-newreg\r\n"));
	assert_non_null(strstr(text, "\r\nDate: "));
	assert_non_null(strstr(text, " GMT\r\n"));
	assert_non_null(strstr(text, "\r\nServer: Cisco-CUCM15.0\r\n"));
	assert_non_null(strstr(text, "\r\nContent-Type: application/x-cisco-remotecc-response+xml\r\n"));
	assert_non_null(strstr(text, "<code>200</code>"));

	assert_true(registration(ONE, &page));
	assert_string_equal(page.number, "2001");
	assert_string_equal(page.address, "10.20.0.99");
	assert_int_equal(page.port, caller.port);
	assert_string_equal(page.transport, "tcp");
	assert_string_equal(page.call_id, "call-" ONE);
	assert_string_equal(page.active_load, "sip78xx.14-2-1-0001-125");
	assert_string_equal(page.inactive_load, "sip78xx.12-8-1-0001-455");
	assert_string_equal(page.download_status, "Failed: Load ID incorrect");
	assert_string_equal(page.last_reason, "initialized");
	assert_string_equal(page.user_agent, "Cisco-CP7841/14.2.1");
	assert_in_range(page.expires_s, 110, 120);
	servers_printed(NODE ".log",
			"%UC_CALLMANAGER-6-EndPointRegistered: %[DeviceName=" ONE "][IPAddress=10.20.0.99]",
			5);

	/* A refresh has no body and is not new; what the first one said stays. */
	assert_int_equal(
	    sip_caller_status(&caller,
			      &(struct sip_register){.device = ONE, .number = "2001", .expires = 3600}, text,
			      sizeof(text)),
	    200);
	assert_null(strstr(text, "x-cisco-newreg"));
	assert_non_null(strstr(text, "\r\nContent-Length: 0\r\n"));
	assert_true(registration(ONE, &page));
	assert_string_equal(page.active_load, "sip78xx.14-2-1-0001-125");
	sip_caller_close(&caller);
}

static void test_unprovisioned(void **state)
{
	struct sip_caller caller;
	struct cucm_registration page;
	char text[8192];
	struct sip_register what = initial;

	(void)state;
	servers_start(&servers, NODE);
	sip_caller_open(&caller, "10.20.0.11");
	what.device = "SEP0011223344FF";
	assert_int_equal(sip_caller_status(&caller, &what, text, sizeof(text)), 403);
	assert_non_null(
	    strstr(text, "\r\nWarning: 399 cucm-pub \"device SEP0011223344FF is not in the database\"\r\n"));
	servers_printed(NODE ".log", "EndPointTransientConnection: %[DeviceName=SEP0011223344FF]", 5);
	what.device = ONE;
	what.number = "2002";
	assert_int_equal(sip_caller_status(&caller, &what, text, sizeof(text)), 403);
	assert_non_null(strstr(text, "device " ONE " has no line 2002"));
	what.device = NULL;
	assert_int_equal(sip_caller_status(&caller, &what, text, sizeof(text)), 403);
	assert_non_null(strstr(text, "the Contact names no device"));
	what.device = ONE;
	what.number = "2001'; drop table device; --";
	assert_int_not_equal(sip_caller_status(&caller, &what, text, sizeof(text)), 200);
	assert_false(registration(ONE, &page));
	sip_caller_close(&caller);

	/* A device that is added while the node runs registers at once. */
	sip_caller_open(&caller, "10.20.0.11");
	servers.sample->device[0].absent = true;
	assert_int_equal(cucm_write_device_database(&servers.sample->plan, "/run/phonelab",
						    &servers.sample->device[0], &servers.fail),
			 0);
	assert_int_equal(sip_caller_status(&caller, &initial, text, sizeof(text)), 403);
	servers.sample->device[0].absent = false;
	assert_int_equal(cucm_write_device_database(&servers.sample->plan, "/run/phonelab",
						    &servers.sample->device[0], &servers.fail),
			 0);
	assert_int_equal(sip_caller_status(&caller, &initial, text, sizeof(text)), 200);
	sip_caller_close(&caller);
}

static void test_keepalive_leaves_the_binding(void **state)
{
	struct sip_caller caller;
	struct cucm_registration page;
	struct sip_register what = {.device = ONE,
				    .number = "2001",
				    .call_id = "keepalive",
				    .contact_extra = ";expires=0;cisco-keep-alive"};
	char text[8192];

	(void)state;
	servers_start(&servers, NODE);
	sip_caller_open(&caller, "10.20.0.11");
	assert_int_equal(sip_caller_status(&caller, &what, text, sizeof(text)), 200);
	assert_false(registration(ONE, &page));
	assert_int_equal(sip_caller_status(&caller, &initial, text, sizeof(text)), 200);
	assert_int_equal(sip_caller_status(&caller, &what, text, sizeof(text)), 200);
	assert_non_null(strstr(text, "\r\nDate: "));
	assert_true(registration(ONE, &page));
	assert_string_equal(page.call_id, "call-" ONE);
	sip_caller_close(&caller);
}

/* A REGISTER without a Contact asks for the bindings (RFC 3261 10.2.3): it changes none, and is no reason for an alarm. */
static void test_query(void **state)
{
	static const char query[] = "REGISTER sip:10.20.0.11 SIP/2.0\r\n"
				    "Via: SIP/2.0/TCP 10.20.0.99;branch=z9hG4bKquery%s\r\n"
				    "From: <sip:%s@10.20.0.11>;tag=q\r\nTo: <sip:%s@10.20.0.11>\r\n"
				    "Call-ID: query%s\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 70\r\n"
				    "Content-Length: 0\r\n\r\n";
	static const struct {
		const char *number, *answer;
	} asked[] = {
	    {"2001", "SIP/2.0 200 OK"}, {"2002", "SIP/2.0 200 OK"}, {"9999", "SIP/2.0 404 Not Found"}};
	struct cucm_registration before, after;
	struct sip_caller caller;
	char text[8192], *log;

	(void)state;
	servers_start(&servers, NODE);
	sip_caller_open(&caller, "10.20.0.11");
	assert_int_equal(sip_caller_status(&caller, &initial, text, sizeof(text)), 200);
	assert_true(registration(ONE, &before));
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		const char *number = asked[i].number;

		snprintf(text, sizeof(text), query, number, number, number, number);
		sip_caller_send(&caller, text);
		assert_true(sip_caller_receive(&caller, text, sizeof(text), 5000));
		assert_int_equal(strncmp(text, asked[i].answer, strlen(asked[i].answer)), 0);
		assert_int_equal(strstr(text, "\r\nContact: ") != NULL, i == 0);
	}
	assert_true(registration(ONE, &after));
	assert_string_equal(before.number, after.number);
	assert_false(registration(TWO, &after));
	sip_caller_close(&caller);
	assert_int_equal(file_read("/run/phonelab/log/" NODE ".log", 1 << 20, &log, NULL, &servers.fail), 0);
	assert_null(strstr(log, "EndPointTransientConnection"));
	free(log);
}

static void test_unregister(void **state)
{
	struct sip_caller caller;
	struct cucm_registration page;
	struct sip_register what = {.device = ONE, .number = "2001", .expires = 0};
	char text[8192];

	(void)state;
	servers_start(&servers, NODE);
	sip_caller_open(&caller, "10.20.0.11");
	assert_int_equal(sip_caller_status(&caller, &initial, text, sizeof(text)), 200);
	assert_true(registration(ONE, &page));
	assert_int_equal(sip_caller_status(&caller, &what, text, sizeof(text)), 200);
	assert_false(registration(ONE, &page));
	servers_printed(NODE ".log",
			"EndPointUnregistered: %[DeviceName=" ONE "][IPAddress=10.20.0.99]"
			"[Protocol=SIP][Reason=10]",
			5);
	sip_caller_close(&caller);
}

/* How the node lost a device: the service control that it sent before is the reason, and severity 6 that of no error. */
static void test_losses(void **state)
{
	static const struct {
		const char *action, *alarm;
		unsigned cause;
	} controls[] = {
	    {"reset",
	     "-6-EndPointUnregistered: %[DeviceName=" ONE "][IPAddress=10.20.0.99][Protocol=SIP][Reason=9]",
	     9},
	    {"restart",
	     "-6-EndPointUnregistered: %[DeviceName=" ONE "][IPAddress=10.20.0.99][Protocol=SIP][Reason=15]",
	     15},
	    {"apply-config",
	     "-3-EndPointUnregistered: %[DeviceName=" ONE "][IPAddress=10.20.0.99][Protocol=SIP][Reason=17]",
	     17}};
	struct sip_register farewell = {.device = ONE, .number = "2001", .expires = 0};
	struct sip_register wrong = {.device = ONE, .number = "2999", .expires = 3600};
	struct cucm_loss *list;
	struct sip_caller caller;
	struct fail fail = {0};
	char text[8192];
	size_t count;

	(void)state;
	servers_start(&servers, NODE);
	sip_caller_open(&caller, "10.20.0.11");
	assert_int_equal(cucm_losses(RPC, &list, &count, 5000, &fail), 0);
	assert_int_equal(count, 0);
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
		assert_int_equal(sip_caller_status(&caller, &initial, text, sizeof(text)), 200);
		assert_int_equal(cucm_service_control(RPC, ONE, controls[i].action, "a-stamp", 5000, &fail),
				 0);
		assert_true(sip_caller_receive(&caller, text, sizeof(text), 5000));
		assert_non_null(strstr(text, "ConfigVersionStamp={a-stamp}"));
		assert_int_equal(sip_caller_status(&caller, &farewell, text, sizeof(text)), 200);
		servers_printed(NODE ".log", controls[i].alarm, 5);
		assert_int_equal(cucm_losses(RPC, &list, &count, 5000, &fail), 0);
		assert_int_equal(count, 1);
		assert_string_equal(list->device, ONE);
		assert_false(list->rejected);
		assert_int_equal(list->cause, controls[i].cause);
		assert_int_equal(list->last.alarm, 25);
		assert_string_equal(list->last.last_reason, "initialized");
		assert_string_equal(list->last.address, "10.20.0.99");
		free(list);
	}
	/* Without a service control the device has unregistered by itself; a rejected one is a loss too. */
	assert_int_equal(sip_caller_status(&caller, &initial, text, sizeof(text)), 200);
	assert_int_equal(sip_caller_status(&caller, &farewell, text, sizeof(text)), 200);
	assert_int_equal(cucm_losses(RPC, &list, &count, 5000, &fail), 0);
	assert_int_equal(list->cause, 10);
	free(list);
	assert_int_equal(sip_caller_status(&caller, &wrong, text, sizeof(text)), 403);
	assert_int_equal(cucm_losses(RPC, &list, &count, 5000, &fail), 0);
	assert_true(list->rejected);
	assert_int_equal(list->cause, 13);
	assert_string_equal(alarm_reason(ALARM_TRANSIENT, list->cause)->name, "directoryNumberMismatch");
	free(list);
	sip_caller_close(&caller);
}

/* The devices in the table arrival. */
static int arrivals(void)
{
	char text[100];

	assert_int_equal(
	    sandbox_command(-1, 10000, text, sizeof(text),
			    (const char *[]){"sqlite3", "/run/phonelab/cucm/" NODE "/cucm.sqlite",
					     "select count(*) from arrival", NULL}),
	    0);
	return atoi(text);
}

/* With auto-registration: a device that leaves, or asks a standby node for a sign of life, has not arrived. */
static void test_arrival(void **state)
{
	static const char device[] = "SEP0011223344FF";
	struct sip_register what = {.device = device,
				    .number = device,
				    .contact_extra = ";+u.sip!model.ccm.cisco.com=\"622\"",
				    .headers = initial.headers};
	struct sip_caller caller;
	char text[8192];

	(void)state;
	servers.sample->plan.auto_registration = true;
	servers_start(&servers, NODE);
	sip_caller_open(&caller, "10.20.0.11");
	assert_int_equal(sip_caller_status(&caller, &what, text, sizeof(text)), 200);
	assert_int_equal(arrivals(), 0);
	what.contact_extra = ";+u.sip!model.ccm.cisco.com=\"622\";cisco-keep-alive";
	assert_int_equal(sip_caller_status(&caller, &what, text, sizeof(text)), 200);
	assert_int_equal(arrivals(), 0);
	what.expires = 3600;
	assert_int_equal(sip_caller_status(&caller, &what, text, sizeof(text)), 200);
	assert_int_equal(arrivals(), 1);
	sip_caller_close(&caller);
}

/* The administrator has given the device another line: it still ends the binding of the old one. */
static void test_farewell_of_an_old_line(void **state)
{
	struct sip_register farewell = {.device = ONE, .number = "2001", .expires = 0};
	struct cucm_registration page;
	struct sip_caller caller;
	struct cucm_device *device;
	struct cucm_line line;
	char text[8192];

	(void)state;
	servers_start(&servers, NODE);
	sip_caller_open(&caller, "10.20.0.11");
	assert_int_equal(sip_caller_status(&caller, &initial, text, sizeof(text)), 200);
	device = servers.sample->device;
	line = device->lines[0];
	line.number = "2901";
	device->lines = &line;
	assert_int_equal(
	    cucm_write_device_database(&servers.sample->plan, "/run/phonelab", device, &servers.fail), 0);
	assert_int_equal(sip_caller_status(&caller, &farewell, text, sizeof(text)), 200);
	assert_false(registration(ONE, &page));
	/* Without a binding the number is not the device's. */
	assert_int_equal(sip_caller_status(&caller, &farewell, text, sizeof(text)), 403);
	device->lines = servers.sample->line;
	assert_int_equal(
	    cucm_write_device_database(&servers.sample->plan, "/run/phonelab", device, &servers.fail), 0);
	sip_caller_close(&caller);
}

/* The bindings of an address of record, by Kamailio's own tool. */
static unsigned bound(const char *number)
{
	char command[256], line[400];
	unsigned bindings = 0;
	FILE *dump;

	snprintf(command, sizeof(command),
		 "kamcmd -s unixs:/run/phonelab/cucm/" NODE "/ctl ul.lookup location s:%s 2>&1", number);
	dump = popen(command, "re");
	assert_non_null(dump);
	while (fgets(line, sizeof(line), dump))
		bindings += strstr(line, "Address: ") != NULL;
	pclose(dump);
	return bindings;
}

static const struct sip_register bulk = {
    .device = ONE,
    .number = "2001",
    .expires = 3600,
    .body = "--uniqueBoundary\r\nContent-Type: application/x-cisco-remotecc-request+xml\r\n\r\n"
	    "<x-cisco-remotecc-request><bulkregisterreq><contact all=\"true\"><register/></contact>"
	    "</bulkregisterreq></x-cisco-remotecc-request>\r\n--uniqueBoundary--\r\n",
};

/* The first REGISTER asks for all lines of the device: later ones and the end concern the same lines. */
static void test_one_register_binds_every_line(void **state)
{
	static const char *const numbers[] = {"2001", "3001", "a.b"};
	struct cucm_line lines[3];
	struct sip_register refresh = {.device = ONE, .number = "2001", .expires = 3600}, plain_one = initial;
	struct sip_caller caller;
	struct cucm_registration page;
	struct fail fail = {0};
	char text[8192];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		lines[i] = servers.sample->line[0];
		lines[i].number = numbers[i];
	}
	servers.sample->device[0].lines = lines;
	servers.sample->device[0].line_count = 3;
	servers_start(&servers, NODE);
	for (unsigned how = 0; how < 3; how++) {
		sip_caller_open(&caller, "10.20.0.11");
		assert_int_equal(sip_caller_status(&caller, &bulk, text, sizeof(text)), 200);
		assert_non_null(strstr(text, "<code>200</code>"));
		assert_int_equal(sip_caller_status(&caller, &refresh, text, sizeof(text)), 200);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(bound(numbers[i]), 1);
		assert_int_equal(bound("2002"), 0); /* another device's */
		assert_true(registration(ONE, &page));
		assert_string_equal(page.lines, "2001,3001,a.b");
		servers_printed(NODE ".log", "[AssociatedDNs=2001,3001,a.b]", 5);
		refresh.expires = 0;
		if (how == 0)
			assert_int_equal(sip_caller_status(&caller, &refresh, text, sizeof(text)), 200);
		else if (how == 1)
			assert_int_equal(cucm_forget(RPC, ONE, 5000, &fail), 0);
		sip_caller_close(&caller);
		refresh.expires = 3600;
		for (unsigned wait = 0; how == 2 && wait < 100 && registration(ONE, &page); wait++)
			usleep(100000);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(bound(numbers[i]), 0);
		assert_false(registration(ONE, &page));
	}
	/* A device that does not ask for the others: its own line only, and the former bindings end. */
	sip_caller_open(&caller, "10.20.0.11");
	assert_int_equal(sip_caller_status(&caller, &bulk, text, sizeof(text)), 200);
	plain_one.number = "3001";
	plain_one.call_id = "new";
	assert_int_equal(sip_caller_status(&caller, &plain_one, text, sizeof(text)), 200);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(bound(numbers[i]), i == 1);
	sip_caller_close(&caller);
}

/* A phone that came back on another connection has one binding, not two. */
static void test_one_binding_a_device(void **state)
{
	struct sip_caller first, second;
	struct cucm_registration page;
	struct sip_register what = initial;
	char text[8192];

	(void)state;
	servers_start(&servers, NODE);
	sip_caller_open(&first, "10.20.0.11");
	assert_int_equal(sip_caller_status(&first, &initial, text, sizeof(text)), 200);
	sip_caller_open(&second, "10.20.0.11");
	what.call_id = "another";
	assert_int_equal(sip_caller_status(&second, &what, text, sizeof(text)), 200);
	assert_non_null(strstr(text, "x-cisco-newreg"));
	assert_null(strstr(strstr(text, "\r\nContact:") + 2, "\r\nContact:"));
	assert_true(registration(ONE, &page));
	assert_int_equal(page.port, second.port);

	/* Its first connection ends: that is not its end. */
	sip_caller_close(&first);
	assert_int_equal(sip_caller_status(&second, &what, text, sizeof(text)), 200);
	assert_true(registration(ONE, &page));
	sip_caller_close(&second);
}

static void test_expiry_and_lost_connection(void **state)
{
	struct sip_caller caller, other;
	struct cucm_registration page;
	struct sip_register what = initial;
	char text[8192];

	(void)state;
	servers.sample->plan.expires_max_s = 3;
	servers_start(&servers, NODE);
	sip_caller_open(&caller, "10.20.0.11");
	sip_caller_open(&other, "10.20.0.11");
	assert_int_equal(sip_caller_status(&caller, &initial, text, sizeof(text)), 200);
	assert_non_null(strstr(text, "\r\nExpires: 3\r\n"));
	what.device = TWO;
	what.number = "2002";
	assert_int_equal(sip_caller_status(&other, &what, text, sizeof(text)), 200);
	sip_caller_close(&other);
	servers_printed(NODE ".log",
			"EndPointUnregistered: %[DeviceName=" TWO "][IPAddress=10.20.0.99]"
			"[Protocol=SIP][Reason=6]",
			10);
	servers_printed(NODE ".log",
			"EndPointUnregistered: %[DeviceName=" ONE "][IPAddress=10.20.0.99]"
			"[Protocol=SIP][Reason=13]",
			10);
	assert_false(registration(ONE, &page));
	assert_false(registration(TWO, &page));
	sip_caller_close(&caller);
}

static void test_interval_too_brief(void **state)
{
	struct sip_caller caller;
	struct sip_register what = initial;
	char text[8192];

	(void)state;
	servers.sample->plan.expires_min_s = 60;
	servers_start(&servers, NODE);
	sip_caller_open(&caller, "10.20.0.11");
	what.expires = 30;
	assert_int_equal(sip_caller_status(&caller, &what, text, sizeof(text)), 423);
	assert_non_null(strstr(text, "\r\nMin-Expires: 60\r\n"));
	what.expires = 60;
	assert_int_equal(sip_caller_status(&caller, &what, text, sizeof(text)), 200);
	assert_non_null(strstr(text, "\r\nExpires: 60\r\n"));
	sip_caller_close(&caller);
}

static void test_orders(void **state)
{
	struct sip_caller caller;
	struct sip_register other = initial;
	struct fail fail = {0};
	char text[8192];

	(void)state;
	servers_start(&servers, NODE);
	sip_caller_open(&caller, "10.20.0.11");
	assert_int_equal(cucm_refuse(RPC, ONE, 503, 7, "Service Unavailable", 5000, &fail), 0);
	assert_int_equal(sip_caller_status(&caller, &initial, text, sizeof(text)), 503);
	assert_non_null(strstr(text, "SIP/2.0 503 Service Unavailable\r\n"));
	assert_non_null(strstr(text, "\r\nRetry-After: 7\r\n"));
	other.device = TWO;
	other.number = "2002";
	assert_int_equal(sip_caller_status(&caller, &other, text, sizeof(text)), 200);
	assert_int_equal(cucm_accept(RPC, ONE, 5000, &fail), 0);
	assert_int_equal(sip_caller_status(&caller, &initial, text, sizeof(text)), 200);
	assert_int_equal(cucm_refuse(RPC, "all", 1, 0, "", 5000, &fail), 0);
	assert_int_equal(sip_caller_status(&caller, &initial, text, sizeof(text)), 0);
	assert_int_equal(cucm_refuse(RPC, "all", 200, 0, "OK", 5000, &fail), -EINVAL);
	sip_caller_close(&caller);
}

static void test_service_control(void **state)
{
	struct sip_caller caller;
	struct fail fail = {0};
	char text[8192];

	(void)state;
	servers_start(&servers, NODE);
	sip_caller_open(&caller, "10.20.0.11");
	assert_int_equal(cucm_service_control(RPC, ONE, "reset", NULL, 5000, &fail), -ENOENT);
	assert_int_equal(sip_caller_status(&caller, &initial, text, sizeof(text)), 200);
	assert_int_equal(cucm_service_control(RPC, ONE, "dance", NULL, 5000, &fail), -EINVAL);
	if (cucm_service_control(RPC, ONE, "reset", NULL, 5000, &fail))
		fail_msg("%s", fail.text);
	assert_true(sip_caller_receive(&caller, text, sizeof(text), 5000));
	assert_memory_equal(text, "NOTIFY sip:guid-" ONE "@10.20.0.99", 30);
	assert_non_null(strstr(text, "\r\nEvent: service-control\r\n"));
	assert_non_null(strstr(text, "\r\nSubscription-State: active\r\n"));
	assert_non_null(strstr(text, "\r\n\r\naction=reset\r\nRegisterCallId={call-" ONE "}\r\n"));
	assert_int_equal(cucm_forget(RPC, ONE, 5000, &fail), 0);
	assert_int_equal(cucm_service_control(RPC, ONE, "reset", NULL, 5000, &fail), -ENOENT);
	assert_int_equal(sip_caller_status(&caller, &initial, text, sizeof(text)), 200);
	assert_non_null(strstr(text, "x-cisco-newreg"));
	sip_caller_close(&caller);
}

static void test_refer(void **state)
{
	static const char alarm[] =
	    "REFER sip:10.20.0.11 SIP/2.0\r\n"
	    "Via: SIP/2.0/TCP 10.20.0.99:5061;branch=z9hG4bKrefer1\r\n"
	    "From: <sip:2001@10.20.0.11>;tag=a\r\nTo: <sip:10.20.0.11>\r\nCall-ID: refer\r\n"
	    "CSeq: 1000 REFER\r\nMax-Forwards: 70\r\nRefer-To: cid:1@10.20.0.99\r\n"
	    "Require: norefersub\r\nContact: <sip:guid@10.20.0.99:5061;transport=tcp>\r\n"
	    "Content-Type: application/x-cisco-alarm+xml\r\nContent-Length: 27\r\n\r\n"
	    "<x-cisco-alarm>\r\n  LastTime";
	static const char token[] =
	    "REFER sip:10.20.0.11 SIP/2.0\r\n"
	    "Via: SIP/2.0/TCP 10.20.0.99:5061;branch=z9hG4bKrefer2\r\n"
	    "From: <sip:2001@10.20.0.11>;tag=a\r\nTo: <sip:10.20.0.11>\r\nCall-ID: refer\r\n"
	    "CSeq: 1001 REFER\r\nMax-Forwards: 70\r\n"
	    "Refer-To: <urn:X-cisco-remotecc:token-registration>\r\n"
	    "Contact: <sip:guid@10.20.0.99:5061;transport=tcp>\r\nContent-Length: 0\r\n\r\n";
	struct sip_caller caller;
	char text[8192];

	(void)state;
	servers_start(&servers, NODE);
	sip_caller_open(&caller, "10.20.0.11");
	sip_caller_send(&caller, alarm);
	assert_true(sip_caller_receive(&caller, text, sizeof(text), 5000));
	assert_memory_equal(text, "SIP/2.0 202 ", 12);
	servers_printed(NODE ".log", "alarm from 2001 at 10.20.0.99: <x-cisco-alarm> LastTime", 5);
	sip_caller_send(&caller, token);
	assert_true(sip_caller_receive(&caller, text, sizeof(text), 5000));
	assert_memory_equal(text, "SIP/2.0 202 ", 12);
	sip_caller_close(&caller);
}

static void test_node_that_is_down(void **state)
{
	struct cucm_registration *list;
	struct fail fail = {0};
	size_t count;

	(void)state;
	servers_start(&servers, NODE);
	servers_stop(&servers, NODE);
	assert_int_equal(cucm_registrations(RPC, &list, &count, 2000, &fail), -ENOENT);
	assert_non_null(strstr(fail.text, "not running"));
	/* And it comes back over what it left. */
	servers_start(&servers, NODE);
	assert_int_equal(cucm_registrations(RPC, &list, &count, 5000, &fail), 0);
	assert_int_equal(count, 0);
	assert_null(list);
}

#define HEADERS(contact)                                                                                     \
	"      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"                           \
	"      From: <sip:2003@[remote_ip]>;tag=[pid][call_number]\n"                                        \
	"      To: <sip:2003@[remote_ip]>\n      Call-ID: [call_id]\n      Max-Forwards: 70\n"               \
	"      Contact: <sip:stranger@[local_ip]:[local_port];transport=[transport]>" contact "\n"           \
	"      Expires: 3600\n      Content-Length: 0\n"
#define STRANGER_HEADERS HEADERS(";+u.sip!devicename.ccm.cisco.com=\"SEP001122AABB03\"")
/* A softphone, which knows nothing of device names. */
#define SOFTPHONE_HEADERS HEADERS("")

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* sipp -t transport with a scenario: its exit status. */
static int stranger(const char *transport, const char *scenario, const char *user, const char *password)
{
	const char *argv[] = {"sipp",
			      "-sf",
			      "/tmp/stranger.xml",
			      "-t",
			      transport,
			      "-i",
			      "10.20.0.99",
			      "-m",
			      "1",
			      "-au",
			      user,
			      "-ap",
			      password,
			      "-timeout",
			      "10",
			      "-timeout_error",
			      "-nostdin",
			      "10.20.0.11:5060",
			      NULL};
	char text[8192];
	int status;

	write_file("/tmp/stranger.xml", scenario);
	status = sandbox_command(-1, 20000, text, sizeof(text), argv);
	if (status)
		print_message("sipp -t %s: status %d\n", transport, status);
	return status;
}

static const char plain[] =
    "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"register\">\n  <send "
    "retrans=\"500\"><![CDATA[\n"
    "      REGISTER sip:[remote_ip] SIP/2.0\n" STRANGER_HEADERS "      CSeq: 1 REGISTER\n\n    ]]></send>\n"
    "  <recv response=\"100\" optional=\"true\"></recv>\n  <recv response=\"200\"></recv>\n</scenario>\n";

#define DIGEST_SCENARIO(headers)                                                                             \
	"<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"digest\">\n"                     \
	"  <send retrans=\"500\"><![CDATA[\n"                                                                \
	"      REGISTER sip:[remote_ip] SIP/2.0\n" headers "      CSeq: 1 REGISTER\n\n    ]]></send>\n"      \
	"  <recv response=\"100\" optional=\"true\"></recv>\n"                                               \
	"  <recv response=\"401\" auth=\"true\"></recv>\n  <send retrans=\"500\"><![CDATA[\n"                \
	"      REGISTER sip:[remote_ip] SIP/2.0\n" headers                                                   \
	"      CSeq: 2 REGISTER\n      [authentication]\n\n    ]]></send>\n"                                 \
	"  <recv response=\"100\" optional=\"true\"></recv>\n  <recv "                                       \
	"response=\"200\"></recv>\n</scenario>\n"
static const char digest[] = DIGEST_SCENARIO(STRANGER_HEADERS);
static const char softphone[] = DIGEST_SCENARIO(SOFTPHONE_HEADERS);

static void test_strangers(void **state)
{
	struct cucm_registration page;
	struct fail fail = {0};

	(void)state;
	servers_start(&servers, NODE);
	assert_int_equal(stranger("u1", plain, "x", "x"), 0);
	assert_true(registration("SEP001122AABB03", &page));
	assert_string_equal(page.transport, "udp");
	assert_string_equal(page.number, "2003");
	assert_int_equal(cucm_forget(RPC, "SEP001122AABB03", 5000, &fail), 0);
	assert_false(registration("SEP001122AABB03", &page));
	assert_int_equal(stranger("t1", plain, "x", "x"), 0);
	servers_printed(NODE ".log", "EndPointRegistered: %[DeviceName=SEP001122AABB03]", 5);
}

static void test_digest(void **state)
{
	struct cucm_registration page;
	struct sip_caller caller;
	struct cucm_line lines[2];
	struct fail fail = {0};
	char text[8192];

	(void)state;
	servers.sample->plan.digest = true;
	lines[0] = lines[1] = servers.sample->line[2];
	lines[1].number = "3003";
	lines[1].auth_name = "further";
	servers.sample->device[2].lines = lines;
	servers.sample->device[2].line_count = 2;
	servers_start(&servers, NODE);
	sip_caller_open(&caller, "10.20.0.11");
	assert_int_equal(sip_caller_status(&caller, &initial, text, sizeof(text)), 401);
	assert_non_null(strstr(text, "\r\nWWW-Authenticate: Digest realm=\"ccmsipline\", nonce=\""));
	sip_caller_close(&caller);
	assert_int_not_equal(stranger("u1", digest, "SEP001122AABB03", "wrong"), 0);
	servers_printed(NODE ".log", "digest credentials of SEP001122AABB03 are wrong", 5);
	assert_false(registration("SEP001122AABB03", &page));
	/* Right credentials, but another device's. */
	assert_int_not_equal(stranger("u1", digest, TWO, "s3cret"), 0);
	servers_printed(NODE ".log", "user " TWO " does not belong to device SEP001122AABB03", 5);
	assert_false(registration("SEP001122AABB03", &page));
	/* The credential of a further line: a device has one, that of its primary line. */
	assert_int_not_equal(stranger("u1", digest, "further", "s3cret"), 0);
	servers_printed(NODE ".log", "the digest user of device SEP001122AABB03 is not further", 5);
	assert_false(registration("SEP001122AABB03", &page));
	assert_int_equal(stranger("u1", digest, "SEP001122AABB03", "s3cret"), 0);
	assert_true(registration("SEP001122AABB03", &page));
	/* Its digest user says which device a softphone is. */
	assert_int_equal(cucm_forget(RPC, "SEP001122AABB03", 5000, &fail), 0);
	assert_int_not_equal(stranger("u1", softphone, "SEP001122AABB03", "wrong"), 0);
	assert_false(registration("SEP001122AABB03", &page));
	assert_int_equal(stranger("t1", softphone, "SEP001122AABB03", "s3cret"), 0);
	assert_true(registration("SEP001122AABB03", &page));
}

/* PSS of a process group, in KiB: what the node really takes. */
static long node_memory(pid_t main_process)
{
	char command[512], line[64] = "";
	FILE *pipe;

	snprintf(command, sizeof(command),
		 "for p in %d $(cat /proc/%d/task/*/children); do cat /proc/$p/smaps_rollup; done | "
		 "awk '/^Pss:/ {s += $2} END {print s}'",
		 main_process, main_process);
	pipe = popen(command, "re");
	assert_non_null(pipe);
	assert_non_null(fgets(line, sizeof(line), pipe));
	pclose(pipe);
	return atol(line);
}

static void test_a_thousand(void **state)
{
	const size_t devices = 1000;
	struct sip_caller *caller = calloc(devices, sizeof(*caller));
	struct rlimit files;
	struct cucm_registration *list;
	struct fail fail = {0};
	uint64_t start;
	size_t count;
	char text[8192];
	long before;

	(void)state;
	assert_non_null(caller);
	/* The node raises its own limit, as far as it may. */
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	servers_end(&servers);
	servers_begin(&servers, devices);
	servers.sample->plan.load_count = 0;
	start = clock_now_us();
	assert_int_equal(cucm_render(&servers.sample->plan, "/run/phonelab", &fail), 0);
	print_message("[   FACT   ] rendering %zu devices: %.0f ms\n", devices,
		      (double)(clock_now_us() - start) / 1000);
	print_message("[   FACT   ] ready after %.0f ms\n", servers_start(&servers, NODE));
	before = node_memory(servers_child(&servers, NODE)->pid);
	start = clock_now_us();
	for (size_t i = 0; i < devices; i++) {
		char name[DEVICE_TEXT];
		struct sip_register what = {.device = name,
					    .number = servers.sample->number[i],
					    .expires = 3600,
					    .headers = initial.headers,
					    .body = initial.body};

		mac_format_device(&servers.sample->device[i].mac, name);
		sip_caller_open(&caller[i], "10.20.0.11");
		assert_int_equal(sip_caller_status(&caller[i], &what, text, sizeof(text)), 200);
	}
	print_message("[   FACT   ] %zu registrations one after the other: %.0f ms\n", devices,
		      (double)(clock_now_us() - start) / 1000);
	start = clock_now_us();
	if (cucm_registrations(RPC, &list, &count, 10000, &fail))
		fail_msg("%s", fail.text);
	print_message("[   FACT   ] their list: %.0f ms; memory %ld KiB before, %ld KiB after\n",
		      (double)(clock_now_us() - start) / 1000, before,
		      node_memory(servers_child(&servers, NODE)->pid));
	assert_int_equal(count, devices);
	for (size_t i = 1; i < count; i++)
		assert_true(strcmp(list[i - 1].device, list[i].device) < 0);
	free(list);
	for (size_t i = 0; i < devices; i++)
		sip_caller_close(&caller[i]);
	free(caller);
}

static int tests(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest all[] = {
	    TEST(test_register),
	    TEST(test_unprovisioned),
	    TEST(test_keepalive_leaves_the_binding),
	    TEST(test_query),
	    TEST(test_unregister),
	    TEST(test_losses),
	    TEST(test_arrival),
	    TEST(test_farewell_of_an_old_line),
	    TEST(test_one_binding_a_device),
	    TEST(test_one_register_binds_every_line),
	    TEST(test_expiry_and_lost_connection),
	    TEST(test_interval_too_brief),
	    TEST(test_orders),
	    TEST(test_service_control),
	    TEST(test_refer),
	    TEST(test_node_that_is_down),
	    TEST(test_strangers),
	    TEST(test_digest),
	    TEST(test_a_thousand),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}

int main(void)
{
	return sandbox_run(tests, 180);
}

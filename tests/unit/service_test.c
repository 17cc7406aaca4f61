/* The web services of the publisher: requests as clients write them, and the replies, faults and limits of CUCM. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/soap_bench.h"

#define CRITERIA(most, by, items)                                                                            \
	"<soap:MaxReturnedDevices>" most                                                                     \
	"</soap:MaxReturnedDevices><soap:DeviceClass>Phone</soap:DeviceClass>"                               \
	"<soap:Model>255</soap:Model><soap:Status>Any</soap:Status><soap:NodeName/><soap:SelectBy>" by       \
	"</soap:SelectBy><soap:SelectItems>" items "</soap:SelectItems><soap:Protocol>Any</soap:Protocol>"   \
	"<soap:DownloadStatus>Any</soap:DownloadStatus>"
#define ITEM(name) "<soap:item><soap:Item>" name "</soap:Item></soap:item>"

static void expect(const struct soap_bench *bench, const char *name, size_t n, const char *value)
{
	const char *found = soap_bench_value(bench, name, n);

	if (!found || strcmp(found, value))
		fail_msg("%s[%zu] is \"%s\", not \"%s\" in: %.2000s", name, n, found ? found : "(missing)",
			 value, bench->reply);
}

static void expect_fault(const struct soap_bench *bench, const char *code, const char *part)
{
	assert_int_equal(bench->status, 500);
	expect(bench, "faultcode", 0, code);
	if (!strstr(soap_bench_value(bench, "faultstring", 0), part))
		fail_msg("the fault is \"%s\", without \"%s\"", soap_bench_value(bench, "faultstring", 0),
			 part);
}

/* --- HTTP and SOAP --- */

static void get(struct soap_bench *bench, const char *path, const char *query, const char *login)
{
	soap_bench_send(bench, &(struct service_request){.path = path,
							 .query = query,
							 .authorization = login,
							 .address = "https://10.20.0.11:8443"});
}

static void a_login_is_required(void **state)
{
	static const char *const wrong[] = {NULL,
					    "",
					    "Basic",
					    "Basic ",
					    "Basic YXhsdXNlcjpwaG9uZWxhYg=",
					    "Basic YXhsdXNlcjpwaG9uZWxhYgAA",
					    "Basic YXhsdXNlcjpwaG9uZWxhYw==",
					    "Basic ====",
					    "Bearer YXhsdXNlcjpwaG9uZWxhYg=="};
	struct soap_bench bench;

	(void)state;
	soap_bench_begin(&bench, 1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		get(&bench, "/axl/", NULL, wrong[i]);
		assert_int_equal(bench.status, 401);
		assert_null(strstr(bench.reply, "soapenv"));
	}
	get(&bench, "/axl/", NULL, SOAP_BENCH_BASIC);
	assert_int_equal(bench.status, 200);
	assert_non_null(strstr(bench.reply, "Cisco CallManager: AXL Web Service"));
	get(&bench, "/axl", NULL, SOAP_BENCH_BASIC);
	assert_int_equal(bench.status, 200);
	get(&bench, "/axlx", NULL, SOAP_BENCH_BASIC);
	assert_int_equal(bench.status, 404);
	get(&bench, "/", NULL, SOAP_BENCH_BASIC);
	assert_int_equal(bench.status, 404);
	get(&bench, "/realtimeservice2/services/RISService70", "wsdl", SOAP_BENCH_BASIC);
	assert_int_equal(bench.status, 200);
	assert_int_equal(soap_bench_count(&bench, "service"), 1);
	assert_non_null(
	    strstr(bench.reply, "\"https://10.20.0.11:8443/realtimeservice2/services/RISService70\""));
	soap_bench_end(&bench);
}

static void what_is_no_soap_is_a_fault(void **state)
{
	static const char *const bad[][2] = {
	    {"", "empty"},
	    {"hello", "line 1"},
	    {"<a>", "line 1"},
	    {"<a/>", "Envelope"},
	    {"<Envelope/>", "no Body"},
	    {"<Envelope><Body> </Body></Envelope>", "Body is empty"},
	    {"<Envelope><Body><a/><b/></Body></Envelope>", "more than one"},
	    {"<!DOCTYPE a [<!ENTITY x \"y\">]><Envelope><Body><a>&x;</a></Body></Envelope>", "document type"},
	    {"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><Envelope><Body><a/></Body></Envelope>",
	     "document type"},
	    {"<Envelope><Body><a>&x;</a></Body></Envelope>", "line 1"},
	};
	struct soap_bench bench;

	(void)state;
	soap_bench_begin(&bench, 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		soap_bench_send(&bench, &(struct service_request){.post = true,
								  .path = "/axl/",
								  .authorization = SOAP_BENCH_BASIC,
								  .address = "",
								  .body = bad[i][0],
								  .length = strlen(bad[i][0])});
		expect_fault(&bench, "soapenv:Client", bad[i][1]);
	}
	soap_bench_end(&bench);
}

/* --- AXL --- */

static void phones_are_read(void **state)
{
	struct soap_bench bench;

	(void)state;
	soap_bench_begin(&bench, 20);
	soap_bench_axl(&bench, "getPhone", "<name>SEP000000000003</name>");
	assert_int_equal(bench.status, 200);
	assert_non_null(
	    strstr(bench.reply, "<ns:getPhoneResponse xmlns:ns=\"http://www.cisco.com/AXL/API/15.0\">"));
	expect(&bench, "name", 0, "SEP000000000003");
	expect(&bench, "description", 0, "<desk>");
	expect(&bench, "product", 0, "Cisco 8851");
	expect(&bench, "pattern", 0, "10003");
	expect(&bench, "userLocale", 0, "French France");
	/* The same by its uuid, in braces as the reply had it; only the tags that are asked for. */
	{
		char inner[200], *uuid = strstr(bench.reply, "uuid=\"{") + 6;

		snprintf(inner, sizeof(inner), "<uuid>%.38s</uuid><returnedTags><model/></returnedTags>",
			 uuid);
		soap_bench_axl(&bench, "getPhone", inner);
	}
	expect(&bench, "model", 0, "Cisco 8851");
	assert_int_equal(soap_bench_count(&bench, "name"), 0);
	assert_int_equal(soap_bench_count(&bench, "lines"), 0);

	soap_bench_axl(&bench, "getPhone", "<name>SEP000000000099</name>");
	expect_fault(&bench, "soapenv:Server", "The specified SEP000000000099 was not found");
	expect(&bench, "axlcode", 0, "5007");
	expect(&bench, "request", 0, "getPhone");
	soap_bench_axl(&bench, "getPhone", "");
	expect(&bench, "axlcode", 0, "-1");

	soap_bench_axl(
	    &bench, "listPhone",
	    "<searchCriteria><name>sep%1</name></searchCriteria><returnedTags><name/></returnedTags>");
	assert_int_equal(soap_bench_count(&bench, "phone"), 2); /* ..01 and ..11 */
	soap_bench_axl(&bench, "listPhone",
		       "<searchCriteria><name>%</name></searchCriteria><returnedTags><name/></returnedTags>"
		       "<skip>15</skip><first>3</first>");
	assert_int_equal(soap_bench_count(&bench, "phone"), 3);
	expect(&bench, "name", 0, "SEP00000000000F");
	/* Beyond the end: an empty return, which ends the loop of a client. */
	soap_bench_axl(&bench, "listPhone", "<searchCriteria><name>%</name></searchCriteria><skip>20</skip>");
	assert_int_equal(bench.status, 200);
	expect(&bench, "return", 0, "");
	soap_bench_axl(&bench, "listPhone", "<searchCriteria><nam>%</nam></searchCriteria>");
	expect_fault(&bench, "soapenv:Server", "searchCriteria");
	soap_bench_axl(&bench, "listGateway", "");
	expect_fault(&bench, "soapenv:Server", "does not have this operation");
	soap_bench_end(&bench);
}

#define PHONE(extra)                                                                                         \
	"<phone><name>SEP0011223344FF</name><product>Cisco 8841</product><class>Phone</class>"               \
	"<protocol>SIP</protocol><protocolSide>User</protocolSide><devicePoolName>Default</devicePoolName>"  \
	"<commonPhoneConfigName/><locationName/><useTrustedRelayPoint/><phoneTemplateName/>"                 \
	"<builtInBridgeStatus/><packetCaptureMode/><certificateOperation/>" extra "</phone>"

static void change_is(const struct soap_bench *bench, const char *wanted)
{
	json_t *object = json_loads(wanted, 0, NULL);

	assert_non_null(object);
	if (!json_equal(object, bench->change)) {
		char *text = json_dumps(bench->change, JSON_COMPACT);

		fail_msg("the lab was asked for %s, not %s", text ? text : bench->reply, wanted);
	}
	json_decref(object);
}

static void phones_are_changed(void **state)
{
	struct soap_bench bench;

	(void)state;
	soap_bench_begin(&bench, 20);
	soap_bench_axl(
	    &bench, "addPhone",
	    PHONE("<deviceMobilityMode/><description>Lobby</description><lines><line><index>2</index><dirn>"
		  "<pattern>3002</pattern></dirn></line><line><index>1</index><label>L</label><dirn>"
		  "<pattern>3001</pattern><routePartitionName/></dirn></line></lines>"));
	assert_int_equal(bench.status, 200);
	change_is(
	    &bench,
	    "{\"do\":\"device\",\"action\":\"add\",\"phone\":\"SEP0011223344FF\",\"model\":\"8841\",\"set\":"
	    "{\"description\":\"Lobby\",\"label\":\"L\",\"line\":[\"3001\",\"3002\"]}}");
	assert_int_equal(strlen(soap_bench_value(&bench, "return", 0)), 38);
	soap_bench_axl(&bench, "addPhone", PHONE(""));
	expect_fault(&bench, "soapenv:Server", "deviceMobilityMode");
	soap_bench_axl(&bench, "addPhone", PHONE("<deviceMobilityMode/><descripton>x</descripton>"));
	expect_fault(&bench, "soapenv:Server", "unknown element descripton");
	bench.lab_err = -EEXIST;
	soap_bench_axl(&bench, "addPhone", PHONE("<deviceMobilityMode/>"));
	expect(&bench, "axlcode", 0, "-239");
	bench.lab_err = 0;

	soap_bench_axl(&bench, "updatePhone",
		       "<name>SEP000000000001</name><userLocale>German Germany</userLocale>"
		       "<softkeyTemplateName/><addLines><line><dirn><pattern>4001</pattern></dirn></line>"
		       "</addLines>");
	change_is(&bench,
		  "{\"do\":\"device\",\"action\":\"set\",\"phone\":\"SEP000000000001\",\"set\":{\"locale\":"
		  "\"german\",\"softkeys\":false,\"line\":[\"10001\",\"4001\"]}}");
	soap_bench_axl(&bench, "updatePhone",
		       "<name>SEP000000000001</name><removeLines><line><dirn><pattern>10001</pattern></dirn>"
		       "</line></removeLines>");
	expect_fault(&bench, "soapenv:Server", "at least one line");
	soap_bench_axl(&bench, "updatePhone",
		       "<name>SEP000000000001</name><devicePoolName>Berlin</devicePoolName>");
	expect(&bench, "axlcode", 0, "5007");
	soap_bench_axl(&bench, "removePhone", "<name>SEP000000000001</name>");
	change_is(&bench,
		  "{\"do\":\"device\",\"action\":\"remove\",\"phone\":\"SEP000000000001\",\"set\":{}}");
	soap_bench_axl(&bench, "doDeviceReset",
		       "<deviceName>SEP000000000001</deviceName><isHardReset>false</isHardReset>");
	change_is(&bench,
		  "{\"do\":\"device\",\"action\":\"restart\",\"phone\":\"SEP000000000001\",\"set\":{}}");
	expect(&bench, "return", 0, "true");

	soap_bench_axl(&bench, "addLine", "<line><pattern>5001</pattern><description>d</description></line>");
	change_is(&bench,
		  "{\"do\":\"device\",\"action\":\"add-number\",\"number\":\"5001\",\"description\":\"d\"}");
	soap_bench_axl(&bench, "addLine", "<line><pattern>10001</pattern></line>");
	expect(&bench, "axlcode", 0, "-239");
	soap_bench_axl(&bench, "getLine", "<pattern>10001</pattern>");
	expect(&bench, "device", 0, "SEP000000000001");
	soap_bench_end(&bench);
}

static void queries_become_sqlite(void **state)
{
	json_t *rows = json_pack("[{s:s,s:n}]", "Name (x)", "a<b", "2b");
	struct soap_bench bench;

	(void)state;
	soap_bench_begin(&bench, 1);
	bench.rows = rows;
	soap_bench_axl(&bench, "executeSQLQuery", "<sql> SELECT skip 4 first 2 name from device </sql>");
	assert_string_equal(bench.sql, "select  name from device limit 2 offset 4");
	expect(&bench, "name__x_", 0, "a<b");
	expect(&bench, "_b", 0, "");
	soap_bench_axl(&bench, "executeSQLQuery", "<sql>select first_name from x</sql>");
	assert_string_equal(bench.sql, "select  first_name from x");
	soap_bench_axl(&bench, "executeSQLQuery", "<sql>delete from device</sql>");
	assert_null(bench.sql);
	bench.rows = NULL;
	soap_bench_axl(&bench, "executeSQLQuery", "<sql>select 1 from nothing</sql>");
	expect_fault(&bench, "soapenv:Server", "no such table");
	json_decref(rows);
	soap_bench_end(&bench);
}

/* --- RIS --- */

static void devices_are_selected(void **state)
{
	struct soap_bench bench;

	(void)state;
	soap_bench_begin(&bench, 20);
	/* The history of a device: registered at the publisher, lost by the subscriber before. */
	soap_bench_ris(&bench, "selectCmDevice", "", CRITERIA("1000", "Name", ITEM("SEP000000000004")));
	expect(&bench, "TotalDevicesFound", 0, "2");
	expect(&bench, "ReturnCode", 0, "Ok");
	expect(&bench, "ReturnCode", 1, "Ok");
	expect(&bench, "DirNumber", 0, "10004-Registered");
	expect(&bench, "StatusReason", 0, "0");
	expect(&bench, "IP", 0, "10.1.0.4");
	expect(&bench, "DownloadStatus", 0, "Successful");
	expect(&bench, "DirNumber", 1, "10004-UnRegistered");
	expect(&bench, "StatusReason", 1, "6");
	/* Ext has only where it is now. The reply has the name of the other operation. */
	soap_bench_ris(&bench, "selectCmDeviceExt", "",
		       CRITERIA("1000", "Name", ITEM("SEP000000000004") ITEM("SEP000000000005")));
	assert_int_equal(soap_bench_count(&bench, "selectCmDeviceResponse"), 1);
	expect(&bench, "TotalDevicesFound", 0, "2");
	expect(&bench, "ReturnCode", 1, "NotFound");
	expect(&bench, "Name", 2, "SEP000000000005"); /* Name 0 is the node's */
	expect(&bench, "StatusReason", 1, "10");
	expect(&bench, "StateInfo", 0, "");
	soap_bench_ris(&bench, "selectCmDeviceExt", "", CRITERIA("1000", "Name", ITEM("SEP*")));
	expect(&bench, "TotalDevicesFound", 0, "0");

	soap_bench_ris(&bench, "selectCmDevice", "", CRITERIA("1000", "DirNumber", ITEM("1000?")));
	expect(&bench, "TotalDevicesFound", 0, "20"); /* ten of each node */
	soap_bench_ris(&bench, "selectCmDevice", "", CRITERIA("1000", "IPV4Address", ITEM("10.1.0.6")));
	expect(&bench, "TotalDevicesFound", 0, "1");
	soap_bench_ris(&bench, "selectCmDevice", "", "<Status>Rejected</Status>");
	expect(&bench, "TotalDevicesFound", 0, "2"); /* 5 and 15 */
	soap_bench_ris(&bench, "selectCmDevice", "", "<Model>684</Model><NodeName>cucm-pub</NodeName>");
	expect(&bench, "TotalDevicesFound", 0, "7");
	soap_bench_ris(&bench, "selectCmDevice", "", "<NodeName>cucm-x</NodeName>");
	expect(&bench, "ReturnCode", 0, "InvalidNodeName");
	soap_bench_ris(&bench, "selectCmDevice", "", "<DeviceClass>Gateway</DeviceClass>");
	expect(&bench, "TotalDevicesFound", 0, "0");
	soap_bench_ris(&bench, "selectCmDevice", "", "<SelectBy>Color</SelectBy>");
	expect_fault(&bench, "soapenv:Client", "SelectBy");
	soap_bench_end(&bench);
}

/* A page of a client of 10,000 devices: it hands back the StateInfo until that is empty. */
static void ten_thousand_devices_come_in_pages(void **state)
{
	char *seen = calloc(10010, 1), *info = strdup("");
	struct soap_bench bench;
	size_t pages = 0, devices = 0;

	(void)state;
	soap_bench_begin(&bench, 10000);
	do {
		const char *at;

		soap_bench_ris(&bench, "selectCmDevice", info, CRITERIA("5000", "Name", ITEM("*")));
		assert_int_equal(bench.status, 200);
		expect(&bench, "TotalDevicesFound", 0, "10010");
		for (at = bench.reply; (at = strstr(at, "<Name>SEP")); at++, devices++)
			seen[strtoul(at + 9, NULL, 16)]++;
		free(info);
		info = strdup(soap_bench_value(&bench, "StateInfo", 0));
		for (char *c = info; *c; c++) /* the client escapes it again */
			if (*c == '<')
				*c = '[';
		pages++;
	} while (*info && pages < 20);
	assert_int_equal(pages, 11); /* at most 1,000 in one reply */
	assert_int_equal(devices, 10010);
	for (size_t i = 0; i < 10000; i++)
		assert_int_equal(seen[i], i < 10 ? 2 : 1);
	free(info);
	free(seen);

	/* AXL has no pages of its own: more than 8 MiB are refused, with a number that fits. */
	soap_bench_axl(&bench, "listPhone", "<searchCriteria><name>%</name></searchCriteria>");
	expect_fault(&bench, "soapenv:Server", "Query request too large. Total rows matched: 10000 rows.");
	{
		const char *less = strstr(bench.reply, "less than ");
		char inner[200];

		snprintf(inner, sizeof(inner),
			 "<searchCriteria><name>%%</name></searchCriteria><first>%lu</first>",
			 strtoul(less + 10, NULL, 10));
		soap_bench_axl(&bench, "listPhone", inner);
		assert_int_equal(bench.status, 200);
	}
	soap_bench_end(&bench);
}

static void too_many_items_are_refused(void **state)
{
	struct text items = {0};
	struct soap_bench bench;

	(void)state;
	soap_bench_begin(&bench, 3);
	text_add(&items, "<SelectItems>");
	for (int i = 0; i < 1000; i++)
		text_add(&items, "<item><Item>SEP%012d</Item></item>", i);
	text_add(&items, "</SelectItems>");
	soap_bench_ris(&bench, "selectCmDevice", "", items.bytes);
	expect(&bench, "TotalDevicesFound", 0, "6");
	items.length -= strlen("</SelectItems>");
	text_add(&items, "<item><Item>one</Item></item></SelectItems>");
	soap_bench_ris(&bench, "selectCmDevice", "", items.bytes);
	expect_fault(&bench, "soapenv:Client", "at most 1000");
	text_free(&items);
	soap_bench_end(&bench);
}

static void requests_are_limited(void **state)
{
	struct soap_bench bench;

	(void)state;
	soap_bench_begin(&bench, 1);
	for (int i = 0; i < 15; i++) {
		soap_bench_ris(&bench, "selectCmDevice", "", "<Model>255</Model>");
		assert_int_equal(bench.status, 200);
		bench.now_us += 1000000;
	}
	soap_bench_ris(&bench, "selectCmDevice", "", "<Model>255</Model>");
	expect_fault(&bench, "soapenv:Server", "Exceeded allowed rate for Reatime information");
	bench.now_us += 45000000; /* a minute after the first */
	soap_bench_ris(&bench, "selectCmDevice", "", "<Model>255</Model>");
	assert_int_equal(bench.status, 200);
	soap_bench_ris(&bench, "selectCmDevice", "", "<Model>255</Model>");
	assert_int_equal(bench.status, 500);
	/* Changes have a limit of their own; reading has none. */
	for (int i = 0; i < 1500; i++) {
		soap_bench_axl(&bench, "applyPhone", "<name>SEP000000000000</name>");
		assert_int_equal(bench.status, 200);
	}
	soap_bench_axl(&bench, "applyPhone", "<name>SEP000000000000</name>");
	assert_int_equal(bench.status, 503);
	assert_null(bench.change);
	soap_bench_axl(&bench, "getPhone", "<name>SEP000000000000</name>");
	assert_int_equal(bench.status, 200);
	soap_bench_end(&bench);
}

static void a_node_that_does_not_answer_is_named(void **state)
{
	struct soap_bench bench;

	(void)state;
	soap_bench_begin(&bench, 20);
	bench.states.node[1].err = -ETIMEDOUT;
	bench.states.node[1].lost_count = 0;
	soap_bench_ris(&bench, "selectCmDevice", "", "<NodeName/>");
	expect(&bench, "TotalDevicesFound", 0, "20");
	expect(&bench, "ReturnCode", 1, "NodeNotResponding");
	soap_bench_end(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_login_is_required),
	    cmocka_unit_test(what_is_no_soap_is_a_fault),
	    cmocka_unit_test(phones_are_read),
	    cmocka_unit_test(phones_are_changed),
	    cmocka_unit_test(queries_become_sqlite),
	    cmocka_unit_test(devices_are_selected),
	    cmocka_unit_test(ten_thousand_devices_come_in_pages),
	    cmocka_unit_test(too_many_items_are_refused),
	    cmocka_unit_test(requests_are_limited),
	    cmocka_unit_test(a_node_that_does_not_answer_is_named),
	};

	return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}

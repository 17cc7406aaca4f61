#include "tests/support/soap_bench.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN                                                                                                \
	"<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Header/>"    \
	"<soapenv:Body>"
#define END "</soapenv:Body></soapenv:Envelope>"

static void make_devices(struct soap_bench *bench, size_t devices)
{
	struct cucm_node_state *pub = &bench->states.node[0], *sub = &bench->states.node[1];

	bench->text = calloc(devices * 2 + 1, sizeof(*bench->text));
	bench->lines = calloc(devices + 1, sizeof(*bench->lines));
	bench->table.devices = calloc(devices + 1, sizeof(*bench->table.devices));
	bench->table.device_count = devices;
	pub->registered = calloc(devices + 1, sizeof(*pub->registered));
	pub->lost = calloc(devices + 1, sizeof(*pub->lost));
	sub->lost = calloc(devices + 1, sizeof(*sub->lost));
	for (size_t i = 0; i < devices; i++) {
		char *name = bench->text[2 * i], *number = bench->text[2 * i + 1];

		snprintf(name, 64, "SEP%012zX", i);
		snprintf(number, 64, "%zu", 10000 + i);
		bench->lines[i] = (struct table_line){number, number, "Desk"};
		bench->table.devices[i] =
		    (struct table_device){.name = name,
					  .description = "<desk>",
					  .load = "sip78xx.14-2-1-0001-125",
					  .product = i % 3 ? "Cisco 7841" : "Cisco 8851",
					  .user_locale = "French_France",
					  .softkey_template = "Standard User",
					  .digest_user = name,
					  .model = i % 3 ? 622 : 684,
					  .security = 1,
					  .lines = &bench->lines[i],
					  .line_count = 1};
		if (i % 2 == 0) {
			struct cucm_registration *one = &pub->registered[pub->registered_count++];

			snprintf(one->device, sizeof(one->device), "%.15s", name);
			snprintf(one->lines, sizeof(one->lines), "%.15s", number);
			snprintf(one->address, sizeof(one->address), "10.1.%zu.%zu", i / 250, i % 250);
			snprintf(one->download_status, sizeof(one->download_status), "Successful");
			one->registered_at = 2000;
		} else {
			struct cucm_loss *one = &pub->lost[pub->lost_count++];

			snprintf(one->device, sizeof(one->device), "%.15s", name);
			one->rejected = i % 5 == 0;
			one->cause = one->rejected ? 10 : 13;
			one->at = 1500;
		}
		if (i < 10) {
			struct cucm_loss *one = &sub->lost[sub->lost_count++];

			snprintf(one->device, sizeof(one->device), "%.15s", name);
			one->cause = 6;
			one->at = 1000;
		}
	}
}

void soap_bench_begin(struct soap_bench *bench, size_t devices)
{
	*bench = (struct soap_bench){.now_us = 1000000};
	service_init(&bench->service, "axluser", "phonelab", 15);
	bench->states.count = 2;
	bench->states.node[0].name = "cucm-pub";
	bench->states.node[1].name = "cucm-sub";
	make_devices(bench, devices);
}

static void forget(struct soap_bench *bench)
{
	free(bench->reply);
	free(bench->sql);
	json_decref(bench->change);
	bench->reply = bench->sql = NULL;
	bench->change = NULL;
}

void soap_bench_end(struct soap_bench *bench)
{
	forget(bench);
	cucm_states_free(&bench->states);
	free(bench->table.devices);
	free(bench->lines);
	free(bench->text);
	soap_bench_value(NULL, NULL, 0);
}

void soap_bench_send(struct soap_bench *bench, const struct service_request *request)
{
	struct service_call call;

	forget(bench);
	bench->next = service_begin(&call, &bench->service, request, bench->now_us);
	if (bench->next == SERVICE_TABLE || bench->next == SERVICE_STATES)
		bench->next =
		    service_run(&call, &bench->table, bench->next == SERVICE_STATES ? &bench->states : NULL,
				bench->now_us);
	if (bench->next == SERVICE_CHANGE) {
		bench->change = json_deep_copy(call.axl.change);
		service_changed(&call, bench->lab_err, "as the lab says");
	} else if (bench->next == SERVICE_QUERY) {
		bench->sql = strdup(call.axl.sql);
		service_rows(&call, bench->rows, "no such table");
	}
	bench->status = call.status;
	bench->reply = call.reply.failed ? NULL : strdup(call.reply.bytes ? call.reply.bytes : "");
	service_free(&call);
}

static void post(struct soap_bench *bench, const char *path, const char *body)
{
	soap_bench_send(bench, &(struct service_request){.post = true,
							 .path = path,
							 .authorization = SOAP_BENCH_BASIC,
							 .address = "https://10.20.0.11:8443",
							 .body = body,
							 .length = strlen(body)});
}

void soap_bench_axl(struct soap_bench *bench, const char *operation, const char *inner)
{
	char *body;

	if (asprintf(&body, BEGIN "<ns:%s xmlns:ns=\"http://www.cisco.com/AXL/API/15.0\">%s</ns:%s>" END,
		     operation, inner, operation) < 0)
		abort();
	post(bench, "/axl/", body);
	free(body);
}

void soap_bench_ris(struct soap_bench *bench, const char *operation, const char *state, const char *criteria)
{
	char *body;

	if (asprintf(&body,
		     BEGIN
		     "<soap:%s xmlns:soap=\"http://schemas.cisco.com/ast/soap\"><soap:StateInfo>%s"
		     "</soap:StateInfo><soap:CmSelectionCriteria>%s</soap:CmSelectionCriteria></soap:%s>" END,
		     operation, state, criteria, operation) < 0)
		abort();
	post(bench, "/realtimeservice2/services/RISService70", body);
	free(body);
}

static const xmlNode *find(const xmlNode *node, const char *name, size_t *n)
{
	for (; node; node = node->next) {
		const xmlNode *below;

		if (node->type == XML_ELEMENT_NODE && !strcmp((const char *)node->name, name) && !(*n)--)
			return node;
		below = find(node->children, name, n);
		if (below)
			return below;
	}
	return NULL;
}

const char *soap_bench_value(const struct soap_bench *bench, const char *name, size_t n)
{
	static xmlChar *value;
	xmlDoc *document = bench ? xmlReadMemory(bench->reply, (int)strlen(bench->reply), NULL, NULL,
						 XML_PARSE_NOERROR | XML_PARSE_NOWARNING)
				 : NULL;
	const xmlNode *found = document ? find(xmlDocGetRootElement(document), name, &n) : NULL;

	xmlFree(value);
	value = found ? xmlNodeGetContent((xmlNode *)found) : NULL;
	xmlFreeDoc(document);
	return (const char *)value;
}

size_t soap_bench_count(const struct soap_bench *bench, const char *name)
{
	xmlDoc *document = xmlReadMemory(bench->reply, (int)strlen(bench->reply), NULL, NULL,
					 XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	size_t n = SIZE_MAX;

	find(document ? xmlDocGetRootElement(document) : NULL, name, &n);
	xmlFreeDoc(document);
	return SIZE_MAX - n;
}

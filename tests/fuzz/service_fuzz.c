/* A request to the web services of the publisher: a line with the path, then the body. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cucm-service/core/service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOGIN "Basic YXhsdXNlcjpwaG9uZWxhYg=="

static struct table_line lines[] = {{"2001", "2001", "Desk"}, {"2002", "2002", "Desk"}};
static struct table_device devices[] = {{.name = "SEP001122AABB01",
					 .description = "a",
					 .load = "load",
					 .product = "Cisco 7841",
					 .user_locale = "French_France",
					 .softkey_template = "Standard User",
					 .digest_user = "u",
					 .certificate_operation = "Install/Upgrade",
					 .certificate_status = "Operation Pending",
					 .model = 622,
					 .security = 3,
					 .lines = lines,
					 .line_count = 1},
					{.name = "SEP001122AABB02",
					 .description = "b",
					 .load = "",
					 .product = "Cisco 8851",
					 .user_locale = "",
					 .softkey_template = "",
					 .digest_user = "",
					 .model = 684,
					 .security = 1,
					 .lines = lines + 1,
					 .line_count = 1}};
static struct table_number numbers[] = {{"3001", "spare"}};
static const struct table table = {devices, 2, numbers, 1};

static struct cucm_registration registered[] = {
    {.device = "SEP001122AABB01", .lines = "2001", .address = "10.0.0.1", .registered_at = 2}};
static struct cucm_loss lost[] = {{.device = "SEP001122AABB02", .cause = 13, .at = 1}};
static const struct cucm_states states = {
    .node = {{.name = "pub", .registered = registered, .registered_count = 1, .lost = lost, .lost_count = 1},
	     {.name = "sub", .err = -ENOENT}},
    .count = 2};

/* The answers of the lab and of the database depend on the request, so that each is seen. */
static void finish(struct service_call *call, enum service_next next, size_t size)
{
	static const int errors[] = {0, -ENOENT, -EEXIST, -EINVAL};
	json_t *rows = json_pack("[{s:s,s:n}]", "name", "value", "empty");

	if (next == SERVICE_CHANGE) {
		assert(json_is_string(json_object_get(call->axl.change, "action")));
		service_changed(call, errors[size % 4], "why");
	} else if (next == SERVICE_QUERY) {
		assert(!strncmp(call->axl.sql, "select", 6));
		service_rows(call, size % 2 ? rows : NULL, "why");
	}
	json_decref(rows);
}

/* A reply in SOAP is one that we can read. */
static void check(const struct service_call *call)
{
	struct soap soap;
	char why[200];

	assert(call->status && call->type && !call->reply.failed);
	if (!strstr(call->type, "xml") || !call->reply.length ||
	    strstr(call->reply.bytes, "wsdl:definitions"))
		return;
	assert(!soap_read(&soap, call->reply.bytes, call->reply.length, why));
	soap_free(&soap);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	char path[128] = "";
	static struct service service;
	struct service_call call;
	enum service_next next;

	if (!end || (size_t)(end - data) >= sizeof(path))
		return 0;
	memcpy(path, data, (size_t)(end - data));
	service_init(&service, "axluser", "phonelab", 15);
	next = service_begin(&call, &service,
			     &(struct service_request){.post = size % 8 != 0,
						       .path = path,
						       .query = "wsdl",
						       .authorization = LOGIN,
						       .address = "https://h",
						       .body = end + 1,
						       .length = size - (size_t)(end + 1 - data)},
			     1);
	if (next == SERVICE_TABLE || next == SERVICE_STATES)
		next = service_run(&call, &table, next == SERVICE_STATES ? &states : NULL, 1);
	finish(&call, next, size);
	check(&call);
	service_free(&call);
	return 0;
}

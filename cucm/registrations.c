/* The devices of a node: its location table, joined with the device pages of its script. */
#include "cucm/rpc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cucm/page.h"

void cucm_page_read(const char *device, const char *page, struct cucm_registration *out)
{
	char port[24], registered_at[24], alarm[24];
	const struct {
		char *text;
		size_t size;
	} parts[] = {
	    /* in the order of cucm/kamailio.cfg */
	    {out->number, sizeof(out->number)},
	    {out->address, sizeof(out->address)},
	    {port, sizeof(port)},
	    {out->transport, sizeof(out->transport)},
	    {out->contact, sizeof(out->contact)},
	    {out->call_id, sizeof(out->call_id)},
	    {out->active_load, sizeof(out->active_load)},
	    {out->inactive_load, sizeof(out->inactive_load)},
	    {out->download_status, sizeof(out->download_status)},
	    {out->last_reason, sizeof(out->last_reason)},
	    {out->user_agent, sizeof(out->user_agent)},
	    {registered_at, sizeof(registered_at)},
	    {out->lines, sizeof(out->lines)},
	    {alarm, sizeof(alarm)},
	};

	*out = (struct cucm_registration){0};
	snprintf(out->device, sizeof(out->device), "%.15s", device);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		size_t length = strcspn(page, "|");

		snprintf(parts[i].text, parts[i].size, "%.*s", (int)length, page);
		page += length + (page[length] == '|'); /* missing parts are empty */
	}
	out->port = (uint16_t)strtoul(port, NULL, 10);
	out->registered_at = strtol(registered_at, NULL, 10);
	out->alarm = (unsigned)strtoul(alarm, NULL, 10);
}

/* Contact URI => seconds left, of every binding in the location table. NULL: out of memory or not as
 * expected. */
static json_t *bindings_of(const json_t *dump)
{
	json_t *bindings = json_object(), *domain, *info, *entry;
	size_t i, j, k;

	json_array_foreach (json_object_get(dump, "Domains"), i, domain) {
		const json_t *aors = json_object_get(json_object_get(domain, "Domain"), "AoRs");

		json_array_foreach (aors, j, info) {
			const json_t *contacts = json_object_get(json_object_get(info, "Info"), "Contacts");

			json_array_foreach (contacts, k, entry) {
				const json_t *contact = json_object_get(entry, "Contact");
				const char *uri = json_string_value(json_object_get(contact, "Address"));
				json_t *expires = json_object_get(contact, "Expires");

				/* A word instead of a number means expired or deleted. */
				if (uri && json_is_integer(expires))
					json_object_set(bindings, uri, expires);
			}
		}
	}
	return bindings;
}

static int compare_registrations(const void *a, const void *b)
{
	const struct cucm_registration *left = a, *right = b;

	return strcmp(left->device, right->device);
}

/* Write the pages that have a binding to list, which has room for all pages. */
static size_t join(const json_t *pages, const json_t *bindings, struct cucm_registration *list)
{
	json_t *slot, *item;
	size_t i, j, count = 0;

	json_array_foreach (pages, i, slot) {
		json_array_foreach (json_object_get(slot, "slot"), j, item) {
			const char *device = json_string_value(json_object_get(item, "name"));
			const char *page = json_string_value(json_object_get(item, "value"));
			struct cucm_registration *one = &list[count];
			json_t *expires;

			if (!device || !page)
				continue;
			cucm_page_read(device, page, one);
			expires = json_object_get(bindings, one->contact);
			if (!expires)
				continue;
			one->expires_s = (long)json_integer_value(expires);
			count++;
		}
	}
	qsort(list, count, sizeof(*list), compare_registrations);
	return count;
}

size_t cucm_page_count(const json_t *pages)
{
	json_t *slot;
	size_t i, count = 0;

	json_array_foreach (pages, i, slot)
		count += json_array_size(json_object_get(slot, "slot"));
	return count;
}

int cucm_registrations_join(const json_t *pages, const json_t *dump, struct cucm_registration **list,
			    size_t *count, struct fail *fail)
{
	json_t *bindings = bindings_of(dump);
	int err = 0;

	*count = 0;
	*list = calloc(cucm_page_count(pages) + 1, sizeof(**list));
	if (bindings && *list)
		*count = join(pages, bindings, *list);
	else
		err = fail_set(fail, -ENOMEM, "out of memory");
	if (!*count) {
		free(*list);
		*list = NULL;
	}
	json_decref(bindings);
	return err;
}

int cucm_registrations(const char *socket, struct cucm_registration **list, size_t *count, int timeout_ms,
		       struct fail *fail)
{
	uint64_t begin = clock_now_us();
	json_t *params = json_pack("[s]", "page"), *pages = NULL, *dump = NULL;
	int left, err;

	*list = NULL;
	*count = 0;
	err = cucm_rpc_call(socket, "htable.dump", params, timeout_ms, &pages, fail);
	json_decref(params);
	if (err)
		return err;
	left = timeout_ms - (int)((clock_now_us() - begin) / 1000);
	err = cucm_rpc_call(socket, "ul.dump", NULL, left > 0 ? left : 0, &dump, fail);
	if (!err)
		err = cucm_registrations_join(pages, dump, list, count, fail);
	json_decref(dump);
	json_decref(pages);
	return err;
}

int cucm_registration(const char *socket, const char *device, struct cucm_registration *out, int timeout_ms,
		      struct fail *fail)
{
	json_t *params = json_pack("[s, s]", "page", device), *answer = NULL;
	int err = cucm_rpc_call(socket, "htable.get", params, timeout_ms, &answer, fail);
	const char *page = json_string_value(json_object_get(json_object_get(answer, "item"), "value"));

	json_decref(params);
	if (page)
		cucm_page_read(device, page, out);
	else if (!err || err == -EPROTO)
		err = fail_set(fail, -ENOENT, "%s is not registered on this node", device);
	json_decref(answer);
	return err;
}

/* A call without a result. Releases params. */
static int rpc_do(const char *socket, const char *method, json_t *params, int timeout_ms, struct fail *fail)
{
	int err = cucm_rpc_call(socket, method, params, timeout_ms, NULL, fail);

	json_decref(params);
	return err;
}

int cucm_service_control(const char *socket, const char *device, const char *action, const char *stamp,
			 int timeout_ms, struct fail *fail)
{
	static const char *const actions[] = {"reset", "restart", "check-version", "apply-config",
					      "prt-report"};
	struct cucm_registration page;
	char hop[128], headers[512], body[512];
	bool known = false;
	int err;

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		known |= !strcmp(actions[i], action);
	if (!known)
		return fail_set(fail, -EINVAL,
				"service control: found \"%s\", expected reset, restart, check-version, "
				"apply-config or prt-report",
				action);
	err = cucm_registration(socket, device, &page, timeout_ms, fail);
	if (err)
		return err;
	snprintf(hop, sizeof(hop), "sip:%s:%u;transport=%s", page.address, page.port, page.transport);
	snprintf(headers, sizeof(headers),
		 "From: <sip:%s@%s>\r\nTo: <sip:%s@%s>\r\nEvent: service-control\r\n"
		 "Subscription-State: active\r\nContent-Type: text/plain\r\n",
		 page.number, "cucm", page.number, page.address);
	snprintf(body, sizeof(body),
		 "action=%s\r\nRegisterCallId={%s}\r\nConfigVersionStamp={%s}\r\nDialplanVersionStamp={}\r\n"
		 "SoftkeyVersionStamp={}\r\nFeatureControlVersionStamp={}\r\n",
		 action, page.call_id, stamp ? stamp : "");
	/* The node states this as the reason when the device unregisters. */
	if (strcmp(action, "check-version") && strcmp(action, "prt-report"))
		err = rpc_do(socket, "htable.sets", json_pack("[s, s, s]", "control", device, action),
			     timeout_ms, fail);
	if (err)
		return err;
	return rpc_do(socket, "tm.t_uac_start",
		      json_pack("[s, s, s, s, s, s]", "NOTIFY", page.contact, hop, ".", headers, body),
		      timeout_ms, fail);
}

int cucm_forget(const char *socket, const char *device, int timeout_ms, struct fail *fail)
{
	struct cucm_registration page;
	int err = cucm_registration(socket, device, &page, timeout_ms, fail);

	if (err)
		return err;
	for (char *rest = page.lines, *number; !err && (number = strsep(&rest, ","));)
		err = rpc_do(socket, "ul.rm_contact",
			     json_pack("[s, s, s]", "location", number, page.contact), timeout_ms, fail);
	if (!err)
		err = rpc_do(socket, "htable.delete", json_pack("[s, s]", "owner", page.contact), timeout_ms,
			     fail);
	if (!err)
		err = rpc_do(socket, "htable.delete", json_pack("[s, s]", "page", device), timeout_ms, fail);
	return err;
}

int cucm_refuse(const char *socket, const char *device, int code, unsigned retry_after_s, const char *phrase,
		int timeout_ms, struct fail *fail)
{
	char order[256], retry[16] = "";

	if (code != 0 && code != 1 && (code < 400 || code > 699))
		return fail_set(fail, -EINVAL, "refusal: found %d, expected 0, 1 or 400 to 699", code);
	if (!phrase || strpbrk(phrase, ";\r\n"))
		return fail_set(fail, -EINVAL, "refusal: expected a reason phrase without ; in one line");
	if (retry_after_s)
		snprintf(retry, sizeof(retry), "%u", retry_after_s);
	snprintf(order, sizeof(order), "%d;%s;%.200s", code, retry, phrase);
	return rpc_do(socket, "htable.sets", json_pack("[s, s, s]", "order", device, order), timeout_ms,
		      fail);
}

int cucm_accept(const char *socket, const char *device, int timeout_ms, struct fail *fail)
{
	return rpc_do(socket, "htable.delete", json_pack("[s, s]", "order", device), timeout_ms, fail);
}

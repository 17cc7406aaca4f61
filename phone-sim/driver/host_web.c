#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include "phone-sim/driver/host_internal.h"

bool host_web_source(const struct host *host, struct web_source *source)
{
	struct link_counters link = port_counters(host->port);

	phone_view(host->phone, &source->view);
	source->counters = web_count(&link, &source->view.frames);
	source->console = host->console;
	source->messages = host->messages;
	source->prt = host->prt.file.length ? &host->prt : NULL;
	return source->view.web_access;
}

static bool ask(void *arg, struct web_source *source)
{
	return host_web_source(arg, source);
}

static void executed(void *arg, const char *uri)
{
	char line[400];

	snprintf(line, sizeof(line), "NOT JAVA-Execute %s", uri);
	host_report_console(arg, line);
}

static void report(void *arg)
{
	host_problem_by_hand(arg);
}

static int web_get(void *arg, struct download **download, struct download_order *order)
{
	struct host *host = arg;
	struct fail fail = {0};
	int err;

	order->base = host->shared.base;
	order->ns = port_namespace(host->port);
	port_expect(host->port, order->server);
	err = download_start(download, order, &fail);
	port_close_namespace(order->ns);
	return err;
}

void host_web_open(struct host *host)
{
	const struct web_calls calls = {ask, executed, report, web_get, host};
	struct fail fail = {0};
	int ns;

	if (host->web)
		return;
	ns = port_namespace(host->port);
	if (web_open(&host->web, host->shared.base, ns, &calls, &fail))
		host_say(host, 0, "phone.trouble", fail.text, NULL);
	port_close_namespace(ns);
}

void host_web_close(struct host *host)
{
	web_close(host->web);
	host->web = NULL;
}

/* A response with a body of any octets. */
static json_t *response(int status, const char *type, const void *body, size_t length)
{
	char *text = malloc(length / 3 * 4 + 5);
	json_t *object = NULL;

	if (text && length < INT_MAX / 2) {
		EVP_EncodeBlock((unsigned char *)text, body, (int)length);
		object = json_pack("{s:i,s:s,s:s}", "status", status, "type", type, "body", text);
	}
	free(text);
	return object;
}

json_t *host_page(struct host *host, const char *target, struct fail *fail)
{
	static const char disabled[] = "Web access is disabled", missing[] = "Not Found";
	const char *query = strchr(target, '?'), *type = "text/plain";
	char *path = strndup(target, strcspn(target, "?"));
	struct web_source source = {0};
	struct text page = {0};
	json_t *object;

	if (!host->web) {
		fail_set(fail, -ENOENT, "%s serves no page now: it has no address", host->name);
		free(path);
		return NULL;
	}
	if (!host_web_source(host, &source))
		object = response(403, type, disabled, strlen(disabled));
	else if (!path || !web_page(path, query ? query + 1 : "", &source, &page, &type))
		object = response(404, "text/plain", missing, strlen(missing));
	else
		object = page.failed ? NULL : response(200, type, page.bytes ? page.bytes : "", page.length);
	if (!object)
		fail_set(fail, -ENOMEM, "no memory for the page");
	text_free(&page);
	free(path);
	return object;
}

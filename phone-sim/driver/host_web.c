#include <unistd.h>

#include "phone-sim/driver/host_internal.h"

static bool ask(void *arg, struct web_source *source, json_t **console, json_t **messages)
{
	const struct host *host = arg;

	phone_view(host->phone, &source->view);
	*console = text_ring_json(&host->console);
	*messages = text_ring_json(&host->messages);
	return source->view.web_access;
}

void host_web_open(struct host *host)
{
	struct fail fail = {0};
	int ns;

	if (host->web)
		return;
	ns = port_namespace(host->port);
	if (web_open(&host->web, host->shared.base, ns, ask, host, &fail))
		host_say(host, 0, "phone.trouble", fail.text, NULL);
	if (ns >= 0)
		close(ns);
}

void host_web_close(struct host *host)
{
	web_close(host->web);
	host->web = NULL;
}

#include "cucm/authority_list.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"
#include "base/rng.h"

static struct authority_pair *add(struct authority_list *list, enum certify_use use, bool rsa, int issuer,
				  const char *name, ...) __attribute__((format(printf, 5, 6)));

static struct authority_pair *add(struct authority_list *list, enum certify_use use, bool rsa, int issuer,
				  const char *name, ...)
{
	struct authority_pair *pair = &list->pair[list->count++];
	va_list args;

	*pair = (struct authority_pair){.use = use, .rsa = rsa, .issuer = issuer};
	va_start(args, name);
	vsnprintf(pair->name, sizeof(pair->name), name, args);
	va_end(args);
	return pair;
}

/* A server's pair; its EC twin has -EC behind the host name, as CUCM writes it. */
static void add_server(struct authority_list *list, const struct cucm_plan *plan, const char *host,
		       uint32_t address, const char *purpose)
{
	size_t length = strlen(purpose);
	bool ec = length > 3 && !strcmp(purpose + length - 3, "-ec");
	struct authority_pair *pair = add(list, CERTIFY_SERVER, !ec, -1, "%s/%s", host, purpose);
	char text[IPV4_TEXT];

	snprintf(pair->common_name, sizeof(pair->common_name), "%s%s.%s", host, ec ? "-EC" : "",
		 cucm_plan_domain(plan));
	snprintf(pair->alternative, sizeof(pair->alternative), "DNS:%s.%s,IP:%s", host,
		 cucm_plan_domain(plan), ipv4_format(address, text));
}

static void add_cluster(struct authority_list *list, const struct cucm_plan *plan)
{
	struct authority_pair *pair;
	struct rng rng;

	rng_seed(&rng, plan->seed, "capf name");
	list->capf = (int)list->count;
	pair = add(list, CERTIFY_CAPF, true, -1, "capf");
	snprintf(pair->common_name, sizeof(pair->common_name), "CAPF-%08x", (unsigned)rng_next(&rng));
	pair = add(list, CERTIFY_RECOVERY, true, -1, "itlrecovery");
	snprintf(pair->common_name, sizeof(pair->common_name), "ITLRECOVERY_%s.%s",
		 cucm_plan_publisher(plan)->name, cucm_plan_domain(plan));
	list->root = (int)list->count;
	pair = add(list, CERTIFY_ROOT, false, -1, "mic-root");
	snprintf(pair->common_name, sizeof(pair->common_name), "Phone Maker Root CA");
	list->maker = (int)list->count;
	pair = add(list, CERTIFY_ISSUER, false, list->root, "mic-ca");
	snprintf(pair->common_name, sizeof(pair->common_name), "Phone Maker CA");
}

static void add_phone(struct authority_list *list, const struct cucm_device *device, int issuer,
		      const char *kind)
{
	char name[DEVICE_TEXT], serial[MAC_SERIAL];
	struct authority_pair *pair;

	mac_format_device(&device->mac, name);
	mac_serial(&device->mac, "FCH", serial);
	pair = add(list, CERTIFY_PHONE, device->encrypted_config, issuer, "phones/%s.%s", name, kind);
	snprintf(pair->common_name, sizeof(pair->common_name), "CP-%s-%s", device->model, name);
	snprintf(pair->serial_name, sizeof(pair->serial_name), "PID:CP-%s SN:%s", device->model, serial);
	snprintf(pair->alternative, sizeof(pair->alternative), "URI:%s", name);
}

int authority_list_make(struct authority_list *list, const struct cucm_plan *plan)
{
	size_t most = plan->node_count * 3 + plan->tftp_server_count * 2 + 4 + plan->device_count * 2;

	*list = (struct authority_list){.pair = calloc(most, sizeof(*list->pair))};
	if (!list->pair)
		return -ENOMEM;
	for (size_t i = 0; i < plan->node_count; i++) {
		const struct cucm_node *node = &plan->nodes[i];

		if (node->foreign)
			continue;
		add_server(list, plan, node->name, node->address, "callmanager");
		add_server(list, plan, node->name, node->address, "callmanager-ec");
		add_server(list, plan, node->name, node->address, "tvs");
	}
	for (size_t i = 0; i < plan->tftp_server_count; i++) {
		const struct cucm_tftp_server *server = &plan->tftp_servers[i];

		add_server(list, plan, server->name, server->address, "tftp");
		add_server(list, plan, server->name, server->address, "tftp-ec");
	}
	add_cluster(list, plan);
	for (size_t i = 0; i < plan->device_count; i++) {
		add_phone(list, &plan->devices[i], list->maker, "mic");
		if (plan->devices[i].lsc)
			add_phone(list, &plan->devices[i], list->capf, "lsc");
	}
	return 0;
}

void authority_list_free(struct authority_list *list)
{
	for (size_t i = 0; list->pair && i < list->count; i++) {
		EVP_PKEY_free(list->pair[i].key);
		X509_free(list->pair[i].certificate);
	}
	free(list->pair);
	*list = (struct authority_list){.pair = NULL};
}

bool authority_pair_of_phone(const struct authority_pair *pair)
{
	return pair->use == CERTIFY_PHONE;
}

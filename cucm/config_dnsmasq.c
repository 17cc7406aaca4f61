#include "cucm/config.h"
#include "base/ipv4.h"

#define LEASE_DEFAULT_S 3600
#define LEASES_LEAST	1000 /* dnsmasq's own default */
#define TFTP_LEAST	100
#define NAMES_MOST	256 /* phones whose host names dnsmasq learns */

static void dnsmasq_addresses(struct text *text, const char *tag, const char *option,
			      const uint32_t *addresses, size_t count)
{
	char address[IPV4_TEXT];

	text_add(text, "dhcp-option=tag:%s,%s", tag, option);
	for (size_t i = 0; i < count; i++)
		text_add(text, ",%s", ipv4_format(addresses[i], address));
	text_add(text, "\n");
}

static void dnsmasq_pool(const struct cucm_plan *plan, const struct cucm_dhcp_server *server,
			 const struct cucm_dhcp_pool *pool, struct text *text)
{
	char first[IPV4_TEXT], last[IPV4_TEXT], mask[IPV4_TEXT], address[IPV4_TEXT];

	text_add(text, "\n# pool %s\n", pool->name);
	if (pool->first <= pool->last)
		text_add(text, "dhcp-range=set:%s,%s,%s,%s,%u\n", pool->name, ipv4_format(pool->first, first),
			 ipv4_format(pool->last, last), ipv4_format(~0U << (32 - pool->prefix_length), mask),
			 pool->lease_s ? pool->lease_s : LEASE_DEFAULT_S);
	/* dnsmasq does not send an option without a value; without these lines it would send its own address as router
	 * and name server. */
	dnsmasq_addresses(text, pool->name, "option:router", &pool->gateway, pool->gateway ? 1 : 0);
	dnsmasq_addresses(text, pool->name, "option:dns-server", pool->dns, pool->dns_count);
	text_add(text, "dhcp-option=tag:%s,option:domain-name,%s\n", pool->name, cucm_plan_domain(plan));
	if (pool->tftp_server_count)
		dnsmasq_addresses(text, pool->name, "150", pool->tftp_servers, pool->tftp_server_count);
	if (pool->tftp_name)
		text_add(text, "dhcp-option=tag:%s,66,\"%s\"\n", pool->name, pool->tftp_name);
	text_add(text, "dhcp-boot=tag:%s,,,%s\n", pool->name,
		 ipv4_format(pool->next_server ? pool->next_server : server->address, address));
	for (size_t i = 0; i < pool->option_count; i++)
		text_add(text, "dhcp-option%s=tag:%s,%s\n", pool->options[i].force ? "-force" : "",
			 pool->name, pool->options[i].text);
}

/* To dnsmasq, a tag of the client counts more than that of its pool. */
static void dnsmasq_group(const struct cucm_dhcp_group *group, struct text *text)
{
	char mac[MAC_TEXT];

	text_add(text, "\n# phones of %s\n", group->tag);
	for (size_t i = 0; i < group->mac_count; i++) {
		mac_format(&group->macs[i], mac);
		text_add(text, "dhcp-mac=set:%s,%s\n", group->tag, mac);
	}
	dnsmasq_addresses(text, group->tag, "150", group->tftp_servers, group->tftp_server_count);
}

static void dnsmasq_name(const struct cucm_plan *plan, const char *name, uint32_t address, struct text *text)
{
	char number[IPV4_TEXT];

	text_add(text, "host-record=%s.%s,%s,%s\n", name, cucm_plan_domain(plan), name,
		 ipv4_format(address, number));
}

static void dnsmasq_names(const struct cucm_plan *plan, const struct cucm_dhcp_server *server,
			  struct text *text)
{
	if (server->no_dns) {
		text_add(text, "\nport=0\n");
		return;
	}
	text_add(text, "\n# names\nno-hosts\nno-resolv\nlog-queries\nlocal=/%s/\ndomain=%s\n",
		 cucm_plan_domain(plan), cucm_plan_domain(plan));
	for (size_t i = 0; i < plan->node_count; i++)
		dnsmasq_name(plan, plan->nodes[i].name, plan->nodes[i].address, text);
	for (size_t i = 0; i < plan->dhcp_server_count; i++)
		dnsmasq_name(plan, plan->dhcp_servers[i].name, plan->dhcp_servers[i].address, text);
	for (size_t i = 0; i < plan->tftp_server_count; i++)
		dnsmasq_name(plan, plan->tftp_servers[i].name, plan->tftp_servers[i].address, text);
	for (size_t i = 0; i < plan->dns_name_count; i++)
		dnsmasq_name(plan, plan->dns_names[i].name, plan->dns_names[i].address, text);
}

/* No daemon and no other user: the lab is a process tree, and a user namespace can have a single user. */
static void dnsmasq_begin(struct text *text, const char *what, const char *name)
{
	text_add(text, "# %s: written by phonelab for the server %s.\n", what, name);
	text_add(text, "keep-in-foreground\nlog-facility=-\nuser=root\ngroup=\npid-file=\n");
}

static size_t dnsmasq_leases(const struct cucm_dhcp_server *server)
{
	size_t leases = LEASES_LEAST;

	for (size_t i = 0; i < server->pool_count; i++)
		if (server->pools[i].first <= server->pools[i].last)
			leases += server->pools[i].last - server->pools[i].first + 1;
	return leases;
}

void config_dhcp(const struct cucm_plan *plan, const struct cucm_dhcp_server *server, struct text *text)
{
	dnsmasq_begin(text, "DHCP and DNS", server->name);
	text_add(text, "interface=%s\nexcept-interface=lo\nbind-dynamic\n",
		 server->interface ? server->interface : "eth0");
	text_add(text, "\ndhcp-authoritative\nlog-dhcp\nno-ping\ndhcp-lease-max=%zu\n",
		 dnsmasq_leases(server));
	/*
	 * To answer a client without an address, dnsmasq adds a neighbour entry to the kernel. A kernel has 1024
	 * entries (gc_thresh3) for all its namespaces, and a thousand phones that boot together exhaust them:
	 * "ARP-cache injection failed". A broadcast needs no entry, and a switch with DHCP snooping forwards it to
	 * the client's port only.
	 */
	text_add(text, "dhcp-broadcast\n");
	/*
	 * At every ACK dnsmasq enters the names of all leases into its DNS cache again, and walks the whole cache
	 * for each name: the effort is the cube of the number of phones, seconds of CPU with a thousand phones.
	 */
	if (cucm_plan_phones(plan) > NAMES_MOST)
		text_add(text, "dhcp-ignore-names\n");
	text_add(text, "dhcp-leasefile=%s/%s/leases\n", cucm_plan_prefix(plan), server->name);
	/* Without quotes, dnsmasq reads the text before the comma as an enterprise number. */
	text_add(text, "dhcp-vendorclass=set:cisco,\"Cisco Systems, Inc. IP Phone\"\n");
	for (size_t i = 0; i < server->pool_count; i++)
		dnsmasq_pool(plan, server, &server->pools[i], text);
	for (size_t i = 0; i < server->group_count; i++)
		dnsmasq_group(&server->groups[i], text);
	if (server->reservation_count)
		text_add(text, "\n# reservations\n");
	for (size_t i = 0; i < server->reservation_count; i++) {
		const struct cucm_dhcp_reservation *reservation = &server->reservations[i];
		char mac[MAC_TEXT], address[IPV4_TEXT];

		mac_format(&reservation->mac, mac);
		text_add(text, "dhcp-host=%s,%s%s%s\n", mac, ipv4_format(reservation->address, address),
			 reservation->name ? "," : "", reservation->name ? reservation->name : "");
	}
	dnsmasq_names(plan, server, text);
}

void config_tftp(const struct cucm_plan *plan, const struct cucm_tftp_server *server, struct text *text)
{
	size_t transfers = cucm_plan_phones(plan) * 2;
	char address[IPV4_TEXT];

	dnsmasq_begin(text, "TFTP", server->name);
	text_add(text, "port=0\nlisten-address=%s\nbind-dynamic\n", ipv4_format(server->address, address));
	text_add(text, "\nenable-tftp\ntftp-max=%zu\n", transfers < TFTP_LEAST ? TFTP_LEAST : transfers);
	/* Names are case-sensitive: tftp-lowercase must never be here. */
	if (server->root)
		text_add(text, "tftp-root=%s\n", server->root);
	else
		text_add(text, "tftp-root=%s/tftp/root\n", cucm_plan_prefix(plan));
}

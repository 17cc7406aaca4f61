#include "cucm/plan_check.h"

#include <errno.h>
#include <string.h>

#include "base/ipv4.h"

/* The directories of every run directory: no server can have one of these names. */
static const char *const reserved[] = {"switches", "phones", "cucm", "clusters", "keys", "log"};

static int check_pool(const struct cucm_dhcp_pool *pool, struct fail *fail)
{
	uint32_t mask = pool->prefix_length ? ~0U << (32 - pool->prefix_length) : 0;
	char subnet[IPV4_TEXT];
	int err = plan_check_word("name of a pool", pool->name, "", PLAN_WORD_MAX, fail);

	if (err)
		return err;
	ipv4_format(pool->subnet, subnet);
	if (pool->prefix_length < 8 || pool->prefix_length > 30)
		return fail_set(fail, -EINVAL, "pool %s: found a prefix of %u bits, expected 8 to 30",
				pool->name, pool->prefix_length);
	if (pool->subnet & ~mask)
		return fail_set(fail, -EINVAL, "pool %s: %s/%u is the address of a host, expected a subnet",
				pool->name, subnet, pool->prefix_length);
	if (pool->first <= pool->last &&
	    ((pool->first & mask) != pool->subnet || (pool->last & mask) != pool->subnet))
		return fail_set(fail, -EINVAL, "pool %s: its addresses are not in %s/%u", pool->name, subnet,
				pool->prefix_length);
	if (pool->lease_s && pool->lease_s < 120)
		return fail_set(fail, -EINVAL, "pool %s: found a lease of %u s, expected at least 120 s",
				pool->name, pool->lease_s);
	err = plan_check_text("option 66", pool->tftp_name, 127, fail);
	if (!err && pool->tftp_name && strpbrk(pool->tftp_name, "\"\\,"))
		err = fail_set(fail, -EINVAL, "option 66: found \"%s\", expected a name or an address",
			       pool->tftp_name);
	for (size_t i = 0; i < pool->option_count && !err; i++)
		err = plan_check_text("option", pool->options[i].text, 512, fail);
	return err ? fail_prefix(fail, err, "pool %s", pool->name) : 0;
}

static int check_server_name(const char *name, struct fail *fail)
{
	int err = plan_check_word("name of a server", name, "-", PLAN_WORD_MAX, fail);

	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved) && !err; i++)
		if (!strcmp(name, reserved[i]))
			err = fail_set(fail, -EINVAL,
				       "a server cannot have the name \"%s\": the run directory has a folder "
				       "of that name",
				       name);
	return err;
}

int plan_check_servers(const struct cucm_plan *plan, struct fail *fail)
{
	int err = 0;

	for (size_t i = 0; i < plan->dhcp_server_count && !err; i++) {
		const struct cucm_dhcp_server *server = &plan->dhcp_servers[i];

		err = check_server_name(server->name, fail);
		if (!err && server->interface)
			err = plan_check_word("interface", server->interface, "-_.", 15, fail);
		for (size_t j = 0; j < server->pool_count && !err; j++)
			err = check_pool(&server->pools[j], fail);
		for (size_t j = 0; j < server->group_count && !err; j++)
			err = plan_check_word("tag of a group", server->groups[j].tag, "-", PLAN_WORD_MAX,
					      fail);
		for (size_t j = 0; j < server->reservation_count && !err; j++)
			if (server->reservations[j].name)
				err = plan_check_word("name of a reservation", server->reservations[j].name,
						      "-", 63, fail);
	}
	for (size_t i = 0; i < plan->tftp_server_count && !err; i++) {
		err = check_server_name(plan->tftp_servers[i].name, fail);
		for (size_t j = 0; j < plan->dhcp_server_count && !err; j++)
			if (!strcmp(plan->tftp_servers[i].name, plan->dhcp_servers[j].name))
				err = fail_set(fail, -EINVAL, "two servers have the name %s",
					       plan->tftp_servers[i].name);
		for (size_t j = 0; j < i && !err; j++)
			if (!strcmp(plan->tftp_servers[i].name, plan->tftp_servers[j].name))
				err = fail_set(fail, -EINVAL, "two servers have the name %s",
					       plan->tftp_servers[i].name);
	}
	for (size_t i = 0; i < plan->dns_name_count && !err; i++)
		err = plan_check_word("DNS name", plan->dns_names[i].name, "-.", 63, fail);
	return err;
}

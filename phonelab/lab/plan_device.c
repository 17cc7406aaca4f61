/* The devices of the call managers: as the topology has them, and as they are changed later. */
#include "phonelab/lab/plan.h"

#include <string.h>

static const struct cucm_dial_rule dial_rows[] = {{.match = "9,011*", .timeout_s = 6},
						  {.match = "9,1..........", .timeout_s = 0},
						  {.match = "[2-8]...", .timeout_s = 0},
						  {.match = "*", .timeout_s = 15}};
static const struct cucm_dial_rules dial_rules = {
    .name = "Office", .rules = dial_rows, .rule_count = sizeof(dial_rows) / sizeof(dial_rows[0])};
static const struct cucm_softkeys softkeys = {.name = "Standard User"};
static const struct cucm_locale locales[] = {
    [TOPOLOGY_LOCALE_FRENCH] = {"French_France", "fr_FR", "France", "14.0.0.0(1)"},
    [TOPOLOGY_LOCALE_GERMAN] = {"German_Germany", "de_DE", "Germany", "14.0.0.0(1)"},
};

const struct cucm_locale *plan_locale(const struct topology_phone_row *row)
{
	return row->locale ? &locales[row->locale] : NULL;
}

const struct cucm_line *plan_lines(struct topology *topology, const struct topology_phone *phone)
{
	struct cucm_line *lines = arena_alloc(&topology->arena, phone->line_count * sizeof(*lines));
	const struct topology_phone_row *row = phone->row;
	const char *password = row->auth_password;

	if (!password && topology->cluster.digest)
		password = plan_password(topology, &topology->arena, phone->name);
	for (size_t i = 0; i < phone->line_count; i++)
		lines[i] = (struct cucm_line){.number = phone->lines[i],
					      .label = row->label,
					      .auth_name = row->auth_name,
					      .auth_password = password};
	return lines;
}

/* The indexes of the named nodes. Names of other nodes are left out; the caller has complained about them. */
static void set_group(struct arena *arena, const struct topology *topology, const char *const *names,
		      size_t count, struct cucm_device *device)
{
	unsigned char *group = arena_alloc(arena, count);
	size_t used = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t n = 0; n < topology->cluster.nodes.n; n++)
			if (topology->cluster.nodes.items[n].cluster == topology->own &&
			    !strcmp(topology->cluster.nodes.items[n].name, names[i]))
				group[used++] = (unsigned char)n;
	if (!used)
		return;
	device->group = group;
	device->group_count = used;
}

static const enum cucm_security securities[] = {
    [TOPOLOGY_PHONE_NON_SECURE] = CUCM_SECURITY_NONE,
    [TOPOLOGY_PHONE_AUTHENTICATED] = CUCM_SECURITY_AUTHENTICATED,
    [TOPOLOGY_PHONE_ENCRYPTED] = CUCM_SECURITY_ENCRYPTED,
};

static const enum cucm_capf_operation capf_operations[] = {
    [TOPOLOGY_CAPF_NONE] = CUCM_CAPF_NONE,
    [TOPOLOGY_CAPF_INSTALL] = CUCM_CAPF_INSTALL,
    [TOPOLOGY_CAPF_DELETE] = CUCM_CAPF_DELETE,
    [TOPOLOGY_CAPF_TROUBLESHOOT] = CUCM_CAPF_TROUBLESHOOT,
};

static void set_capf_key(struct cucm_capf *capf, int key)
{
	static const unsigned bits[] = {
	    [TOPOLOGY_CAPF_RSA_2048] = 2048, [TOPOLOGY_CAPF_RSA_4096] = 4096, [TOPOLOGY_CAPF_EC_256] = 256,
	    [TOPOLOGY_CAPF_EC_384] = 384,    [TOPOLOGY_CAPF_EC_521] = 521,
	};

	capf->ec = topology_capf_is_ec(key);
	capf->bits = bits[key];
}

static struct cucm_capf plan_capf(const struct topology_capf *capf)
{
	static const enum cucm_capf_authentication authentications[] = {
	    [TOPOLOGY_CAPF_NULL_STRING] = CUCM_CAPF_NULL_STRING,
	    [TOPOLOGY_CAPF_STRING] = CUCM_CAPF_STRING,
	    [TOPOLOGY_CAPF_EXISTING_LSC] = CUCM_CAPF_EXISTING_LSC,
	    [TOPOLOGY_CAPF_EXISTING_MIC] = CUCM_CAPF_EXISTING_MIC,
	};

	struct cucm_capf plan = {.operation = CUCM_CAPF_NONE};

	if (!capf->at)
		return plan;
	plan = (struct cucm_capf){.operation = capf_operations[capf->operation],
				  .authentication = authentications[capf->authentication],
				  .string = capf->string};
	set_capf_key(&plan, capf->key);
	return plan;
}

struct cucm_device plan_device(const struct topology *topology, struct arena *arena,
			       const struct topology_phone_row *row)
{
	struct cucm_device device = {.model = row->model->name,
				     .description = row->description,
				     .load = row->load,
				     .softkeys = row->softkeys ? &softkeys : NULL,
				     .dial_rules = row->dial_rules ? &dial_rules : NULL,
				     .locale = plan_locale(row),
				     .ringtones = topology->cluster.ringtones,
				     .udp = row->transport == TOPOLOGY_UDP,
				     .security = securities[row->security],
				     .encrypted_config = row->encrypted_config == 1,
				     .lsc = row->lsc == TOPOLOGY_LSC_INSTALLED,
				     .capf = plan_capf(&row->capf),
				     .absent = !row->provisioned};

	if (row->call_manager_group.n)
		set_group(arena, topology, row->call_manager_group.items, row->call_manager_group.n, &device);
	return device;
}

/* The lines, with what is set of them. A line that is new has the digest user and password of the primary line. */
static void set_lines(struct arena *arena, struct cucm_device *device, const struct topology_device *set)
{
	size_t count = set->line.n ? set->line.n : device->line_count;
	struct cucm_line *lines = arena_alloc(arena, (count + 1) * sizeof(*lines));

	for (size_t i = 0; i < count; i++) {
		if (i < device->line_count)
			lines[i] = device->lines[i];
		else
			lines[i] = (struct cucm_line){
			    .auth_name = device->lines ? device->lines[0].auth_name : NULL,
			    .auth_password = device->lines ? device->lines[0].auth_password : NULL};
		if (set->line.n)
			lines[i].number = set->line.items[i];
		if (set->label)
			lines[i].label = set->label;
		if (set->display_name)
			lines[i].display_name = set->display_name;
		if (set->auth_name)
			lines[i].auth_name = set->auth_name;
		if (set->auth_password)
			lines[i].auth_password = set->auth_password;
	}
	device->lines = lines;
	device->line_count = count;
}

void plan_set_device(struct arena *arena, const struct topology *topology, struct cucm_device *device,
		     const struct topology_device *set)
{
	if (set->provisioned != KEY_UNSET)
		device->absent = !set->provisioned;
	if (set->load)
		device->load = set->load;
	if (set->description)
		device->description = set->description;
	if (set->locale != KEY_UNSET)
		device->locale = set->locale ? &locales[set->locale] : NULL;
	if (set->transport != KEY_UNSET)
		device->udp = set->transport == TOPOLOGY_UDP;
	if (set->capf_operation != KEY_UNSET)
		device->capf.operation = capf_operations[set->capf_operation];
	if (set->capf_key != KEY_UNSET)
		set_capf_key(&device->capf, set->capf_key);
	if (set->softkeys != KEY_UNSET)
		device->softkeys = set->softkeys ? &softkeys : NULL;
	if (set->dial_rules != KEY_UNSET)
		device->dial_rules = set->dial_rules ? &dial_rules : NULL;
	if (set->call_manager_group.n)
		set_group(arena, topology, set->call_manager_group.items, set->call_manager_group.n, device);
	if (set->line.n || set->label || set->display_name || set->auth_name || set->auth_password)
		set_lines(arena, device, set);
}

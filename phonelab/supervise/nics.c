#include "phonelab/supervise/nics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "phonelab/lab/nic.h"
#include "phonelab/lab/plan.h"

static size_t count_nics(const struct topology *topology)
{
	size_t count = 0;

	for (size_t i = 0; i < topology->switches.n; i++)
		for (size_t j = 0; j < topology->switches.items[i].ports.n; j++)
			count += topology->switches.items[i].ports.items[j].nic != NULL;
	return count;
}

static enum exit_status open_one(struct nics *nics, size_t sw, const struct topology_port_setting *row,
				 const char *file, struct fail *fail)
{
	struct nic_port *it = &nics->items[nics->count];
	enum exit_status status;
	char again[300];

	*it = (struct nic_port){.switch_index = sw, .port = row->port, .name = row->nic};
	snprintf(again, sizeof(again), "up %.250s", file);
	status = lab_nic_open(it->descriptor, row->nic, row->nic_yes_really == 1,
			      "set nic_yes_really: on for the port", again, fail);
	if (!status)
		nics->count++;
	return status;
}

enum exit_status nics_open(struct nics *nics, const struct topology *topology, struct fail *fail)
{
	size_t count = count_nics(topology);
	enum exit_status status = EXIT_AS_ASKED;

	*nics = (struct nics){.items = calloc(count + 1, sizeof(*nics->items))};
	if (!nics->items)
		return fail_set(fail, -ENOMEM, "out of memory") ? EXIT_DEFECT : EXIT_AS_ASKED;
	for (size_t i = 0; i < topology->switches.n && !status; i++)
		for (size_t j = 0; j < topology->switches.items[i].ports.n && !status; j++)
			if (topology->switches.items[i].ports.items[j].nic)
				status = open_one(nics, i, &topology->switches.items[i].ports.items[j],
						  topology->file, fail);
	if (status)
		nics_close(nics);
	return status;
}

int nics_attach(const struct nics *nics, const struct topology *topology, struct fail *fail)
{
	int err = 0;

	for (size_t i = 0; i < nics->count && !err; i++) {
		const struct nic_port *it = &nics->items[i];
		char socket[128], port[24];

		plan_switch_socket(topology, it->switch_index, socket);
		topology_port_format(&it->port, port);
		err = lab_nic_attach(socket, port, it->name, it->descriptor, fail);
		if (err)
			fail_prefix(fail, err, "%s cannot be attached to %s", it->name, port);
	}
	return err;
}

void nics_close(struct nics *nics)
{
	for (size_t i = 0; i < nics->count; i++)
		nic_close_descriptors(nics->items[i].descriptor);
	free(nics->items);
	*nics = (struct nics){0};
}

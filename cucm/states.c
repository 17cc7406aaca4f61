#include "cucm/states.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_node(struct cucm_node_state *node, const char *directory, int timeout_ms)
{
	struct fail fail = {0};
	char socket[4096];

	snprintf(socket, sizeof(socket), "%s/cucm/%s/rpc", directory, node->name);
	node->err = cucm_registrations(socket, &node->registered, &node->registered_count, timeout_ms, &fail);
	if (!node->err)
		node->err = cucm_losses(socket, &node->lost, &node->lost_count, timeout_ms, &fail);
}

void cucm_states_read(struct cucm_states *states, const char *directory, const char *const *names,
		      size_t count, int timeout_ms)
{
	*states = (struct cucm_states){.count = count < CUCM_NODES ? count : CUCM_NODES};
	for (size_t i = 0; i < states->count; i++) {
		states->node[i].name = names[i];
		read_node(&states->node[i], directory, timeout_ms);
	}
}

void cucm_states_free(struct cucm_states *states)
{
	for (size_t i = 0; i < states->count; i++) {
		free(states->node[i].registered);
		free(states->node[i].lost);
	}
	states->count = 0;
}

static int compare_registered(const void *device, const void *entry)
{
	return strcmp(device, ((const struct cucm_registration *)entry)->device);
}

static int compare_lost(const void *device, const void *entry)
{
	return strcmp(device, ((const struct cucm_loss *)entry)->device);
}

const struct cucm_registration *cucm_state_registered(const struct cucm_node_state *node, const char *device)
{
	return node->registered_count ? bsearch(device, node->registered, node->registered_count,
						sizeof(*node->registered), compare_registered)
				      : NULL;
}

const struct cucm_loss *cucm_state_lost(const struct cucm_node_state *node, const char *device)
{
	return node->lost_count
		   ? bsearch(device, node->lost, node->lost_count, sizeof(*node->lost), compare_lost)
		   : NULL;
}

void cucm_state_of(const struct cucm_states *states, const char *device, struct cucm_state *state)
{
	*state = (struct cucm_state){0};
	for (size_t i = 0; i < states->count; i++) {
		const struct cucm_node_state *node = &states->node[i];
		const struct cucm_registration *registered = cucm_state_registered(node, device);
		const struct cucm_loss *lost = cucm_state_lost(node, device);

		if (registered &&
		    (!state->registered || registered->registered_at > state->registered->registered_at)) {
			state->registered = registered;
			state->node = node->name;
		}
		if (lost && (!state->lost || lost->at > state->lost->at)) {
			state->lost = lost;
			state->lost_at = node->name;
		}
	}
}

bool cucm_has_line(const struct cucm_registration *registration, const char *number)
{
	size_t length = strlen(number);

	for (const char *at = registration->lines; *at; at += strcspn(at, ","), at += *at == ',')
		if (!strncmp(at, number, length) && (at[length] == ',' || !at[length]))
			return true;
	return false;
}

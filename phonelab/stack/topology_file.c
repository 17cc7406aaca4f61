/* The topology as the parts of a lab read it: every trunk between closets with all its keys. */
#include "phonelab/stack/stack.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "phonelab/document/yaml_tree.h"
#include "phonelab/document/yaml_write.h"

#define PATH_ROOM 600

/* Set a key of a map to a text. The tree is the topology's own, and nothing reads it again. */
static void set_key(struct topology *topology, const struct yaml_node *at, const char *name, const char *text)
{
	struct yaml_node *map = (struct yaml_node *)(uintptr_t)at;
	struct yaml_node *key = arena_alloc(&topology->arena, sizeof(*key));
	struct yaml_node *value = arena_alloc(&topology->arena, sizeof(*value));

	*key = (struct yaml_node){.kind = YAML_SCALAR, .text = name};
	*value = (struct yaml_node){.kind = YAML_SCALAR, .text = text};
	for (size_t i = 0; i < map->n; i++)
		if (!strcmp(map->entries[i].key->text, name)) {
			map->entries[i].value = value;
			return;
		}
	yaml_tree_add(map, (struct yaml_entry){key, value}, &topology->arena);
}

static void set_uplinks(struct topology *topology, stack_name_fn *name_of)
{
	for (size_t i = 0; i < topology->switches.n; i++)
		for (size_t j = 0; j < topology->switches.items[i].uplinks.n; j++) {
			const struct topology_uplink *uplink = &topology->switches.items[i].uplinks.items[j];
			const struct topology_switch *to = &topology->switches.items[uplink->to_index];
			char name[72];

			if (!uplink->between)
				continue;
			name_of(topology, to, name);
			set_key(topology, uplink->at, "over", "udp");
			set_key(topology, uplink->at, "vni",
				arena_format(&topology->arena, "%d", (int)uplink->vni));
			set_key(topology, uplink->at, "peer",
				arena_format(&topology->arena, "%s:%d", name, (int)to->udp_port));
		}
}

/* An engine cannot change a file that it has stored, so the name of the stored file changes with its content. */
static void set_digest(struct stack *stack, const struct text *text)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	EVP_Digest(text->bytes, text->length, sum, &length, EVP_sha256(), NULL);
	for (size_t i = 0; i < sizeof(stack->digest) / 2 && i < length; i++)
		snprintf(stack->digest + 2 * i, 3, "%02x", sum[i]);
}

int stack_write_topology(struct stack *stack, stack_name_fn *name_of, struct fail *fail)
{
	struct text text = {0};
	char path[PATH_ROOM];

	set_uplinks(stack->topology, name_of);
	yaml_tree_write(stack->topology->at, &text);
	if (!text.failed)
		set_digest(stack, &text);
	snprintf(path, sizeof(path), "%s/topology.yaml", stack->directory);
	return file_write_text(path, &text, fail);
}

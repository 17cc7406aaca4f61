/* The call managers of the lab, as they are now. */
#include "phonelab/why/content_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json_text.h"
#include "phonelab/lab/rows.h"

#define CONFIG_MOST (4u << 20)

static void read_config(struct content *of, struct content_node *node)
{
	static const char port[] = "#!substdef \"!NODE_PORT!";
	char path[CONTENT_PATH], *text = NULL;
	struct fail ignored = {0};
	const char *at;

	snprintf(path, sizeof(path), "%scucm/%s", of->it->directory, node->name);
	node->ours = !access(path, F_OK);
	snprintf(path, sizeof(path), "%scucm/%s/kamailio.cfg", of->it->directory, node->name);
	if (file_read(path, CONFIG_MOST, &text, NULL, &ignored))
		return;
	at = strstr(text, port);
	node->port = at ? (unsigned)strtoul(at + sizeof(port) - 1, NULL, 10) : 0;
	node->digest = strstr(text, "\n#!define WITH_DIGEST") != NULL;
	/* Every device may register: the rows have no effect. */
	if (strstr(text, "\n#!define WITH_FOREIGN_DEVICES"))
		node->ours = false;
	free(text);
}

static void read_rows(struct content *of, struct content_node *node)
{
	char path[CONTENT_PATH];
	struct fail fail = {0};

	snprintf(path, sizeof(path), "%scucm/%s/cucm.sqlite", of->it->directory, node->name);
	node->rows = rows_read(path, of->it->name, &fail);
	snprintf(node->reason, sizeof(node->reason), "%.199s", fail.text);
}

void content_read_nodes(struct content *of)
{
	const json_t *one;
	size_t i;

	json_array_foreach (json_object_get(of->it->status, "cluster"), i, one) {
		struct content_node *node = &of->node[of->nodes];

		if (of->nodes == CONTENT_NODES)
			break;
		*node = (struct content_node){.name = json_text(one, "name"),
					      .address = json_text(one, "address")};
		read_config(of, node);
		if (node->ours)
			read_rows(of, node);
		of->nodes++;
	}
}

void content_free_nodes(struct content *of)
{
	for (size_t i = 0; i < of->nodes; i++)
		json_decref(of->node[i].rows);
}

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mac.h"
#include "phonelab/client/client.h"
#include "phonelab/client/run_program.h"
#include "phonelab/lab/status_read.h"

#define STATUS_ROOM (8 << 20)
#define STATUS_MS   20000

/* May the word name a phone in another form than its device name? A directory number has no letters. */
static bool may_be_phone(const char *word)
{
	struct mac mac;

	if (!strncasecmp(word, "SEP", 3))
		return strncmp(word, "SEP", 3) != 0;
	return !mac_parse(&mac, word) || (isdigit((unsigned char)*word) || strchr("+*#", *word));
}

/* The status of a lab of containers, seen from the host. */
static json_t *container_status(const struct lab *lab)
{
	const char *const argv[] = {"docker", "exec", lab->container, "phonelab", "status", "--json", NULL};
	char *text = malloc(STATUS_ROOM);
	json_t *status = NULL;

	if (text && !run_program(argv, false, STATUS_MS, text, STATUS_ROOM))
		status = json_loads(text, 0, NULL);
	free(text);
	return status;
}

void client_node_name(const struct lab *lab, const char *word, char name[CLIENT_NODE])
{
	struct fail ignored = {0};
	json_t *status = NULL;
	const char *phone;

	if (*word && may_be_phone(word))
		status = *lab->container ? container_status(lab) : client_status(lab, &ignored);
	phone = status_read_find(status, word);
	snprintf(name, CLIENT_NODE, "%s", phone ? phone : word);
	json_decref(status);
}

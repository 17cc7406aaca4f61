/* The run directory of the console. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cable/userns.h"
#include "phonelab/closet/map.h"
#include "phonelab/console/internal.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/plan.h"

#define RESOLV	    "/etc/resolv.conf"
#define RESOLV_MOST 65536

/* The file of name servers is often a link below /run, which is hidden from now on. */
static int keep_resolv(const char *where, const char *text, size_t length, struct fail *fail)
{
	char folder[PATH_MAX];

	if (!where || strncmp(where, "/run/", 5))
		return 0;
	snprintf(folder, sizeof(folder), "%s", where);
	*strrchr(folder, '/') = 0;
	return file_make_directory(folder, fail) ? fail->err : file_write(where, text, length, fail);
}

static int own_run(struct fail *fail)
{
	char *where = realpath(RESOLV, NULL), *text = NULL;
	struct fail ignored = {0};
	size_t length = 0;
	int err;

	if (where && file_read(where, RESOLV_MOST, &text, &length, &ignored)) {
		free(where);
		where = NULL;
	}
	err = userns_own_run(fail);
	if (!err)
		err = keep_resolv(where, text, length, fail);
	free(where);
	free(text);
	return err ? err : file_make_directory(PLAN_PREFIX, fail);
}

int console_place(const struct console_options *options, bool *here, struct fail *fail)
{
	int err = 0;

	*here = !access(PLAN_PREFIX, W_OK);
	if (!*here)
		err = own_run(fail);
	if (!err)
		err = lab_file_write(PLAN_PREFIX, options->name, options->topology, fail);
	return err ? err : map_write(options->route, PLAN_PREFIX, fail);
}

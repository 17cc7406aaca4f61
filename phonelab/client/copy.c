#include "phonelab/client/copy.h"

#include <errno.h>
#include <stdio.h>

#include "phonelab/client/run_program.h"
#include "phonelab/lab/run_copy.h"

#define COPY_MS 60000

int client_copy(const struct lab *lab, const char *folder)
{
	/* As run_copy(): without keys, flash and images. */
	static const char inside[] =
	    "cd /run/phonelab && find . -maxdepth 5 \\( -name keys -o -name flash -o -name '.?*' \\) -prune "
	    "-o "
	    "-type f \\( ! -path '*/root/*' -o -name '*.xml' ! -path '*/root/*/*' \\) -print0 | tar -c "
	    "--null -T - 2>/dev/null";
	static const char here[] = "docker exec \"$1\" as-phonelab sh -c \"$2\" | tar -x --no-same-owner "
				   "--no-same-permissions -C \"$3\"";
	const char *argv[] = {"sh", "-c", here, "sh", lab->container, inside, folder, NULL};
	char output[400];

	if (!lab->container[0])
		return run_copy(lab->pid, folder);
	if (!run_program(argv, true, COPY_MS, output, sizeof(output)))
		return 0;
	fprintf(stderr, "phonelab: %s: the logs cannot be copied: %s\n", folder, output);
	return -EIO;
}

/* phonelab mcp: an interface of the lab for agents. */
#include "phonelab/mcp/mcp.h"
#include "phonelab/command/command.h"

#include <string.h>

int command_mcp(const struct command_line *line)
{
	struct lab lab;
	int status = client_choose(line->lab, &lab), err;

	if (status)
		return status;
	err = mcp_serve(&lab);
	return err ? exit_complain(EXIT_DEFECT, "mcp: %s", strerror(-err)) : EXIT_AS_ASKED;
}

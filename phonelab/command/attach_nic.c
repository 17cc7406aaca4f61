/* An interface of the machine as the far end of a switch port, while the lab runs. */
#include "phonelab/command/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "phonelab/client/client.h"
#include "phonelab/client/containers.h"
#include "phonelab/lab/address.h"
#include "phonelab/lab/nic.h"
#include "base/control.h"

/* Root may attach an interface to the lab of the user who called sudo; and to a lab of containers, because the control
 * socket of its switch is in the root directory of a container. 0, or an exit status with the reason printed. */
static int choose(const char *name, struct lab *lab)
{
	const char *user = getenv("SUDO_UID");
	struct fail fail = {0}, reason = {0};
	int err = client_find(name, lab, &fail);

	if (err == -ENOENT && !getuid() && user && atol(user) > 0) {
		lab_address_of_user((uid_t)atol(user));
		err = client_find(name, lab, &reason);
	}
	if (err == -ENOENT && !containers_find(name, lab))
		return containers_reach(lab, &fail) ? exit_complain(EXIT_UNFIT, "attach-nic: %s", fail.text)
						    : 0;
	return err ? exit_complain(EXIT_USAGE, "%s", fail.text) : 0;
}

/* Split SWITCH:PORT, and find the control socket of the switch. */
static int find_switch(const struct command_line *line, const struct lab *lab, const char **port,
		       char *socket, size_t size)
{
	char name[80], file[120];

	*port = strchr(line->word[0], ':');
	if (!*port || !(*port)[1] || *port - line->word[0] >= (ptrdiff_t)sizeof(name))
		return exit_complain(EXIT_USAGE,
				     "attach-nic: found \"%s\", expected SWITCH:PORT, such as sw1:Gi1/0/24",
				     line->word[0]);
	snprintf(name, sizeof(name), "%.*s", (int)(*port - line->word[0]), line->word[0]);
	++*port;
	snprintf(file, sizeof(file), "switches/%s.sock", name);
	client_path(lab, file, socket, size);
	if (strchr(name, '/') || (access(socket, F_OK) && errno == ENOENT))
		return command_unknown_switch(line, lab, name);
	return 0;
}

static int detach(const char *socket, const char *port)
{
	struct fail fail = {0};
	json_t *reply =
	    control_ask(socket, json_pack("{s:s,s:s}", "do", "nic detach", "port", port), 10000, NULL, &fail);

	if (!reply)
		return exit_complain(EXIT_USAGE, "attach-nic: %s", fail.text);
	json_decref(reply);
	return EXIT_AS_ASKED;
}

static int attach(const struct command_line *line, const struct lab *lab, const char *socket,
		  const char *port)
{
	bool agreed = line->option[OPT_ATTACH_NIC_YES_REALLY].given;
	const char *name = line->word[1];
	struct fail fail = {0};
	int descriptor[NIC_DESCRIPTORS], status, err;
	char again[300];

	snprintf(again, sizeof(again), "--lab %s attach-nic %.80s %.80s%s", lab->name, line->word[0], name,
		 agreed ? " --yes-really" : "");
	status = lab_nic_open(descriptor, name, agreed, "add --yes-really", again, &fail);
	if (status)
		return exit_complain(status, "attach-nic: %s", fail.text);
	err = lab_nic_attach(socket, port, name, descriptor, &fail);
	nic_close_descriptors(descriptor);
	return err ? exit_complain(EXIT_USAGE, "attach-nic: %s", fail.text) : EXIT_AS_ASKED;
}

int command_attach_nic(const struct command_line *line)
{
	bool detaches = line->option[OPT_ATTACH_NIC_DETACH].given;
	const char *port;
	struct lab lab;
	char socket[256];
	int status;

	if (line->words != (detaches ? 1 : 2))
		return exit_complain(EXIT_USAGE, "attach-nic: expected %s; usage: phonelab attach-nic %s",
				     detaches ? "SWITCH:PORT only"
					      : "SWITCH:PORT and the name of an interface",
				     line->command->synopsis);
	status = choose(line->lab, &lab);
	if (!status)
		status = command_needs_machine(line, &lab);
	if (!status)
		status = find_switch(line, &lab, &port, socket, sizeof(socket));
	if (status)
		return status;
	return detaches ? detach(socket, port) : attach(line, &lab, socket, port);
}

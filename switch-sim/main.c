#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/version.h"
#include "cable/netns.h"
#include "switch-sim/driver/switch_client.h"
#include "switch-sim/driver/switchd.h"

enum {
	EXIT_OK,
	EXIT_FAILED,
	EXIT_USAGE, /* wrong usage or a wrong file */
	EXIT_UNFIT, /* this machine does not permit it */
};

static const char usage[] =
    "usage: switch-sim [-d TOKEN[,TOKEN]] --config FILE [--check | --panel-only [--new-netns]]\n"
    "       switch-sim [--control SOCKET] show WORD...\n"
    "       switch-sim [--control SOCKET] configure LINE...\n"
    "       switch-sim [--control SOCKET] impair add RULE | ls | clear [ID|all]\n"
    "\n"
    "Run the access switch of a lab, as its switch.json describes it, until SIGTERM.\n"
    "show, configure and impair send requests to a running switch.\n"
    "\n"
    "  --config FILE      the configuration, a switch.json\n"
    "  --check            check the configuration and exit\n"
    "  --panel-only       no switch, only its patch panel: the ports are interfaces that a switch of yours\n"
    "                     joins, such as a bridge; they give power\n"
    "  --new-netns        make a network namespace for the ports\n"
    "  --control SOCKET   the control socket of the switch (default: $PHONELAB_SWITCH, or the only socket "
    "in\n"
    "                     /run/phonelab/switches)\n"
    "  -d TOKEN[,TOKEN]   print messages for debugging: port, dhcp, cdp, lldp, forward, panel, netlink,\n"
    "                     control, event, or all\n"
    "  --help, --version\n"
    "\n"
    "exit status: 0 success; 1 failure, or the switch refused lines; 2 wrong usage or an invalid file;\n"
    "3 this machine does not permit it\n";

static int complain(int status, const struct fail *fail)
{
	fprintf(stderr, "switch-sim: %s\n", fail->text);
	return status;
}

/* Go into a new network namespace, for good. */
static int leave_netns(struct fail *fail)
{
	int ns, home, err = netns_new(&ns, fail);

	if (err)
		return err;
	err = netns_enter(ns, &home, fail);
	close(ns);
	if (err)
		return err;
	close(home);
	netns_without_ipv6(NETNS_OWN);
	return netns_loopback_up(NETNS_OWN, fail);
}

static int serve(const char *path, bool check, bool panel_only, bool new_netns)
{
	struct switch_file file;
	struct fail fail = {0};
	int err;

	if (switch_file_read(&file, path, &fail))
		return complain(EXIT_USAGE, &fail);
	if (check) {
		printf("%s: %u ports: correct\n", path, switch_config_ports(&file.config));
		switch_file_free(&file);
		return EXIT_OK;
	}
	if (panel_only)
		switch_file_panel_only(&file);
	err = new_netns ? leave_netns(&fail) : 0;
	if (!err)
		err = switchd_run(&file, &fail);
	switch_file_free(&file);
	if (!err)
		return EXIT_OK;
	return complain(err == -EPERM || err == -EACCES || err == -EOPNOTSUPP ? EXIT_UNFIT : EXIT_FAILED,
			&fail);
}

static int ask(const char *control, const char *verb, char **words, int count)
{
	bool impair = !strcmp(verb, "impair");
	struct fail fail = {0};
	char *path;
	int err;

	if (strcmp(verb, "show") && strcmp(verb, "configure") && !impair) {
		fprintf(stderr,
			"switch-sim: unknown command \"%s\"; the commands are show, configure and impair\n%s",
			verb, usage);
		return EXIT_USAGE;
	}
	path = switch_client_socket(control, &fail);
	if (!path)
		return complain(EXIT_USAGE, &fail);
	if (impair)
		err = switch_client_impair(path, (const char *const *)words, (unsigned)count, &fail);
	else
		err = switch_client_run(path, verb, (const char *const *)words, (unsigned)count, &fail);
	free(path);
	return err < 0 ? complain(EXIT_FAILED, &fail) : err;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'}, {"control", required_argument, NULL, 's'},
	    {"check", no_argument, NULL, 'k'},	      {"help", no_argument, NULL, 'h'},
	    {"panel-only", no_argument, NULL, 'p'},   {"new-netns", no_argument, NULL, 'n'},
	    {"version", no_argument, NULL, 'v'},      {0}};
	const char *config = NULL, *control = NULL;
	struct fail fail = {0};
	bool check = false, panel_only = false, new_netns = false;
	int option;

	log_begin("switch-sim");
	/* "+": what follows the verb belongs to the switch. */
	while ((option = getopt_long(argc, argv, "+hd:", options, NULL)) != -1)
		switch (option) {
		case 'c': config = optarg; break;
		case 's': control = optarg; break;
		case 'k': check = true; break;
		case 'p': panel_only = true; break;
		case 'n': new_netns = true; break;
		case 'd':
			if (log_enable(optarg, &fail))
				return complain(EXIT_USAGE, &fail);
			break;
		case 'h': fputs(usage, stdout); return EXIT_OK;
		case 'v': puts("switch-sim " PHONELAB_VERSION); return EXIT_OK;
		default: fputs(usage, stderr); return EXIT_USAGE;
		}
	if (optind < argc && !config)
		return ask(control, argv[optind], argv + optind + 1, argc - optind - 1);
	if (!config || optind < argc) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	return serve(config, check, panel_only, new_netns);
}

/* cucm-service: services of a cluster's nodes, in a lab of phonelab. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/print.h"
#include "base/version.h"
#include "cucm-service/driver/capf_server.h"
#include "cucm-service/driver/publisher.h"
#include "cucm-service/driver/tvs_server.h"

#define EXIT_BAD_USAGE 2

static const char usage[] =
    "usage: cucm-service --config FILE [-d TOKENS]\n"
    "       cucm-service tvs FILE\n"
    "       cucm-service capf FILE\n"
    "\n"
    "Services of a call manager node of a lab, in the calling network namespace. phonelab starts them.\n"
    "\n"
    "  --config FILE  RISPort70 and AXL of the publisher: HTTPS on port 8443; FILE: cucm/NODE/service.json\n"
    "  tvs FILE       the trust verification service: TLS on port 2445; FILE: cucm/NODE/tvs.json\n"
    "  capf FILE      the certificate authority proxy function of the publisher: TLS on port 3804; FILE:\n"
    "                 cucm/NODE/capf.json\n"
    "  -d TOKENS      print debug messages with these tokens\n"
    "  --help         print this text\n"
    "  --version      print the version\n";

static const struct option options[] = {{"config", required_argument, NULL, 'c'},
					{"help", no_argument, NULL, 'h'},
					{"version", no_argument, NULL, 'v'},
					{0}};

/* The services that have a name. */
static const struct {
	const char *name;
	int (*run)(const char *path, struct fail *fail);
} services[] = {{"tvs", tvs_server_run}, {"capf", capf_server_run}};

static int run_service(const char *name, const char *path)
{
	struct fail fail = {0};

	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		int err;

		if (strcmp(services[i].name, name))
			continue;
		err = services[i].run(path, &fail);
		if (err)
			print_to(stderr, "cucm-service: %s\n", fail.text);
		return err == -EINVAL ? EXIT_BAD_USAGE : err ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	fputs(usage, stderr);
	return EXIT_BAD_USAGE;
}

int main(int argc, char **argv)
{
	struct service_config config;
	struct fail fail = {0};
	const char *path = NULL;
	int option, err;

	log_begin("cucm-service");
	while ((option = getopt_long(argc, argv, "d:", options, NULL)) != -1)
		switch (option) {
		case 'c': path = optarg; break;
		case 'd':
			if (!log_enable(optarg, &fail))
				break;
			print_to(stderr, "cucm-service: %s\n", fail.text);
			return EXIT_BAD_USAGE;
		case 'h': fputs(usage, stdout); return EXIT_SUCCESS;
		case 'v': print_text("cucm-service %s\n", PHONELAB_VERSION); return EXIT_SUCCESS;
		default: fputs(usage, stderr); return EXIT_BAD_USAGE;
		}
	if (!path && argc - optind == 2)
		return run_service(argv[optind], argv[optind + 1]);
	if (!path || optind < argc) {
		fputs(usage, stderr);
		return EXIT_BAD_USAGE;
	}
	if (service_config_read(path, &config, &fail)) {
		print_to(stderr, "cucm-service: %s\n", fail.text);
		return EXIT_BAD_USAGE;
	}
	err = publisher_run(&config, &fail);
	if (err)
		print_to(stderr, "cucm-service: %s\n", fail.text);
	service_config_free(&config);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

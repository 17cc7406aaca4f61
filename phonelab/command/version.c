/* `phonelab --version`: the version of phonelab, and of the libraries that it runs with. */
#include "phonelab/command/command.h"

#include <event2/event.h>
#include <libxml/parser.h>
#include <link.h>
#include <limits.h>
#include <netlink/version.h>
#include <openssl/crypto.h>
#include <pcap/pcap.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>
#include <zlib.h>

#include "base/version.h"

/* The file of a loaded library that reports no version of its own: its name ends in one. */
struct loaded {
	const char *name; /* "libmnl.so" */
	char file[80];
};

static int find_loaded(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct loaded *loaded = arg;
	const char *base = strrchr(info->dlpi_name, '/');
	char path[PATH_MAX];

	(void)size;
	if (!base || strncmp(base + 1, loaded->name, strlen(loaded->name)) != 0 ||
	    !realpath(info->dlpi_name, path))
		return 0;
	snprintf(loaded->file, sizeof(loaded->file), "%s", strrchr(path, '/') + 1);
	return 1;
}

static void print_version(const char *library, const char *version)
{
	print_text("  %-10s %s\n", library, version);
}

/* The version of a library that has no call for it: that in the name of its file. */
static void print_file(const char *library, const char *name)
{
	struct loaded loaded = {.name = name};

	dl_iterate_phdr(find_loaded, &loaded);
	print_version(library, *loaded.file ? loaded.file : "linked into the program");
}

int command_version(void)
{
	char nl[32];

	snprintf(nl, sizeof(nl), "%d.%d.%d", nl_ver_maj, nl_ver_min, nl_ver_mic);
	print_line("phonelab " PHONELAB_VERSION);
	print_version("libnl", nl);
	print_file("libmnl", "libmnl.so");
	print_version("libevent", event_get_version());
	print_version("jansson", jansson_version_str());
	print_version("libyaml", yaml_get_version_string());
	print_version("libxml2", xmlParserVersion);
	print_file("libosip2", "libosipparser2.so");
	print_version("libpcap", pcap_lib_version());
	print_version("OpenSSL", OpenSSL_version(OPENSSL_VERSION));
	print_version("SQLite", sqlite3_libversion());
	print_version("zlib", zlibVersion());
	return EXIT_AS_ASKED;
}

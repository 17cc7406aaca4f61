#include "phonelab/command/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/confine.h"
#include "cable/userns.h"
#include "phonelab/lab/self.h"

enum verdict { GOOD, NOTE, UNFIT };

static json_t *checks; /* with --json: the results so far; else NULL */

static int report(enum verdict verdict, const char *what, const char *found, const char *remedy)
{
	static const char *const marks[] = {"ok   ", "note ", "UNFIT"};
	static const char *const words[] = {"ok", "note", "unfit"};

	if (checks) {
		json_array_append_new(checks,
				      json_pack("{s:s,s:s,s:s,s:s?}", "check", what, "result", words[verdict],
						"found", found, "remedy", verdict == GOOD ? NULL : remedy));
		return verdict == UNFIT;
	}
	print_text("%s  %-22s %s\n", marks[verdict], what, found);
	if (remedy && verdict != GOOD)
		print_text("       %-22s -> %s\n", "", remedy);
	return verdict == UNFIT;
}

static int check_namespaces(void)
{
	struct fail fail = {0};
	bool user;

	if (userns_check(&user, &fail))
		return report(UNFIT, "namespaces", fail.text, NULL);
	return report(GOOD, "namespaces",
		      user ? "user, mount, PID and network namespaces without root"
			   : "mount, PID and network namespaces as root",
		      NULL);
}

/* A module of a server, in one of Debian's directories of libraries. */
static int check_module(const char *title, const char *file, const char *package)
{
	static const char *const folders[] = {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
					      "/usr/lib"};
	char path[120], remedy[120];
	bool found = false;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], file);
		found = found || !access(path, R_OK);
	}
	snprintf(remedy, sizeof(remedy), "apt-get install %s", package);
	return report(found ? GOOD : UNFIT, title, found ? "installed" : "not installed", remedy);
}

static int check_servers(void)
{
	static const struct {
		const char *program, *package;
	} rows[] = {{"dnsmasq", "dnsmasq-base"},
		    {"kamailio", "kamailio kamailio-sqlite-modules"},
		    {"lighttpd", "lighttpd"}};
	char path[SELF_PROGRAM], remedy[120];
	int unfit = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool found = self_find_program(rows[i].program, path);

		snprintf(remedy, sizeof(remedy), "apt-get install %s", rows[i].package);
		unfit +=
		    report(found ? GOOD : UNFIT, rows[i].program, found ? path : "not installed", remedy);
	}
	return unfit +
	       check_module("kamailio db_sqlite", "kamailio/modules/db_sqlite.so",
			    "kamailio-sqlite-modules") +
	       check_module("kamailio tls", "kamailio/modules/tls.so", "kamailio-tls-modules") +
	       check_module("lighttpd mod_openssl", "lighttpd/mod_openssl.so", "lighttpd-mod-openssl");
}

static int check_programs(void)
{
	struct fail fail = {0};
	char folder[512];

	self_folder(folder, sizeof(folder));
	if (self_check(&fail))
		return report(UNFIT, "simulators", fail.text, "make");
	return report(GOOD, "simulators", folder, NULL);
}

static int check_limits(void)
{
	struct rlimit files = {0}, processes = {0};
	char text[100];
	int unfit;

	getrlimit(RLIMIT_NOFILE, &files);
	getrlimit(RLIMIT_NPROC, &processes);
	snprintf(text, sizeof(text), "%llu (13 per phone)", (unsigned long long)files.rlim_max);
	unfit = report(files.rlim_max < 1024	? UNFIT
		       : files.rlim_max < 16384 ? NOTE
						: GOOD,
		       "open files", text,
		       "raise the hard limit of nofile for labs of many phones (/etc/security/limits.conf)");
	if (processes.rlim_max == RLIM_INFINITY)
		snprintf(text, sizeof(text), "unlimited");
	else
		snprintf(text, sizeof(text), "%llu", (unsigned long long)processes.rlim_max);
	return unfit + report(processes.rlim_max < 256 ? UNFIT : GOOD, "processes", text,
			      "raise the hard limit of nproc");
}

/* A number of /proc/sys; -1 if it cannot be read. */
static long sysctl(const char *path)
{
	FILE *in = fopen(path, "re");
	char line[32] = "";

	if (!in)
		return -1;
	if (!fgets(line, sizeof(line), in))
		line[0] = 0;
	fclose(in);
	return atol(line);
}

static int check_namespace_limits(void)
{
	long most = sysctl("/proc/sys/user/max_net_namespaces");
	char text[100];

	if (most < 0)
		return 0;
	snprintf(text, sizeof(text), "%ld (one per phone and server)", most);
	return report(most < 32	    ? UNFIT
		      : most < 2048 ? NOTE
				    : GOOD,
		      "network namespaces", text, "sysctl -w user.max_net_namespaces=65536");
}

/* All namespaces of the machine share one table of ARP entries. Only the initial namespace shows its limit. Unresolved
 * entries of a lab count against it, resolved ones do not. */
static int check_neighbours(void)
{
	long most = sysctl("/proc/sys/net/ipv4/neigh/default/gc_thresh3");
	char text[100];

	if (most < 0)
		return 0;
	snprintf(text, sizeof(text), "%ld entries, shared by all namespaces", most);
	return report(most < 1024 ? NOTE : GOOD, "ARP table", text,
		      "sysctl -w net.ipv4.neigh.default.gc_thresh3=8192");
}

static int check_memory(void)
{
	char line[128], text[100];
	long available = -1;
	FILE *in = fopen("/proc/meminfo", "re");

	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "MemAvailable: %ld kB", &available) == 1)
			break;
	if (in)
		fclose(in);
	if (available < 0)
		return report(NOTE, "memory", "unknown: no MemAvailable in /proc/meminfo", NULL);
	snprintf(text, sizeof(text), "%ld MiB available", available / 1024);
	return report(available < 200 * 1024	? UNFIT
		      : available < 1024 * 1024 ? NOTE
						: GOOD,
		      "memory", text, "the office topology needs about 300 MiB, 1,000 phones about 2 GiB");
}

static int check_kernel(void)
{
	struct utsname name;
	bool vlan;

	if (!uname(&name))
		report(GOOD, "kernel", name.release, NULL);
	vlan = !access("/proc/net/vlan", F_OK) || !access("/sys/module/8021q", F_OK);
	return report(vlan ? GOOD : NOTE, "8021q",
		      vlan ? "loaded: the kernel handles voice VLANs" : "not loaded",
		      "optional: the switch tags the voice VLAN of a phone, else the phone itself (to use "
		      "the kernel: modprobe 8021q)");
}

/* What the simulators give up before they read from a network. They also run where a part is missing. */
static void check_confinement(void)
{
	const char *seccomp = confine_no_seccomp(), *landlock = confine_no_landlock();
	char text[100];

	snprintf(text, sizeof(text), "seccomp: %s; Landlock: %s", seccomp ? seccomp : "yes",
		 landlock ? landlock : "yes");
	report(seccomp || landlock ? NOTE : GOOD, "confinement", text,
	       "optional: simulators run with more rights than they need (docs/confinement.md)");
}

int command_doctor(const struct command_line *line)
{
	int unfit = 0;

	checks = command_wants_json(line) ? json_array() : NULL;
	unfit += check_kernel();
	unfit += check_namespaces();
	unfit += check_namespace_limits();
	unfit += check_programs();
	unfit += check_servers();
	unfit += check_limits();
	unfit += check_neighbours();
	unfit += check_memory();
	check_confinement();
	if (checks) {
		command_print(json_pack("{s:b,s:o}", "fit", !unfit, "checks", checks));
		return unfit ? EXIT_UNFIT : EXIT_AS_ASKED;
	}
	if (unfit) {
		print_text("\nthis machine cannot run labs: %d requirement%s not met\n", unfit,
			   unfit == 1 ? " is" : "s are");
		return EXIT_UNFIT;
	}
	print_line("\nthis machine can run labs");
	return EXIT_AS_ASKED;
}

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <arpa/inet.h>

#include "base/log.h"
#include "base/version.h"
#include "cable/node_mac.h"
#include "phone-sim/core/phone.h"
#include "phone-sim/driver/client.h"
#include "phone-sim/driver/rack.h"

#define FLASH_DEFAULT "/run/phonelab/phones/flash"
#define RACK_CONTROL  "/run/phonelab/phones/rack.sock"
#define WAIT_DEFAULT  30
#define TFTP_MOST     2

enum option_code {
	OPTION_DEBUG = 'd',
	OPTION_CONFIG = 256,
	OPTION_PANEL,
	OPTION_PORT,
	OPTION_MODEL,
	OPTION_MAC,
	OPTION_POWER,
	OPTION_ACTIVE_LOAD,
	OPTION_INACTIVE_LOAD,
	OPTION_TFTP,
	OPTION_NO_CDP,
	OPTION_NO_LLDP,
	OPTION_PACE,
	OPTION_SEED,
	OPTION_FLASH,
	OPTION_CONTROL,
	OPTION_EVENTS,
	OPTION_VLAN_BACKEND,
	OPTION_WAIT,
	OPTION_JSON,
	OPTION_REGISTERED,
	OPTION_PROGRESS,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"panel", required_argument, NULL, OPTION_PANEL},
    {"port", required_argument, NULL, OPTION_PORT},
    {"model", required_argument, NULL, OPTION_MODEL},
    {"mac", required_argument, NULL, OPTION_MAC},
    {"power", required_argument, NULL, OPTION_POWER},
    {"active-load", required_argument, NULL, OPTION_ACTIVE_LOAD},
    {"inactive-load", required_argument, NULL, OPTION_INACTIVE_LOAD},
    {"alternate-tftp", required_argument, NULL, OPTION_TFTP},
    {"no-cdp", no_argument, NULL, OPTION_NO_CDP},
    {"no-lldp", no_argument, NULL, OPTION_NO_LLDP},
    {"pace", required_argument, NULL, OPTION_PACE},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"flash", required_argument, NULL, OPTION_FLASH},
    {"control", required_argument, NULL, OPTION_CONTROL},
    {"events", required_argument, NULL, OPTION_EVENTS},
    {"vlan-backend", required_argument, NULL, OPTION_VLAN_BACKEND},
    {"wait", required_argument, NULL, OPTION_WAIT},
    {"json", no_argument, NULL, OPTION_JSON},
    {"registered", no_argument, NULL, OPTION_REGISTERED},
    {"progress", no_argument, NULL, OPTION_PROGRESS},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static const char usage_text[] =
    "usage: phone-sim --config FILE                     a rack of phones, each in a namespace of its own\n"
    "       phone-sim --panel PATH [OPTION...]          one phone, in the calling network namespace\n"
    "       phone-sim VERB [PHONE] [--control PATH]     ask a rack: status, usage, console, messages, "
    "reset, restart,\n"
    "                                                   erase, prt-report, unplug, plug, remove, stop\n"
    "\n"
    "one phone:\n"
    "  --port PORT            the switch port, such as Gi1/0/5 (default: any free port)\n"
    "  --model MODEL          7841, 8845, 8865 ... (7841)\n"
    "  --mac MAC              the MAC of the phone (default: derived from the host name)\n"
    "  --power poe|ac         the source of its power (poe)\n"
    "  --active-load LOAD     firmware in the active bank of a new flash; --inactive-load LOAD: in the other "
    "bank\n"
    "  --alternate-tftp IP    a file server to use instead of those of DHCP; up to two\n"
    "  --no-cdp, --no-lldp    disable CDP; disable LLDP\n"
    "  --pace fast|real       fast skips delays that exist only in hardware (fast)\n"
    "  --seed N               seed of all random values (1)\n"
    "  --flash DIR            directory of the flash (" FLASH_DEFAULT ")\n"
    "  --control PATH         control socket; --events FILE: event stream\n"
    "both:\n"
    "  --vlan-backend auto|kernel|user   what creates the interface of the voice VLAN (auto)\n"
    "  -d TOKEN[,TOKEN]       print debug messages on standard error: step, cdp, lldp, dhcp, fetch, member, "
    "sip,\n"
    "                         event, all (none)\n"
    "  --progress             print a line for each step that a phone has ended; of more than 20 phones: "
    "for\n"
    "                         each failure and each registration\n"
    "  --wait SECONDS         wait for the first switch (30; 0: without limit)\n"
    "status:\n"
    "  --json                 print the reply as JSON; --registered: exit status 1 unless every phone is "
    "registered\n"
    "  --help, --version\n"
    "\n"
    "exit status: 0 success; 1 failure, or not as expected; 2 wrong usage or an invalid file; 3 this machine "
    "cannot run it;\n"
    "4 a defect in phone-sim\n";

struct arguments {
	const char *config;
	const char *control;
	const char *events;
	const char *flash;
	long seed;
	long wait_s;
	int pace;
	int vlan_backend; /* -1: not given */
	bool json, registered, progress;
	struct rack_phone phone;
	struct in_addr tftp[TFTP_MOST];
};

static int wrong(const char *what, const char *found, const char *expected)
{
	fprintf(stderr, "phone-sim: %s: invalid value \"%s\"; it takes %s\n", what, found, expected);
	return 2;
}

static int take_choice(const char *option, const char *text, const char *const *choices, const char *expected,
		       int *out)
{
	for (int i = 0; choices[i]; i++) {
		if (strcmp(choices[i], text) == 0) {
			*out = i;
			return 0;
		}
	}
	return wrong(option, text, expected);
}

static int take_number(const char *option, const char *text, long most, long *out)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || *end || end == text || number < 0 || number > most)
		return wrong(option, text, "a whole number that is not negative");
	*out = number;
	return 0;
}

static int take_tftp(struct arguments *arguments, const char *text)
{
	struct config_list *list = &arguments->phone.alternate_tftp;

	if (list->count == TFTP_MOST)
		return wrong("--alternate-tftp", text, "no more than two addresses");
	if (inet_pton(AF_INET, text, &arguments->tftp[list->count]) != 1)
		return wrong("--alternate-tftp", text, "an IPv4 address");
	list->items = arguments->tftp;
	list->count++;
	return 0;
}

static int take_mac(struct arguments *arguments, const char *text)
{
	struct mac zero = {{0}};

	if (mac_parse(&arguments->phone.mac, text) || mac_is_group(&arguments->phone.mac) ||
	    mac_equal(&arguments->phone.mac, &zero))
		return wrong("--mac", text, "the address of a single station, such as 00:11:22:aa:bb:01");
	return 0;
}

static int take_debug(const char *list)
{
	struct fail fail = {0};

	if (!log_enable(list, &fail))
		return 0;
	fprintf(stderr, "phone-sim: -d: %s\n", fail.text);
	return 2;
}

static int take_option(struct arguments *arguments, int code)
{
	static const char *const paces[] = {"fast", "real", NULL}, *const powers[] = {"poe", "ac", NULL};

	switch ((enum option_code)code) {
	case OPTION_CONFIG: arguments->config = optarg; return 0;
	case OPTION_PANEL: arguments->phone.panel = optarg; return 0;
	case OPTION_PORT: arguments->phone.port = optarg; return 0;
	case OPTION_MODEL: arguments->phone.model = optarg; return 0;
	case OPTION_MAC: return take_mac(arguments, optarg);
	case OPTION_POWER:
		return take_choice("--power", optarg, powers, "poe or ac", &arguments->phone.power);
	case OPTION_ACTIVE_LOAD: arguments->phone.active_load = optarg; return 0;
	case OPTION_INACTIVE_LOAD: arguments->phone.inactive_load = optarg; return 0;
	case OPTION_TFTP: return take_tftp(arguments, optarg);
	case OPTION_NO_CDP: arguments->phone.cdp = false; return 0;
	case OPTION_NO_LLDP: arguments->phone.lldp = false; return 0;
	case OPTION_PACE: return take_choice("--pace", optarg, paces, "fast or real", &arguments->pace);
	case OPTION_SEED: return take_number("--seed", optarg, INT32_MAX, &arguments->seed);
	case OPTION_FLASH: arguments->flash = optarg; return 0;
	case OPTION_CONTROL: arguments->control = optarg; return 0;
	case OPTION_EVENTS: arguments->events = optarg; return 0;
	case OPTION_VLAN_BACKEND:
		return take_choice("--vlan-backend", optarg, rack_vlan_backends, "auto, kernel or user",
				   &arguments->vlan_backend);
	case OPTION_WAIT: return take_number("--wait", optarg, 86400, &arguments->wait_s);
	case OPTION_JSON: arguments->json = true; return 0;
	case OPTION_PROGRESS: arguments->progress = true; return 0;
	case OPTION_REGISTERED: arguments->registered = true; return 0;
	case OPTION_DEBUG: return take_debug(optarg);
	case OPTION_HELP: fputs(usage_text, stdout); exit(0);
	case OPTION_VERSION: puts("phone-sim " PHONELAB_VERSION); exit(0);
	}
	fputs(usage_text, stderr);
	return 2;
}

/* The exit status for a negative errno at the start. */
static int status_of(int code)
{
	switch (-code) {
	case EPERM:
	case EMFILE:
	case ENFILE:
	case ENOSPC: return 3;
	case EINVAL:
	case ENOENT:
	case EACCES:
	case EISDIR:
	case EBADMSG:
	case ENAMETOOLONG: return 2;
	default: return 1;
	}
}

static int report(int code, const struct fail *fail)
{
	fprintf(stderr, "phone-sim: %s\n", fail->text);
	if (code == -EPERM)
		fprintf(stderr,
			"phone-sim: namespaces and raw sockets need CAP_SYS_ADMIN, CAP_NET_ADMIN and "
			"CAP_NET_RAW: "
			"run it in a lab (phonelab up), in a user namespace (unshare -Urnm), or as root\n");
	return status_of(code);
}

static int run(const struct rack_options *options, const struct rack_phone *phones, size_t count)
{
	struct fail fail = {0};
	struct rack *rack;
	int status;
	int err;

	signal(SIGPIPE, SIG_IGN);
	err = rack_new(&rack, options, &fail);
	if (err)
		return report(err, &fail);
	err = rack_confine(rack, phones, count, &fail);
	if (err) {
		rack_free(rack);
		return report(err, &fail);
	}
	rack_fill(rack, phones, count);
	status = rack_run(rack);
	rack_free(rack);
	return status;
}

static int run_rack(const struct arguments *arguments)
{
	struct rack_options options;
	struct rack_config config;
	struct fail fail = {0};
	int status;

	if (rack_config_read(arguments->config, &config, &fail)) {
		fprintf(stderr, "phone-sim: %s\n", fail.text);
		return 2;
	}
	options = (struct rack_options){.name = config.name,
					.pace = (enum phone_pace)config.pace,
					.seed = (uint64_t)config.seed,
					.flash = config.flash,
					.control = config.control,
					.events = config.events,
					.key_log = config.key_log,
					.vlan_backend = arguments->vlan_backend >= 0 ? arguments->vlan_backend
										     : config.vlan_backend,
					.own_namespaces = true,
					.wait_s = (unsigned)arguments->wait_s};
	if (arguments->progress)
		options.progress =
		    config.phones.count > RACK_PROGRESS_MANY ? RACK_PROGRESS_FEW : RACK_PROGRESS_ALL;
	status = run(&options, config.phones.items, config.phones.count);
	rack_config_free(&config);
	return status;
}

/* The MAC of a phone whose name is the host name of its container. */
static void derive_mac(struct mac *mac)
{
	char host[256] = "phone";

	gethostname(host, sizeof(host) - 1);
	node_mac(mac, host, "eth0");
}

static const char *own_control(const struct mac *mac, char path[128])
{
	char name[DEVICE_TEXT];

	mac_format_device(mac, name);
	snprintf(path, 128, "/run/phonelab/phones/%s.sock", name);
	return path;
}

static int run_single(struct arguments *arguments)
{
	struct rack_phone *phone = &arguments->phone;
	char active[PHONE_LOAD_MAX], inactive[PHONE_LOAD_MAX], control[128];
	const struct phone_model *model = phone_model_find(phone->model);
	const struct mac zero = {{0}};
	struct rack_options options;

	if (!model)
		return wrong("--model", phone->model, "a model such as 7841, 8845 or 8865");
	if (mac_equal(&phone->mac, &zero))
		derive_mac(&phone->mac);
	snprintf(active, sizeof(active), "%s.14-2-1-0001-125", model->load_family);
	snprintf(inactive, sizeof(inactive), "%s.12-8-1-0001-455", model->load_family);
	if (!phone->active_load)
		phone->active_load = active;
	if (!phone->inactive_load)
		phone->inactive_load = inactive;
	if (!arguments->control) {
		mkdir("/run/phonelab", 0755); /* if it fails, the control socket reports why */
		mkdir("/run/phonelab/phones", 0755);
	}
	options = (struct rack_options){
	    .name = "phone",
	    .pace = (enum phone_pace)arguments->pace,
	    .seed = (uint64_t)arguments->seed,
	    .flash = arguments->flash,
	    .control = arguments->control ? arguments->control : own_control(&phone->mac, control),
	    .events = arguments->events,
	    .vlan_backend = arguments->vlan_backend >= 0 ? arguments->vlan_backend : RACK_VLAN_AUTO,
	    .own_namespaces = false,
	    .refusal_is_fatal = true,
	    .progress = arguments->progress ? RACK_PROGRESS_ALL : RACK_PROGRESS_NONE,
	    .wait_s = (unsigned)arguments->wait_s};
	return run(&options, phone, 1);
}

/* The control socket of a client: --control, the usual socket of a rack, or that of the one phone of this container. */
static const char *client_control(const struct arguments *arguments, char path[128])
{
	struct mac mac;

	if (arguments->control)
		return arguments->control;
	derive_mac(&mac);
	own_control(&mac, path);
	return access(RACK_CONTROL, F_OK) != 0 && access(path, F_OK) == 0 ? path : RACK_CONTROL;
}

static int run_client(const struct arguments *arguments, char **words)
{
	char path[128];
	const struct client_options options = {.control = client_control(arguments, path),
					       .node = words[1],
					       .json = arguments->json,
					       .expect_registered = arguments->registered};

	if (!client_knows(words[0]))
		return wrong("verb", words[0],
			     "status, usage, console, messages, reset, restart, erase, prt-report, unplug, "
			     "plug, remove or stop");
	if (words[1] && words[2]) {
		fprintf(stderr, "phone-sim: unexpected argument \"%s\"; usage: phone-sim %s [PHONE]\n",
			words[2], words[0]);
		return 2;
	}
	return client_run(words[0], &options);
}

int main(int argc, char **argv)
{
	struct arguments arguments = {.flash = FLASH_DEFAULT,
				      .seed = 1,
				      .wait_s = WAIT_DEFAULT,
				      .vlan_backend = -1,
				      .phone = {.model = "7841", .cdp = true, .lldp = true}};
	int err;

	log_begin("phone-sim");
	while ((err = getopt_long(argc, argv, "d:", long_options, NULL)) != -1) {
		int status = take_option(&arguments, err);
		if (status)
			return status;
	}
	if (argv[optind])
		return run_client(&arguments, argv + optind);
	if (arguments.config && arguments.phone.panel)
		return wrong("--panel", arguments.phone.panel, "either --config or --panel");
	if (arguments.config)
		return run_rack(&arguments);
	if (arguments.phone.panel)
		return run_single(&arguments);
	fputs(usage_text, stderr);
	return 2;
}

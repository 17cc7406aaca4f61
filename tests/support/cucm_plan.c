#include "tests/support/cucm_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cucm/keys.h"

#define ADDRESS(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static void sample_devices(struct sample_plan *sample, size_t devices)
{
	static const char *const models[] = {"7841", "8845", "8865"};

	sample->device = must(calloc(devices + 1, sizeof(*sample->device)));
	sample->line = must(calloc(devices + 1, sizeof(*sample->line)));
	sample->number = must(calloc(devices + 1, sizeof(*sample->number)));
	for (size_t i = 0; i < devices; i++) {
		snprintf(sample->number[i], sizeof(sample->number[i]), "%zu", 2001 + i);
		sample->line[i] = (struct cucm_line){
		    .number = sample->number[i], .display_name = "A <b> & \"c\"", .auth_password = "s3cret"};
		sample->device[i] = (struct cucm_device){
		    .mac = {{0x00, 0x11, 0x22, 0xaa, (uint8_t)(0xbb + (i + 1) / 256), (uint8_t)(i + 1)}},
		    .model = models[i % 3],
		    .lines = &sample->line[i],
		    .line_count = 1,
		    .dial_rules = &sample->rules,
		    .locale = &sample->locale,
		    .softkeys = &sample->softkeys,
		    .ringtones = true,
		};
	}
	sample->plan.devices = sample->device;
	sample->plan.device_count = devices;
}

static void sample_rules(struct sample_plan *sample)
{
	sample->rule[0] = (struct cucm_dial_rule){.match = "2...", .timeout_s = 0};
	sample->rule[1] =
	    (struct cucm_dial_rule){.match = "9,011*", .timeout_s = 6, .tone = "Bellcore-Outside"};
	sample->rule[2] = (struct cucm_dial_rule){.match = "*", .timeout_s = 15};
	sample->softkeys = (struct cucm_softkeys){"Standard User"};
	sample->rules = (struct cucm_dial_rules){"Office", sample->rule, 3};
	sample->app_rule[0] = (struct cucm_app_dial_rule){"National", "0", 10, 1, "9"};
	sample->locale = (struct cucm_locale){"French_France", "fr_FR", "France", NULL};
	sample->default_load[0] = (struct cucm_default_load){"7841", "sip78xx.14-2-1-0001-125"};
	sample->default_load[1] = (struct cucm_default_load){"8845", "sip8845_65.14-2-1-0001-125"};
	sample->default_load[2] = (struct cucm_default_load){"8865", "sip8845_65.14-2-1-0001-125"};
	sample->load[0] = (struct cucm_load){"sip78xx.14-2-1-0001-125", 0};
	sample->load[1] = (struct cucm_load){"sip78xx.12-8-1-0001-455", 65536};
	sample->load[2] = (struct cucm_load){"sip8845_65.14-2-1-0001-125", 65536};
	sample->plan.app_dial_rules = sample->app_rule;
	sample->plan.app_dial_rule_count = 1;
	sample->plan.default_loads = sample->default_load;
	sample->plan.default_load_count = 3;
	sample->plan.loads = sample->load;
	sample->plan.load_count = 3;
}

static void sample_servers(struct sample_plan *sample)
{
	struct cucm_dhcp_pool *pool = &sample->pool[0];

	sample->node[0] =
	    (struct cucm_node){"cucm-pub", CUCM_ROLE_PUBLISHER, ADDRESS(10, 20, 0, 11), 0, false};
	sample->node[1] =
	    (struct cucm_node){"cucm-sub", CUCM_ROLE_SUBSCRIBER, ADDRESS(10, 20, 0, 12), 0, false};
	sample->dns[0] = ADDRESS(10, 110, 0, 2);
	sample->tftp_address[0] = ADDRESS(10, 20, 0, 3);
	sample->tftp_address[1] = ADDRESS(10, 20, 0, 4);
	*pool = (struct cucm_dhcp_pool){
	    .name = "voice",
	    .subnet = ADDRESS(10, 110, 0, 0),
	    .prefix_length = 24,
	    .first = ADDRESS(10, 110, 0, 50),
	    .last = ADDRESS(10, 110, 0, 250),
	    .gateway = ADDRESS(10, 110, 0, 1),
	    .dns = sample->dns,
	    .dns_count = 1,
	    .tftp_servers = sample->tftp_address,
	    .tftp_server_count = 2,
	    .tftp_name = "tftp.lab",
	};
	sample->dhcp[0] = (struct cucm_dhcp_server){
	    .name = "dhcp", .address = ADDRESS(10, 110, 0, 2), .pools = sample->pool, .pool_count = 1};
	sample->tftp[0] = (struct cucm_tftp_server){.name = "tftp", .address = ADDRESS(10, 20, 0, 3)};
	sample->name[0] = (struct cucm_dns_name){"gw", ADDRESS(10, 110, 0, 1)};
}

struct sample_plan *sample_plan_new(const char *prefix, size_t devices)
{
	struct sample_plan *sample = must(calloc(1, sizeof(*sample)));

	sample->plan = (struct cucm_plan){
	    .prefix = prefix,
	    .cluster = "StandAloneCluster",
	    .seed = 1,
	    .nodes = sample->node,
	    .node_count = 2,
	    .dhcp_servers = sample->dhcp,
	    .dhcp_server_count = 1,
	    .tftp_servers = sample->tftp,
	    .tftp_server_count = 1,
	    .dns_names = sample->name,
	    .dns_name_count = 1,
	};
	sample_rules(sample);
	sample_servers(sample);
	sample_devices(sample, devices);
	return sample;
}

void sample_plan_free(struct sample_plan *sample)
{
	if (!sample)
		return;
	free(sample->device);
	free(sample->line);
	free(sample->number);
	free(sample);
}

static char kept[40]; /* where the key is that all tests of a program share; "" before there is one */

static void keys_link(const char *directory, const char *name)
{
	char from[128], to[512];

	snprintf(from, sizeof(from), "%s/keys/%s", kept, name);
	snprintf(to, sizeof(to), "%s/keys/%s", directory, name);
	if (link(from, to))
		abort();
}

void sample_keys(const char *directory)
{
	struct cucm_keys *keys;
	struct fail fail = {0};
	char folder[512];

	if (!*kept) {
		strcpy(kept, "/tmp/cucm-keys-XXXXXX");
		must(mkdtemp(kept));
		if (cucm_keys_open(&keys, kept, "cucm-pub.lab", &fail))
			abort();
		cucm_keys_close(keys);
	}
	snprintf(folder, sizeof(folder), "%s/keys", directory);
	if (mkdir(folder, 0700))
		abort();
	keys_link(directory, "signer.key");
	keys_link(directory, "signer.crt");
}

void sample_keys_end(void)
{
	static const char *const names[] = {"keys/signer.key", "keys/signer.crt", "keys", ""};

	for (size_t i = 0; *kept && i < 4; i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", kept, names[i]);
		remove(path);
	}
	*kept = '\0';
}

#ifndef TESTS_SUPPORT_CUCM_PLAN_H
#define TESTS_SUPPORT_CUCM_PLAN_H

#include "cucm/plan.h"

/* A plan like that of a small office, for tests to alter: two nodes (10.20.0.11, .12), phones of three models
 * with a line each from 2001 (SEP001122AABB01 ..), DHCP on 10.110.0.2 and TFTP on 10.20.0.3.. */
struct sample_plan {
	struct cucm_plan plan;
	struct cucm_node node[2];
	struct cucm_device *device;
	struct cucm_line *line;
	char (*number)[16];
	struct cucm_dial_rule rule[3];
	struct cucm_dial_rules rules;
	struct cucm_app_dial_rule app_rule[1];
	struct cucm_locale locale;
	struct cucm_softkeys softkeys;
	struct cucm_default_load default_load[3];
	struct cucm_load load[3];
	struct cucm_dhcp_pool pool[1];
	uint32_t dns[1], tftp_address[2];
	struct cucm_dhcp_server dhcp[1];
	struct cucm_tftp_server tftp[1];
	struct cucm_dns_name name[1];
};

/* prefix is borrowed. Free with sample_plan_free. Aborts when memory fails. */
struct sample_plan *sample_plan_new(const char *prefix, size_t devices);
void sample_plan_free(struct sample_plan *sample);

/* Making a key takes a quarter of a second: put one that is made once in a program's life into
 * directory/keys. Aborts when it cannot. sample_keys_end removes what it was copied from. */
void sample_keys(const char *directory);
void sample_keys_end(void);

#endif

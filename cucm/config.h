#ifndef CUCM_CONFIG_H
#define CUCM_CONFIG_H

#include "base/fail.h"
#include "base/text.h"
#include "cucm/plan.h"

/* The configuration files of the real servers, as texts. The caller releases them; check text->failed. */

/* Kamailio: the node's definitions and the template. */
void config_kamailio(const struct cucm_plan *plan, const struct cucm_node *node, struct text *text);

/* Its file tls.cfg, in mixed mode. */
void config_kamailio_tls(const struct cucm_plan *plan, const struct cucm_node *node, struct text *text);

/* The template: cucm/kamailio.cfg, included at build time. Not NUL-terminated. */
const char *kamailio_template(size_t *size);

/* The memory of a node in MiB: shared by its processes, and private to each. Linux allocates a page only when it is
 * used. */
unsigned config_kamailio_shared(const struct cucm_plan *plan);
unsigned config_kamailio_private(const struct cucm_plan *plan);

/* dnsmasq for DHCP and DNS. */
void config_dhcp(const struct cucm_plan *plan, const struct cucm_dhcp_server *server, struct text *text);

/* dnsmasq for TFTP. */
void config_tftp(const struct cucm_plan *plan, const struct cucm_tftp_server *server, struct text *text);

/* lighttpd for HTTP on port 6970, and in a lab with certificates for HTTPS on port 6971. */
void config_http(const struct cucm_plan *plan, const struct cucm_tftp_server *server, struct text *text);

/* cucm-service: the web services of the publisher. */
void config_service(const struct cucm_plan *plan, const struct cucm_node *publisher, struct text *text);

/* cucm-service: the trust verification service of a node, and the CAPF of the publisher. Only in a lab with certificates. */
void config_tvs(const struct cucm_plan *plan, const struct cucm_node *node, struct text *text);
void config_capf(const struct cucm_plan *plan, const struct cucm_node *publisher, struct text *text);

/* A node's database, made or brought up to date in one transaction: tables version, subscriber, device, line,
 * setting, arrival, capf and unassigned. only: write the rows of this device; NULL: of all devices. */
int config_database(const struct cucm_plan *plan, const char *path, const struct cucm_device *only,
		    struct fail *fail);

/* Add a directory number without a device to a node's database, or remove it (description NULL). */
int config_database_number(const char *path, const char *number, const char *description, struct fail *fail);

/* Change a setting of a node's database: auto_registration is "on", "off" or "exhausted". */
int config_database_setting(const char *path, const char *name, const char *value, struct fail *fail);

/* A device without a row has arrived at the node. done: forget it; else count a try, and forget it after ARRIVAL_TRIES. */
#define ARRIVAL_TRIES 10
int config_database_arrived(const char *path, const char *device, bool done, struct fail *fail);

/* What the CAPF did last with a device: "Upgrade Success". */
int config_database_capf(const char *path, const char *device, const char *status, struct fail *fail);

/* HA1 of RFC 2617 section 3.2.2.2: MD5(user:realm:password), in lower-case hexadecimal. 0 or -ENOMEM. */
#define CUCM_HA1 33
int cucm_ha1(const char *user, const char *realm, const char *password, char out[CUCM_HA1]);

#endif

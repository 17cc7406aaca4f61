#ifndef CUCM_CONFIG_H
#define CUCM_CONFIG_H

#include "base/fail.h"
#include "base/text.h"
#include "cucm/plan.h"

/* The configuration files of the real servers, as texts. The caller releases them; check text->failed. */

/* Kamailio: the node's definitions and the template. */
void config_kamailio(const struct cucm_plan *plan, const struct cucm_node *node, struct text *text);

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

/* lighttpd for HTTP on port 6970. */
void config_http(const struct cucm_plan *plan, const struct cucm_tftp_server *server, struct text *text);

/* A node's database, made or brought up to date in one transaction: tables version, subscriber, device and
 * line. only: write the rows of this device; NULL: of all devices. */
int config_database(const struct cucm_plan *plan, const char *path, const struct cucm_device *only,
		    struct fail *fail);

#endif

#include "cucm/config.h"

#include "base/ipv4.h"
#include "cucm/alarm.h"

#define EXPIRES_CUCM 120 /* what CUCM grants, in seconds */

/* A connection's read buffer (16 KiB), the page, the owner and how it was lost, in KiB; and a binding. */
#define PHONE_SHARED_KIB   24
#define TLS_SHARED_KIB	   256 /* of a phone, if SIP can be over TLS: two connections */
#define TLS_SHARED_MIB	   16  /* the module stops accepting when little is free */
#define BINDING_SHARED_KIB 2
/* A binding in the answer of ul.dump, as a tree and as text, in KiB. */
#define BINDING_PRIVATE_KIB 16

/* The assembler puts the file into the program, so that it never has to be looked for. */
__asm__(".pushsection .rodata\n"
	"kamailio_template_begin:\n"
	".incbin \"cucm/kamailio.cfg\"\n"
	"kamailio_template_end:\n"
	".popsection\n");

extern const char kamailio_template_begin[], kamailio_template_end[];

const char *kamailio_template(size_t *size)
{
	*size = (size_t)(kamailio_template_end - kamailio_template_begin);
	return kamailio_template_begin;
}

/* One for every line of every phone. */
static size_t kamailio_bindings(const struct cucm_plan *plan)
{
	size_t phones = cucm_plan_phones(plan), lines = 0;

	for (size_t i = 0; i < plan->device_count; i++)
		lines += plan->devices[i].line_count;
	return lines > phones ? lines : phones;
}

unsigned config_kamailio_shared(const struct cucm_plan *plan)
{
	/* The cluster may enter mixed mode later. */
	bool tls = cucm_plan_certificates(plan);
	size_t phone = PHONE_SHARED_KIB + (tls ? TLS_SHARED_KIB : 0);

	return 16 + (tls ? TLS_SHARED_MIB : 0) +
	       (unsigned)((cucm_plan_phones(plan) * phone + kamailio_bindings(plan) * BINDING_SHARED_KIB) /
			  1024);
}

unsigned config_kamailio_private(const struct cucm_plan *plan)
{
	return 8 + (unsigned)(kamailio_bindings(plan) * BINDING_PRIVATE_KIB / 1024);
}

/* The power of two whose table has about as many slots as there are phones. */
static unsigned kamailio_hash(size_t phones)
{
	unsigned bits = 4;

	while (bits < 14 && (size_t)1 << bits < phones)
		bits++;
	return bits;
}

/* The codes of EndPointUnregistered that are no errors: "8|9|15". */
static void normal_reasons(struct text *text)
{
	const char *separator = "";
	size_t count;
	const struct alarm_reason *reason = alarm_reasons(ALARM_UNREGISTERED, &count);

	text_add(text, "#!substdef \"!NORMAL_REASONS!");
	for (size_t i = 0; i < count; i++)
		if (reason[i].severity == 6) {
			text_add(text, "%s%u", separator, reason[i].code);
			separator = "|";
		}
	text_add(text, "!g\"\n");
}

void config_kamailio(const struct cucm_plan *plan, const struct cucm_node *node, struct text *text)
{
	size_t phones = cucm_plan_phones(plan), size;
	unsigned workers = phones > 200 ? 4 : 2, port = node->sip_port ? node->sip_port : 5060;
	unsigned expires = plan->expires_max_s ? plan->expires_max_s : EXPIRES_CUCM;
	const char *template = kamailio_template(&size);
	char address[IPV4_TEXT];

	text_add(text,
		 "#!KAMAILIO\n# Written by phonelab for the node %s. The part after the definitions is the "
		 "same for "
		 "all nodes.\n#\n",
		 node->name);
	text_add(text, "#!substdef \"!NODE_ADDRESS!%s!g\"\n", ipv4_format(node->address, address));
	text_add(text, "#!substdef \"!NODE_PORT!%u!g\"\n", port);
	text_add(text, "#!substdef \"!NODE_NAME!%s!g\"\n", node->name);
	text_add(text, "#!substdef \"!NODE_DIRECTORY!%s/cucm/%s!g\"\n", cucm_plan_prefix(plan), node->name);
	text_add(text, "#!substdef \"!TRACE_DIRECTORY!%s/trace/%s!g\"\n", cucm_plan_prefix(plan), node->name);
	text_add(text, "#!substdef \"!CLUSTER_NAME!%s!g\"\n", plan->cluster);
	text_add(text, "#!substdef \"!DNS_DOMAIN!%s!g\"\n", cucm_plan_domain(plan));
	text_add(text, "#!substdef \"!DIGEST_REALM!%s!g\"\n", CUCM_REALM);
	text_add(text, "#!substdef \"!UDP_WORKERS!%u!g\"\n", workers / 2);
	/* Each worker has keys of its own for session tickets: a phone resumes its session with the same worker only. */
	text_add(text, "#!substdef \"!TCP_WORKERS!%u!g\"\n", plan->mixed ? 1 : workers);
	text_add(text, "#!substdef \"!TCP_CONNECTIONS!%zu!g\"\n", phones * 2 + 256);
	text_add(text, "#!substdef \"!OPEN_FILES!%zu!g\"\n", phones * 2 + 1024);
	text_add(text, "#!substdef \"!HASH_BITS!%u!g\"\n", kamailio_hash(phones));
	/* A binding's end is seen within this many seconds. */
	text_add(text, "#!substdef \"!EXPIRY_INTERVAL!%u!g\"\n", expires < 60 ? 1 : 5);
	text_add(text, "#!substdef \"!EXPIRES_MAX!%u!g\"\n", expires);
	text_add(text, "#!substdef \"!EXPIRES_MIN!%u!g\"\n", plan->expires_min_s);
	normal_reasons(text);
	if (plan->mixed)
		text_add(text, "#!define WITH_TLS\n#!substdef \"!TLS_PORT!%d!g\"\n", CUCM_TLS_PORT);
	if (plan->digest)
		text_add(text, "#!define WITH_DIGEST\n");
	if (plan->foreign_devices)
		text_add(text, "#!define WITH_FOREIGN_DEVICES\n");
	text_add(text, "\n");
	text_add_bytes(text, template, size);
}

/* TLS 1.2 with the ciphers of 78xx and 88xx phones; NULL-SHA is that of authenticated phones. The phone's certificate is required. The
 * key is RSA, so the ciphers with ECDSA cannot be agreed on. */
#define CIPHERS                                                                                              \
	"ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA:AES128-SHA:NULL-SHA:@SECLEVEL=0"

void config_kamailio_tls(const struct cucm_plan *plan, const struct cucm_node *node, struct text *text)
{
	const char *prefix = cucm_plan_prefix(plan);

	text_add(text, "# SIP over TLS: written by phonelab for the node %s.\n[server:default]\n",
		 node->name);
	text_add(text, "method = TLSv1.2\nverify_certificate = yes\nrequire_certificate = yes\n");
	text_add(text, "certificate = %s/keys/%s/callmanager.crt\n", prefix, node->name);
	text_add(text, "private_key = %s/keys/%s/callmanager.key\n", prefix, node->name);
	text_add(text, "ca_list = %s/keys/client-ca.pem\nverify_depth = 3\n", prefix);
	text_add(text, "cipher_list = " CIPHERS "\n");
}

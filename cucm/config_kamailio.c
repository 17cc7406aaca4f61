#include "cucm/config.h"

#include "base/ipv4.h"

#define EXPIRES_CUCM 120 /* what CUCM grants, in seconds */

/* A connection's read buffer (16 KiB), the page and the owner, in KiB; and a binding. */
#define PHONE_SHARED_KIB   22
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
	return 16 + (unsigned)((cucm_plan_phones(plan) * PHONE_SHARED_KIB +
				kamailio_bindings(plan) * BINDING_SHARED_KIB) /
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
	text_add(text, "#!substdef \"!CLUSTER_NAME!%s!g\"\n", plan->cluster);
	text_add(text, "#!substdef \"!DNS_DOMAIN!%s!g\"\n", cucm_plan_domain(plan));
	text_add(text, "#!substdef \"!DIGEST_REALM!%s!g\"\n", CUCM_REALM);
	text_add(text, "#!substdef \"!UDP_WORKERS!%u!g\"\n", workers / 2);
	text_add(text, "#!substdef \"!TCP_WORKERS!%u!g\"\n", workers);
	text_add(text, "#!substdef \"!TCP_CONNECTIONS!%zu!g\"\n", phones * 2 + 256);
	text_add(text, "#!substdef \"!OPEN_FILES!%zu!g\"\n", phones * 2 + 1024);
	text_add(text, "#!substdef \"!HASH_BITS!%u!g\"\n", kamailio_hash(phones));
	/* A binding's end is seen within this many seconds. */
	text_add(text, "#!substdef \"!EXPIRY_INTERVAL!%u!g\"\n", expires < 60 ? 1 : 5);
	text_add(text, "#!substdef \"!EXPIRES_MAX!%u!g\"\n", expires);
	text_add(text, "#!substdef \"!EXPIRES_MIN!%u!g\"\n", plan->expires_min_s);
	if (plan->digest)
		text_add(text, "#!define WITH_DIGEST\n");
	if (plan->foreign_devices)
		text_add(text, "#!define WITH_FOREIGN_DEVICES\n");
	text_add(text, "\n");
	text_add_bytes(text, template, size);
}

#include "cucm/trust.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cucm/authority.h"
#include "wire/trustlist.h"

/* In which lists a record stands. */
#define IN_CTL	1u
#define IN_ITL	2u
#define IN_BOTH (IN_CTL | IN_ITL)

struct entry {
	const struct cucm_keys *keys;
	struct cucm_keys *own; /* keys, if they are to be closed */
	enum trustlist_role role;
	unsigned lists;
	char host[128];
	uint8_t address[4]; /* 0.0.0.0: none is stated */
};

struct trust {
	const struct cucm_plan *plan;
	struct entry entry[TRUSTLIST_RECORDS_MAX];
	size_t entries;
};

static bool has_address(const struct entry *entry)
{
	static const uint8_t none[4];

	return memcmp(entry->address, none, sizeof(none));
}

/* --- a lab without certificates: one pair in all roles --- */

static void add_signer(struct trust *trust, const struct cucm_keys *signer, enum trustlist_role role,
		       const char *host)
{
	struct entry *entry = &trust->entry[trust->entries++];

	*entry = (struct entry){.keys = signer, .role = role, .lists = IN_BOTH};
	snprintf(entry->host, sizeof(entry->host), "%s", host);
}

static void fill_plain(struct trust *trust, const struct cucm_keys *signer)
{
	const struct cucm_plan *plan = trust->plan;

	add_signer(trust, signer, TRUSTLIST_SAST, plan->nodes[0].name);
	add_signer(trust, signer, TRUSTLIST_CCM_TFTP, plan->nodes[0].name);
	for (size_t i = 0; i < plan->node_count; i++)
		add_signer(trust, signer, TRUSTLIST_TVS, plan->nodes[i].name);
}

/* --- a lab with certificates --- */

/* One record of a pair: host and address are those of its server, or of the publisher for a pair of the whole cluster. */
static int add(struct trust *trust, const char *directory, const char *pair, enum trustlist_role role,
	       unsigned lists, const char *host, uint32_t address, struct fail *fail)
{
	struct entry *entry = &trust->entry[trust->entries];
	int err;

	if (trust->entries == TRUSTLIST_RECORDS_MAX)
		return fail_set(fail, -E2BIG, "more than %d records in the trust lists",
				TRUSTLIST_RECORDS_MAX);
	*entry = (struct entry){.role = role, .lists = lists};
	err = cucm_keys_load(&entry->own, directory, pair, fail);
	if (err)
		return err;
	entry->keys = entry->own;
	snprintf(entry->host, sizeof(entry->host), "%.60s.%.60s", host, cucm_plan_domain(trust->plan));
	for (int i = 0; i < 4; i++)
		entry->address[i] = (uint8_t)(address >> (24 - 8 * i));
	trust->entries++;
	return 0;
}

/* A pair of a server: HOST/PURPOSE. */
static int add_of(struct trust *trust, const char *directory, const char *host, uint32_t address,
		  const char *purpose, enum trustlist_role role, unsigned lists, struct fail *fail)
{
	char pair[CUCM_PAIR_NAME];

	snprintf(pair, sizeof(pair), "%.60s/%s", host, purpose);
	return add(trust, directory, pair, role, lists, host, address, fail);
}

/* The signer comes first: from 12.0 on ITLRecovery, in 11.5 the CallManager certificate of the publisher. */
static int add_signers(struct trust *trust, const char *directory, struct fail *fail)
{
	const struct cucm_node *publisher = cucm_plan_publisher(trust->plan);
	char signer[CUCM_PAIR_NAME];

	if (add(trust, directory, cucm_authority_signer(trust->plan, signer), TRUSTLIST_SAST, IN_BOTH,
		publisher->name, publisher->address, fail))
		return fail->err;
	if (trust->plan->release == CUCM_RELEASE_11_5)
		return add(trust, directory, "itlrecovery", TRUSTLIST_SAST, IN_ITL, publisher->name,
			   publisher->address, fail);
	return 0;
}

/* Files are signed by the publisher's CallManager certificate, whose role is therefore CCM+TFTP. Lists of 11.5 have
 * no EC keys. */
static int add_nodes(struct trust *trust, const char *directory, struct fail *fail)
{
	const struct cucm_plan *plan = trust->plan;

	for (size_t i = 0; i < plan->node_count; i++) {
		const struct cucm_node *node = &plan->nodes[i];
		bool publisher = node == cucm_plan_publisher(plan);

		if (node->foreign)
			continue;
		if (add_of(trust, directory, node->name, node->address, "callmanager",
			   publisher ? TRUSTLIST_CCM_TFTP : TRUSTLIST_CCM, publisher ? IN_BOTH : IN_CTL,
			   fail) ||
		    (plan->release != CUCM_RELEASE_11_5 &&
		     add_of(trust, directory, node->name, node->address, "callmanager-ec", TRUSTLIST_CCM,
			    IN_CTL, fail)) ||
		    add_of(trust, directory, node->name, node->address, "tvs", TRUSTLIST_TVS, IN_ITL, fail))
			return fail->err;
	}
	return 0;
}

static int add_file_servers(struct trust *trust, const char *directory, struct fail *fail)
{
	const struct cucm_plan *plan = trust->plan;

	for (size_t i = 0; i < plan->tftp_server_count; i++) {
		const struct cucm_tftp_server *server = &plan->tftp_servers[i];

		if (add_of(trust, directory, server->name, server->address, "tftp", TRUSTLIST_TFTP, IN_BOTH,
			   fail) ||
		    (plan->release != CUCM_RELEASE_11_5 &&
		     add_of(trust, directory, server->name, server->address, "tftp-ec", TRUSTLIST_TFTP,
			    IN_ITL, fail)))
			return fail->err;
	}
	return 0;
}

int trust_open(struct trust **out, const struct cucm_plan *plan, const char *directory,
	       const struct cucm_keys *signer, struct fail *fail)
{
	struct trust *trust = calloc(1, sizeof(*trust));
	const struct cucm_node *publisher = cucm_plan_publisher(plan);

	if (!trust)
		return fail_set(fail, -ENOMEM, "out of memory");
	trust->plan = plan;
	if (!cucm_plan_certificates(plan)) {
		fill_plain(trust, signer);
	} else if (add_signers(trust, directory, fail) || add_nodes(trust, directory, fail) ||
		   add_file_servers(trust, directory, fail) ||
		   add(trust, directory, "capf", TRUSTLIST_CAPF, IN_BOTH, publisher->name, publisher->address,
		       fail)) {
		trust_close(trust);
		return fail->err;
	}
	*out = trust;
	return 0;
}

void trust_close(struct trust *trust)
{
	for (size_t i = 0; trust && i < trust->entries; i++)
		cucm_keys_close(trust->entry[i].own);
	free(trust);
}

/* --- a list --- */

static void put_record(struct trustlist *list, const struct entry *entry)
{
	const struct cucm_certificate *certificate = cucm_keys_certificate(entry->keys);

	list->record[list->records++] = (struct trustlist_record){
	    .dns_name = entry->host,
	    .subject = certificate->subject,
	    .role = entry->role,
	    .issuer = certificate->issuer,
	    .serial = {certificate->serial, certificate->serial_size},
	    .public_key = {certificate->public_key, certificate->public_key_size},
	    .signature = {certificate->signature, certificate->signature_size},
	    .certificate = {certificate->der, certificate->der_size},
	    .address = {entry->address, has_address(entry) ? sizeof(entry->address) : 0},
	    .hash = {certificate->sha1, sizeof(certificate->sha1)},
	    .hash_algorithm = TRUSTLIST_SHA1,
	};
}

/* The keys that sign a list. In 11.5 the second entry is ITLRecovery (add_signers). */
static const struct cucm_keys *signer_of(const struct trust *trust, enum trust_kind kind)
{
	bool recovery =
	    kind == TRUST_ITL && trust->plan->itl_reset && trust->plan->release == CUCM_RELEASE_11_5;

	return trust->entry[recovery].keys;
}

/* A CTL of 11.5 states no version of the signer; its lists are of 1.0. Those of 12.0 may have EC keys (1.1). */
static void put_header(const struct trust *trust, enum trust_kind kind, const char *file,
		       struct trustlist *list)
{
	const struct cucm_certificate *signer = cucm_keys_certificate(signer_of(trust, kind));
	bool new = trust->plan->release == CUCM_RELEASE_12_0 || trust->plan->release == CUCM_RELEASE_14;

	list->header = (struct trustlist_header){
	    .version = {1, 2},
	    .has_signer_version = kind == TRUST_ITL || new,
	    .signer_version = {1, new},
	    .signer = signer->subject,
	    .serial = {signer->serial, signer->serial_size},
	    .issuer = signer->issuer,
	    .digest = TRUSTLIST_SHA256,
	    .file_name = file,
	    .timestamp = signer->made,
	};
}

static bool belongs(const struct trust *trust, enum trust_kind kind, const struct entry *entry)
{
	bool binds = entry->role == TRUSTLIST_TVS || entry->role == TRUSTLIST_TFTP ||
		     entry->role == TRUSTLIST_CCM_TFTP;

	if (kind == TRUST_CTL)
		return entry->lists & IN_CTL;
	return (entry->lists & IN_ITL) && !(binds && trust->plan->rollback);
}

/* The list is as old as its newest certificate. */
static void put_records(const struct trust *trust, enum trust_kind kind, struct trustlist *list)
{
	for (size_t i = 0; i < trust->entries; i++) {
		const struct entry *entry = &trust->entry[i];

		if (!belongs(trust, kind, entry))
			continue;
		put_record(list, entry);
		if (cucm_keys_certificate(entry->keys)->made > list->header.timestamp)
			list->header.timestamp = cucm_keys_certificate(entry->keys)->made;
	}
}

ssize_t trust_encode(const struct trust *trust, enum trust_kind kind, const char *file, bool forged,
		     uint8_t *out, size_t size, struct fail *fail)
{
	const struct cucm_keys *signer = signer_of(trust, kind);
	uint8_t altered[TRUSTLIST_SIZE_MAX], signature[CUCM_SIGNATURE_MOST];
	struct trustlist list = {.records = 0};
	struct wire_slice *victim = &list.record[1].certificate;
	ssize_t length;

	put_header(trust, kind, file, &list);
	put_records(trust, kind, &list);
	length = trustlist_encode_unsigned(&list, cucm_keys_signature_size(signer), out, size);
	if (length >= 0) {
		if (cucm_keys_sign(signer, out, (size_t)length, signature, fail))
			return fail->err;
		list.header.signature = (struct wire_slice){signature, cucm_keys_signature_size(signer)};
		/* Alter the signed content, as an attacker would to add another file server: the list stays
		 * well-formed. */
		if (forged) {
			memcpy(altered, victim->data, victim->length);
			altered[victim->length - 1] ^= 0x5a;
			victim->data = altered;
		}
		length = trustlist_encode(&list, out, size);
	}
	if (length < 0)
		return fail_set(fail, (int)length, "%s: cannot be written: %s", file, strerror((int)-length));
	return length;
}

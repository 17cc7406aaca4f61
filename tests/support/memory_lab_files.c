/* The file tree of the memory lab, written with the wire encoders and really signed. */
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/memory_lab_internal.h"
#include "wire/loads.h"

#define SIGNATURE 256

/* Keys take long to make: one process needs few. */
struct lab_signer *lab_signer_new(void)
{
	static unsigned number;
	struct lab_signer *signer = lab_need(calloc(1, sizeof(*signer)));
	uint8_t *at = signer->public_key;

	signer->key = lab_need(EVP_RSA_gen(2048));
	signer->public_length = (size_t)i2d_PublicKey(signer->key, &at);
	signer->role = TRUSTLIST_SAST;
	number++;
	snprintf(signer->name, sizeof(signer->name), "CN=ITLRECOVERY_lab%u", number);
	signer->serial[0] = 0x11;
	signer->serial[3] = (uint8_t)number;
	signer->serial_length = 4;
	return signer;
}

void lab_signer_set_role(struct lab_signer *signer, enum trustlist_role role)
{
	signer->role = role;
}

void lab_signer_free(struct lab_signer *signer)
{
	if (!signer)
		return;
	EVP_PKEY_free(signer->key);
	X509_free(signer->x509);
	free(signer->der);
	free(signer);
}

/* The cluster's own, made once. */
static struct lab_signer *cluster(void)
{
	static struct lab_signer *signer;

	if (!signer)
		signer = lab_signer_new();
	return signer;
}

const struct lab_signer *lab_signer_of_files(void)
{
	return cluster();
}

static void sign(const struct lab_signer *signer, const void *bytes, size_t length, uint8_t out[SIGNATURE])
{
	EVP_MD_CTX *context = lab_need(EVP_MD_CTX_new());
	size_t size = SIGNATURE;

	if (EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, signer->key) != 1 ||
	    EVP_DigestSign(context, out, &size, bytes, length) != 1 || size != SIGNATURE)
		abort();
	EVP_MD_CTX_free(context);
}

static void header_of(const struct lab_signer *signer, const char *name, struct trustlist_header *header)
{
	memset(header, 0, sizeof(*header));
	header->version[0] = 1;
	header->signer = signer->name;
	header->issuer = signer->name;
	header->serial = (struct wire_slice){signer->serial, signer->serial_length};
	header->digest = TRUSTLIST_SHA256;
	header->file_name = name;
	header->timestamp = LAB_CLOCK;
}

size_t lab_sign_file(const struct lab_signer *signer, const char *name, const void *bytes, size_t length,
		     uint8_t *out, size_t size)
{
	return lab_sign_encrypted(signer, name, NULL, bytes, length, out, size);
}

size_t lab_sign_encrypted(const struct lab_signer *signer, const char *name, const struct encfile *encryption,
			  const void *bytes, size_t length, uint8_t *out, size_t size)
{
	struct trustlist_header header;
	struct wire_slice payload = {bytes, length};
	uint8_t signature[SIGNATURE];
	ssize_t signed_length;

	header_of(signer ? signer : cluster(), name, &header);
	if (encryption) {
		header.version[0] = 2;
		header.encrypted = true;
		header.encryption = *encryption;
	}
	signed_length = sgn_encode_unsigned(&header, SIGNATURE, payload, out, size);
	if (signed_length < 0)
		abort();
	sign(signer ? signer : cluster(), out, (size_t)signed_length, signature);
	header.signature = (struct wire_slice){signature, SIGNATURE};
	signed_length = sgn_encode(&header, payload, out, size);
	if (signed_length < 0)
		abort();
	return (size_t)signed_length;
}

static void add_record(struct trustlist *list, const struct lab_signer *signer, enum trustlist_role role)
{
	struct trustlist_record *record = &list->record[list->records++];

	record->dns_name = "cucm-pub";
	record->subject = record->issuer = signer->name;
	record->role = (uint16_t)role;
	record->serial = (struct wire_slice){signer->serial, signer->serial_length};
	record->public_key = (struct wire_slice){signer->public_key, signer->public_length};
	record->signature = record->serial;
	record->certificate = (struct wire_slice){signer->der, signer->der_length};
}

/* Sign the list and put it. */
static void put_list(struct memory_lab *lab, const char *name, const struct lab_signer *signer,
		     struct trustlist *list, bool forge)
{
	uint8_t *out = lab_need(malloc(TRUSTLIST_SIZE_MAX)), signature[SIGNATURE];
	ssize_t length;

	list->header.signature = (struct wire_slice){signature, SIGNATURE};
	length = trustlist_encode_unsigned(list, SIGNATURE, out, TRUSTLIST_SIZE_MAX);
	if (length < 0)
		abort();
	sign(signer, out, (size_t)length, signature);
	if (forge)
		list->header.timestamp++; /* after the signature was made */
	length = trustlist_encode(list, out, TRUSTLIST_SIZE_MAX);
	if (length < 0)
		abort();
	memory_lab_put_file(lab, name, out, (size_t)length);
	free(out);
}

void memory_lab_put_records(struct memory_lab *lab, const char *name, const struct lab_signer *signer,
			    const struct lab_record *record, unsigned records, bool ec)
{
	struct trustlist *list = lab_need(calloc(1, sizeof(*list)));

	header_of(signer, name, &list->header);
	list->header.version[1] = 2;
	list->header.has_signer_version = true;
	list->header.signer_version[0] = 1;
	list->header.signer_version[1] = ec;
	for (unsigned i = 0; i < records; i++)
		add_record(list, record[i].signer, record[i].role);
	put_list(lab, name, signer, list, false);
	free(list);
}

void memory_lab_put_trust_list(struct memory_lab *lab, const char *name, const struct lab_signer *signer,
			       const struct lab_signer *also, bool forge)
{
	struct trustlist *list = lab_need(calloc(1, sizeof(*list)));

	if (!signer)
		signer = cluster();
	header_of(signer, name, &list->header);
	list->header.version[1] = 2;
	list->header.has_signer_version = true;
	list->header.signer_version[0] = 1;
	add_record(list, signer, TRUSTLIST_SAST);
	if (!lab->plain_files)
		add_record(list, signer, TRUSTLIST_CCM_TFTP);
	if (also)
		add_record(list, also, also->role);
	put_list(lab, name, signer, list, forge);
	free(list);
}

/* --- the tree --- */

struct lab_file *memory_lab_file(struct memory_lab *lab, const char *name)
{
	for (struct lab_file *file = lab->files; file; file = file->next)
		if (!strcmp(file->name, name))
			return file;
	return NULL;
}

void memory_lab_put_file(struct memory_lab *lab, const char *name, const void *bytes, size_t length)
{
	struct lab_file *file = memory_lab_file(lab, name);

	if (!file) {
		file = lab_need(calloc(1, sizeof(*file)));
		snprintf(file->name, sizeof(file->name), "%s", name);
		file->next = lab->files;
		lab->files = file;
	}
	free(file->bytes);
	file->bytes = lab_need(malloc(length + 1));
	memcpy(file->bytes, bytes, length);
	file->length = length;
}

void memory_lab_remove_file(struct memory_lab *lab, const char *name)
{
	for (struct lab_file **at = &lab->files; *at; at = &(*at)->next) {
		struct lab_file *file = *at;

		if (strcmp(file->name, name))
			continue;
		*at = file->next;
		free(file->bytes);
		free(file);
		return;
	}
}

void memory_lab_put_signed(struct memory_lab *lab, const char *name, const void *bytes, size_t length)
{
	char sgn[160];
	uint8_t *out;

	memory_lab_put_file(lab, name, bytes, length);
	if (lab->config.no_itl)
		return;
	out = lab_need(malloc(length + 4096));
	snprintf(sgn, sizeof(sgn), "%s.sgn", name);
	memory_lab_put_file(lab, sgn, out, lab_sign_file(NULL, name, bytes, length, out, length + 4096));
	free(out);
}

void memory_lab_config_of(struct memory_lab *lab, unsigned i, struct phonexml_config *config)
{
	struct phonexml_line *line = &config->line[0];

	phonexml_config_default(config);
	config->members = 2;
	for (unsigned m = 0; m < config->members; m++) {
		config->member[m].priority = m;
		snprintf(config->member[m].node, sizeof(config->member[m].node), "%s", lab->cm[m].name);
		config->member[m].phone_port = 2000;
		config->member[m].sip_port = 5060;
		config->member[m].secure_sip_port = 5061;
	}
	config->lines = 1;
	memset(line, 0, sizeof(*line));
	line->button = line->index = 1;
	line->feature = 9;
	snprintf(line->name, sizeof(line->name), "%u", 2001 + i);
	snprintf(line->display_name, sizeof(line->display_name), "Phone %u", i + 1);
	snprintf(line->proxy, sizeof(line->proxy), "USECALLMANAGER");
	line->port = 5060;
	line->has_auth_name = true;
	snprintf(line->auth_name, sizeof(line->auth_name), "%s", lab->phone[i].name);
	snprintf(line->auth_password, sizeof(line->auth_password), "secret");
	snprintf(line->contact, sizeof(line->contact), "9a1e3c40-0000-4000-8000-%012u", i);
	line->max_calls = 4;
	line->busy_trigger = 2;
	snprintf(config->dial_template, sizeof(config->dial_template), "DR1.xml");
	snprintf(config->soft_key_file, sizeof(config->soft_key_file), "SK1.xml");
	snprintf(config->load, sizeof(config->load), LAB_LOAD);
	snprintf(config->version_stamp, sizeof(config->version_stamp), "{v1}");
	snprintf(config->user_locale, sizeof(config->user_locale), "German_Germany");
	snprintf(config->user_locale_code, sizeof(config->user_locale_code), "de_DE");
	snprintf(config->network_locale, sizeof(config->network_locale), "Germany");
}

void memory_lab_put_config(struct memory_lab *lab, unsigned i, const struct phonexml_config *config)
{
	static char text[256 * 1024];
	char name[64];
	ssize_t length = phonexml_config_encode(config, text, sizeof(text));

	if (length < 0)
		abort();
	snprintf(name, sizeof(name), "%s.cnf.xml", lab->phone[i].name);
	memory_lab_put_signed(lab, name, text, (size_t)length);
}

void memory_lab_put_load(struct memory_lab *lab, const char *load, const char *platform, bool truncated)
{
	static const char *const kinds[] = {"sboot", "kern", "rootfs"};
	struct loads *loads = lab_need(calloc(1, sizeof(*loads)));
	uint8_t image[SBN_HEADER_SIZE + 6000], text[4096], out[8192];
	char name[160];
	ssize_t length;

	loads->hwcompat = 0x3f;
	loads->swcompat = 4;
	loads->platforms = 1;
	snprintf(loads->model, sizeof(loads->model), "%s", platform);
	snprintf(loads->platform[0].name, sizeof(loads->platform[0].name), "PLATFORM_1");
	loads->platform[0].images = 3;
	for (unsigned k = 0; k < 3; k++) {
		struct sbn_header header = {.header_size = SBN_HEADER_SIZE, .payload_size = 6000};
		struct loads_image *entry = &loads->platform[0].image[k];

		snprintf(entry->kind, sizeof(entry->kind), "%s", kinds[k]);
		snprintf(entry->file, sizeof(entry->file), "%s%s%.50s.sbn", kinds[k], platform,
			 strchr(load, '.'));
		snprintf(header.name, sizeof(header.name), "%s", entry->file);
		memset(image, 0x5a, sizeof(image));
		if (sbn_encode(&header, image, sizeof(image)) < 0)
			abort();
		memory_lab_put_file(lab, entry->file, image,
				    sizeof(image) - (truncated && k == 2 ? 1000 : 0));
	}
	length = loads_encode(loads, text, sizeof(text));
	if (length < 0)
		abort();
	snprintf(name, sizeof(name), "%s.loads", load);
	memory_lab_put_file(lab, name, out,
			    lab_sign_file(NULL, name, text, (size_t)length, out, sizeof(out)));
	free(loads);
}

static void put_small_files(struct memory_lab *lab)
{
	struct phonexml_dial_template *rules = lab_need(calloc(1, sizeof(*rules)));
	struct phonexml_app_rules *app = lab_need(calloc(1, sizeof(*app)));
	struct phonexml_soft_keys *keys = lab_need(calloc(1, sizeof(*keys)));
	struct phonexml_rings *rings = lab_need(calloc(1, sizeof(*rings)));
	struct phonexml_default *unknown = lab_need(calloc(1, sizeof(*unknown)));
	char text[16384];

	snprintf(rules->version_stamp, sizeof(rules->version_stamp), "{d1}");
	rules->rules = 1;
	snprintf(rules->rule[0].match, sizeof(rules->rule[0].match), "2...");
	memory_lab_put_signed(lab, "DR1.xml", text,
			      (size_t)phonexml_dial_template_encode(rules, text, sizeof(text)));
	app->rules = 1;
	snprintf(app->rule[0].name, sizeof(app->rule[0].name), "National");
	app->rule[0].digits = 11;
	snprintf(app->rule[0].prefix, sizeof(app->rule[0].prefix), "9");
	memory_lab_put_signed(lab, "AppDialRules.xml", text,
			      (size_t)phonexml_app_rules_encode(app, text, sizeof(text)));
	snprintf(keys->version_stamp, sizeof(keys->version_stamp), "{s1}");
	keys->keys = 1;
	snprintf(keys->key[0].id, sizeof(keys->key[0].id), "Redial");
	keys->key[0].tag = keys->key[0].event_id = 1;
	keys->sets = 1;
	snprintf(keys->set[0].id, sizeof(keys->set[0].id), "On Hook");
	keys->set[0].keys = 1;
	snprintf(keys->set[0].key[0], sizeof(keys->set[0].key[0]), "Redial");
	memory_lab_put_signed(lab, "SK1.xml", text,
			      (size_t)phonexml_soft_keys_encode(keys, text, sizeof(text)));
	rings->rings = 1;
	snprintf(rings->ring[0].name, sizeof(rings->ring[0].name), "Bells");
	snprintf(rings->ring[0].file, sizeof(rings->ring[0].file), "bells.rwb");
	memory_lab_put_signed(lab, "Ringlist-wb.xml", text,
			      (size_t)phonexml_rings_encode(rings, text, sizeof(text)));
	memory_lab_put_file(lab, "bells.rwb", text, 2000);
	memory_lab_put_signed(lab, "German_Germany/sp-sip.jar", "jar", 3);
	memory_lab_put_signed(lab, "Germany/g3-tones.xml", "<tones/>", 8);
	unknown->members = 1;
	snprintf(unknown->member[0].node, sizeof(unknown->member[0].node), "%s", lab->cm[0].name);
	unknown->member[0].phone_port = 2000;
	unknown->member[0].sip_port = 5060;
	unknown->member[0].secure_sip_port = 5061;
	memory_lab_put_signed(lab, "XMLDefault.cnf.xml", text,
			      (size_t)phonexml_default_encode(unknown, text, sizeof(text)));
	free(rules);
	free(app);
	free(keys);
	free(rings);
	free(unknown);
}

void memory_lab_default_files(struct memory_lab *lab)
{
	struct phonexml_config *config = lab_need(calloc(1, sizeof(*config)));

	put_small_files(lab);
	if (!lab->config.no_itl)
		memory_lab_put_trust_list(lab, "ITLFile.tlv", NULL, NULL, false);
	for (unsigned i = 0; i < lab->phones; i++) {
		memory_lab_config_of(lab, i, config);
		memory_lab_put_config(lab, i, config);
	}
	free(config);
}

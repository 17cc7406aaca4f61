#include "phonelab/why/certificates_internal.h"

#include <glob.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_text.h"
#include "base/ladder.h"
#include "phonelab/lab/lab_file.h"
#include "phonelab/lab/plan.h"
#include "phonelab/why/condition.h"
#include "phone-sim/core/trust.h"
#include "wire/trustlist.h"

#define FILE_MOST (1u << 20)

/* --- files --- */

char *certificates_read(const struct certificates *of, const char *file, size_t *length)
{
	char path[2 * CERTIFICATE_PATH], *bytes = NULL;
	struct fail ignored = {0};

	snprintf(path, sizeof(path), "%s%s", of->it->directory, file);
	*length = 0;
	return file_read(path, FILE_MOST, &bytes, length, &ignored) ? NULL : bytes;
}

bool certificates_read_one(const struct certificates *of, const char *file, struct one *one)
{
	size_t length;
	char *bytes = certificates_read(of, file, &length);
	const unsigned char *der = (const unsigned char *)bytes;
	BIO *in = bytes ? BIO_new_mem_buf(bytes, (int)length) : NULL;

	*one = (struct one){.x509 = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL};
	if (bytes && !one->x509)
		one->x509 = d2i_X509(NULL, &der, (long)length);
	ERR_clear_error();
	BIO_free(in);
	free(bytes);
	if (!one->x509)
		return false;
	one->length = i2d_X509(one->x509, &one->der);
	snprintf(one->file, sizeof(one->file), "%s", file);
	X509_NAME_get_text_by_NID(X509_get_subject_name(one->x509), NID_commonName, one->name,
				  sizeof(one->name));
	return true;
}

void certificates_free_one(struct one *one)
{
	X509_free(one->x509);
	OPENSSL_free(one->der);
}

static bool same(const struct one *one, const struct one *other)
{
	return one->length == other->length && !memcmp(one->der, other->der, (size_t)one->length);
}

/* The file that a line of tls.cfg names, below the run directory: "certificate = PATH". False: no such line. */
bool certificates_configured(const char *config, const char *key, char file[CERTIFICATE_PATH])
{
	char begin[40];
	const char *at;

	snprintf(begin, sizeof(begin), "\n%s = " PLAN_PREFIX "/", key);
	at = config ? strstr(config, begin) : NULL;
	if (!at)
		return false;
	at += strlen(begin);
	snprintf(file, CERTIFICATE_PATH, "%.*s", (int)strcspn(at, "\r\n"), at);
	return !strstr(file, "..");
}

/* --- facts --- */

/* Has the phone refused a certificate by its clock? */
static bool refused_by_clock(const struct certificates *of)
{
	return condition_find("tls.peer_refused[reason=expired]|tls.peer_refused[reason=not-yet-valid]",
			      of->facts, NULL);
}

/* A fact about the certificate; use: what for. */
json_t *certificates_put(const struct certificates *of, const char *fact_name, const char *owner,
			 const char *use, const struct one *one, const char *text)
{
	char object[200];
	json_t *fact;

	snprintf(object, sizeof(object), "certificate %.60s %.60s", owner, use);
	fact = fact_add(of->facts, fact_name, object, of->it->step, one->file,
			"the %s certificate of %s (%s) %s", use, owner, one->name, text);
	fact_value(fact, "use", "%s", use);
	fact_value(fact, "node", "%s", owner);
	fact_value(fact, "file", "%s", one->file);
	return fact;
}

static void date_of(const ASN1_TIME *time, char text[40])
{
	struct tm tm;

	*text = 0;
	if (ASN1_TIME_to_tm(time, &tm))
		strftime(text, 40, "%Y-%m-%d %H:%M UTC", &tm);
}

void certificates_check_validity(const struct certificates *of, const char *owner, const char *use,
				 const struct one *one)
{
	const ASN1_TIME *begins = X509_get0_notBefore(one->x509), *ends = X509_get0_notAfter(one->x509);
	char date[40], text[100];

	if (X509_cmp_current_time(ends) < 0) {
		date_of(ends, date);
		snprintf(text, sizeof(text), "was valid until %s", date);
		certificates_put(of, "certificate.expired", owner, use, one, text);
	} else if (X509_cmp_current_time(begins) > 0) {
		date_of(begins, date);
		snprintf(text, sizeof(text), "is valid from %s on", date);
		certificates_put(of, "certificate.future", owner, use, one, text);
	} else if (refused_by_clock(of)) {
		certificates_put(of, "certificate.valid", owner, use, one,
				 "is valid by the clock of this machine");
	}
}

/* Does a trust list have the certificate for that use? If not, which role do the lists give it? NULL: they do not have it. */
static bool is_listed(const struct certificates *of, enum trust_use use, const struct one *one,
		      const char **role)
{
	struct trustlist list;

	*role = NULL;
	for (size_t i = 0; i < 2; i++) {
		if (!of->list[i].bytes ||
		    trustlist_decode(of->list[i].bytes, of->list[i].length, &list, NULL))
			continue;
		for (unsigned j = 0; j < list.records; j++) {
			const struct trustlist_record *record = &list.record[j];

			if (record->certificate.length != (size_t)one->length ||
			    memcmp(record->certificate.data, one->der, (size_t)one->length) != 0)
				continue;
			if (trust_use_allows(use, record->role))
				return true;
			*role = trustlist_role_name(record->role);
		}
	}
	return false;
}

static void check_lists(const struct certificates *of, const char *owner, const char *use_name,
			enum trust_use use, const struct one *one)
{
	const char *role;
	char text[100];

	if ((!of->list[0].bytes && !of->list[1].bytes) || is_listed(of, use, one, &role))
		return;
	if (!role) {
		certificates_put(of, "certificate.unlisted", owner, use_name, one,
				 "is in no trust list of the phone");
		return;
	}
	snprintf(text, sizeof(text), "has the role %.40s in the trust lists", role);
	fact_value(certificates_put(of, "certificate.role", owner, use_name, one, text), "role", "%s", role);
}

/* --- the certificate store --- */

static bool is_in_keys(const struct certificates *of, const struct one *one)
{
	static const char *const patterns[] = {"keys/*.crt", "keys/*/*.crt"};
	bool found = false;

	for (size_t p = 0; p < 2 && !found; p++) {
		char pattern[CERTIFICATE_PATH];
		glob_t files = {0};

		snprintf(pattern, sizeof(pattern), "%s%s", of->it->directory, patterns[p]);
		if (!glob(pattern, 0, NULL, &files))
			for (size_t i = 0; i < files.gl_pathc && !found; i++) {
				struct one other;

				if (!certificates_read_one(of, files.gl_pathv[i] + strlen(of->it->directory),
							   &other))
					continue;
				found = same(one, &other);
				certificates_free_one(&other);
			}
		globfree(&files);
	}
	return found;
}

/* Does the TVS of the node know the certificate? A configuration that cannot be read does not count. */
static bool is_in_store(const struct certificates *of, const char *node, const struct one *one)
{
	char file[CERTIFICATE_PATH];
	size_t length, i;
	char *text;
	json_t *config;
	const json_t *entry;
	bool found;

	snprintf(file, sizeof(file), "cucm/%.60s/tvs.json", node);
	text = certificates_read(of, file, &length);
	config = text ? json_loads(text, 0, NULL) : NULL;
	found = !config;
	json_array_foreach (json_object_get(config, "certificates"), i, entry) {
		const char *path = json_text(entry, "file");
		struct one known;

		if (strncmp(path, PLAN_PREFIX "/", strlen(PLAN_PREFIX) + 1) ||
		    !certificates_read_one(of, path + strlen(PLAN_PREFIX) + 1, &known))
			continue;
		found = found || same(one, &known);
		certificates_free_one(&known);
	}
	json_decref(config);
	free(text);
	return found;
}

/* --- servers --- */

static void check_call_manager(const struct certificates *of, const char *node, const char *config)
{
	char file[CERTIFICATE_PATH];
	struct one one;

	if (!certificates_configured(config, "certificate", file) || !certificates_read_one(of, file, &one))
		return;
	certificates_check_validity(of, node, "call manager", &one);
	check_lists(of, node, "call manager", TRUST_CALL_MANAGER, &one);
	if (!is_in_keys(of, &one))
		certificates_put(of, "certificate.foreign", node, "call manager", &one,
				 "is none of the certificates of the cluster in keys/");
	else if (!is_in_store(of, node, &one))
		certificates_put(of, "certificate.not_in_store", node, "call manager", &one,
				 "is not among the certificates that TVS reads");
	certificates_free_one(&one);
}

static void check_tvs(const struct certificates *of, const char *node)
{
	char file[CERTIFICATE_PATH];
	struct one one;

	snprintf(file, sizeof(file), "keys/%.60s/tvs.crt", node);
	if (!certificates_read_one(of, file, &one))
		return;
	certificates_check_validity(of, node, "TVS", &one);
	check_lists(of, node, "TVS", TRUST_TVS_SERVER, &one);
	certificates_free_one(&one);
}

/* --- all of it --- */

static void read_lists(struct certificates *of)
{
	static const char *const names[] = {"ctl", "itl"}, *const served[] = {"CTL", "ITL"};
	char file[CERTIFICATE_PATH];
	bool installed;

	for (size_t i = 0; i < 2; i++) {
		snprintf(file, sizeof(file), "phones/flash/%s/files/%s", of->it->name, names[i]);
		of->list[i].bytes = certificates_read(of, file, &of->list[i].length);
	}
	installed = of->list[0].bytes || of->list[1].bytes;
	for (size_t i = 0; i < 2 && !installed; i++) {
		snprintf(file, sizeof(file), "tftp/root/%s%s.tlv", served[i], of->it->name);
		of->list[i].bytes = certificates_read(of, file, &of->list[i].length);
	}
}

static void examine(struct certificates *of, const struct topology *topology)
{
	read_lists(of);
	for (size_t i = 0; i < topology->cluster.nodes.n; i++) {
		const char *node = topology->cluster.nodes.items[i].name;
		char file[CERTIFICATE_PATH];
		size_t length;
		char *config;

		if (!topology_ours(&topology->cluster.nodes.items[i].owner))
			continue;
		snprintf(file, sizeof(file), "cucm/%.60s/tls.cfg", node);
		config = certificates_read(of, file, &length);
		check_call_manager(of, node, config);
		check_tvs(of, node);
		certificates_own_issuer(of, node, config);
		free(config);
	}
	certificates_own(of);
	free(of->list[0].bytes);
	free(of->list[1].bytes);
}

void why_certificate_facts(const struct why_case *it, json_t *facts)
{
	struct certificates of = {.it = it, .facts = facts};
	struct fail ignored = {0};
	struct topology *topology;
	size_t length;
	char *signer;

	if (!*it->directory || (it->step && it->step != LADDER_CM_CONNECT && it->step != LADDER_REGISTER))
		return;
	/* A kept folder has no keys. */
	signer = certificates_read(&of, "keys/capf.crt", &length);
	topology = signer ? lab_file_intended(it->directory, &ignored) : NULL;
	if (topology && topology->cluster.security == TOPOLOGY_MIXED)
		examine(&of, topology);
	topology_free(topology);
	free(signer);
}

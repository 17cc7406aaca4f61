/* Step 7 of a phone of a secure cluster: CAPF and encrypted configurations. */
#include "phone-sim/core/secure_config.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone-sim/core/actions.h"
#include "phone-sim/core/capf_client.h"
#include "phone-sim/core/encrypted.h"
#include "phone-sim/core/fetch.h"
#include "phone-sim/core/files.h"
#include "phone-sim/core/internal.h"
#include "phone-sim/core/own_certificate.h"
#include "phone-sim/core/step_runner.h"
#include "phone-sim/core/timers.h"
#include "wire/trustlist.h"

/* Of step 7 from the begin of a session: three attempts, 30 s apart, one of which makes a key. A server that uses up every wait
 * of every attempt does not get so much. */
#define ENROL_LIMIT_US UINT64_C(600000000)

static void open_encrypted(struct phone *phone);

void secure_config_enter(struct phone *phone)
{
	bool enrolled = phone->healing && phone->secure.enrolled;

	memset(&phone->secure, 0, sizeof(phone->secure));
	phone->secure.enrolled = enrolled;
}

/* --- CAPF --- */

static bool is_capf(const struct trustlist_record *record, const void *arg)
{
	(void)arg;
	return record->role == TRUSTLIST_CAPF && record->dns_name[0];
}

/* The servers: those of the configuration, else the one of the record of CAPF in a trust list. Returns their number. */
static unsigned find_servers(const struct phone *phone, struct phonexml_capf server[PHONEXML_MEMBERS_MAX])
{
	const struct trustlist_record *record;
	struct trustlist list;
	const char *which;

	memcpy(server, phone->secure.capf, sizeof(phone->secure.capf));
	if (phone->secure.capfs)
		return phone->secure.capfs;
	record = trust_find(phone, &list, &which, is_capf, NULL);
	if (!record)
		return 0;
	snprintf(server->node, sizeof(server->node), "%.127s", record->dns_name);
	server->port = CAPF_PORT;
	return 1;
}

/* An operation is pending, and the phone can take part: a string must have been entered. */
static bool is_pending(const struct phone *phone)
{
	const struct secure_config *secure = &phone->secure;

	return !secure->enrolled && secure->capf_mode != PHONEXML_CAPF_NONE &&
	       (secure->capf_mode != PHONEXML_CAPF_STRING || phone->config.capf_string);
}

/* The short file is encrypted for another certificate. */
static bool hash_differs(const struct phone *phone)
{
	const struct secure_config *secure = &phone->secure;

	return !secure->whole && secure->hash[0] && !own_with_hash(phone, secure->hash);
}

static void enrolled(struct phone *phone, const char *why)
{
	phone->secure.enrolled = true;
	if (why)
		phone_note(phone, "capf", "%s", why);
	config_request(phone);
}

/* Begin a session for this reason; false: there is no server. */
static bool enrol(struct phone *phone, const char *why)
{
	const struct secure_config *secure = &phone->secure;
	struct phonexml_capf server[PHONEXML_MEMBERS_MAX];
	unsigned servers = phone->healing || secure->enrolled ? 0 : find_servers(phone, server);

	if (!servers)
		return false;
	phone_console(phone, "NOT SECUREAPP-CAPF: session with %s: %s", server->node, why);
	phone_timer_in(phone, TIMER_STEP_LIMIT, ENROL_LIMIT_US);
	capf_start(phone, server, servers, secure->capf_mode, enrolled);
	return true;
}

static void enrolled_later(struct phone *phone, const char *why)
{
	(void)why;
	phone->secure.enrolled = true;
}

void secure_config_ready(struct phone *phone)
{
	struct phonexml_capf server[PHONEXML_MEMBERS_MAX];
	unsigned servers = !phone->secure.secure && is_pending(phone) ? find_servers(phone, server) : 0;

	if (servers)
		capf_start(phone, server, servers, phone->secure.capf_mode, enrolled_later);
}

/* --- the file --- */

bool secure_config_read(struct phone *phone, const struct phonexml_config *config)
{
	struct secure_config *secure = &phone->secure;

	if (secure->opening && !config->full_config) {
		phone_message(phone, "Error Verifying Config Info");
		config_failed(phone, "%s.cnf.xml.enc.sgn holds a short configuration (fullConfig)",
			      phone->name);
		return true;
	}
	secure->capf_mode = config->capf_mode;
	memcpy(secure->capf, config->capf, sizeof(secure->capf));
	secure->capfs = config->capfs;
	snprintf(secure->hash, sizeof(secure->hash), "%.63s", config->certificate_hash);
	secure->whole = config->full_config;
	secure->encrypted = config->encrypted;
	secure->secure = config->transport == PHONEXML_TLS && config->security_mode != PHONEXML_SECURITY_NONE;
	if (hash_differs(phone) && enrol(phone, "public key mismatch"))
		return true;
	if ((!secure->whole || secure->secure) && is_pending(phone) &&
	    enrol(phone, "an operation is pending"))
		return true;
	if (secure->whole)
		return false;
	open_encrypted(phone);
	return true;
}

/* --- the encrypted file --- */

static void refuse(struct phone *phone, const char *file, const char *why)
{
	const struct phone_evidence evidence[] = {{"file", file}, {"reason", "not-decrypted"}};

	phone_message(phone, "Error Verifying Config Info");
	phone_report(phone, "trust.bad", evidence, 2, "%s: %s", file, why);
	if (!enrol(phone, "the configuration cannot be decrypted"))
		config_failed(phone, "%s: %s", file, why);
}

/* The certificate that the file is encrypted for. */
static const struct own_certificate *recipient(const struct phone *phone)
{
	const char *name;

	return phone->secure.hash[0] ? own_with_hash(phone, phone->secure.hash) : own_in_use(phone, &name);
}

static void decrypt(struct phone *phone, const struct file_result *result)
{
	const struct own_certificate *own = recipient(phone);
	struct file_result plain = *result;
	struct trustlist_header header;
	struct wire_slice payload;
	uint8_t *bytes = NULL;
	char file[PHONE_NAME_MAX];
	const char *why;

	if (!own || sgn_decode(result->whole.data, result->whole.length, &header, &payload, NULL))
		why = "not an encrypted file";
	else
		why = encrypted_open(&header, payload, own, &bytes, &plain.length);
	if (why) {
		refuse(phone, result->file, why);
		return;
	}
	snprintf(file, sizeof(file), "%s.cnf.xml", phone->name);
	plain.file = file;
	plain.bytes = bytes;
	plain.size = plain.length;
	phone_note(phone, "encrypted", "%s", own == &phone->own.lsc ? "LSC" : "MIC");
	phone->secure.opening = true;
	config_received(phone, &plain);
	phone->secure.opening = false;
	OPENSSL_cleanse(bytes, plain.length);
	free(bytes);
}

static void encrypted_done(struct phone *phone, const struct file_result *result)
{
	switch (result->status) {
	case FILE_NOT_FOUND:
		config_failed(phone, "%s.cnf.xml is short, and %s was not found", phone->name, result->file);
		break;
	case FILE_FAILED:
		phone_message(phone, "Error Verifying Config Info");
		config_failed(phone, "%s", result->detail);
		break;
	case FILE_OK: decrypt(phone, result); break;
	}
}

static void open_encrypted(struct phone *phone)
{
	const char *name;
	char file[PHONE_NAME_MAX];

	if (!phone->secure.encrypted) {
		config_failed(phone, "%s.cnf.xml is short (fullConfig), but encrConfig is not true",
			      phone->name);
	} else if (!own_in_use(phone, &name)) {
		config_failed(phone, "the configuration is encrypted, and the phone has no certificate");
	} else if (hash_differs(phone)) {
		phone_message(phone, "Error Verifying Config Info");
		config_failed(phone,
			      "the configuration is encrypted for another certificate than the phone's %s",
			      name);
	} else {
		snprintf(file, sizeof(file), "%s.cnf.xml.enc", phone->name);
		file_get_signed(phone, file, PHONEXML_SIZE_MAX, encrypted_done);
	}
}

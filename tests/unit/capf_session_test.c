/* Every edge of a CAPF session, as the server sees it: without a socket, with the phone's messages made here. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "cucm-service/core/capf_session.h"
#include "cucm/certify.h"

#define DEVICE "SEP001122AABB01"
#define NUMBER 77
#define NOW    1800000000

/* Made once: an RSA key of the phone and one that is too small, the CAPF as it is and as it was, the maker of phones, a
 * MIC, an LSC, one of the former CAPF, and one of a CAPF of the same name that the cluster never had. */
static EVP_PKEY *key, *small_key, *maker_key, *capf_key, *former_key;
static X509 *capf, *former, *maker, *makers[1], *mic, *lsc, *old_lsc, *other_lsc;
static struct capf_issuers issuers;

static struct capf_session *session;
static struct capf_actions actions;

static X509 *certificate(enum certify_use use, const char *name, EVP_PKEY *of, X509 *issuer,
			 EVP_PKEY *issuer_key)
{
	const struct certify what = {
	    .use = use, .common_name = name, .serial = {1, 2, 3}, .begins = NOW - 1000, .ends = NOW + 1000};

	return certify(&what, of, issuer, issuer_key);
}

static int begin_all(void **state)
{
	(void)state;
	key = EVP_RSA_gen(2048);
	small_key = EVP_RSA_gen(1024);
	maker_key = EVP_EC_gen("P-256");
	capf_key = EVP_EC_gen("P-256");
	capf = certificate(CERTIFY_CAPF, "CAPF-00000001", capf_key, NULL, NULL);
	maker = makers[0] = certificate(CERTIFY_ROOT, "Phone Maker", maker_key, NULL, NULL);
	mic = certificate(CERTIFY_PHONE, "CP-8865-" DEVICE, key, maker, maker_key);
	lsc = certificate(CERTIFY_PHONE, "CP-8865-" DEVICE, key, capf, capf_key);
	former_key = EVP_EC_gen("P-256");
	former = certificate(CERTIFY_CAPF, "CAPF-00000001", former_key, NULL, NULL);
	old_lsc = certificate(CERTIFY_PHONE, "CP-8865-" DEVICE, key, former, former_key);
	other_lsc = certificate(CERTIFY_PHONE, "CP-8865-" DEVICE, key, former, maker_key);
	issuers = (struct capf_issuers){
	    .capf = capf, .formers = &former, .formers_count = 1, .makers = makers, .makers_count = 1};
	return lsc && mic && old_lsc && other_lsc ? 0 : -1;
}

static int end_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < 7; i++)
		X509_free(((X509 *[]){capf, former, maker, mic, lsc, old_lsc, other_lsc})[i]);
	for (size_t i = 0; i < 5; i++)
		EVP_PKEY_free(((EVP_PKEY *[]){key, small_key, maker_key, capf_key, former_key})[i]);
	return 0;
}

static int begin(void **state)
{
	(void)state;
	session = capf_session_new(NUMBER, &issuers);
	capf_session_begin(session, &actions);
	return session ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	capf_session_free(session);
	capf_session_free(NULL);
	return 0;
}

/* --- what the server does --- */

static const struct capf_action *action(size_t i, enum capf_do kind)
{
	if (i >= actions.count)
		fail_msg("%zu actions, expected more than %zu", actions.count, i);
	assert_int_equal(actions.item[i].kind, kind);
	return &actions.item[i];
}

/* Action i sends a message of this command; *message borrows from it. */
static void sends(size_t i, enum capf_command command, struct capf *message)
{
	const struct capf_action *sent = action(i, CAPF_DO_SEND);

	assert_int_equal(capf_decode(sent->bytes.data, sent->bytes.length, message, NULL), 0);
	assert_int_equal(message->command, command);
	assert_int_equal(message->session, NUMBER);
}

/* From action i on: the last message, with this reason, and the end. */
static void ends(size_t i, enum capf_reason reason)
{
	struct capf message;

	sends(i, CAPF_END, &message);
	assert_int_equal(message.reason, reason);
	action(i + 1, CAPF_DO_END);
	assert_int_equal(actions.count, i + 2);
}

static void records(size_t i, enum capf_operation operation, const char *status)
{
	const struct capf_action *recorded = action(i, CAPF_DO_RECORD);

	assert_string_equal(recorded->device, DEVICE);
	assert_int_equal(recorded->operation, operation);
	assert_string_equal(recorded->status, status);
}

static void notes(size_t i, const char *text)
{
	assert_string_equal(action(i, CAPF_DO_NOTE)->status, text);
}

/* --- what the phone does --- */

static void receive(struct capf message)
{
	uint8_t bytes[4000];
	ssize_t size;

	if (!message.session)
		message.session = NUMBER;
	size = capf_encode(&message, bytes, sizeof(bytes));
	assert_true(size > 0);
	assert_int_equal(capf_session_received(session, bytes, (size_t)size, &actions), size);
}

static struct capf who(void)
{
	return (struct capf){.command = CAPF_AUTH_REPLY,
			     .has = CAPF_HAS_REASON | CAPF_HAS_VERSION | CAPF_HAS_DEVICE | CAPF_HAS_PASSWORD,
			     .reason = CAPF_OK,
			     .version = CAPF_VERSION,
			     .device = wire_slice_text(DEVICE)};
}

static struct capf result(enum capf_command command, enum capf_reason reason)
{
	return (struct capf){.command = command, .has = CAPF_HAS_REASON, .reason = (uint8_t)reason};
}

static void found(enum capf_operation operation, enum capf_proof proof, const char *string)
{
	const struct capf_device device = {
	    .operation = operation, .proof = proof, .string = string, .key_type = CAPF_RSA, .key_size = 2048};

	assert_string_equal(action(0, CAPF_DO_LOOK_UP)->device, DEVICE);
	capf_session_device(session, &device, NOW, &actions);
}

static void sends_key(EVP_PKEY *of)
{
	uint8_t *der = NULL;
	int size = i2d_PUBKEY(of, &der);

	receive((struct capf){.command = CAPF_KEY_REPLY, .public_key = {der, (size_t)size}});
	OPENSSL_free(der);
}

/* The signature of a bare digest. */
static size_t sign(EVP_PKEY *by, const EVP_MD *md, const uint8_t *der, size_t size, uint8_t out[512])
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(by, NULL);
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	uint8_t digest[64];
	unsigned length;
	size_t signed_size = 512;

	EVP_DigestInit_ex(hash, md, NULL);
	EVP_DigestUpdate(hash, DEVICE, sizeof(DEVICE));
	EVP_DigestUpdate(hash, der, size);
	EVP_DigestFinal_ex(hash, digest, &length);
	assert_int_equal(EVP_PKEY_sign_init(context), 1);
	if (EVP_PKEY_get_base_id(by) == EVP_PKEY_RSA)
		EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING);
	assert_int_equal(EVP_PKEY_sign(context, out, &signed_size, digest, length), 1);
	EVP_MD_CTX_free(hash);
	EVP_PKEY_CTX_free(context);
	return signed_size;
}

/* Say who it is, with a certificate and signatures by `by` (NULL: none). */
static void present(X509 *of, EVP_PKEY *by)
{
	uint8_t *der = NULL, sha1[512], sha512[512];
	int size = i2d_X509(of, &der);
	struct capf message = who();

	message.has |= CAPF_HAS_CERTIFICATE;
	message.certificate = (struct wire_slice){der, (size_t)size};
	message.certificate_kind = CAPF_MIC;
	if (by) {
		message.signature = (struct wire_slice){sha1, sign(by, EVP_sha1(), der, (size_t)size, sha1)};
		message.signature_2 =
		    (struct wire_slice){sha512, sign(by, EVP_sha512(), der, (size_t)size, sha512)};
	}
	receive(message);
	OPENSSL_free(der);
}

/* --- tests --- */

static void the_server_speaks_first(void **state)
{
	struct capf message;

	(void)state;
	sends(0, CAPF_AUTH_REQUEST, &message);
	assert_int_equal(message.version, 3);
	assert_int_equal(message.auth, CAPF_AUTH_NONE);
	assert_int_equal(actions.count, 1);
}

static void an_installation(void **state)
{
	static const uint8_t der[] = {0x30, 1, 0};
	const struct wire_slice issued = {der, sizeof(der)};
	struct capf message;

	(void)state;
	receive(who());
	found(CAPF_OPERATION_INSTALL, CAPF_PROOF_NULL_STRING, NULL);
	sends(0, CAPF_KEY_REQUEST, &message);
	assert_int_equal(message.has, CAPF_HAS_KEY_TYPE | CAPF_HAS_KEY_SIZE);
	assert_int_equal(message.key_size, 2048);
	for (int i = 0; i < 3; i++) {
		receive((struct capf){.command = CAPF_IN_PROGRESS});
		assert_int_equal(actions.count, 0);
	}
	sends_key(key);
	assert_string_equal(action(0, CAPF_DO_ISSUE)->device, DEVICE);
	/* what comes in between waits */
	assert_int_equal(capf_session_received(session, (const uint8_t *)"\x55", 1, &actions), 0);
	capf_session_issued(session, &issued, &actions);
	sends(0, CAPF_STORE_REQUEST, &message);
	assert_int_equal(message.certificate_type, CAPF_LSC);
	assert_int_equal(message.certificate_kind, CAPF_LSC);
	assert_true(wire_slice_equal(message.certificate, issued));
	receive(result(CAPF_STORE_REPLY, CAPF_OK));
	records(0, CAPF_OPERATION_INSTALL, "Upgrade Success");
	assert_true(wire_slice_equal(actions.item[0].bytes, issued));
	assert_int_equal(actions.count, 1);
	capf_session_recorded(session, true, &actions);
	ends(0, CAPF_OK);
	/* nothing counts any more */
	assert_int_equal(capf_session_received(session, (const uint8_t *)"xyz", 3, &actions), 3);
	assert_int_equal(actions.count, 0);
	capf_session_lost(session, &actions);
	assert_int_equal(actions.count, 0);
}

static void an_ec_key(void **state)
{
	const struct capf_device device = {
	    .operation = CAPF_OPERATION_INSTALL, .key_type = CAPF_EC, .key_size = 256};
	struct capf message;

	(void)state;
	receive(who());
	capf_session_device(session, &device, NOW, &actions);
	sends(0, CAPF_KEY_REQUEST, &message);
	assert_int_equal(message.has, CAPF_HAS_KEY_TYPE | CAPF_HAS_CURVE);
	assert_int_equal(message.curve, CAPF_P256);
	sends_key(maker_key);
	action(0, CAPF_DO_ISSUE);
}

static void wrong_key(EVP_PKEY *of)
{
	receive(who());
	found(CAPF_OPERATION_INSTALL, CAPF_PROOF_NULL_STRING, NULL);
	sends_key(of);
	notes(0, "the key is not of the type and size that was asked for");
	records(1, CAPF_OPERATION_NONE, "Upgrade Failed: Key Generation Failed");
	ends(2, CAPF_INVALID_ELEMENT);
}

static void keys_that_are_wrong(void **state)
{
	wrong_key(small_key);
	capf_session_free(session);
	begin(state);
	wrong_key(maker_key);
}

static void no_key(void **state)
{
	(void)state;
	receive(who());
	found(CAPF_OPERATION_INSTALL, CAPF_PROOF_NULL_STRING, NULL);
	receive(result(CAPF_KEY_REPLY, CAPF_INVALID_ELEMENT));
	notes(0, "the phone has made no key");
	records(1, CAPF_OPERATION_NONE, "Upgrade Failed: Key Generation Failed");
	ends(2, CAPF_INVALID_ELEMENT);
}

static void nothing_is_issued(void **state)
{
	(void)state;
	receive(who());
	found(CAPF_OPERATION_INSTALL, CAPF_PROOF_NULL_STRING, NULL);
	sends_key(key);
	capf_session_issued(session, NULL, &actions);
	records(0, CAPF_OPERATION_NONE, "Upgrade Failed: CA Communication Failure");
	ends(1, CAPF_INVALID_ELEMENT);
}

static void a_deletion_that_is_not_recorded(void **state)
{
	struct capf message;

	(void)state;
	receive(who());
	found(CAPF_OPERATION_DELETE, CAPF_PROOF_NULL_STRING, NULL);
	sends(0, CAPF_DELETE_REQUEST, &message);
	receive(result(CAPF_DELETE_REPLY, CAPF_OK));
	records(0, CAPF_OPERATION_DELETE, "Delete Success");
	capf_session_recorded(session, false, &actions);
	notes(0, "the operation is done, but it could not be recorded");
	ends(1, CAPF_OK);
}

static void a_deletion_that_fails(void **state)
{
	(void)state;
	receive(who());
	found(CAPF_OPERATION_DELETE, CAPF_PROOF_NULL_STRING, NULL);
	receive(result(CAPF_DELETE_REPLY, CAPF_INVALID_ELEMENT));
	records(0, CAPF_OPERATION_NONE, "Delete Failed: Invalid Credentials");
	ends(1, CAPF_INVALID_ELEMENT);
}

static void a_fetch(void **state)
{
	static const uint8_t der[] = {0x30, 1, 0};
	struct capf message;

	(void)state;
	receive(who());
	found(CAPF_OPERATION_FETCH, CAPF_PROOF_NULL_STRING, NULL);
	sends(0, CAPF_FETCH_REQUEST, &message);
	message = result(CAPF_FETCH_REPLY, CAPF_OK);
	message.has |= CAPF_HAS_CERTIFICATE;
	message.certificate = (struct wire_slice){der, sizeof(der)};
	receive(message);
	records(0, CAPF_OPERATION_FETCH, "Troubleshoot Success");
	assert_int_equal(actions.item[0].bytes.length, sizeof(der));
	capf_session_recorded(session, true, &actions);
	ends(0, CAPF_NO_ACTION);
}

static void a_fetch_without_a_certificate(void **state)
{
	(void)state;
	receive(who());
	found(CAPF_OPERATION_FETCH, CAPF_PROOF_NULL_STRING, NULL);
	receive(result(CAPF_FETCH_REPLY, CAPF_INVALID_ELEMENT));
	records(0, CAPF_OPERATION_NONE, "Troubleshoot Failed: Invalid Credentials");
	ends(1, CAPF_NO_ACTION);
}

static void nothing_is_pending(void **state)
{
	(void)state;
	receive(who());
	found(CAPF_OPERATION_NONE, CAPF_PROOF_STRING, "1234");
	notes(0, "no operation is pending");
	ends(1, CAPF_NO_ACTION);
}

static void an_unknown_device(void **state)
{
	(void)state;
	receive(who());
	capf_session_device(session, NULL, NOW, &actions);
	notes(0, "the device is unknown");
	ends(1, CAPF_UNKNOWN_DEVICE);
}

/* It may be known: the phone is not told that it is unknown. */
static void an_unreadable_database(void **state)
{
	(void)state;
	capf_session_not_read(session, &actions);
	assert_int_equal(actions.count, 0);
	receive(who());
	capf_session_not_read(session, &actions);
	notes(0, "the database cannot be read");
	ends(1, CAPF_INVALID_ELEMENT);
}

static void no_device(void **state)
{
	static const char *const names[] = {"", "SEP00112", "SEP001122AABB0x", "XEP001122AABB01", DEVICE "0"};
	struct capf message;

	for (size_t i = 0; i < 5; i++) {
		capf_session_free(session);
		begin(state);
		message = who();
		message.device = wire_slice_text(names[i]);
		receive(message);
		notes(0, "no device name");
		ends(1, CAPF_UNKNOWN_DEVICE);
	}
}

static void strings(void **state)
{
	static const char *const others[] = {NULL, "", "12", "12345", "4321"};
	struct capf message;

	for (size_t i = 0; i < 5; i++) {
		message = who();
		message.password = wire_slice_text("1234");
		receive(message);
		found(CAPF_OPERATION_DELETE, CAPF_PROOF_STRING, others[i]);
		records(0, CAPF_OPERATION_NONE, "Delete Failed: Invalid Authentication String");
		ends(1, CAPF_INVALID_ELEMENT);
		capf_session_free(session);
		begin(state);
	}
	message = who();
	message.password = wire_slice_text("1234");
	receive(message);
	found(CAPF_OPERATION_DELETE, CAPF_PROOF_STRING, "1234");
	sends(0, CAPF_DELETE_REQUEST, &message);
}

/* A certificate proves who it is: which certificate, whose signature, which proof is asked for, and what is wrong. */
struct proof {
	X509 **certificate;
	EVP_PKEY **signer;
	enum capf_proof proof;
	int64_t later;
	const char *wrong, *status;
};

static void proofs(void **state)
{
	static const struct proof rows[] = {
	    {&mic, &key, CAPF_PROOF_MIC, 0, NULL, NULL},
	    {&mic, &key, CAPF_PROOF_LSC, 0, NULL, NULL},
	    {&lsc, &key, CAPF_PROOF_LSC, 0, NULL, NULL},
	    {&old_lsc, &key, CAPF_PROOF_LSC, 0, NULL, NULL},
	    {&old_lsc, &key, CAPF_PROOF_MIC, 0, "the issuer of the certificate is not trusted",
	     "Invalid MIC"},
	    {&other_lsc, &key, CAPF_PROOF_LSC, 0, "the issuer of the certificate is not trusted",
	     "Invalid LSC"},
	    {&lsc, &key, CAPF_PROOF_MIC, 0, "the issuer of the certificate is not trusted", "Invalid MIC"},
	    {&mic, &small_key, CAPF_PROOF_MIC, 0, "the signature is wrong", "Invalid MIC"},
	    {&mic, NULL, CAPF_PROOF_MIC, 0, "the signature is wrong", "Invalid MIC"},
	    {&mic, &key, CAPF_PROOF_LSC, 2000, "the certificate is expired or not yet valid", "Invalid LSC"},
	    {&mic, &key, CAPF_PROOF_LSC, -2000, "the certificate is expired or not yet valid", "Invalid LSC"},
	    {&capf, &key, CAPF_PROOF_LSC, 0, "the certificate is for another device", "Invalid LSC"},
	    {NULL, NULL, CAPF_PROOF_LSC, 0, "the phone presents no certificate", "Invalid LSC"},
	};
	struct capf_device device = {.operation = CAPF_OPERATION_DELETE};
	char status[100];
	struct capf message;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (i)
			begin(state);
		if (rows[i].certificate)
			present(*rows[i].certificate, rows[i].signer ? *rows[i].signer : NULL);
		else
			receive(who());
		device.proof = rows[i].proof;
		capf_session_device(session, &device, NOW + rows[i].later, &actions);
		if (rows[i].wrong) {
			notes(0, rows[i].wrong);
			snprintf(status, sizeof(status), "Delete Failed: %s", rows[i].status);
			records(1, CAPF_OPERATION_NONE, status);
			ends(2, CAPF_INVALID_ELEMENT);
		} else {
			sends(0, CAPF_DELETE_REQUEST, &message);
		}
		if (i + 1 < sizeof(rows) / sizeof(rows[0]))
			capf_session_free(session);
	}
}

static void messages_out_of_order(void **state)
{
	(void)state;
	receive(result(CAPF_STORE_REPLY, CAPF_OK));
	notes(0, "unexpected message: store certificate reply");
	ends(1, CAPF_INVALID_ELEMENT);
	capf_session_free(session);
	begin(state);
	receive(who());
	found(CAPF_OPERATION_DELETE, CAPF_PROOF_NULL_STRING, NULL);
	receive((struct capf){.command = CAPF_STORE_REPLY});
	notes(0, "unexpected message: store certificate reply");
	records(1, CAPF_OPERATION_NONE, "Delete Failed: Phone Communication Failure");
	ends(2, CAPF_INVALID_ELEMENT);
	/* answers that nobody has asked for */
	capf_session_device(session, NULL, NOW, &actions);
	assert_int_equal(actions.count, 0);
	capf_session_issued(session, NULL, &actions);
	assert_int_equal(actions.count, 0);
	capf_session_recorded(session, true, &actions);
	assert_int_equal(actions.count, 0);
}

static void another_session(void **state)
{
	struct capf message = who();

	(void)state;
	message.session = NUMBER + 1;
	receive(message);
	notes(0, "another session number");
	ends(1, CAPF_INVALID_ELEMENT);
}

static void a_phone_that_never_ends(void **state)
{
	unsigned messages = 0;

	(void)state;
	receive(who());
	found(CAPF_OPERATION_INSTALL, CAPF_PROOF_NULL_STRING, NULL);
	do {
		receive((struct capf){.command = CAPF_IN_PROGRESS});
		messages++;
	} while (!actions.count && messages < 1000);
	assert_int_equal(messages, 64);
	notes(0, "too many messages");
}

static void garbage_and_pieces(void **state)
{
	uint8_t bytes[200];
	struct capf message = who();
	size_t size;

	(void)state;
	message.session = NUMBER;
	size = (size_t)capf_encode(&message, bytes, sizeof(bytes));
	for (size_t n = 0; n < size; n++) {
		assert_int_equal(capf_session_received(session, bytes, n, &actions), 0);
		assert_int_equal(actions.count, 0);
	}
	assert_int_equal(capf_session_received(session, bytes, size, &actions), size);
	action(0, CAPF_DO_LOOK_UP);
	capf_session_free(session);
	begin(state);
	assert_int_equal(capf_session_received(session, (const uint8_t *)"GET / HTTP", 10, &actions), 10);
	notes(0, "does not begin with 55");
	ends(1, CAPF_INVALID_ELEMENT);
	capf_session_free(session);
	begin(state);
	/* 65535 bytes are announced */
	assert_int_equal(
	    capf_session_received(session, (const uint8_t *)"\x55\2\0\0\0\x4d\xff\xff", 8, &actions), 8);
	notes(0, "message too long");
	ends(1, CAPF_INVALID_ELEMENT);
}

static void the_connection_is_lost(void **state)
{
	(void)state;
	capf_session_lost(session, &actions);
	assert_int_equal(actions.count, 0);
	capf_session_free(session);
	begin(state);
	receive(who());
	found(CAPF_OPERATION_INSTALL, CAPF_PROOF_NULL_STRING, NULL);
	capf_session_lost(session, &actions);
	records(0, CAPF_OPERATION_NONE, "Upgrade Failed: Phone Communication Failure");
	assert_int_equal(actions.count, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_server_speaks_first),
	    TEST(an_installation),
	    TEST(an_ec_key),
	    TEST(keys_that_are_wrong),
	    TEST(no_key),
	    TEST(nothing_is_issued),
	    TEST(a_deletion_that_is_not_recorded),
	    TEST(a_deletion_that_fails),
	    TEST(a_fetch),
	    TEST(a_fetch_without_a_certificate),
	    TEST(nothing_is_pending),
	    TEST(an_unknown_device),
	    TEST(an_unreadable_database),
	    TEST(no_device),
	    TEST(strings),
	    TEST(proofs),
	    TEST(messages_out_of_order),
	    TEST(another_session),
	    TEST(a_phone_that_never_ends),
	    TEST(garbage_and_pieces),
	    TEST(the_connection_is_lost),
	};

	return cmocka_run_group_tests(tests, begin_all, end_all);
}

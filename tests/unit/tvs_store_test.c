/* What the trust verification service answers, from the certificates that it knows. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "cucm-service/core/tvs_store.h"
#include "cucm/certify.h"
#include "wire/trustlist.h"

#define NAME "CN=cucm-pub;OU=lab;O=phonelab;C=DE"

static EVP_PKEY *key;
static X509 *first, *second; /* of one name, with different serial numbers */

static X509 *certificate(uint8_t serial)
{
	const struct certify what = {.use = CERTIFY_SERVER,
				     .common_name = "cucm-pub",
				     .organisation = "phonelab",
				     .unit = "lab",
				     .country = "DE",
				     .serial = {0x40, serial},
				     .begins = 1700000000,
				     .ends = 1900000000};

	return certify(&what, key, NULL, NULL);
}

static int begin(void **state)
{
	(void)state;
	key = EVP_EC_gen("P-256");
	first = certificate(1);
	second = certificate(2);
	return first && second ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	X509_free(first);
	X509_free(second);
	EVP_PKEY_free(key);
	return 0;
}

static void answers(void **state)
{
	struct tvs_store *store = tvs_store_new();
	const uint8_t roles[] = {TRUSTLIST_SAST, TRUSTLIST_TFTP}, serial[16] = {0x40, 1};
	struct tvs request = {.command = TVS_QUERY,
			      .session = 1001,
			      .subject = wire_slice_text(NAME),
			      .issuer = wire_slice_text(NAME),
			      .serial = {serial, sizeof(serial)}},
		   reply;
	uint8_t *der = NULL;
	int size = i2d_X509(first, &der);

	(void)state;
	assert_int_equal(tvs_store_answer(store, &request, &reply), 0);
	assert_int_equal(reply.status, TVS_UNKNOWN);
	assert_int_equal(reply.has, TVS_HAS_STATUS);
	assert_int_equal(tvs_store_add(store, second, (const uint8_t[]){TRUSTLIST_CAPF}, 1), 0);
	assert_int_equal(tvs_store_add(store, first, roles, 2), 0);
	/* a role that it has already, and a further one: one entry */
	assert_int_equal(tvs_store_add(store, first, (const uint8_t[]){TRUSTLIST_TFTP, TRUSTLIST_CCM}, 2), 0);
	assert_int_equal(tvs_store_count(store), 2);
	assert_int_equal(tvs_store_answer(store, &request, &reply), 0);
	assert_int_equal(reply.command, TVS_CERTIFICATE);
	assert_int_equal(reply.session, 1001);
	assert_int_equal(reply.status, TVS_VALID);
	assert_int_equal(reply.roles, 3);
	assert_memory_equal(reply.role, ((uint8_t[]){0, 3, 1}), 3);
	assert_int_equal(reply.ttl_s, 86400);
	assert_int_equal(reply.certificate.length, size);
	assert_memory_equal(reply.certificate.data, der, (size_t)size);
	/* the key is issuer and serial number; the subject is not */
	request.subject = wire_slice_text("CN=other");
	assert_int_equal(tvs_store_answer(store, &request, &reply), 0);
	assert_int_equal(reply.status, TVS_VALID);
	request.issuer = wire_slice_text("CN=other");
	assert_int_equal(tvs_store_answer(store, &request, &reply), 0);
	assert_int_equal(reply.status, TVS_UNKNOWN);
	assert_int_equal(reply.certificate.length, 0);
	/* by certificate: each byte counts, and the reply does not have it */
	request = (struct tvs){.command = TVS_VERIFY, .certificate = {der, (size_t)size}};
	assert_int_equal(tvs_store_answer(store, &request, &reply), 0);
	assert_int_equal(reply.command, TVS_VERIFIED);
	assert_int_equal(reply.roles, 3);
	assert_int_equal(reply.certificate.length, 0);
	der[size - 1] ^= 1;
	assert_int_equal(tvs_store_answer(store, &request, &reply), 0);
	assert_int_equal(reply.status, TVS_UNKNOWN);
	/* a reply is no request */
	request.command = TVS_VERIFIED;
	assert_int_equal(tvs_store_answer(store, &request, &reply), -EPROTO);
	OPENSSL_free(der);
	tvs_store_free(store);
	tvs_store_free(NULL);
}

static void many(void **state)
{
	const uint8_t nine[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
	struct tvs_store *store = tvs_store_new();

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		X509 *one = certificate((uint8_t)(i + 10));

		assert_int_equal(tvs_store_add(store, one, nine, 1), 0);
		X509_free(one);
	}
	assert_int_equal(tvs_store_count(store), 100);
	assert_int_equal(tvs_store_add(store, first, nine, 9), -ENOSPC);
	tvs_store_free(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers),
	    cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, begin, end);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "phone-sim/core/signature.h"

static const char head[] = "head", tail[] = "tail";
static uint8_t point[2][200], signature[200];
static size_t point_length[2], signature_length;

/* Two keys; the signature is of "headtail", by the first. */
static int sign(void **state)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY *key[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		key[i] = EVP_EC_gen("P-256");
		assert_int_equal(EVP_PKEY_get_octet_string_param(key[i], OSSL_PKEY_PARAM_PUB_KEY, point[i],
								 sizeof(point[i]), &point_length[i]),
				 1);
	}
	signature_length = sizeof(signature);
	assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key[0]), 1);
	assert_int_equal(
	    EVP_DigestSign(context, signature, &signature_length, (const uint8_t *)"headtail", 8), 1);
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key[0]);
	EVP_PKEY_free(key[1]);
	return 0;
}

static bool verifies(const EVP_MD *digest, const char *end, int key)
{
	const struct wire_slice message[2] = {{(const uint8_t *)head, 4}, {(const uint8_t *)end, 4}};

	return signature_verifies(digest, message, (struct wire_slice){signature, signature_length},
				  (struct wire_slice){point[key], point_length[key]});
}

/* What is remembered holds only for the same message, signature, key and digest. */
static void test_remembered(void **state)
{
	(void)state;
	for (int twice = 0; twice < 2; twice++) {
		assert_true(verifies(EVP_sha256(), tail, 0));
		assert_false(verifies(EVP_sha256(), "tale", 0));
		assert_false(verifies(EVP_sha256(), tail, 1));
		assert_false(verifies(EVP_sha512(), tail, 0));
	}
	signature[signature_length - 1] ^= 1;
	assert_false(verifies(EVP_sha256(), tail, 0));
	signature[signature_length - 1] ^= 1;
	assert_true(verifies(EVP_sha256(), tail, 0));
}

/* A key that cannot be read verifies nothing. */
static void test_no_key(void **state)
{
	(void)state;
	point_length[0] = 3;
	assert_false(verifies(EVP_sha256(), tail, 0));
	point_length[0] = 0;
	assert_false(verifies(EVP_sha256(), tail, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_remembered, sign),
	    cmocka_unit_test_setup(test_no_key, sign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

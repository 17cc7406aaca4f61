/* Certificates as a phone reads them: periods, and periods that cannot be read. */
#include "tests/support/phone_test.h"

#include "phone-sim/core/certificate.h"

#define BEGINS 1700000000
#define ENDS   1900000000

static void assert_wrong(struct wire_slice der, int64_t clock, const char *expected)
{
	const char *wrong = certificate_wrong(der, clock);

	assert_string_equal(wrong ? wrong : "", expected);
}

static void periods(void **state)
{
	struct lab_signer *made = lab_certificate_new("server", true, BEGINS, ENDS, NULL);
	struct wire_slice der = lab_certificate_der(made);

	(void)state;
	assert_wrong(der, BEGINS - 1, "not-yet-valid");
	assert_wrong(der, BEGINS + 1, "");
	assert_wrong(der, ENDS - 1, "");
	assert_wrong(der, ENDS + 1, "expired");
	assert_wrong(der, 0, ""); /* the phone has no clock */
	assert_wrong((struct wire_slice){der.data, der.length - 1}, BEGINS + 1, "malformed");
	assert_wrong((struct wire_slice){der.data, 0}, BEGINS + 1, "malformed");
	lab_signer_free(made);
}

/* One digit of notBefore, then of notAfter, is a letter: OpenSSL decodes the certificate and cannot compare the time. */
static void times_that_cannot_be_read(void **state)
{
	static const uint8_t utc_time[] = {0x17, 0x0d};
	struct lab_signer *made = lab_certificate_new("server", true, BEGINS, ENDS, NULL);
	struct wire_slice der = lab_certificate_der(made);
	uint8_t *copy = malloc(der.length);
	const uint8_t *at = der.data;

	(void)state;
	assert_non_null(copy);
	for (unsigned i = 0; i < 2; i++) {
		at = memmem(at, der.length - (size_t)(at - der.data), utc_time, sizeof(utc_time));
		assert_non_null(at);
		memcpy(copy, der.data, der.length);
		copy[at - der.data + 4] = 'x';
		at += sizeof(utc_time);
		assert_wrong((struct wire_slice){copy, der.length}, BEGINS + 1, "malformed");
		assert_wrong((struct wire_slice){copy, der.length}, 0, "malformed");
	}
	free(copy);
	lab_signer_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(periods),
	    cmocka_unit_test(times_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SIP: digest authentication, and dates. */
#include "tests/support/sip_test.h"

#include "wire/sip_digest.h"

/* RFC 2617 section 3.5, and RFC 7616 section 3.9.1 (both algorithms, the same request). */
static void digests_of_the_rfcs(void **state)
{
	const struct sip_digest mufasa = {"Mufasa",	     "Circle Of Life", "GET",
					  "/dir/index.html", "0a4f113b",       1};
	const struct sip_digest web = {"Mufasa",
				       "Circle of Life",
				       "GET",
				       "/dir/index.html",
				       "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
				       1};
	const char *realm = "http-auth@example.org", *nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
	char out[65];

	(void)state;
	assert_int_equal(sip_digest_response(SIP_DIGEST_MD5, &mufasa, "testrealm@host.com",
					     "dcd98b7102dd2f0e8b11d0f600bfb0c093", "auth", out),
			 0);
	assert_string_equal(out, "6629fae49393a05397450978507c4ef1");
	/* RFC 2069 section 2.4, as its errata correct it */
	assert_int_equal(sip_digest_response(SIP_DIGEST_MD5,
					     &(struct sip_digest){"Mufasa", "CircleOfLife", "GET",
								  "/dir/index.html", NULL, 0},
					     "testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", NULL,
					     out),
			 0);
	assert_string_equal(out, "1949323746fe6a43ef61f9606e7febea");
	assert_int_equal(sip_digest_response(SIP_DIGEST_MD5, &web, realm, nonce, "auth", out), 0);
	assert_string_equal(out, "8ca523f5e9506fed4657c9700eebdbec");
	assert_int_equal(sip_digest_response(SIP_DIGEST_SHA256, &web, realm, nonce, "auth", out), 0);
	assert_string_equal(out, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

static void a_challenge_is_answered(void **state)
{
	static const char challenge[] =
	    "SIP/2.0 401 Unauthorized\r\n" LEAST "CSeq: 1 REGISTER\r\n"
	    "WWW-Authenticate: Digest realm=\"ccmsipline\", nonce=\"n1\", algorithm=MD5, "
	    "qop=\"auth-int,auth\"\r\n"
	    "WWW-Authenticate: Digest realm=\"ccm \\\"x\\\"\", nonce=\"n2\", algorithm=SHA-256, "
	    "qop=\"auth\", "
	    "stale=TRUE, opaque=\"o\"\r\n"
	    "WWW-Authenticate: Digest realm=\"r\", nonce=\"n3\", algorithm=SHA-512-256\r\n\r\n";
	const struct sip_digest digest = {"digest", "secret", "REGISTER", "sip:10.20.0.11", "c0", 2};
	struct sip_message *m = sip_decoded(challenge, sizeof(challenge) - 1), *again;
	struct sip_challenge other;
	char value[SIP_AUTHORIZATION_MAX], response[65], text[8192];
	struct sip_register request = sip_first;
	ssize_t size;

	(void)state;
	assert_true(m->has & SIP_HAS_CHALLENGE);
	assert_string_equal(m->challenge.algorithm, "SHA-256");
	assert_string_equal(m->challenge.realm, "ccm \"x\"");
	assert_string_equal(m->challenge.nonce, "n2");
	assert_true(m->challenge.stale);
	assert_false(m->challenge.proxy);
	size = sip_digest_authorization(&m->challenge, &digest, value, sizeof(value));
	assert_int_equal(size, strlen(value));
	request.origin.authorization = value;
	size = sip_build_register(&request, text, sizeof(text));
	again = sip_decoded(text, size > 0 ? (size_t)size : 0);
	assert_true(again->has & SIP_HAS_CREDENTIALS);
	assert_string_equal(again->credentials.username, "digest");
	assert_string_equal(again->credentials.realm, "ccm \"x\"");
	assert_string_equal(again->credentials.uri, "sip:10.20.0.11");
	assert_string_equal(again->credentials.nc, "00000002");
	assert_string_equal(again->credentials.qop, "auth");
	assert_string_equal(again->credentials.opaque, "o");
	assert_int_equal(sip_digest_response(SIP_DIGEST_SHA256, &digest, "ccm \"x\"", "n2", "auth", response),
			 0);
	assert_string_equal(again->credentials.response, response);
	sip_free(again);
	for (size_t room = 0; room < strlen(value) + 1; room++)
		assert_int_equal(sip_digest_authorization(&m->challenge, &digest, text, room), -ENOSPC);
	other = m->challenge;
	other.algorithm = "SHA-512-256";
	assert_int_equal(sip_digest_authorization(&other, &digest, value, sizeof(value)), -EPROTO);
	other = m->challenge;
	other.qop = "auth-int";
	assert_int_equal(sip_digest_authorization(&other, &digest, value, sizeof(value)), -EPROTO);
	other = m->challenge;
	other.scheme = "Basic";
	assert_int_equal(sip_digest_authorization(&other, &digest, value, sizeof(value)), -EPROTO);
	sip_free(m);
}

static void dates(void **state)
{
	static const struct {
		uint64_t unix_s;
		const char *text;
	} cases[] = {
	    {0, "Thu, 01 Jan 1970 00:00:00 GMT"},	   {1795226400, "Sat, 21 Nov 2026 02:00:00 GMT"},
	    {951782399, "Mon, 28 Feb 2000 23:59:59 GMT"},  {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
	    {4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"}, {253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"},
	};
	static const char *const bad[] = {"",
					  "Sat, 21 Nov 2026 02:00:00 UTC",
					  "Sun, 21 Nov 2026 02:00:00 GMT",
					  "Sat, 31 Nov 2026 02:00:00 GMT",
					  "Sat, 21 Nov 2026 24:00:00 GMT",
					  "Sat, 21 nov 2026 02:00:00 GMT"};
	char text[SIP_DATE_TEXT];
	uint64_t back;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		sip_date_format(cases[i].unix_s, text);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(sip_date_parse(&back, text), 0);
		assert_int_equal(back, cases[i].unix_s);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(sip_date_parse(&back, bad[i]), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(digests_of_the_rfcs),
	    cmocka_unit_test(a_challenge_is_answered),
	    cmocka_unit_test(dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

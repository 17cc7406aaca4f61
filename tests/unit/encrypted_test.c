/* encrypted_open: the one file that it opens, and each part of it damaged behind the signature. */
#include "tests/support/phone_test.h"

#include "phone-sim/core/encrypted.h"
#include "tests/support/secure_lab.h"
#include "wire/encfile.h"

#define PLAIN "<device><deviceProtocol>SIP</deviceProtocol></device>"

/* A decoded file that is encrypted for cluster_rsa_lsc(), and the certificates of the phone. */
struct opened {
	struct memory_lab *lab;
	struct trustlist_header header;
	uint8_t payload[512], key[ENCFILE_KEY_MAX], hash[64];
	size_t length;
	struct own_certificate lsc, mic;
};

static void decode(struct opened *it)
{
	const struct lab_phone *slot;
	const struct lab_file *file;
	struct wire_slice payload;

	memset(it, 0, sizeof(*it));
	it->lab = secure_lab(PHONEXML_SECURITY_NONE);
	memory_lab_install(it->lab, 0, cluster_rsa_lsc(), true);
	slot = &it->lab->phone[0];
	it->lsc = (struct own_certificate){.certificate = slot->lsc,
					   .certificate_length = slot->lsc_length,
					   .key = slot->lsc_key,
					   .key_length = slot->lsc_key_length};
	it->mic = (struct own_certificate){.certificate = slot->mic,
					   .certificate_length = slot->mic_length,
					   .key = slot->mic_key,
					   .key_length = slot->mic_key_length};
	memory_lab_put_encrypted(it->lab, "SEP.cnf.xml", lab_signer_of_files(), cluster_rsa_lsc(), PLAIN,
				 strlen(PLAIN));
	file = memory_lab_file(it->lab, "SEP.cnf.xml.enc.sgn");
	assert_int_equal(sgn_decode(file->bytes, file->length, &it->header, &payload, NULL), 0);
	/* Copies that a case can damage. */
	it->length = payload.length;
	assert_true(payload.length <= sizeof(it->payload));
	memcpy(it->payload, payload.data, payload.length);
	memcpy(it->key, it->header.encryption.key.data, it->header.encryption.key.length);
	memcpy(it->hash, it->header.encryption.hash.data, it->header.encryption.hash.length);
	it->header.encryption.key.data = it->key;
	it->header.encryption.hash.data = it->hash;
}

static const char *opens(struct opened *it, const struct own_certificate *own, uint8_t **plain,
			 size_t *length)
{
	const struct wire_slice payload = {it->payload, it->length};

	return encrypted_open(&it->header, payload, own, plain, length);
}

static void a_good_file(void **state)
{
	struct opened it;
	uint8_t *plain = NULL;
	size_t length = 0;

	(void)state;
	decode(&it);
	assert_null(opens(&it, &it.lsc, &plain, &length));
	assert_int_equal(length, strlen(PLAIN));
	assert_memory_equal(plain, PLAIN, length);
	free(plain);
	memory_lab_free(it.lab);
}

static void damage_payload(struct opened *it)
{
	it->payload[3] ^= 1;
}

static void damage_last_block(struct opened *it)
{
	it->payload[it->length - 1] ^=
	    1; /* the digest does not cover the pad bytes, but this block has other bytes too */
}

static void damage_vector(struct opened *it)
{
	it->header.encryption.iv[0] ^= 1;
}

static void damage_key(struct opened *it)
{
	it->key[100] ^= 1;
}

static void damage_digest(struct opened *it)
{
	it->hash[63] ^= 1;
}

static void name_another_digest(struct opened *it)
{
	it->header.encryption.digest = TRUSTLIST_SHA256;
}

static void shorten_padding(struct opened *it)
{
	it->header.encryption.padding--;
}

static void lengthen_padding(struct opened *it)
{
	it->header.encryption.padding = (uint16_t)(it->length + 1);
}

static void cut_a_byte(struct opened *it)
{
	it->length--;
}

static void cut_a_block(struct opened *it)
{
	it->length -= ENCFILE_BLOCK;
}

static void cut_all(struct opened *it)
{
	it->length = 0;
}

static void drop_the_elements(struct opened *it)
{
	it->header.encrypted = false;
}

static void take_the_mic(struct opened *it)
{
	it->lsc = it->mic; /* a key of elliptic curves decrypts nothing */
}

static void every_damage(void **state)
{
	static const char wrong_key[] = "the key of the phone's certificate does not decrypt it";
	static const char no_blocks[] = "the encrypted part has no whole blocks";
	static const struct {
		void (*damage)(struct opened *it);
		const char *why;
	} cases[] = {
	    {damage_payload, wrong_key},
	    {damage_last_block, wrong_key},
	    {damage_vector, wrong_key},
	    {damage_key, wrong_key},
	    {damage_digest, wrong_key},
	    {name_another_digest, wrong_key},
	    {shorten_padding, wrong_key},
	    {take_the_mic, wrong_key},
	    {cut_a_block, wrong_key},
	    {lengthen_padding, no_blocks},
	    {cut_a_byte, no_blocks},
	    {cut_all, no_blocks},
	    {drop_the_elements, "not an encrypted file"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct opened it;
		uint8_t *plain = NULL;
		size_t length = 0;

		decode(&it);
		cases[i].damage(&it);
		assert_string_equal(opens(&it, &it.lsc, &plain, &length), cases[i].why);
		assert_null(plain);
		memory_lab_free(it.lab);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_good_file),
	    cmocka_unit_test(every_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Everything that cucm/ writes into the TFTP tree, read again by the codecs that phones use, and by
 * strangers. */
#include <errno.h>
#include <libxml/parser.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cucm/cucm.h"
#include "cucm/keys.h"
#include "cucm/model.h"
#include "tests/support/cucm_bench.h"
#include "wire/loads.h"
#include "wire/phonexml.h"
#include "wire/trustlist.h"

static int bench_begin(void **state)
{
	return cucm_bench_begin(state, 5, false);
}

static bool exists(struct cucm_bench *bench, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/tftp/root/%s", bench->directory, name);
	return !access(path, R_OK);
}

/* A file of the tree; NUL-terminated. */
static char *load(struct cucm_bench *bench, const char *name, size_t *size)
{
	char path[512], *bytes;
	FILE *file;
	long length;

	snprintf(path, sizeof(path), "%s/tftp/root/%s", bench->directory, name);
	file = fopen(path, "re");
	if (!file)
		fail_msg("%s: %s", path, strerror(errno));
	fseek(file, 0, SEEK_END);
	length = ftell(file);
	rewind(file);
	bytes = malloc((size_t)length + 1);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, (size_t)length, file), length);
	bytes[length] = '\0';
	fclose(file);
	*size = (size_t)length;
	return bytes;
}

/* Does the RSA key (PKCS#1, DER) verify this signature over the two parts? By OpenSSL alone. */
static bool verifies(struct wire_slice key, struct wire_slice signature, const struct wire_slice part[2])
{
	const unsigned char *at = key.data;
	EVP_PKEY *public_key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)key.length);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int good;

	assert_non_null(public_key);
	assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, public_key), 1);
	EVP_DigestVerifyUpdate(context, part[0].data, part[0].length);
	EVP_DigestVerifyUpdate(context, part[1].data, part[1].length);
	good = EVP_DigestVerifyFinal(context, signature.data, signature.length);
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(public_key);
	return good == 1;
}

static bool list_verifies(const struct trustlist *list, const void *bytes, size_t size)
{
	const struct trustlist_record *signer = trustlist_signer(list);
	struct wire_slice part[2];

	assert_non_null(signer);
	trustlist_signed_bytes(&list->header, bytes, size, part);
	return verifies(signer->public_key, list->header.signature, part);
}

static void test_device_file_reads_back(void **state)
{
	struct cucm_bench *bench = *state;
	static struct phonexml_config config;
	struct phonexml_error error;
	size_t size;
	char *bytes;

	cucm_bench_render(bench);
	bytes = load(bench, "SEP001122AABB01.cnf.xml", &size);
	assert_int_equal(phonexml_config_decode(bytes, size, &config, &error), 0);
	free(bytes);
	assert_int_equal(config.members, 2);
	assert_string_equal(config.member[0].node, "10.20.0.11");
	assert_string_equal(config.member[1].node, "10.20.0.12");
	assert_int_equal(config.member[0].sip_port, 5060);
	assert_int_equal(config.lines, 1);
	assert_string_equal(config.line[0].name, "2001");
	assert_string_equal(config.line[0].display_name, "A <b> & \"c\"");
	assert_string_equal(config.line[0].auth_name, "SEP001122AABB01");
	assert_string_equal(config.line[0].auth_password, "s3cret");
	assert_string_equal(config.line[0].proxy, "USECALLMANAGER");
	assert_string_equal(config.load, "sip78xx.14-2-1-0001-125");
	assert_string_equal(config.user_locale, "French_France");
	assert_string_equal(config.network_locale, "France");
	assert_string_equal(config.network_locale_folder, "France");
	assert_int_equal(config.transport, PHONEXML_TCP);
	assert_int_equal(config.unknown, 0);
	assert_true(exists(bench, config.dial_template));
	assert_true(exists(bench, config.soft_key_file));
	assert_int_equal(strlen(config.version_stamp), 38);
}

/* A file has no more NTP servers than a phone reads. */
static void test_ntp_servers(void **state)
{
	static const uint32_t ntp[] = {0x0a140005, 0x0a140006, 0x0a140007, 0x0a140008};
	struct cucm_bench *bench = *state;
	static struct phonexml_config config;
	struct phonexml_error error;
	size_t size;
	char *bytes;

	for (size_t count = 0; count <= 4; count++) {
		bench->sample->plan.ntp = ntp;
		bench->sample->plan.ntp_count = count;
		cucm_bench_render(bench);
		bytes = load(bench, "SEP001122AABB01.cnf.xml", &size);
		assert_int_equal(phonexml_config_decode(bytes, size, &config, &error), 0);
		free(bytes);
		assert_int_equal(config.ntps, count < 3 ? count : 3);
		if (count == 4)
			assert_string_equal(config.ntp[2], "10.20.0.7");
	}
}

static void test_signed_device_file_verifies(void **state)
{
	struct cucm_bench *bench = *state;
	static struct trustlist list;
	struct trustlist_header header;
	struct wire_slice payload, part[2];
	struct wire_error error;
	size_t size, plain_size, list_size;
	char *bytes, *plain, *itl;

	cucm_bench_render(bench);
	bytes = load(bench, "SEP001122AABB01.cnf.xml.sgn", &size);
	plain = load(bench, "SEP001122AABB01.cnf.xml", &plain_size);
	itl = load(bench, "ITLSEP001122AABB01.tlv", &list_size);
	assert_int_equal(sgn_decode(bytes, size, &header, &payload, &error), 0);
	assert_int_equal(payload.length, plain_size);
	assert_memory_equal(payload.data, plain, plain_size);
	assert_string_equal(header.file_name, "SEP001122AABB01.cnf.xml.sgn");
	assert_int_equal(trustlist_decode(itl, list_size, &list, &error), 0);
	trustlist_signed_bytes(&header, bytes, size, part);
	assert_true(verifies(trustlist_signer(&list)->public_key, header.signature, part));
	bytes[size - 3] ^= 1;
	assert_false(verifies(trustlist_signer(&list)->public_key, header.signature, part));
	free(bytes);
	free(plain);
	free(itl);
}

static bool has_role(const struct trustlist *list, enum trustlist_role role)
{
	for (unsigned i = 0; i < list->records; i++)
		if (list->record[i].role == role)
			return true;
	return false;
}

static void check_itl(struct cucm_bench *bench, const char *name, bool good)
{
	static struct trustlist list;
	const struct trustlist_record *record;
	struct wire_error error = {0};
	const unsigned char *der;
	size_t size;
	char *bytes = load(bench, name, &size);
	X509 *certificate;

	if (trustlist_decode(bytes, size, &list, &error))
		fail_msg("%s: offset %zu: %s", name, error.offset, error.what);
	assert_int_equal(list.header.version[0], 1);
	assert_int_equal(list.header.version[1], 2);
	assert_string_equal(list.header.file_name, name);
	assert_int_equal(list.header.unknown, 0);
	assert_int_equal(list.records, 4);
	assert_true(has_role(&list, TRUSTLIST_SAST));
	assert_true(has_role(&list, TRUSTLIST_CCM_TFTP));
	assert_true(has_role(&list, TRUSTLIST_TVS));
	assert_int_equal(list_verifies(&list, bytes, size), good);

	/* The signer's certificate is one that OpenSSL reads, with the serial and the key that the record
	 * has. */
	record = trustlist_signer(&list);
	der = record->certificate.data;
	certificate = d2i_X509(NULL, &der, (long)record->certificate.length);
	assert_non_null(certificate);
	assert_int_equal(X509_verify(certificate, X509_get0_pubkey(certificate)), 1);
	X509_free(certificate);
	free(bytes);
}

static void test_itl_verifies(void **state)
{
	struct cucm_bench *bench = *state;

	cucm_bench_render(bench);
	check_itl(bench, "ITLFile.tlv", true);
	check_itl(bench, "ITLSEP001122AABB01.tlv", true);
	assert_false(exists(bench, "CTLFile.tlv"));
}

static void test_forged_itl_does_not_verify(void **state)
{
	struct cucm_bench *bench = *state;

	bench->sample->plan.itl = CUCM_ITL_FORGED;
	cucm_bench_render(bench);
	check_itl(bench, "ITLFile.tlv", false);
	check_itl(bench, "ITLSEP001122AABB01.tlv", false);
	bench->sample->plan.itl = CUCM_ITL_SIGNED;
	assert_int_equal(cucm_write_trust_lists(&bench->sample->plan, bench->directory, &bench->fail), 0);
	check_itl(bench, "ITLFile.tlv", true);
	check_itl(bench, "ITLSEP001122AABB01.tlv", true);
}

static void test_no_itl(void **state)
{
	struct cucm_bench *bench = *state;

	cucm_bench_render(bench);
	bench->sample->plan.itl = CUCM_ITL_NONE;
	assert_int_equal(cucm_write_trust_lists(&bench->sample->plan, bench->directory, &bench->fail), 0);
	assert_false(exists(bench, "ITLFile.tlv"));
	assert_false(exists(bench, "ITLSEP001122AABB01.tlv"));
}

static void test_default_file(void **state)
{
	struct cucm_bench *bench = *state;
	static struct phonexml_default config;
	struct phonexml_error error;
	size_t size;
	char *bytes;

	cucm_bench_render(bench);
	bytes = load(bench, "XMLDefault.cnf.xml", &size);
	assert_int_equal(phonexml_default_decode(bytes, size, &config, &error), 0);
	assert_int_equal(config.members, 2);
	assert_string_equal(phonexml_default_load(&config, 622), "sip78xx.14-2-1-0001-125");
	assert_string_equal(phonexml_default_load(&config, 36224), "sip8845_65.14-2-1-0001-125");
	assert_null(phonexml_default_load(&config, 683));
	free(bytes);
}

static void test_rules_and_soft_keys(void **state)
{
	struct cucm_bench *bench = *state;
	static struct phonexml_config config;
	static struct phonexml_dial_template rules;
	static struct phonexml_soft_keys keys;
	struct phonexml_error error;
	size_t size;
	char *bytes;

	cucm_bench_render(bench);
	bytes = load(bench, "SEP001122AABB02.cnf.xml", &size);
	assert_int_equal(phonexml_config_decode(bytes, size, &config, &error), 0);
	free(bytes);
	bytes = load(bench, config.dial_template, &size);
	assert_int_equal(phonexml_dial_template_decode(bytes, size, &rules, &error), 0);
	assert_int_equal(rules.rules, 3);
	assert_string_equal(rules.rule[1].match, "9,011*");
	assert_int_equal(rules.rule[1].timeout_s, 6);
	assert_string_equal(rules.rule[1].tone, "Bellcore-Outside");
	free(bytes);
	bytes = load(bench, config.soft_key_file, &size);
	assert_int_equal(phonexml_soft_keys_decode(bytes, size, &keys, &error), 0);
	assert_int_equal(keys.sets, 12);
	assert_string_equal(keys.set[0].id, "On Hook");
	assert_string_equal(keys.set[0].key[0], "Redial");
	assert_string_equal(keys.key[5].id, "<<");
	assert_int_equal(keys.key[5].tag, 8);
	assert_int_equal(error.warnings, 0);
	free(bytes);
}

static void check_ring(struct cucm_bench *bench, const char *name, size_t least, size_t most)
{
	size_t size;
	char *bytes = load(bench, name, &size);
	bool silent = true;

	assert_in_range(size, least, most);
	for (size_t i = 1; i < size; i++)
		silent &= bytes[i] == bytes[0];
	assert_false(silent);
	free(bytes);
}

static void test_rings(void **state)
{
	struct cucm_bench *bench = *state;
	struct phonexml_rings rings;
	struct phonexml_error error;
	size_t size;
	char *bytes;

	cucm_bench_render(bench);
	bytes = load(bench, "Ringlist-wb.xml", &size);
	assert_int_equal(phonexml_rings_decode(bytes, size, &rings, &error), 0);
	assert_in_range(rings.rings, 1, 50);
	for (unsigned i = 0; i < rings.rings; i++)
		check_ring(bench, rings.ring[i].file, 2 * 240, 2 * 160800);
	free(bytes);
	bytes = load(bench, "Ringlist.xml", &size);
	assert_int_equal(phonexml_rings_decode(bytes, size, &rings, &error), 0);
	for (unsigned i = 0; i < rings.rings; i++)
		check_ring(bench, rings.ring[i].file, 240, 16080);
	free(bytes);

	for (size_t i = 0; i < 5; i++)
		bench->sample->device[i].ringtones = false;
	cucm_bench_render(bench);
	assert_false(exists(bench, "Ringlist-wb.xml"));
	assert_false(exists(bench, "Ringlist-wb.xml.sgn"));
}

static void test_firmware(void **state)
{
	struct cucm_bench *bench = *state;
	struct trustlist_header header;
	struct wire_slice payload;
	struct wire_error error;
	struct loads loads;
	const struct loads_platform *platform;
	size_t size;
	char *bytes;

	cucm_bench_render(bench);
	bytes = load(bench, "sip78xx.14-2-1-0001-125.loads", &size);
	assert_int_equal(sgn_decode(bytes, size, &header, &payload, &error), 0);
	assert_int_equal(loads_decode(payload.data, payload.length, &loads, &error), 0);
	free(bytes);
	assert_int_equal(loads.platforms, 1);
	assert_string_equal(loads.model, "78xx");
	assert_string_equal(loads.release, "14-2-1-0001-125");
	assert_string_equal(loads.load_version, "sip78xx.14-2-1-0001-125");
	platform = loads_find(&loads, "PLATFORM_1");
	assert_non_null(platform);
	assert_int_equal(platform->images, 3);
	for (unsigned i = 0; i < platform->images; i++) {
		struct sbn_header image;

		bytes = load(bench, platform->image[i].file, &size);
		assert_int_equal(sbn_decode(bytes, size, &image, &error), 0);
		assert_int_equal(image.header_size + image.payload_size, size);
		assert_int_equal(platform->image[i].size, size);
		assert_string_equal(image.name, platform->image[i].file);
		free(bytes);
	}
	assert_string_equal(platform->image[2].file, "rootfs78xx.14-2-1-0001-125.sbn");
	assert_int_equal(size, SBN_HEADER_SIZE + 128 * 1024);
}

/* unzip of another's making. */
static void test_jar_is_a_zip(void **state)
{
	struct cucm_bench *bench = *state;
	char command[512], line[256] = "";
	FILE *pipe;

	if (system("command -v python3 >/dev/null")) {
		print_message("skipped: no python3 here, whose zipfile is the stranger\n");
		skip();
	}
	cucm_bench_render(bench);
	snprintf(command, sizeof(command),
		 "python3 -c 'import zipfile,sys; z=zipfile.ZipFile(sys.argv[1]); print(z.testzip(), "
		 "z.namelist())' "
		 "%s/tftp/root/French_France/sp-sip.jar",
		 bench->directory);
	pipe = popen(command, "re");
	assert_non_null(pipe);
	assert_non_null(fgets(line, sizeof(line), pipe));
	assert_int_equal(pclose(pipe), 0);
	assert_string_equal(line, "None ['META-INF/MANIFEST.MF', 'dictionary.xml']\n");
}

static void check_xml(struct cucm_bench *bench, const char *name)
{
	size_t size;
	char *bytes = load(bench, name, &size);
	xmlDoc *document = xmlReadMemory(bytes, (int)size, name, NULL, XML_PARSE_NONET);

	assert_non_null(document);
	xmlFreeDoc(document);
	free(bytes);
}

static void test_xml_is_well_formed(void **state)
{
	struct cucm_bench *bench = *state;

	bench->sample->app_rule[0].name = "R&D <\"9\">";
	cucm_bench_render(bench);
	check_xml(bench, "AppDialRules.xml");
	check_xml(bench, "France/g3-tones.xml");
	check_xml(bench, "XMLDefault.cnf.xml");
	check_xml(bench, "SEP001122AABB05.cnf.xml");
}

/* A device that is rewritten, removed and added at run time. */
static void test_device_changes(void **state)
{
	struct cucm_bench *bench = *state;
	struct cucm_device *device = &bench->sample->device[0];
	static struct phonexml_config before, after;
	struct phonexml_error error;
	size_t size;
	char *bytes;

	cucm_bench_render(bench);
	bytes = load(bench, "SEP001122AABB01.cnf.xml", &size);
	assert_int_equal(phonexml_config_decode(bytes, size, &before, &error), 0);
	free(bytes);
	device->load = "sip78xx.12-8-1-0001-455";
	assert_int_equal(cucm_write_device(&bench->sample->plan, bench->directory, device, &bench->fail), 0);
	bytes = load(bench, "SEP001122AABB01.cnf.xml", &size);
	assert_int_equal(phonexml_config_decode(bytes, size, &after, &error), 0);
	free(bytes);
	assert_string_equal(after.load, "sip78xx.12-8-1-0001-455");
	assert_string_not_equal(before.version_stamp, after.version_stamp);

	device->absent = true;
	assert_int_equal(cucm_write_device(&bench->sample->plan, bench->directory, device, &bench->fail), 0);
	assert_false(exists(bench, "SEP001122AABB01.cnf.xml"));
	assert_false(exists(bench, "SEP001122AABB01.cnf.xml.sgn"));
	assert_false(exists(bench, "ITLSEP001122AABB01.tlv"));
	assert_true(exists(bench, "SEP001122AABB02.cnf.xml"));
}

/* The size that a list gives for a file; -1: not listed. */
static long listed(struct cucm_bench *bench, const char *list, const char *file)
{
	char needle[100], *text, *row;
	long found = -1;
	size_t size;

	text = load(bench, list, &size);
	assert_memory_equal(text, "FileName\tLength\n", 16);
	snprintf(needle, sizeof(needle), "\n%s\t", file);
	row = strstr(text, needle);
	if (row) {
		found = strtol(row + strlen(needle), NULL, 10);
		assert_null(strstr(row + 1, needle)); /* once */
	}
	free(text);
	return found;
}

/* The lists name what the tree has, also after a device was removed and added. */
static void test_lists(void **state)
{
	static const char *const configurations[] = {"SEP001122AABB01.cnf.xml", "SEP001122AABB01.cnf.xml.sgn",
						     "XMLDefault.cnf.xml", "XMLDefault.cnf.xml.sgn",
						     "lddefault.cfg"};
	static const char *const files[] = {"sip78xx.14-2-1-0001-125.loads", "kern78xx.14-2-1-0001-125.sbn",
					    "Ringlist.xml", "ITLFile.tlv", "French_France/sp-sip.jar"};
	struct cucm_bench *bench = *state;
	struct cucm_device *device = &bench->sample->device[0];
	size_t size;

	cucm_bench_render(bench);
	for (unsigned i = 0; i < 5; i++) {
		free(load(bench, configurations[i], &size));
		assert_int_equal(listed(bench, "ConfigFileCacheList.txt", configurations[i]), size);
		assert_int_equal(listed(bench, "FileList.txt", configurations[i]), -1);
		free(load(bench, files[i], &size));
		assert_int_equal(listed(bench, "FileList.txt", files[i]), size);
		assert_int_equal(listed(bench, "ConfigFileCacheList.txt", files[i]), -1);
	}
	device->absent = true;
	assert_int_equal(cucm_write_device(&bench->sample->plan, bench->directory, device, &bench->fail), 0);
	assert_int_equal(listed(bench, "ConfigFileCacheList.txt", configurations[0]), -1);
	assert_int_equal(listed(bench, "ConfigFileCacheList.txt", configurations[1]), -1);
	assert_int_equal(listed(bench, "FileList.txt", "ITLSEP001122AABB01.tlv"), -1);
	device->absent = false;
	device->load = "sip78xx.12-8-1-0001-455-longer";
	assert_int_equal(cucm_write_device(&bench->sample->plan, bench->directory, device, &bench->fail), 0);
	free(load(bench, configurations[0], &size));
	assert_int_equal(listed(bench, "ConfigFileCacheList.txt", configurations[0]), size);
	bench->sample->plan.itl = CUCM_ITL_NONE;
	assert_int_equal(cucm_write_trust_lists(&bench->sample->plan, bench->directory, &bench->fail), 0);
	assert_int_equal(listed(bench, "FileList.txt", "ITLFile.tlv"), -1);
}

/* Rendering again changes nothing: neither the key nor any file. */
static void test_rendering_twice(void **state)
{
	struct cucm_bench *bench = *state;
	static const char *const names[] = {"ITLFile.tlv", "SEP001122AABB01.cnf.xml.sgn",
					    "XMLDefault.cnf.xml", "French_France/sp-sip.jar",
					    "../../keys/signer.crt"};
	char *first[5];
	size_t size[5];

	cucm_bench_render(bench);
	for (size_t i = 0; i < 5; i++)
		first[i] = load(bench, names[i], &size[i]);
	cucm_bench_render(bench);
	for (size_t i = 0; i < 5; i++) {
		size_t again;
		char *second = load(bench, names[i], &again);

		assert_int_equal(again, size[i]);
		assert_memory_equal(second, first[i], again);
		free(second);
		free(first[i]);
	}
}

static void refused(struct cucm_bench *bench, const char *reason)
{
	assert_int_equal(cucm_render(&bench->sample->plan, bench->directory, &bench->fail), -EINVAL);
	if (!strstr(bench->fail.text, reason))
		fail_msg("found \"%s\", expected \"%s\"", bench->fail.text, reason);
	assert_false(exists(bench, "XMLDefault.cnf.xml"));
}

static void test_bad_plans(void **state)
{
	struct cucm_bench *bench = *state;
	struct sample_plan *sample = bench->sample;

	sample->device[1].mac = sample->device[0].mac;
	refused(bench, "SEP001122AABB01 appears twice");
	sample->device[1].mac.octet[5] = 2;
	sample->device[0].model = "6941";
	refused(bench, "SEP001122AABB01: found model \"6941\"");
	sample->device[0].model = "7841";
	sample->device[0].line_count = 0;
	refused(bench, "found 0 lines");
	sample->device[0].line_count = 1;
	sample->line[0].number = "20 01";
	refused(bench, "directory number: found \"20 01\"");
	sample->line[0].number = "2001";
	sample->line[0].auth_password = NULL;
	sample->plan.digest = true;
	refused(bench, "line 2001 has no digest password");
	sample->plan.digest = false;
	sample->tftp[0].name = "keys";
	refused(bench, "cannot have the name \"keys\"");
	sample->tftp[0].name = "../up";
	refused(bench, "found \"../up\"");
	sample->tftp[0].name = "dhcp";
	refused(bench, "two servers have the name dhcp");
	sample->tftp[0].name = "tftp";
	sample->pool[0].last = 0x0a6f0001;
	refused(bench, "pool voice: its addresses are not in 10.110.0.0/24");
	sample->pool[0].last = 0x0a6e00fa;
	sample->pool[0].lease_s = 60;
	refused(bench, "expected at least 120 s");
	sample->pool[0].lease_s = 0;
	sample->plan.node_count = 0;
	refused(bench, "found 0 nodes");
	sample->plan.node_count = 2;
	sample->locale.user = "../../etc";
	refused(bench, "user locale");
	sample->locale.user = "French_France";
	cucm_bench_render(bench);
}

/* A missing key is made; an invalid key is refused. */
static void test_keys(void **state)
{
	struct cucm_bench *bench = *state;
	struct cucm_keys *keys = NULL;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/keys/signer.key", bench->directory);
	assert_int_equal(unlink(path), 0);
	cucm_bench_render(bench);
	check_itl(bench, "ITLFile.tlv", true);
	file = fopen(path, "we");
	assert_non_null(file);
	fputs("no key\n", file);
	fclose(file);
	assert_int_equal(cucm_keys_open(&keys, bench->directory, "x", &bench->fail), -EBADMSG);
	assert_null(keys);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_begin, cucm_bench_end)
	const struct CMUnitTest tests[] = {
	    TEST(test_device_file_reads_back),
	    TEST(test_ntp_servers),
	    TEST(test_signed_device_file_verifies),
	    TEST(test_itl_verifies),
	    TEST(test_forged_itl_does_not_verify),
	    TEST(test_no_itl),
	    TEST(test_default_file),
	    TEST(test_rules_and_soft_keys),
	    TEST(test_rings),
	    TEST(test_firmware),
	    TEST(test_jar_is_a_zip),
	    TEST(test_xml_is_well_formed),
	    TEST(test_device_changes),
	    TEST(test_lists),
	    TEST(test_rendering_twice),
	    TEST(test_bad_plans),
	    TEST(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, cucm_bench_over);
}

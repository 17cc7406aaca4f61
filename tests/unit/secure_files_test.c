/* The files of a lab with certificates. The judges are the openssl command and a reader of the formats in Python: neither has
 * code of phonelab. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "cucm/authority.h"
#include "cucm/cucm.h"
#include "tests/support/command.h"
#include "tests/support/cucm_bench.h"

static struct cucm_bench *bench; /* its files are read only, after begin */
static char *said;		 /* of the last command */

#define RUN(...) assert_int_equal(run(__VA_ARGS__), 0)

/* Run a command line in the run directory; its exit status. Its output is in said. */
static int run(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int run(const char *format, ...)
{
	char line[2048], here[512];
	struct text whole = {0};
	va_list args;
	FILE *pipe;
	int status, c;

	assert_non_null(getcwd(here, sizeof(here)));
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	text_add(&whole,
		 "cd %s && exec 2>&1; read_list() { mkdir -p \"$3\"; python3 "
		 "%s/tests/support/trust_list.py \"$@\"; }; %s",
		 bench->directory, here, line);
	pipe = popen(whole.bytes, "re");
	assert_non_null(pipe);
	text_free(&whole);
	while ((c = fgetc(pipe)) != EOF)
		text_add_bytes(&whole, &(char){(char)c}, 1);
	status = pclose(pipe);
	free(said);
	text_add(&whole, "%s", "");
	said = text_take(&whole);
	if (status)
		print_message("%s\n%s", line, said);
	return status;
}

static void plan_secure(enum cucm_release release)
{
	struct cucm_plan *plan = &bench->sample->plan;

	plan->release = release;
	plan->mixed = true;
	plan->load_count = 0;
	bench->sample->device[0].security = CUCM_SECURITY_AUTHENTICATED;
	bench->sample->device[1].security = CUCM_SECURITY_ENCRYPTED;
	bench->sample->device[1].lsc = true;
	bench->sample->device[2].security = CUCM_SECURITY_ENCRYPTED;
	bench->sample->device[2].encrypted_config = true;
	bench->sample->device[3].capf =
	    (struct cucm_capf){.operation = CUCM_CAPF_INSTALL, .authentication = CUCM_CAPF_EXISTING_MIC};
}

static int begin(void **state)
{
	int err = cucm_bench_begin(state, 5, false);

	bench = *state;
	plan_secure(CUCM_RELEASE_14);
	cucm_bench_render(bench);
	return err;
}

static int end(void **state)
{
	free(said);
	said = NULL;
	return cucm_bench_end(state);
}

/* Every certificate verifies: those of the cluster by themselves, those of phones by who issued them. */
static void test_chains(void **state)
{
	(void)state;
	RUN("for c in keys/*/*.crt keys/capf.crt keys/itlrecovery.crt keys/mic-root.crt; do case $c in "
	    "keys/phones/*) ;; "
	    "*) openssl verify -CAfile $c $c || exit 1;; esac; done");
	RUN("openssl verify -CAfile keys/mic-root.crt keys/mic-ca.crt");
	for (int i = 1; i <= 5; i++)
		RUN("openssl verify -purpose sslclient -CAfile keys/client-ca.pem "
		    "keys/phones/SEP001122AABB%02d.mic.pem",
		    i);
	RUN("openssl verify -purpose sslclient -CAfile keys/capf.crt keys/phones/SEP001122AABB02.lsc.pem");
	assert_int_not_equal(run("openssl verify -CAfile keys/mic-root.crt -untrusted keys/mic-ca.crt "
				 "keys/phones/SEP001122AABB02.lsc.crt"),
			     0);
	RUN("for c in keys/cucm-pub/callmanager keys/tftp/tftp-ec keys/cucm-sub/tvs; do "
	    "[ \"$(openssl x509 -in $c.crt -noout -pubkey)\" = \"$(openssl pkey -in $c.key -pubout)\" ] || "
	    "exit 1; done");
	RUN("find keys -name '*.key' -o -name '*.pem' ! -name client-ca.pem | xargs stat -c %%a | sort -u");
	assert_string_equal(said, "600\n");
}

static void test_names(void **state)
{
	(void)state;
	RUN("openssl x509 -in keys/phones/SEP001122AABB02.lsc.crt -noout -subject -issuer -nameopt RFC2253");
	assert_non_null(strstr(
	    said, "subject=CN=CP-8845-SEP001122AABB02,OU=lab,O=phonelab,C=US,serialNumber=PID:CP-8845 SN:"));
	assert_non_null(strstr(said, "issuer=CN=CAPF-"));
	RUN("openssl x509 -in keys/cucm-sub/callmanager-ec.crt -noout -subject -nameopt RFC2253");
	assert_string_equal(said, "subject=CN=cucm-sub-EC.lab,OU=lab,O=phonelab,C=US\n");
	RUN("openssl x509 -in keys/capf.crt -noout -ext basicConstraints,keyUsage");
	assert_non_null(strstr(said, "CA:TRUE, pathlen:0"));
	assert_non_null(strstr(said, "Digital Signature, Key Encipherment, Certificate Sign"));
	RUN("openssl asn1parse -in keys/cucm-pub/callmanager.crt | grep -c 'prim: UTCTIME'");
	assert_string_equal(said, "2\n");
}

/* The signature of a list by the certificate of its signer; file: of which list. */
static void verify_list(const char *file, const char *lines)
{
	RUN("read_list list tftp/root/%s %s.d", file, file);
	assert_string_equal(said, lines);
	RUN("cd %s.d && openssl x509 -inform DER -in 0.der -noout -pubkey >key && openssl dgst -sha256 "
	    "-verify key "
	    "-signature signature signed",
	    file);
}

/* Roles: 0 SAST, 1 CCM, 2 CCM+TFTP, 3 TFTP, 4 CAPF, 21 TVS. */
static void test_lists_of_14(void **state)
{
	(void)state;
	verify_list("ITLSEP001122AABB01.tlv",
		    "0 0 signer cucm-pub.lab\n1 2 - cucm-pub.lab\n2 21 - cucm-pub.lab\n"
		    "3 21 - cucm-sub.lab\n4 3 - tftp.lab\n5 3 - tftp.lab\n"
		    "6 4 - cucm-pub.lab\n");
	verify_list("CTLSEP001122AABB01.tlv",
		    "0 0 signer cucm-pub.lab\n1 2 - cucm-pub.lab\n2 1 - cucm-pub.lab\n"
		    "3 1 - cucm-sub.lab\n4 1 - cucm-sub.lab\n5 3 - tftp.lab\n"
		    "6 4 - cucm-pub.lab\n");
	RUN("cd ITLSEP001122AABB01.tlv.d && openssl x509 -inform DER -in 0.der >0.pem && cmp 0.pem "
	    "../keys/itlrecovery.crt");
	RUN("cmp tftp/root/CTLFile.tlv tftp/root/CTLSEP001122AABB05.tlv");
	/* A changed octet is found. */
	assert_int_not_equal(
	    run("cd ITLSEP001122AABB01.tlv.d && printf x >>signed && openssl dgst -sha256 -verify key "
		"-signature signature signed"),
	    0);
}

/* The CallManager certificate signs, there are no EC records, and a CTL states no version of its signer. */
static void test_lists_of_11_5(void **state)
{
	(void)state;
	plan_secure(CUCM_RELEASE_11_5);
	assert_int_equal(cucm_write_trust_lists(&bench->sample->plan, bench->directory, &bench->fail), 0);
	verify_list("ITLFile.tlv",
		    "0 0 signer cucm-pub.lab\n1 0 - cucm-pub.lab\n2 2 - cucm-pub.lab\n"
		    "3 21 - cucm-pub.lab\n4 21 - cucm-sub.lab\n5 3 - tftp.lab\n6 4 - cucm-pub.lab\n");
	verify_list("CTLFile.tlv",
		    "0 0 signer cucm-pub.lab\n1 2 - cucm-pub.lab\n2 1 - cucm-sub.lab\n3 3 - tftp.lab\n"
		    "4 4 - cucm-pub.lab\n");
	RUN("cd CTLFile.tlv.d && openssl x509 -inform DER -in 0.der >0.pem && cmp 0.pem "
	    "../keys/cucm-pub/callmanager.crt");
	/* Out of mixed mode there is no CTL. */
	bench->sample->plan.mixed = false;
	assert_int_equal(cucm_write_trust_lists(&bench->sample->plan, bench->directory, &bench->fail), 0);
	assert_int_not_equal(run("ls tftp/root/CTL*"), 0);
	plan_secure(CUCM_RELEASE_14);
	assert_int_equal(cucm_write_trust_lists(&bench->sample->plan, bench->directory, &bench->fail), 0);
}

/* "Prepare Cluster for Rollback to pre 8.0": no records of TVS and TFTP in the ITL; the CTL stays as it is. */
static void test_rollback(void **state)
{
	struct cucm_plan *plan = &bench->sample->plan;

	(void)state;
	plan->rollback = true;
	assert_int_equal(cucm_write_trust_lists(plan, bench->directory, &bench->fail), 0);
	verify_list("ITLSEP001122AABB01.tlv", "0 0 signer cucm-pub.lab\n1 4 - cucm-pub.lab\n");
	verify_list("CTLSEP001122AABB01.tlv",
		    "0 0 signer cucm-pub.lab\n1 2 - cucm-pub.lab\n2 1 - cucm-pub.lab\n"
		    "3 1 - cucm-sub.lab\n4 1 - cucm-sub.lab\n5 3 - tftp.lab\n"
		    "6 4 - cucm-pub.lab\n");
	plan->rollback = false;
	assert_int_equal(cucm_write_trust_lists(plan, bench->directory, &bench->fail), 0);
}

/* "utils itl reset localkey": ITLRecovery, the second record, signs the ITL; the CTL stays as it is. */
static void test_itl_reset(void **state)
{
	struct cucm_plan *plan = &bench->sample->plan;

	(void)state;
	plan_secure(CUCM_RELEASE_11_5);
	plan->itl_reset = true;
	RUN("rm -f tftp/root/ITL* tftp/root/CTL*");
	assert_int_equal(cucm_write_itl(plan, bench->directory, &bench->fail), 0);
	assert_int_not_equal(run("ls tftp/root/CTL*"), 0);
	RUN("read_list list tftp/root/ITLSEP001122AABB01.tlv reset.d");
	assert_string_equal(said, "0 0 - cucm-pub.lab\n1 0 signer cucm-pub.lab\n2 2 - cucm-pub.lab\n"
				  "3 21 - cucm-pub.lab\n4 21 - cucm-sub.lab\n5 3 - tftp.lab\n"
				  "6 4 - cucm-pub.lab\n");
	RUN("cd reset.d && openssl x509 -in ../keys/itlrecovery.crt -noout -pubkey >key && openssl dgst "
	    "-sha256 "
	    "-verify key -signature signature signed");
	plan->itl_reset = false;
	plan_secure(CUCM_RELEASE_14);
	assert_int_equal(cucm_write_trust_lists(plan, bench->directory, &bench->fail), 0);
}

static void test_signed_file(void **state)
{
	(void)state;
	RUN("read_list file tftp/root/SEP001122AABB01.cnf.xml.sgn sgn && cmp sgn/payload "
	    "tftp/root/SEP001122AABB01.cnf.xml && "
	    "openssl x509 -in keys/cucm-pub/callmanager.crt -noout -pubkey >sgn/pub && "
	    "openssl dgst -sha256 -verify sgn/pub -signature sgn/signature sgn/signed");
	RUN("grep -c -e '<deviceSecurityMode>2<' -e '<transportLayerProtocol>3<' -e '<securedSipPort>5061<' "
	    "tftp/root/SEP001122AABB01.cnf.xml");
	assert_string_equal(said, "4\n"); /* two call managers */
	RUN("grep -o -e '<capfAuthMode>.' -e '<encrConfig>[a-z]*' tftp/root/SEP001122AABB04.cnf.xml | tr "
	    "'\\n' ' '");
	assert_string_equal(said, "<capfAuthMode>4 <encrConfig>false ");
}

/* Decrypted by the openssl command with the key of the phone, the file is that of another phone of the same settings. */
static void test_encrypted_file(void **state)
{
	(void)state;
	RUN("pad=$(read_list file tftp/root/SEP001122AABB03.cnf.xml.enc.sgn enc) && "
	    "openssl x509 -in keys/cucm-pub/callmanager.crt -noout -pubkey >enc/pub && "
	    "openssl dgst -sha256 -verify enc/pub -signature enc/signature enc/signed && "
	    "hex() { od -An -v -tx1 $1 | tr -d ' \\n'; } && "
	    "openssl pkeyutl -decrypt -pkeyopt rsa_padding_mode:pkcs1 -inkey "
	    "keys/phones/SEP001122AABB03.mic.pem "
	    "-in enc/key -out enc/aes && "
	    "openssl enc -d -aes-128-cbc -nopad -K $(hex enc/aes) -iv $(hex enc/iv) -in enc/payload -out "
	    "enc/padded && "
	    "head -c -$pad enc/padded >enc/plain && openssl dgst -sha512 -binary enc/plain | cmp - enc/hash "
	    "&& "
	    "tail -c $pad enc/padded | tr -d '\\r' | wc -c");
	assert_non_null(strstr(said, "Verified OK\n0\n"));
	RUN("[ $(openssl x509 -in keys/phones/SEP001122AABB03.mic.pem -outform DER | md5sum | cut -d ' ' -f "
	    "1) = "
	    "$(sed -n 's,.*<certHash>\\(.*\\)</certHash>.*,\\1,p' tftp/root/SEP001122AABB03.cnf.xml) ]");
	RUN("grep -c -e '<fullConfig>true<' -e '<encrConfig>true<' -e '<name>2003<' enc/plain");
	assert_string_equal(said, "3\n");
	/* Nothing of it is on the server in the clear. */
	assert_int_not_equal(run("grep -l 2003 tftp/root/SEP001122AABB03*"), 0);
}

/* The same seed: the same names, serial numbers and lists, but other keys. */
static void test_seed(void **state)
{
	char other[] = "/tmp/cucm-seed-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(other));
	assert_int_equal(cucm_authority_make(&bench->sample->plan, other, &bench->fail), 0);
	RUN("facts() { for c in $(cd $1 && find keys -name '*.crt' | sort); do openssl x509 -in $1/$c -noout "
	    "-subject "
	    "-serial -issuer; done; }; facts . >facts && facts %s | cmp facts - && wc -l <facts",
	    other);
	assert_string_equal(said, "42\n");
	RUN("! cmp keys/capf.key %s/keys/capf.key && rm -r %s", other, other);
}

/* Made again: another key, another serial number. The files follow when they are signed again, the CTL by itself. */
static void test_renewal(void **state)
{
	struct cucm_plan *plan = &bench->sample->plan;

	(void)state;
	RUN("openssl x509 -in keys/cucm-pub/callmanager.crt -noout -serial >before && cp keys/capf.crt "
	    "capf-before && "
	    "cp tftp/root/CTLFile.tlv ctl && cp tftp/root/ITLFile.tlv itl && cp keys/signer.crt "
	    "signer-before");
	assert_int_equal(
	    cucm_authority_renew(plan, bench->directory, "cucm-pub/callmanager", false, &bench->fail), 0);
	RUN("! openssl x509 -in keys/cucm-pub/callmanager.crt -noout -serial | cmp - before && "
	    "cmp keys/signer.crt signer-before && cmp capf-before keys/capf.crt && cmp itl "
	    "tftp/root/ITLFile.tlv && "
	    "openssl verify -CAfile keys/cucm-pub/callmanager.crt keys/cucm-pub/callmanager.crt");
	assert_int_equal(cucm_sign_again(plan, bench->directory, &bench->fail), 0);
	RUN("cmp keys/signer.crt keys/cucm-pub/callmanager.crt && ! cmp itl tftp/root/ITLFile.tlv && "
	    "cmp ctl tftp/root/CTLFile.tlv && read_list list tftp/root/ITLFile.tlv new && "
	    "openssl x509 -inform DER -in new/1.der | cmp - keys/signer.crt && "
	    "read_list file tftp/root/SEP001122AABB01.cnf.xml.sgn sgn && "
	    "openssl x509 -in keys/signer.crt -noout -pubkey >sgn/pub && "
	    "openssl dgst -sha256 -verify sgn/pub -signature sgn/signature sgn/signed");
	assert_int_equal(cucm_write_ctl(plan, bench->directory, &bench->fail), 0);
	RUN("! cmp ctl tftp/root/CTLFile.tlv && cmp tftp/root/CTLFile.tlv tftp/root/CTLSEP001122AABB01.tlv");
	assert_int_equal(cucm_authority_renew(plan, bench->directory, "cucm-sub/tvs", true, &bench->fail), 0);
	assert_int_not_equal(run("openssl x509 -in keys/cucm-sub/tvs.crt -noout -checkend 0"), 0);
	assert_int_equal(cucm_authority_renew(plan, bench->directory, "cucm-sub/none", true, &bench->fail),
			 -ENOENT);
	assert_string_equal(bench->fail.text, "unknown certificate \"cucm-sub/none\"");
}

/* LSCs of the former CAPF certificate stay valid beside those of the new one, and however often it is renewed. */
static void test_renewed_capf(void **state)
{
	struct cucm_plan *plan = &bench->sample->plan;

	(void)state;
	RUN("cp keys/phones/SEP001122AABB02.lsc.crt former.crt");
	for (int i = 1; i <= 2; i++) {
		assert_int_equal(cucm_authority_renew(plan, bench->directory, "capf", false, &bench->fail),
				 0);
		RUN("openssl verify -purpose sslclient -CAfile keys/client-ca.pem former.crt && "
		    "openssl verify -CAfile keys/capf-trust.pem former.crt && "
		    "[ $(grep -c BEGIN keys/capf-trust.pem) = %d ] && [ $(grep -c BEGIN keys/client-ca.pem) "
		    "= "
		    "%d ]",
		    i, 3 + i);
		assert_int_not_equal(run("openssl verify -CAfile keys/capf.crt former.crt"), 0);
	}
	RUN("rm keys/phones/SEP001122AABB02.lsc.*");
	assert_int_equal(cucm_authority_make(plan, bench->directory, &bench->fail), 0);
	RUN("openssl verify -purpose sslclient -CAfile keys/client-ca.pem former.crt "
	    "keys/phones/SEP001122AABB02.lsc.crt && "
	    "openssl verify -CAfile keys/capf.crt keys/phones/SEP001122AABB02.lsc.crt");
}

/* A certificate is not older than its renewal, and neither is the list that has it; also if it is expired already. */
static void test_time_of_renewal(void **state)
{
	struct cucm_plan *plan = &bench->sample->plan;
	long long before = (long long)time(NULL);

	(void)state;
	RUN("read_list list tftp/root/ITLFile.tlv old && [ $(cat old/time) -lt %lld ]", before);
	assert_int_equal(cucm_authority_renew(plan, bench->directory, "cucm-sub/tvs", false, &bench->fail),
			 0);
	assert_int_equal(cucm_sign_again(plan, bench->directory, &bench->fail), 0);
	RUN("[ $(date -d \"$(openssl x509 -in keys/cucm-sub/tvs.crt -noout -startdate | cut -d= -f2)\" +%%s) "
	    "-ge %lld ] && read_list list tftp/root/ITLFile.tlv new && [ $(cat new/time) -ge %lld ]",
	    before, before);
	/* The next list is of another second. */
	while ((long long)time(NULL) <= before + 1)
		poll(NULL, 0, 50);
	before = (long long)time(NULL);
	assert_int_equal(
	    cucm_authority_renew(plan, bench->directory, "cucm-pub/callmanager", true, &bench->fail), 0);
	assert_int_equal(cucm_write_ctl(plan, bench->directory, &bench->fail), 0);
	RUN("read_list list tftp/root/CTLFile.tlv new && [ $(cat new/time) -ge %lld ] && "
	    "[ $(cat new/time) -le $(date +%%s) ]",
	    before);
	/* A list that is written again without a renewal is the same. */
	RUN("cp tftp/root/CTLFile.tlv ctl");
	assert_int_equal(cucm_write_ctl(plan, bench->directory, &bench->fail), 0);
	RUN("cmp ctl tftp/root/CTLFile.tlv");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_chains),	 cmocka_unit_test(test_names),
	    cmocka_unit_test(test_lists_of_14),	 cmocka_unit_test(test_lists_of_11_5),
	    cmocka_unit_test(test_rollback),	 cmocka_unit_test(test_itl_reset),
	    cmocka_unit_test(test_signed_file),	 cmocka_unit_test(test_encrypted_file),
	    cmocka_unit_test(test_seed),	 cmocka_unit_test(test_renewal),
	    cmocka_unit_test(test_renewed_capf), cmocka_unit_test(test_time_of_renewal),
	};
	int failed = cmocka_run_group_tests(tests, begin, end);

	cucm_bench_over(NULL);
	return failed;
}

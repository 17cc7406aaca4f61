#include "cucm/authority_list.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rng.h"
#include "cucm/keys.h"

#define WORKERS_MAX 8
#define DAY_S	    86400
#define DAYS_BEGUN  30 /* the validity of a certificate begins up to 30 days ago */
#define MAKER_DAYS  (25 * 365)
#define PHONE_DAYS  (10 * 365) /* of a MIC */
#define TRUST_MOST  (1 << 20)  /* octets of former CAPF certificates: some hundreds of them */

struct authority {
	const struct cucm_plan *plan;
	const char *directory;
	struct fail *fail;
	struct authority_list list;
	time_t now;
};

static void path_of(const struct authority *authority, const char *name, const char *ending, char path[4096])
{
	snprintf(path, 4096, "%.3800s/keys/%.100s%s", authority->directory, name, ending);
}

static bool exists(const struct authority *authority, const char *name, const char *ending)
{
	char path[4096];

	path_of(authority, name, ending, path);
	return !access(path, F_OK);
}

static int cannot(struct authority *authority, const char *name)
{
	return fail_set(authority->fail, -EIO, "keys/%s: the certificate cannot be made", name);
}

/* --- keys: made in parallel, because an RSA key costs a quarter of a second --- */

struct work {
	struct authority_list *list;
	unsigned bits;
	atomic_size_t next;
};

static void *make_keys(void *arg)
{
	struct work *work = arg;
	size_t i;

	while ((i = atomic_fetch_add(&work->next, 1)) < work->list->count) {
		struct authority_pair *pair = &work->list->pair[i];

		if (pair->missing)
			pair->key = pair->rsa ? EVP_RSA_gen(authority_pair_of_phone(pair) ? 2048 : work->bits)
					      : EVP_EC_gen("P-256");
	}
	return NULL;
}

static int make_missing_keys(struct authority *authority)
{
	struct work work = {.list = &authority->list,
			    .bits =
				authority->plan->subject.rsa_bits ? authority->plan->subject.rsa_bits : 2048};
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t thread[WORKERS_MAX];
	int threads = 0;

	while (threads < WORKERS_MAX && threads + 1 < processors &&
	       !pthread_create(&thread[threads], NULL, make_keys, &work))
		threads++;
	make_keys(&work);
	while (threads)
		pthread_join(thread[--threads], NULL);
	for (size_t i = 0; i < authority->list.count; i++)
		if (authority->list.pair[i].missing && !authority->list.pair[i].key)
			return cannot(authority, authority->list.pair[i].name);
	return 0;
}

/* --- certificates --- */

static int64_t days_of(const struct cucm_plan *plan, const struct authority_pair *pair)
{
	bool maker = pair->use == CERTIFY_ROOT || pair->use == CERTIFY_ISSUER;
	bool mic = authority_pair_of_phone(pair) && strstr(pair->name, ".mic");

	return maker ? MAKER_DAYS : mic ? PHONE_DAYS : plan->subject.days ? plan->subject.days : 1825;
}

/* The validity of a certificate begins some days ago, that of a renewed one at its renewal. expired: it has ended a day ago. */
static void set_validity(const struct authority *authority, const struct authority_pair *pair,
			 struct rng *rng, bool expired, struct certify *what)
{
	int64_t days = days_of(authority->plan, pair);

	what->begins = authority->now;
	if (!cucm_keys_renewals(authority->directory, pair->name).count)
		what->begins -= (int64_t)rng_range(rng, 1, DAYS_BEGUN) * DAY_S;
	what->ends = what->begins + days * DAY_S;
	if (expired) {
		what->ends = authority->now - DAY_S;
		what->begins = what->ends - days * DAY_S;
	}
}

static int certify_pair(struct authority *authority, struct authority_pair *pair, bool expired)
{
	const struct cucm_subject *subject = &authority->plan->subject;
	struct authority_pair *issuer = pair->issuer < 0 ? NULL : &authority->list.pair[pair->issuer];
	bool maker = pair->use == CERTIFY_ROOT || pair->use == CERTIFY_ISSUER ||
		     (issuer && issuer->use == CERTIFY_ISSUER);
	struct certify what = {
	    .use = pair->use,
	    .common_name = pair->common_name,
	    .serial_name = *pair->serial_name ? pair->serial_name : NULL,
	    .organisation = maker		    ? "Phone Maker"
			    : subject->organisation ? subject->organisation
						    : "phonelab",
	    .unit = maker	    ? NULL
		    : subject->unit ? subject->unit
				    : "lab",
	    .country = maker		  ? NULL
		       : subject->country ? subject->country
					  : "US",
	    .alternative = *pair->alternative ? pair->alternative : NULL,
	};
	char stream[CUCM_PAIR_NAME + 16];
	struct rng rng;

	snprintf(stream, sizeof(stream), "%s %u", pair->name,
		 cucm_keys_renewals(authority->directory, pair->name).count);
	rng_seed(&rng, authority->plan->seed, stream);
	for (size_t i = 0; i < sizeof(what.serial); i++)
		what.serial[i] = (uint8_t)rng_next(&rng);
	set_validity(authority, pair, &rng, expired, &what);
	pair->certificate =
	    certify(&what, pair->key, issuer ? issuer->certificate : NULL, issuer ? issuer->key : NULL);
	return pair->certificate ? 0 : cannot(authority, pair->name);
}

/* --- files --- */

/* Write the text of pem, if it is good; releases pem. */
static int save(struct authority *authority, BIO *pem, bool good, const char *name, const char *ending,
		mode_t mode)
{
	char path[4096], *text;
	long size = pem ? BIO_get_mem_data(pem, &text) : 0;
	int err;

	path_of(authority, name, ending, path);
	err = good && pem ? file_write_mode(path, text, (size_t)size, mode, authority->fail)
			  : cannot(authority, name);
	BIO_free(pem);
	return err;
}

static int save_pair(struct authority *authority, const struct authority_pair *pair)
{
	const struct authority_pair *issuer = pair->issuer < 0 ? NULL : &authority->list.pair[pair->issuer];
	bool phone = authority_pair_of_phone(pair);
	BIO *pem = BIO_new(BIO_s_mem());
	int err = 0;

	/* The key is written last: if the key exists, so does its certificate. */
	if (!phone || !strstr(pair->name, ".mic"))
		err = save(authority, pem, pem && PEM_write_bio_X509(pem, pair->certificate), pair->name,
			   ".crt", 0644);
	else
		BIO_free(pem);
	if (err)
		return err;
	pem = BIO_new(BIO_s_mem());
	return save(authority, pem,
		    pem && PEM_write_bio_PrivateKey(pem, pair->key, NULL, NULL, 0, NULL, NULL) &&
			(!phone || (PEM_write_bio_X509(pem, pair->certificate) &&
				    PEM_write_bio_X509(pem, issuer->certificate))),
		    pair->name, phone ? ".pem" : ".key", 0600);
}

static int load_pair(struct authority *authority, struct authority_pair *pair)
{
	char path[4096];
	FILE *file;

	path_of(authority, pair->name, ".key", path);
	file = fopen(path, "re");
	if (file) {
		pair->key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
		fclose(file);
	}
	path_of(authority, pair->name, ".crt", path);
	file = fopen(path, "re");
	if (file) {
		pair->certificate = PEM_read_X509(file, NULL, NULL, NULL);
		fclose(file);
	}
	if (!pair->key || !pair->certificate || X509_check_private_key(pair->certificate, pair->key) != 1)
		return fail_set(authority->fail, -EBADMSG, "keys/%s.key and keys/%s.crt are not a pair",
				pair->name, pair->name);
	return 0;
}

/* The former CAPF certificates; NULL if CAPF was never renewed. */
static char *former_capf(const struct authority *authority)
{
	struct fail ignored = {0};
	char path[4096], *text = NULL;

	path_of(authority, "capf-trust", ".pem", path);
	file_read(path, TRUST_MOST, &text, NULL, &ignored);
	return text;
}

static int save_client_ca(struct authority *authority)
{
	const struct authority_list *list = &authority->list;
	const int places[] = {list->capf, list->maker, list->root};
	char *former = former_capf(authority);
	BIO *pem = BIO_new(BIO_s_mem());
	bool good = pem;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && good; i++)
		good = PEM_write_bio_X509(pem, list->pair[places[i]].certificate);
	if (good && former)
		good = BIO_puts(pem, former) > 0;
	free(former);
	return save(authority, pem, good, "client-ca", ".pem", 0644);
}

/* The CAPF certificate is about to be replaced: the LSCs that it has issued stay valid. The newest is first. */
static int keep_capf(struct authority *authority)
{
	char path[4096], *text = NULL, *former = former_capf(authority);
	struct text all = {0};
	int err;

	path_of(authority, "capf", ".crt", path);
	err = file_read(path, 1 << 16, &text, NULL, authority->fail);
	if (!err) {
		text_add(&all, "%s%s", text, former ? former : "");
		path_of(authority, "capf-trust", ".pem", path);
		err = file_write_text(path, &all, authority->fail);
	}
	free(text);
	free(former);
	return err;
}

/* keys/signer is the pair that signs files: whoever signs a file opens it, in every lab. */
static int copy_signer(struct authority *authority)
{
	static const char *const endings[] = {".crt", ".key"};
	char from[CUCM_PAIR_NAME];
	int err = 0;

	snprintf(from, sizeof(from), "%.60s/callmanager", cucm_plan_publisher(authority->plan)->name);
	for (size_t i = 0; i < 2 && !err; i++) {
		char path[4096], *text = NULL;
		size_t length = 0;

		path_of(authority, from, endings[i], path);
		err = file_read(path, 1 << 16, &text, &length, authority->fail);
		path_of(authority, "signer", endings[i], path);
		if (!err)
			err = file_write_mode(path, text, length, i ? 0600 : 0644, authority->fail);
		free(text);
	}
	return err;
}

static int make_folder(struct authority *authority, const char *name)
{
	char path[4096];

	path_of(authority, name, "", path);
	if (mkdir(path, 0700) && errno != EEXIST)
		return fail_set(authority->fail, -errno, "%s: %s", path, strerror(errno));
	return 0;
}

static int make_folders(struct authority *authority)
{
	const struct cucm_plan *plan = authority->plan;

	if (make_folder(authority, "") || make_folder(authority, "phones"))
		return authority->fail->err;
	for (size_t i = 0; i < plan->node_count; i++)
		if (!plan->nodes[i].foreign && make_folder(authority, plan->nodes[i].name))
			return authority->fail->err;
	for (size_t i = 0; i < plan->tftp_server_count; i++)
		if (make_folder(authority, plan->tftp_servers[i].name))
			return authority->fail->err;
	return 0;
}

static int authority_open(struct authority *authority)
{
	struct authority_list *list = &authority->list;

	authority->now = time(NULL);
	if (!cucm_plan_publisher(authority->plan))
		return fail_set(authority->fail, -EINVAL,
				"a cluster with certificates needs a publisher of the lab");
	if (authority_list_make(list, authority->plan))
		return fail_set(authority->fail, -ENOMEM, "out of memory");
	return make_folders(authority);
}

int cucm_authority_make(const struct cucm_plan *plan, const char *directory, struct fail *fail)
{
	struct authority authority = {.plan = plan, .directory = directory, .fail = fail};
	struct authority_list *list = &authority.list;
	int err = authority_open(&authority);
	bool first = err || !exists(&authority, "capf", ".key") || !exists(&authority, "signer", ".key");

	for (size_t i = 0; i < list->count && !err; i++) {
		struct authority_pair *pair = &list->pair[i];
		bool issuer = (int)i == list->capf || (int)i == list->root || (int)i == list->maker;

		pair->missing =
		    !exists(&authority, pair->name, authority_pair_of_phone(pair) ? ".pem" : ".key");
		if (issuer && !pair->missing)
			err = load_pair(&authority, pair);
	}
	if (!err)
		err = make_missing_keys(&authority);
	for (size_t i = 0; i < list->count && !err; i++) {
		struct authority_pair *pair = &list->pair[i];

		if (!pair->missing)
			continue;
		err = certify_pair(&authority, pair, false);
		if (!err)
			err = save_pair(&authority, pair);
	}
	if (!err)
		err = save_client_ca(&authority);
	if (!err && first)
		err = copy_signer(&authority);
	authority_list_free(list);
	return err;
}

int cucm_authority_use_signer(const struct cucm_plan *plan, const char *directory, struct fail *fail)
{
	return copy_signer(&(struct authority){.plan = plan, .directory = directory, .fail = fail});
}

const char *cucm_authority_signer(const struct cucm_plan *plan, char name[CUCM_PAIR_NAME])
{
	if (plan->release == CUCM_RELEASE_11_5)
		snprintf(name, CUCM_PAIR_NAME, "%.60s/callmanager", cucm_plan_publisher(plan)->name);
	else
		snprintf(name, CUCM_PAIR_NAME, "itlrecovery");
	return name;
}

static int count_renewal(struct authority *authority, const char *name)
{
	char path[4096], text[40];

	path_of(authority, name, ".renewed", path);
	snprintf(text, sizeof(text), "%u %lld\n", cucm_keys_renewals(authority->directory, name).count + 1,
		 (long long)authority->now);
	return file_write(path, text, strlen(text), authority->fail);
}

int cucm_authority_renew(const struct cucm_plan *plan, const char *directory, const char *name, bool expired,
			 struct fail *fail)
{
	struct authority authority = {.plan = plan, .directory = directory, .fail = fail};
	struct authority_list *list = &authority.list;
	struct authority_pair *pair = NULL;
	int err = authority_open(&authority);

	for (size_t i = 0; i < list->count && !err; i++) {
		struct authority_pair *of = &list->pair[i];
		bool self = !strcmp(of->name, name);

		if (self)
			pair = of;
		of->missing = self;
		if (!self && ((int)i == list->capf || (int)i == list->root || (int)i == list->maker))
			err = load_pair(&authority, of);
	}
	if (!err && !pair)
		err = fail_set(fail, -ENOENT, "unknown certificate \"%s\"", name);
	if (!err && pair == &list->pair[list->capf])
		err = keep_capf(&authority);
	if (!err)
		err = count_renewal(&authority, name);
	if (!err)
		err = make_missing_keys(&authority);
	if (!err)
		err = certify_pair(&authority, pair, expired);
	if (!err)
		err = save_pair(&authority, pair);
	if (!err)
		err = save_client_ca(&authority);
	authority_list_free(list);
	return err;
}

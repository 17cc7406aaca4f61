#include "phone-sim/driver/key_maker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <event2/event.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define THREADS_MOST 8

struct key_job {
	struct key_job *next;
	enum phone_key_type type;
	unsigned bits;
	key_made_fn *made;
	void *arg;
	atomic_bool cancelled;
	uint8_t *key, *public_key;
	int length, public_length;
};

struct queue {
	struct key_job *first, **last;
};

struct key_maker {
	struct event *event; /* jobs are done */
	int fd;
	unsigned most; /* threads */
	pthread_mutex_t lock;
	pthread_cond_t rest; /* the last thread has ended */
	/* under the lock: */
	struct queue waiting, done;
	struct key_job *working[THREADS_MOST];
	unsigned threads;
	pthread_t ended[THREADS_MOST]; /* to be joined */
	unsigned ended_count;
};

static void push(struct queue *queue, struct key_job *job)
{
	job->next = NULL;
	*queue->last = job;
	queue->last = &job->next;
}

static struct key_job *pop(struct queue *queue)
{
	struct key_job *job = queue->first;

	if (job)
		queue->first = job->next;
	if (!queue->first)
		queue->last = &queue->first;
	return job;
}

static void free_job(struct key_job *job)
{
	OPENSSL_clear_free(job->key, (size_t)(job->length > 0 ? job->length : 0));
	OPENSSL_free(job->public_key);
	free(job);
}

/* --- in a thread --- */

/* OpenSSL asks between the steps of its search for primes. */
static int on_progress(EVP_PKEY_CTX *context)
{
	const struct key_job *job = EVP_PKEY_CTX_get_app_data(context);

	return !atomic_load(&job->cancelled);
}

static EVP_PKEY_CTX *context_of(const struct key_job *job)
{
	const char *curve = job->bits == 256   ? "P-256"
			    : job->bits == 384 ? "P-384"
			    : job->bits == 521 ? "P-521"
					       : NULL;
	EVP_PKEY_CTX *context;
	bool good = false;

	switch (job->type) {
	case PHONE_KEY_RSA:
		context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
		good = context && job->bits >= 512 && job->bits <= 4096 &&
		       EVP_PKEY_keygen_init(context) > 0 &&
		       EVP_PKEY_CTX_set_rsa_keygen_bits(context, (int)job->bits) > 0;
		break;
	case PHONE_KEY_EC:
		context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
		good = context && curve && EVP_PKEY_keygen_init(context) > 0 &&
		       EVP_PKEY_CTX_set_group_name(context, curve) > 0;
		break;
	default: return NULL;
	}
	if (good)
		return context;
	EVP_PKEY_CTX_free(context);
	return NULL;
}

static void make(struct key_job *job)
{
	EVP_PKEY_CTX *context = context_of(job);
	EVP_PKEY *pair = NULL;
	PKCS8_PRIV_KEY_INFO *info;

	if (context) {
		EVP_PKEY_CTX_set_app_data(context, job);
		EVP_PKEY_CTX_set_cb(context, on_progress);
		if (EVP_PKEY_generate(context, &pair) <= 0)
			pair = NULL;
		EVP_PKEY_CTX_free(context);
	}
	info = pair ? EVP_PKEY2PKCS8(pair) : NULL;
	if (info) {
		job->length = i2d_PKCS8_PRIV_KEY_INFO(info, &job->key);
		job->public_length = i2d_PUBKEY(pair, &job->public_key);
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	EVP_PKEY_free(pair);
	ERR_clear_error();
}

/* Make what waits; end when nothing waits. */
static void *work(void *arg)
{
	struct key_maker *maker = arg;
	const uint64_t one = 1;
	struct key_job *job;

	pthread_mutex_lock(&maker->lock);
	while ((job = pop(&maker->waiting))) {
		unsigned place = 0;

		while (maker->working[place])
			place++;
		maker->working[place] = job;
		pthread_mutex_unlock(&maker->lock);
		if (!atomic_load(&job->cancelled))
			make(job);
		pthread_mutex_lock(&maker->lock);
		maker->working[place] = NULL;
		push(&maker->done, job);
		if (write(maker->fd, &one, sizeof(one)) < 0)
			continue; /* the counter of an eventfd is never full here */
	}
	maker->ended[maker->ended_count++] = pthread_self();
	if (!--maker->threads)
		pthread_cond_signal(&maker->rest);
	pthread_mutex_unlock(&maker->lock);
	OPENSSL_thread_stop();
	return NULL;
}

/* --- in the event loop --- */

/* A thread in this list needs the lock no more: the caller may hold it. */
static void join_ended(struct key_maker *maker)
{
	while (maker->ended_count)
		pthread_join(maker->ended[--maker->ended_count], NULL);
}

/* Signals are for the main thread. */
static int start_thread(struct key_maker *maker)
{
	sigset_t all, before;
	pthread_t thread;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&thread, NULL, work, maker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

static void report(struct key_job *job)
{
	struct key_pair pair = {job->key, (size_t)job->length, job->public_key, (size_t)job->public_length};

	if (job->length <= 0 || job->public_length <= 0)
		pair = (struct key_pair){.key = NULL};
	if (!atomic_load(&job->cancelled))
		job->made(job->arg, job, &pair);
	free_job(job);
}

static void on_done(int fd, short what, void *arg)
{
	struct key_maker *maker = arg;
	struct queue done = {NULL, NULL};
	struct key_job *job;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) < 0)
		return;
	done.last = &done.first;
	pthread_mutex_lock(&maker->lock);
	while ((job = pop(&maker->done)))
		push(&done, job);
	join_ended(maker);
	pthread_mutex_unlock(&maker->lock);
	while ((job = pop(&done)))
		report(job);
}

int key_maker_new(struct key_maker **out, struct event_base *base, struct fail *fail)
{
	struct key_maker *maker = calloc(1, sizeof(*maker));
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int err = 0;

	if (!maker)
		return fail_set(fail, -ENOMEM, "keys: out of memory");
	pthread_mutex_init(&maker->lock, NULL);
	pthread_cond_init(&maker->rest, NULL);
	maker->waiting.last = &maker->waiting.first;
	maker->done.last = &maker->done.first;
	maker->most = processors < 1 ? 1 : processors > THREADS_MOST ? THREADS_MOST : (unsigned)processors;
	maker->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (maker->fd < 0)
		err = fail_set(fail, -errno, "keys: %s", strerror(errno));
	else
		maker->event = event_new(base, maker->fd, EV_READ | EV_PERSIST, on_done, maker);
	if (!err && (!maker->event || event_add(maker->event, NULL)))
		err = fail_set(fail, -ENOMEM, "keys: out of memory");
	if (err) {
		key_maker_free(maker);
		return err;
	}
	*out = maker;
	return 0;
}

void key_maker_free(struct key_maker *maker)
{
	struct key_job *job;

	if (!maker)
		return;
	pthread_mutex_lock(&maker->lock);
	while ((job = pop(&maker->waiting)))
		free_job(job);
	for (unsigned i = 0; i < THREADS_MOST; i++)
		if (maker->working[i])
			atomic_store(&maker->working[i]->cancelled, true);
	while (maker->threads)
		pthread_cond_wait(&maker->rest, &maker->lock);
	join_ended(maker);
	pthread_mutex_unlock(&maker->lock);
	while ((job = pop(&maker->done)))
		free_job(job);
	if (maker->event)
		event_free(maker->event);
	if (maker->fd >= 0)
		close(maker->fd);
	pthread_cond_destroy(&maker->rest);
	pthread_mutex_destroy(&maker->lock);
	free(maker);
}

int key_maker_start(struct key_maker *maker, struct key_job **out, enum phone_key_type type, unsigned bits,
		    key_made_fn *made, void *arg, struct fail *fail)
{
	struct key_job *job = calloc(1, sizeof(*job));
	bool alone;

	if (!job)
		return fail_set(fail, -ENOMEM, "keys: out of memory");
	job->type = type;
	job->bits = bits;
	job->made = made;
	job->arg = arg;
	pthread_mutex_lock(&maker->lock);
	join_ended(maker);
	if (maker->threads < maker->most && !start_thread(maker))
		maker->threads++;
	alone = !maker->threads;
	if (!alone)
		push(&maker->waiting, job);
	pthread_mutex_unlock(&maker->lock);
	if (alone) {
		free(job);
		return fail_set(fail, -ENOMEM, "keys: no thread can be made");
	}
	*out = job;
	return 0;
}

void key_job_cancel(struct key_job *job)
{
	if (job)
		atomic_store(&job->cancelled, true);
}

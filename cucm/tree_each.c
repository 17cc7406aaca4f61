#include "cucm/tree.h"

#include <libxml/parser.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define WORKERS_MAX    8
#define DEVICES_WORKER 50 /* fewer devices do not need a thread */

/* One thread's share: devices first, first + step, and so on. Its tree is a copy with its own reason. */
struct share {
	struct tree tree;
	struct fail fail;
	int (*write)(struct tree *, const struct cucm_device *);
	size_t first, step;
	int result;
	pthread_t thread;
	bool runs;
};

static void *share_run(void *arg)
{
	struct share *share = arg;
	const struct cucm_plan *plan = share->tree.plan;

	for (size_t i = share->first; i < plan->device_count && !share->result; i += share->step)
		share->result = share->write(&share->tree, &plan->devices[i]);
	return NULL;
}

int tree_each_device(struct tree *tree, int (*write)(struct tree *, const struct cucm_device *))
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t workers = tree->plan->device_count / DEVICES_WORKER;
	struct share share[WORKERS_MAX];
	int err = 0;

	if (processors > 0 && workers > (size_t)processors)
		workers = (size_t)processors;
	if (workers > WORKERS_MAX)
		workers = WORKERS_MAX;
	if (!workers)
		workers = 1;
	xmlInitParser(); /* before any thread exists, as libxml2 requires */
	for (size_t i = 0; i < workers; i++) {
		share[i] = (struct share){.tree = *tree, .write = write, .first = i, .step = workers};
		share[i].tree.fail = &share[i].fail;
		share[i].runs = i && !pthread_create(&share[i].thread, NULL, share_run, &share[i]);
	}
	/* This thread does the first share, and each share whose thread could not be created. */
	for (size_t i = 0; i < workers; i++)
		if (!share[i].runs)
			share_run(&share[i]);
	for (size_t i = 0; i < workers; i++) {
		if (share[i].runs)
			pthread_join(share[i].thread, NULL);
		if (share[i].result && !err)
			err = fail_set(tree->fail, share[i].result, "%s", share[i].fail.text);
	}
	return err;
}

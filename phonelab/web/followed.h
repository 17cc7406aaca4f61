#ifndef PHONELAB_WEB_FOLLOWED_H
#define PHONELAB_WEB_FOLLOWED_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

/* A file that a viewer follows (tails.h): a log that grows, or a lease file, which is rewritten. */
struct web_followed {
	char name[140]; /* below the run directory: "log/tftp.log", "dhcp/leases" */
	bool whole;	/* it is sent as a whole */
	bool begun, missing;
	off_t at;		 /* up to here it was sent */
	struct timespec changed; /* whole: when it was sent */
};

/* Begin: "log/NAME" or "SERVER/leases". 0, or -EINVAL: it is another name. */
int web_followed_set(struct web_followed *file, const char *name);

/* What is new, as the data of an event `part` (new); NULL: nothing. folder: the run directory. */
json_t *web_followed_read(struct web_followed *file, int folder);

#endif

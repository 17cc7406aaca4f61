#ifndef PHONELAB_WHY_CAPTURE_H
#define PHONELAB_WHY_CAPTURE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mac.h"

/*
 * One phone in a capture: frames in; its last attempt to register out, as the status and the events that a phone of a lab
 * has (docs/formats.md), and as facts that only frames show. No files: phonelab/why/capture_file.c reads them.
 *
 * The frames are read twice. First capture_learn with all of them, which finds the addresses of the phone; then capture_add
 * with all of them. Both are cheap for frames of others.
 *
 * An attempt begins with one of the signs of capture_begin (docs/why.md lists them). All that was seen before of the same
 * and of later steps is forgotten then. The last attempt counts.
 */
struct capture;

struct capture_record {
	unsigned long number; /* of the frame in the file, from 1 */
	unsigned link_type;   /* wire/pcapng.h */
	uint64_t time_ns;
	const uint8_t *bytes;
	size_t size;	 /* of bytes */
	uint32_t length; /* of the frame on the wire; greater than size: the capture holds its beginning */
};

/* NULL without memory. */
struct capture *capture_new(const struct mac *phone);

/* NULL is legal. */
void capture_free(struct capture *capture);

/* Each 0, or -ENOTSUP for a link type that is not read. */
int capture_learn(struct capture *capture, const struct capture_record *record);
int capture_add(struct capture *capture, const struct capture_record *record);

/* All frames were read. New references: an object as of `status --json` with this one phone, its events, its facts
 * (phonelab/why/fact.h). False: the capture has no frame of the phone, and nothing is set. */
bool capture_finish(struct capture *capture, json_t **status, json_t **events, json_t **facts);

#endif

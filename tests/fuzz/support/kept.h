#ifndef TESTS_FUZZ_SUPPORT_KEPT_H
#define TESTS_FUZZ_SUPPORT_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A structure that is expensive to make (a booted phone, a switch with its neighbours) is made once and copied for each
 * input. The allocator reports every block that is made between kept_begin() and kept_end(); a copy has a new block
 * for each of them that can be reached from the root, and its pointers lead to the new blocks. Nothing in the
 * structure itself is known here. The address sanitizer checks the blocks of a copy as it checks all others.
 *
 * A word that looks like the address of a block counts as a pointer. Pointers to anything else (constants, blocks made
 * before kept_begin()) stay as they are.
 */
struct kept;

/* For LLVMFuzzerInitialize: a run of a whole core has thousands of features, and weighing them takes longer than the run.
 * Options of the command line come later, so they count. */
void kept_options(int *argc, char ***argv);

/* From here on the allocator's blocks are recorded. */
void kept_begin(void);

/* Keep what the block root, made since kept_begin(), leads to now. Recording goes on; root stays the caller's. */
struct kept *kept_take(const void *root);

/* Forget the recorded blocks and stop recording. */
void kept_end(void);

/* A copy of the root, with all blocks that it leads to; the caller frees them as if it had made them. */
void *kept_copy(const struct kept *kept);

/* --- proofs that an input alone determines what happens --- */

/* Add bytes to the digest of the run in progress, if kept_proves() has asked for one. */
void kept_note(const void *bytes, size_t length);
void kept_note_text(const char *text);

/* The digest of a run: run(data, size) calls kept_note() with everything that the structure hands out. */
typedef void kept_run_fn(const uint8_t *data, size_t size);
uint64_t kept_digest(kept_run_fn *run, const uint8_t *data, size_t size);

/* Run the input. Every 256th time also run it twice more, and the first input of some length again: abort unless digests are equal. */
void kept_run(kept_run_fn *run, const uint8_t *data, size_t size);

#endif

#ifndef PHONELAB_WHY_CONTENT_INTERNAL_H
#define PHONELAB_WHY_CONTENT_INTERNAL_H

#include <stdint.h>

#include "phonelab/lint/lint.h"
#include "phonelab/why/fact.h"
#include "phonelab/why/why.h"
#include "wire/cursor.h"

/* Only for content*.c. */
#define CONTENT_PATH  1200
#define CONTENT_FILES 96
#define CONTENT_NODES 8
#define CONTENT_MOST  (2u << 20) /* octets of a file that are examined */

/* A file that the phone has requested. */
struct content_file {
	char name[160]; /* as requested: "SEP001122AABB01.cnf.xml.sgn" */
	char plain[160];
	int step;
	bool found;	  /* the phone got it */
	bool refused;	  /* and refused it */
	bool wrong;	  /* a fact reports a defect of it */
	bool damaged;	  /* and the phone cannot use it for that */
	unsigned line;	  /* of the reason; 0: of the whole file */
	char reason[480]; /* of the phone */
	uint8_t *bytes;	  /* NULL: not read */
	size_t length;
};

/* A call manager of the lab. */
struct content_node {
	const char *name, *address;
	unsigned port;	  /* where it listens; 0: not known */
	bool ours;	  /* the lab runs it: it has a database in the run directory */
	bool digest;	  /* it challenges */
	json_t *rows;	  /* of the phone, as rows_read; NULL: not readable */
	char reason[200]; /* why not */
};

struct content {
	const struct why_case *it;
	json_t *facts;
	char root[CONTENT_PATH]; /* of the server, with "/" at the end */
	char shown[40];		 /* how evidence calls it: "tftp/root/" */
	bool kept;		 /* a kept folder has only some of the files */
	bool foreign; /* of a program of the user: that a file is missing on the disk proves nothing */
	struct lint_source *folder;
	struct lint_installed installed;
	uint8_t *itl, *ctl;			      /* of flash; owned */
	struct wire_slice lsc, lsc_key, mic, mic_key; /* of the phone; owned */
	const struct phone_model *model;
	struct lint_phone *phone; /* as it booted; NULL: it did not */
	struct content_file file[CONTENT_FILES];
	size_t files;
	struct content_node node[CONTENT_NODES];
	size_t nodes;
	bool other_cluster;	  /* a trust list of the server is that of another cluster */
	const char *signer_wrong; /* of the last good signer: "expired", "not-yet-valid"; NULL: it is valid */
	bool of_another; /* its configuration is that of another phone: its values are not compared further */
};

/* Add a fact about a file at a line (0: none). The fact marks the file as wrong. */
json_t *content_put(struct content *of, struct content_file *file, const char *name, int step, unsigned line,
		    const char *format, ...) __attribute__((format(printf, 6, 7)));

/* The requested file of that plain name, or NULL. */
struct content_file *content_find(struct content *of, const char *plain);

/* Is there an entry of that name, or of NAME.sgn, in the folder? */
bool content_is_there(const struct content *of, const char *name);

/* What the phone reads: without the header of a signed file. */
struct wire_slice content_payload(const struct content_file *file);

/* --- content_boot.c --- */

/* Boot a phone core with the files, and list what it requested. 0 or a negative errno. */
int content_boot(struct content *of);

/* The trust lists and certificates of the phone. */
void content_read_flash(struct content *of);
void content_free_flash(struct content *of);

/* --- content_octets.c --- */

/* Is the file there, readable, and of the right kind? Reads its bytes. */
void content_look(struct content *of, struct content_file *file);

/* The reason why the phone refuses a text: cut, binary, in another encoding. */
void content_check_text(struct content *of, struct content_file *file);

/* --- content_sign.c --- */

/* The signature of NAME.sgn, or of a trust list. */
void content_check_signature(struct content *of, struct content_file *file);

/* --- content_image.c --- */

/* Firmware: .loads and .sbn. */
void content_check_firmware(struct content *of, struct content_file *file);

/* --- content_element.c --- */

/* The values of the phone's configuration. */
void content_check_values(struct content *of, struct content_file *file);

/* --- content_node.c --- */

/* The call managers, with their ports and rows. */
void content_read_nodes(struct content *of);
void content_free_nodes(struct content *of);

/* --- content_database.c --- */
void content_check_databases(struct content *of);

#endif

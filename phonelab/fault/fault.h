#ifndef PHONELAB_FAULT_FAULT_H
#define PHONELAB_FAULT_FAULT_H

#include <stdint.h>
#include <stdio.h>

#include "phonelab/document/keys.h"

/*
 * A fault is data (docs/formats.md, "A file of faults"): what it breaks, the actions that apply it, the checks that
 * prove it from the outside, its symptom, and how a person finds and repairs it. The built-in faults are in
 * phonelab/faults/NN-STEP.yaml, which the assembler puts into the program.
 */
enum fault_scope {
	FAULT_PHONE,   /* one phone: --phone */
	FAULT_PORT,    /* one port of a switch: --port, or the phone's own */
	FAULT_SERVICE, /* all phones that use a server: --service, or the first server of its kind */
	FAULT_ALL,     /* the whole lab */
};

/* What the phone must do before the symptom is visible. */
enum fault_boot {
	FAULT_BOOT_NONE,
	FAULT_BOOT_RESET, /* phonelab reset PHONE */
	FAULT_BOOT_POWER, /* its cable is unplugged and plugged in again */
};

/* The flash of a phone when it boots with the fault. */
enum fault_flash {
	FAULT_FLASH_KEPT,   /* trust lists and configuration of the last good boot */
	FAULT_FLASH_ERASED, /* neither: as in a phone that boots for the first time */
};

/* Where a fault has a symptom. */
enum fault_needs {
	FAULT_NEEDS_ROUTER,	       /* not where every server is in the VLAN of the phones */
	FAULT_NEEDS_AUTO_REGISTRATION, /* at phones that only auto-registration adds to the cluster */
	FAULT_NEEDS_MIXED,	       /* in a cluster in mixed mode */
	FAULT_NEEDS_TLS,	       /* there, at phones that register over TLS */
	FAULT_NEEDS_MIC,	       /* there, at those that only have their MIC */
	FAULT_NEEDS_LSC,	       /* there, at those that the topology gives an LSC */
};

enum fault_do {
	FAULT_DO_CONFIGURE, /* configuration lines on the switch; `undo` reverts them */
	FAULT_DO_WIRE,	    /* a rule in the switch's data plane (docs/formats.md, "Impairment rules") */
	FAULT_DO_STOP,	    /* service: SIGTERM; it stays stopped */
	FAULT_DO_KILL,	    /* service: SIGKILL; it stays stopped */
	FAULT_DO_PAUSE,	    /* service: SIGSTOP */
	FAULT_DO_RESTART,   /* service: stops and starts again, with its present files */
	FAULT_DO_EDIT,	    /* file: `with` replaces every match of a regular expression */
	FAULT_DO_REMOVE,    /* file */
	FAULT_DO_TRUNCATE,  /* file: only the first `bytes` remain */
	FAULT_DO_CORRUPT,   /* file: `bytes` octets in its middle are inverted */
	FAULT_DO_WRITE,	    /* file: `text` becomes its content */
	FAULT_DO_COPY,	    /* file: a copy of `from` */
	FAULT_DO_SIGN,	    /* FILE.sgn: file, signed with the key of the lab */
	FAULT_DO_CHMOD,	    /* file: `mode` */
	FAULT_DO_CERTIFY,   /* file: a certificate, issued again with `validity` by the key `from` */
	FAULT_DO_ESTRANGE,  /* file: a trust list, signed by another cluster */
	FAULT_DO_REFUSE,    /* every call manager answers REGISTER with `code` */
	FAULT_DO_FORGET,    /* every call manager drops the binding */
	FAULT_DO_SQL,	    /* `text` in the call managers' device table, for the phone's rows */
	FAULT_DO_SETTING,   /* setting `name` of every call manager becomes `text` */
	FAULT_DO_PLUG,	    /* another device at a free port, which runs `run` */
	FAULT_DO_UNPLUG,    /* the phone's cable is unplugged */
};

struct fault_text_list {
	const char **items;
	size_t n;
};

/* The service of an action can be this word: every call manager of the cluster. */
#define FAULT_CALL_MANAGERS "call-managers"

/* One action. Texts may contain {phone}, {port}, ...: see fault_expand. */
struct fault_action {
	const void *at; /* its place in the file */
	int what;	/* enum fault_do */
	const char *service, *file, *match, *with, *text, *from, *mode, *name, *rule, *node, *address,
	    *phrase;
	int validity; /* enum content_validity, or -1 */
	int64_t bytes, code, retry_after;
	struct fault_text_list lines, undo, run;
};

enum fault_look {
	FAULT_LOOK_FILE,      /* a file below /run/phonelab */
	FAULT_LOOK_SHOW,      /* the switch's show command */
	FAULT_LOOK_PROCESS,   /* a server's program: "running", "stopped" or "paused" */
	FAULT_LOOK_EVENT,     /* events.jsonl since the fault was added: a line "NODE EVENT DETAIL" */
	FAULT_LOOK_ORDER,     /* the call manager's table of refused REGISTERs */
	FAULT_LOOK_DATABASE,  /* the phone's rows in the call manager's tables */
	FAULT_LOOK_RULE,      /* the switch's rules, as JSON */
	FAULT_LOOK_SIZE,      /* the size of a file in bytes, or "absent" */
	FAULT_LOOK_LISTING,   /* the names of the files that fit a pattern */
	FAULT_LOOK_DAMAGE,    /* a bank of flash: "intact" or "damaged", by its own checksums */
	FAULT_LOOK_SIGNATURE, /* a signed file: "right" or "wrong", by the signer's certificate */
	FAULT_LOOK_BINDING,   /* the phone in a call manager's location table: "bound" or "unbound" */
	FAULT_LOOK_MODE,      /* the permissions of a file: "644" */
	FAULT_LOOK_SETTING,   /* a setting at every call manager: "cucm-pub=on cucm-sub=on" */
	FAULT_LOOK_CERTIFICATE, /* "valid listed cucm-pub.lab": or "expired", "future"; "unlisted" if no trust list of
				 * the file servers has it; its CN. "absent": no certificate there */
};

/* One check from the outside: the text found matches `has` (a regular expression), or does not match `lacks`. */
struct fault_check {
	const void *at;
	int look; /* enum fault_look */
	const char *what, *has, *lacks;
};

struct fault_symptom {
	const void *at;
	int64_t step;	     /* the step that shows it */
	const char *state;   /* a regular expression: "failed", "pending|active", "skipped", .. */
	const char *detail;  /* a regular expression in the step's detail; NULL: any */
	const char *message; /* a regular expression in a status message of the phone; NULL: none */
	const char *why;     /* part of the likely cause that `phonelab why` names */
	int registered;	     /* is the phone registered while it shows the symptom? 1, 0, or -1: not stated */
	int registered_if_erased; /* the same for a phone whose flash was erased; -1: no other than registered */
	int64_t also_failed;	  /* a later step that has failed too, or -1 */
};

struct fault {
	const void *at;
	const char *id, *title, *cause, *find, *repair;
	int layer; /* see fault_layer_name */
	int64_t step;
	int scope;	   /* enum fault_scope */
	int boot;	   /* enum fault_boot */
	int flash;	   /* enum fault_flash */
	int needs;	   /* enum fault_needs, or -1 */
	const char *model; /* a regular expression of the phone models that can have the fault; NULL: all */
	KEY_LIST_OF(struct fault_action) inject;
	KEY_LIST_OF(struct fault_check) proof;
	KEY_LIST_OF(struct fault_check)
	healed; /* after clearing, in addition to the absence of every proof */
	struct fault_symptom symptom;
};

/* A decoded file of faults, and its keys. */
struct fault_file {
	const void *at;
	KEY_LIST_OF(struct fault) faults;
};
extern const struct shape fault_file_shape;

/* Faults of one file, or the whole catalogue. */
struct fault_set {
	struct arena arena;
	struct fault *faults;
	size_t n;
	const char *text, *file; /* of a user's file: its content and its path; else NULL */
};

/* "power", "flash", "link", "network", "dhcp", "files" or "sip". */
const char *fault_layer_name(const struct fault *fault);

/* The built-in catalogue, in the order of its steps. Never NULL: a test parses it. Free with fault_set_free. */
struct fault_set *fault_catalogue(void);

/* The text of built-in file i, NUL-terminated, with its name and length; NULL after the last file. */
const char *fault_catalogue_text(size_t i, const char **name, size_t *length);

/* Read the text of a file of faults. name: the file, for complaints. NULL if there are complaints. */
struct fault_set *fault_set_parse(const char *text, size_t length, const char *name,
				  struct complaints *complaints);

void fault_set_free(struct fault_set *set); /* NULL is legal */

/* The fault with this id, or NULL. */
const struct fault *fault_find(const struct fault_set *set, const char *id);

/* The id that is nearest to a mistyped id, or NULL. */
const char *fault_suggest(const struct fault_set *set, const char *id);

/* Print one fault on a terminal. */
void fault_print(const struct fault *fault);

/* Write docs/faults.md, the whole catalogue. */
void fault_page(FILE *out);

extern const char *const fault_scope_names[],
    *const fault_boot_names[], *const fault_do_names[], *const fault_flash_names[],
							    *const fault_look_names[],
								*const fault_needs_names[],
								    *const fault_validity_names[];

#endif

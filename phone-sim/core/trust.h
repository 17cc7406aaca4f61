#ifndef PHONE_SIM_CORE_TRUST_H
#define PHONE_SIM_CORE_TRUST_H

#include "phone-sim/core/phone.h"
#include "wire/cursor.h"
#include "wire/trustlist.h"

/* Steps 5 and 6: the trust lists (CTL, ITL), and what is checked with them: signatures of lists and files (trust_check.c), and
 * certificates of servers (trust_peer.c). trust_store.c holds the installed lists. */

#define TRUST_FILE_MAX 65536

/* The use of a certificate. It decides which roles a record of the lists, or an answer of TVS, must have. */
enum trust_use {
	TRUST_LIST_SIGNER,  /* SAST */
	TRUST_FILE_SIGNER,  /* CCM+TFTP or TFTP */
	TRUST_CALL_MANAGER, /* CCM or CCM+TFTP */
	TRUST_FILE_SERVER,  /* HTTPS: CCM+TFTP or TFTP */
	TRUST_CAPF_SERVER,
	TRUST_TVS_SERVER,
};

/* why: NULL if the file is trusted. bytes: the whole file, valid for the call. */
typedef void trust_checked_fn(struct phone *phone, const char *file, struct wire_slice bytes,
			      const char *why);

/* A certificate that TVS is asked about. */
struct trust_waiting;

struct trust {
	uint8_t *itl; /* installed, kept in flash */
	size_t itl_length;
	uint8_t *ctl;
	size_t ctl_length;
	/* A file whose signer TVS is asked about; bytes NULL: none. */
	struct {
		uint8_t *bytes;
		size_t length;
		char file[PHONE_NAME_MAX];
		trust_checked_fn *done;
		enum trust_use use;
	} check;
	struct trust_waiting *waiting; /* certificates */
};

/* --- trust.c --- */

/* State CTL entered: drops all connections (unless the phone heals) and requests CTLSEP<MAC>.tlv; "not found" is normal. A
 * list that cannot be fetched or used is not installed: the step fails, and the boot continues with the installed lists. */
void ctl_enter(struct phone *phone);

/* State ITL entered: requests ITLSEP<MAC>.tlv, then ITLFile.tlv. A list is installed if it is signed by its own SAST
 * record, and, if lists are installed, this signer is a SAST or CCM+TFTP of the CTL or ITL, or by the answer of TVS a SAST;
 * else as in state CTL. An installed ITL without records of TVS and TFTP counts as none, if there is no CTL. */
void itl_enter(struct phone *phone);

/* --- trust_store.c --- */

/* PHONE_FLASH_LOADED: take the lists that flash holds; a damaged list counts as none. False if memory is short: without its
 * lists a phone would trust anybody. */
bool trust_load(struct phone *phone, const struct phone_event *event);

/* Install a list; ctl: else the ITL. False if memory is short: the installed list stays. */
bool trust_install(struct phone *phone, bool ctl, struct wire_slice bytes);

/* Erase both lists, in flash too, and all answers of TVS. */
void trust_erase(struct phone *phone);

/* Release both lists in memory only. */
void trust_clear(struct phone *phone);

/* Is at least one list installed? */
bool trust_installed(const struct phone *phone);

/* Does an installed list have a record with the role TFTP or CCM+TFTP? Then files must be signed. */
bool trust_signs(const struct phone *phone);

/* Does an installed list have a record for that use? */
bool trust_names(const struct phone *phone, enum trust_use use);

/* Is the configuration fetched by HTTPS: has the ITL version 1.1 and an EC record with the role TFTP or CCM+TFTP? */
bool trust_https(const struct phone *phone);

/* May a certificate with that role be used so? */
bool trust_use_allows(enum trust_use use, unsigned role);

/* The first record of an installed list, the CTL first, for which match returns true; list gets "ctl" or "itl". Decoded
 * into *into, which must stay. NULL: none. */
const struct trustlist_record *
trust_find(const struct phone *phone, struct trustlist *into, const char **list,
	   bool (*match)(const struct trustlist_record *record, const void *arg), const void *arg);

/* --- trust_check.c --- */

/* Is the signature in the header of bytes, a trust list or a signed file, made with this key (PKCS#1 DER, or an EC point)? */
bool trust_verifies(const struct trustlist_header *header, const uint8_t *bytes, size_t length,
		    struct wire_slice public_key);

/* Check a trust list (ctl: else an ITL); or the signature of a .sgn file, by a record for TFTP of the installed lists, else by TVS. done is called
 * once, possibly before this returns. Of a file that is refused the event `trust.bad` has the reason. */
void trust_check_list(struct phone *phone, bool ctl, const char *file, struct wire_slice bytes,
		      trust_checked_fn *done);
void trust_check_signed(struct phone *phone, const char *file, struct wire_slice bytes,
			trust_checked_fn *done);

/* Forget the file that waits for TVS; done is not called. */
void trust_check_cancel(struct phone *phone);

/* --- trust_peer.c --- */

/* why: NULL if the certificate is trusted, else a text for people. */
typedef void trust_peer_fn(struct phone *phone, uint32_t id, const char *why);

/* Is this the certificate (DER) of a server for that use? It must be valid now, and equal the certificate of a record with
 * that role; if no list has the certificate, TVS is asked (not about a TVS, whose record must be in the ITL). id: of the connection.
 * done is called once, possibly before this returns; it answers PHONE_PEER. */
void trust_peer(struct phone *phone, enum trust_use use, uint32_t id, struct wire_slice certificate,
		trust_peer_fn *done);

/* Forget the certificate that waits for TVS, or all; done is not called. */
void trust_peer_cancel(struct phone *phone, uint32_t id);
void trust_peer_clear(struct phone *phone);

#endif

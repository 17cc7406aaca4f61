#ifndef WIRE_SIP_OWNER_H
#define WIRE_SIP_OWNER_H

#include "wire/sip.h"

/*
 * Behind a decoded message, not for others: the message, a copy of its bytes, and the strings taken out of
 * it, freed together. osipparser2 allocates each of its structs; what it found is copied here and its structs
 * freed at once.
 */
struct sip_owner {
	struct sip_message message; /* first: sip_free gets its address */
	uint8_t *bytes;
	size_t size;
	struct sip_chunk *chunks;
	bool has_length; /* Content-Length: */
	uint32_t length;
	size_t at; /* offset of the header line that is read */
};

/* A NUL-terminated copy that lives as long as the message; NULL when memory is short, or when text is
 * NULL. */
const char *sip_keep(struct sip_owner *owner, const char *text, size_t length);

/* Note that a part of this header is ignored; the strings must live as long as the message. */
void sip_note_odd(struct sip_owner *owner, const char *name, const char *why);

/* A space, a tab, or part of a line end. */
bool sip_is_blank(char c);

/* The end of the element at text in a list separated by commas: neither within quotes nor within < >. */
const char *sip_list_end(const char *text);

/* Decimal digits only, at most greatest: 0 or -EBADMSG. end NULL: nothing may follow; else where the digits
 * end. */
int sip_number(const char *text, uint32_t greatest, uint32_t *value, const char **end);

/* Read one header into the message: 0 (also if it was ignored and noted), -EBADMSG with *what (static), or
 * -ENOMEM. Names are in their long form. */
int sip_read_header(struct sip_owner *owner, const char *name, const char *value, const char **what);

/* Read the request URI: 0, -EBADMSG or -ENOMEM. */
int sip_read_request_uri(struct sip_owner *owner, const char *text);

/* Split a multipart body into the message's parts: 0 (also if it is none: noted), or -ENOMEM. */
int sip_read_parts(struct sip_owner *owner);

/* What a code of osipparser2 means here: 0, -ENOMEM or -EBADMSG. */
int sip_code(int osip);

/* *out is a copy, or NULL when text is; unquoted: the blanks around it, and then a pair of quotes and their escapes,
 * taken off. 0 or -ENOMEM. */
int sip_copy(struct sip_owner *owner, const char *text, const char **out);
int sip_copy_unquoted(struct sip_owner *owner, const char *text, const char **out);

/* Readers of single headers: sip_address has those with a URI or host in them, sip_auth those of digest. */
int sip_read_from(struct sip_owner *owner, const char *value);
int sip_read_to(struct sip_owner *owner, const char *value);
int sip_read_contact(struct sip_owner *owner, const char *value);
int sip_read_via(struct sip_owner *owner, const char *value);
int sip_read_www_authenticate(struct sip_owner *owner, const char *value);
int sip_read_proxy_authenticate(struct sip_owner *owner, const char *value);
int sip_read_authorization(struct sip_owner *owner, const char *value);
int sip_read_proxy_authorization(struct sip_owner *owner, const char *value);

#endif

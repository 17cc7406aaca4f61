#ifndef WIRE_PCAPNG_H
#define WIRE_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire/cursor.h"

/*
 * Captures: pcapng (draft-ietf-opsawg-pcapng) written and read, and classic pcap (both byte orders,
 * microseconds or nanoseconds) read. Block by block, over buffers: the owner of the file or the pipe is
 * elsewhere.
 */
#define PCAPNG_LOOPBACK	      0	  /* LINKTYPE_NULL */
#define PCAPNG_ETHERNET	      1	  /* LINKTYPE_ETHERNET */
#define PCAPNG_RAW	      101 /* LINKTYPE_RAW */
#define PCAPNG_COOKED	      113 /* LINKTYPE_LINUX_SLL */
#define PCAPNG_COOKED2	      276 /* LINKTYPE_LINUX_SLL2 */
#define PCAPNG_SNAPLEN	      262144
#define PCAPNG_BLOCK_MAX      (1024 * 1024) /* a longer block is refused */
#define PCAPNG_INTERFACES_MAX 256
#define PCAPNG_NAME_MAX	      63
#define PCAPNG_COMMENT_MAX    1023 /* bytes of a comment that are kept in reading, or written */

/* --- writing: host byte order of a little-endian section, times in nanoseconds --- */

struct pcapng_interface {
	const char *name;	 /* if_name: "Gi1/0/1", "eth0"; optional */
	const char *description; /* if_description; optional */
	uint16_t link_type;	 /* PCAPNG_ETHERNET */
};

struct pcapng_packet {
	uint32_t interface;	  /* number of the interface in its section, from 0 */
	uint64_t time_ns;	  /* since 1970 */
	struct wire_slice data;	  /* what was captured, at most PCAPNG_SNAPLEN bytes */
	uint32_t original_length; /* of the frame on the wire; 0: that of data */
	const char *comment;	  /* opt_comment, UTF-8, cut at PCAPNG_COMMENT_MAX; optional */
};

/* Each writes one whole block. Its size, -ENOSPC, or -EINVAL. A packet needs 128 + data.length + comment
 * bytes at most. */
ssize_t pcapng_encode_section(const char *application, void *out, size_t size);
ssize_t pcapng_encode_interface(const struct pcapng_interface *interface, void *out, size_t size);
ssize_t pcapng_encode_packet(const struct pcapng_packet *packet, void *out, size_t size);

/* A Decryption Secrets Block with lines of a TLS key log (the form of SSLKEYLOGFILE); readers use them for the packets
 * that follow. 24 + lines.length bytes at most, and up to 3 of padding. */
ssize_t pcapng_encode_tls_keys(struct wire_slice lines, void *out, size_t size);

/* --- reading --- */

enum pcapng_kind {
	PCAPNG_SECTION,	  /* a section header, or the header of a classic file */
	PCAPNG_INTERFACE, /* an interface description */
	PCAPNG_PACKET,	  /* a packet, of an enhanced, simple or obsolete packet block or of a classic file */
	PCAPNG_OTHER,	  /* statistics, secrets, name resolution, custom ...: skipped */
};

struct pcapng_record {
	enum pcapng_kind kind;
	size_t size;		  /* bytes of the block: drop them before reading on */
	uint32_t interface;	  /* INTERFACE, PACKET */
	uint16_t link_type;	  /* INTERFACE, PACKET */
	uint64_t time_ns;	  /* PACKET: since 1970; 0 for simple packet blocks, which have none */
	struct wire_slice data;	  /* PACKET: a slice of the input */
	uint32_t original_length; /* PACKET */
	char comment[PCAPNG_COMMENT_MAX +
		     1]; /* PACKET: the first opt_comment, cut on a UTF-8 boundary; "" none */
};

/* The state of reading a section or a classic file. Start with pcapng_reader_init. */
struct pcapng_reader {
	bool started;
	bool classic;
	bool swapped;	 /* the other byte order than little-endian */
	bool nanosecond; /* classic */
	uint32_t interfaces;
	struct {
		uint16_t link_type;
		uint8_t resolution; /* if_tsresol: bit 7 set: powers of two, else of ten */
		uint32_t snaplen;
		int64_t offset_s; /* if_tsoffset */
		char name[PCAPNG_NAME_MAX + 1];
	} interface[PCAPNG_INTERFACES_MAX];
};

void pcapng_reader_init(struct pcapng_reader *reader);

/*
 * Read the next block from the front of the bytes at hand. 0 and *record; -EAGAIN: it is not all there yet,
 * and record->size is how many bytes it needs at least (at the end of a file: truncated); -EBADMSG with error
 * filled (the offset counts from bytes): no capture at all, or broken. After a failure the reader is as it
 * was.
 */
int pcapng_read(struct pcapng_reader *reader, const void *bytes, size_t size, struct pcapng_record *record,
		struct wire_error *error);

#endif

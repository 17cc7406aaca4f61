#ifndef PHONELAB_CLOSET_CHANNEL_H
#define PHONELAB_CLOSET_CHANNEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

/*
 * What a channel between the console and a keeper carries (mux.h). The side of the console begins with one line, a JSON object of
 * up to CHANNEL_LINE octets; names of files are relative to the run directory of the lab:
 *
 *   {"do":"connect","socket":NAME}       from then on the octets of that socket, in both directions
 *   {"do":"run","args":[WORD...]}        runs `phonelab WORD...` there; from then on records, in both directions. A word that is not
 *     UTF-8 is the list of its octets
 *   {"do":"list"}                        reply: a line {"ok":true,"files":[[NAME,SIZE,TIME,MODE,TARGET],...],"unlisted":[NAME,...]}:
 *     files, folders, and symbolic links with their TARGET; TIME: the last change, ns; MODE: st_mode. Folders in "unlisted" may
 *     have more entries
 *   {"do":"sockets"}                     reply: a line {"ok":true,"sockets":[NAME,...]}
 *   {"do":"read","file":NAME,"from":N}   reply: a line {"ok":true,"length":L}, then L octets from N on
 *   {"do":"tail","file":NAME,"id":ID,"from":N}   reply: a line {"ok":true,"id","from"}, then whole lines from there on, and further
 *     lines as the file grows. The id is that of an earlier reply; if the file is another one now, it is sent from 0. The channel
 *     ends when the file is replaced, removed or cut, as when a lab is started again
 *
 * `list`, `sockets` and `read` may follow each other in one channel. An error is the line {"ok":false,"code","error"}, and the end,
 * except of `read`.
 *
 * A record is an octet with its kind, a number of 32 bits in network byte order, and octets. RECORD_IN, RECORD_OUT and
 * RECORD_ERROR carry the standard streams, and the number is the length; an RECORD_IN of length 0 is the end of standard input.
 * RECORD_EXIT is the exit status of the program, the last record. RECORD_SIGNAL, from the console, is a signal for the program.
 * RECORD_TAKEN, from the closet: the program has read that many further octets of its standard input. The console sends at most
 * RECORD_WINDOW octets that are not taken, so that a signal never waits behind input that the program does not read. Neither side
 * limits the time between records: a program or a reader may pause.
 */
enum record_kind { RECORD_IN, RECORD_OUT, RECORD_ERROR, RECORD_EXIT, RECORD_SIGNAL, RECORD_TAKEN };

#define CHANNEL_LINE   65536
#define RECORD_HEADER  5
#define RECORD_MOST    16384 /* octets */
#define RECORD_WINDOW  65536u
#define CHANNEL_NAME   200 /* octets of the name of a file */
#define CHANNEL_WAIT_S 10  /* for the first line, and for a peer in the middle of a line or a file */

/* Write a header; the number of its octets. */
size_t record_header(uint8_t header[RECORD_HEADER], enum record_kind kind, uint32_t number);

/* Read a header. 0, or -EPROTO: an unknown kind, or a record that is too long. */
int record_read(const uint8_t header[RECORD_HEADER], enum record_kind *kind, uint32_t *number);

/* Does a record of that kind carry octets? */
bool record_has_octets(enum record_kind kind);

/* --- records without blocking --- */

/* A record that is being received. Zeroed at first. */
struct record_reader {
	uint8_t bytes[RECORD_HEADER + RECORD_MOST];
	size_t used;
};

/* Receive octets of a record, none of the next one. 1: it is whole; its octets are at reader->bytes + RECORD_HEADER until the next
 * call. 0: more must come. -EPIPE at the end, or another negative errno. */
int record_receive(int fd, struct record_reader *reader, enum record_kind *kind, uint32_t *number);

/* A record that is being sent. Zeroed at first; it is sent if at == length. */
struct record_writer {
	uint8_t bytes[RECORD_HEADER + RECORD_MOST];
	size_t at, length;
};

/* Make the next record; the one before is sent. With octets NULL they are in writer->bytes + RECORD_HEADER already. */
void record_put(struct record_writer *writer, enum record_kind kind, uint32_t number, const void *octets);
bool record_is_sent(const struct record_writer *writer);

/* Send what the socket takes. 0 or a negative errno. */
int record_send(int fd, struct record_writer *writer);

/* Is this the name of something below the run directory? Relative, no empty part, "." or "..", up to CHANNEL_NAME octets. 0, or -EACCES with the
 * reason. */
int channel_check_path(const char *name, struct fail *fail);

/* May the file of this name leave the closet? The same, and neither a private key nor a secret: of keys/ only certificates
 * (*.crt), no *.key, *.pem and lsc-key* anywhere. 0, or -EACCES with the reason. */
int channel_check_name(const char *name, struct fail *fail);

/* --- blocking, for processes that serve or use one channel --- */

/* Write all octets within CHANNEL_WAIT_S of silence. 0 or a negative errno. */
int channel_write(int fd, const void *octets, size_t length);

/* Read exactly length octets. 0, -EPIPE at the end, or another negative errno. */
int channel_read(int fd, void *octets, size_t length);

/* A line with a JSON object of up to most octets (new reference). NULL with the reason; -EPIPE: the end, before a line. */
json_t *channel_read_line(int fd, size_t most, struct fail *fail);

/* Write an object, whose reference is released, as a line. 0 or a negative errno. */
int channel_write_line(int fd, json_t *object);

/* The same for an error. */
int channel_write_error(int fd, const struct fail *fail);

#endif

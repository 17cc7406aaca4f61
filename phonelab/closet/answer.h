#ifndef PHONELAB_CLOSET_ANSWER_H
#define PHONELAB_CLOSET_ANSWER_H

#include "phonelab/client/client.h"

/* Serve one channel of the console (channel.h) in the closet of a lab: in a process of its own, which ends with the channel. fd: a
 * connected stream socket. The exit status. */
int answer_channel(const struct lab *lab, int fd);

/* --- parts --- */

/* Run `phonelab ARGS` with records as its standard streams. */
int answer_run(const struct lab *lab, int fd, const json_t *request);

/* The requests list, sockets and read: 0, or a negative errno if the channel has to end. */
int answer_list(const struct lab *lab, int fd);
int answer_sockets(const struct lab *lab, int fd);
int answer_read(const struct lab *lab, int fd, const json_t *request);

/* Send a file as it grows, until the channel ends or the file is another one. */
int answer_tail(const struct lab *lab, int fd, const json_t *request);

#endif

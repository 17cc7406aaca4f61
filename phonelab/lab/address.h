#ifndef PHONELAB_LAB_ADDRESS_H
#define PHONELAB_LAB_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/fail.h"

struct ucred;

/* Look for the labs of that user from now on. For root, who acts for a user. */
void lab_address_of_user(uid_t uid);

/* The abstract address of the socket of a lab of this user. Returns its length. /proc/net/unix shows the text from
 * address->sun_path + 1 on, after "@". */
socklen_t lab_address(const char *lab, struct sockaddr_un *address);

/* Is the process at the other end of this user or root? Anyone may bind an abstract name. *peer describes that process,
 * as far as it is known. */
bool lab_address_trusted(int fd, struct ucred *peer);

/* Listen at the address, by which the lab is found. Returns the descriptor; -EADDRINUSE if a lab of that name runs or
 * another user has bound the name, or another negative errno. */
int lab_address_listen(const char *lab, struct fail *fail);

#endif

#ifndef PHONELAB_LAB_ADDRESS_H
#define PHONELAB_LAB_ADDRESS_H

/* The abstract address of the socket of a lab of this user, as /proc/net/unix shows it without the leading @. */
void lab_address(const char *lab, char text[100]);

#endif

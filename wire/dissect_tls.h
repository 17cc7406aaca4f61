#ifndef WIRE_DISSECT_TLS_H
#define WIRE_DISSECT_TLS_H

#include <stdbool.h>
#include <stdint.h>

/* Where one direction of a connection is within its TLS records; for wire/dissect only. */
struct dissect_tls {
	bool on;	   /* records were read in it, whatever its ports */
	bool encrypted;	   /* change_cipher_spec was read */
	uint8_t header[5]; /* of the record */
	uint8_t header_have;
	uint8_t type;	     /* of the record */
	uint32_t left;	     /* bytes of the record that are still to come */
	uint8_t message[80]; /* the beginning of the handshake message or of the alert */
	uint8_t message_have;
	uint32_t message_left; /* bytes of the handshake message that are still to come */
};

#endif
